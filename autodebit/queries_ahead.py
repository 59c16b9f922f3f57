"""A donor's next debit: when, how much, for whom; or why there is none."""

from dataclasses import dataclass
from datetime import date, datetime

from autodebit.queries_own import OwnMonth
from autodebit.rules.due import Cut, WorkerFacts, is_line_due
from autodebit.rules.own_month import Standing
from registry.models import Donor
from registry.queries import city
from sponsorship import queries
from sponsorship.models import FrozenMonth, Mandate, Sponsorship
from sponsorship.rules.lifecycle import DUE_SPONSORSHIP, LIVE_MANDATE
from sponsorship.rules.months import Calendar, Month

# A pause or a start further away than this is no next debit.
MONTHS_LOOKED_AHEAD = 24


@dataclass(frozen=True)
class NextDebit:
    """`fixed`: the line is frozen, nothing changes it any more. `asked`: the bank has it and its answer is awaited.
    `why`: a word of NO_DEBIT (autodebit.labels_own) when there is no next debit, then `month` is the one that the
    reason is about, if any."""

    month: Month | None = None
    day: date | None = None
    amount: int = 0
    workers: tuple[str, ...] = ()
    fixed: bool = False
    asked: bool = False
    why: str = ""


def next_debit(donor: Donor, months: list[OwnMonth], office: Calendar, now: datetime) -> NextDebit:
    """The next debit as things stand; `months`: the donor's own (queries_own.own_months)."""
    today = office.local_date(now)
    for month in months:
        if month.standing in (Standing.PLANNED, Standing.WAITING) and month.last and month.last.day >= today:
            names = tuple(share.worker for share in month.shares)
            asked = month.standing == Standing.WAITING
            return NextDebit(month.month, month.last.day, month.amount, names, fixed=True, asked=asked)
    mandates = list(
        Mandate.objects.filter(lineage__donor=donor).exclude(state="issued").order_by("-issued_at")
    )
    live = next((mandate for mandate in mandates if mandate.state in LIVE_MANDATE), None)
    if live is None:
        return NextDebit(why=_why_no_mandate(mandates))
    if live.state != "active":
        return NextDebit(why="suspended" if live.state == "suspended" else "at_bank")
    versions = [mandate for mandate in mandates if mandate.lineage_id == live.lineage_id]
    return _Ahead(donor, versions, months, office, now).found()


def _why_no_mandate(mandates: list[Mandate]) -> str:
    if any(mandate.state == "signed" for mandate in mandates):
        return "not_verified"
    return "ended" if any(mandate.verified_at for mandate in mandates) else "not_sent"


class _Ahead:
    """The months to come under the versions of one lineage, weighed as the build will weigh them."""

    def __init__(
        self, donor: Donor, versions: list[Mandate], months: list[OwnMonth], office: Calendar, now: datetime
    ) -> None:
        self.donor, self.versions, self.office, self.now = donor, versions, office, now
        self.today = office.local_date(now)
        self.known = {month.month for month in months if month.debits or month.skipped_for}
        self.frozen = set(FrozenMonth.objects.values_list("period", flat=True))
        self.age_limit, self.prices = city().age_limit, queries.tariff()
        rows = Sponsorship.objects.filter(lineage=versions[0].lineage_id, state__in=DUE_SPONSORSHIP)
        self.running = list(rows.select_related("worker__occupation").order_by("position", "created_at"))

    def found(self) -> NextDebit:
        if not self.running:
            return NextDebit(why="ended")
        month = Month.of(self.today)
        for _ in range(MONTHS_LOOKED_AHEAD):
            if self._is_open(month):
                answer = self._of(month)
                if answer is not None:
                    return answer
            month = month.next()
        if self.donor.retires_on:
            return NextDebit(why="retired")
        return NextDebit(why="paused" if self._all_paused() else "ended")

    def _is_open(self, month: Month) -> bool:
        """A month whose line can still be made: not past and not cut without us."""
        if month in self.known or str(month) in self.frozen or self.office.payday(month) < self.today:
            return False
        return self._paying(month) is not None

    def _paying(self, month: Month) -> Mandate | None:
        """The version that pays this month: the one in force, or the one it replaces until it begins itself."""
        period, cutoff = str(month), self.office.cutoff(month)
        for mandate in self.versions:
            in_force = mandate.state in LIVE_MANDATE or mandate.state == "replaced"
            begun = "" < mandate.start_period <= period and (
                not mandate.end_period or period <= mandate.end_period
            )
            in_time = cutoff > self.now or (mandate.verified_at is not None and mandate.verified_at < cutoff)
            if in_force and begun and in_time:
                return mandate
        return None

    def _of(self, month: Month) -> NextDebit | None:
        payday, mandate = self.office.payday(month), self._paying(month)
        due = [row for row in self.running if self._is_due(row, month)]
        if not due:
            return None
        try:
            amount = sum(queries.price_of(row, month, self.prices).total for row in due)
        except queries.NoTariff:
            return NextDebit(why="no_tariff", month=month)
        names = tuple(row.worker.name or "Pekerja" for row in due)
        if mandate and amount > mandate.ceiling:
            return NextDebit(month, payday, amount, names, why="ceiling")
        return NextDebit(month, payday, amount, names)

    def _is_due(self, row: Sponsorship, month: Month) -> bool:
        facts = WorkerFacts(
            row.state,
            row.start_period,
            row.end_period,
            row.worker.birth_date,
            0,
            row.pause_from,
            row.pause_until,
        )
        cutoff = self.office.cutoff(month)
        return is_line_due(facts, Cut(month, cutoff, self.office.local_date(cutoff), self.age_limit))

    def _all_paused(self) -> bool:
        return all(row.state == "paused" for row in self.running)
