"""The layout of a delimited bank file: which sources a column may have, and the faults a layout can have.

Layouts are edited by people, so nothing about their shape is taken for granted here.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from autodebit.formats.lines import (
    NEVER_IN_TEXT,
    Layout,
    file_name_findings,
    starts_formula,
    text_findings,
)
from registry.rules.finding import Finding

Column = Mapping[str, Any]

LINE_SOURCES = frozenset(
    {"number", "reference", "mandate_id", "signed_on", "account", "holder", "amount", "opd", "description"}
)
HEAD_SOURCES = {  # name in a layout -> where it stands in FileHead
    "message_id": "message_id",
    "created_at": "created_at",
    "collection_date": "collection_date",
    "creditor_name": "creditor.name",
    "creditor_account": "creditor.account",
    "scheme_id": "creditor.scheme_id",
    "creditor_bic": "creditor.bic",
    "bank_bic": "bank.bic",
    "bank_code": "bank.code",
    "count": "count",
    "total": "total",
    "part": "part",
    "parts": "parts",
}
FREE_TEXTS = frozenset({"holder", "description", "creditor_name"})
_KINDS = {
    "date": {"signed_on", "collection_date"},
    "moment": {"created_at"},
    "money": {"amount", "total"},
    "number": {"number", "count", "part", "parts"},
}

_CHOICES: dict[str, tuple[str | bool, ...]] = {
    "encoding": ("ascii", "utf-8", "cp1252", "latin-1"),
    "line_end": ("\r\n", "\n"),
    "delimiter": (",", ";", "|", "\t"),
    "quoting": ("minimal", "all", "none"),
    "titles": (True, False),
}
_DATE_PARTS = frozenset("YymdHMS")


def kind_of(source: str) -> str:
    return next((kind for kind, sources in _KINDS.items() if source in sources), "text")


def layout_findings(layout: Layout) -> tuple[Finding, ...]:
    """Everything wrong with a layout; a layout without findings can be written with."""
    found = [*file_name_findings(layout), *text_findings(layout)]
    for field, choices in _CHOICES.items():
        if layout.get(field) not in choices:
            found.append(Finding("choice", f"Pilihan untuk {field} tidak dikenal.", field))
    found += [*_date_findings(layout), *_amount_findings(layout)]
    for part in ("opening", "columns", "trailer"):
        found += _columns_findings(layout, part)
    return tuple(found or _together_findings(layout))


def _date_findings(layout: Layout) -> Iterator[Finding]:
    for field in ("date_format", "datetime_format"):
        pattern = layout.get(field)
        if not isinstance(pattern, str) or not _is_date_pattern(pattern):
            yield Finding("date_format", "Bentuk tanggal hanya boleh memakai %Y %y %m %d %H %M %S.", field)


def _is_date_pattern(pattern: str) -> bool:
    _, *parts = pattern.split("%")
    plain = pattern.replace("%", "")
    return bool(parts) and all(part[:1] in _DATE_PARTS for part in parts) and _is_plain(plain)


def _is_plain(text: object) -> bool:
    """Printable ASCII that neither splits a column nor starts a formula."""
    return (
        isinstance(text, str)
        and text.isascii()
        and (text.isprintable() or not text)
        and not NEVER_IN_TEXT & set(text)
        and not starts_formula(text)
    )


def _amount_findings(layout: Layout) -> Iterator[Finding]:
    amount = layout.get("amount")
    if not isinstance(amount, Mapping) or type(amount.get("decimals")) is not int:
        yield Finding("amount", "Isi tabel amount dengan decimals, decimal_mark, dan group_mark.", "amount")
        return
    mark, group = amount.get("decimal_mark"), amount.get("group_mark")
    good_mark = mark in (",", ".") if amount["decimals"] == 2 else amount["decimals"] == 0
    if not good_mark or group not in ("", ",", ".") or (group and group == mark):
        message = "Bentuk jumlah: 0 atau 2 desimal; tanda desimal dan tanda ribuan harus berbeda."
        yield Finding("amount", message, "amount")


def _columns_findings(layout: Layout, part: str) -> list[Finding]:
    columns = layout.get(part)
    if columns is None and part != "columns":
        return []
    if not isinstance(columns, list) or not columns:
        return [Finding("columns", f"Isi {part} dengan daftar kolom.", part)]
    known = set(HEAD_SOURCES) | (LINE_SOURCES if part == "columns" else set())
    found = []
    for place, column in enumerate(columns):
        message = _column_fault(column, known, titled=part == "columns")
        if message:
            found.append(Finding("column", f"Kolom ke-{place + 1} di {part}: {message}", f"{part}.{place}"))
    return found


def _column_fault(column: object, known: set[str], *, titled: bool) -> str:
    if not isinstance(column, Mapping):
        return "harus berupa tabel."
    if titled and (not column.get("title") or not _is_plain(column["title"])):
        return "judul kosong atau memuat tanda yang tidak boleh."
    if "constant" in column:
        if "source" in column:
            return "pilih constant atau source, jangan keduanya."
        return "" if _is_plain(column["constant"]) else "isi tetap memuat tanda yang tidak boleh."
    if not isinstance(column.get("source"), str) or column["source"] not in known:
        return "sumber data tidak dikenal."
    if type(column.get("width")) is not int or not 1 <= column["width"] <= 500:
        return "lebar harus angka 1 sampai 500."
    return _padding_fault(column)


def _padding_fault(column: Column) -> str:
    if column.get("pad", "") not in ("", "left", "right"):
        return "pad harus left atau right."
    if column.get("fill", " ") not in (" ", "0"):
        return "fill harus spasi atau 0."
    zeros_lie = kind_of(column["source"]) not in ("money", "number") or column.get("pad") != "left"
    if column.get("fill") == "0" and zeros_lie:
        # A filled zero could not be told from the leading zero of an account or the last zero of an amount.
        return "isian nol hanya untuk angka, di sebelah kiri; nol di depan rekening adalah bagian nomornya."
    return ""


def _together_findings(layout: Layout) -> list[Finding]:
    """Faults that show only when single fields are right."""
    found = []
    sources = [column.get("source") for column in layout["columns"]]
    for needed in ("reference", "account", "amount"):
        if sources.count(needed) != 1:
            found.append(Finding("columns", f"Kolom {needed} harus ada tepat satu kali.", "columns"))
    amount = layout["amount"]
    marks = {amount["group_mark"], amount["decimal_mark"] if amount["decimals"] else ""}
    if layout["quoting"] == "none" and layout["delimiter"] in marks:
        message = "Tanda di dalam jumlah sama dengan pemisah kolom; pakai tanda kutip."
        found.append(Finding("amount", message, "amount"))
    if amount["group_mark"] and any(_is_zero_filled_money(column) for column in _all_columns(layout)):
        found.append(Finding("amount", "Tanda ribuan dan isian nol tidak dapat dipakai bersama.", "amount"))
    return found


def _all_columns(layout: Layout) -> Iterator[Column]:
    for part in ("opening", "columns", "trailer"):
        yield from layout.get(part) or []


def _is_zero_filled_money(column: Column) -> bool:
    return kind_of(column.get("source", "")) == "money" and column.get("fill") == "0"
