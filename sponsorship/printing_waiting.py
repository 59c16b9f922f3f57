"""Two sheets of the waiting list: the poster that workers scan, and the form for those who agree by a thumb print.

In the look of the mandate; the same sheet gives the same bytes. Nothing here reads a clock, a setting or the database.
"""

from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

from sponsorship.printing import TEMPLATES, fill, print_pdf, printable, qr_drawing
from sponsorship.rules.months import indonesian_date


@dataclass(frozen=True)
class PosterSheet:
    """What hangs on the wall. `address` is printed as a QR code and once in letters."""

    government: str
    programme: str
    office: str
    help_phone: str
    help_hours: str
    group: str
    address: str
    age_limit: int


@dataclass(frozen=True)
class ConsentForm:
    """One worker's form. NIK and phone come masked: the paper travels through many hands."""

    government: str
    programme: str
    office: str
    help_phone: str
    place: str
    number: str
    text_version: str
    printed_on: date
    name: str
    nik: str
    phone: str
    occupation: str
    workplace: str
    kelurahan: str
    paragraphs: tuple[str, ...]


def render_poster(sheet: PosterSheet) -> bytes:
    """The poster as PDF/A-2b, one page A4. Raises PrintingError."""
    words = {"sheet": _clean(sheet), "qr": qr_drawing(sheet.address), "age_limit": str(sheet.age_limit)}
    return print_pdf(fill("sponsorship/print/poster.html", words), _style("poster"))


def render_consent_form(form: ConsentForm) -> bytes:
    """The form as PDF/A-2b, one page A4. Raises PrintingError."""
    words = {
        "form": _clean(form),
        "paragraphs": [printable(paragraph) for paragraph in form.paragraphs],
        "printed_on": indonesian_date(form.printed_on),
        "printed_on_iso": form.printed_on.isoformat(),
    }
    return print_pdf(fill("sponsorship/print/worker_consent.html", words), _style("worker_consent"))


def _clean(sheet: Any) -> Any:
    """Every text as it can be printed (see printing.printable)."""
    texts = {name: printable(value) for name, value in vars(sheet).items() if isinstance(value, str)}
    return replace(sheet, **texts)


@cache
def _style(name: str) -> str:
    return (TEMPLATES / "sponsorship" / "print" / f"{name}.css").read_text("utf-8")
