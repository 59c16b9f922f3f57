"""Two persons say yes to exactly what a batch holds, or somebody opens it again with a reason."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from autodebit.actions import gate, waves
from autodebit.actions.batches import NOT_YOURS
from autodebit.models import Approval, Attempt, Batch
from autodebit.queries import content_of
from autodebit.rules.lifecycle import ATTEMPT, BATCH
from autodebit.rules.reason import reason_of
from registry.actions import audit
from registry.actions.moves import move
from registry.models import AuditEvent, User
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may

APPROVALS_NEEDED = 2
_MADE_IT = (Event.BATCH_OPENED, Event.BATCH_REOPENED, Event.BATCH_NARROWED)

_STALE = Finding(
    "stale",
    "Isi kumpulan potongan ini sudah berubah sejak Anda membukanya. Periksa angka terbaru, lalu ulangi.",
)
_DAMAGED = Finding(
    "content_differs",
    "Baris kumpulan potongan ini tidak lagi sama dengan yang dibekukan. Jangan disetujui; hubungi administrator.",
)
_MADE_BY_YOU = Finding(
    "own_batch",
    "Anda yang menyusun, membuka kembali, atau mempersempit kumpulan potongan ini, jadi persetujuan harus dari dua "
    "orang lain.",
)
_TWICE = Finding(
    "already_approved", "Anda sudah menyetujui revisi ini. Persetujuan kedua harus dari orang lain."
)

TOO_LATE = Finding(
    "too_late", "Kumpulan ini tidak dapat dibuka kembali. Yang sudah disegel hanya dapat dibatalkan."
)


def approve(
    *,
    batch_id: UUID,
    revision: int,
    content_hash: str,
    by: User,
    now: datetime,
    typed_total: int | None = None,
) -> Batch | Finding:
    """One person's yes to one revision and content; with the second one the batch and its lines are approved.

    Refused: without the right, by whoever made, reopened or narrowed the batch, twice by one person, while the salary
    of an OPD in it has not landed (policy on), or when revision, hash, count or total are not what the lines say now,
    counted under the lock. `typed_total` is what the person typed.
    """
    if not may(by, Right.APPROVE_BATCH):
        return NOT_YOURS
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(pk=batch_id)
        problem = _why_not(batch, revision, content_hash, typed_total, by)
        if problem is not None:
            return problem
        slot = batch.approvals.filter(revision=revision).count() + 1
        Approval.objects.create(
            batch=batch,
            revision=revision,
            content_hash=content_hash,
            slot=slot,
            by=by,
            maker_id=batch.maker_id,
            at=now,
        )
        if slot < APPROVALS_NEEDED:
            audit.record(
                event=Event.BATCH_APPROVED_ONCE,
                about=batch,
                by=by,
                now=now,
                revision=revision,
                content_hash=content_hash,
            )
            return batch
        _move_lines(batch, "approve")
        move(
            row=batch,
            along=BATCH,
            event="approve",
            by=by,
            now=now,
            revision=revision,
            content_hash=content_hash,
        )
        return batch


def reopen(*, batch_id: UUID, reason: str, by: User, now: datetime) -> Batch | Finding:
    """Opens a frozen or approved batch again: its lines are released, its approvals are void, the sweep builds it anew.

    Whoever reopens it counts as the maker of the new revision.
    """
    if not may(by, Right.BUILD_BATCH):
        return NOT_YOURS
    reason = reason_of(reason, "Tulis alasan membuka kembali")
    if isinstance(reason, Finding):
        return reason
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(pk=batch_id)
        if not BATCH.allows(batch.state, "reopen"):
            return TOO_LATE
        _move_lines(batch, "release")
        undone = {
            "revision": batch.revision + 1,
            "maker": by,
            "frozen_at": None,
            "count": 0,
            "total": 0,
            "content_hash": "",
            "build_note": "",
            "seal_requested_by": None,
            "seal_requested_at": None,
        }
        move(
            row=batch,
            along=BATCH,
            event="reopen",
            by=by,
            now=now,
            also=undone,
            reason=reason,
            revision=batch.revision + 1,
        )
        return batch


def may_approve(batch: Batch, by: User) -> bool:
    """Whether the page offers this person the approval; the same checks decide again under the lock."""
    return (
        may(by, Right.APPROVE_BATCH) and _why_not_this_person(batch, by) is None and batch.state == "frozen"
    )


def why_not_yet(batch: Batch, by: User) -> Finding | None:
    """Why this person cannot approve what the batch holds now, before anything is typed; None when they can."""
    if not may(by, Right.APPROVE_BATCH):
        return NOT_YOURS
    return _why_not_now(batch, by) or _why_not_leave(batch)


def _why_not_now(batch: Batch, by: User) -> Finding | None:
    if batch.state != "frozen":
        return Finding(
            "not_frozen",
            f"Kumpulan potongan ini tidak menunggu persetujuan: {batch.get_state_display().lower()}.",
        )
    return _why_not_this_person(batch, by)


def _why_not_leave(batch: Batch) -> Finding | None:
    return gate.why_not_approve(batch) or waves.why_not_leave(batch)


def _why_not(
    batch: Batch, revision: int, content_hash: str, typed_total: int | None, by: User
) -> Finding | None:
    refused = _why_not_now(batch, by)
    if refused is not None:
        return refused
    if (batch.revision, batch.content_hash) != (revision, content_hash):
        return _STALE
    waiting = _why_not_leave(batch)
    if waiting is not None:
        return waiting
    content = content_of(batch)
    if (content.count, content.total, content.hash) != (batch.count, batch.total, batch.content_hash):
        return _DAMAGED
    if typed_total is not None and typed_total != batch.total:
        return Finding(
            "total_differs",
            "Jumlah yang Anda ketik tidak sama dengan jumlah kumpulan potongan ini.",
            "typed_total",
        )
    return None


def _why_not_this_person(batch: Batch, by: User) -> Finding | None:
    if batch.maker_id == by.pk or _made(batch, by):
        return _MADE_BY_YOU
    if batch.approvals.filter(revision=batch.revision, by=by).exists():
        return _TWICE
    return None


def _made(batch: Batch, by: User) -> bool:
    """Whoever ever opened or reopened this batch, whatever the revision: the journal remembers longer than the row."""
    return AuditEvent.objects.filter(
        object_type=batch._meta.label_lower, object_id=str(batch.pk), event__in=_MADE_IT, actor_user=by
    ).exists()


def _move_lines(batch: Batch, event: str) -> None:
    """All lines of the revision at once. Their journal is the batch's line: one more for each would say the same."""
    step = ATTEMPT.transition(event)
    Attempt.objects.filter(batch=batch, revision=batch.revision, state__in=step.sources).update(
        state=step.target
    )
