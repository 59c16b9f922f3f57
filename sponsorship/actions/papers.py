"""Handing in the papers of a registration."""

import logging
from dataclasses import asdict
from datetime import datetime
from typing import BinaryIO

from django.db import transaction

from registry import intake
from registry.actions import audit, documents
from registry.models import Donor
from registry.rules.documents import DocumentKind, limits_for
from registry.rules.events import Event
from registry.rules.finding import Finding
from sponsorship import queries
from sponsorship.actions.drafts import CLOSED, EDITABLE, lock_editable
from sponsorship.actions.e_signature import CERTIFIED, SIGNED_PDF, SignedFile, electronic_signature
from sponsorship.models import Registration, RegistrationPaper
from sponsorship.rules.e_signature import Certified

logger = logging.getLogger(__name__)

# The signed mandate may come as several photos; of the others the last one handed in counts.
SEVERAL_FILES = (DocumentKind.SIGNED_MANDATE,)
NOT_KEPT = (
    "Berkas belum bisa disimpan karena gangguan di sistem kami. Jawaban Anda aman; coba unggah lagi nanti."
)


def attach(
    *, registration_id, kind: DocumentKind, upload: BinaryIO, by: Donor, now: datetime
) -> RegistrationPaper | Finding:
    """Checks, cleans and keeps one file. KTP and passbook replace the one before; pages of the mandate add up.

    The file is decoded before the registration is locked: a slow photo blocks nobody.
    """
    if not Registration.objects.filter(pk=registration_id, donor=by, state__in=EDITABLE).exists():
        return CLOSED
    looked_at = intake.inspect(upload, kind)
    if isinstance(looked_at, intake.Refused):
        return looked_at.finding
    signed = electronic_signature(registration_id, kind, looked_at, upload, now)
    if isinstance(signed.verdict, Finding) and signed.verdict.level == "refuse":
        return signed.verdict
    try:
        return _keep(registration_id, kind, looked_at, signed, by, now)
    except OSError:  # the disk is full or gone: nothing was kept
        logger.exception("a paper could not be kept")
        return Finding("not_kept", NOT_KEPT, kind)


def _keep(
    registration_id,
    kind: DocumentKind,
    looked_at: intake.Accepted,
    signed: SignedFile,
    by: Donor,
    now: datetime,
) -> RegistrationPaper | Finding:
    with transaction.atomic():
        registration = lock_editable(registration_id, by)
        if registration is None:
            return CLOSED
        present = [paper for paper in queries.papers_of(registration) if paper.kind == kind]
        same = next((paper for paper in present if paper.document.sha256 == looked_at.sha256), None)
        if same and not (isinstance(signed.verdict, Certified) and same.original_id is None):
            return same
        if same:  # the same sheet, now with a signature that only the untouched file carries
            registration.papers.filter(pk=same.pk).update(set_aside_at=now)
            present.remove(same)
        if kind in SEVERAL_FILES:
            pages = sum(len(paper.document.pages.all()) for paper in present) + looked_at.page_count
            if pages > limits_for(kind).max_pages:
                return Finding(
                    "too_many_pages", f"Surat kuasa paling banyak {limits_for(kind).max_pages} halaman.", kind
                )
        else:
            registration.papers.filter(kind=kind, set_aside_at=None).update(set_aside_at=now)
        document = documents.store(
            kind=kind,
            data=looked_at.data,
            content_type=looked_at.content_type,
            pages=list(looked_at.pages),
            by=by,
            now=now,
        )
        original = None
        if isinstance(signed.verdict, Certified):  # the signature lives in these very bytes
            original = documents.store(
                kind="signed_original", data=signed.data, content_type="application/pdf", by=by, now=now
            )
        Registration.objects.filter(pk=registration.pk).update(touched_at=now)
        return RegistrationPaper.objects.create(
            registration=registration,
            kind=kind,
            document=document,
            position=len(present) + 1,
            original=original,
            notes=_notes(looked_at, signed),
            added_at=now,
        )


def _notes(looked_at: intake.Accepted, signed: SignedFile) -> list[dict]:
    """What the verifier reads about the file; what is known of its signature takes the place of "it has one"."""
    notes = [{"code": note.code, "message": note.message} for note in looked_at.notes]
    if signed.verdict is None:
        return notes
    notes = [note for note in notes if note["code"] != SIGNED_PDF]
    if isinstance(signed.verdict, Finding):
        return [*notes, {"code": signed.verdict.code, "message": signed.verdict.message}]
    words = f"Ditandatangani secara elektronik oleh {signed.verdict.signer}."
    return [*notes, {"code": CERTIFIED, "message": words, "signature": asdict(signed.verdict)}]


def set_aside(*, registration_id, paper_id: int, by: Donor, now: datetime) -> Finding | None:
    """Takes back one paper that was handed in; it is destroyed with the others on schedule."""
    with transaction.atomic():
        registration = lock_editable(registration_id, by)
        if registration is None:
            return CLOSED
        paper = registration.papers.filter(pk=paper_id, set_aside_at=None).first()
        if paper:
            RegistrationPaper.objects.filter(pk=paper.pk).update(set_aside_at=now)
            audit.record(event=Event.PAPER_REMOVED, about=paper.document, by=by, now=now, kind=paper.kind)
    return None
