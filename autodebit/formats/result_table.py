"""The rows of a table that comes in: which part of the file a row is, and what its cells say. result_csv, result_fixed
and result_xlsx differ only in how bytes become rows.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from autodebit.formats.lines import Layout
from autodebit.formats.reading import Unreadable, clean_code, clean_text, reference_fault
from autodebit.formats.results import Answer, ResultHead, ResultReading
from autodebit.formats.table import money_text, money_value, whole_value
from autodebit.formats.text_rows import Row

Placed = tuple[str, Row]

MISSHAPEN = "jumlah kolom tidak sesuai susunan yang disepakati"
_NOT_THIS = "tidak sesuai susunan yang disepakati; pilih berkas atau jenis jawaban yang benar."
_EMPTY_FILE = "Berkas kosong."


def placed(rows: Iterator[Row], layout: Layout) -> Iterator[Placed]:
    """Each row with the part it is by its place: opening, titles, columns, trailer.

    Raises Unreadable for a file that has no room for all of them.
    """
    front = [part for part in ("opening", "titles") if layout.get(part)]
    if front:
        for part in front:
            row = next(rows, None)
            if row is None:
                raise Unreadable(
                    _EMPTY_FILE if part == front[0] else "Berkas terpotong; minta berkas yang utuh."
                )
            yield part, row
    if not layout.get("trailer"):
        before = None
        for before in rows:
            yield "columns", before
        if before is None and not front:
            raise Unreadable(_EMPTY_FILE)
        return
    before = next(rows, None)
    if before is None:
        raise Unreadable("Berkas terpotong: baris penutup tidak ada." if front else _EMPTY_FILE)
    for row in rows:
        yield "columns", before
        before = row
    yield "trailer", before


def money_of(layout: Layout) -> Callable[[str], int | None]:
    """Reads whole rupiah as the layout writes them; None for anything else, parts of a rupiah too."""
    amount = layout.get("amount", {})

    @lru_cache(maxsize=4096)
    def money(text: str) -> int | None:
        value = money_value(text, amount)
        grouped = amount["group_mark"] and amount["group_mark"] in text
        # "1.68" must not become 168 because points are taken for group marks.
        return None if value is not None and grouped and money_text(value, amount) != text else value

    return money


def day_of(layout: Layout) -> Callable[[str], date | None]:
    """Reads a date as the layout writes it; None for anything else."""
    pattern = layout.get("date_format", "")

    @lru_cache(maxsize=1024)
    def day(text: str) -> date | None:
        try:
            found = datetime.strptime(text, pattern)
        except ValueError:
            return None
        # strptime takes "2026012" for the 2nd of January.
        return found.date() if found.strftime(pattern) == text else None

    return day


def check_front(part: str, row: Row, layout: Layout) -> None:
    """Raises Unreadable for titles or an opening that are not those of the layout."""
    columns = layout["columns"] if part == "titles" else layout[part]
    if row.fault or len(row.cells) != len(columns):
        raise Unreadable(f"Baris {'judul' if part == 'titles' else 'pembuka'} {_NOT_THIS}", row.number)
    wanted = [column["title"] if part == "titles" else column.get("constant") for column in columns]
    for found, title in zip(row.cells, wanted, strict=True):
        if title is not None and found.strip().upper() != title.strip().upper():
            raise Unreadable(f"Baris {'judul' if part == 'titles' else 'pembuka'} {_NOT_THIS}", row.number)


class Lines:
    """Turns the rows of one layout into answers."""

    def __init__(self, layout: Layout) -> None:
        columns = layout["columns"]
        sources = [column.get("source") for column in columns]
        self.width = len(columns)
        self.reference, self.outcome = sources.index("reference"), sources.index("outcome")
        place = {source: number for number, source in enumerate(sources)}
        self.code, self.amount = place.get("code"), place.get("amount")
        self.booked_on, self.text = place.get("booked_on"), place.get("text")
        self.constants = [
            (n, column["constant"].strip()) for n, column in enumerate(columns) if "constant" in column
        ]
        outcomes = {word.strip().upper(): meaning for word, meaning in layout["outcomes"].items()}
        self.otherwise = outcomes.pop("*", "")
        self.outcomes = outcomes
        self.money, self.day = money_of(layout), day_of(layout)

    def answer(self, row: Row) -> tuple[Answer, str]:
        """The answer, and what is wrong with it; its outcome is then ""."""
        cells, fault = row.cells, row.fault
        if len(cells) != self.width:
            return Answer(row.number, "", "", "", None, None, ""), fault or MISSHAPEN
        reference = cells[self.reference].strip()
        word = cells[self.outcome].strip().upper()
        outcome = self.outcomes.get(word, self.otherwise)
        amount, booked_on = None, None
        if self.amount is not None:
            shown = cells[self.amount].strip()
            amount = self.money(shown) if shown else None
            if amount is None and (shown or outcome == "succeeded"):
                fault = fault or "jumlah rupiah tidak terbaca"
        if self.booked_on is not None and (shown := cells[self.booked_on].strip()):
            booked_on = self.day(shown)
            if booked_on is None:
                fault = fault or "tanggal tidak terbaca"
        for place, constant in self.constants:
            if cells[place].strip() != constant:
                fault = fault or "isi tetap tidak sesuai susunan yang disepakati"
        if wrong := reference_fault(reference):
            fault, reference = fault or wrong, ""
        if not outcome:
            fault = fault or "status tidak dikenal"
        code = self._code(cells, word, outcome)
        text = clean_text(cells[self.text]) if self.text is not None else ""
        return Answer(row.number, reference, "" if fault else outcome, code, amount, booked_on, text), fault

    def _code(self, cells: list[str], word: str, outcome: str) -> str:
        if outcome == "succeeded":
            return ""
        own = clean_code(cells[self.code]) if self.code is not None else ""
        # Without a code of its own the status word is the reason.
        return own or (clean_code(word) if outcome in ("failed", "returned") else "")


def answers(rows: Iterable[Placed], layout: Layout, reading: ResultReading) -> Iterator[Answer]:
    """The answers of the lines; fills the head and the findings of the reading on the way."""
    lines, heads = Lines(layout), _Heads(layout)
    for part, row in rows:
        if part == "trailer" and not heads.fits(part, row):
            reading.fail("Baris penutup tidak ada atau tidak lengkap; minta berkas yang utuh.", row.number)
            part = "columns"
        if part == "columns":
            answer, fault = lines.answer(row)
            if fault:
                reading.fault("line", fault, row.number)
            yield answer
            continue
        if part != "trailer":
            check_front(part, row, layout)
        if part != "titles":
            heads.take(part, row)
            reading.head = heads.head()
    for count, total in heads.sums:
        reading.check_sums(count, total)
    if heads.illegible:
        reading.fail("Jumlah di baris pembuka atau penutup tidak terbaca; minta berkas yang benar.")


class _Heads:
    """What opening and trailer say."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.money = money_of(layout)
        self.found: dict[str, str] = {}
        self.sums: list[tuple[int | None, int | None]] = []
        self.illegible = False

    def fits(self, part: str, row: Row) -> bool:
        columns = self.layout[part]
        return len(row.cells) == len(columns) and all(
            cell.strip() == column["constant"].strip()
            for cell, column in zip(row.cells, columns, strict=True)
            if "constant" in column
        )

    def take(self, part: str, row: Row) -> None:
        said = {
            column["source"]: cell.strip()
            for column, cell in zip(self.layout[part], row.cells, strict=True)
            if "source" in column
        }
        count = whole_value(said["count"]) if "count" in said else None
        total = self.money(said["total"]) if "total" in said else None
        self.illegible |= ("count" in said and count is None) or ("total" in said and total is None)
        self.sums.append((count, total))
        self.found |= {source: text for source, text in said.items() if text}

    def head(self) -> ResultHead:
        counts = [count for count, _ in self.sums if count is not None]
        totals = [total for _, total in self.sums if total is not None]
        message_id, answered = (self.found.get(name, "")[:35] for name in ("message_id", "answers_to"))
        return ResultHead(
            message_id=clean_head(message_id),
            answers_to=(clean_head(answered),) if clean_head(answered) else (),
            stated_count=counts[-1] if counts else None,
            stated_total=totals[-1] if totals else None,
        )


def clean_head(text: str) -> str:
    return "".join(char for char in text if char.isprintable())


def returned_rows(rows: Iterable[Placed], layout: Layout, numbers: Collection[int]) -> list[Placed]:
    """Front, chosen lines and trailer of a file; count and total are those of the chosen lines.

    The rows stay as they were, apart from the cells that state count and total.
    """
    wanted, lines = frozenset(numbers), Lines(layout)
    kept: list[Placed] = []
    count = total = 0
    try:
        for part, row in rows:
            chosen = part == "columns" and row.number in wanted
            if chosen:
                count, total = count + 1, total + (lines.answer(row)[0].amount or 0)
            if chosen or part != "columns":
                kept.append((part, row))
    except Unreadable:
        pass  # behind this point nothing was read the first time either
    return [(part, _restated(part, row, layout, count, total)) for part, row in kept]


def _restated(part: str, row: Row, layout: Layout, count: int, total: int) -> Row:
    columns: list[dict[str, Any]] = layout.get(part) or []
    if part not in ("opening", "trailer") or len(row.cells) != len(columns):
        return row
    said = {"count": str(count), "total": money_text(total, layout["amount"]) if "amount" in layout else ""}
    cells = [
        said.get(column.get("source", ""), cell) for column, cell in zip(columns, row.cells, strict=True)
    ]
    return row._replace(cells=cells)
