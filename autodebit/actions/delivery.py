"""What becomes of a sealed batch: handed to the bank, refused by it as a whole, or voided before anybody had it.

Every move takes all lines with it, set-based and in one transaction; the batch's journal line speaks for them.
"""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from autodebit.actions import answer_sql
from autodebit.actions.batches import NOT_YOURS
from autodebit.actions.build import take_turn
from autodebit.models import Attempt, BankRefusal, Batch, Delivery, FollowUp, Obligation
from autodebit.rules.lifecycle import ATTEMPT, BATCH, OBLIGATION
from autodebit.rules.reason import reason_of
from autodebit.rules.retry import DISPUTES
from registry.actions import audit
from registry.actions.evidence import NOT_KEPT, look_at, store
from registry.actions.moves import move
from registry.intake import Accepted
from registry.models import User
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.lifecycle import Lifecycle
from registry.rules.roles import Right
from registry.staff import may
from sponsorship.rules.months import indonesian_date, wib

CHANNELS = dict(Delivery.CHANNELS)
BY_PERSON = tuple(channel for channel in Delivery.CHANNELS if channel[0] != "sftp")
RECEIVER_LENGTH = (3, 120)
RECEIPT_LENGTH = 60
NOTE_LENGTH = 300

BEING_SENT = Finding("being_sent", "Berkasnya sedang dikirim lewat SFTP. Tunggu sampai selesai, lalu ulangi.")
OWN_REQUEST = Finding(
    "own_request", "Anda yang meminta pembatalan ini, jadi orang lain yang harus menyetujuinya."
)
_DIFFERS = Finding(
    "content_differs", "Baris kumpulan ini tidak sama dengan yang disegel. Hubungi administrator."
)
_ANSWERED = Finding(
    "answered",
    "Bank sudah menjawab sebagian baris, jadi berkasnya tidak dapat dicatat ditolak seluruhnya. Catat jawabannya lewat "
    "jawaban bank atau tindak lanjut.",
)


class _LinesDiffer(Exception):
    """Not every line moved: nothing does."""


def hand_over(
    *,
    batch_id: UUID,
    channel: str,
    receiver: str,
    receipt: str = "",
    note: str = "",
    handed_at: datetime,
    by: User,
    now: datetime,
) -> Batch | Finding:
    """Records that a sealed batch was given to the bank: delivered, its lines sent, their obligations open.

    `handed_at` lies between the sealing (to the minute) and now. Recording a hand-over ends a request to void: what the
    bank has can no longer be called back by us. A Finding with field channel, receiver, receipt, note or handed_at is
    about what was typed.
    """
    if not may(by, Right.HAND_OVER):
        return NOT_YOURS
    said = {"receiver": receiver, "receipt": receipt, "note": note}
    said = {"channel": channel, **{name: " ".join(text.split()) for name, text in said.items()}}
    problem = _unfit(**said)
    if problem is not None:
        return problem
    try:
        return _hand_over(batch_id, said, handed_at, by, now)
    except _LinesDiffer:
        return _DIFFERS


def _hand_over(batch_id: UUID, said: dict, handed_at: datetime, by: User, now: datetime) -> Batch | Finding:
    with transaction.atomic():
        batch = _locked(batch_id)
        problem = _why_not(batch, "hand_over") or _unfit_moment(batch, handed_at, now)
        if problem is not None:
            return problem
        _move_lines(batch, ATTEMPT, "send")
        _move_obligations(batch, "open")
        Delivery.objects.create(batch=batch, by=by, handed_at=handed_at, recorded_at=now, **said)
        # The journal keeps who had asked for voiding, and why.
        also = {"void_requested_by": None, "void_requested_at": None, "void_reason": "", "build_note": ""}
        about = {
            "channel": CHANNELS[said["channel"]],
            "receiver": said["receiver"],
            "lines": batch.count,
        }
        move(row=batch, along=BATCH, event="hand_over", by=by, now=now, also=also, **about)
        return batch


def refuse(
    *, batch_id: UUID, reason: str, evidence: bytes, by: User, now: datetime, content_type: str = ""
) -> Batch | Finding:
    """Records that the bank refused a delivered file as a whole: no line was debited, all are free for a new batch.

    Only while no line has an answer. `evidence` is a picture or PDF and is cleaned like every paper that is handed in;
    with `content_type` it is a file of the bank's own that this house has read already, and is kept as it is.
    The lines are released, the obligations are planned again, and the same wave may be opened anew.
    """
    if not may(by, Right.HAND_OVER):
        return NOT_YOURS
    reason = reason_of(reason, "Tulis alasan bank")
    if isinstance(reason, Finding):
        return reason
    if not evidence:
        return Finding("evidence_missing", "Unggah bukti penolakan dari bank.", "evidence")
    problem = why_not_refuse(Batch.objects.get(pk=batch_id))
    if problem is not None:
        return problem
    paper = _paper_of(evidence, content_type)
    if isinstance(paper, Finding):
        return paper
    try:
        return _refuse(batch_id, reason, paper, by, now)
    except _LinesDiffer:
        return _DIFFERS
    except OSError:
        return NOT_KEPT


def _refuse(batch_id: UUID, reason: str, paper: Accepted, by: User, now: datetime) -> Batch | Finding:
    with transaction.atomic():
        batch = _locked(batch_id)
        problem = why_not_refuse(batch)
        if problem is not None:
            return problem
        _move_lines(batch, ATTEMPT, "refuse")
        _move_obligations(batch, "release")
        settled = {"batch": batch.pk, "answered_kinds": ["unknown_answer"], "words": reason}
        with connection.cursor() as cursor:
            cursor.execute(answer_sql.ANSWERED_BY_REFUSAL, {**settled, "by": by.pk, "now": now})
        kept = store(looked_at=paper, by=by, now=now)
        BankRefusal.objects.create(batch=batch, reason=reason, evidence=kept, by=by, at=now)
        about = {"reason": reason, "released": batch.count, "sha256": kept.sha256}
        move(row=batch, along=BATCH, event="refuse", by=by, now=now, **about)
        return batch


def why_not_refuse(batch: Batch) -> Finding | None:
    """The batch is at the bank and none of its lines has an answer. The page asks this before it offers the form."""
    if not BATCH.allows(batch.state, "refuse"):
        return _not_now(batch.state)
    if _lines_of(batch).exclude(state__in=("sent", "unknown")).exists():
        return _ANSWERED
    # What the bank said of a line, however confused, may mean that it took the money.
    disputed = FollowUp.objects.filter(attempt__batch=batch, kind__in=DISPUTES, state="open")
    return _ANSWERED if disputed.exists() else None


def request_void(*, batch_id: UUID, reason: str, by: User, now: datetime) -> Batch | Finding:
    """The first of two persons asks to void a sealed batch that was never handed over. Asked twice the first stands."""
    if not may(by, Right.VOID_BATCH):
        return NOT_YOURS
    reason = reason_of(reason, "Tulis alasan pembatalan")
    if isinstance(reason, Finding):
        return reason
    with transaction.atomic():
        batch = _locked(batch_id)
        problem = _why_not(batch, "void")
        if problem is not None:
            return problem
        if batch.void_requested_at:
            return batch
        asked = {"void_requested_by": by, "void_requested_at": now, "void_reason": reason}
        Batch.objects.filter(pk=batch.pk).update(**asked)
        batch.refresh_from_db(fields=list(asked))
        audit.record(event=Event.BATCH_VOID_REQUESTED, about=batch, by=by, now=now, reason=reason)
        return batch


def confirm_void(*, batch_id: UUID, by: User, now: datetime) -> Batch | Finding:
    """The second person voids it: the lines are released, the obligations wait as they did.

    The same wave may be opened anew, by hand.
    """
    if not may(by, Right.VOID_BATCH):
        return NOT_YOURS
    try:
        with transaction.atomic():
            batch = _locked(batch_id)
            problem = _why_not(batch, "void") or why_not_confirm(batch, by)
            if problem is not None:
                return problem
            _move_lines(batch, ATTEMPT, "release")
            about = {"reason": batch.void_reason, "released": batch.count}
            move(row=batch, along=BATCH, event="void", by=by, now=now, also={"voided_by": by}, **about)
            return batch
    except _LinesDiffer:
        return _DIFFERS


def why_not_confirm(batch: Batch, by: User) -> Finding | None:
    """Whether this person may be the second one; the page asks it, and it decides again under the lock."""
    if batch.void_requested_at is None:
        return Finding("not_requested", "Belum ada yang meminta pembatalan kumpulan potongan ini.")
    return OWN_REQUEST if batch.void_requested_by_id == by.pk else None


def _locked(batch_id: UUID) -> Batch:
    return Batch.objects.select_for_update().get(pk=batch_id)


def _why_not(batch: Batch, event: str) -> Finding | None:
    """The state, and that no worker is sending the files at this moment."""
    if not BATCH.allows(batch.state, event):
        return _not_now(batch.state)
    return None if take_turn(batch.pk) else BEING_SENT


def _not_now(state: str) -> Finding:
    return Finding(
        "wrong_state",
        f"Ini tidak dapat dilakukan: status kumpulan potongan ini {BATCH.state(state).label.lower()}.",
    )


def _unfit(channel: str, receiver: str, receipt: str, note: str) -> Finding | None:
    if channel not in CHANNELS:
        return Finding("channel_unknown", "Pilih cara penyerahannya.", "channel")
    if not RECEIVER_LENGTH[0] <= len(receiver) <= RECEIVER_LENGTH[1]:
        return Finding("receiver_missing", "Tulis siapa yang menerima, 3 sampai 120 huruf.", "receiver")
    if len(receipt) > RECEIPT_LENGTH:
        return Finding("receipt_long", "Nomor tanda terima paling banyak 60 huruf.", "receipt")
    return (
        Finding("note_long", "Catatan paling banyak 300 huruf.", "note") if len(note) > NOTE_LENGTH else None
    )


def _unfit_moment(batch: Batch, handed_at: datetime, now: datetime) -> Finding | None:
    if handed_at > now:
        return Finding("in_future", "Waktu penyerahan tidak boleh setelah saat ini.", "handed_at")
    # People say minutes; the sealing knows seconds.
    if handed_at + timedelta(minutes=1) <= batch.sealed_at:
        sealed = f"{indonesian_date(batch.sealed_at)} pukul {wib(batch.sealed_at)}"
        return Finding(
            "before_sealing", f"Berkas baru disegel {sealed}; tulis waktu setelah itu.", "handed_at"
        )
    return None


def _paper_of(data: bytes, content_type: str) -> Accepted | Finding:
    """The evidence as it will be kept; looked at before anything is locked, for that is slow."""
    if not content_type:
        return look_at(data)
    return Accepted(data, content_type, pages=(), sha256=hashlib.sha256(data).hexdigest())


def _lines_of(batch: Batch):
    return Attempt.objects.filter(batch=batch, revision=batch.revision)


def _move_lines(batch: Batch, along: Lifecycle, event: str) -> None:
    """All lines of the sealed revision at once. Raises _LinesDiffer when it is not exactly the batch's number."""
    step = along.transition(event)
    moved = _lines_of(batch).filter(state__in=step.sources).update(state=step.target)
    if moved != batch.count:
        raise _LinesDiffer


def _move_obligations(batch: Batch, event: str) -> None:
    step = OBLIGATION.transition(event)
    theirs = _lines_of(batch).values("obligation_id")
    moved = Obligation.objects.filter(pk__in=theirs, state__in=step.sources).update(state=step.target)
    if moved != batch.count:
        raise _LinesDiffer
