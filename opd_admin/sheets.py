"""Tables for the office as a workbook: every cell is text, so that nothing turns into a formula or loses a zero."""

import io
import tempfile
from collections.abc import Iterable, Sequence

from xlsxwriter import Workbook

from autodebit.labels import DIFFERENCE, DIFFERENCE_KIND
from autodebit.queries_difference import Line

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DIFFERENCE_TITLES = (
    "Perubahan", "Sebab", "Rujukan", "Surat kuasa", "Pemilik rekening", "OPD", "Bulan lalu (Rp)", "Bulan ini (Rp)",
    "Selisih (Rp)",
)  # fmt: skip
_WIDTH = 24


def workbook(name: str, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """One sheet of text cells, written row by row; the rows wait in a folder of their own that goes with the call."""
    out = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        options = {
            "constant_memory": True,
            "tmpdir": folder,
            "strings_to_formulas": False,
            "strings_to_urls": False,
        }
        with Workbook(out, options) as book:
            sheet = book.add_worksheet(name)
            sheet.set_column(0, len(titles) - 1, _WIDTH)
            bold = book.add_format({"bold": True})
            for place, title in enumerate(titles):
                sheet.write_string(0, place, title, bold)
            for number, row in enumerate(rows, start=1):
                for place, text in enumerate(row):
                    sheet.write_string(number, place, text)
    return out.getvalue()


def difference_sheet(lines: Iterable[Line]) -> bytes:
    """The difference from last month, line by line."""
    rows = (
        (
            DIFFERENCE_KIND[line.kind],
            reason_words(line),
            line.reference,
            line.mandate_number,
            line.holder,
            line.office,
            str(line.before),
            str(line.after),
            str(line.after - line.before),
        )
        for line in lines
    )
    return workbook("Selisih", DIFFERENCE_TITLES, rows)


def reason_words(line: Line) -> str:
    return "; ".join(DIFFERENCE[reason] for reason in line.reasons)
