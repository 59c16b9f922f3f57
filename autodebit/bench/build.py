"""Building a month, against the bare writing of the same rows: quick, and it leaves nothing behind."""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from autodebit.actions.batches import open_due
from autodebit.actions.build import build
from autodebit.bench import floor
from autodebit.seeding import seed_mandates
from sponsorship.queries import calendar
from sponsorship.rules.months import Month

MONTH = Month(2027, 2)
GOAL = 3.0
ROUNDS = 3


class _NothingStays(Exception):
    """Ends a measurement: its rows are rolled back."""


def measure_build(count: int = 20_000) -> list[dict[str, Any]]:
    """A batch of `count` mandates, in seconds, against one bare INSERT ... SELECT of the same rows into equal tables
    (columns, checks, unique and foreign keys). The least disturbed of some rounds counts, on both sides.

    Needs the reference data and no other mandates. Leaves nothing behind.
    """
    rounds: list[tuple[float, float]] = []

    def work() -> None:
        seed_mandates(count, at=calendar().cutoff(MONTH.previous()), period=str(MONTH))
        for _ in range(ROUNDS):
            _undone(lambda: rounds.append(_one_round(count)))

    _undone(work)
    built, bare = (min(seconds) for seconds in zip(*rounds, strict=True))
    ratio = built / bare
    return [
        {
            "name": f"batch of {count} mandates, built, against a bare INSERT ... SELECT of its rows",
            "value": round(built, 3),
            "unit": "s",
            "against": round(bare, 3),
            "ratio": round(ratio, 2),
            "goal": f"<= {GOAL:g}",
            "met": ratio <= GOAL,
        }
    ]


def _undone(work: Callable[[], object]) -> None:
    try:
        with transaction.atomic():
            work()
            raise _NothingStays
    except _NothingStays:
        pass


def _one_round(count: int) -> tuple[float, float]:
    at = calendar().cutoff(MONTH)
    batch = open_due(now=at)
    built = floor.seconds(lambda: build(batch_id=batch.pk, now=at))
    batch.refresh_from_db()
    if (batch.state, batch.count) != ("frozen", count):
        raise RuntimeError(f"The batch is {batch.state} with {batch.count} lines. {batch.build_note}")
    with floor.rows_and_equal_tables(batch):
        return built, floor.seconds(floor.insert)
