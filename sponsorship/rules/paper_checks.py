"""What the photo of a paper and the QR on a signed mandate tell: hints for its donor, findings for the office. Pure.

Hints never block: a photo that looks blurred may well be readable. A QR that names another paper does block the sending
(`wrong_paper`); one that is missing or cannot be read never does.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from registry.rules.documents import DocumentKind
from registry.rules.finding import Finding
from sponsorship.rules.checks import Compared
from sponsorship.rules.mandate import QrContent, parse_mandate_reference, parse_qr

# Chosen on the labelled pictures of tests/sponsorship/rules/test_paper_checks.py, where misses and false alarms are
# counted: a hint too many only costs trust, so every threshold leans to silence.
DARK_PAPER = 80
WHITE_PAPER, PALE_INK = 245, 160
BURNT, BURNT_ON = 0.006, 240
LEAST_SHARP = 0.37
MOST_EDGE_INK = 2.0
LEAST_FILLED = 0.20
STEEP = 7
# Pixels of the longer side: a page of writing needs more than a card.
SHORTEST = {DocumentKind.SIGNED_MANDATE: 900, DocumentKind.KTP: 700, DocumentKind.PASSBOOK: 700}


class Hint(StrEnum):
    DARK = "dark"
    PALE = "pale"
    GLARE = "glare"
    BLURRED = "blurred"
    CUT_OFF = "cut_off"
    SMALL = "small"
    TILTED = "tilted"

    @property
    def told(self) -> str:
        """To the donor: what it looks like, and what to do if it matters."""
        return _HINTS[self][0]

    @property
    def short(self) -> str:
        """To the verifier, in one word or two."""
        return _HINTS[self][1]


_HINTS = {
    Hint.DARK: (
        "Foto ini tampak gelap. Bila tulisannya sulit dibaca, foto ulang di tempat yang lebih terang.",
        "gelap",
    ),
    Hint.PALE: (
        "Foto ini tampak terlalu terang. Bila tulisannya pudar, foto ulang tanpa lampu kilat.",
        "terlalu terang",
    ),
    Hint.GLARE: (
        "Tampak ada pantulan cahaya. Bila ada tulisan yang tertutup, foto ulang tanpa lampu kilat.",
        "ada pantulan",
    ),
    Hint.BLURRED: ("Foto ini tampak buram. Bila tulisannya sulit dibaca, foto ulang.", "buram"),
    Hint.CUT_OFF: (
        "Tulisan di tepi foto tampak terpotong. Bila benar, foto ulang sampai keempat sudutnya terlihat.",
        "terpotong",
    ),
    Hint.SMALL: (
        "Tulisan di foto ini tampak kecil. Bila sulit dibaca, foto ulang dari lebih dekat.",
        "kecil",
    ),
    Hint.TILTED: (
        "Foto ini tampak miring. Bila sulit dibaca, foto ulang lurus dari atas.",
        "miring",
    ),
}


class Qr(StrEnum):
    """What the QR on a page says about the mandate that counts now."""

    RIGHT = "right"
    OLDER = "older"
    ALTERED = "altered"
    OTHER = "other"


class Measured(Protocol):
    """One page as it was measured (registry.looking.PageLook)."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def paper(self) -> int: ...
    @property
    def ink(self) -> int: ...
    @property
    def burnt(self) -> float: ...
    @property
    def typical(self) -> int: ...
    @property
    def filled(self) -> float: ...
    @property
    def sharpness(self) -> float: ...
    @property
    def edge_ink(self) -> float: ...
    @property
    def tilt(self) -> int: ...


@dataclass(frozen=True)
class Wanted:
    """The mandate that counts: reference for people, version, checksum."""

    reference: str
    version: int
    checksum: str


@dataclass(frozen=True)
class SeenPage:
    """What is remembered of one page: codes only, no picture and no text of a QR. `version`: of an older mandate."""

    hints: tuple[Hint, ...] = ()
    qr: Qr | None = None
    version: int = 0


@dataclass(frozen=True)
class Seen:
    """What is remembered of one paper. `looked`: whether it was looked at; `unread`: it could not be."""

    pages: tuple[SeenPage, ...] = ()
    looked: bool = False
    unread: bool = False


def hints_of(kind: DocumentKind, page: Measured) -> tuple[Hint, ...]:
    """What looks wrong about one page, the most telling first; empty for a good photo."""
    glare = page.burnt >= BURNT and page.typical < BURNT_ON
    pale = page.typical >= WHITE_PAPER and page.ink >= PALE_INK
    far = page.filled < LEAST_FILLED and not glare
    found = (
        (Hint.DARK, page.paper < DARK_PAPER and not far),
        (Hint.PALE, pale),
        (Hint.GLARE, glare),
        (Hint.BLURRED, page.sharpness < LEAST_SHARP),
        (Hint.CUT_OFF, page.edge_ink >= MOST_EDGE_INK),
        (Hint.SMALL, far or max(page.width, page.height) < SHORTEST[kind]),
        (Hint.TILTED, abs(page.tilt) >= STEEP and not pale),
    )
    return tuple(hint for hint, applies in found if applies)


def read_codes(texts: Collection[str], wanted: Wanted) -> tuple[Qr | None, int]:
    """What the QR codes of a page say, the worst first, and the version when it is an older one of the same mandate.

    Codes that are not ours (a poster on the wall, an electronic stamp) say nothing. Whether another reference exists
    anywhere is neither asked nor told.
    """
    said = [_verdict(parsed, wanted) for text in texts if isinstance(parsed := parse_qr(text), QrContent)]
    for worst in (Qr.OTHER, Qr.ALTERED, Qr.OLDER, Qr.RIGHT):
        for verdict, version in said:
            if verdict is worst:
                return verdict, version
    return None, 0


def _verdict(found: QrContent, wanted: Wanted) -> tuple[Qr, int]:
    theirs, ours = parse_mandate_reference(found.reference), parse_mandate_reference(wanted.reference)
    if isinstance(theirs, Finding) or isinstance(ours, Finding) or theirs.code != ours.code:
        return Qr.OTHER, 0
    if found.version < wanted.version:
        return Qr.OLDER, found.version
    if found.version > wanted.version:
        return Qr.OTHER, 0
    return (Qr.RIGHT, 0) if found.checksum == wanted.checksum.upper() else (Qr.ALTERED, 0)


def to_keep(pages: Sequence[SeenPage] | None) -> dict[str, Any]:
    """As RegistrationPaper.seen holds it; None: the paper could not be looked at."""
    if pages is None:
        return {"unread": True}
    return {"pages": [_page_to_keep(page) for page in pages]}


def _page_to_keep(page: SeenPage) -> dict[str, Any]:
    kept: dict[str, Any] = {"hints": [str(hint) for hint in page.hints]}
    if page.qr:
        kept["qr"] = str(page.qr)
    if page.version:
        kept["version"] = page.version
    return kept


def as_seen(kept: dict[str, Any], *, looked: bool) -> Seen:
    """What `to_keep` wrote, read back."""
    pages = tuple(
        SeenPage(
            tuple(Hint(hint) for hint in page["hints"]),
            Qr(page["qr"]) if "qr" in page else None,
            page.get("version", 0),
        )
        for page in kept.get("pages", ())
    )
    return Seen(pages, looked, bool(kept.get("unread")))


def told_hints(seen: Seen) -> list[str]:
    """The hints of one paper in sentences for its donor, each once, with the page when there are several."""
    several = len(seen.pages) > 1
    sentences = []
    for hint in Hint:
        on = [number for number, page in enumerate(seen.pages, start=1) if hint in page.hints]
        if on:
            where = f"Halaman {_listed(on)}: " if several else ""
            sentences.append(where + hint.told)
    return sentences


def wrong_paper(seen: Seen, current_version: int) -> Finding | None:
    """Why this paper is not the mandate that counts; None when nothing says so. Blocks the sending."""
    for page in seen.pages:
        if page.qr is Qr.OLDER:
            return Finding(
                "older_mandate",
                f"Ini surat kuasa versi {page.version:02d}; yang berlaku versi {current_version:02d}. Cetak yang "
                "terbaru, tanda tangani, dan unggah; lalu hapus yang lama.",
                DocumentKind.SIGNED_MANDATE,
            )
        if page.qr is Qr.ALTERED:
            return Finding(
                "altered_mandate",
                "Kode di surat ini tidak sama dengan surat kuasa yang kami buat untuk Anda. Cetak lagi surat kuasa "
                "Anda, tanda tangani, dan unggah; lalu hapus yang keliru.",
                DocumentKind.SIGNED_MANDATE,
            )
        if page.qr is Qr.OTHER:
            return Finding(
                "other_mandate",
                "Ini bukan surat kuasa dari pendaftaran Anda ini. Unggah surat kuasa yang Anda cetak dari "
                "pendaftaran ini; lalu hapus yang keliru.",
                DocumentKind.SIGNED_MANDATE,
            )
    return None


def code_is_right(sheets: Collection[Seen]) -> bool:
    """Whether some page of the signed mandate carries the right code and none a wrong one."""
    said = {page.qr for sheet in sheets for page in sheet.pages} - {None}
    return said == {Qr.RIGHT}


def code_is_missing(sheets: Collection[Seen]) -> bool:
    """Whether every sheet was looked at and no code was read. A hint for the donor, never more."""
    return (
        bool(sheets)
        and all(sheet.looked for sheet in sheets)
        and not any(page.qr for sheet in sheets for page in sheet.pages)
    )


NO_CODE = (
    "Kode QR di halaman terakhir belum terbaca. Pendaftaran tetap dapat dikirim; bila halaman itu kurang jelas, foto "
    "ulang."
)


def compared_code(sheets: Collection[Seen]) -> Compared | None:
    """For the verifier: the QR of the signed mandate against the one that was printed; None while nobody has looked."""
    said = {page.qr for sheet in sheets for page in sheet.pages} - {None}
    if Qr.OTHER in said:
        return Compared("qr", False, "Kode QR milik surat lain.")
    if Qr.ALTERED in said:
        return Compared("qr", False, "Kode QR tidak sama dengan data surat yang dicetak.")
    if Qr.OLDER in said:
        return Compared("qr", False, "Kode QR dari versi surat yang lebih lama.")
    if Qr.RIGHT in said:
        return Compared("qr", True, "")
    if code_is_missing(sheets):
        return Compared("qr", False, "Kode QR tidak terbaca; cocokkan nomor suratnya.")
    return None


def compared_photos(sheets: Sequence[Seen]) -> Compared | None:
    """For the verifier: what looks wrong about the photos of one kind of paper; None while nobody has looked."""
    pages = [(page, sheet) for sheet in sheets for page in (sheet.pages or (SeenPage(),))]
    if not sheets or not all(sheet.looked for sheet in sheets):
        return None
    if any(sheet.unread for sheet in sheets):
        return Compared("photo", False, "Gambar tidak dapat diperiksa otomatis.")
    doubts = [
        f"{f'halaman {number} ' if len(pages) > 1 else ''}tampak {', '.join(h.short for h in page.hints)}"
        for number, (page, _) in enumerate(pages, start=1)
        if page.hints
    ]
    return Compared("photo", not doubts, f"Foto {'; '.join(doubts)}." if doubts else "")


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:-1])) + (" dan " if len(numbers) > 1 else "") + str(numbers[-1])
