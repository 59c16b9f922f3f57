"""The cover letter that goes to the bank with the files of a batch: count, rupiah and SHA-256 of every part.

An official letter in the layout of the city's offices, with the look of the mandate; the same letter gives the same
bytes. Nothing here reads a clock, a setting or the database.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any

from sponsorship.printing import TEMPLATES, PrintingError, fill, print_pdf, printable
from sponsorship.rules.money import in_words, rupiah_long
from sponsorship.rules.months import JAKARTA, indonesian_date, indonesian_weekday_date, wib


@dataclass(frozen=True)
class LetterFile:
    """One sealed file. `total` in rupiah."""

    name: str
    form: str
    part: int
    parts: int
    count: int
    total: int
    sha256: str


@dataclass(frozen=True)
class CoverLetter:
    """Everything that stands on the letter. `month` is a label ("Desember 2026"); `account`: ours, in full."""

    government: str
    programme: str
    office: str
    help_phone: str
    help_hours: str
    place: str
    number: str
    bank: str
    bank_legal_name: str
    month: str
    wave: int
    collection_date: date
    creditor_name: str
    account: str
    count: int
    total: int
    content_hash: str
    sealed_at: datetime
    sealed_by: str
    approvers: tuple[str, ...]
    files: tuple[LetterFile, ...]


def render_cover_letter(letter: CoverLetter) -> bytes:
    """The letter as PDF/A-2b bytes, A4. Raises PrintingError."""
    return print_pdf(cover_letter_html(letter), _style())


def cover_letter_html(letter: CoverLetter) -> str:
    """The HTML that is printed. Raises PrintingError when the files do not add up to the batch, form by form."""
    forms = {file.form for file in letter.files}
    for form in forms:
        mine = [file for file in letter.files if file.form == form]
        if (sum(file.count for file in mine), sum(file.total for file in mine)) != (
            letter.count,
            letter.total,
        ):
            raise PrintingError("The files of a letter do not add up to its batch.")
        if sorted(file.part for file in mine) != list(range(1, mine[0].parts + 1)):
            raise PrintingError("A part of the files is missing.")
    if not forms or len(letter.approvers) < 2:
        raise PrintingError("A letter names its files and two approvers.")
    return fill("autodebit/print/cover_letter.html", _words(_clean(letter)))


def _clean(letter: CoverLetter) -> CoverLetter:
    files = tuple(replace(file, **_printable_texts(file)) for file in letter.files)
    approvers = tuple(map(printable, letter.approvers))
    return replace(letter, **_printable_texts(letter), approvers=approvers, files=files)


def _printable_texts(record: CoverLetter | LetterFile) -> dict[str, Any]:
    return {name: printable(value) for name, value in vars(record).items() if isinstance(value, str)}


def _words(letter: CoverLetter) -> dict[str, Any]:
    return {
        "letter": letter,
        "wave": str(letter.wave),
        "retry": letter.wave > 1,
        "written_on": indonesian_date(letter.sealed_at),
        "written_on_iso": letter.sealed_at.astimezone(JAKARTA).date().isoformat(),
        "sealed_at": f"{indonesian_date(letter.sealed_at)}, {wib(letter.sealed_at)}",
        "collection_date": indonesian_weekday_date(letter.collection_date),
        "count": _number(letter.count),
        "count_words": in_words(letter.count).removesuffix(" rupiah"),
        "total": rupiah_long(letter.total),
        "total_words": in_words(letter.total),
        "file_count": str(len(letter.files)),
        "files": [
            {
                "row": str(row),
                "name": file.name,
                "form": file.form,
                "part": f"{file.part} dari {file.parts}",
                "count": _number(file.count),
                "total": rupiah_long(file.total),
                "sha256": _in_groups(file.sha256),
            }
            for row, file in enumerate(letter.files, start=1)
        ],
        "content_hash": _in_groups(letter.content_hash),
    }


def _number(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _in_groups(digits: str) -> str:
    """A hash in groups of eight: what two people can read to each other over the telephone."""
    return " ".join(digits[place : place + 8] for place in range(0, len(digits), 8))


@cache
def _style() -> str:
    folder = TEMPLATES / "autodebit" / "print"
    return (folder / "cover_letter.css").read_text("utf-8")
