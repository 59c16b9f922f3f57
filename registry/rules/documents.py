"""The papers of a registration: which kinds, how large, which formats, and why one is refused or returned."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from registry.rules.finding import Finding

Format = Literal["jpeg", "png", "pdf", "heic"]

MEGABYTE = 1024 * 1024


class DocumentKind(StrEnum):
    SIGNED_MANDATE = "signed_mandate"
    KTP = "ktp"
    PASSBOOK = "passbook"

    @property
    def label(self) -> str:
        return _KIND_LABELS[self]


class OfficePaper(StrEnum):
    """What the office hands in itself: a letter or receipt of the bank, a worker's signed form. Not part of any
    registration."""

    EVIDENCE = "evidence"
    WORKER_CONSENT = "worker_consent"

    @property
    def label(self) -> str:
        return _KIND_LABELS[self]


Paper = DocumentKind | OfficePaper

_KIND_LABELS: dict[Paper, str] = {
    DocumentKind.SIGNED_MANDATE: "surat kuasa yang sudah ditandatangani",
    DocumentKind.KTP: "KTP",
    DocumentKind.PASSBOOK: "buku tabungan",
    OfficePaper.EVIDENCE: "buktinya",
    OfficePaper.WORKER_CONSENT: "formulir persetujuan pekerja",
}


@dataclass(frozen=True)
class Limits:
    """What one file may weigh. `seconds` and the two `memory` limits (bytes of address space) bound decoding."""

    max_bytes: int = 10 * MEGABYTE
    max_pixels: int = 64_000_000
    max_pages: int = 2
    seconds: int = 25
    memory: int = 1280 * MEGABYTE
    pdf_memory: int = 768 * MEGABYTE


def limits_for(kind: Paper) -> Limits:
    return Limits(max_pages=10 if kind in (DocumentKind.SIGNED_MANDATE, OfficePaper.EVIDENCE) else 2)


_HEIC_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"heif"))


def sniff(head: bytes) -> Format | None:
    """The format that the very first bytes (16 are enough) announce; a file with anything in front of it is none."""
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return "heic"
    return None


_HOW_TO_MAKE_ONE: dict[Paper, str] = {
    DocumentKind.SIGNED_MANDATE: "Foto atau pindai setiap halaman surat kuasa, lalu unggah sebagai PDF, JPG, "
    "PNG, atau HEIC.",
    DocumentKind.KTP: "Foto KTP asli Anda dengan kamera ponsel, lalu unggah sebagai JPG, PNG, HEIC, atau PDF.",
    DocumentKind.PASSBOOK: "Foto halaman depan buku tabungan yang memuat nama dan nomor rekening, lalu unggah sebagai "
    "JPG, PNG, HEIC, atau PDF.",
    OfficePaper.EVIDENCE: "Pindai surat atau foto layarnya, lalu unggah sebagai PDF, JPG, PNG, atau HEIC.",
    OfficePaper.WORKER_CONSENT: "Foto formulir yang sudah dibubuhi cap jempol, lalu unggah sebagai JPG, PNG, "
    "HEIC, atau PDF.",
}

_FOREIGN_TYPES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "dokumen Word, Excel, atau arsip ZIP"),
    (b"\xd0\xcf\x11\xe0", "dokumen Word atau Excel"),
    (b"GIF8", "gambar GIF"),
    (b"RIFF", "gambar WebP atau video"),
    (b"II*\x00", "gambar TIFF"),
    (b"MM\x00*", "gambar TIFF"),
    (b"BM", "gambar BMP"),
    (b"Rar!", "arsip RAR"),
    (b"<", "halaman web atau gambar SVG"),
    (b"MZ", "program komputer"),
)

_FOREIGN_TYPE = "Berkas ini berupa {found} dan tidak dapat diterima. {how}"

_REFUSALS = {
    "empty": "Berkas ini kosong. Pilih lagi berkasnya, lalu unggah ulang.",
    "too_large": "Berkas ini lebih besar dari {megabytes} MB. Foto ulang dengan ukuran lebih kecil, atau kirim "
    "tangkapan layar dari fotonya.",
    "wrong_type": "Jenis berkas ini tidak dapat diterima. {how}",
    "broken": "Berkas ini rusak atau terpotong sehingga tidak dapat dibuka. Foto atau pindai ulang, lalu unggah lagi.",
    "too_many_pixels": "Gambar ini lebih besar dari {megapixels} megapiksel. Foto ulang dengan pengaturan kamera "
    "biasa.",
    "small_image": "Gambar ini terlalu kecil untuk dibaca (sisi terpanjangnya kurang dari 600 piksel). Foto ulang dari "
    "jarak lebih dekat, lalu unggah foto aslinya.",
    "encrypted": "PDF ini dikunci dengan kata sandi. Simpan ulang tanpa kata sandi, atau foto setiap halamannya.",
    "no_pages": "PDF ini tidak berisi halaman. Pindai ulang dokumennya, lalu unggah lagi.",
    "too_many_pages": "PDF ini lebih dari {pages} halaman. Unggah hanya halaman {label}.",
    "page_size": "Ukuran halaman PDF ini tidak wajar. Pindai ulang ke kertas A4, atau foto setiap halamannya.",
    "too_heavy": "Berkas ini terlalu rumit untuk dibuka dengan aman. Foto dokumennya dengan kamera ponsel, lalu unggah "
    "fotonya.",
    "timeout": "Berkas ini terlalu lama dibuka. Foto dokumennya dengan kamera ponsel, lalu unggah fotonya.",
}

_NOTES = {
    "signed_pdf": "PDF ini memuat tanda tangan elektronik. Salinan yang disimpan sudah ditulis ulang, sehingga tanda "
    "tangan elektroniknya tidak dapat diperiksa dari salinan ini; minta berkas aslinya bila diperlukan.",
    "more_images": "Berkas ini memuat lebih dari satu gambar; hanya gambar pertama yang disimpan.",
}


def refusal(code: str, kind: Paper, limits: Limits, *, head: bytes = b"") -> Finding:
    """The finding for one of the refusal codes; an unknown code reads as a broken file. `head` lets a foreign
    format be called by its name."""
    found = next((name for magic, name in _FOREIGN_TYPES if head.lstrip().startswith(magic)), "")
    template = _FOREIGN_TYPE if found and code == "wrong_type" else _REFUSALS.get(code, _REFUSALS["broken"])
    sentence = template.format(
        megabytes=limits.max_bytes // MEGABYTE,
        megapixels=limits.max_pixels // 1_000_000,
        pages=limits.max_pages,
        label=kind.label,
        how=_HOW_TO_MAKE_ONE[kind],
        found=found,
    )
    return Finding(f"document_{code}", sentence, kind.value)


def note(code: str, kind: Paper) -> Finding:
    return Finding(code, _NOTES[code], kind.value, "note")


class ReturnReason(StrEnum):
    """Why a verifier gives a paper back: a closed list, so that the donor always learns what to do."""

    BLURRED = "blurred"
    DARK = "dark"
    CUT_OFF = "cut_off"
    GLARE = "glare"
    UNREADABLE = "unreadable"
    WRONG_DOCUMENT = "wrong_document"
    NOT_ORIGINAL = "not_original"
    NAME_DIFFERS = "name_differs"
    ACCOUNT_DIFFERS = "account_differs"
    UNSIGNED = "unsigned"
    SIGNATURE_DIFFERS = "signature_differs"
    NO_STAMP = "no_stamp"
    PAGES_MISSING = "pages_missing"
    ALTERED = "altered"
    OTHER_VERSION = "other_version"

    @property
    def label(self) -> str:
        return _REASONS[self][0]

    @property
    def advice(self) -> str:
        """What the donor should do, as a sentence."""
        return _REASONS[self][1]


_REASONS: dict[ReturnReason, tuple[str, str]] = {
    ReturnReason.BLURRED: (
        "Gambar buram",
        "Foto ulang di tempat terang, tahan ponsel sampai tulisannya tajam.",
    ),
    ReturnReason.DARK: (
        "Gambar terlalu gelap",
        "Foto ulang di dekat jendela atau di bawah lampu, tanpa bayangan tangan atau ponsel.",
    ),
    ReturnReason.CUT_OFF: (
        "Gambar terpotong",
        "Foto ulang sampai keempat sudut dokumen terlihat.",
    ),
    ReturnReason.GLARE: (
        "Ada pantulan cahaya",
        "Foto ulang tanpa lampu kilat, miringkan dokumen sampai pantulannya hilang.",
    ),
    ReturnReason.UNREADABLE: (
        "Tulisan tidak terbaca",
        "Foto atau pindai ulang dari dekat sampai semua tulisan terbaca.",
    ),
    ReturnReason.WRONG_DOCUMENT: (
        "Dokumen lain yang diunggah",
        "Unggah dokumen yang diminta pada langkah ini.",
    ),
    ReturnReason.NOT_ORIGINAL: (
        "Bukan foto dari dokumen asli",
        "Foto langsung dokumen aslinya, bukan fotokopi atau tampilan layar.",
    ),
    ReturnReason.NAME_DIFFERS: (
        "Nama tidak sama dengan yang diisi",
        "Perbaiki nama yang Anda isi, atau unggah dokumen atas nama Anda sendiri.",
    ),
    ReturnReason.ACCOUNT_DIFFERS: (
        "Nomor rekening tidak sama dengan yang diisi",
        "Perbaiki nomor rekening yang Anda isi, atau unggah buku tabungan dari rekening itu.",
    ),
    ReturnReason.UNSIGNED: (
        "Belum ditandatangani",
        "Tanda tangani surat kuasa di kotak yang tersedia, lalu unggah lagi semua halamannya.",
    ),
    ReturnReason.SIGNATURE_DIFFERS: (
        "Tanda tangan tidak sama dengan KTP",
        "Tanda tangani lagi seperti pada KTP, lalu unggah semua halamannya.",
    ),
    ReturnReason.NO_STAMP: (
        "Meterai belum ditempel",
        "Tempelkan meterai pada kotaknya, tanda tangani mengenai meterai, lalu unggah lagi semua halamannya.",
    ),
    ReturnReason.PAGES_MISSING: (
        "Halaman tidak lengkap",
        "Unggah semua halaman; nomor halaman tercetak di bagian bawah surat kuasa.",
    ),
    ReturnReason.ALTERED: (
        "Ada coretan atau perubahan pada isi surat",
        "Cetak ulang surat kuasa tanpa coretan, tanda tangani, lalu unggah lagi.",
    ),
    ReturnReason.OTHER_VERSION: (
        "Surat kuasa dari versi lain",
        "Cetak surat kuasa terbaru dari halaman pendaftaran Anda, tanda tangani, lalu unggah.",
    ),
}

_OF_ANY_PICTURE = (
    ReturnReason.BLURRED,
    ReturnReason.DARK,
    ReturnReason.CUT_OFF,
    ReturnReason.GLARE,
    ReturnReason.UNREADABLE,
    ReturnReason.WRONG_DOCUMENT,
)

REASONS_FOR: dict[DocumentKind, tuple[ReturnReason, ...]] = {
    DocumentKind.SIGNED_MANDATE: (
        ReturnReason.UNSIGNED,
        ReturnReason.PAGES_MISSING,
        *_OF_ANY_PICTURE,
        ReturnReason.SIGNATURE_DIFFERS,
        ReturnReason.NO_STAMP,
        ReturnReason.ALTERED,
        ReturnReason.OTHER_VERSION,
        ReturnReason.NAME_DIFFERS,
    ),
    DocumentKind.KTP: (
        *_OF_ANY_PICTURE,
        ReturnReason.NOT_ORIGINAL,
        ReturnReason.NAME_DIFFERS,
    ),
    DocumentKind.PASSBOOK: (
        *_OF_ANY_PICTURE,
        ReturnReason.NOT_ORIGINAL,
        ReturnReason.NAME_DIFFERS,
        ReturnReason.ACCOUNT_DIFFERS,
    ),
}
