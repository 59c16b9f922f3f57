"""The bank's word about one line, told to a person: by letter, at the counter, by telephone with a written note."""

from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from django.db import connection, transaction

from autodebit.actions import answer_sql
from autodebit.actions.batches import NOT_YOURS
from autodebit.actions.books import hold_month, reconcile
from autodebit.actions.consequences import Outrun, carry_out
from autodebit.models import Attempt, Batch, HandAnswer, Obligation, ReasonCode
from autodebit.rules.lifecycle import ATTEMPT, LIVE_ATTEMPT, OBLIGATION
from autodebit.rules.matching import MOVES, Sent, Verdict, verdict
from autodebit.rules.reason import reason_of
from registry.actions import audit, evidence
from registry.intake import Accepted
from registry.models import User
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may

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

_TRIED_AGAIN = Finding(
    "tried_again",
    "Potongan bulan ini sedang ditagih lagi atau sudah terpotong lewat baris lain. Hentikan dahulu penagihan ulangnya "
    "bila belum diserahkan; uang yang terpotong dua kali dikembalikan oleh bank.",
    "outcome",
)
_NOT_OWED = Finding(
    "not_owed",
    "Kewajiban bulan ini sudah tidak ditagih, jadi baris ini tidak dapat dicatat berhasil.",
    "outcome",
)


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

    `outcome`: succeeded or failed for a line at the bank, returned for one that succeeded; succeeded for one that
    failed, too, when the bank proves it (`why_not_prove`). `code`: one of the profile's, or "" when the bank named
    none. `evidence_file`: picture or PDF, needed where money came or went.
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
    attempt = _locked(attempt_id, outcome)
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


def why_not_prove(attempt: Attempt) -> Finding | None:
    """Why a line that failed cannot be recorded as paid after all; the page asks it before it offers it.

    Only while the bank contradicts its failure, and while its month is owed and nothing is under way for it: money that
    may come by another line would come twice.
    """
    if not attempt.follow_ups.filter(kind="contradiction", state="open").exists():
        return _REFUSALS[Verdict.CONTRADICTION]
    others = Attempt.objects.filter(obligation_id=attempt.obligation_id, state__in=LIVE_ATTEMPT)
    if others.exclude(pk=attempt.pk).exists():
        return _TRIED_AGAIN
    state = Obligation.objects.values_list("state", flat=True).get(pk=attempt.obligation_id)
    return None if OBLIGATION.allows(state, "prove") else _NOT_OWED


def _locked(attempt_id: UUID, outcome: str) -> Attempt:
    """The line as it stands, under the lock of its batch, which every mover of lines takes.

    For a success under those of its month and of what is owed as well: nobody settles the contradiction that it may
    stand on, and no wave takes it in.
    """
    line = Attempt.objects.select_related("batch").get(pk=attempt_id)
    if outcome == "succeeded":
        hold_month(line.batch.profile_id, line.batch.period)
        Obligation.objects.select_for_update().get(pk=line.obligation_id)
    Batch.objects.select_for_update(no_key=True).get(pk=line.batch_id)
    return Attempt.objects.select_related("batch__profile").get(pk=attempt_id)


def _unfit(attempt: Attempt, outcome: str, code: str, reason: str, paper: object) -> Finding | None:
    if outcome not in MOVES:
        return Finding("outcome", "Pilih apa yang dikatakan bank.", "outcome")
    known = ReasonCode.objects.filter(profile_id=attempt.batch.profile_id, code=code)
    if code and not known.exists():
        return Finding("code", "Pilih kode dari daftar, atau kosongkan bila bank tidak menyebutnya.", "code")
    said = reason_of(reason, "Tulis dari siapa dan kapan jawabannya didapat")
    if isinstance(said, Finding):
        return said
    if outcome in NEEDS_EVIDENCE and not paper:
        return Finding("evidence_missing", "Unggah bukti dari bank.", "evidence")
    return None


def _why_not(attempt: Attempt, outcome: str, code: str) -> Finding | None:
    known = Sent(attempt.state, attempt.code, attempt.amount, same_bank=True, same_batch=True)
    meaning = verdict(outcome, code, None, known, first_of_reference=True, agrees_in_file=True)
    if meaning == Verdict.CONTRADICTION and outcome == "succeeded" and ATTEMPT.allows(attempt.state, "prove"):
        return why_not_prove(attempt)
    return None if meaning == Verdict.APPLIES else _REFUSALS[meaning]
