"""What the layouts of all table files share: the sources a column may have, dates, amounts, and their faults.

A table file is rows of columns, whether delimited (bank_csv), of fixed widths (fixed_width) or a sheet (xlsx).
Layouts are edited by people, so nothing about their shape is taken for granted here.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
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

PARTS = ("opening", "columns", "trailer")
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
_DATE_PARTS = frozenset("YymdHMS")
_ANY_MOMENT = datetime(2026, 1, 1)  # only its length counts, and that is the same for every moment


def kind_of(source: str) -> str:
    return next((kind for kind, sources in _KINDS.items() if source in sources), "text")


def table_findings(
    layout: Layout,
    choices: Mapping[str, tuple[str | bool, ...]],
    *,
    widths: bool = False,
    decimal_marks: tuple[str, ...] = (",", "."),
) -> list[Finding]:
    """Faults of everything that table layouts have in common. `choices` are the format's own fields.

    `widths`: constants have a width too, and titles may be missing. An empty mark in `decimal_marks` permits
    decimals that are only meant, "1680000" for 16.800.
    """
    found = [*file_name_findings(layout), *text_findings(layout)]
    for field, known in choices.items():
        if layout.get(field) not in known:
            found.append(Finding("choice", f"Pilihan untuk {field} tidak dikenal.", field))
    found += [*date_findings(layout), *amount_findings(layout, decimal_marks)]
    for part in PARTS:
        found += _columns_findings(layout, part, widths)
    return found or _together_findings(layout)


def date_findings(
    layout: Layout, fields: tuple[str, ...] = ("date_format", "datetime_format")
) -> Iterator[Finding]:
    for field in fields:
        pattern = layout.get(field)
        if not isinstance(pattern, str) or not _is_date_pattern(pattern):
            yield Finding("date_format", "Bentuk tanggal hanya boleh memakai %Y %y %m %d %H %M %S.", field)


def _is_date_pattern(pattern: str) -> bool:
    _, *parts = pattern.split("%")
    plain = pattern.replace("%", "")
    return bool(parts) and all(part[:1] in _DATE_PARTS for part in parts) and is_plain(plain)


def is_plain(text: object) -> bool:
    """Printable ASCII that neither splits a column nor starts a formula."""
    return (
        isinstance(text, str)
        and text.isascii()
        and (text.isprintable() or not text)
        and not NEVER_IN_TEXT & set(text)
        and not starts_formula(text)
    )


def amount_findings(layout: Layout, decimal_marks: tuple[str, ...] = (",", ".")) -> Iterator[Finding]:
    amount = layout.get("amount")
    if not isinstance(amount, Mapping) or type(amount.get("decimals")) is not int:
        yield Finding("amount", "Isi tabel amount dengan decimals, decimal_mark, dan group_mark.", "amount")
        return
    mark, group = amount.get("decimal_mark"), amount.get("group_mark")
    good_mark = mark in decimal_marks if amount["decimals"] == 2 else amount["decimals"] == 0
    if not good_mark or group not in ("", ",", ".") or (group and group == mark):
        message = "Bentuk jumlah: 0 atau 2 desimal; tanda desimal dan tanda ribuan harus berbeda."
        yield Finding("amount", message, "amount")


def _columns_findings(layout: Layout, part: str, widths: bool) -> list[Finding]:
    columns = layout.get(part)
    if columns is None and part != "columns":
        return []
    if not isinstance(columns, list) or not columns:
        return [Finding("columns", f"Isi {part} dengan daftar kolom.", part)]
    known = set(HEAD_SOURCES) | (LINE_SOURCES if part == "columns" else set())
    found = []
    for place, column in enumerate(columns):
        titled = part == "columns" and not widths
        message = _column_fault(column, known, titled=titled, widths=widths)
        if message:
            found.append(Finding("column", f"Kolom ke-{place + 1} di {part}: {message}", f"{part}.{place}"))
    return found


def _column_fault(column: object, known: set[str], *, titled: bool, widths: bool) -> str:
    if not isinstance(column, Mapping):
        return "harus berupa tabel."
    if (titled and not column.get("title")) or not is_plain(column.get("title", "")):
        return "judul kosong atau memuat tanda yang tidak boleh."
    if "constant" in column:
        return _constant_fault(column, widths)
    if not isinstance(column.get("source"), str) or column["source"] not in known:
        return "sumber data tidak dikenal."
    return _width_fault(column) or _padding_fault(column)


def _constant_fault(column: Column, widths: bool) -> str:
    if "source" in column:
        return "pilih constant atau source, jangan keduanya."
    if not is_plain(column["constant"]):
        return "isi tetap memuat tanda yang tidak boleh."
    if not widths:
        return ""
    if column.get("pad", "") not in ("", "left", "right") or column.get("fill", " ") != " ":
        return "isi tetap hanya diisi dengan spasi, di kiri atau kanan."
    too_long = "isi tetap lebih panjang daripada lebar kolomnya."
    return _width_fault(column) or (too_long if len(column["constant"]) > column["width"] else "")


def _width_fault(column: Column) -> str:
    good = type(column.get("width")) is int and 1 <= column["width"] <= 500
    return "" if good else "lebar harus angka 1 sampai 500."


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
    if layout["amount"]["group_mark"] and any(
        _is_zero_filled_money(column) for column in _all_columns(layout)
    ):
        found.append(Finding("amount", "Tanda ribuan dan isian nol tidak dapat dipakai bersama.", "amount"))
    patterns = {"date": layout["date_format"], "moment": layout["datetime_format"]}
    for column in _all_columns(layout):
        pattern = patterns.get(kind_of(column.get("source", "")))
        if pattern and len(_ANY_MOMENT.strftime(pattern)) > column["width"]:
            message = f"Kolom {column['source']} terlalu sempit untuk bentuk tanggalnya."
            found.append(Finding("column", message, "date_format"))
    return found


def _all_columns(layout: Layout) -> Iterator[Column]:
    for part in PARTS:
        yield from layout.get(part) or []


def _is_zero_filled_money(column: Column) -> bool:
    return kind_of(column.get("source", "")) == "money" and column.get("fill") == "0"
