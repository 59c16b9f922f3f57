"""A whole month of the collection: built, frozen and sealed in a worker, against the bare writing of the same rows.

In a database of its own for each size, so that everything is committed as in production; nothing stays.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from autodebit.actions.approval import approve
from autodebit.actions.batches import open_due
from autodebit.actions.sealing import request_seal
from autodebit.bench import floor
from autodebit.bench.answer import accepted, applied
from autodebit.bench.scratch import scratch_database
from autodebit.bench.worker import Measured, in_a_worker
from autodebit.models import Batch
from autodebit.seeding import seed_mandates
from registry.models import RoleAssignment, User
from sponsorship.queries import calendar
from sponsorship.rules.months import Month

FIRST_MONTH = Month(2027, 2)
LINES, CITY = 170_000, 756_873
ROUNDS = 2
FLOOR_GOAL, CITY_GOAL = 3.0, 5.0
MOST_MB = 300.0

FEW = 20

Figure = dict[str, Any]
Say = Callable[[str], None]
Look = Callable[[Batch], dict[str, int]]


def _quiet(_: str) -> None:
    pass


def _no_look(_: Batch) -> dict[str, int]:
    return {}


@dataclass(frozen=True)
class Office:
    """The made-up staff of a measurement."""

    operator: User
    approvers: tuple[User, User]


@dataclass(frozen=True)
class SealedMonth:
    """Seconds of the worker for building and sealing, and of the bare writing; the worker's peak in MB."""

    batch: Batch
    at: datetime
    built: float
    sealed: float
    bare: float
    peak_mb: float

    @property
    def seconds(self) -> float:
        return self.built + self.sealed


@dataclass
class Run:
    """Some months in a row with the same donors, the answer to the last one, and what `look` saw of it."""

    months: list[SealedMonth] = field(default_factory=list)
    read: Measured | None = None
    applied: Measured | None = None
    seen: dict[str, int] = field(default_factory=dict)


def measure_collection(
    lines: int = LINES, city: int = CITY, rounds: int = ROUNDS, look: Look = _no_look, say: Say = _quiet
) -> list[Figure]:
    """Time against the floor, memory, the bank's answer, and how all of it grows up to every civil servant of the
    province (`city`; 0 leaves it out). Of the months in a row the least disturbed counts.

    `look` is shown each applied batch and tells a number by page, which must not grow with the lines.
    Needs the reference data, no transaction and nobody else in the database. Raises RuntimeError.
    """
    run = sealed_and_answered(lines, rounds, look, say)
    few = sealed_and_answered(FEW, 1, look, say)
    figures = [*of_months(lines, run), *of_pages(lines, run.seen, few.seen)]
    if city:
        with scratch_database(f"lines_{city}"):
            large = one_month(FIRST_MONTH, city, seeded(city, say), say, floored=False)
        figures += of_city(city, large, lines, min(month.seconds for month in run.months))
    return figures


def sealed_and_answered(lines: int, rounds: int, look: Look, say: Say) -> Run:
    run = Run()
    with scratch_database(f"lines_{lines}"):
        office = seeded(lines, say)
        for number in range(rounds):
            run.months.append(one_month(FIRST_MONTH.plus(number), lines, office, say))
        last = run.months[-1]
        say(f"{lines:,} lines: the bank's answer")
        run.read, run.applied = applied(last.batch, office.operator, last.at)
        run.seen = look(last.batch)
    return run


def seeded(lines: int, say: Say) -> Office:
    say(f"{lines:,} mandates")
    seed_mandates(lines, at=calendar().cutoff(FIRST_MONTH.previous()), period=str(FIRST_MONTH))
    return Office(
        _member("bench-operator", "labour_operator"),
        (_member("bench-approver-1", "labour_approver"), _member("bench-approver-2", "labour_approver")),
    )


def one_month(month: Month, lines: int, office: Office, say: Say, floored: bool = True) -> SealedMonth:
    """Opened by the schedule, built in a worker, approved twice, sealed in a worker; `floored`: with its floor."""
    at = calendar().cutoff(month)
    batch = open_due(now=at)
    say(f"{month}, {lines:,} lines: build")
    built = in_a_worker("build", batch.pk, at)
    batch.refresh_from_db()
    if (batch.state, batch.count) != ("frozen", lines):
        raise RuntimeError(f"The batch is {batch.state} with {batch.count} lines. {batch.build_note}")
    say(f"{month}, {lines:,} lines: built in {built.seconds:.1f} s; floor")
    bare = _bare_month(batch) if floored else 0.0
    say(f"{month}, {lines:,} lines: {bare:.1f} s bare; approve and seal")
    seen = {"batch_id": batch.pk, "revision": batch.revision, "content_hash": batch.content_hash}
    for person in office.approvers:
        accepted(approve(**seen, by=person, now=at))
    accepted(request_seal(batch_id=batch.pk, by=office.operator, now=at))
    sealed = in_a_worker("seal", batch.pk, at)
    batch.refresh_from_db()
    say(f"{month}, {lines:,} lines: sealed in {sealed.seconds:.1f} s")
    peak = max(built.peak_mb, sealed.peak_mb)
    return SealedMonth(batch, at, built.seconds, sealed.seconds, bare, peak)


def of_months(lines: int, run: Run) -> list[Figure]:
    best = min(run.months, key=lambda month: month.seconds / month.bare)
    built = min(month.built for month in run.months)
    peak = max(month.peak_mb for month in run.months)
    answer_peak = max(run.read.peak_mb, run.applied.peak_mb)
    floor_name = f"{lines:,} lines built, frozen, sealed, against INSERT ... SELECT and COPY out"
    return [
        figure(floor_name, best.seconds, "s", best.bare, FLOOR_GOAL),
        figure(f"{lines:,} lines built and sealed: worker's peak memory", peak, "MB", MOST_MB, 1),
        figure(
            f"{lines:,} lines of an answer applied, against the build", run.applied.seconds, "s", built, 1
        ),
        figure(f"{lines:,} lines of an answer: worker's peak memory", answer_peak, "MB", MOST_MB, 1),
    ]


def of_pages(lines: int, seen: dict[str, int], few: dict[str, int]) -> list[Figure]:
    return [
        figure(f"{page}: queries with {lines:,} lines, against {FEW}", number, "queries", few[page], 1)
        for page, number in seen.items()
    ]


def of_city(city: int, large: SealedMonth, lines: int, seconds: float) -> list[Figure]:
    return [
        figure(f"{city:,} lines built and sealed, against {lines:,}", large.seconds, "s", seconds, CITY_GOAL),
        figure(f"{city:,} lines built and sealed: worker's peak memory", large.peak_mb, "MB", MOST_MB, 1),
    ]


def figure(name: str, value: float, unit: str, against: float, goal: float) -> Figure:
    """A figure where less is better: `value` may be `goal` times `against`."""
    ratio = value / against
    return {
        "name": name,
        "value": round(value, 1),
        "unit": unit,
        "against": round(against, 1),
        "ratio": round(ratio, 2),
        "goal": f"<= {goal:g}",
        "met": ratio <= goal,
    }


def _bare_month(batch: Batch) -> float:
    """With its commit, as the build has one; the lines are read out once."""
    with floor.rows_and_equal_tables(batch):
        started = time.perf_counter()
        with transaction.atomic():
            floor.insert()
        floor.copy_out()
        return time.perf_counter() - started


def _member(username: str, role: str) -> User:
    person = User.objects.create(username=username, full_name=f"Contoh {username}")
    RoleAssignment.objects.create(user=person, role=role)
    return person
