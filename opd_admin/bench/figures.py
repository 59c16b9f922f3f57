"""A figure: `{name, value, unit, against, ratio, goal, met}`, always a ratio against a floor, a peer or a budget."""

from collections.abc import Sequence
from typing import Any

Figure = dict[str, Any]


def at_most(name: str, value: float, unit: str, against: float, goal: float) -> Figure:
    """A figure where less is better: `value` may be `goal` times `against`."""
    ratio = value / against if against else float(value > 0)
    return {
        "name": name,
        "value": round(value, 1),
        "unit": unit,
        "against": round(against, 1),
        "ratio": round(ratio, 2),
        "goal": f"<= {goal:g}",
        "met": ratio <= goal,
    }


def table(figures: Sequence[Figure]) -> str:
    """All figures for the eye, numbers under each other."""
    heads = ("name", "value", "unit", "against", "ratio", "goal", "met")
    rows = [heads, *(tuple(_word(figure[head]) for head in heads) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    lines = [
        "  ".join(
            cell.rjust(width) if head in ("value", "against", "ratio") else cell.ljust(width)
            for head, cell, width in zip(heads, row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "─" * max(map(len, lines)), *lines[1:]])


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "MISSED"
    return f"{value:g}" if isinstance(value, float) else str(value)
