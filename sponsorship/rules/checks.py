"""What a verifier must look at before saying yes, and what the product already compares for them. Pure."""

from dataclasses import dataclass
from datetime import date

from registry.rules.names import names_differ

# Every one of these must be ticked; the code is kept with the registration.
REQUIRED_CHECKS = {
    "mandate_complete": "Surat kuasa lengkap, semua halaman terbaca, dan nomornya sama",
    "mandate_signed": "Surat kuasa ditandatangani oleh pemberi kuasa",
    "ktp_matches": "Nama dan foto KTP milik ASN yang mendaftar",
    "signature_matches": "Tanda tangan sama dengan di KTP",
    "passbook_matches": "Nomor rekening dan nama pemilik sama dengan buku tabungan",
    "is_asn_here": "ASN ini bekerja di OPD ini",
}


@dataclass(frozen=True)
class Compared:
    """One comparison shown beside a field: it fits, or it wants a look, with the reason in words."""

    field: str
    fits: bool
    words: str


def compared(
    *, name: str, holder: str, nip_birth: date | None, nip_taken: bool, notes: list[dict]
) -> list[Compared]:
    """The automatic comparisons of a registration, and the odd input its donor's forms noted."""
    results = [
        Compared("account_holder", False, "Nama pemilik rekening berbeda dari nama ASN")
        if names_differ(name, holder)
        else Compared("account_holder", True, "Nama pemilik rekening cocok dengan nama ASN"),
        Compared("nip", nip_birth is not None, "Susunan NIP benar" if nip_birth else "Susunan NIP perlu diperiksa"),
    ]
    if nip_taken:
        results.append(Compared("nip", False, "NIP ini sudah dipakai donatur lain dengan kontak berbeda"))
    results += [Compared(note["field"], False, note["message"]) for note in notes]
    return results
