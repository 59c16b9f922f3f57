"""Sealing: the bank files are written once, read back, checked against schema and database, and kept for ever."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from autodebit import queries
from autodebit.actions import progress
from autodebit.actions.batches import NOT_YOURS
from autodebit.actions.build import BUSY, note, take_turn
from autodebit.formats import FORMATS
from autodebit.formats.lines import (
    BankParty,
    Creditor,
    DebitLine,
    FileHead,
    LineUnfit,
    ReadBack,
    WriterMismatch,
    Written,
    file_name,
    head_findings,
)
from autodebit.labels import FORMAT, SEAL_STEPS
from autodebit.models import BankFile, BankProfile, Batch
from autodebit.rules.lifecycle import BATCH
from registry import vault
from registry.actions import audit, documents
from registry.actions.moves import move
from registry.models import User
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may
from sponsorship.queries import calendar
from sponsorship.rules.months import Month, indonesian_date


@dataclass(frozen=True)
class Rendered:
    """One finished file, not kept yet."""

    format: str
    name: str
    data: bytes
    written: Written


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

    1. Count, total and hash of the lines must still be what was approved.
    2. Each format is written from one stream of lines and read back, against its schema too; count, total and every
       reference must be those of the database.
    3. Only then the bytes are kept, with their SHA-256. The lines stay approved until they are handed over.

    Sealing twice changes nothing. What goes wrong leaves the batch approved, with a note and without the request.
    """
    try:
        with transaction.atomic():
            if not take_turn(batch_id):
                return BUSY
            batch = (
                Batch.objects.select_for_update(of=("self",)).select_related("profile__bank").get(pk=batch_id)
            )
            if batch.state != "approved" or batch.seal_requested_at is None:
                return batch
            problem = _seal(batch, now)
    except OSError:
        batch = Batch.objects.get(pk=batch_id)
        problem = Finding(
            "not_kept",
            "Berkas tidak dapat disimpan; mungkin tempat penyimpanan penuh. Hubungi administrator.",
        )
    if problem is not None:
        _give_up(batch, problem)
    progress.done(batch_id)
    return problem or batch


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


def message_id(batch: Batch) -> str:
    """The bank's number of the file, the same whenever it is written: month, wave, revision, digits of the batch."""
    return f"ASN-{batch.period}-G{batch.wave:02d}-R{batch.revision}-{batch.pk.hex[:8].upper()}"


def _seal(batch: Batch, now: datetime) -> Finding | None:
    progress.say(batch.pk, 1, SEAL_STEPS)
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
    rendered = []
    for name in FORMATS:
        file = _render(batch, name)
        if isinstance(file, Finding):
            return file
        rendered.append(file)
    progress.say(batch.pk, 4, SEAL_STEPS)
    _keep(batch, rendered, now)
    return None


def _render(batch: Batch, name: str) -> Rendered | Finding:
    """One format, written into memory: an account number never lies in a file that is not encrypted."""
    format_, layout, head = FORMATS[name], layout_of(batch.profile, name), head_of(batch)
    faults = [*format_.layout_findings(layout), *head_findings(head)]
    if faults:
        return _refused(name, faults[0].message)
    progress.say(batch.pk, 2, SEAL_STEPS)
    out, unfit = io.BytesIO(), []
    try:
        written = format_.write(head, _checked_lines(batch, format_, layout, unfit), layout, out)
    except (WriterMismatch, LineUnfit, vault.CannotOpen):
        return _refused(
            name, unfit[0] if unfit else "ada baris yang tidak dapat ditulis. Hubungi administrator."
        )
    progress.say(batch.pk, 3, SEAL_STEPS)
    out.seek(0)
    back = format_.read_back(out, layout)
    faults = [*_differences(batch, written, back), *back.findings]
    if faults:
        return _refused(name, faults[0].message)
    bank = "".join(
        character
        for character in batch.profile.bank.name.upper()
        if character.isascii() and character.isalnum()
    )
    file = file_name(layout, bank=bank, period=batch.period, wave=batch.wave)
    return Rendered(name, file, out.getvalue(), written)


def _checked_lines(batch: Batch, format_, layout, unfit: list[str]) -> Iterator[DebitLine]:
    """The lines, each one proven to carry the account its mandate was printed with, and to fit the format."""
    about, bank = f"Iuran pekerja rentan {Month.parse(batch.period).label()}", batch.profile.bank_id
    for reference, number, signed_on, account, holder, amount, opd, index in queries.opened_lines(batch):
        line = DebitLine(reference, number, signed_on, account, holder, amount, opd, about)
        faults = format_.line_findings(line, layout)
        if vault.blind_index("account", f"{bank}:{account}") != index:
            unfit.append(
                f"rekening pada baris {reference} bukan rekening di surat kuasanya. Hubungi administrator."
            )
        elif faults:
            unfit.append(f"baris {reference}: {faults[0].message}")
        if unfit:
            raise LineUnfit(reference)
        yield line


def _differences(batch: Batch, written: Written, back: ReadBack) -> list[Finding]:
    """Count, total, order and content agree in the database, in what was written and in what was read back (I8)."""
    references = tuple(queries.lines_of(batch).values_list("reference", flat=True))
    same = (
        (batch.count, batch.total) == (written.count, written.total) == (back.count, back.total)
        and back.references == references
        and back.digest == written.digest
    )
    return (
        []
        if same
        else [
            Finding(
                "read_back",
                "isi berkas yang dibaca ulang tidak sama dengan kumpulannya. Hubungi administrator.",
            )
        ]
    )


def _keep(batch: Batch, rendered: list[Rendered], now: datetime) -> None:
    by = batch.seal_requested_by
    for file in rendered:
        kept = documents.store(
            kind="bank_file", data=file.data, content_type=FORMATS[file.format].CONTENT_TYPE, by=by, now=now
        )
        if kept.sha256 != file.written.sha256:
            raise WriterMismatch("the kept bytes are not the written ones")
        BankFile.objects.create(
            batch=batch,
            format=file.format,
            name=file.name,
            document=kept,
            sha256=kept.sha256,
            count=file.written.count,
            total=file.written.total,
        )
    hashes = {file.format: file.written.sha256 for file in rendered}
    also = {"sealed_at": now, "build_note": ""}
    move(
        row=batch, along=BATCH, event="seal", by=by, now=now, also=also, revision=batch.revision, files=hashes
    )


def _give_up(batch: Batch, problem: Finding) -> None:
    """A note instead of a request: the sweep does not try the same again every minute, a person asks again."""
    with transaction.atomic():
        locked = Batch.objects.select_for_update().get(pk=batch.pk)
        if locked.state == "approved":
            Batch.objects.filter(pk=batch.pk).update(seal_requested_by=None, seal_requested_at=None)
            note(locked, problem)


def _refused(name: str, why: str) -> Finding:
    return Finding("not_written", f"{FORMAT[name]}: {why}")


def head_of(batch: Batch) -> FileHead:
    profile, bank = batch.profile, batch.profile.bank
    return FileHead(
        message_id=message_id(batch),
        created_at=batch.seal_requested_at,
        collection_date=batch.collection_date,
        creditor=Creditor(profile.creditor_name, profile.creditor_account, profile.creditor_id, bank.bic),
        bank=BankParty(bank.bic, bank.code),
        count=batch.count,
        total=batch.total,
    )


def layout_of(profile: BankProfile, name: str) -> dict:
    return {"bank_csv": profile.csv_layout, "pain008": profile.pain008_layout}[name]
