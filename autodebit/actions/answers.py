"""The bank's word about one line, told to a person: by letter, at the counter, by telephone with a written note."""

from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from django.db import connection, transaction

from autodebit.actions import answer_sql
from autodebit.actions.batches import NOT_YOURS
from autodebit.actions.books import reconcile
from autodebit.actions.consequences import Outrun, carry_out
from autodebit.models import Attempt, Batch, HandAnswer, ReasonCode
from autodebit.rules.matching import MOVES, Sent, Verdict, verdict
from registry.actions import audit, evidence
from registry.intake import Accepted
from registry.models import User
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may

REASON_LENGTH = (5, 300)
# Money that came or went needs a paper of the bank.
NEEDS_EVIDENCE = ("succeeded", "returned")

STALE = Finding("stale", "Baris ini baru saja dijawab lewat jalan lain. Periksa keadaannya sekarang.")
_ALREADY = Finding("already", "Jawaban ini sudah tercatat.")
_REFUSALS = {
    Verdict.ALREADY: _ALREADY,
    Verdict.NOT_SENT: Finding("not_sent", "Baris ini tidak pernah diserahkan ke bank.", "outcome"),
    Verdict.CONTRADICTION: Finding(
        "contradiction",
        "Jawaban ini bertentangan dengan yang sudah tercatat. Hanya potongan yang berhasil dapat dikembalikan bank.",
        "outcome",
    ),
}


def answer_by_hand(
    *,
    attempt_id: UUID,
    outcome: str,
    code: str = "",
    reason: str,
    evidence_file: BinaryIO | bytes | None = None,
    by: User,
    now: datetime,
) -> HandAnswer | Finding:
    """Records what the bank said of a line it never answered in a file, or that it took a success back, and carries it
    out as if a file had said it.

    `outcome`: succeeded or failed for a line at the bank, returned for one that succeeded. `code`: one of the
    profile's, or "" when the bank named none. `evidence_file`: picture or PDF, needed where money came or went.
    Finding fields: outcome, code, reason, evidence.
    """
    if not may(by, Right.IMPORT_RESULT):
        return NOT_YOURS
    reason, code = " ".join(reason.split()), "" if outcome == "succeeded" else code.strip().upper()
    attempt = Attempt.objects.select_related("batch").get(pk=attempt_id)
    problem = _unfit(attempt, outcome, code, reason, evidence_file) or _why_not(attempt, outcome, code)
    if problem is not None:
        return problem
    paper = evidence.look_at(evidence_file) if evidence_file else None
    if isinstance(paper, Finding):
        return paper
    try:
        with transaction.atomic():
            return _record(attempt_id, outcome, code, reason, paper, by, now)
    except Outrun:
        return STALE


def _record(
    attempt_id: UUID, outcome: str, code: str, reason: str, paper: Accepted | None, by: User, now: datetime
) -> HandAnswer | Finding:
    attempt = _locked(attempt_id)
    problem = _why_not(attempt, outcome, code)
    if problem is not None:
        return problem
    kept = evidence.put_away(looked_at=paper, by=by, now=now) if paper else None
    if isinstance(kept, Finding):
        return kept
    given = HandAnswer.objects.create(
        attempt=attempt, outcome=outcome, code=code, reason=reason, evidence=kept, by=by, at=now
    )
    with connection.cursor() as cursor:
        cursor.execute(answer_sql.DROP)
        cursor.execute(answer_sql.MOVED_BY_HAND, {"attempt": attempt.pk, "outcome": outcome, "code": code})
        carry_out(cursor, source=given, profile=attempt.batch.profile, by=by, now=now)
    audit.record(
        event=Event.ATTEMPT_ANSWERED,
        about=attempt,
        by=by,
        now=now,
        opd_id=attempt.opd_id,
        reference=attempt.reference,
        outcome=outcome,
        code=code,
        reason=reason,
    )
    reconcile(batch_id=attempt.batch_id, now=now)
    return given


def _locked(attempt_id: UUID) -> Attempt:
    """The line as it stands, under the lock of its batch, which every mover of lines takes."""
    batch_id = Attempt.objects.values_list("batch_id", flat=True).get(pk=attempt_id)
    Batch.objects.select_for_update(no_key=True).get(pk=batch_id)
    return Attempt.objects.select_related("batch__profile").get(pk=attempt_id)


def _unfit(attempt: Attempt, outcome: str, code: str, reason: str, paper: object) -> Finding | None:
    if outcome not in MOVES:
        return Finding("outcome", "Pilih apa yang dikatakan bank.", "outcome")
    known = ReasonCode.objects.filter(profile_id=attempt.batch.profile_id, code=code)
    if code and not known.exists():
        return Finding("code", "Pilih kode dari daftar, atau kosongkan bila bank tidak menyebutnya.", "code")
    if not REASON_LENGTH[0] <= len(reason) <= REASON_LENGTH[1]:
        return Finding(
            "reason_missing", "Tulis dari siapa dan kapan jawabannya didapat, 5 sampai 300 huruf.", "reason"
        )
    if outcome in NEEDS_EVIDENCE and not paper:
        return Finding("evidence_missing", "Unggah bukti dari bank.", "evidence")
    return None


def _why_not(attempt: Attempt, outcome: str, code: str) -> Finding | None:
    known = Sent(attempt.state, attempt.code, attempt.amount, same_bank=True, same_batch=True)
    meaning = verdict(outcome, code, None, known, first_of_reference=True, agrees_in_file=True)
    return None if meaning == Verdict.APPLIES else _REFUSALS[meaning]
