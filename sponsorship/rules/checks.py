"""What a verifier must look at before saying yes, and what the product already compares for them. Pure."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from registry.rules.documents import DocumentKind
from registry.rules.finding import Finding
from registry.rules.identity import under_age_limit
from registry.rules.names import names_differ

# What is ticked while looking at which paper. The codes are kept with the registration.
CHECKS_FOR: dict[DocumentKind, dict[str, str]] = {
    DocumentKind.SIGNED_MANDATE: {
        "mandate_complete": "Semua halaman ada dan terbaca, nomor surat dan isinya sama",
        "mandate_signed": "Surat kuasa ditandatangani oleh pemberi kuasa",
    },
    DocumentKind.KTP: {
        "ktp_matches": "Nama dan foto KTP milik ASN yang mendaftar",
        "signature_matches": "Tanda tangan di surat kuasa sama dengan di KTP",
        "is_asn_here": "ASN ini bekerja di OPD ini, NIP dan jabatannya benar",
    },
    DocumentKind.PASSBOOK: {
        "passbook_matches": "Nomor rekening dan nama pemilik sama dengan buku tabungan",
    },
}
# Every one of these must be ticked.
REQUIRED_CHECKS = {code: words for checks in CHECKS_FOR.values() for code, words in checks.items()}

# Digits with the marks people put between them; a NIK has 16 of them, a NIP 18.
_NUMBER = re.compile(r"\d(?:[ .\-/]?\d)+")
_LONGEST_HARMLESS = 15
NOTE_NUMBER = Finding(
    "note_number",
    "Hapus nomor dari catatan: NIK, NIP, ponsel, dan rekening tidak boleh ditulis di sini.",
    "note",
)


class Listed(Protocol):
    """A line of the OPD's own list, or the lack of one."""

    @property
    def found(self) -> bool: ...

    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class Compared:
    """One comparison shown beside a field: it fits, or it wants a look, with the reason in words."""

    field: str
    fits: bool
    words: str


def compared(
    *,
    name: str,
    holder: str,
    nip_birth: date | None,
    nip_taken: bool,
    notes: Collection[dict],
    account_taken: bool = False,
) -> list[Compared]:
    """The automatic comparisons of a registration, and the odd input its donor's forms noted: [{field, message}]."""
    results = [
        Compared("account_holder", False, "Nama pemilik rekening berbeda dari nama ASN.")
        if names_differ(name, holder)
        else Compared("account_holder", True, "Nama pemilik rekening cocok dengan nama ASN."),
        Compared("nip", True, "Susunan NIP benar.")
        if nip_birth
        else Compared("nip", False, "Susunan NIP perlu diperiksa."),
    ]
    if nip_taken:
        results.append(Compared("nip", False, "NIP ini sudah dipakai donatur lain dengan kontak berbeda."))
    if account_taken:
        results.append(Compared("account", False, "Rekening ini sudah dipakai surat kuasa donatur lain."))
    return results + [remark for remark in _noted(notes) if remark not in results]


def compared_roster(name: str, listed: Listed | None) -> list[Compared]:
    """What the OPD's own list of its civil servants says; nothing where no list was handed in."""
    if listed is None:
        return []
    if not listed.found:
        return [Compared("nip", False, "NIP ini tidak ada di daftar pegawai OPD; mungkin ia baru pindah.")]
    if names_differ(name, listed.name):
        return [Compared("name", False, "Nama di daftar pegawai OPD berbeda.")]
    return [Compared("nip", True, "NIP dan nama ada di daftar pegawai OPD.")]


def compared_worker(
    *, birth: date | None, first_day: date, age_limit: int, notes: Collection[dict]
) -> list[Compared]:
    """The same for one worker: what the NIK says, and the age on the first day of the first month (PP 44/2015)."""
    odd = any(note["field"] == "nik" for note in notes)
    results = (
        [] if odd else [Compared("nik", birth is not None, "" if birth else "Susunan NIK perlu diperiksa.")]
    )
    if birth and not under_age_limit(birth, first_day, age_limit):
        results.append(Compared("age", False, f"Sudah {age_limit} tahun atau lebih pada bulan pertama."))
    elif birth:
        results.append(Compared("age", True, ""))
    return results + _noted(notes)


def compared_pages(*, printed: int | None, handed_in: int) -> Compared:
    """Whether as many pages of the mandate came back as were printed."""
    if printed is None:
        return Compared(
            "pages", False, "Jumlah halaman cetakan tidak dapat dibaca; hitung dari nomor halamannya."
        )
    if handed_in < printed:
        return Compared("pages", False, f"Dicetak {printed} halaman, yang diunggah baru {handed_in}.")
    if handed_in > printed:
        return Compared(
            "pages", False, f"Dicetak {printed} halaman, yang diunggah {handed_in}: mungkin ada yang ganda."
        )
    return Compared("pages", True, "")


def note_fault(note: str, secrets: Collection[str]) -> Finding | None:
    """Refuses a note that would carry an identity number: one of `secrets` (digits), or any run of 16 and more.

    Shorter numbers pass: an office's telephone, a date, the number of the letter.
    """
    for match in _NUMBER.finditer(note):
        digits = re.sub(r"\D", "", match[0])
        if len(digits) > _LONGEST_HARMLESS or any(secret and secret in digits for secret in secrets):
            return NOTE_NUMBER
    return None


def _noted(notes: Collection[dict]) -> list[Compared]:
    return [Compared(note["field"], False, note["message"]) for note in notes]
