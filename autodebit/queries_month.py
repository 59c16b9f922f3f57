"""What the month board is computed from: the records of one month of one bank as plain values."""

from datetime import datetime

from django.db.models import Count, F, Min, Q

from autodebit import queries_books, queries_gate, queries_waves
from autodebit.models import Attempt, BankProfile, Batch, MonthClosing
from autodebit.rules import books
from autodebit.rules.lifecycle import ENDED_BATCH
from autodebit.rules.runbook import MonthFacts, WaveFacts
from sponsorship.models import Mandate
from sponsorship.queries import calendar
from sponsorship.rules.months import Month

_UNANSWERED = ("sent", "unknown")


def facts_of(profile: BankProfile, month: Month, money: books.Books | None = None) -> MonthFacts:
    """The facts of `autodebit.rules.runbook`, read by a fixed number of queries however many lines there are.

    `money`: the month's books, where the caller has read them already.
    """
    period = str(month)
    batches = list(
        Batch.objects.filter(profile=profile, period=period)
        .select_related("delivery")
        .annotate(said=Count("approvals", filter=Q(approvals__revision=F("revision"))))
        .order_by("wave", "opened_at")
    )
    waiting = dict(
        Attempt.objects.filter(batch__in=batches, state__in=_UNANSWERED)
        .order_by()
        .values_list("batch_id")
        .annotate(number=Count("pk"))
    )
    money = money or queries_books.books_of(profile, period)
    state = queries_books.state_of_month(profile, period)
    standing = [batch for batch in batches if batch.state not in ENDED_BATCH]
    first = standing[0] if standing else None
    gate_on = queries_gate.is_on()
    waiting_opds = set(queries_gate.unspoken_offices(period)) if first else set()
    return MonthFacts(
        gate_on=gate_on,
        waves=tuple(_wave(batch, waiting.get(batch.pk, 0)) for batch in batches),
        opd_waiting=len(waiting_opds),
        opd_let_go=len(waiting_opds - _opds_of(first)) if waiting_opds else 0,
        open_follow_ups=state.follow_ups,
        retry_candidates=queries_waves.retry_candidates(profile, period) if first else 0,
        suspense=money.unexplained,
        books_differ=len(books.differences(money)) if first else 0,
        remitted=money.remitted > 0,
        remittance_confirmed=state.confirmed,
        held=max(0, money.held),
        closed=MonthClosing.objects.filter(profile=profile, period=period).exists(),
    )


def _opds_of(first: Batch) -> set[int]:
    """The OPDs with a line in the present revision."""
    lines = first.attempts.filter(revision=first.revision).order_by()
    return set(lines.values_list("opd_id", flat=True).distinct())


def months_shown(profile: BankProfile, now: datetime) -> list[Month]:
    """The months of the board, newest first: the next one once its cut-off is near, and all that were ever built."""
    office = calendar()
    nearest = Month.of(office.local_date(now))
    periods = {Month.parse(period) for period in profile.batches.values_list("period", flat=True).distinct()}
    return sorted(periods | {nearest, nearest.next()}, reverse=True)


def open_months(profile: BankProfile, now: datetime) -> list[Month]:
    """The months somebody still has to do something about, oldest first; one without a mandate is nobody's month."""
    closed = set(MonthClosing.objects.filter(profile=profile).values_list("period", flat=True))
    first = _first_period(profile)
    months = [month for month in reversed(months_shown(profile, now)) if str(month) not in closed]
    return [month for month in months if first and str(month) >= first]


def _first_period(profile: BankProfile) -> str:
    mandates = Mandate.objects.filter(bank=profile.bank_id, verified_at__isnull=False).exclude(
        start_period=""
    )
    return mandates.aggregate(first=Min("start_period"))["first"] or ""


def _wave(batch: Batch, unanswered: int) -> WaveFacts:
    delivery = getattr(batch, "delivery", None)
    return WaveFacts(
        wave=batch.wave,
        state=batch.state,
        approvals=batch.said,
        sealed_at=batch.sealed_at,
        delivered_at=delivery.handed_at if delivery else None,
        unanswered=unanswered,
        lines=batch.count,
        total=batch.total,
        build_note=batch.build_note,
    )
