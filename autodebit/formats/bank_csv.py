"""Delimited bank file. Order, titles, widths, delimiter, encoding, dates and amounts are data of the layout.

A layout is a table (see data/bank_jateng_profile.json for one spelled out):

    file_name   pattern with {bank} {period} {wave} {part}
    encoding, line_end, delimiter         one of the choices in csv_layout
    quoting     "minimal", "all", "none"
    date_format, datetime_format          strftime with %Y %y %m %d %H %M %S; moments are written in WIB
    amount      {"decimals": 0 or 2, "decimal_mark": "," or ".", "group_mark": "", "." or ","}
    text        {"punctuation": characters the bank accepts besides letters, digits and blanks, "upper": bool}
    opening     columns of a first record, optional      titles   write the row of titles or not
    columns     columns of a line                        trailer  columns of a last record, optional

A column has "source" (or "constant"), "width", and for lines a "title"; optional are "pad" (the side that is
filled, "left" or "right"), "fill" (blank or "0") and "required". Free texts are shortened to the width, nothing
else ever is.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Any, BinaryIO

from autodebit.formats.csv_layout import (
    FREE_TEXTS,
    HEAD_SOURCES,
    LINE_SOURCES,
    Column,
    kind_of,
    layout_findings,
)
from autodebit.formats.lines import (
    WIB,
    DebitLine,
    FileHead,
    HashedOutput,
    Layout,
    LineUnfit,
    ReadBack,
    Tally,
    Written,
    bank_text,
    field_findings,
    texts,
)
from registry.rules.finding import Finding

__all__ = ["CONTENT_TYPE", "EXTENSION", "layout_findings", "line_findings", "read_back", "write"]

CONTENT_TYPE = "text/csv"
EXTENSION = "csv"

_QUOTING = {"minimal": csv.QUOTE_MINIMAL, "all": csv.QUOTE_ALL, "none": csv.QUOTE_NONE}
_ROWS_PER_CHUNK = 2_000
_LINE_FIELDS = LINE_SOURCES - {"number"}
_EMPTY = "Kolom {title} kosong setelah ditulis dengan huruf yang diterima bank; perbaiki datanya."
_TOO_WIDE = "Isi kolom {title} lebih panjang daripada yang diterima bank ({width} karakter)."

Cell = Callable[[Any], str]


def write(head: FileHead, lines: Iterable[DebitLine], layout: Layout, out: BinaryIO) -> Written:
    """Streams the file to `out`. The layout must have no findings.

    Raises WriterMismatch when the lines are not what the head promises, LineUnfit when a value that may not
    be shortened is too wide; what was written until then is worthless.
    """
    target, tally = HashedOutput(out), Tally()
    for rows in _in_chunks(_rows(head, lines, layout, tally)):
        target.write(_encode(rows, layout))
    return Written(tally.count, tally.total, target.sha256, tally.digest)


def _rows(head: FileHead, lines: Iterable[DebitLine], layout: Layout, tally: Tally) -> Iterator[list[str]]:
    if layout.get("opening"):
        yield _record(layout["opening"], head, layout)
    if layout["titles"]:
        yield [column["title"] for column in layout["columns"]]
    yield from _detail(head, lines, layout, tally)
    tally.check(head)
    if layout.get("trailer"):
        yield _record(layout["trailer"], head, layout)


def _detail(head: FileHead, lines: Iterable[DebitLine], layout: Layout, tally: Tally) -> Iterator[list[str]]:
    """The rows of the lines: what is the same in all of them is written once, and copied."""
    fixed, cells = [], []
    for place, column in enumerate(layout["columns"]):
        varies = column.get("source") in LINE_SOURCES
        fixed.append("" if varies else _head_cell(column, head, layout))
        if varies:
            cells.append((place, column["source"], _cell(column, layout)))
    numbers = [(place, cell) for place, source, cell in cells if source == "number"]
    fields = [(place, cell) for place, source, cell in cells if source != "number"]
    values = attrgetter(*(source for _, source, _ in cells if source != "number"))
    for number, line in enumerate(lines, 1):
        tally.add(line.reference, line.account, line.amount)
        row = fixed.copy()
        for place, cell in numbers:
            row[place] = cell(number)
        for (place, cell), value in zip(fields, values(line), strict=True):
            row[place] = cell(value)
        yield row


def _in_chunks(rows: Iterator[list[str]]) -> Iterator[list[list[str]]]:
    chunk: list[list[str]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _ROWS_PER_CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _encode(rows: list[list[str]], layout: Layout) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, **_dialect(layout)).writerows(rows)
    return text.getvalue().encode(layout["encoding"])


def _dialect(layout: Layout) -> dict[str, Any]:
    return {
        "delimiter": layout["delimiter"],
        "quoting": _QUOTING[layout["quoting"]],
        "lineterminator": layout["line_end"],
        "strict": True,
    }


def _record(columns: list[Column], head: FileHead, layout: Layout) -> list[str]:
    return [_head_cell(column, head, layout) for column in columns]


def _head_cell(column: Column, head: FileHead, layout: Layout) -> str:
    if "constant" in column:
        return str(column["constant"])
    return _cell(column, layout)(attrgetter(HEAD_SOURCES[column["source"]])(head))


def _cell(column: Column, layout: Layout) -> Cell:
    """How a value of this column is written: shown by its kind, fitted to the width, padded."""
    source, width = column["source"], column["width"]
    if source in FREE_TEXTS:
        fit = texts(layout)
        return _padded(column, lambda value: fit(value, width))
    show = _shown(source, layout)

    def rigid(value: Any) -> str:
        text = show(value) if show else value
        if len(text) > width:
            raise LineUnfit(f"{source} is wider than {width}")
        return text

    return _padded(column, rigid)


def _padded(column: Column, show: Cell) -> Cell:
    pad, width, fill = column.get("pad"), column["width"], column.get("fill", " ")
    if pad == "left":
        return lambda value: show(value).rjust(width, fill)
    if pad == "right":
        return lambda value: show(value).ljust(width, fill)
    return show


def _shown(source: str, layout: Layout) -> Cell | None:
    """How a value becomes text, by its kind; None for what is text already."""
    kind = kind_of(source)
    if kind == "date":
        return lambda value: _date_text(value, layout["date_format"])
    if kind == "moment":
        return lambda value: value.astimezone(WIB).strftime(layout["datetime_format"])
    if kind == "money":
        return lambda value: _money_text(value, layout["amount"])
    return str if kind == "number" else None


@lru_cache(maxsize=4096)
def _date_text(value: date, pattern: str) -> str:
    # strftime is slow and a file holds few different days.
    return value.strftime(pattern)


def _money_text(value: int, amount: Mapping[str, Any]) -> str:
    whole = f"{value:,}".replace(",", amount["group_mark"]) if amount["group_mark"] else str(value)
    return whole + amount["decimal_mark"] + "0" * amount["decimals"] if amount["decimals"] else whole


def line_findings(line: DebitLine, layout: Layout) -> tuple[Finding, ...]:
    """What keeps this line out of a file of this layout. Messages name the field, never the number in it."""
    found = field_findings(line)
    if not found:
        for column in layout["columns"]:
            source = column.get("source")
            if source in FREE_TEXTS:
                if column.get("required") and not _free_text(line, column, layout):
                    found.append(Finding("empty", _EMPTY.format(**column), source))
            elif source in _LINE_FIELDS and len(_rigid_text(line, source, layout)) > column["width"]:
                found.append(Finding("too_wide", _TOO_WIDE.format(**column), source))
    return tuple(found)


def _free_text(line: DebitLine, column: Column, layout: Layout) -> str:
    return bank_text(getattr(line, column["source"]), width=column["width"], **layout["text"])


def _rigid_text(line: DebitLine, source: str, layout: Layout) -> str:
    if source == "amount":
        return _money_text(line.amount, layout["amount"])
    if source == "signed_on":
        return _date_text(line.signed_on, layout["date_format"])
    text: str = getattr(line, source)
    return text


def read_back(data: BinaryIO, layout: Layout) -> ReadBack:
    """Reads a file of this layout again, with flat memory apart from the references.

    Findings: what cannot be read, a row with a wrong number of columns, titles or sums unlike what they must be.
    """
    reader = _Reader(layout)
    text = io.TextIOWrapper(data, encoding=layout["encoding"], newline="")
    try:
        reader.read(csv.reader(text, **_dialect(layout)))
    except (UnicodeDecodeError, csv.Error):
        reader.fault(reader.row + 1, "tidak terbaca; berkas rusak atau bukan berkas ini")
    finally:
        text.detach()  # the stream belongs to the caller and stays open
    return reader.result()


def _whole(text: str) -> int | None:
    # The limit keeps hostile files away from Python's refusal to convert very long numbers.
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


class _Reader:
    """One reading of one file; rows count from 1."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.row = 0
        self.tally = Tally()
        self.references: list[str] = []
        self.findings: list[Finding] = []
        sources = [column.get("source") for column in layout["columns"]]
        self.places = [sources.index(name) for name in ("reference", "account", "amount")]

    def fault(self, row: int, message: str) -> None:
        self.findings.append(Finding("read_back", f"Baris {row}: {message}.", str(row)))

    def read(self, rows: Iterable[list[str]]) -> None:
        before = None
        for self.row, row in enumerate(rows, 1):
            if self._is_front(row):
                continue
            if before is not None:
                self._line(self.row - 1, before)
            before = row
        if before is not None and self.layout.get("trailer"):
            self._trailer(before)
        elif before is not None:
            self._line(self.row, before)
        elif self.layout.get("trailer"):
            self.fault(self.row + 1, "baris penutup tidak ada")

    def _is_front(self, row: list[str]) -> bool:
        opening = 1 if self.layout.get("opening") else 0
        if self.row <= opening:
            return True
        if self.row > opening + bool(self.layout["titles"]):
            return False
        if row != [column["title"] for column in self.layout["columns"]]:
            self.fault(self.row, "judul kolom tidak sesuai susunan yang disepakati")
        return True

    def _line(self, number: int, row: list[str]) -> None:
        if len(row) != len(self.layout["columns"]):
            return self.fault(number, "jumlah kolom tidak sesuai susunan yang disepakati")
        reference, account, shown = (row[place].strip(" ") for place in self.places)
        amount = self._money(shown)
        if amount is None:
            return self.fault(number, "jumlah rupiah tidak terbaca")
        self.tally.add(reference, account, amount)
        self.references.append(reference)

    def _trailer(self, row: list[str]) -> None:
        columns = self.layout["trailer"]
        if len(row) != len(columns):
            return self.fault(self.row, "baris penutup tidak ada atau tidak lengkap")
        for column, text in zip(columns, row, strict=True):
            shown = text.strip(" ")
            if column.get("source") == "count" and _whole(shown) != self.tally.count:
                self.fault(self.row, "banyaknya baris di baris penutup tidak sama dengan isi berkas")
            if column.get("source") == "total" and self._money(shown) != self.tally.total:
                self.fault(self.row, "jumlah rupiah di baris penutup tidak sama dengan isi berkas")

    def _money(self, text: str) -> int | None:
        amount = self.layout["amount"]
        if amount["decimals"]:
            text, mark, decimals = text.partition(amount["decimal_mark"])
            if not mark or decimals != "0" * amount["decimals"]:
                return None
        if amount["group_mark"]:
            text = text.replace(amount["group_mark"], "")
        return _whole(text)

    def result(self) -> ReadBack:
        tally = self.tally
        return ReadBack(tally.count, tally.total, tuple(self.references), tally.digest, tuple(self.findings))
