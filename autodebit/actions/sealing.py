"""Sealing: the bank files are written once, read back, checked against schema and database, and kept for ever."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from autodebit import queries
from autodebit.actions import gate, progress, waves
from autodebit.actions.batches import NOT_YOURS
from autodebit.actions.build import BUSY, note, take_turn
from autodebit.actions.rendering import (
    NotSealed,
    Rendered,
    layout_problem,
    message_id,
    parts_of,
    refused,
    render,
)
from autodebit.formats import FORMATS
from autodebit.formats.lines import WriterMismatch
from autodebit.labels import SEAL_STEPS
from autodebit.models import BankFile, Batch
from autodebit.rules.lifecycle import BATCH
from registry.actions import audit, documents
from registry.actions.moves import move
from registry.models import User
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may
from sponsorship.queries import calendar
from sponsorship.rules.months import indonesian_date

__all__ = ["download", "message_id", "request_seal", "seal"]


def request_seal(*, batch_id: UUID, by: User, now: datetime) -> Batch | Finding:
    """Writes down that an approved batch is to be sealed; the moment becomes the files' time of creation.

    Asked twice the first request stands. The work itself is `seal`, by whoever works the queue.
    """
    if not may(by, Right.SEAL_BATCH):
        return NOT_YOURS
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(pk=batch_id)
        if batch.state == "sealed" or (batch.state == "approved" and batch.seal_requested_at):
            return batch
        if not BATCH.allows(batch.state, "seal"):
            return Finding(
                "not_approved", "Kumpulan potongan ini baru dapat disegel setelah disetujui dua orang."
            )
        asked = {"seal_requested_by": by, "seal_requested_at": now, "build_note": ""}
        Batch.objects.filter(pk=batch.pk, state="approved").update(**asked)
        batch.refresh_from_db(fields=list(asked))
        audit.record(event=Event.BATCH_SEAL_REQUESTED, about=batch, by=by, now=now, revision=batch.revision)
        return batch


def seal(*, batch_id: UUID, now: datetime) -> Batch | Finding:
    """Renders every file of an approved batch whose sealing was asked for, proves it, keeps it, and seals the batch.

    1. Count, total and hash of the lines must still be what was approved, and the gate must be open for all of them.
    2. Part by part (`max_lines` of the profile), each format is written and read back, against its schema too;
       count, total and every reference must be those of the database.
    3. The bytes of a part are kept with their SHA-256 before the next part is opened; all parts together must be the
       batch. The lines stay approved until they are handed over.

    Sealing twice changes nothing. What goes wrong leaves the batch approved, with a note, without the request, and
    without any file.
    """
    kept: list[str] = []
    try:
        with transaction.atomic():
            if not take_turn(batch_id):
                return BUSY
            batch = (
                Batch.objects.select_for_update(of=("self",)).select_related("profile__bank").get(pk=batch_id)
            )
            if batch.state != "approved" or batch.seal_requested_at is None:
                return batch
            _seal(batch, now, kept)
    except NotSealed as refusal:
        problem = refusal.finding
    except OSError:
        problem = Finding(
            "not_kept",
            "Berkas tidak dapat disimpan; mungkin tempat penyimpanan penuh. Hubungi administrator.",
        )
    else:
        progress.done(batch_id)
        return batch
    _give_up(batch_id, problem, kept)
    progress.done(batch_id)
    return problem


def download(*, file: BankFile, by: User, now: datetime) -> bytes | Finding:
    """The sealed bytes, the same each time, after the journal has its line. Raises documents.PaperDamaged."""
    if not may(by, Right.DOWNLOAD_BANK_FILE):
        return NOT_YOURS
    audit.record(
        event=Event.BANK_FILE_DOWNLOADED,
        about=file.batch,
        by=by,
        now=now,
        file=file.name,
        format=file.format,
        sha256=file.sha256,
    )
    return documents.read(file.sha256)


def _seal(batch: Batch, now: datetime, kept: list[str]) -> None:
    """Raises NotSealed; `kept` names the bytes that are on disk by then."""
    progress.say(batch.pk, 1, SEAL_STEPS)
    problem = _why_not(batch, now) or layout_problem(batch.profile)
    problem = problem or gate.why_not_seal(batch) or waves.why_not_leave(batch)
    if problem is not None:
        raise NotSealed(problem)
    files = []
    for part in parts_of(batch):
        for name in batch.profile.layouts:
            progress.say(batch.pk, 2, SEAL_STEPS, part=part.number, parts=part.of)
            file = _keep(batch, render(batch, part, name), now)
            kept.append(file.sha256)
            files.append(file)
    progress.say(batch.pk, 3, SEAL_STEPS)
    _prove_whole(batch, files)
    BankFile.objects.bulk_create(files)
    hashes = {f"{file.format}-{file.part:02d}": file.sha256 for file in files}
    also = {"sealed_at": now, "build_note": "", "profile_revision": batch.profile.revisions.first()}
    by = batch.seal_requested_by
    move(
        row=batch, along=BATCH, event="seal", by=by, now=now, also=also, revision=batch.revision, files=hashes
    )


def _why_not(batch: Batch, now: datetime) -> Finding | None:
    content = queries.content_of(batch)
    if (content.count, content.total, content.hash) != (batch.count, batch.total, batch.content_hash):
        return Finding(
            "content_differs", "Isi kumpulan tidak sama dengan yang disetujui. Hubungi administrator."
        )
    if batch.collection_date < calendar().local_date(now):
        day = indonesian_date(batch.collection_date)
        return Finding(
            "date_over",
            f"Tanggal potong {day} sudah lewat. Buka kembali kumpulan ini agar tanggalnya diperbarui.",
        )
    return None


def _keep(batch: Batch, file: Rendered, now: datetime) -> BankFile:
    document = documents.store(
        kind="bank_file",
        data=file.data,
        content_type=FORMATS[file.format].CONTENT_TYPE,
        by=batch.seal_requested_by,
        now=now,
    )
    if document.sha256 != file.written.sha256:
        raise WriterMismatch("the kept bytes are not the written ones")
    return BankFile(
        batch=batch,
        format=file.format,
        part=file.head.part,
        parts=file.head.parts,
        name=file.name,
        message_id=file.head.message_id,
        document=document,
        sha256=document.sha256,
        count=file.written.count,
        total=file.written.total,
    )


def _prove_whole(batch: Batch, files: list[BankFile]) -> None:
    """The parts of each format are the whole batch: no line is lost or doubled where two parts meet."""
    for name in batch.profile.layouts:
        parts = [file for file in files if file.format == name]
        sums = sum(file.count for file in parts), sum(file.total for file in parts)
        if sums != (batch.count, batch.total):
            raise refused(name, "jumlah semua bagian tidak sama dengan kumpulannya. Hubungi administrator.")


def _give_up(batch_id: UUID, problem: Finding, kept: list[str]) -> None:
    """A note instead of a request: the sweep does not try the same again every minute, a person asks again."""
    with transaction.atomic():
        locked = Batch.objects.select_for_update().get(pk=batch_id)
        if locked.state == "approved":
            Batch.objects.filter(pk=batch_id).update(seal_requested_by=None, seal_requested_at=None)
            note(locked, problem)
    documents.discard(kept)
