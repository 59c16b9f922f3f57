"""The layout of a delimited bank file: what it has beyond any table (see table_layout), and its faults."""

from autodebit.formats.lines import Layout
from autodebit.formats.table_layout import (
    FREE_TEXTS,
    HEAD_SOURCES,
    LINE_SOURCES,
    Column,
    kind_of,
    table_findings,
)
from registry.rules.finding import Finding

__all__ = ["FREE_TEXTS", "HEAD_SOURCES", "LINE_SOURCES", "Column", "kind_of", "layout_findings"]

_CHOICES: dict[str, tuple[str | bool, ...]] = {
    "encoding": ("ascii", "utf-8", "cp1252", "latin-1"),
    "line_end": ("\r\n", "\n"),
    "delimiter": (",", ";", "|", "\t"),
    "quoting": ("minimal", "all", "none"),
    "titles": (True, False),
}


def layout_findings(layout: Layout) -> tuple[Finding, ...]:
    """Everything wrong with a layout; a layout without findings can be written with."""
    return tuple(table_findings(layout, _CHOICES) or _mark_findings(layout))


def _mark_findings(layout: Layout) -> list[Finding]:
    amount = layout["amount"]
    marks = {amount["group_mark"], amount["decimal_mark"] if amount["decimals"] else ""}
    if layout["quoting"] == "none" and layout["delimiter"] in marks:
        message = "Tanda di dalam jumlah sama dengan pemisah kolom; pakai tanda kutip."
        return [Finding("amount", message, "amount")]
    return []
