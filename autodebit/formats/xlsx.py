"""Bank file as one sheet of a workbook. Every cell is text: no formula, no number that loses a zero, no date.

The layout is the table of bank_csv without encoding, line_end, delimiter and quoting, and with

    sheet       name of the sheet

xlsxwriter makes the package around the rows. The rows are streamed into it here, because xlsxwriter keeps them
either all in memory or in a temporary file, and an account number never lies in a file that is not encrypted.
Reading back is the work of another library (python-calamine), so that no mistake is made twice.
"""

import io
import re
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import BinaryIO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo
from zlib import error as DeflateError

from python_calamine import CalamineError, load_workbook
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from autodebit.formats.lines import (
    DebitLine,
    FileHead,
    HashedOutput,
    Layout,
    LineUnfit,
    ReadBack,
    Tally,
    Written,
)
from autodebit.formats.table import MISSHAPEN, Row, RowReader, in_chunks, line_findings, placed, rows_of
from autodebit.formats.table_layout import PARTS, is_plain, table_findings
from registry.rules.finding import Finding

__all__ = ["CONTENT_TYPE", "EXTENSION", "layout_findings", "line_findings", "read_back", "write"]

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXTENSION = "xlsx"

LARGEST_UNPACKED = 512 * 1024**2
_MOST_ROWS = 1_048_576  # of a sheet
_MOST_PARTS = 40
_CHUNK = 1024**2
_TEXT_FORMAT = 49  # "@", built in
_ACTIVE = re.compile(rb"<(?:\w+:)?f[\s/>]|<!")
_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_DIMENSION = re.compile(rb'<dimension ref="[^"]*"/>')
_MISSHAPEN = f"{MISSHAPEN}, atau ada sel yang bukan teks"


def layout_findings(layout: Layout) -> tuple[Finding, ...]:
    """Everything wrong with a layout; a layout without findings can be written with."""
    found = table_findings(layout, {"titles": (True, False)})
    name = layout.get("sheet")
    if not is_plain(name) or not re.fullmatch(r"[^\[\]:*?/'<>&]{1,31}", str(name)) or str(name).isspace():
        message = "Nama lembar (sheet): 1 sampai 31 huruf, angka, spasi, titik, atau garis."
        found.append(Finding("sheet", message, "sheet"))
    return tuple(found)


def write(head: FileHead, lines: Iterable[DebitLine], layout: Layout, out: BinaryIO) -> Written:
    """Streams the file to `out`. The layout must have no findings.

    Raises WriterMismatch when the lines are not what the head promises, LineUnfit when a value that may not
    be shortened is too wide or a sheet has too few rows; what was written until then is worthless.
    """
    if head.count > _MOST_ROWS - len(PARTS):
        raise LineUnfit(f"a sheet has {_MOST_ROWS} rows at most")
    target, tally = HashedOutput(out), Tally()
    with ZipFile(_Sink(target), "w") as package:
        for name, content in _shell(head, layout):
            before, rows_here, after = content.partition(b"<sheetData/>")
            with package.open(_entry(name), "w") as entry:
                entry.write(before)
                if rows_here:
                    entry.write(b"<sheetData>")
                    entry.writelines(_rows_xml(rows_of(head, lines, layout, tally)))
                    entry.write(b"</sheetData>" + after)
    return Written(tally.count, tally.total, target.sha256, tally.digest)


class _Sink(io.RawIOBase):
    """What zipfile wants of an output it cannot seek in."""

    def __init__(self, target: HashedOutput) -> None:
        self._target = target

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._target.write(data)
        return len(data)


def _entry(name: str) -> ZipInfo:
    """Without the hour and the system of the writing: the same input gives the same bytes."""
    entry = ZipInfo(name)
    entry.compress_type, entry.create_system = ZIP_DEFLATED, 0
    return entry


def _shell(head: FileHead, layout: Layout) -> Iterator[tuple[str, bytes]]:
    """The parts of a workbook with one sheet that has no rows yet."""
    memory = io.BytesIO()
    with Workbook(memory, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": head.created_at.astimezone(UTC).replace(tzinfo=None)})
        text = workbook.add_format({"num_format": _TEXT_FORMAT})
        sheet = workbook.add_worksheet(layout["sheet"])
        for place, column in enumerate(layout["columns"]):
            sheet.set_column(
                place, place, min(max(column.get("width", 0), len(column["title"])) + 2, 60), text
            )
    with ZipFile(memory) as package:
        for name in package.namelist():
            yield name, _DIMENSION.sub(_dimension(head, layout), package.read(name))


def _dimension(head: FileHead, layout: Layout) -> bytes:
    """Some readers believe the dimension, and would not look beyond it."""
    rows = head.count + bool(layout.get("opening")) + layout["titles"] + bool(layout.get("trailer"))
    columns = max(len(layout.get(part) or []) for part in PARTS)
    return f'<dimension ref="A1:{xl_rowcol_to_cell(rows - 1, columns - 1)}"/>'.encode()


def _rows_xml(rows: Iterator[Row]) -> Iterator[bytes]:
    names: list[str] = []
    number = 0
    for chunk in in_chunks(rows):
        xml = []
        for row in chunk:
            number += 1
            names += map(xl_col_to_name, range(len(names), len(row)))
            cells = "".join(
                f'<c r="{name}{number}" s="1" t="inlineStr"><is><t xml:space="preserve">{_plain(text)}</t></is></c>'
                for name, text in zip(names, row, strict=False)
            )
            xml.append(f'<row r="{number}">{cells}</row>')
        yield "".join(xml).encode()


def _plain(text: str) -> str:
    """XML text; "_x0041_" would be read as "A" (ECMA-376, ST_Xstring), so such an underscore is escaped itself."""
    return escape(_ESCAPED.sub("_x005F_", text) if "_x" in text else text)


def read_back(data: BinaryIO, layout: Layout) -> ReadBack:
    """Reads a file of this layout again. The cells are in memory, once; the references too.

    Findings: no workbook, too large, cut or changed, a formula, a cell that is not text, a wrong number of columns,
    titles, constants or sums unlike what they must be.
    """
    reader = RowReader(layout, _MISSHAPEN)
    try:
        _check_package(data)
        data.seek(0)
        with load_workbook(data) as workbook:
            sheet = workbook.get_sheet_by_name(layout["sheet"])
            if sheet.start not in (None, (0, 0)):
                raise _Unreadable("tidak mulai di sel pertama")
            rows = placed(sheet.iter_rows(), layout)
            reader.read(_texts(row, len(layout[part])) for row, part in rows)
    except (BadZipFile, DeflateError, NotImplementedError, EOFError, OSError, ValueError, CalamineError):
        reader.fault(reader.row + 1, "tidak terbaca; berkas rusak atau bukan berkas ini")
    except _Unreadable as why:
        reader.fault(1, str(why))
    return reader.result()


class _Unreadable(Exception):
    """Why the file is not looked into any further, in words for the user."""


def _check_package(data: BinaryIO) -> None:
    """Every part is whole, of the size it says, and without formulas, before any of it is taken apart.

    Raises _Unreadable, and what zipfile raises for a package that is cut or changed.
    """
    with ZipFile(data) as package:
        parts = package.infolist()
        if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
            raise _Unreadable("terlalu besar untuk sebuah berkas bank")
        for part in parts:
            before = b""
            with package.open(part) as content:
                while chunk := content.read(_CHUNK):
                    if _ACTIVE.search(before + chunk):
                        raise _Unreadable("memuat rumus atau isi aktif, yang tidak boleh ada di berkas bank")
                    before = chunk[-40:]


def _texts(row: list, width: int) -> Row:
    """The cells of a row; a sheet is as wide as its widest row, so blanks behind the last column are none."""
    good = len(row) >= width and all(type(cell) is str for cell in row) and not any(row[width:])
    return row[:width] if good else []
