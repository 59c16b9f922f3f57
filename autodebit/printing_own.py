"""What a donor takes home: receipt of a month, statement of a year, and the certificate worth sharing.

The look of the mandate for the two papers of record, a warm one for the certificate. The same sheet gives the same
bytes; nothing here reads a clock, a setting or the database. No sheet knows an identity number of a worker, and the
certificate knows no worker at all.
"""

from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cache
from typing import Any, TypeVar

from sponsorship.printing import TEMPLATES, PrintingError, fill, print_pdf, printable
from sponsorship.rules.money import in_words, rupiah, rupiah_long
from sponsorship.rules.months import indonesian_date, indonesian_weekday_date

# One unit of the kawung band: four petals round a centre, in units of the drawing.
KAWUNG_UNIT = 20
BAND_UNITS, ROSETTES = 48, 6


@dataclass(frozen=True)
class Sender:
    """Who hands the paper out, and where to ask."""

    government: str
    programme: str
    office: str
    help_phone: str
    help_hours: str
    city: str


@dataclass(frozen=True)
class ReceiptLine:
    """One worker: name, programme in words, rupiah."""

    worker: str
    programme: str
    amount: int


@dataclass(frozen=True)
class Receipt:
    """One debit that brought money. `month`: a label; `account`: masked; `gone`: "", "returned" or "refunded"."""

    sender: Sender
    reference: str
    donor: str
    month: str
    day: date
    amount: int
    lines: tuple[ReceiptLine, ...]
    bank: str
    account: str
    mandate: str
    confirmed_on: date | None
    gone: str
    gone_on: date | None
    printed_on: date


@dataclass(frozen=True)
class YearLine:
    """One month of the statement, in rupiah; `status` in the donor's words."""

    month: str
    reference: str
    debited: int
    given_back: int
    status: str

    @property
    def kept(self) -> int:
        return self.debited - self.given_back


@dataclass(frozen=True)
class YearStatement:
    """All months of one calendar year. `workers`: (name, rupiah kept for them)."""

    sender: Sender
    year: int
    donor: str
    lines: tuple[YearLine, ...]
    workers: tuple[tuple[str, int], ...]
    printed_on: date


@dataclass(frozen=True)
class Certificate:
    """`since`: label of the first month collected; `months` and `workers`: how many, at least one each."""

    sender: Sender
    donor: str
    since: str
    months: int
    workers: int
    printed_on: date


def render_receipt(receipt: Receipt) -> bytes:
    """PDF/A-2b, A4. Raises PrintingError when the workers' shares do not add up to the debit."""
    return print_pdf(receipt_html(receipt), _style("own.css"))


def render_year(statement: YearStatement) -> bytes:
    """PDF/A-2b, A4. Raises PrintingError without a month or when the workers' shares are not what was kept."""
    return print_pdf(year_html(statement), _style("own.css"))


def render_certificate(certificate: Certificate) -> bytes:
    """PDF/A-2b, A4 lying. Raises PrintingError when nothing was collected."""
    return print_pdf(certificate_html(certificate), _style("certificate.css"))


def receipt_html(receipt: Receipt) -> str:
    if receipt.amount < 1 or receipt.amount != sum(line.amount for line in receipt.lines):
        raise PrintingError("The workers' shares of a receipt do not add up to its debit.")
    sheet = _clean(receipt)
    words = {
        "sheet": sheet,
        "amount": rupiah_long(sheet.amount),
        "amount_words": in_words(sheet.amount),
        "day": indonesian_weekday_date(sheet.day),
        "gone_on": indonesian_date(sheet.gone_on) if sheet.gone_on else "",
        "confirmed_on": indonesian_date(sheet.confirmed_on) if sheet.confirmed_on else "",
        "lines": [
            {"worker": line.worker, "programme": line.programme, "amount": rupiah_long(line.amount)}
            for line in sheet.lines
        ],
        **_dated(sheet.printed_on),
    }
    return fill("autodebit/print/receipt.html", words)


def year_html(statement: YearStatement) -> str:
    kept = sum(line.kept for line in statement.lines)
    if not statement.lines or kept != sum(amount for _, amount in statement.workers):
        raise PrintingError("A yearly statement needs months, and the workers' sum is what was kept.")
    sheet = _clean(statement)
    words = {
        "sheet": sheet,
        "year": str(sheet.year),
        "lines": [
            {
                "month": line.month,
                "reference": line.reference,
                "status": line.status,
                "debited": _or_dash(line.debited),
                "given_back": _or_dash(line.given_back),
                "kept": _or_dash(line.kept),
            }
            for line in sheet.lines
        ],
        "debited": rupiah(sum(line.debited for line in sheet.lines)),
        "given_back": _or_dash(sum(line.given_back for line in sheet.lines)),
        "corrected": any(line.given_back for line in sheet.lines),
        "kept": rupiah_long(kept),
        "kept_short": rupiah(kept),
        "kept_words": in_words(kept),
        "workers": [{"name": name, "amount": rupiah(amount)} for name, amount in sheet.workers],
        **_dated(sheet.printed_on),
    }
    return fill("autodebit/print/year.html", words)


def certificate_html(certificate: Certificate) -> str:
    if certificate.months < 1 or certificate.workers < 1:
        raise PrintingError("A certificate needs at least one month that was collected.")
    sheet = _clean(certificate)
    words = {
        "sheet": sheet,
        "workers": _counted(sheet.workers),
        "months": str(sheet.months),
        "long_name": len(sheet.donor) > 34,
        "kawung": kawung_band(BAND_UNITS),
        "kawung_width": str(BAND_UNITS * KAWUNG_UNIT),
        "rosettes": kawung_band(ROSETTES),
        "rosettes_width": str(ROSETTES * KAWUNG_UNIT),
        **_dated(sheet.printed_on),
    }
    return fill("autodebit/print/certificate.html", words)


@cache
def kawung_band(units: int) -> str:
    """One path of `units` kawung flowers side by side, each KAWUNG_UNIT wide and high."""
    near, far, bend = 2.2, 9.6, 7.2
    petals = []
    for number in range(units):
        x, y = number * KAWUNG_UNIT + KAWUNG_UNIT / 2, KAWUNG_UNIT / 2
        for across, down in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            start, end = (
                f"{x + near * across:g} {y + near * down:g}",
                f"{x + far * across:g} {y + far * down:g}",
            )
            petals.append(f"M{start}A{bend} {bend} 0 0 1 {end}A{bend} {bend} 0 0 1 {start}Z")
    return "".join(petals)


def _counted(number: int) -> str:
    return f"{number} ({in_words(number).removesuffix(' rupiah')})"


def _or_dash(amount: int) -> str:
    return rupiah(amount) if amount else "–"


def _dated(printed_on: date) -> dict[str, str]:
    return {"printed_on": indonesian_date(printed_on), "printed_on_iso": printed_on.isoformat()}


Sheet = TypeVar("Sheet")


def _clean(sheet: Sheet) -> Sheet:
    """Every text in it, however deep, as it can be printed."""
    return replace(sheet, **{field.name: _cleaned(getattr(sheet, field.name)) for field in fields(sheet)})  # type: ignore[type-var, arg-type]


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, tuple):
        return tuple(_cleaned(part) for part in value)
    return _clean(value) if hasattr(value, "__dataclass_fields__") else value


@cache
def _style(name: str) -> str:
    return (TEMPLATES / "autodebit" / "print" / name).read_text("utf-8")
