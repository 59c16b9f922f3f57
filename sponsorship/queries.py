"""Reading the promise: the office's calendar and tariff as rules know them, and what a registration amounts to."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from registry.models import Donor
from registry.queries import city
from registry.rules.finding import Finding
from registry.rules.work import Sector
from sponsorship.models import (
    DiscountLine,
    FrozenMonth,
    Holiday,
    Mandate,
    MandateLineage,
    Registration,
    Sponsorship,
    TariffLine,
)
from sponsorship.rules.consent import Steps
from sponsorship.rules.lifecycle import LIVE_MANDATE
from sponsorship.rules.months import Calendar, Month
from sponsorship.rules.tariff import Discount, FundingSource, Price, Programme, Tariff
from sponsorship.rules.tariff import TariffLine as Tier

# What is paid by a donor's mandate now or from its first month on.
RUNNING = ("ready", "active", "paused", "ending")
# What a new mandate of the donor covers besides what its registration adds: what is ending ends with the old one.
GOING_ON = ("ready", "active", "paused")


# The sectors of PP 50/2025 are two; more changes than this nobody would read.
MOST_STEPS = 4


class NoTariff(Exception):
    """The tariff table has no line for this base and month: reference data is missing."""


@dataclass(frozen=True)
class Amounts:
    """Rupiah a month for a set of sponsorships: due in one month, and without any discount; `later`: what it becomes as
    the discounts of that month end one after the other, each with its first month."""

    now: int
    full: int
    discount_until: Month | None
    later: Steps = ()


def calendar() -> Calendar:
    """The office's calendar: holidays of the table, minus the days the office says it works."""
    profile = city()
    return Calendar(
        holidays=frozenset(Holiday.objects.filter(works=False).values_list("day", flat=True)),
        cutoff_working_days=profile.cutoff_working_days,
        cutoff_hour=profile.cutoff_hour,
    )


def tariff() -> Tariff:
    """The dated tariff and discounts of the table."""
    return Tariff(
        lines=tuple(
            Tier(
                valid_from=Month.parse(line.valid_from),
                valid_to=Month.parse(line.valid_to) if line.valid_to else None,
                income_min=line.income_min,
                income_max=line.income_max,
                base_income=line.base_income,
                jkk=line.jkk,
                jkm=line.jkm,
                jht=line.jht,
            )
            for line in TariffLine.objects.all()
        ),
        discounts=tuple(
            Discount(
                sector=Sector(line.sector),
                valid_from=Month.parse(line.valid_from),
                valid_to=Month.parse(line.valid_to),
                jkk_percent=line.jkk_percent,
                jkm_percent=line.jkm_percent,
                excluded_sources=frozenset(FundingSource(source) for source in line.excluded_sources),
                source=line.source,
            )
            for line in DiscountLine.objects.all()
        ),
    )


def first_open_month(now: datetime, office: Calendar | None = None) -> Month:
    """The first month that a change made now still reaches: its cut-off is ahead and nothing of it is frozen.

    `office`: the calendar, when the caller has read it already.
    """
    frozen = {Month.parse(period) for period in FrozenMonth.objects.values_list("period", flat=True)}
    return (office or calendar()).first_open_month(now, frozen)


def start_month(registration: Registration, now: datetime, office: Calendar | None = None) -> Month:
    """The first month of this registration: the first open one, or the later one its donor chose."""
    first = first_open_month(now, office)
    return max(first, Month.parse(registration.wished_start)) if registration.wished_start else first


def price_of(sponsorship: Sponsorship, month: Month, prices: Tariff) -> Price:
    """What one worker costs in `month`. Raises NoTariff."""
    return _priced(
        prices.price(
            sponsorship.base_income,
            Programme(sponsorship.programme),
            Sector(sponsorship.worker.occupation.sector),
            FundingSource(sponsorship.funding),
            month,
        )
    )


def full_price_of(sponsorship: Sponsorship, month: Month, prices: Tariff) -> Price:
    """What one worker costs in `month` without any discount. Raises NoTariff."""
    return _priced(prices.full_price(sponsorship.base_income, Programme(sponsorship.programme), month))


def amounts_of(sponsorships: list[Sponsorship], month: Month, prices: Tariff) -> Amounts:
    """The sum of several workers in `month`; the discount named is the one that ends first. Raises NoTariff."""
    now, until = _due_in(sponsorships, month, prices)
    later: list[tuple[Month, int]] = []
    ends = until
    while ends is not None and len(later) < MOST_STEPS:
        first = ends.next()
        amount, ends = _due_in(sponsorships, first, prices)
        later.append((first, amount))
    return Amounts(
        now=now,
        full=sum(full_price_of(sponsorship, month, prices).total for sponsorship in sponsorships),
        discount_until=until,
        later=tuple(later),
    )


def _due_in(sponsorships: list[Sponsorship], month: Month, prices: Tariff) -> tuple[int, Month | None]:
    """What that month costs, and the last month of the discount in it that ends first."""
    due = [price_of(sponsorship, month, prices) for sponsorship in sponsorships]
    ends = [price.discount_until for price in due if price.discount_until]
    return sum(price.total for price in due), min(ends, default=None)


def own_sponsorships(registration: Registration) -> list[Sponsorship]:
    """The workers this registration brings, in the order they were entered."""
    return list(
        registration.sponsorships.exclude(state__in=("withdrawn", "superseded")).select_related(
            "worker__occupation", "worker__kelurahan__kecamatan"
        )
    )


def promised_sponsorships(
    registration: Registration, own: list[Sponsorship] | None = None
) -> list[Sponsorship]:
    """Every worker the mandate of this registration covers: what already runs for this donor, and what it adds.

    `own`: what it adds, when the caller has read that already.
    """
    running = Sponsorship.objects.filter(donor_id=registration.donor_id, state__in=GOING_ON).exclude(
        registration=registration
    )
    added = own_sponsorships(registration) if own is None else own
    return [*running.select_related("worker__occupation", "worker__kelurahan__kecamatan"), *added]


def running_workers(mandate: Mandate) -> list[str]:
    """The names of the workers whose contribution this mandate pays now or from its first month on."""
    running = Sponsorship.objects.filter(lineage_id=mandate.lineage_id, state__in=RUNNING)
    return list(running.order_by("created_at").values_list("worker__name", flat=True))


def is_cut(lineage: MandateLineage, month: Month) -> bool:
    """Whether `month`, closed for changes, is debited: some worker runs in it unpaused, under whichever version."""
    running = Sponsorship.objects.filter(lineage=lineage, state__in=RUNNING).exclude(start_period="")
    lasting = running.filter(Q(end_period="") | Q(end_period__gte=str(month)), start_period__lte=str(month))
    return lasting.exclude(_paused_in(str(month))).exists()


def ever_cut(lineage: MandateLineage, month: Month) -> bool:
    """Whether any worker of this lineage, also one who is gone by now, reached a month up to `month`.

    What was over before its first month has no last month.
    """
    begun = Sponsorship.objects.filter(lineage=lineage, start_period__lte=str(month)).exclude(start_period="")
    return begun.exclude(state__in=("ended", "superseded", "withdrawn"), end_period="").exists()


def covered_until(mandate: Mandate) -> list[Sponsorship]:
    """The workers who are debited in the last month of this revoked mandate; none when it ended before its first."""
    covered = Sponsorship.objects.filter(lineage_id=mandate.lineage_id, end_period=mandate.end_period)
    return list(covered.exclude(_paused_in(mandate.end_period)).select_related("worker__occupation"))


def _paused_in(period: str) -> Q:
    """Promises whose pause reaches `period`, as rules.pause.is_paused says it of one."""
    began = ~Q(pause_from="") & Q(pause_from__lte=period)
    return began & (Q(pause_until="") | Q(pause_until__gt=period))


def current_mandate(registration: Registration) -> Mandate | None:
    """The version this registration last printed and has not replaced or given up."""
    standing = registration.mandates.filter(state__in=("issued", "signed", *LIVE_MANDATE))
    return standing.select_related("lineage").order_by("-version").first()


def live_lineage(donor_id) -> MandateLineage | None:
    return MandateLineage.objects.filter(donor_id=donor_id, ended_at=None).first()


def running_mandate(donor_id) -> Mandate | None:
    """The mandate this donor is debited by, now or from its first month on."""
    live = Mandate.objects.filter(lineage__donor=donor_id, lineage__ended_at=None, state__in=LIVE_MANDATE)
    return live.select_related("lineage__opd", "registration__opd", "bank").first()


def pays_for_somebody_else(donor: Donor, nip_index: str) -> bool:
    """Whether this contact already carries a running mandate of another NIP: two persons at one address."""
    other = bool(donor.nip_index) and donor.nip_index != nip_index
    return other and Mandate.objects.filter(lineage__donor=donor, state__in=LIVE_MANDATE).exists()


def papers_of(registration: Registration):
    """The papers that count now, with their documents and pages."""
    return (
        registration.papers.filter(set_aside_at=None)
        .select_related("document")
        .prefetch_related("document__pages")
    )


def held_by(nik_index: str, besides: Sponsorship | None = None) -> Sponsorship | None:
    """The live sponsorship that already holds this worker, whoever's it is. Not to be told to anybody else."""
    held = Sponsorship.objects.filter(holds_nik=nik_index)
    return (held.exclude(pk=besides.pk) if besides else held).first()


def _priced(price: Price | Finding) -> Price:
    if isinstance(price, Finding):
        raise NoTariff(price.message)
    return price
