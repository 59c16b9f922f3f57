"""The letter that goes with a sealed batch: made once, then the same bytes for ever."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from autodebit.actions.batches import NOT_YOURS
from autodebit.labels import FORMAT
from autodebit.models import Batch
from autodebit.printing import CoverLetter, LetterFile, render_cover_letter
from registry.actions import documents
from registry.models import Document, User
from registry.queries import city
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may
from sponsorship.rules.months import Month

# A batch that was voided or refused keeps the letter it had, and is given none.
WITH_LETTER = ("sealed", "delivered", "reconciled", "closed")
_NOT_SEALED = Finding("not_sealed", "Surat pengantar dibuat setelah berkasnya disegel.")
_NOT_KEPT = Finding(
    "not_kept",
    "Surat pengantar tidak dapat disimpan; mungkin tempat penyimpanan penuh. Hubungi administrator.",
)


def open_letter(*, batch_id: UUID, by: User, now: datetime) -> bytes | Finding:
    """The letter as PDF, after the journal has its line; made and kept on the first demand.

    Raises documents.PaperDamaged.
    """
    if not may(by, Right.DOWNLOAD_BANK_FILE):
        return NOT_YOURS
    kept = make(batch_id=batch_id, by=by, now=now)
    return kept if isinstance(kept, Finding) else documents.open_document(document=kept, by=by, now=now)


def make(*, batch_id: UUID, by: User, now: datetime) -> Document | Finding:
    """The kept letter of a batch; of many who ask at once one makes it. What it says was fixed by the sealing."""
    try:
        with transaction.atomic():
            batch = Batch.objects.select_for_update().get(pk=batch_id)
            if batch.cover_letter_id:
                return batch.cover_letter
            if batch.state not in WITH_LETTER:
                return _NOT_SEALED
            data = render_cover_letter(letter_of(batch))
            kept = documents.store(
                kind="cover_letter", data=data, content_type="application/pdf", by=by, now=now
            )
            Batch.objects.filter(pk=batch.pk, cover_letter=None).update(cover_letter=kept)
            return kept
    except OSError:
        return _NOT_KEPT


def letter_of(batch: Batch) -> CoverLetter:
    """What the letter of a sealed batch says."""
    here, profile, bank = city(), batch.profile, batch.profile.bank
    approvals = batch.approvals.filter(revision=batch.revision).select_related("by").order_by("slot")
    return CoverLetter(
        government=here.government,
        programme=here.programme,
        office=here.office,
        help_phone=here.help_phone,
        help_hours=here.help_hours,
        place=here.name.removeprefix("Kota ").removeprefix("Kabupaten "),
        number=number_of(batch),
        bank=bank.name,
        bank_legal_name=bank.legal_name,
        month=Month.parse(batch.period).label(),
        wave=batch.wave,
        collection_date=batch.collection_date,
        creditor_name=profile.creditor_name,
        account=profile.creditor_account,
        count=batch.count,
        total=batch.total,
        content_hash=batch.content_hash,
        sealed_at=batch.sealed_at,
        sealed_by=batch.seal_requested_by.full_name,
        approvers=tuple(approval.by.full_name for approval in approvals),
        files=tuple(
            LetterFile(
                file.name, FORMAT[file.format], file.part, file.parts, file.count, file.total, file.sha256
            )
            for file in batch.files.order_by("format", "part")
        ),
    )


def number_of(batch: Batch) -> str:
    """The batch's number on paper: month, wave, revision, digits of the batch."""
    return f"ASN-{batch.period}-G{batch.wave:02d}-R{batch.revision}-{batch.pk.hex[:8].upper()}"
