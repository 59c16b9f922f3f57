"""The rows of a table file, out and in: what bank_csv, fixed_width and xlsx share. A row is a list of texts.

The formats differ only in how a row becomes bytes, and bytes a row.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeVar

from autodebit.formats.lines import (
    WIB,
    DebitLine,
    FileHead,
    Layout,
    LineUnfit,
    ReadBack,
    Tally,
    field_findings,
    is_written,
    texts,
)
from autodebit.formats.table_layout import FREE_TEXTS, HEAD_SOURCES, LINE_SOURCES, Column, kind_of
from registry.rules.finding import Finding

Row = list[str]
Cell = Callable[[Any], str]
Record = TypeVar("Record")

MISSHAPEN = "jumlah kolom tidak sesuai susunan yang disepakati"

_ROWS_PER_CHUNK = 2_000
_LINE_FIELDS = LINE_SOURCES - {"number"}
_EMPTY = "Kolom {title} kosong setelah ditulis dengan huruf yang diterima bank; perbaiki datanya."
_TOO_WIDE = "Isi kolom {title} lebih panjang daripada yang diterima bank ({width} karakter)."


def rows_of(head: FileHead, lines: Iterable[DebitLine], layout: Layout, tally: Tally) -> Iterator[Row]:
    """Opening, titles, lines, trailer, as far as the layout wants them; the lines are counted in `tally`.

    Raises WriterMismatch before the trailer when the lines are not what the head promises, LineUnfit when a
    value that may not be shortened is too wide.
    """
    if layout.get("opening"):
        yield _record(layout["opening"], head, layout)
    if layout.get("titles"):
        yield [column["title"] for column in layout["columns"]]
    yield from _detail(head, lines, layout, tally)
    tally.check(head)
    if layout.get("trailer"):
        yield _record(layout["trailer"], head, layout)


def in_chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _ROWS_PER_CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _detail(head: FileHead, lines: Iterable[DebitLine], layout: Layout, tally: Tally) -> Iterator[Row]:
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


def _record(columns: list[Column], head: FileHead, layout: Layout) -> Row:
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
        return lambda value: money_text(value, layout["amount"])
    return str if kind == "number" else None


@lru_cache(maxsize=4096)
def _date_text(value: date, pattern: str) -> str:
    # strftime is slow and a file holds few different days.
    return value.strftime(pattern)


def money_text(value: int, amount: Mapping[str, Any]) -> str:
    """Whole rupiah as the layout's `amount` table writes them."""
    whole = f"{value:,}".replace(",", amount["group_mark"]) if amount["group_mark"] else str(value)
    return whole + amount["decimal_mark"] + "0" * amount["decimals"] if amount["decimals"] else whole


def money_value(text: str, amount: Mapping[str, Any]) -> int | None:
    """The reverse of `money_text`; None for anything it would not write, parts of a rupiah too."""
    decimals = amount["decimals"]
    if decimals:
        ending = amount["decimal_mark"] + "0" * decimals
        if not text.endswith(ending):
            return None
        text = text[: -len(ending)]
    if amount["group_mark"]:
        text = text.replace(amount["group_mark"], "")
    return whole_value(text)


def whole_value(text: str) -> int | None:
    # The limit keeps hostile files away from Python's refusal to convert very long numbers.
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def line_findings(line: DebitLine, layout: Layout) -> tuple[Finding, ...]:
    """What keeps this line out of a file of this layout. Messages name the field, never the number in it."""
    found = field_findings(line)
    if not found:
        for column in layout["columns"]:
            source = column.get("source")
            if source in FREE_TEXTS:
                if column.get("required") and not is_written(getattr(line, source), layout):
                    found.append(Finding("empty", _words(_EMPTY, column), source))
            elif source in _LINE_FIELDS and len(_rigid_text(line, source, layout)) > column["width"]:
                found.append(Finding("too_wide", _words(_TOO_WIDE, column), source))
    return tuple(found)


def _words(message: str, column: Column) -> str:
    return message.format(title=column.get("title") or column["source"], width=column["width"])


def _rigid_text(line: DebitLine, source: str, layout: Layout) -> str:
    if source == "amount":
        return money_text(line.amount, layout["amount"])
    if source == "signed_on":
        return _date_text(line.signed_on, layout["date_format"])
    text: str = getattr(line, source)
    return text


def placed(records: Iterator[Record], layout: Layout) -> Iterator[tuple[Record, str]]:
    """Each record with the part of the layout it must be, which its place alone tells: first, last or between."""
    first = "opening" if layout.get("opening") else "columns"
    last = "trailer" if layout.get("trailer") else "columns"
    part, before = first, next(records, None)
    if before is None:
        return
    for record in records:
        yield before, part
        part, before = "columns", record
    yield before, part if part == "opening" else last


class RowReader:
    """One reading of one file; rows count from 1. Flat memory apart from the references.

    Findings: a row with a wrong number of columns, titles, constants or sums unlike what they must be.
    """

    def __init__(self, layout: Layout, misshapen: str = MISSHAPEN) -> None:
        self.layout = layout
        self.misshapen = misshapen
        self.row = 0
        self.tally = Tally()
        self.references: list[str] = []
        self.findings: list[Finding] = []
        columns = layout["columns"]
        sources = [column.get("source") for column in columns]
        self.places = [sources.index(name) for name in ("reference", "account", "amount")]
        self.constants = [(place, col["constant"]) for place, col in enumerate(columns) if "constant" in col]
        self.opening: Sequence[str] | None = None

    def fault(self, row: int, message: str) -> None:
        self.findings.append(Finding("read_back", f"Baris {row}: {message}.", str(row)))

    def read(self, rows: Iterable[Row]) -> None:
        before = None
        for self.row, row in enumerate(rows, 1):
            if self._is_front(row):
                continue
            if before is not None:
                self._line(self.row - 1, before)
            before = row
        self._end(before)

    def _is_front(self, row: Row) -> bool:
        opening = 1 if self.layout.get("opening") else 0
        if self.row <= opening:
            self.opening = row
            return True
        if self.row > opening + bool(self.layout.get("titles")):
            return False
        if row != [column["title"] for column in self.layout["columns"]]:
            self.fault(self.row, "judul kolom tidak sesuai susunan yang disepakati")
        return True

    def _line(self, number: int, row: Row) -> None:
        if len(row) != len(self.layout["columns"]):
            return self.fault(number, self.misshapen)
        for place, constant in self.constants:
            if row[place] != constant:
                return self.fault(number, "isi tetap tidak sesuai susunan yang disepakati")
        reference, account, shown = (row[place].strip(" ") for place in self.places)
        amount = money_value(shown, self.layout["amount"])
        if amount is None:
            return self.fault(number, "jumlah rupiah tidak terbaca")
        self.tally.add(reference, account, amount)
        self.references.append(reference)

    def _end(self, last: Row | None) -> None:
        if self.layout.get("trailer"):
            if last is None:
                return self.fault(self.row + 1, "baris penutup tidak ada")
            self._sums("penutup", self.layout["trailer"], self.row, last)
        elif last is not None:
            self._line(self.row, last)
        if self.opening is not None:
            self._sums("pembuka", self.layout["opening"], 1, self.opening)

    def _sums(self, name: str, columns: list[Column], number: int, row: Sequence[str]) -> None:
        """What the opening or the trailer states must be what the lines were."""
        if len(row) != len(columns):
            return self.fault(number, f"baris {name} tidak ada atau tidak lengkap")
        for column, text in zip(columns, row, strict=True):
            shown, source = text.strip(" "), column.get("source")
            if "constant" in column and text != column["constant"]:
                self.fault(number, f"isi tetap di baris {name} tidak sesuai susunan yang disepakati")
            if source == "count" and whole_value(shown) != self.tally.count:
                self.fault(number, f"banyaknya baris di baris {name} tidak sama dengan isi berkas")
            if source == "total" and money_value(shown, self.layout["amount"]) != self.tally.total:
                self.fault(number, f"jumlah rupiah di baris {name} tidak sama dengan isi berkas")

    def result(self) -> ReadBack:
        tally = self.tally
        return ReadBack(tally.count, tally.total, tuple(self.references), tally.digest, tuple(self.findings))
