"""Bank file of fixed widths: one record per row, no delimiter. The columns are the table of bank_csv, with these rules:

    file_name, encoding, line_end, date_format, datetime_format, text, opening, columns, trailer   as in bank_csv
    amount      as in bank_csv; the decimal mark may be "" for decimals that are only meant: "1680000" is 16.800
    columns     every column has a width, constants too, and is always filled up to it: texts and dates on the
                right, money and numbers on the left, unless "pad" says otherwise; titles are only for messages

The type of a record ("H", "D", "T") is an ordinary constant column.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import accumulate, pairwise
from typing import Any, BinaryIO

from autodebit.formats.lines import DebitLine, FileHead, HashedOutput, Layout, ReadBack, Tally, Written
from autodebit.formats.table import Row, RowReader, in_chunks, line_findings, placed, rows_of
from autodebit.formats.table_layout import PARTS, Column, kind_of, table_findings
from registry.rules.finding import Finding

__all__ = ["CONTENT_TYPE", "EXTENSION", "layout_findings", "line_findings", "read_back", "write"]

CONTENT_TYPE = "text/plain"
EXTENSION = "txt"

_CHOICES: dict[str, tuple[str | bool, ...]] = {
    "encoding": ("ascii", "utf-8", "cp1252", "latin-1"),
    "line_end": ("\r\n", "\n"),
}
_DECIMAL_MARKS = (",", ".", "")
_MISSHAPEN = "terpotong, atau panjangnya tidak sesuai susunan yang disepakati"


def layout_findings(layout: Layout) -> tuple[Finding, ...]:
    """Everything wrong with a layout; a layout without findings can be written with."""
    return tuple(table_findings(layout, _CHOICES, widths=True, decimal_marks=_DECIMAL_MARKS))


def write(head: FileHead, lines: Iterable[DebitLine], layout: Layout, out: BinaryIO) -> Written:
    """Streams the file to `out`. The layout must have no findings.

    Raises WriterMismatch when the lines are not what the head promises, LineUnfit when a value that may not
    be shortened is too wide; what was written until then is worthless.
    """
    target, tally, end = HashedOutput(out), Tally(), layout["line_end"]
    for rows in in_chunks(rows_of(head, lines, _spelled_out(layout), tally)):
        text = "".join("".join(row) + end for row in rows)
        target.write(text.encode(layout["encoding"]))
    return Written(tally.count, tally.total, target.sha256, tally.digest)


def _spelled_out(layout: Layout) -> dict[str, Any]:
    """The layout with the side of each filling named, and each constant filled already."""
    parts = {part: [_filled(column) for column in layout[part]] for part in PARTS if layout.get(part)}
    return {**layout, "titles": False, **parts}


def _filled(column: Column) -> dict[str, Any]:
    kind = kind_of(column.get("source", ""))
    pad = column.get("pad") or ("left" if kind in ("money", "number") else "right")
    filled = {**column, "pad": pad}
    if "constant" in column:
        text, width = column["constant"], column["width"]
        filled["constant"] = text.rjust(width) if pad == "left" else text.ljust(width)
    return filled


def read_back(data: BinaryIO, layout: Layout) -> ReadBack:
    """Reads a file of this layout again, with flat memory apart from the references.

    Findings: a record that is cut, not readable or of another length, constants or sums unlike what they must be.
    """
    spelled_out = _spelled_out(layout)
    slices = {part: _slices(spelled_out[part]) for part in PARTS if spelled_out.get(part)}
    reader = RowReader(spelled_out, _MISSHAPEN)
    records = placed(_records(data, spelled_out), spelled_out)
    reader.read(_cut(record, slices[part]) for record, part in records)
    return reader.result()


def _records(data: BinaryIO, layout: Layout) -> Iterator[str]:
    """Records without their line ends; "" for what is cut or unreadable. A record of any length is never read whole."""
    longest = max(sum(column["width"] for column in layout.get(part) or []) for part in PARTS)
    end = layout["line_end"].encode()
    for raw in iter(partial(data.readline, longest + len(end) + 1), b""):
        if not raw.endswith(end):
            yield ""
            return
        try:
            yield raw[: -len(end)].decode(layout["encoding"])
        except UnicodeDecodeError:
            yield ""


def _slices(columns: list[Column]) -> list[slice]:
    places = accumulate((column["width"] for column in columns), initial=0)
    return [slice(start, end) for start, end in pairwise(places)]


def _cut(record: str, slices: list[slice]) -> Row:
    return [record[place] for place in slices] if len(record) == slices[-1].stop else []
