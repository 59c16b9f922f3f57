"""Giving a wrong debit back to its donor: one person proposes, another approves, then it is paid and proven."""

from datetime import date, datetime
from typing import BinaryIO
from uuid import UUID

from django.db import transaction

from autodebit.actions.batches import NOT_YOURS
from autodebit.actions.books import hold_month
from autodebit.actions.remittance import REFERENCE_LENGTH
from autodebit.models import Attempt, Entry, Refund
from autodebit.queries_books import is_remitted
from autodebit.rules.books import Kind
from autodebit.rules.lifecycle import OBLIGATION, REFUND
from autodebit.rules.reason import reason_of
from registry.actions import audit, evidence
from registry.actions.moves import move
from registry.intake import Accepted
from registry.models import User
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may
from sponsorship.rules.months import JAKARTA

NOT_SUCCEEDED = Finding(
    "not_succeeded", "Hanya potongan yang berhasil dan belum ditarik kembali bank yang dapat dikembalikan."
)
OWN_PROPOSAL = Finding("own_proposal", "Anda yang mengusulkannya, jadi orang lain yang harus memutuskan.")


def request(*, attempt_id: UUID, reason: str, by: User, now: datetime) -> Refund | Finding:
    """Proposes to give one debit back, always the whole of it. One proposal stands per line; asked twice, the first."""
    if not may(by, Right.REQUEST_REFUND):
        return NOT_YOURS
    reason = reason_of(reason, "Tulis alasannya")
    if isinstance(reason, Finding):
        return reason
    with transaction.atomic():
        attempt = Attempt.objects.select_for_update(of=("self",)).get(pk=attempt_id)
        standing = attempt.refunds.exclude(state="refused").first()
        if standing is not None:
            return standing
        if attempt.state != "succeeded":
            return NOT_SUCCEEDED
        refund = Refund.objects.create(
            attempt=attempt, amount=attempt.amount, reason=reason, requested_by=by, requested_at=now
        )
        audit.record(
            event=Event.REFUND_REQUESTED,
            about=refund,
            by=by,
            now=now,
            opd_id=attempt.opd_id,
            reference=attempt.reference,
            amount=refund.amount,
            reason=reason,
        )
        return refund


def approve(*, refund_id: UUID, by: User, now: datetime) -> Refund | Finding:
    return _decide(refund_id, "approve", by, now)


def refuse(*, refund_id: UUID, by: User, now: datetime) -> Refund | Finding:
    return _decide(refund_id, "refuse", by, now)


def pay(
    *,
    refund_id: UUID,
    paid_on: date,
    payment_reference: str,
    evidence_file: BinaryIO | bytes,
    by: User,
    now: datetime,
) -> Refund | Finding:
    """Records that an approved refund was paid: it enters the books, and the donor owes nothing for the month any more.

    What the bank has taken back meanwhile is not paid a second time.
    """
    if not may(by, Right.REQUEST_REFUND):
        return NOT_YOURS
    reference = " ".join(payment_reference.split())
    if not REFERENCE_LENGTH[0] <= len(reference) <= REFERENCE_LENGTH[1]:
        return Finding("reference", "Tulis nomor bukti bayarnya, 3 sampai 60 huruf.", "payment_reference")
    if paid_on > now.astimezone(JAKARTA).date():
        return Finding("paid_on", "Tanggal bayar tidak boleh setelah hari ini.", "paid_on")
    looked_at = evidence.look_at(evidence_file)
    if isinstance(looked_at, Finding):
        return looked_at
    paid = {"paid_on": paid_on, "payment_reference": reference}
    with transaction.atomic():
        return _pay(refund_id, paid, looked_at, by, now)


def _pay(refund_id: UUID, paid: dict, looked_at: Accepted, by: User, now: datetime) -> Refund | Finding:
    refund = Refund.objects.select_related("attempt__batch", "attempt__obligation").get(pk=refund_id)
    hold_month(refund.attempt.batch.profile_id, refund.attempt.batch.period)
    attempt = Attempt.objects.select_for_update(of=("self",)).get(pk=refund.attempt_id)
    if attempt.state != "succeeded":
        return NOT_SUCCEEDED
    paper = evidence.put_away(looked_at=looked_at, by=by, now=now)
    if isinstance(paper, Finding):
        return paper
    problem = _move(refund_id, "pay", by, now, {**paid, "evidence": paper})
    if problem is not None:
        return problem
    _enter(refund, by, now)
    about = {"opd_id": attempt.opd_id, "reference": attempt.reference}
    for event in ("reopen", "write_off"):
        move(row=refund.attempt.obligation, along=OBLIGATION, event=event, by=by, now=now, **about)
    refund.refresh_from_db()
    return refund


def _decide(refund_id: UUID, event: str, by: User, now: datetime) -> Refund | Finding:
    if not may(by, Right.APPROVE_REFUND):
        return NOT_YOURS
    refund = Refund.objects.get(pk=refund_id)
    if refund.requested_by_id == by.pk:
        return OWN_PROPOSAL
    with transaction.atomic():
        problem = _move(refund_id, event, by, now, {"decided_by": by, "decided_at": now})
    if problem is not None:
        return problem
    refund.refresh_from_db()
    return refund


def _move(refund_id: UUID, event: str, by: User, now: datetime, also: dict) -> Finding | None:
    refund = Refund.objects.select_for_update(of=("self",)).select_related("attempt").get(pk=refund_id)
    if not REFUND.allows(refund.state, event):
        return Finding("moved_on", f"Status pengembalian ini {refund.get_state_display().lower()}.")
    move(
        row=refund,
        along=REFUND,
        event=event,
        by=by,
        now=now,
        opd_id=refund.attempt.opd_id,
        also=also,
        reference=refund.attempt.reference,
        amount=refund.amount,
    )
    return None


def _enter(refund: Refund, by: User, now: datetime) -> None:
    batch = refund.attempt.batch
    Entry.objects.create(
        profile_id=batch.profile_id,
        period=batch.period,
        kind=Kind.REFUNDED,
        amount=-refund.amount,
        batch=batch,
        attempt=refund.attempt,
        after_remittance=is_remitted(batch.profile_id, batch.period),
        refund=refund,
        by=by,
        at=now,
    )
