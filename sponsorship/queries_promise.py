"""What a donor's mandate pays month by month, and what still fits under its ceiling.

Which month is due is said for all donors at once by autodebit.rules.due; `due_in` says the same of one promise for the
donor's pages, and a test of the build holds the two together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from registry.models import Donor
from registry.queries import city
from registry.rules.identity import under_age_limit
from sponsorship import queries
from sponsorship.models import Mandate, Registration, Sponsorship
from sponsorship.rules.lifecycle import LIVE_MANDATE
from sponsorship.rules.months import Month
from sponsorship.rules.pause import is_paused
from sponsorship.rules.tariff import Price, Programme, Tariff

# Registrations whose amount nobody compares with the ceiling again before they count.
WITH_OPD = ("submitted", "in_check")


@dataclass(frozen=True)
class Room:
    """Rupiah a month: the signed ceiling, the normal tariff of what goes on, and what is left for one worker more.

    `left` is the least of all months known ahead, and never below nought.
    """

    ceiling: int
    full_now: int
    left: int


def live_mandate(donor: Donor) -> Mandate | None:
    """The version that counts now, whatever holds it up; None when nothing runs."""
    live = Mandate.objects.filter(lineage__donor=donor, lineage__ended_at=None, state__in=LIVE_MANDATE)
    return live.select_related("lineage", "registration").first()


def promises_of(donor: Donor) -> list[Sponsorship]:
    """The donor's running promises, oldest first, with what prices and pages need."""
    running = Sponsorship.objects.filter(donor=donor, state__in=queries.RUNNING, lineage__ended_at=None)
    related = running.select_related("worker__occupation", "worker__kelurahan__kecamatan")
    return list(related.order_by("created_at", "position"))


def first_month(mandate: Mandate, now: datetime) -> Month:
    """The first month that a change made now reaches under this mandate, which may itself begin later."""
    first = queries.first_open_month(now)
    return max(first, Month.parse(mandate.start_period)) if mandate.start_period else first


def due_in(promise: Sponsorship, month: Month, age_limit: int) -> bool:
    """Whether this promise is debited for `month`: it runs, is not paused, and its worker is under the age limit."""
    period = str(month)
    if promise.state not in queries.RUNNING or not "" < promise.start_period <= period:
        return False
    if promise.end_period and promise.end_period < period:
        return False
    if is_paused(promise.pause_from, promise.pause_until, period):
        return False
    return under_age_limit(promise.worker.birth_date, month.first_day(), age_limit)


def amount_in(promises: Iterable[Sponsorship], month: Month, prices: Tariff) -> int:
    """Rupiah that these promises cost in `month`, discounts taken off. Raises NoTariff."""
    limit = city().age_limit
    due = [promise for promise in promises if due_in(promise, month, limit)]
    return queries.amounts_of(due, month, prices).now


def amount_under(mandate: Mandate, promises: Iterable[Sponsorship], month: Month, prices: Tariff) -> int:
    """The same under this mandate: nought after its last month, which is known when its donor retires."""
    return amount_in(promises, month, prices) if pays(mandate, month) else 0


def pays(mandate: Mandate, month: Month) -> bool:
    """Whether `month` is not after the last month of this mandate."""
    return not mandate.end_period or str(month) <= mandate.end_period


def room(mandate: Mandate, now: datetime, besides: Sponsorship | None = None) -> Room:
    """What still fits under the ceiling when `besides` goes. Raises NoTariff.

    A version that the OPD is checking counts as well: whoever is added now must fit under that one, too.
    """
    prices, first = queries.tariff(), first_month(mandate, now)
    going_on = [promise for promise in promises_of(mandate.lineage.donor) if promise != besides]
    counted = [promise for promise in going_on if _reaches(promise, first)]
    left = [_left(mandate.ceiling, going_on, first, prices)]
    for registration in Registration.objects.filter(donor_id=mandate.lineage.donor_id, state__in=WITH_OPD):
        coming = queries.current_mandate(registration)
        if coming is not None:
            pending = [s for s in queries.own_sponsorships(registration) if s.state == "pending"]
            left.append(_left(coming.ceiling, [*going_on, *pending], first, prices))
    return Room(
        ceiling=mandate.ceiling,
        full_now=sum(queries.full_price_of(promise, first, prices).total for promise in counted),
        left=max(0, min(left)),
    )


def highest_price(base_income: int, programme: str, first: Month, prices: Tariff) -> int:
    """The normal tariff of one worker in the dearest month known from `first` on; 0 when none is known."""
    known = (prices.full_price(base_income, Programme(programme), month) for month in _known(prices, first))
    return max((price.total for price in known if isinstance(price, Price)), default=0)


def fits(new: tuple[int, str], mandate: Mandate, now: datetime, besides: Sponsorship | None = None) -> bool:
    """Whether one worker more, of this base income and programme, stays under the ceiling in every month known ahead.

    The dearest month of the newcomer is held against the fullest month of the others: on the safe side.
    """
    price = highest_price(*new, first_month(mandate, now), queries.tariff())
    return 0 < price <= room(mandate, now, besides).left


def _left(ceiling: int, promises: list[Sponsorship], first: Month, prices: Tariff) -> int:
    sums = [_full_in(promises, month, prices) for month in _known(prices, first)]
    return ceiling - max((amount for amount in sums if amount is not None), default=ceiling)


def _full_in(promises: list[Sponsorship], month: Month, prices: Tariff) -> int | None:
    """None when the table does not say yet what that month costs."""
    found = [
        prices.full_price(promise.base_income, Programme(promise.programme), month)
        for promise in promises
        if _reaches(promise, month)
    ]
    known = [price.total for price in found if isinstance(price, Price)]
    return sum(known) if len(known) == len(found) else None


def _reaches(promise: Sponsorship, month: Month) -> bool:
    """What is paused or begins later counts as well: it comes back without asking."""
    return promise.state != "ending" or promise.end_period >= str(month)


def _known(prices: Tariff, first: Month) -> list[Month]:
    """`first`, and each later month in which a line of the tariff begins or has just ended."""
    begins = {line.valid_from for line in prices.lines if line.valid_from > first}
    ended = {line.valid_to.next() for line in prices.lines if line.valid_to and line.valid_to.next() > first}
    return [first, *sorted(begins | ended)]
