"""The mandate on paper: `Surat Kuasa Pendebetan Rekening` as PDF/A-2b, tagged for reading aloud.

The only module that knows WeasyPrint. The same sheet gives the same bytes, in any process: nothing here reads a
clock, a setting or the database, and the fonts come from a package. Wording follows KUHPerdata 1813-1818,
UU 27/2022 (personal data), POJK 22/2023 (copy of own data) and UU 10/2020 (meterai).
"""

from __future__ import annotations

import io
import time
import unicodedata
import zlib
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cache, lru_cache
from math import ceil
from pathlib import Path
from threading import Lock
from typing import Any

import fontpkg_plus_jakarta_sans as typeface
import pydyf
import segno
from django.template import Context, Engine
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from weasyprint import CSS, HTML
from weasyprint.document import Document
from weasyprint.text.ffi import harfbuzz_subset
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from sponsorship.rules.money import in_words, rupiah, rupiah_long
from sponsorship.rules.months import indonesian_date

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
TYPEFACE_FILE = typeface.ROOT / "files" / "PlusJakartaSans[wght].ttf"
WEIGHTS = (400, 700)

# Latin with its extensions covers every name on a KTP; the marks at the end are what people paste and the sheet prints.
LETTERS = frozenset(
    map(chr, [*range(0x20, 0x7F), *range(0xA0, 0xAD), *range(0xAE, 0x149), *range(0x14A, 0x17F)])
) | frozenset("–—‘’“”•…")
KEPT_FEATURES = ["kern", "tnum", "ccmp", "locl", "mark", "mkmk", "case"]

QR_QUIET_MODULES = 4
QR_SYMBOL_MM = 26.0
QR_MODULE_MM = 0.7  # 4.1 pixels at 150 dpi: what a crooked photo of the paper needs

# Temporary-file cleaners remove idle files under /tmp after some days, and with them the font files that the font
# configuration opens lazily; a worker that lives for weeks would then print in a system font.
PRESS_LIFETIME_SECONDS = 6 * 3600

# Pango objects are not safe to share between threads.
_ONE_AT_A_TIME = Lock()


class PrintingError(Exception):
    """The sheet contradicts itself or asks for something that is not packaged: nothing was printed."""


@dataclass(frozen=True)
class WorkerLine:
    """One worker of the table. Amounts are rupiah a month; `amount_full` is without any discount."""

    name: str
    nik: str
    occupation: str
    kelurahan: str
    programme: str
    base_income: int
    amount_now: int
    amount_full: int


@dataclass(frozen=True)
class MandateSheet:
    """Everything that stands on the paper, as plain values in the form in which they are read.

    `amount_now` and `ceiling` are rupiah a month for all workers together; `discount_until` is the label of the last
    month with a discount ("Desember 2026") or None; `cutoff_hour` is in WIB; `qr_text` is printed as a QR code only.
    """

    reference: str
    number: str
    version: int
    text_version: str
    government: str
    programme: str
    office: str
    help_phone: str
    help_hours: str
    bank: str
    bank_legal_name: str
    creditor: str
    place: str
    printed_on: date
    donor_name: str
    nip: str
    nip_label: str
    position: str
    opd: str
    contact_label: str
    contact: str
    account: str
    account_holder: str
    workers: tuple[WorkerLine, ...]
    amount_now: int
    discount_until: str | None
    ceiling: int
    start_month: str
    cutoff_working_days: int
    cutoff_hour: int
    meterai_required: bool
    qr_text: str
    consent: str
    meterai_amount: int = 10_000
    retries: int = 2
    retry_before_day: int = 10

    @property
    def amount_full(self) -> int:
        """Rupiah a month for all workers when no discount holds."""
        return sum(worker.amount_full for worker in self.workers)


def render_mandate(sheet: MandateSheet) -> bytes:
    """The mandate as PDF/A-2b bytes; the same sheet gives the same bytes. Raises PrintingError."""
    return print_pdf(mandate_html(sheet), mandate_css())


def print_pdf(html: str, css: str) -> bytes:
    """A sheet of this house as PDF/A-2b, in its one typeface; the same words give the same bytes.

    `html` has every value escaped and `printable`; nothing but the packaged fonts is fetched. Raises PrintingError.
    """
    with _ONE_AT_A_TIME:
        press = _press(int(time.monotonic() // PRESS_LIFETIME_SECONDS), css)
        try:
            pdf: bytes = HTML(string=html, url_fetcher=press.assets).write_pdf(
                stylesheets=[press.stylesheet],
                font_config=press.fonts,
                pdf_variant="pdf/a-2b",
                pdf_tags=True,
                # Without HarfBuzz's subsetter WeasyPrint cuts fonts by fontTools, slowly and with the time of day
                # inside. The lean fonts are small enough to be embedded uncut.
                full_fonts=harfbuzz_subset is None,
                finisher=_make_objects_once,
            )
        except FatalURLFetchingError as fault:
            raise PrintingError(str(fault)) from fault
    return pdf


class _MadeObject(pydyf.Object):  # type: ignore[misc]
    """An object of the PDF whose bytes are made once: the writer asks for them again for the file identifier."""

    def __init__(self, source: pydyf.Object) -> None:
        super().__init__()
        self.number, self.generation, self.free = source.number, source.generation, source.free
        self._data: bytes = source.data
        self._compressible: bool = source.compressible

    @property
    def data(self) -> bytes:
        return self._data

    @property
    def compressible(self) -> bool:
        return self._compressible


def _make_objects_once(document: Document, pdf: pydyf.PDF) -> None:
    """Compress at zlib's own level instead of the slowest, and each stream once instead of twice."""
    for stream in pdf.objects:
        if isinstance(stream, pydyf.Stream) and stream.compress:
            written = pydyf.Stream(stream.stream).data
            raw = written.split(b"\nstream\n", 1)[1].removesuffix(b"\nendstream")
            stream.stream, stream.compress = [zlib.compress(raw)], False
            stream.extra["Filter"] = "/FlateDecode"
    pdf.objects[1:] = [_MadeObject(made) for made in pdf.objects[1:]]


def mandate_html(sheet: MandateSheet) -> str:
    """The HTML that is printed, every value escaped. Raises PrintingError when the sheet contradicts itself."""
    _refuse_contradictions(sheet)
    return fill("sponsorship/print/mandate.html", _words(_clean(sheet)))


def fill(template: str, words: dict[str, Any]) -> str:
    """A sheet's HTML, every value escaped and none of them localised."""
    return _engine().get_template(template).render(Context(words, use_l10n=False, use_tz=False))


def mandate_css() -> str:
    """The style sheet of the mandate, without the font faces."""
    return (TEMPLATES / "sponsorship" / "print" / "mandate.css").read_text("utf-8")


def _refuse_contradictions(sheet: MandateSheet) -> None:
    if not sheet.workers:
        raise PrintingError("A mandate names at least one worker.")
    if sheet.amount_now != sum(worker.amount_now for worker in sheet.workers):
        raise PrintingError("The amount of the mandate is not the sum of its workers.")
    if not 0 < sheet.amount_now <= sheet.ceiling:
        raise PrintingError("The amount of the mandate is not within its ceiling.")


def _clean(sheet: MandateSheet) -> MandateSheet:
    """Every text as it can be printed (see printable)."""
    workers = tuple(replace(worker, **_printable_texts(worker)) for worker in sheet.workers)
    return replace(sheet, **_printable_texts(sheet), workers=workers)


def _printable_texts(record: MandateSheet | WorkerLine) -> dict[str, Any]:
    return {name: printable(value) for name, value in vars(record).items() if isinstance(value, str)}


def unprintable(text: str) -> str:
    """The characters of the text that the typeface of the mandate does not have, for a form to refuse by name."""
    return "".join(sorted({c for c in _plain(text) if c not in LETTERS}))


def printable(text: str) -> str:
    """What the typeface does not have becomes a visible "?": no system font may change the look of a mandate, and
    PDF/A forbids the empty box."""
    return "".join(c if c in LETTERS else "?" for c in _plain(text))


def _plain(text: str) -> str:
    """One line, composed, full-width forms folded, and without the control and direction characters that would make
    the paper read differently from the data."""
    composed = unicodedata.normalize("NFC", text)
    folded = "".join(c if c in LETTERS else unicodedata.normalize("NFKC", c) for c in composed)
    visible = (" " if c.isspace() else c for c in folded if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join("".join(visible).split())


def _words(sheet: MandateSheet) -> dict[str, Any]:
    """The sheet as the template wants it: texts only, so that no locale setting can change a figure."""
    lines = [
        asdict(worker)
        | {
            "row": str(row),
            "base_income": rupiah(worker.base_income),
            "amount_now": rupiah(worker.amount_now),
            "amount_full": rupiah(worker.amount_full),
        }
        for row, worker in enumerate(sheet.workers, start=1)
    ]
    return {
        "sheet": sheet,
        "version": str(sheet.version),
        "workers": lines,
        "worker_count": str(len(lines)),
        "one_worker": len(lines) == 1,
        "now": _money(sheet.amount_now),
        "full": _money(sheet.amount_full),
        "ceiling": _money(sheet.ceiling),
        "meterai": rupiah(sheet.meterai_amount),
        "printed_on": indonesian_date(sheet.printed_on),
        "printed_on_iso": sheet.printed_on.isoformat(),
        "cutoff_days": _counted(sheet.cutoff_working_days),
        "cutoff_time": f"{sheet.cutoff_hour:02d}.00 WIB",
        "retries": _counted(sheet.retries),
        "retry_before_day": str(sheet.retry_before_day),
        "qr": qr_drawing(sheet.qr_text),
    }


def _money(amount: int) -> dict[str, str]:
    return {"short": rupiah(amount), "figures": rupiah_long(amount), "words": in_words(amount)}


def _counted(number: int) -> str:
    return f"{number} ({in_words(number).removesuffix(' rupiah')})"


def qr_drawing(text: str) -> dict[str, str]:
    """The QR code as strokes one module wide, and its printed size in millimetres with the quiet zone.

    Strokes take half the drawing commands of filled boxes: tens of milliseconds a sheet."""
    symbol = segno.make_qr(text, error="m")
    modules = symbol.symbol_size(border=0)[0]
    rows = ((y, bytes(row)) for y, row in enumerate(symbol.matrix_iter(border=0)))
    path = "".join(f"M{x} {y}.5h{length}" for y, row in rows for x, length in _dark_runs(row))
    whole = modules + 2 * QR_QUIET_MODULES
    module_mm = max(QR_SYMBOL_MM / modules, QR_MODULE_MM)
    return {
        "path": path,
        "view_box": f"-{QR_QUIET_MODULES} -{QR_QUIET_MODULES} {whole} {whole}",
        "size_mm": str(ceil(whole * module_mm)),
    }


def _dark_runs(row: bytes) -> list[tuple[int, int]]:
    """(start, length) of each run of dark modules: a run drawn in one piece leaves no hairline gaps."""
    runs: list[tuple[int, int]] = []
    for x, dark in enumerate(row):
        if not dark:
            continue
        if runs and sum(runs[-1]) == x:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((x, 1))
    return runs


class PackagedAssets(URLFetcher):  # type: ignore[misc]
    """Gives out the packaged fonts under their `packaged:` names and refuses every other address."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        weights = {f"packaged:typeface-{weight}": weight for weight in WEIGHTS}
        if url not in weights:
            raise FatalURLFetchingError(
                f"A mandate is printed from packaged assets only, not from {url[:80]!r}."
            )
        return URLFetcherResponse(url, lean_font(weights[url]), {"Content-Type": "font/ttf"})


@dataclass(frozen=True)
class Press:
    """What is the same for every sheet, prepared once."""

    assets: PackagedAssets
    fonts: FontConfiguration
    stylesheet: CSS


@lru_cache(maxsize=2)
def _press(period: int, css: str) -> Press:
    """The press of this process for one kind of sheet; a new `period` builds it anew (see PRESS_LIFETIME_SECONDS)."""
    assets, fonts = PackagedAssets(), FontConfiguration()
    faces = "".join(font_face(f"packaged:typeface-{weight}", str(weight)) for weight in WEIGHTS)
    return Press(assets, fonts, CSS(string=faces + css, url_fetcher=assets, font_config=fonts))


def font_face(url: str, weight: str) -> str:
    """One @font-face rule for the family that the style sheet names."""
    return f'@font-face{{font-family:"{typeface.FAMILY}";font-weight:{weight};src:url("{url}")}}\n'


@cache
def lean_font(weight: int) -> bytes:
    """The variable font as a static one of LETTERS only (28 kB instead of 176 kB), without a time stamp."""
    font = TTFont(TYPEFACE_FILE, recalcTimestamp=False)
    options = subset.Options(
        layout_features=KEPT_FEATURES,
        hinting=False,
        notdef_outline=True,
        drop_tables=["DSIG", "MVAR", "STAT"],
    )
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(LETTERS))
    cutter.subset(font)
    static = instantiateVariableFont(font, {"wght": weight}, static=True)
    lean = io.BytesIO()
    static.save(lean)
    return lean.getvalue()


@cache
def _engine() -> Engine:
    """An engine of its own, so that no project setting can switch escaping off."""
    return Engine(dirs=[str(TEMPLATES)], autoescape=True)
