"""What a change does, in words, before it is made: from which month, until when today's choice reaches it, how much."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sponsorship import queries, queries_promise
from sponsorship.models import Mandate, Sponsorship
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month, indonesian_weekday_date, wib


@dataclass(frozen=True)
class Effect:
    """`month`: the first month that changes; `closed`: the one before it, when it is debited as it stands."""

    month: Month
    until: str
    before: int
    after: int
    ceiling: int
    closed: Month | None
    closed_amount: int
    when: str

    @property
    def rows(self) -> list[dict[str, str]]:
        label = self.month.label()
        return [
            {"label": f"Potongan {label} sekarang", "value": rupiah(self.before)},
            {"label": f"Potongan {label} {self.when}", "value": rupiah(self.after)},
            {"label": "Batas tertinggi di surat kuasa", "value": f"{rupiah(self.ceiling)} per bulan"},
        ]

    @property
    def words(self) -> dict[str, str]:
        return {
            "month": self.month.label(),
            "until": self.until,
            "later": self.month.next().label(),
            "closed": self.closed.label() if self.closed else "",
            "closed_amount": rupiah(self.closed_amount),
        }


def effect_of(
    mandate: Mandate,
    promises: Sequence[Sponsorship],
    now: datetime,
    *,
    month: Month,
    without: Sequence[Sponsorship] = (),
    more: int = 0,
    when: str = "sesudah perubahan",
) -> Effect:
    """The effect from `month` on, when `without` is debited no more and `more` rupiah come in; `when` says so in the
    label of the amount after it. Raises NoTariff."""
    prices, closed = queries.tariff(), month.previous()
    gone = {promise.pk for promise in without}
    staying = [promise for promise in promises if promise.pk not in gone]
    closed_amount = queries_promise.amount_under(mandate, promises, closed, prices)
    cutoff = queries.calendar().cutoff(month)
    return Effect(
        month=month,
        until=f"{indonesian_weekday_date(cutoff)}, pukul {wib(cutoff)}",
        before=queries_promise.amount_under(mandate, promises, month, prices),
        after=queries_promise.amount_under(mandate, staying, month, prices) + more,
        ceiling=mandate.ceiling,
        closed=closed if closed_amount and _is_closed(closed, now) else None,
        closed_amount=closed_amount,
        when=when,
    )


def _is_closed(month: Month, now: datetime) -> bool:
    return month < queries.first_open_month(now)
