"""The layout of a table that comes in, be it a result or a statement, and its faults. It is a table like those that go
out (see table_layout), read instead of written:

    encoding, delimiter, quoting   of a text; see CHOICES
    titles                         the first line, behind the opening, holds the titles of the columns
    date_format                    strftime, needed when a column is a date
    amount                         {"decimals": 0 or 2, "decimal_mark", "group_mark"}, needed when one is money
    columns                        [{"title", "source" or "constant", "width" (fixed width only)}, ...]
    opening, trailer               columns of a first and a last record, optional

Layouts are edited by people, so nothing about their shape is taken for granted here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from autodebit.formats.lines import Layout
from autodebit.formats.results import OUTCOMES
from autodebit.formats.table_layout import amount_findings, date_findings
from registry.rules.finding import Finding

CHOICES: dict[str, tuple[str, ...]] = {
    "encoding": ("ascii", "utf-8", "cp1252", "latin-1"),
    "line_end": ("\r\n", "\n"),
    "delimiter": (",", ";", "|", "\t"),
    "quoting": ("minimal", "all", "none"),
}
LARGEST_WIDTH = 500


@dataclass(frozen=True)
class Sources:
    """What the columns of one kind of table may hold: of its lines, of its opening and trailer."""

    lines: frozenset[str]
    head: frozenset[str]
    once: tuple[str, ...]  # of the lines, needed exactly once
    dates: frozenset[str]
    money: frozenset[str]
    many: frozenset[str] = field(default=frozenset({"ignore"}))


RESULT_SOURCES = Sources(
    lines=frozenset({"reference", "outcome", "code", "amount", "booked_on", "text", "ignore"}),
    head=frozenset({"message_id", "answers_to", "count", "total", "ignore"}),
    once=("reference", "outcome"),
    dates=frozenset({"booked_on"}),
    money=frozenset({"amount", "total"}),
)


def table_findings(
    layout: Layout,
    sources: Sources,
    choices: tuple[str, ...],
    *,
    widths: bool = False,
    decimal_marks: tuple[str, ...] = (",", "."),
) -> list[Finding]:
    """Faults of what all incoming tables have in common; `choices` are those of CHOICES that the format needs."""
    found = [
        Finding("choice", f"Pilihan untuk {name} tidak dikenal.", name)
        for name in choices
        if layout.get(name) not in CHOICES[name]
    ]
    if layout.get("titles") not in (True, False) or (widths and layout.get("titles")):
        found.append(Finding("choice", "Pilihan untuk titles tidak dikenal.", "titles"))
    columns = [finding for part in PARTS for finding in _columns_findings(layout, part, sources, widths)]
    if columns:
        return found + columns
    used = {column.get("source") for part in PARTS for column in layout.get(part) or []}
    if used & sources.dates:
        found += date_findings(layout, ("date_format",))
    if used & sources.money:
        found += amount_findings(layout, decimal_marks)
    return found


PARTS = ("opening", "columns", "trailer")


def _columns_findings(layout: Layout, part: str, sources: Sources, widths: bool) -> Iterator[Finding]:
    columns = layout.get(part)
    if columns is None and part != "columns":
        return
    if not isinstance(columns, list) or not columns:
        yield Finding("columns", f"Isi {part} dengan daftar kolom.", part)
        return
    known = sources.lines if part == "columns" else sources.head
    titled = part == "columns" and bool(layout.get("titles"))
    for place, column in enumerate(columns):
        message = _column_fault(column, known, titled=titled, widths=widths)
        if message:
            yield Finding("column", f"Kolom ke-{place + 1} di {part}: {message}", f"{part}.{place}")
    yield from _repeated(columns, part, sources)


def _repeated(columns: list[Any], part: str, sources: Sources) -> Iterator[Finding]:
    named = [column.get("source") for column in columns if isinstance(column, Mapping)]
    for source in sources.once if part == "columns" else ():
        if named.count(source) != 1:
            yield Finding("columns", f"Kolom {source} harus ada tepat satu kali.", part)
    for source in {name for name in named if isinstance(name, str)} - sources.many - set(sources.once):
        if named.count(source) > 1:
            yield Finding("columns", f"Kolom {source} ada lebih dari satu kali di {part}.", part)


def _column_fault(column: object, known: frozenset[str], *, titled: bool, widths: bool) -> str:
    if not isinstance(column, Mapping):
        return "harus berupa tabel."
    if titled and not (isinstance(column.get("title"), str) and column["title"].strip()):
        return "judul kosong."
    if widths and not (type(column.get("width")) is int and 1 <= column["width"] <= LARGEST_WIDTH):
        return f"lebar harus angka 1 sampai {LARGEST_WIDTH}."
    if "constant" in column:
        good = isinstance(column["constant"], str) and "source" not in column
        return "" if good else "pilih constant (teks) atau source, jangan keduanya."
    if not isinstance(column.get("source"), str) or column["source"] not in known:
        return "sumber data tidak dikenal."
    return ""


def outcome_findings(layout: Layout) -> list[Finding]:
    """Faults of "outcomes": the bank's status word -> one of OUTCOMES; "*" stands for every other word."""
    outcomes = layout.get("outcomes")
    if not isinstance(outcomes, Mapping) or not outcomes:
        return [Finding("outcomes", "Isi outcomes dengan kata status bank dan artinya.", "outcomes")]
    good = all(isinstance(word, str) and meaning in OUTCOMES for word, meaning in outcomes.items())
    if not good or outcomes.get("*") == "succeeded":
        # Silence is not success (I10), and neither is a word that nobody has heard before.
        message = (
            "Arti status: succeeded, failed, returned, atau pending; status lain (*) tidak boleh succeeded."
        )
        return [Finding("outcomes", message, "outcomes")]
    if len({word.strip().upper() for word in outcomes}) != len(outcomes):
        return [Finding("outcomes", "Ada kata status yang sama dua kali.", "outcomes")]
    return []


def result_findings(
    layout: Layout,
    choices: tuple[str, ...],
    *,
    widths: bool = False,
    decimal_marks: tuple[str, ...] = (",", "."),
) -> tuple[Finding, ...]:
    """Everything wrong with the layout of a result in table form."""
    found = table_findings(layout, RESULT_SOURCES, choices, widths=widths, decimal_marks=decimal_marks)
    return tuple(found + outcome_findings(layout))
