"""Papers that are not asked for twice: a change uses the KTP and the passbook that its donor handed in before."""

from datetime import datetime

from django.db.models import QuerySet

from registry.models import Document
from registry.rules.documents import DocumentKind
from sponsorship import queries
from sponsorship.models import Mandate, Registration, RegistrationPaper, ReturnNote


def link(registration: Registration, now: datetime) -> None:
    """Brings the reused papers of a locked change in line with its data; papers the donor handed in for it stay.

    The KTP always fits. The passbook fits as long as the account is that of the mandate it was handed in for: with
    another account it is set aside, and back with the first one it counts again. What the office gave back is not
    used once more: its donor was asked for another one.
    """
    running = queries.running_mandate(registration.donor_id)
    if registration.kind != "change" or running is None:
        return
    for kind in (DocumentKind.KTP, DocumentKind.PASSBOOK):
        _link_one(registration, running, kind, now)


def _link_one(registration: Registration, running: Mandate, kind: DocumentKind, now: datetime) -> None:
    before = _kept(running.registration, kind)
    here = registration.papers.filter(kind=kind, set_aside_at=None).first()
    reused = before is not None and here is not None and here.document_id == before.document_id
    fits = kind == DocumentKind.KTP or registration.account_index == running.account_index
    if reused and not fits:
        RegistrationPaper.objects.filter(pk=here.pk).update(set_aside_at=now)
    if before and fits and here is None and not _given_back(registration, before):
        RegistrationPaper.objects.create(
            registration=registration, kind=kind, document=before.document,
            notes=before.notes, seen=before.seen, looked_at=before.looked_at, added_at=before.added_at,
        )  # fmt: skip


def _given_back(registration: Registration, before: RegistrationPaper) -> bool:
    """Whether an office set this very scan aside in this registration; it does so at the moment of its words."""
    aside = registration.papers.filter(document=before.document_id).values("set_aside_at")
    return ReturnNote.objects.filter(registration=registration, at__in=aside).exists()


def _kept(registration: Registration, kind: DocumentKind) -> RegistrationPaper | None:
    """The paper of this kind that counts for a registration and has not been destroyed."""
    return (
        registration.papers.filter(kind=kind, set_aside_at=None, document__purged_at=None)
        .select_related("document")
        .last()
    )


def needed(documents: QuerySet[Document] | list[Document], besides: Registration | None = None) -> set:
    """Which of these documents another registration still stands on: not set aside there, and nothing there has ended.

    Answers their keys. `besides`: the registration that lets go of them.
    """
    users = RegistrationPaper.objects.filter(
        document__in=documents, set_aside_at=None, registration__ended_at=None, registration__erased_at=None
    )
    if besides:
        users = users.exclude(registration=besides)
    return set(users.values_list("document_id", flat=True))
