"""Reading an answer of the bank: every line kept with its meaning, and the figures that a person looks at."""

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from autodebit.actions import answer_sql, progress
from autodebit.actions.build import take_turn
from autodebit.actions.copying import Rows
from autodebit.formats import RESULTS
from autodebit.formats.results import Answer, ResultHead, ResultReading
from autodebit.labels import READ_STEPS
from autodebit.models import ResultFile
from autodebit.rules.lifecycle import RESULT_FILE
from registry.actions import audit, documents
from registry.actions.moves import StaleState, move
from registry.rules.finding import Finding

_SHOWN_FINDINGS = 200
_SAY_EVERY = 20_000
MOST_REASONS = 100
# What a column of rupiah holds, with room to add; no bank answers about so much.
_LARGEST_TOTAL = 10**18
_DAMAGED = "Berkas yang disimpan rusak atau hilang. Unggah lagi berkas dari bank."
_FOREIGN = "Berkas ini menjawab berkas lain, bukan berkas kumpulan potongan ini."
_UNTRUSTED = "Berkas tidak dapat dipercaya."
NO_LAYOUT = "Susunan jawaban ini tidak ada lagi di profil bank."
_LONGEST_REASON = 300
BUSY = Finding("being_read", "Jawaban bank ini sedang dikerjakan. Tunggu sebentar.", level="note")


class _Refused(Exception):
    """The file as a whole is of no use; the text says why, for the user. Nothing of it stays but the file."""

    def __init__(self, reason: str, reading: ResultReading | None = None) -> None:
        super().__init__(reason)
        self.reading = reading


def read_file(*, file_id: UUID, now: datetime) -> ResultFile | Finding:
    """The worker's part of the first stage: every line kept with its meaning, the figures for a person to look at.

    A file that cannot be trusted as a whole, or that answers another file than this batch's, is refused with the reason
    (quarantined); of its lines nothing is kept. Reading twice changes nothing; a process that dies leaves nothing.
    """
    file = ResultFile.objects.select_related("batch", "profile").get(pk=file_id)
    try:
        with transaction.atomic():
            if not take_turn(file_id):
                return BUSY
            file.refresh_from_db(fields=["state"])
            if file.state == "received":
                _read(file, now)
    except _Refused as refusal:
        _set_aside(file, refusal, now)
    except StaleState:  # somebody refused the file while it was read
        file.refresh_from_db()
    progress.done(file_id)
    return file


def _read(file: ResultFile, now: datetime) -> None:
    progress.say(file.pk, 1, READ_STEPS)
    layout = file.profile.results.get(file.format)
    if layout is None:
        raise _Refused(NO_LAYOUT)
    try:
        data = documents.read(file.sha256)
    except documents.PaperDamaged:
        raise _Refused(_DAMAGED) from None
    reading = RESULTS[file.format].read(io.BytesIO(data), layout)
    with connection.cursor() as cursor:
        cursor.execute(answer_sql.DROP)
        cursor.execute(answer_sql.HEARD)
        cursor.cursor.copy_expert(answer_sql.COPY_HEARD, Rows(_told(file, reading)))
        why = _why_refused(file, reading)
        if why:
            raise _Refused(why, reading)
        progress.say(file.pk, 2, READ_STEPS)
        judge(cursor, file)
        progress.say(file.pk, 3, READ_STEPS)
        cursor.execute(answer_sql.LINES, values(file))
        also = {**_facts_of(reading), "summary": summary(cursor, file), "read_at": now, "note": ""}
    about = {"count": reading.count, "total": max(0, reading.total)}
    move(row=file, along=RESULT_FILE, event="preview", by=audit.SYSTEM, now=now, also=also, **about)


def _told(file: ResultFile, reading: ResultReading) -> Iterator[tuple]:
    """The lines as columns of `heard`; the page learns how far the reading has come."""
    answer: Answer
    for count, answer in enumerate(reading, 1):
        if count % _SAY_EVERY == 0:
            label = f"{READ_STEPS[0]}: {count:,} baris".replace(",", ".")
            progress.say(file.pk, 1, (label, *READ_STEPS[1:]))
        yield (
            answer.number,
            answer.reference[:35],
            answer.outcome,
            answer.code[:10],
            answer.amount,
            answer.booked_on,
            answer.text[:140],
        )


def _why_refused(file: ResultFile, reading: ResultReading) -> str:
    if reading.fatal:
        return next((f.message for f in reading.findings if f.code == "file"), _UNTRUSTED)
    if reading.total > _LARGEST_TOTAL:
        return _UNTRUSTED
    ours = set(file.batch.files.exclude(message_id="").values_list("message_id", flat=True))
    named = {message_id for message_id in reading.head.answers_to if message_id}
    return _FOREIGN if named and not named & ours else ""


def _facts_of(reading: ResultReading) -> dict[str, Any]:
    return {
        "head": _head(reading.head),
        "findings": [[finding.field, finding.message] for finding in reading.findings[:_SHOWN_FINDINGS]],
        "faults": reading.faults,
        "count": reading.count,
        "total": min(max(0, reading.total), _LARGEST_TOTAL),
    }


def _head(head: ResultHead) -> dict[str, Any]:
    return {
        "message_id": head.message_id[:60],
        "answers_to": [message_id[:60] for message_id in head.answers_to[:20]],
        "whole_file": head.whole_file,
        "whole_file_code": head.whole_file_code[:10],
    }


def _set_aside(file: ResultFile, refusal: _Refused, now: datetime) -> None:
    reason = str(refusal)[:_LONGEST_REASON]
    also = {"reason": reason, "read_at": now, **(_facts_of(refusal.reading) if refusal.reading else {})}
    with transaction.atomic():
        try:
            move(
                row=file,
                along=RESULT_FILE,
                event="quarantine",
                by=audit.SYSTEM,
                now=now,
                also=also,
                reason=reason,
            )
        except StaleState:
            file.refresh_from_db()


def judge(cursor: Any, file: ResultFile) -> None:
    cursor.execute(answer_sql.ANALYZE_HEARD)
    cursor.execute(answer_sql.JUDGED, values(file))


def values(file: ResultFile) -> dict[str, Any]:
    return {"file": file.pk, "batch": file.batch_id, "profile": file.profile_id}


def summary(cursor: Any, file: ResultFile) -> dict[str, Any]:
    """{verdict: {count, total}}; "moves": the same by outcome; "reasons": [{outcome, code, count, total}] of the lines
    that move and are no success, the most frequent first; "missing": lines at the bank that this file says nothing of.
    """
    verdicts: dict[str, dict[str, int]] = {}
    moves: dict[str, dict[str, int]] = {}
    reasons: list[dict[str, Any]] = []
    cursor.execute(answer_sql.SUMMARY)
    for verdict, outcome, code, count, total in cursor.fetchall():
        _add(verdicts, verdict, count, total)
        if verdict == "applies":
            _add(moves, outcome, count, total)
            if outcome != "succeeded" and len(reasons) < MOST_REASONS:
                reasons.append({"outcome": outcome, "code": code, "count": count, "total": total})
    cursor.execute(answer_sql.MISSING, values(file))
    missing = dict(zip(("count", "total"), cursor.fetchone(), strict=True))
    return {**verdicts, "moves": moves, "reasons": reasons, "missing": missing}


def _add(sums: dict[str, dict[str, int]], name: str, count: int, total: int) -> None:
    known = sums.setdefault(name, {"count": 0, "total": 0})
    known["count"] += count
    known["total"] += total
