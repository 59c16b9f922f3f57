"""A donor's own money, month by month, and the cover that it became: read in a fixed number of queries, however many
months there are. Only by the donor; nobody finds anybody else's here."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from autodebit.models import Attempt, Entry, FollowUp, Obligation, ReasonCode, Remittance
from autodebit.rules.cover import Cover, cover_of
from autodebit.rules.due import remittance_day
from autodebit.rules.own_month import Debit, Payment, Standing, payment_of, standing_of
from autodebit.rules.retry import DISPUTES, Tried, retry_day, why_no_retry
from registry.models import Donor
from sponsorship.rules.months import Calendar, Month


@dataclass(frozen=True)
class Share:
    """One worker's part of a month, in rupiah."""

    sponsorship_id: UUID
    worker: str
    programme: str
    amount: int


@dataclass(frozen=True)
class OwnDebit:
    """One line at the bank. `day`: of the debit. `gone`: "", "returned" or "refunded", on `gone_on`; `why` and
    `what_to_do` are the bank's reason in the donor's words, when it failed or went back."""

    attempt_id: UUID
    reference: str
    state: str
    day: date
    amount: int
    collected_at: datetime | None = None
    gone: str = ""
    gone_on: date | None = None
    after_remittance: bool = False
    why: str = ""
    what_to_do: str = ""
    hard: bool = False

    @property
    def collected(self) -> bool:
        return self.collected_at is not None


@dataclass(frozen=True)
class OwnMonth:
    """One month of a donor. `amount` in rupiah, as owed; `protected`: BPJS confirmed the month's payment, also when the
    money went back to the donor after it. `debits`: oldest first, without lines that never left."""

    month: Month
    amount: int
    standing: Standing
    shares: tuple[Share, ...]
    debits: tuple[OwnDebit, ...]
    planned_at: datetime
    protected: bool = False
    confirmed_on: date | None = None
    skipped_for: str = ""

    @property
    def last(self) -> OwnDebit | None:
        return self.debits[-1] if self.debits else None

    @property
    def debited(self) -> int:
        """Rupiah taken from the account for this month, whatever happened to it later."""
        return sum(debit.amount for debit in self.debits if debit.collected)

    @property
    def given_back(self) -> int:
        return sum(debit.amount for debit in self.debits if debit.gone)

    @property
    def kept(self) -> int:
        return self.debited - self.given_back


def own_months(donor: Donor, office: Calendar, now: datetime) -> list[OwnMonth]:
    """Every month of this donor that was planned, newest first."""
    obligations = list(
        Obligation.objects.filter(lineage__donor=donor)
        .select_related("mandate", "lineage")
        .prefetch_related("lines__sponsorship__worker")
        .order_by("-period", "-id")
    )
    read = _Read(obligations, office, office.local_date(now))
    return [read.month(obligation) for obligation in obligations]


def collected_debits(months: Iterable[OwnMonth]) -> dict[str, tuple[OwnMonth, OwnDebit]]:
    """Reference -> the month and the debit, for every line that brought money: each has its receipt."""
    return {debit.reference: (month, debit) for month in months for debit in month.debits if debit.collected}


def kept_by_worker(months: Iterable[OwnMonth]) -> list[tuple[str, int]]:
    """(name, rupiah) of every worker, as far as the money of the month stayed, in the order of the names."""
    sums: dict[UUID, int] = defaultdict(int)
    names = {}
    for month in months:
        for share in month.shares if month.kept else ():
            sums[share.sponsorship_id] += share.amount
            names[share.sponsorship_id] = share.worker
    return sorted((names[worker], amount) for worker, amount in sums.items())


def covers_of(months: Collection[OwnMonth], office: Calendar, now: datetime) -> dict[UUID, Cover]:
    """Sponsorship -> cover, for each worker in any of these months."""
    today = office.local_date(now)
    confirmed, waiting = defaultdict(list), defaultdict(list)
    workers = {share.sponsorship_id for month in months for share in month.shares}
    for month in months:
        for share in month.shares:
            if month.protected:
                confirmed[share.sponsorship_id].append(month.month)
            elif month.kept:
                waiting[share.sponsorship_id].append(month.month)
    over = last_month_over(office, today)
    return {
        worker: cover_of(confirmed[worker], today=today, over=over, waiting=waiting[worker])
        for worker in workers
    }


def last_month_over(office: Calendar, today: date) -> Month:
    """The last month that is not collected any more: its day of payment to BPJS is over."""
    month = Month.of(today)
    return month if today > remittance_day(month, office) else month.previous()


class _Read:
    """Everything about these obligations, each kind read once."""

    def __init__(self, obligations: list[Obligation], office: Calendar, today: date) -> None:
        self.office, self.today = office, today
        ids = [obligation.pk for obligation in obligations]
        self.attempts: dict[int, list[Attempt]] = defaultdict(list)
        lines = Attempt.objects.filter(obligation__in=ids).exclude(state="released")
        for attempt in lines.select_related("batch").order_by("number"):
            self.attempts[attempt.obligation_id].append(attempt)
        self.entries: dict[UUID, dict[str, Entry]] = defaultdict(dict)
        moved = Entry.objects.filter(attempt__obligation__in=ids)
        for entry in moved.filter(kind__in=("collected", "returned", "refunded")).select_related("refund"):
            self.entries[entry.attempt_id][entry.kind] = entry
        self.follow_ups = defaultdict(set)
        asked = FollowUp.objects.filter(attempt__obligation__in=ids)
        for obligation, *about in asked.values_list("attempt__obligation", "kind", "state", "outcome"):
            self.follow_ups[obligation].add(tuple(about))
        self.payments = defaultdict(list)
        paid = Remittance.objects.filter(period__in={o.period for o in obligations}, withdrawn_at=None)
        for remittance in paid:
            self.payments[remittance.profile_id, remittance.period].append(remittance)
        self.reasons = {(reason.profile_id, reason.code): reason for reason in ReasonCode.objects.all()}

    def month(self, obligation: Obligation) -> OwnMonth:
        attempts = self.attempts[obligation.pk]
        debits = tuple(self._debit(attempt) for attempt in attempts)
        plain = [Debit(d.state, d.collected_at, d.gone, d.after_remittance) for d in debits]
        remittances = self.payments[obligation.mandate.bank_id, obligation.period]
        known = {
            Payment(remittance.recorded_at, remittance.confirmed_on is not None): remittance
            for remittance in remittances
        }
        payment = payment_of(plain, list(known))
        confirmed_on = known[payment].confirmed_on if payment else None
        return OwnMonth(
            month=Month.parse(obligation.period),
            amount=obligation.amount,
            standing=standing_of(
                obligation.state,
                plain,
                payment=payment,
                may_try_again=self._may_try_again(obligation, attempts),
                disputed=self._disputed(obligation),
            ),
            shares=tuple(
                Share(
                    line.sponsorship_id,
                    line.sponsorship.worker.name or "Pekerja",
                    line.sponsorship.get_programme_display(),
                    line.amount,
                )
                for line in sorted(obligation.lines.all(), key=lambda line: line.pk)
                if line.amount  # nought: no longer due when the batch was built anew
            ),
            debits=debits,
            planned_at=obligation.planned_at,
            protected=confirmed_on is not None,
            confirmed_on=confirmed_on,
            skipped_for=obligation.reason if obligation.state == "skipped" else "",
        )

    def _debit(self, attempt: Attempt) -> OwnDebit:
        entries = self.entries[attempt.pk]
        came = entries.get("collected")
        # What the bank took back after a refund is the bank's and the office's affair.
        back = entries.get("refunded") or entries.get("returned")
        reason = self._reason(attempt)
        return OwnDebit(
            attempt_id=attempt.pk,
            reference=attempt.reference,
            state=attempt.state,
            day=attempt.batch.collection_date,
            amount=attempt.amount,
            collected_at=came.at if came else None,
            gone=back.kind if back else "",
            gone_on=self._day_of(back) if back else None,
            after_remittance=bool(back and back.after_remittance),
            why=reason.meaning if reason else "",
            what_to_do=reason.donor_text if reason else "",
            hard=bool(reason and reason.hard),
        )

    def _day_of(self, back: Entry) -> date:
        return back.refund.paid_on if back.refund else self.office.local_date(back.at)

    def _reason(self, attempt: Attempt) -> ReasonCode | None:
        return self.reasons.get((attempt.batch.profile_id, attempt.code)) if attempt.code else None

    def _disputed(self, obligation: Obligation) -> bool:
        return any(kind in DISPUTES and state == "open" for kind, state, _ in self.follow_ups[obligation.pk])

    def _may_try_again(self, obligation: Obligation, attempts: list[Attempt]) -> bool:
        month, mandate = Month.parse(obligation.period), obligation.mandate
        reasons = [self._reason(attempt) for attempt in attempts]
        tried = [
            Tried(attempt.state, bool(reason and reason.retryable))
            for attempt, reason in zip(attempts, reasons, strict=True)
        ]
        why_not = why_no_retry(
            tried,
            mandate_state=mandate.state,
            mandate_ended=bool(mandate.end_period and mandate.end_period < obligation.period)
            or (mandate.state == "replaced" and obligation.lineage.ended_at is not None),
            obligation_state=obligation.state,
            decided=any(outcome == "collect_again" for *_, outcome in self.follow_ups[obligation.pk]),
            disputed=self._disputed(obligation),
        )
        return why_not is None and retry_day(month, self.today, self.office) is not None
