"""Statement of an account as delimited text. The layout is a table of result_layout:

    {"encoding": "utf-8", "line_end": "\\r\\n", "delimiter": ";", "quoting": "minimal", "titles": true,
     "date_format": "%d/%m/%Y", "amount": {"decimals": 2, "decimal_mark": ",", "group_mark": "."},
     "opening": [{"constant": "MUTASI"}, {"source": "account"}, {"source": "opening"}],
     "columns": [{"title": "TANGGAL", "source": "booked_on"}, {"title": "DEBET", "source": "debit"},
                 {"title": "KREDIT", "source": "credit"}, {"title": "URAIAN", "source": "text"}, ...],
     "trailer": [{"constant": "SALDO"}, {"source": "closing"}]}

Amounts stand in one of three ways:

    amount            with a sign of its own, "-16.800,00" went out
    amount and sign   the sign column holds a word of "signs": {"D": "debit", "K": "credit"}
    debit and credit  two columns, one of them empty or zero

A running balance ("balance") must go on from line to line, oldest or newest first; it tells opening and closing.
"kinds" says which words of a kind column mean fee or reversal: {"BIAYA": "fee"}; others go by the sign.
"""

from collections.abc import Iterator, Mapping
from typing import BinaryIO

from autodebit.formats.lines import REFERENCE, Layout
from autodebit.formats.reading import clean_text
from autodebit.formats.result_layout import Sources, table_findings
from autodebit.formats.result_table import MISSHAPEN, check_front, clean_head, day_of, money_of, placed
from autodebit.formats.statements import (
    KINDS,
    Booking,
    StatementHead,
    StatementReading,
    kind_of,
    last4,
    ours_in,
)
from autodebit.formats.table import whole_value
from autodebit.formats.text_rows import Row, delimited, text_rows
from registry.rules.finding import Finding

CONTENT_TYPE = "text/csv"
EXTENSION = "csv"

_MONEY = frozenset({"amount", "debit", "credit", "balance"})
_BALANCES = frozenset({"opening", "closing"})
_WAYS = ({"amount"}, {"amount", "sign"}, {"debit", "credit"})
SOURCES = Sources(
    lines=_MONEY
    | {"booked_on", "valued_on", "sign", "bank_reference", "our_reference", "text", "kind", "ignore"},
    head=_BALANCES | {"account", "message_id", "from", "until", "count", "ignore"},
    once=("booked_on",),
    dates=frozenset({"booked_on", "valued_on", "from", "until"}),
    money=_MONEY | _BALANCES,
)


def layout_findings(layout: Layout) -> tuple[Finding, ...]:
    """Everything wrong with a layout; a layout without findings can be read with."""
    found = table_findings(layout, SOURCES, ("encoding", "line_end", "delimiter", "quoting"))
    if found:
        return tuple(found)
    used = {column.get("source") for column in layout["columns"]}
    if used & {"amount", "sign", "debit", "credit"} not in _WAYS:
        message = "Jumlah: amount saja, amount dengan sign, atau debit dengan credit."
        found.append(Finding("columns", message, "columns"))
    for name, meanings, needed in (("signs", ("debit", "credit"), "sign"), ("kinds", KINDS, "kind")):
        words = layout.get(name, {})
        good = isinstance(words, Mapping) and all(meaning in meanings for meaning in words.values())
        if not good or (needed == "sign" and needed in used and set(words.values()) != set(meanings)):
            found.append(
                Finding(name, f"Isi {name} dengan kata bank dan artinya: {', '.join(meanings)}.", name)
            )
    return tuple(found)


def read(data: BinaryIO, layout: Layout) -> StatementReading:
    """Bookings with their line numbers. The layout must have no findings; the stream belongs to the caller."""
    return StatementReading(lambda reading: _Statement(layout, reading).bookings(data))


class _Statement:
    def __init__(self, layout: Layout, reading: StatementReading) -> None:
        self.layout, self.reading = layout, reading
        self.sources = [column.get("source", "") for column in layout["columns"]]
        self.constants = [
            (n, column["constant"]) for n, column in enumerate(layout["columns"]) if "constant" in column
        ]
        self.money, self.day = money_of(layout), day_of(layout)
        self.signs = {word.strip().upper(): way for word, way in layout.get("signs", {}).items()}
        self.kinds = {word.strip().upper(): kind for word, kind in layout.get("kinds", {}).items()}
        self.said: dict[str, str] = {}
        self.first: tuple[int, int] | None = None  # balance and amount of the first line and of the last
        self.last: tuple[int, int] | None = None
        self.downwards = self.upwards = True  # oldest first, newest first

    def bookings(self, data: BinaryIO) -> Iterator[Booking]:
        rows = text_rows(data, self.layout, delimited(self.layout))
        for part, row in placed(rows, self.layout):
            if part == "columns":
                booking = self._booking(row)
                if booking:
                    yield booking
            else:
                check_front(part, row, self.layout)
                if part != "titles":
                    self._take(part, row)
        self._end()

    def _booking(self, row: Row) -> Booking | None:
        fault = row.fault or ("" if len(row.cells) == len(self.sources) else MISSHAPEN)
        if not fault and any(row.cells[n].strip() != constant.strip() for n, constant in self.constants):
            fault = "isi tetap tidak sesuai susunan yang disepakati"
        if fault:
            self.reading.fail(f"{fault}.", row.number)
            return None
        cells = {source: cell.strip() for source, cell in zip(self.sources, row.cells, strict=True)}
        amount = self._amount(cells)
        booked_on = self.day(cells["booked_on"])
        valued = cells.get("valued_on", "")
        valued_on = self.day(valued) if valued else None
        if amount is None or booked_on is None or (valued and valued_on is None):
            what = "jumlah mutasi" if amount is None else "tanggal"
            self.reading.fail(f"{what} tidak terbaca; minta mutasi yang benar.", row.number)
            return None
        if not self._follows(cells, amount):
            self.reading.fail("saldo berjalan tidak bersambung; minta mutasi yang utuh.", row.number)
        text = clean_text(cells.get("text", ""))
        named = cells.get("our_reference", "").upper()
        return Booking(
            row.number,
            booked_on,
            valued_on,
            amount,
            clean_head(cells.get("bank_reference", ""))[:35],
            named if REFERENCE.fullmatch(named) else ours_in(cells.get("text", "")),
            text,
            self.kinds.get(cells.get("kind", "").upper(), kind_of(amount)),
        )

    def _follows(self, cells: dict[str, str], amount: int) -> bool:
        """Whether the running balance, if there is one, goes on from the line before. Banks list either way up."""
        if "balance" not in cells:
            return True
        balance = self._signed(cells["balance"])
        if balance is None:
            return False
        if self.last:
            before, moved = self.last
            self.downwards &= before + amount == balance
            self.upwards &= before - moved == balance
        else:
            self.first = (balance, amount)
        self.last = (balance, amount)
        return self.downwards or self.upwards

    def _amount(self, cells: dict[str, str]) -> int | None:
        if "amount" not in cells:
            sides = [self.money(cells[side]) if cells[side] else 0 for side in ("credit", "debit")]
            credit, debit = sides
            # Exactly one side holds the money; a line with both, or with neither, is no movement.
            return None if credit is None or debit is None or bool(credit) == bool(debit) else credit - debit
        if "sign" not in cells:
            return self._signed(cells["amount"])
        amount, way = self.money(cells["amount"]), self.signs.get(cells["sign"].upper())
        if amount is None or way is None:
            return None
        return amount if way == "credit" else -amount

    def _signed(self, text: str) -> int | None:
        value = self.money(text.removeprefix("-").removeprefix("+") if text[:2] not in ("-+", "+-") else "")
        return -value if value is not None and text.startswith("-") else value

    def _running(self) -> tuple[int | None, int | None]:
        """Opening and closing balance as the running balance tells them."""
        if self.first is None or self.last is None:
            return None, None
        oldest, newest = (self.first, self.last) if self.downwards else (self.last, self.first)
        return oldest[0] - oldest[1], newest[0]

    def _take(self, part: str, row: Row) -> None:
        for column, cell in zip(self.layout[part], row.cells, strict=True):
            if column.get("source"):
                self.said[column["source"]] = cell.strip()

    def _end(self) -> None:
        said, reading, running = self.said, self.reading, self._running()
        balances = {name: self._signed(said[name]) for name in _BALANCES if name in said}
        days = {name: self.day(said[name]) for name in ("from", "until") if name in said}
        reading.head = StatementHead(
            account_last4=last4(said.get("account", "")),
            message_id=clean_head(said.get("message_id", ""))[:35],
            opening=balances.get("opening", running[0]),
            closing=balances.get("closing", running[1]),
            from_=days.get("from"),
            until=days.get("until"),
        )
        if None in balances.values():
            reading.fail("Saldo tidak terbaca; minta mutasi yang benar.")
        reading.check_balance(reading.head.opening, reading.head.closing, reading.total)
        if "count" in said and whole_value(said["count"]) != reading.count:
            reading.fail(
                "Banyaknya mutasi yang disebut berkas tidak sama dengan isinya; minta mutasi yang utuh."
            )
