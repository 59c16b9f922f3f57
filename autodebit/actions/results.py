"""The bank's answers, in stages: kept, read, looked at by a person, then applied as a whole or not at all (I11)."""

import hashlib
import io
import logging
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from autodebit.actions import answer_sql, progress
from autodebit.actions.batches import NOT_YOURS
from autodebit.actions.books import reconcile
from autodebit.actions.build import take_turn
from autodebit.actions.consequences import Outrun, carry_out
from autodebit.actions.result_reading import BUSY, NO_LAYOUT, judge, read_file, summary, values
from autodebit.formats import RESULTS
from autodebit.labels import APPLY_STEPS
from autodebit.models import Batch, ResultFile
from autodebit.rules.lifecycle import RESULT_FILE
from autodebit.rules.matching import HANDED_BACK
from autodebit.rules.reason import reason_of
from registry.actions import audit, documents
from registry.actions.locks import hold
from registry.actions.moves import move
from registry.models import User
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may

__all__ = ["apply", "figure_to_type", "hand_back", "quarantine", "read_file", "receive", "request_apply"]

logger = logging.getLogger(__name__)

LARGEST_ANSWER = 128 * 1024 * 1024
AWAITS_ANSWERS = ("delivered", "reconciled", "closed")

CHANGED = Finding(
    "changed",
    "Keadaan baris potongan berubah sejak angka ini ditampilkan, jadi belum ada yang diterapkan. "
    "Periksa angka terbaru, lalu ketik jumlahnya sekali lagi.",
)
NOT_KEPT = Finding(
    "not_kept",
    "Berkas belum dapat disimpan; mungkin tempat penyimpanan penuh. Hubungi administrator.",
    "file",
)


def receive(
    *, batch_id: UUID, format: str, name: str, data: bytes, by: User, now: datetime
) -> ResultFile | Finding:
    """Keeps the bank's answer to a delivered batch by its hash; a worker reads it (`read_file`).

    The same bytes again: the file that is there, for whichever batch it was. One that was refused may come again.
    """
    if not may(by, Right.IMPORT_RESULT):
        return NOT_YOURS
    batch = Batch.objects.select_related("profile").get(pk=batch_id)
    problem = _why_not_receive(batch, format, data)
    if problem is not None:
        return problem
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        with transaction.atomic():
            hold(f"bank answer {sha256}")
            known = ResultFile.objects.filter(sha256=sha256).exclude(state="quarantined").first()
            return known or _keep(
                batch, format, documents.tidy(name, f"jawaban.{RESULTS[format].EXTENSION}"), data, by, now
            )
    except OSError:
        logger.exception("an answer of the bank could not be kept")
        return NOT_KEPT


def figure_to_type(file: ResultFile) -> int:
    """What the person types before applying: the rupiah that will be collected; without any, the number of lines."""
    collected = file.summary.get("moves", {}).get("succeeded", {}).get("total", 0)
    return collected or file.count


def request_apply(*, file_id: UUID, typed_total: int, by: User, now: datetime) -> ResultFile | Finding:
    """Writes down that the figures a person has seen are to be applied; `apply` does it. The first request stands.

    `typed_total`: see figure_to_type; anything else is a Finding of field "typed_total".
    """
    if not may(by, Right.IMPORT_RESULT):
        return NOT_YOURS
    with transaction.atomic():
        file = ResultFile.objects.select_for_update(no_key=True).get(pk=file_id)
        if file.state == "applied" or (file.state == "previewed" and file.apply_requested_at):
            return file
        if file.state != "previewed":
            return Finding("not_previewed", "Jawaban bank ini tidak menunggu untuk diterapkan.")
        if typed_total != figure_to_type(file):
            return Finding(
                "total_differs", "Angka yang Anda ketik tidak sama dengan angka di atas.", "typed_total"
            )
        asked = {"apply_requested_by": by, "apply_requested_at": now, "note": ""}
        ResultFile.objects.filter(pk=file.pk).update(**asked)
        file.refresh_from_db(fields=list(asked))
        return file


def apply(*, file_id: UUID, now: datetime) -> ResultFile | Finding:
    """The worker's part of the last stage: everything in the file that may move, in one transaction.

    1. The batches of these lines are locked, and each line is judged again. When one means something else than what the
       person saw, nothing moves: the figures are shown anew.
    2. Attempts, obligations, entries, follow-ups and suspensions, each by one statement (see consequences).
    3. Contradictions and other amounts become follow-ups; the rest stays as it is.

    Applying twice changes nothing; a process that dies leaves nothing, and the sweep applies it again.
    """
    try:
        with transaction.atomic():
            if not take_turn(file_id):
                return BUSY
            file = (
                ResultFile.objects.select_for_update(of=("self",), no_key=True)
                .select_related("batch", "profile", "apply_requested_by")
                .get(pk=file_id)
            )
            if file.state != "previewed" or file.apply_requested_at is None:
                return file
            problem = _apply(file, now)
    except Outrun:
        return BUSY
    progress.done(file_id)
    return problem or file


def quarantine(*, file_id: UUID, reason: str, by: User, now: datetime) -> ResultFile | Finding:
    """A person refuses a file that is not applied yet; it stays as evidence, and the same bytes may come again."""
    if not may(by, Right.IMPORT_RESULT):
        return NOT_YOURS
    reason = reason_of(reason, "Tulis alasan menolak berkas ini")
    if isinstance(reason, Finding):
        return reason
    with transaction.atomic():
        file = ResultFile.objects.select_for_update(no_key=True).get(pk=file_id)
        if not RESULT_FILE.allows(file.state, "quarantine"):
            return Finding("not_open", "Jawaban bank ini tidak dapat ditolak lagi.")
        also = {"reason": reason, "apply_requested_by": None, "apply_requested_at": None}
        move(row=file, along=RESULT_FILE, event="quarantine", by=by, now=now, also=also, reason=reason)
        return file


def hand_back(*, file_id: UUID, by: User, now: datetime) -> tuple[str, bytes] | Finding:
    """(name, bytes) of the lines that did not match, in the bank's own layout. Raises documents.PaperDamaged."""
    if not may(by, Right.IMPORT_RESULT):
        return NOT_YOURS
    file = ResultFile.objects.select_related("profile").get(pk=file_id)
    numbers = list(file.lines.filter(verdict__in=HANDED_BACK).values_list("number", flat=True))
    if not numbers:
        return Finding("nothing_back", "Tidak ada baris yang perlu dikembalikan ke bank.")
    layout = file.profile.results.get(file.format)
    if layout is None:
        return Finding("no_layout", NO_LAYOUT)
    data = RESULTS[file.format].hand_back(io.BytesIO(documents.read(file.sha256)), layout, set(numbers))
    audit.record(
        event=Event.RESULT_HANDED_BACK, about=file, by=by, now=now, lines=len(numbers), file=file.name
    )
    return f"KEMBALI_{file.name}", data


def _why_not_receive(batch: Batch, format: str, data: bytes) -> Finding | None:
    if batch.state not in AWAITS_ANSWERS:
        return Finding(
            "not_delivered", "Jawaban bank baru dapat diunggah setelah berkas kumpulan ini diserahkan."
        )
    if format not in RESULTS or format not in batch.profile.results:
        return Finding("no_layout", "Pilih bentuk jawaban dari daftar.", "format")
    if not data:
        return Finding("empty", "Berkas ini kosong. Pilih berkas jawaban dari bank.", "file")
    if len(data) > LARGEST_ANSWER:
        return Finding(
            "too_large",
            f"Berkas lebih besar dari {LARGEST_ANSWER // 2**20} MB. Minta bank membaginya.",
            "file",
        )
    return None


def _keep(batch: Batch, format: str, name: str, data: bytes, by: User, now: datetime) -> ResultFile:
    content_type = RESULTS[format].CONTENT_TYPE
    paper = documents.store(kind="bank_answer", data=data, content_type=content_type, by=by, now=now)
    file = ResultFile.objects.create(
        profile=batch.profile,
        batch=batch,
        format=format,
        name=name,
        document=paper,
        sha256=paper.sha256,
        received_by=by,
        received_at=now,
    )
    audit.record(
        event=Event.RESULT_RECEIVED, about=file, by=by, now=now, file=name, format=format, sha256=paper.sha256
    )
    return file


def _apply(file: ResultFile, now: datetime) -> Finding | None:
    by = file.apply_requested_by
    progress.say(file.pk, 1, APPLY_STEPS)
    with connection.cursor() as cursor:
        for statement in (answer_sql.DROP, answer_sql.HEARD, answer_sql.HEARD_AGAIN, answer_sql.LOCK_BATCHES):
            cursor.execute(statement, values(file))
        judge(cursor, file)
        cursor.execute(answer_sql.COUNT_CHANGED)
        if cursor.fetchone()[0]:
            return _show_anew(cursor, file)
        progress.say(file.pk, 2, APPLY_STEPS)
        cursor.execute(answer_sql.MOVED)
        cursor.execute(answer_sql.ANALYZE_MOVED)
        applied = carry_out(cursor, source=file, profile=file.profile, by=by, now=now)
        progress.say(file.pk, 3, APPLY_STEPS)
        cursor.execute(answer_sql.FOLLOW_UPS_OF_A_PERSON, {"by": by.pk, "now": now})
        cursor.execute(answer_sql.BATCHES_MOVED)
        batches = [batch_id for (batch_id,) in cursor.fetchall()]
    also = {"applied_at": now, "note": ""}
    move(
        row=file, along=RESULT_FILE, event="apply", by=by, now=now, also=also, applied=applied, file=file.name
    )
    for batch_id in batches:
        reconcile(batch_id=batch_id, now=now)
    return None


def _show_anew(cursor: Any, file: ResultFile) -> Finding:
    cursor.execute(answer_sql.RENEW_LINES)
    shown = {
        "summary": summary(cursor, file),
        "note": CHANGED.message,
        "apply_requested_by": None,
        "apply_requested_at": None,
    }
    ResultFile.objects.filter(pk=file.pk).update(**shown)
    return CHANGED
