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
from collections.abc import Iterable
from typing import Any, BinaryIO

from autodebit.formats.csv_layout import layout_findings
from autodebit.formats.lines import DebitLine, FileHead, HashedOutput, Layout, ReadBack, Tally, Written
from autodebit.formats.table import Row, RowReader, in_chunks, line_findings, rows_of

__all__ = ["CONTENT_TYPE", "EXTENSION", "layout_findings", "line_findings", "read_back", "write"]

CONTENT_TYPE = "text/csv"
EXTENSION = "csv"

_QUOTING = {"minimal": csv.QUOTE_MINIMAL, "all": csv.QUOTE_ALL, "none": csv.QUOTE_NONE}


def write(head: FileHead, lines: Iterable[DebitLine], layout: Layout, out: BinaryIO) -> Written:
    """Streams the file to `out`. The layout must have no findings.

    Raises WriterMismatch when the lines are not what the head promises, LineUnfit when a value that may not
    be shortened is too wide; what was written until then is worthless.
    """
    target, tally = HashedOutput(out), Tally()
    for rows in in_chunks(rows_of(head, lines, layout, tally)):
        target.write(_encode(rows, layout))
    return Written(tally.count, tally.total, target.sha256, tally.digest)


def _encode(rows: list[Row], layout: Layout) -> bytes:
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


def read_back(data: BinaryIO, layout: Layout) -> ReadBack:
    """Reads a file of this layout again, with flat memory apart from the references.

    Findings: what cannot be read, a row with a wrong number of columns, titles or sums unlike what they must be.
    """
    reader = RowReader(layout)
    text = io.TextIOWrapper(data, encoding=layout["encoding"], newline="")
    try:
        reader.read(csv.reader(text, **_dialect(layout)))
    except (UnicodeDecodeError, csv.Error):
        reader.fault(reader.row + 1, "tidak terbaca; berkas rusak atau bukan berkas ini")
    finally:
        text.detach()  # the stream belongs to the caller and stays open
    return reader.result()
