"""Sending the files of a sealed batch to the bank's own server, and recording the hand-over when they are there."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from autodebit import sftp
from autodebit.actions import progress
from autodebit.actions.batches import NOT_YOURS
from autodebit.actions.build import note, take_turn
from autodebit.actions.delivery import BEING_SENT, hand_over
from autodebit.actions.waves import why_not_leave
from autodebit.labels import SEND_STEPS
from autodebit.models import BankFile, Batch
from autodebit.rules.lifecycle import BATCH
from registry.actions import audit, documents
from registry.models import User
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may
from sponsorship.queries import calendar
from sponsorship.rules.months import indonesian_date


def is_offered(batch: Batch) -> bool:
    """Whether the files of this batch can be sent: sealed, and the server is that of its bank."""
    return settings.SFTP is not None and batch.state == "sealed" and batch.profile_id == settings.SFTP["bank"]


def send(*, batch_id: UUID, by: User, now: datetime) -> Batch | Finding:
    """Sends the files, compares them on the server, and hands the batch over in the name of who asked for it.

    One sender at a time; meanwhile nobody voids it or records another hand-over. The journal says that the files leave
    the house before they do. What fails leaves the batch sealed with a note, and is simply asked for again: files that
    arrived are not sent twice.
    """
    if not may(by, Right.HAND_OVER):
        return NOT_YOURS
    started = time.monotonic()
    problem = _say_they_leave(batch_id, by, now)
    if problem is None:
        with transaction.atomic():
            done = _send(batch_id, by, now, started) if take_turn(batch_id) else BEING_SENT
        if not isinstance(done, Finding):
            progress.done(batch_id)
            return done
        problem = done
    if problem is not BEING_SENT:
        note(Batch.objects.get(pk=batch_id), problem)
        progress.done(batch_id)
    return problem


def _say_they_leave(batch_id: UUID, by: User, now: datetime) -> Finding | None:
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(pk=batch_id)
        problem = _why_not(batch, now)
        if problem is not None:
            return problem
        for file in _files(batch):
            audit.record(
                event=Event.BANK_FILE_DOWNLOADED,
                about=batch,
                by=by,
                now=now,
                file=file.name,
                format=file.format,
                sha256=file.sha256,
                channel="SFTP",
            )
    return None


def _send(batch_id: UUID, by: User, now: datetime, started: float) -> Batch | Finding:
    batch = Batch.objects.get(pk=batch_id)
    problem = _why_not(batch, now)
    if problem is not None:
        return problem
    where = {name: value for name, value in settings.SFTP.items() if name not in ("bank", "format")}
    server = sftp.Server(**where)
    try:
        names = sftp.deliver(server, _parcels(batch))
    except sftp.SendingFailed as failure:
        return Finding("not_sent", str(failure))
    except documents.PaperDamaged:
        return Finding("damaged", "Berkas yang disegel rusak atau hilang. Hubungi administrator.")
    arrived = now + timedelta(seconds=time.monotonic() - started)
    return hand_over(
        batch_id=batch_id,
        channel="sftp",
        receiver=f"Server {server.host}",
        note=f"{len(names)} berkas terkirim dan dibaca ulang dengan sidik yang sama.",
        handed_at=arrived,
        by=by,
        now=arrived,
    )


def _why_not(batch: Batch, now: datetime) -> Finding | None:
    if not BATCH.allows(batch.state, "hand_over"):
        return Finding("wrong_state", "Kumpulan potongan ini tidak menunggu dikirim.")
    if not is_offered(batch):
        return Finding("not_offered", "Pengiriman SFTP tidak disiapkan untuk bank ini.")
    if batch.void_requested_at:
        return Finding(
            "void_requested", "Pembatalan kumpulan ini sedang diminta, jadi berkasnya tidak dikirim."
        )
    disputed = why_not_leave(batch)
    if disputed is not None:
        return disputed
    if batch.collection_date < calendar().local_date(now):
        day = indonesian_date(batch.collection_date)
        return Finding(
            "date_over", f"Tanggal potong {day} sudah lewat. Batalkan kumpulan ini dan susun ulang."
        )
    if not _files(batch):
        return Finding("no_files", "Bentuk berkas yang diterima server bank tidak ada di kumpulan ini.")
    return None


def _files(batch: Batch) -> list[BankFile]:
    """Only the one format that the server takes: the same debits in a second format might be debited twice."""
    return list(batch.files.filter(format=settings.SFTP["format"]).order_by("part"))


def _parcels(batch: Batch) -> Iterator[sftp.Parcel]:
    files = _files(batch)
    for number, file in enumerate(files, start=1):
        progress.say(batch.pk, 1 if number == 1 else 2, SEND_STEPS)
        yield sftp.Parcel(file.name, documents.read(file.sha256))
    progress.say(batch.pk, len(SEND_STEPS), SEND_STEPS)
