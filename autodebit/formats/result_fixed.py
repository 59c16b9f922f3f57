"""Result of a bank as text of fixed widths. The layout is the table of result_csv without delimiter, quoting and
titles; every column has a "width", constants too:

    {"encoding": "ascii", "line_end": "\\r\\n", "date_format": "%d%m%Y",
     "amount": {"decimals": 2, "decimal_mark": "", "group_mark": ""},
     "opening": [{"constant": "H", "width": 1}, {"source": "answers_to", "width": 35}, ...],
     "columns": [{"constant": "D", "width": 1}, {"source": "reference", "width": 16}, ...],
     "trailer": [{"constant": "T", "width": 1}, {"source": "count", "width": 7, "fill": "0"}, ...],
     "outcomes": {"OK": "succeeded", "TOLAK": "failed"}}

An empty decimal_mark means decimals that are not marked: 0000001680000 is 16.800 rupiah.
"""

from collections.abc import Collection, Iterator
from itertools import accumulate, pairwise
from typing import BinaryIO

from autodebit.formats.lines import Layout
from autodebit.formats.result_layout import PARTS, result_findings
from autodebit.formats.result_table import Placed, answers, placed, returned_rows
from autodebit.formats.results import Answer, ResultReading
from autodebit.formats.text_rows import Row, text_rows, whole
from registry.rules.finding import Finding

CONTENT_TYPE = "text/plain"
EXTENSION = "txt"

_MISSHAPEN = "panjang baris tidak sesuai susunan yang disepakati"


def layout_findings(layout: Layout) -> tuple[Finding, ...]:
    """Everything wrong with a layout; a layout without findings can be read with."""
    return result_findings(
        {"titles": False, **layout}, ("encoding", "line_end"), widths=True, decimal_marks=(",", ".", "")
    )


def read(data: BinaryIO, layout: Layout) -> ResultReading:
    """Answers with their line numbers. The layout must have no findings; the stream belongs to the caller."""

    def records(reading: ResultReading) -> Iterator[Answer]:
        return answers(_rows(data, layout), layout, reading)

    return ResultReading(records)


def hand_back(data: BinaryIO, layout: Layout, numbers: Collection[int]) -> bytes:
    """The lines with these numbers, byte for byte, between the opening and the trailer of the file."""
    end = layout["line_end"].encode()
    return b"".join(
        (row.raw if part == "columns" else _encoded(part, row, layout)) + end
        for part, row in returned_rows(_rows(data, layout), layout, numbers)
    )


def _rows(data: BinaryIO, layout: Layout) -> Iterator[Placed]:
    """Rows cut at the widths of their part; a line of another length has no cells."""
    edges = {
        part: list(pairwise(accumulate((column["width"] for column in layout[part]), initial=0)))
        for part in PARTS
        if layout.get(part)
    }
    for part, row in placed(text_rows(data, layout, whole), layout):
        if row.fault:
            yield part, row
            continue
        (line,) = row.cells
        cuts = edges[part]
        if part == "trailer" and len(line) != cuts[-1][1]:
            cuts = edges["columns"]
        if len(line) == cuts[-1][1]:
            yield part, row._replace(cells=[line[start:end] for start, end in cuts])
        else:
            yield part, Row(row.number, [], _MISSHAPEN, row.raw)


def _encoded(part: str, row: Row, layout: Layout) -> bytes:
    """An opening or trailer, its count and total written anew: figures stand at the right of their column."""
    cells = []
    for column, cell in zip(layout[part], row.cells, strict=True):
        if column.get("source") in ("count", "total"):
            cells.append(cell.rjust(column["width"], column.get("fill", " ")))
        else:
            cells.append(cell)
    line: bytes = "".join(cells).encode(layout["encoding"])
    return line
