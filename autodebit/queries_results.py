"""Reading the bank's answers: what waits for a worker or a person, and what the pages of one answer show."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from autodebit.models import Attempt, Batch, FollowUp, ReasonCode, ResultFile, ResultLine
from registry.models import AuditEvent

_WAITING = ("sent", "unknown")
# Kinds of follow-up in the order in which they are worked on: first what may still take a donor's money.
OPEN_KINDS = ("unknown_answer", "contradiction", "wrong_amount", "hard_code", "late_return", "receivable")


def waiting_to_read() -> list[UUID]:
    """Answers that nobody has read yet, the oldest first."""
    waiting = ResultFile.objects.filter(state="received").order_by("received_at")
    return list(waiting.values_list("pk", flat=True))


def waiting_to_apply() -> list[UUID]:
    """Answers whose figures a person has confirmed, in the order of the confirmations."""
    waiting = ResultFile.objects.filter(state="previewed", apply_requested_at__isnull=False)
    return list(waiting.order_by("apply_requested_at").values_list("pk", flat=True))


def answers_of(batch: Batch) -> QuerySet[ResultFile]:
    """The files that were uploaded for this batch, the newest first."""
    return batch.result_files.select_related("received_by").order_by("-received_at")


def lines_of_answer(
    file: ResultFile, verdict: str, outcome: str = "", code: str | None = None
) -> QuerySet[ResultLine]:
    """The lines of one meaning, in the order of the file, perhaps of one outcome and one reason only."""
    lines = file.lines.filter(verdict=verdict).select_related("attempt").order_by("number")
    lines = lines.filter(outcome=outcome) if outcome else lines
    return lines if code is None else lines.filter(code=code)


def missing_from(file: ResultFile) -> QuerySet[Attempt]:
    """Lines of the batch that are at the bank and that this answer says nothing of."""
    told = ResultLine.objects.filter(file=file, attempt=OuterRef("pk"))
    waiting = file.batch.attempts.filter(state__in=_WAITING).exclude(Exists(told))
    return waiting.select_related("opd").order_by("reference")


def reasons_of(profile_id: str, codes: Iterable[str]) -> dict[str, ReasonCode]:
    """What the codes mean at this bank. One that is not here is unknown: neither to be retried nor hard."""
    found = ReasonCode.objects.filter(profile_id=profile_id, code__in=set(codes))
    return {reason.code: reason for reason in found}


def count_of_waiting(batch: Batch) -> int:
    """Lines of the batch that are at the bank without a final answer."""
    return batch.attempts.filter(state__in=_WAITING).count()


def follow_ups(*, state: str, kind: str = "", period: str = "") -> QuerySet[FollowUp]:
    """Follow-ups for the work list, the longest waiting first."""
    rows = FollowUp.objects.filter(state=state).select_related(
        "attempt__opd", "attempt__batch", "answer", "profile__bank", "done_by"
    )
    rows = rows.filter(kind=kind) if kind else rows
    rows = rows.filter(period=period) if period else rows
    return rows.order_by("opened_at", "id") if state == "open" else rows.order_by("-done_at", "id")


def follow_up_counts(period: str = "") -> dict[str, int]:
    """kind -> how many are open, in the order in which they are worked on."""
    rows = FollowUp.objects.filter(state="open")
    rows = rows.filter(period=period) if period else rows
    found = dict(rows.order_by().values_list("kind").annotate(number=Count("id")))
    return {kind: found[kind] for kind in OPEN_KINDS if kind in found}


def follow_up_periods() -> list[str]:
    """Months with an open follow-up, the newest first."""
    months = FollowUp.objects.filter(state="open").order_by("-period").values_list("period", flat=True)
    return list(months.distinct())


def open_follow_ups_of(batch: Batch) -> int:
    return FollowUp.objects.filter(attempt__batch=batch, state="open").count()


def history_of_answer(file: ResultFile) -> QuerySet[AuditEvent]:
    """The journal of one answer, oldest first."""
    return _journal(Q(object_type=ResultFile._meta.label_lower, object_id=str(file.pk)))


def history_of_follow_up(follow_up: FollowUp) -> QuerySet[AuditEvent]:
    """The journal of a follow-up and of what was recorded by hand about its line, oldest first."""
    own = Q(object_type=FollowUp._meta.label_lower, object_id=str(follow_up.pk))
    line = Q(object_type="autodebit.attempt", object_id=str(follow_up.attempt_id))
    return _journal(own | line)


def _journal(of: Q) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(of).select_related("actor_user").order_by("at", "id")
