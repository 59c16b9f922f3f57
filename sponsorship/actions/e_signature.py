"""Looking at the electronic signature of a mandate that was handed in as PDF, and what of it is kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from registry import intake, signatures
from registry.actions import documents
from registry.rules.documents import DocumentKind
from registry.rules.finding import Finding
from sponsorship import queries
from sponsorship.models import Mandate, Registration, RegistrationPaper
from sponsorship.rules.e_signature import UNREADABLE, Certified, judge

# Codes among a paper's notes: the intake saw a signature; and the signature counts instead of ink.
SIGNED_PDF, CERTIFIED = "signed_pdf", "signature_certified"


@dataclass(frozen=True)
class SignedFile:
    """The bytes as they were handed in and the verdict on their signature; None when there is nothing to say."""

    data: bytes = b""
    verdict: Certified | Finding | None = None


def electronic_signature(
    registration_id, kind: DocumentKind, looked_at: intake.Accepted, upload: BinaryIO, now: datetime
) -> SignedFile:
    """The verdict on a signed PDF, when certified signatures are taken here; of anything else nothing is said."""
    marked = any(note.code == SIGNED_PDF for note in looked_at.notes)
    if kind != DocumentKind.SIGNED_MANDATE or not marked or not signatures.available():
        return SignedFile()
    upload.seek(0)
    data = upload.read()
    try:
        found = signatures.read_signatures(data, now)
    except signatures.SignatureUnreadable:
        return SignedFile(data, UNREADABLE)
    return SignedFile(data, judge(found, same_print=_is_our_print(registration_id, data)))


def certificate_of(
    registration: Registration, own: Iterable[RegistrationPaper] | None = None
) -> Certified | None:
    """The signature that stands for ink among the papers that count now (`own`: as read already)."""
    for paper in queries.papers_of(registration) if own is None else own:
        for note in paper.notes:
            if paper.kind == DocumentKind.SIGNED_MANDATE and note["code"] == CERTIFIED:
                return Certified(**note["signature"])
    return None


def signing_of(registration: Registration, mandate: Mandate, now: datetime) -> dict:
    """How and on which business date the mandate was signed, as columns of the mandate.

    A certified signature names its own moment; a date before the print or after today is nobody's evidence.
    """
    office, certified = queries.calendar(), certificate_of(registration)
    today = office.local_date(now)
    if certified is None:
        return {"signed_on": today, "signing_method": "wet_scan"}
    signed_on = today
    if certified.signed_at:
        named = office.local_date(datetime.fromisoformat(certified.signed_at))
        signed_on = named if office.local_date(mandate.issued_at) <= named <= today else today
    return {"signed_on": signed_on, "signing_method": "pades"}


def _is_our_print(registration_id, data: bytes) -> bool:
    """Whether the signed file is the print we keep, with the signature added behind it and nothing changed."""
    mandate = queries.current_mandate(Registration.objects.get(pk=registration_id))
    if mandate is None:
        return False
    try:
        return data.startswith(documents.read(mandate.pdf_sha256))
    except documents.PaperDamaged:
        return False
