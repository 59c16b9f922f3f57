"""Settling what no rule may decide: a person says what was done about one debit, and it is carried out."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from autodebit.actions.batches import NOT_YOURS
from autodebit.actions.books import hold_month
from autodebit.models import Entry, FollowUp, Obligation
from autodebit.queries_books import closing_of
from autodebit.rules.lifecycle import FOLLOW_UP, OBLIGATION
from autodebit.rules.reason import reason_of
from autodebit.rules.retry import retry_day
from registry.actions.moves import move
from registry.models import User
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may
from sponsorship.actions.ending import end_by_office
from sponsorship.models import Mandate
from sponsorship.queries import calendar
from sponsorship.rules.lifecycle import MANDATE
from sponsorship.rules.months import Month

# What may become of each kind, in the order in which it is offered.
WAYS: dict[str, tuple[str, ...]] = {
    "hard_code": ("mandate_resumed", "mandate_ended", "noted"),
    "unknown_answer": ("answered",),
    "contradiction": ("answered", "noted"),
    "wrong_amount": ("answered", "noted"),
    "late_return": ("collect_again", "written_off"),
    "receivable": ("collect_again", "bridged", "written_off"),
}

_DONE = Finding("done", "Tindak lanjut ini sudah diselesaikan.")
_NOT_A_WAY = Finding("outcome", "Pilih penyelesaian dari daftar.", "outcome")
_NOT_SUSPENDED = Finding(
    "not_suspended", "Surat kuasa donatur ini tidak sedang ditangguhkan. Pilih penyelesaian lain.", "outcome"
)
_NOT_ANSWERED = Finding(
    "not_answered", "Bank belum menjawab baris ini. Catat dahulu jawabannya di bawah.", "outcome"
)
_NOT_REOPENED = Finding(
    "not_reopened", "Kewajiban bulan ini tidak sedang terbuka lagi. Muat ulang halaman.", "outcome"
)

# Settled as "collect again" a claim would leave the work list for good, with nobody left to collect it.
_TOO_LATE = Finding(
    "window_over",
    "Bulan ini tidak dapat ditagih lagi sebelum batas setornya. Pilih penyelesaian lain.",
    "outcome",
)

Effect = Callable[[FollowUp, str, User, datetime], Finding | None]


def settle(*, follow_up_id: UUID, outcome: str, reason: str, by: User, now: datetime) -> FollowUp | Finding:
    """Ends an open follow-up in one of the WAYS of its kind, with the effect of that way, in one transaction.

    mandate_resumed  the suspended mandate is in force again, from the next month that is built or tried again
    mandate_ended    the mandate ends as by revocation; its workers are let go
    answered         the line has its answer by now
    collect_again    the next wave may ask for the month once more, while there is a day left for one
    bridged          other money fills the gap: promised in the books; the donor owes nothing for the month any more
    written_off      the month is no longer asked for
    noted            nothing changes

    Settling it again the same way answers it as it is. Finding fields: outcome, reason.
    """
    if not may(by, Right.FOLLOW_UP):
        return NOT_YOURS
    reason = reason_of(reason, "Tulis apa yang sudah dilakukan")
    if isinstance(reason, Finding):
        return reason
    with transaction.atomic():
        unlocked = FollowUp.objects.get(pk=follow_up_id)
        hold_month(unlocked.profile_id, unlocked.period)
        follow_up = (
            FollowUp.objects.select_for_update(of=("self",))
            .select_related("attempt__mandate", "attempt__batch")
            .get(pk=follow_up_id)
        )
        if follow_up.state == "done":
            return follow_up if follow_up.outcome == outcome else _DONE
        if outcome not in WAYS[follow_up.kind]:
            return _NOT_A_WAY
        problem = _EFFECTS[outcome](follow_up, reason, by, now)
        if problem is not None:
            return problem
        also = {"outcome": outcome, "reason": reason, "done_by": by, "done_at": now}
        about = {
            "kind": follow_up.kind,
            "outcome": outcome,
            "reason": reason,
            "opd_id": follow_up.attempt.opd_id,
        }
        move(row=follow_up, along=FOLLOW_UP, event="settle", by=by, now=now, also=also, **about)
        return follow_up


def _suspended(follow_up: FollowUp) -> Mandate | None:
    lineage = follow_up.attempt.mandate.lineage_id
    return Mandate.objects.select_for_update().filter(lineage=lineage, state="suspended").first()


def _resume(follow_up: FollowUp, reason: str, by: User, now: datetime) -> Finding | None:
    mandate = _suspended(follow_up)
    if mandate is None:
        return _NOT_SUSPENDED
    move(row=mandate, along=MANDATE, event="resume", by=by, now=now, reason=reason)
    return None


def _end(follow_up: FollowUp, reason: str, by: User, now: datetime) -> Finding | None:
    """Not only a suspended one: what a person has learned of the bank counts for the mandate in force."""
    ended = end_by_office(lineage_id=follow_up.attempt.mandate.lineage_id, reason=reason, by=by, now=now)
    return Finding(ended.code, ended.message, "outcome") if isinstance(ended, Finding) else None


def _answered(follow_up: FollowUp, reason: str, by: User, now: datetime) -> Finding | None:
    return _NOT_ANSWERED if follow_up.attempt.state in ("sent", "unknown") else None


def _noted(follow_up: FollowUp, reason: str, by: User, now: datetime) -> None:
    return None


def _collect_again(follow_up: FollowUp, reason: str, by: User, now: datetime) -> Finding | None:
    if _obligation(follow_up).state != "reopened":
        return _NOT_REOPENED
    month, office = Month.parse(follow_up.period), calendar()
    over = retry_day(month, office.local_date(now), office) is None
    return _TOO_LATE if over or closing_of(follow_up.profile, follow_up.period) else None


def _write_off(follow_up: FollowUp, reason: str, by: User, now: datetime) -> Finding | None:
    obligation = _obligation(follow_up)
    if obligation.state == "written_off":  # by a refund, before the bank took the same money back
        return None
    if not OBLIGATION.allows(obligation.state, "write_off"):
        return _NOT_REOPENED
    move(row=obligation, along=OBLIGATION, event="write_off", by=by, now=now, reason=reason)
    return None


def _bridge(follow_up: FollowUp, reason: str, by: User, now: datetime) -> Finding | None:
    problem = _write_off(follow_up, reason, by, now)
    if problem is None:
        Entry.objects.create(
            profile_id=follow_up.profile_id,
            period=follow_up.period,
            kind="top_up",
            amount=follow_up.amount,
            batch_id=follow_up.attempt.batch_id,
            attempt_id=follow_up.attempt_id,
            by=by,
            at=now,
            note=reason,
        )
    return problem


def _obligation(follow_up: FollowUp) -> Obligation:
    return Obligation.objects.select_for_update().get(pk=follow_up.attempt.obligation_id)


_EFFECTS: dict[str, Effect] = {
    "mandate_resumed": _resume,
    "mandate_ended": _end,
    "answered": _answered,
    "noted": _noted,
    "collect_again": _collect_again,
    "written_off": _write_off,
    "bridged": _bridge,
}
