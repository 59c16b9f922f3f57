"""Result of a bank as one sheet of a workbook. The layout is the table of result_csv without encoding, line_end,
delimiter and quoting, and with

    sheet       name of the sheet, optional; else the first one

References, status words, codes and texts must be text cells: a number has already lost its zeros in front, and its
last digits when it is long. Amounts and dates may be numbers.
"""

import io
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import BinaryIO

from xlsxwriter import Workbook

from autodebit.formats.lines import LARGEST_AMOUNT, Layout
from autodebit.formats.result_layout import result_findings
from autodebit.formats.result_table import Placed, answers, placed, returned_rows
from autodebit.formats.results import Answer, ResultReading
from autodebit.formats.sheet_rows import Cell, sheet_rows
from autodebit.formats.table import money_text
from autodebit.formats.text_rows import Row
from registry.rules.finding import Finding

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXTENSION = "xlsx"

_DAY_ZERO = date(1899, 12, 30)  # of the dates in a sheet; right from March 1900 on
_LAST_SERIAL = 80_000  # in the year 2119; a larger number is a date written in figures, such as 20260102


def layout_findings(layout: Layout) -> tuple[Finding, ...]:
    """Everything wrong with a layout; a layout without findings can be read with."""
    found = result_findings(layout, ())
    sheet = layout.get("sheet", "Hasil")
    if (
        not isinstance(sheet, str)
        or not 0 < len(sheet) <= 31
        or not sheet.isprintable()
        or set("[]:*?/\\") & set(sheet)
    ):
        found = (
            *found,
            Finding("sheet", "Nama lembar (sheet): 1 sampai 31 huruf, tanpa [ ] : * ? / \\.", "sheet"),
        )
    return found


def read(data: BinaryIO, layout: Layout) -> ResultReading:
    """Answers with their row numbers. The layout must have no findings; the stream belongs to the caller."""

    def records(reading: ResultReading) -> Iterator[Answer]:
        return answers(_rows(data, layout), layout, reading)

    return ResultReading(records)


def hand_back(data: BinaryIO, layout: Layout, numbers: Collection[int]) -> bytes:
    """The rows with these numbers between the front and the trailer of the file, every cell as text."""
    out = io.BytesIO()
    # Nothing of it may lie in a temporary file, and what is handed back is little.
    with Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as workbook:
        sheet = workbook.add_worksheet(layout.get("sheet", "Hasil"))
        for number, (part, row) in enumerate(returned_rows(_rows(data, layout), layout, numbers)):
            for place, text in enumerate(row.raw if part == "columns" else row.cells):
                if text:
                    sheet.write_string(number, place, text)
    return out.getvalue()


def _rows(data: BinaryIO, layout: Layout) -> Iterator[Placed]:
    """Rows with the cells as texts; numbers where the layout wants a text are a fault of the row."""
    raw = (Row(number, [], "", cells) for number, cells in sheet_rows(data, layout.get("sheet", "")))
    for part, row in placed(raw, layout):
        cells = _filled(row.raw, layout, part)
        columns = layout["columns" if part == "titles" else part]
        shown, faults = [], []
        for place, cell in enumerate(cells):
            source = columns[place].get("source", "") if part != "titles" and place < len(columns) else ""
            text, fault = _shown(cell, source, layout)
            shown.append(text)
            faults.append(fault and f"kolom ke-{place + 1} {fault}")
        wrong = next((fault for fault in faults if fault), "")
        yield (
            part,
            Row(
                row.number, shown, wrong, [text or cell.text for text, cell in zip(shown, cells, strict=True)]
            ),
        )


def _filled(cells: list[Cell], layout: Layout, part: str) -> list[Cell]:
    """As many cells as the part has columns, when only empty ones are missing or too many."""
    width = len(layout["columns" if part == "titles" else part])
    while len(cells) > width and cells[-1] == Cell("", "text"):
        cells = cells[:-1]
    return cells + [Cell("", "text")] * (width - len(cells))


def _shown(cell: Cell, source: str, layout: Layout) -> tuple[str, str]:
    """The text of a cell, and what is wrong with it."""
    if cell.kind == "text":
        return cell.text, ""
    if cell.kind != "number":
        return "", "berisi rumus" if cell.kind == "formula" else "berisi nilai yang bukan teks"
    if source == "ignore":
        return cell.text, ""
    number = _whole(cell.text)
    if source in ("amount", "total") and number is not None:
        return money_text(number, layout["amount"]), ""
    if source == "count" and number is not None:
        return str(number), ""
    if source == "booked_on" and number is not None:
        return _day_text(number, layout["date_format"]), ""
    if source in ("amount", "total", "count", "booked_on"):
        return "", "berisi angka yang tidak terbaca"
    return "", "berisi angka, bukan teks; nol di depan atau angka di belakang bisa hilang"


def _whole(text: str) -> int | None:
    try:
        number = Decimal(text[:40])
    except InvalidOperation:
        return None
    if not number.is_finite() or not 0 <= number <= LARGEST_AMOUNT or number != number.to_integral_value():
        return None
    return int(number)


def _day_text(number: int, pattern: str) -> str:
    return (_DAY_ZERO + timedelta(number)).strftime(pattern) if 60 < number <= _LAST_SERIAL else str(number)
