"""Result of a bank as delimited text. The layout is a table of result_layout, with "outcomes":

    {"encoding": "ascii", "line_end": "\\r\\n", "delimiter": ",", "quoting": "minimal", "titles": true,
     "date_format": "%Y%m%d", "amount": {"decimals": 0, "decimal_mark": "", "group_mark": ""},
     "columns": [{"title": "REFERENSI", "source": "reference"}, {"title": "STATUS", "source": "outcome"}, ...],
     "trailer": [{"constant": "TOTAL"}, {"source": "answers_to"}, {"source": "count"}, {"source": "total"}],
     "outcomes": {"00": "succeeded", "51": "failed", "*": "failed"}}

A column "code" may be missing: the status word is then the code of a failure.
"""

import csv
import io
from collections.abc import Collection, Iterator
from typing import BinaryIO, Literal

from autodebit.formats.lines import Layout
from autodebit.formats.result_layout import result_findings
from autodebit.formats.result_table import Placed, answers, placed, returned_rows
from autodebit.formats.results import Answer, ResultReading
from autodebit.formats.text_rows import delimited, text_rows
from registry.rules.finding import Finding

CONTENT_TYPE = "text/csv"
EXTENSION = "csv"

_QUOTING: dict[str, Literal[0, 1]] = {"minimal": csv.QUOTE_MINIMAL, "all": csv.QUOTE_ALL}


def layout_findings(layout: Layout) -> tuple[Finding, ...]:
    """Everything wrong with a layout; a layout without findings can be read with."""
    return result_findings(layout, ("encoding", "line_end", "delimiter", "quoting"))


def read(data: BinaryIO, layout: Layout) -> ResultReading:
    """Answers with their line numbers. The layout must have no findings; the stream belongs to the caller."""

    def records(reading: ResultReading) -> Iterator[Answer]:
        return answers(_rows(data, layout), layout, reading)

    return ResultReading(records)


def hand_back(data: BinaryIO, layout: Layout, numbers: Collection[int]) -> bytes:
    """The lines with these numbers, byte for byte, between the front and the trailer of the file."""
    end = layout["line_end"].encode()
    return b"".join(
        (row.raw if part in ("columns", "titles") else _encoded(row.cells, layout)) + end
        for part, row in returned_rows(_rows(data, layout), layout, numbers)
    )


def _rows(data: BinaryIO, layout: Layout) -> Iterator[Placed]:
    return placed(text_rows(data, layout, delimited(layout)), layout)


def _encoded(cells: list[str], layout: Layout) -> bytes:
    if layout["quoting"] == "none":
        return str(layout["delimiter"]).join(cells).encode(layout["encoding"])
    text = io.StringIO(newline="")
    writer = csv.writer(
        text, delimiter=layout["delimiter"], quoting=_QUOTING[layout["quoting"]], lineterminator=""
    )
    writer.writerow(cells)
    return text.getvalue().encode(layout["encoding"])
