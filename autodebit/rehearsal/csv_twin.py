"""A bank that talks in tables: reads our delimited or fixed-width file by the profile's layout, answers by its own.

It shares no code with the writers and readers of autodebit.formats, so that a mistake there is not made here again.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from xlsxwriter import Workbook

from autodebit.rehearsal.scenarios import Fate

Layout = Mapping[str, Any]

READS = ("bank_csv", "fixed_width")
WRITES = ("result_csv", "result_fixed", "result_xlsx")

_OUTCOMES = {
    Fate.TAKEN: "succeeded",
    Fate.RETURNED: "returned",
    Fate.NO_FUNDS: "failed",
    Fate.CLOSED: "failed",
    Fate.DOUBLED: "failed",
}
# Words in the meaning of a reason code by which the twin finds the bank's own code for a fate.
_MEANS = {
    Fate.NO_FUNDS: "saldo tidak cukup",
    Fate.CLOSED: "ditutup",
    Fate.RETURNED: "diminta kembali",
    Fate.DOUBLED: "ganda",
}
_WORDS = {
    Fate.TAKEN: "LATIHAN - BERHASIL",
    Fate.NO_FUNDS: "LATIHAN - SALDO TIDAK CUKUP",
    Fate.CLOSED: "LATIHAN - REKENING DITUTUP",
    Fate.RETURNED: "LATIHAN - DIMINTA KEMBALI",
    Fate.DOUBLED: "LATIHAN - SUDAH DITERIMA",
}


@dataclass(frozen=True)
class Debit:
    """One line of our file as the bank reads it; `amount` in whole rupiah."""

    reference: str
    account: str
    amount: int


@dataclass(frozen=True)
class Received:
    """Our file as the bank reads it: the number it carries ("" when it carries none) and its lines."""

    message_id: str
    debits: tuple[Debit, ...]


@dataclass(frozen=True)
class Codes:
    """The bank's reason codes: meaning -> code, as the profile lists them."""

    by_meaning: tuple[tuple[str, str], ...]

    def of(self, fate: Fate, words: Sequence[str] = ()) -> str:
        """The code for a fate, one of `words` when there are any; "" when the bank has none."""
        wanted = _MEANS.get(fate)
        found = [code for meaning, code in self.by_meaning if wanted and wanted in meaning.lower()]
        return next((code for code in found if not words or code in words), "")


def receive(data: bytes, format: str, layout: Layout) -> Received:
    """Reads our file. Raises ValueError when it is none of this layout: the rehearsal needs whole files."""
    rows = list(_rows(data, format, layout))
    opening = rows.pop(0) if layout.get("opening") else []
    if layout.get("titles"):
        rows.pop(0)
    trailer = rows.pop() if layout.get("trailer") else []
    ends = {**_named(layout.get("trailer") or [], trailer), **_named(layout.get("opening") or [], opening)}
    debits = []
    for row in rows:
        cells = _named(layout["columns"], row)
        amount = _rupiah(cells["amount"], layout["amount"])
        debits.append(Debit(cells["reference"], cells["account"], amount))
    return Received(ends.get("message_id", ""), tuple(debits))


def answer(
    received: Received,
    met: Mapping[str, Fate],
    *,
    format: str,
    layout: Layout,
    codes: Codes,
    booked_on: date,
    message_id: str,
    misstated: bool = False,
) -> bytes:
    """The bank's answer about the lines in `met`, in the layout of a result (one of WRITES).

    `misstated`: count and total at the ends of the file are not those of its lines.
    """
    told = [(number, debit) for number, debit in enumerate(received.debits, 1) if debit.reference in met]
    total = sum(debit.amount for _, debit in told)
    ends = {
        "message_id": message_id,
        "answers_to": received.message_id,
        "count": str(len(told) + misstated),
        "total": _money(total + 1_000 * misstated, layout["amount"]),
    }
    rows = []
    if layout.get("opening"):
        rows.append(("opening", [_cell(column, ends) for column in layout["opening"]]))
    if layout.get("titles"):
        rows.append(("titles", [column["title"] for column in layout["columns"]]))
    for number, debit in told:
        cells = _said(number, debit, met[debit.reference], layout, codes, booked_on)
        rows.append(("columns", [_cell(column, cells) for column in layout["columns"]]))
    if layout.get("trailer"):
        rows.append(("trailer", [_cell(column, ends) for column in layout["trailer"]]))
    return _PACKED[format](rows, layout)


def _said(
    number: int, debit: Debit, fate: Fate, layout: Layout, codes: Codes, booked_on: date
) -> dict[str, str]:
    outcome = _OUTCOMES[fate]
    words = [word for word, meaning in layout["outcomes"].items() if meaning == outcome and word != "*"]
    code = codes.of(fate)
    # A bank without a column for codes says its code as the status word itself.
    word = next((word for word in words if word == codes.of(fate, words)), words[0])
    return {
        "reference": debit.reference,
        "outcome": word,
        "code": "" if outcome == "succeeded" else code,
        "amount": _money(debit.amount, layout["amount"]),
        "booked_on": booked_on.strftime(layout.get("date_format", "%Y%m%d")),
        "text": _WORDS[fate],
        "ignore": str(number) if number else "",
    }


def _rows(data: bytes, format: str, layout: Layout) -> Iterator[list[str]]:
    text = data.decode(layout["encoding"])
    if format == "bank_csv":
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=layout["delimiter"])
        return
    if format != "fixed_width":
        raise ValueError(f"the twin does not read {format}")
    lines = text.split(layout["line_end"])
    lines = lines[:-1] if lines[-1] == "" else lines
    last = len(lines) - 1
    for number, line in enumerate(lines):
        part = "opening" if number == 0 and layout.get("opening") else "columns"
        part = "trailer" if number == last and layout.get("trailer") else part
        yield list(_cut(line, layout[part]))


def _cut(line: str, columns: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    start = 0
    for column in columns:
        yield line[start : start + column["width"]]
        start += column["width"]


def _named(columns: Sequence[Mapping[str, Any]], row: Sequence[str]) -> dict[str, str]:
    if len(columns) != len(row):
        raise ValueError("a record of another shape")
    return {
        column["source"]: cell.strip(" ")
        for column, cell in zip(columns, row, strict=True)
        if "source" in column
    }


def _rupiah(text: str, amount: Mapping[str, Any]) -> int:
    """Whole rupiah; parts of a rupiah do not exist in debits."""
    digits = "".join(char for char in text if char.isdigit())
    decimals = amount["decimals"]
    if not digits or (decimals and digits[-decimals:] != "0" * decimals):
        raise ValueError("an amount that is none")
    return int(digits[: len(digits) - decimals])


def _money(rupiah: int, amount: Mapping[str, Any]) -> str:
    whole = f"{rupiah:,}".replace(",", amount.get("group_mark", ""))
    return whole + amount["decimal_mark"] + "0" * amount["decimals"] if amount["decimals"] else whole


def _cell(column: Mapping[str, Any], cells: Mapping[str, str]) -> str:
    return str(column["constant"]) if "constant" in column else cells.get(column["source"], "")


def _as_text(rows: list[tuple[str, list[str]]], layout: Layout) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=layout["delimiter"], lineterminator=layout["line_end"])
    writer.writerows(cells for _, cells in rows)
    return out.getvalue().encode(layout["encoding"])


def _as_fixed(rows: list[tuple[str, list[str]]], layout: Layout) -> bytes:
    lines = [
        "".join(
            cell[: column["width"]].ljust(column["width"])
            for column, cell in zip(layout[part], cells, strict=True)
        )
        for part, cells in rows
    ]
    return "".join(line + layout["line_end"] for line in lines).encode(layout["encoding"])


def _as_sheet(rows: list[tuple[str, list[str]]], layout: Layout) -> bytes:
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as workbook:
        sheet = workbook.add_worksheet(layout.get("sheet", "Hasil"))
        for number, (_, cells) in enumerate(rows):
            for place, text in enumerate(cells):
                sheet.write_string(number, place, text)
    return out.getvalue()


_PACKED = {"result_csv": _as_text, "result_fixed": _as_fixed, "result_xlsx": _as_sheet}
