"""What a worker's confirmed months amount to: how many in a row, when the full death benefit begins, when cover lapses.

Only a month whose money BPJS confirmed counts (invariant I19). Sources: PP 44/2015 as last amended by PP 49/2023 and
the BPU guide of BPJS Ketenagakerjaan: the death benefit is paid in full after at least three months in a row since
registration, before that only the funeral part; who has not paid three months in a row is no longer covered, and
begins anew with the next payment. Whether an old row counts again after a lapse is not written anywhere; the cautious
reading, that it does not, is taken.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from sponsorship.rules.months import Month

FULL_AFTER = 3
GRACE_MONTHS = 3


class Standing(StrEnum):
    """NOTHING_YET: no confirmed month. COUNTING: covered, full death benefit ahead. FULL: reached. LAPSED: over."""

    NOTHING_YET = "nothing_yet"
    COUNTING = "counting"
    FULL = "full"
    LAPSED = "lapsed"


@dataclass(frozen=True)
class Cover:
    """One worker's cover, seen from one day.

    `since`: the first confirmed month. `in_a_row`: confirmed months in a row that still count. `to_full`: confirmed
    months still missing for the full death benefit, 0 when it holds. `paid_through`: the last confirmed month;
    `last_day`: the last day it covers when nothing more is paid. `missed`: months after it that can no longer be paid.
    """

    standing: Standing
    since: Month | None = None
    in_a_row: int = 0
    to_full: int = FULL_AFTER
    paid_through: Month | None = None
    last_day: date | None = None
    missed: tuple[Month, ...] = ()

    @property
    def steps_done(self) -> int:
        """How many of the FULL_AFTER steps are taken."""
        return FULL_AFTER - self.to_full

    @property
    def endangered(self) -> bool:
        """A month was missed and cover still stands: another one in time keeps it."""
        return bool(self.missed) and self.standing in (Standing.COUNTING, Standing.FULL)


def last_day_covered(paid_through: Month) -> date:
    """Paid through P: inactive after the last day of P+3."""
    return paid_through.plus(GRACE_MONTHS).last_day()


def cover_of(
    confirmed: Collection[Month], *, today: date, over: Month | None = None, waiting: Collection[Month] = ()
) -> Cover:
    """The cover that these confirmed months give on `today`.

    `over`: the last month that can no longer be collected; `waiting`: months that are paid and not yet confirmed. What
    lies between the last confirmed month and `over` and does not wait was missed. A missed month breaks a row that has
    not reached FULL_AFTER; a row that has reached it is only lost by a lapse.
    """
    if not confirmed:
        return Cover(Standing.NOTHING_YET)
    months = sorted(confirmed)
    row, full = _row(months)
    paid_through = months[-1]
    last_day = last_day_covered(paid_through)
    missed = _missed(paid_through, over, waiting)
    cover = Cover(
        Standing.LAPSED, since=months[0], paid_through=paid_through, last_day=last_day, missed=missed
    )
    if today > last_day:
        return cover
    row = 0 if missed else row
    if full:
        return replace(cover, standing=Standing.FULL, in_a_row=row, to_full=0)
    return replace(cover, standing=Standing.COUNTING, in_a_row=row, to_full=FULL_AFTER - row)


def _row(months: list[Month]) -> tuple[int, bool]:
    """(months in a row at the end, whether the full benefit was reached and no lapse came after it)."""
    row, full = 0, False
    before: Month | None = None
    for month in months:
        if before is None or month > before.plus(GRACE_MONTHS):
            row, full = 1, False  # the first month, or the first one after a lapse
        elif month == before.next():
            row += 1
        else:
            row = 1
        full = full or row >= FULL_AFTER
        before = month
    return row, full


def _missed(paid_through: Month, over: Month | None, waiting: Collection[Month]) -> tuple[Month, ...]:
    missed, month = [], paid_through.next()
    while over is not None and month <= over:
        if month not in waiting:
            missed.append(month)
        month = month.next()
    return tuple(missed)
