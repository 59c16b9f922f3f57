"""When a donor's contribution changes by itself: a discount begins or ends, or a dated tariff line begins.

Sources: lifecycles "the donor is told as soon as the dated tariff line is known"; discounts PP 50/2025. Rupiah a month.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from registry.rules.finding import Finding
from registry.rules.identity import under_age_limit
from registry.rules.work import Sector
from sponsorship.rules.months import Month
from sponsorship.rules.pause import is_paused
from sponsorship.rules.tariff import FundingSource, Price, Programme, Tariff


@dataclass(frozen=True, slots=True)
class Kind:
    """What the price of a worker depends on, besides the month."""

    base_income: int
    programme: Programme
    sector: Sector
    funding: FundingSource


@dataclass(frozen=True, slots=True)
class Cover:
    """One worker who goes on: what decides the price, and in which months something is due. Periods are "YYYY-MM".

    `key` recognises the worker again for whoever asks; it decides nothing.
    """

    kind: Kind
    start_period: str
    end_period: str = ""
    pause_from: str = ""
    pause_until: str = ""
    born: date | None = None
    key: object = None


@dataclass(frozen=True, slots=True)
class Change:
    """What `month` costs, at its own prices and at those of the month before, for the workers due in it.

    `covers`: the workers due, in the order given; `workers`: (before, after) of each. `more`: how many workers more the
    ceiling leaves room for, each at the normal tariff of the lowest base without JHT.
    """

    month: Month
    before: int
    after: int
    full: int
    covers: tuple[Cover, ...]
    workers: tuple[tuple[int, int], ...]
    ceiling: int
    more: int

    @property
    def rises(self) -> bool:
        return self.after > self.before

    @property
    def ceiling_holds(self) -> bool:
        """Whether the month can still be debited: more than the ceiling is never taken, so it would be skipped."""
        return self.after <= self.ceiling


def turning_months(prices: Tariff, today: date, notice_days: int) -> tuple[Month, ...]:
    """The months that begin after `today` and at most `notice_days` later, in which some price may change."""
    turns = {line.valid_from for line in prices.lines}
    turns |= {line.valid_to.next() for line in prices.lines if line.valid_to}
    turns |= {discount.valid_from for discount in prices.discounts}
    turns |= {discount.valid_to.next() for discount in prices.discounts}
    until = today + timedelta(days=notice_days)
    return tuple(sorted(month for month in turns if today < month.first_day() <= until))


def changing_kinds(kinds: Iterable[Kind], prices: Tariff, month: Month) -> list[Kind] | Finding:
    """Those whose price in `month` is another one than in the month before; a Finding when the table has a gap."""
    changing = []
    for kind in kinds:
        pair = _before_and_after(kind, prices, month)
        if isinstance(pair, Finding):
            return pair
        if pair[0].total != pair[1].total:
            changing.append(kind)
    return changing


def changes_ahead(
    covers: Sequence[Cover], prices: Tariff, *, ceiling: int, today: date, notice_days: int, age_limit: int
) -> tuple[Change, ...]:
    """Every month within the notice in which the sum of these workers changes because a price does."""
    found = (
        change_in(month, covers, prices, ceiling=ceiling, age_limit=age_limit)
        for month in turning_months(prices, today, notice_days)
    )
    return tuple(change for change in found if change)


def change_in(
    month: Month, covers: Sequence[Cover], prices: Tariff, *, ceiling: int, age_limit: int
) -> Change | None:
    """How `month` changes for these workers; None when the sum stays, nobody is due, or the table has a gap.

    Only workers due in `month` are compared, so that who starts, pauses or ends then is no change of the tariff.
    """
    due = [cover for cover in covers if _is_due(cover, month, age_limit)]
    pairs, full = [], 0
    for cover in due:
        pair = _before_and_after(cover.kind, prices, month)
        normal = prices.full_price(cover.kind.base_income, cover.kind.programme, month)
        if isinstance(pair, Finding) or isinstance(normal, Finding):
            return None
        pairs.append((pair[0].total, pair[1].total))
        full += normal.total
    before, after = sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
    if before == after:
        return None
    more = _room(prices, month, max(ceiling - full, 0))
    return Change(month, before, after, full, tuple(due), tuple(pairs), ceiling, more)


def _room(prices: Tariff, month: Month, left: int) -> int:
    """How many more workers fit into `left` rupiah: a ceiling covers the normal tariff, whatever is due now."""
    lowest = min(prices.bases(month))
    price = prices.full_price(lowest, Programme.JKK_JKM, month)
    return 0 if isinstance(price, Finding) else left // price.total


def _is_due(cover: Cover, month: Month, age_limit: int) -> bool:
    period = str(month)
    if not "" < cover.start_period <= period or (cover.end_period and cover.end_period < period):
        return False
    if is_paused(cover.pause_from, cover.pause_until, period):
        return False
    return cover.born is None or under_age_limit(cover.born, month.first_day(), age_limit)


def _before_and_after(kind: Kind, prices: Tariff, month: Month) -> tuple[Price, Price] | Finding:
    what = (kind.base_income, kind.programme, kind.sector, kind.funding)
    before, after = prices.price(*what, month.previous()), prices.price(*what, month)
    if isinstance(before, Finding):
        return before
    return after if isinstance(after, Finding) else (before, after)
