"""The waiting list in words: what a worker agrees to, who cannot wait, and what the office looks at. Pure.

Consent of the worker: UU 27/2022 articles 20 to 22. Who may be insured as an informal worker: PP 44/2015; the age
limit counts on the day somebody is entered and again when a donor chooses.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from registry.rules.finding import Finding
from registry.rules.identity import under_age_limit
from sponsorship.rules.checks import Compared, compared_worker, note_fault

CONSENT_VERSION = "2026-11"


# Why the office says no: what it chooses, and what the worker is told. Nothing here says that somebody else
# protects this worker already: the message may reach a phone that is not the worker's.
REFUSALS: dict[str, tuple[str, str]] = {
    "too_old": (
        "Sudah mencapai batas usia",
        "BPJS Ketenagakerjaan tidak menerima peserta baru pada usia Anda. Tanyakan program lain di kantor kelurahan.",
    ),
    "employee": (
        "Karyawan perusahaan",
        "Karyawan didaftarkan oleh perusahaannya. Bila belum, laporkan ke layanan bantuan di bawah ini.",
    ),
    "not_working": (
        "Tidak sedang bekerja",
        "Perlindungan ini untuk orang yang bekerja. Daftarlah lagi begitu Anda bekerja.",
    ),
    "held": (
        "Sudah dilindungi atau terdaftar dua kali",
        "Untuk keterangan tentang data Anda, hubungi layanan bantuan dan siapkan KTP.",
    ),
    "not_found": (
        "Data tidak dapat dipastikan",
        "Petugas tidak dapat memastikan data Anda. Datanglah ke kantor kelurahan dengan KTP, lalu daftar lagi.",
    ),
}

TOO_OLD = "too_old"
NOT_LIVE = Finding("not_live", "Data ini sudah tidak ada di daftar tunggu.")


@dataclass(frozen=True)
class Who:
    """The names in the consent text: the programme, the office that keeps the list, and how it is reached."""

    programme: str
    office: str
    help_phone: str


def consent_paragraphs(who: Who) -> tuple[str, ...]:
    """The text a worker agrees to, in plain words; `consent_text` is what is hashed and kept."""
    ways = f", lewat tautan di pesan kami atau telepon {who.help_phone}" if who.help_phone else ""
    return (
        f"Saya setuju masuk daftar tunggu {who.programme} agar dapat dipilih oleh seorang ASN (orang tua asuh) yang "
        "membayar iuran BPJS Ketenagakerjaan saya. Ini sukarela dan tidak dipungut biaya apa pun.",
        "Yang dicatat: nama, NIK, tanggal lahir menurut NIK, nomor ponsel, jenis pekerjaan, tempat kerja, kelompok, "
        "dan kelurahan. Gunanya hanya untuk memeriksa syarat, mencarikan orang tua asuh, dan mendaftarkan saya ke BPJS "
        "Ketenagakerjaan.",
        f"Yang melihat data saya: petugas yang mendaftarkan saya dan petugas {who.office}. Calon orang tua asuh hanya "
        "melihat jenis pekerjaan, jenis kelompok (misalnya pasar), kelurahan, dan sejak kapan saya menunggu. Nama dan "
        "tempat kerja saya baru terlihat sesudah ia memilih saya; dari NIK saya hanya empat angka terakhir, dan nomor "
        "ponsel saya tidak. Bila saya dilindungi, data saya diteruskan kepada BPJS Ketenagakerjaan.",
        f"Saya boleh keluar kapan saja tanpa alasan{ways}. Data saya lalu dihapus dari daftar tunggu. Saya juga boleh "
        "meminta melihat dan membetulkan data saya.",
        "Terdaftar di sini belum berarti terlindungi. Perlindungan mulai sesudah ada orang tua asuh dan iuran pertama "
        "dibayar; saya akan dikabari.",
    )


def consent_text(who: Who) -> str:
    return "\n\n".join(consent_paragraphs(who))


def form_number(waiting_id: str) -> str:
    """What is printed on a consent form and shown on the screen, so that a photo is kept with the right worker."""
    return f"DT-{waiting_id[:4]}-{waiting_id[4:8]}".upper()


def age_fault(birth: date | None, on: date, limit: int) -> Finding | None:
    if birth and not under_age_limit(birth, on, limit):
        return Finding(TOO_OLD, f"Menurut NIK, usianya sudah {limit} tahun atau lebih.", "nik")
    return None


def refusal_fault(code: str, note: str, secrets: Collection[str]) -> Finding | None:
    """Refuses a reason outside the list, and a note that carries an identity number."""
    if code not in REFUSALS:
        return Finding("reason", "Pilih alasan dari daftar.", "reason")
    return note_fault(note, secrets)


def checked(
    *, birth: date | None, today: date, age_limit: int, notes: Collection[dict], held: bool | None
) -> list[Compared]:
    """What the product compared about one waiting worker. `held` None: not to be told to the one who looks."""
    results = compared_worker(birth=birth, first_day=today, age_limit=age_limit, notes=notes)
    results = [_today(result, age_limit) for result in results]
    if held is not None:
        words = "NIK ini sudah dipegang perlindungan lain." if held else "NIK ini belum dilindungi siapa pun."
        results.append(Compared("held", not held, words))
    return results


def _today(result: Compared, age_limit: int) -> Compared:
    if result.field == "age" and not result.fits:
        return Compared("age", False, f"Sudah {age_limit} tahun atau lebih hari ini.")
    return result
