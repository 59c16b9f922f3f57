"""The books of a month: what each booking on the account was for, when a batch agrees with the bank, and the closing.

Nothing is edited: a wrong explanation is undone by its opposite, and a closed month stays as it was closed.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from autodebit.actions.batches import NOT_YOURS
from autodebit.actions.consequences import hold_books
from autodebit.models import Allocation, BankProfile, Batch, Entry, MonthClosing, Remittance, StatementLine
from autodebit.queries_books import (
    agrees_with_bank,
    books_of,
    closing_of,
    figures_of,
    has_unanswered,
    left_of,
    missing_for_closing,
    obligations_of,
    standing_batches,
    state_of_month,
)
from autodebit.rules.books import SIGN, Kind
from autodebit.rules.due import remittance_day
from autodebit.rules.lifecycle import BATCH, OBLIGATION
from autodebit.rules.reason import LENGTH, reason_of
from registry.actions import audit
from registry.actions.moves import move
from registry.models import User
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may
from sponsorship.queries import calendar
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month

EXPLAINED_KINDS = tuple(kind for kind in Kind if SIGN[kind])
# A batch answers for its own collection and what was taken back of it.
NEEDS_BATCH = (Kind.COLLECTED, Kind.RETURNED)
# Nobody else writes these down: explaining the booking is what enters them.
_ENTERED_HERE = (Kind.FEE, Kind.TOP_UP)
# What may still happen to a closed month: money that goes back, what it costs, and what replaces it.
AFTER_CLOSING = (Kind.RETURNED, Kind.REFUNDED, Kind.FEE, Kind.TOP_UP)
NOT_COLLECTED = "not_collected"


@dataclass(frozen=True)
class Part:
    """A share of a booking: for which month, of what kind, of which batch, signed rupiah, and a word about it."""

    period: str
    kind: Kind
    batch_id: UUID | None
    amount: int
    reason: str = ""


def hold_month(profile_id: str, *periods: str) -> None:
    """Keeps everybody else out of the money of these months until the transaction ends.

    Batches first, in the order in which the bank's answers take them (autodebit.actions.answer_sql), then the months:
    so nobody waits in a circle, and a return is before or after a payment to BPJS, never both.
    """
    theirs = Batch.objects.filter(profile_id=profile_id, period__in=periods).order_by("pk")
    list(theirs.select_for_update(no_key=True).values_list("pk", flat=True))
    hold_books(profile_id, *periods)


def explain(*, line_id: int, parts: Sequence[Part], by: User, now: datetime) -> StatementLine | Finding:
    """Says what one booking was for; the parts add up to what is left of it, to the rupiah.

    A fee and a top-up enter the books here. Batches that now agree with the bank become reconciled. The same
    explanation again changes nothing, for then nothing is left to explain. Finding fields: "parts-<n>" from 0.
    """
    if not may(by, Right.RECONCILE):
        return NOT_YOURS
    with transaction.atomic():
        line = StatementLine.objects.select_related("profile").get(pk=line_id)
        hold_month(line.profile_id, *{part.period for part in parts})
        # The row itself, so that two persons never explain the same booking.
        StatementLine.objects.select_for_update(no_key=True).get(pk=line_id)
        problem = _why_not_explain(line, parts)
        if problem is not None:
            return problem
        for part in parts:
            allocation = _allocate(line, part, by, now)
            _enter(allocation, by, now)
        audit.record(
            event=Event.STATEMENT_EXPLAINED,
            about=line,
            by=by,
            now=now,
            amount=sum(part.amount for part in parts),
            kind=sorted({str(part.kind) for part in parts}),
        )
        for batch_id in {part.batch_id for part in parts if part.batch_id}:
            reconcile(batch_id=batch_id, now=now)
        return line


def undo(*, allocation_id: int, reason: str, by: User, now: datetime) -> Allocation | Finding:
    """Takes one explanation back by its opposite, and with it what it entered in the books. Once only."""
    if not may(by, Right.RECONCILE):
        return NOT_YOURS
    reason = reason_of(reason, "Tulis alasan pembatalan")
    if isinstance(reason, Finding):
        return reason
    with transaction.atomic():
        wrong = Allocation.objects.select_related("line", "profile").get(pk=allocation_id)
        hold_month(wrong.profile_id, wrong.period)
        StatementLine.objects.select_for_update(no_key=True).get(pk=wrong.line_id)
        problem = _why_not_undo(wrong)
        if problem is not None:
            return problem
        opposite = Allocation.objects.create(
            line=wrong.line,
            profile=wrong.profile,
            period=wrong.period,
            batch_id=wrong.batch_id,
            kind=wrong.kind,
            amount=-wrong.amount,
            reason=reason,
            undoes=wrong,
            by=by,
            at=now,
        )
        for entry in wrong.entries.all():
            _write_entry(opposite, -entry.amount, by, now)
        audit.record(
            event=Event.STATEMENT_UNEXPLAINED,
            about=wrong.line,
            by=by,
            now=now,
            amount=wrong.amount,
            kind=wrong.kind,
            reason=reason,
        )
        if wrong.batch_id:  # without the wrong part it may agree with the bank
            reconcile(batch_id=wrong.batch_id, now=now)
        return opposite


def reconcile(*, batch_id: UUID, now: datetime) -> Batch:
    """A delivered batch becomes reconciled when every line has its answer and the statement explains each kind of its
    money. To be asked whenever an explanation or an answer came or went; otherwise nothing happens."""
    with transaction.atomic():
        batch = Batch.objects.select_for_update(no_key=True).get(pk=batch_id)
        if batch.state == "delivered" and not has_unanswered(batch) and agrees_with_bank(batch):
            move(
                row=batch,
                along=BATCH,
                event="reconcile",
                by=audit.SYSTEM,
                now=now,
                also={"reconciled_at": now},
            )
        return batch


def why_not_close(profile: BankProfile, period: str, by: User, now: datetime) -> tuple[Finding, ...]:
    """Everything that stands between the month and its closing by this person; the page asks it, and closing asks it
    again under the locks."""
    found = missing_for_closing(
        books_of(profile, period),
        state_of_month(profile, period),
        window_over=_window_over(period, now),
    )
    return (*found, _ONE_OF_TWO) if _had_a_hand(profile, period, by) else found


def close(
    *, profile: BankProfile, period: str, by: User, now: datetime
) -> MonthClosing | tuple[Finding, ...] | Finding:
    """Closes a month whose every rupiah is explained: figures and their hash are kept, its batches are closed, what was
    not collected is written off.

    The person is not one of those who explained bookings or recorded payments of the month. What is missing comes
    back as findings, all of them. A closed month answers the closing that is there.
    """
    if not may(by, Right.CLOSE_MONTH):
        return NOT_YOURS
    with transaction.atomic():
        hold_month(profile.pk, period)
        known = closing_of(profile, period)
        if known is not None:
            return known
        batches = list(standing_batches(profile, period))
        missing = why_not_close(profile, period, by, now)
        if missing:
            return missing
        _give_up_the_rest(profile, period)
        figures = figures_of(profile, period, books_of(profile, period))
        closing = MonthClosing.objects.create(
            profile=profile, period=period, figures=figures, sha256=hash_of(figures), by=by, at=now
        )
        for batch in batches:
            if BATCH.allows(batch.state, "close"):  # a wave that was never built has nothing to close
                move(row=batch, along=BATCH, event="close", by=by, now=now)
        audit.record(
            event=Event.MONTH_CLOSED,
            about=closing,
            by=by,
            now=now,
            period=period,
            total=figures["remitted"],
            sha256=closing.sha256,
        )
        return closing


def hash_of(figures: dict) -> str:
    """SHA-256 of figures as canonical JSON."""
    return hashlib.sha256(json.dumps(figures, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


_ONE_OF_TWO = Finding(
    "same_person",
    "Anda yang menjelaskan mutasi atau mencatat setoran bulan ini, jadi penutupannya harus oleh orang lain.",
)


def _had_a_hand(profile: BankProfile, period: str, by: User) -> bool:
    of_month = {"profile": profile, "period": period}
    return (
        Remittance.objects.filter(**of_month, recorded_by=by).exists()
        or Allocation.objects.filter(**of_month, by=by).exists()
    )


def _give_up_the_rest(profile: BankProfile, period: str) -> None:
    """What nobody can collect any more: failed or taken back without another try, or never asked for at all."""
    rest = obligations_of(profile, period)
    step = OBLIGATION.transition("write_off")
    claimed = rest.filter(attempts__follow_ups__kind="receivable", attempts__follow_ups__state="open")
    rest.filter(state__in=step.sources).exclude(pk__in=claimed.values("pk")).update(state=step.target)
    skip = OBLIGATION.transition("skip")
    rest.filter(state__in=skip.sources).update(state=skip.target, reason=NOT_COLLECTED)


def _window_over(period: str, now: datetime) -> bool:
    """Whether the month can no longer be collected: its remittance day has come."""
    office = calendar()
    return office.local_date(now) >= remittance_day(Month.parse(period), office)


def _why_not_explain(line: StatementLine, parts: Sequence[Part]) -> Finding | None:
    left = left_of(line)
    if not left:
        return Finding("explained", "Mutasi ini sudah terjelaskan seluruhnya.")
    if not parts:
        return Finding("parts_missing", "Isi sedikitnya satu bagian penjelasan.", "parts-0")
    for number, part in enumerate(parts):
        problem = _why_not_part(line, part)
        if problem is not None:
            return Finding(problem[0], problem[1], f"parts-{number}")
    total = sum(part.amount for part in parts)
    if total != left:
        return Finding(
            "sum_differs",
            f"Jumlah penjelasan {rupiah(total)}, sedangkan yang harus dijelaskan {rupiah(left)}.",
            "parts-0",
        )
    return None


def _why_not_part(line: StatementLine, part: Part) -> tuple[str, str] | None:
    if part.kind not in EXPLAINED_KINDS or not part.amount:
        return "part_empty", "Pilih untuk apa mutasi ini dan tulis jumlahnya."
    batch = Batch.objects.filter(pk=part.batch_id, profile=line.profile).first() if part.batch_id else None
    if part.batch_id and (batch is None or batch.period != part.period):
        return "batch_unknown", "Pilih kumpulan potongan dari bulan itu."
    if batch is None and part.kind in NEEDS_BATCH:
        return "batch_missing", "Pilih kumpulan potongan yang mana."
    if batch is not None and batch.state not in ("delivered", "reconciled", "closed"):
        return "batch_state", "Kumpulan potongan ini tidak pernah diserahkan ke bank."
    if part.amount * SIGN[part.kind] < 0 and len(part.reason.strip()) < LENGTH[0]:
        return "against_sign", "Arah mutasi ini berlawanan dengan jenisnya; tulis penjelasannya."
    if len(part.reason) > LENGTH[1]:
        return "reason_long", "Penjelasan paling banyak 300 huruf."
    if part.kind not in AFTER_CLOSING and closing_of(line.profile, part.period):
        return "month_closed", f"Bulan {Month.parse(part.period).label()} sudah ditutup."
    return None


def _why_not_undo(wrong: Allocation) -> Finding | None:
    if wrong.undoes_id or Allocation.objects.filter(undoes=wrong).exists():
        return Finding("undone", "Penjelasan ini sudah dibatalkan.")
    closing = closing_of(wrong.profile, wrong.period)
    if closing and wrong.pk <= closing.figures["last_allocation"]:
        return Finding("month_closed", "Bulan ini sudah ditutup, jadi penjelasannya tidak dapat dibatalkan.")
    return None


def _allocate(line: StatementLine, part: Part, by: User, now: datetime) -> Allocation:
    return Allocation.objects.create(
        line=line,
        profile=line.profile,
        period=part.period,
        batch_id=part.batch_id,
        kind=part.kind,
        amount=part.amount,
        reason=" ".join(part.reason.split()),
        by=by,
        at=now,
    )


def _enter(allocation: Allocation, by: User, now: datetime) -> None:
    """Fees and top-ups are known from the statement alone. A top-up that a settled claim has promised is in the books
    already, so only what goes beyond the promises is entered."""
    if allocation.kind not in _ENTERED_HERE:
        return
    amount = allocation.amount
    if allocation.kind == Kind.TOP_UP and amount > 0:
        amount -= min(amount, max(0, _promised(allocation)))
    if amount:
        _write_entry(allocation, amount, by, now)


def _promised(allocation: Allocation) -> int:
    """Top-ups of the month that were entered without a booking, less the bookings that have kept such a promise."""
    of_month = {"profile": allocation.profile, "period": allocation.period, "kind": Kind.TOP_UP}
    entered = _sum(Entry.objects.filter(**of_month))
    arrived = _sum(Allocation.objects.filter(**of_month).exclude(pk=allocation.pk))
    return entered - arrived


def _sum(rows) -> int:
    return int(rows.aggregate(total=Sum("amount"))["total"] or 0)


def _write_entry(allocation: Allocation, amount: int, by: User, now: datetime) -> None:
    Entry.objects.create(
        profile=allocation.profile,
        period=allocation.period,
        kind=allocation.kind,
        amount=amount,
        batch_id=allocation.batch_id,
        allocation=allocation,
        by=by,
        at=now,
        note=allocation.reason,
    )
