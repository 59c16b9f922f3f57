"""Erasing what was typed and handed in, where nothing was ever debited (UU 27/2022 articles 8, 43 and 44).

What stays is what shows that there was something and how it ended: reference, states, dates, fingerprints of printed
papers, consents with their figures, and the journal. None of it names anybody.
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from registry.actions import audit, documents
from registry.actions.audit import SYSTEM, Actor
from registry.models import Document, Donor, Message, Worker
from registry.queries import city
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.vault import blind_index
from sponsorship import queries
from sponsorship.actions import kept_papers
from sponsorship.models import NikTry, Registration, ReturnNote, Sponsorship, WorkerConsent
from sponsorship.rules.lifecycle import LIVE_MANDATE, LIVE_SPONSORSHIP, OPEN_REGISTRATION
from sponsorship.rules.months import indonesian_date
from sponsorship.rules.retention import had_month, kept_until

GIVEN_UP = ("withdrawn", "expired")
# The database lets only these be emptied (the trigger `printed_never_changes`).
EMPTIED_MANDATES = ("cancelled", "replaced", "expired", "rejected")
REMINDERS = ("draft_reminder", "signature_reminder")
NOT_OVER = Finding(
    "not_over", "Pendaftaran ini masih berjalan. Batalkan atau hentikan dulu, lalu datanya dapat dihapus."
)
AT_ONCE = 200


def erase_registration(*, registration: Registration, by: Actor, now: datetime) -> Finding | None:
    """Empties a registration that is over and was never debited. None when it is erased, also when it was before.

    1. What was typed: the donor's answers, the workers who never had a month, the verifier's free words.
    2. What was handed in or printed: scans, the mandate that was never debited, at once.
    3. What was said about it, except what is still to be sent; a reminder that waits is dropped.
    4. Name, NIP and post of the donor, when no other registration gives them.

    Refused (Finding): still open or running, or a debit was planned for it and its records have to be kept.
    """
    with transaction.atomic():
        held = Registration.objects.select_for_update().get(pk=registration.pk)
        if held.erased_at is None:
            refused = why_not(held, now)
            if refused:
                return refused
            _empty(held, by, now)
        empty_messages(held)
    registration.refresh_from_db()
    return None


def trim_registration(*, registration: Registration, by: Actor, now: datetime) -> Finding | None:
    """Erases what no law keeps of a registration that is over and was debited: scans of KTP and passbook, workers who
    never had a month, the verifier's free words, messages. The mandate and the records of debits stay.

    Refused (Finding) while it is open or runs.
    """
    with transaction.atomic():
        held = Registration.objects.select_for_update().get(pk=registration.pk)
        if held.state in OPEN_REGISTRATION or runs(held):
            return NOT_OVER
        spare = [
            s
            for s in held.sponsorships.select_related("worker").filter(worker__erased_at=None)
            if not had_month(s.start_period, s.end_period)
        ]
        _empty_workers([s.worker for s in spare], now)
        ReturnNote.objects.filter(registration=held).update(note="")
        empty_messages(held)
        papers = held.papers.filter(document__purged_at=None).exclude(kind="signed_mandate")
        scans = [paper.document for paper in papers.select_related("document")]
        still = kept_papers.needed(scans, besides=held)  # a running change stands on the same KTP
        purged = [document for document in scans if document.pk not in still]
        if spare or purged:
            audit.record(
                event=Event.DATA_ERASED, about=held, by=by, now=now, opd_id=held.opd_id, part="scans"
            )
        for document in purged:
            documents.purge(document=document, now=now)
    return None


def why_not(registration: Registration, now: datetime) -> Finding | None:
    """Why the data of this registration cannot be erased now; None when they can."""
    if registration.state in OPEN_REGISTRATION or runs(registration):
        return NOT_OVER
    until = records_until(registration)
    if until and until >= queries.calendar().local_date(now):
        return Finding(
            "kept",
            f"Untuk pendaftaran {registration.reference} pernah disiapkan potongan. Catatannya wajib disimpan sampai "
            f"{indonesian_date(until)}.",
        )
    return None


def runs(registration: Registration) -> bool:
    """Whether a promise or a mandate of this registration is still alive."""
    return (
        registration.sponsorships.filter(state__in=LIVE_SPONSORSHIP).exists()
        or registration.mandates.filter(state__in=LIVE_MANDATE).exists()
    )


def records_until(registration: Registration) -> date | None:
    """Until when the records of what was debited for this registration are kept; None when nothing ever was.

    Sponsorship and mandate say which months they reached: a month that was closed while they ran was planned, whatever
    the bank answered.
    """
    spans = [*registration.sponsorships.all(), *registration.mandates.all()]
    if not any(had_month(one.start_period, one.end_period) for one in spans):
        return None
    ends = registration.mandates.exclude(ended_at=None).values_list("ended_at", flat=True)
    last = max([*ends, registration.ended_at or registration.touched_at])
    return kept_until(queries.calendar().local_date(last))


def _empty(registration: Registration, by: Actor, now: datetime) -> None:
    over = list(registration.sponsorships.select_for_update(of=("self",)).select_related("worker"))
    _empty_workers([s.worker for s in over], now)
    registration.sponsorships.update(declared_income=0)
    papers = _papers_of(registration, over)
    registration.papers.update(notes=[], seen={})
    ReturnNote.objects.filter(registration=registration).update(note="")
    registration.mandates.filter(state__in=EMPTIED_MANDATES, erased_at=None).update(
        account=b"", account_index="", account_holder="", printed=b"", erased_at=now
    )
    Registration.objects.filter(pk=registration.pk).update(
        name="", nip=b"", nip_index="", position="", account=b"", account_index="", account_holder="", notes=[],
        erased_at=now,
    )  # fmt: skip
    _forget_person(registration)
    today = queries.calendar().local_date(now)
    # Today's tries stay until tomorrow: else erasing would be the way round the limit of NIKs a day.
    NikTry.objects.filter(donor_id=registration.donor_id, day__lt=today).delete()
    audit.record(event=Event.DATA_ERASED, about=registration, by=by, now=now, opd_id=registration.opd_id)
    # Bytes go last: a transaction that fails before has destroyed nothing.
    for paper in papers:
        documents.purge(document=paper, now=now)


def _papers_of(registration: Registration, over: list[Sponsorship]) -> list[Document]:
    """Every kept file about this registration: scans, their signed originals, printed mandates, workers' forms."""
    handed_in = [
        d
        for p in registration.papers.select_related("document", "original")
        for d in (p.document, p.original)
    ]
    printed = registration.mandates.filter(state__in=EMPTIED_MANDATES).select_related("pdf")
    forms = WorkerConsent.objects.filter(sponsorship__in=over, waiting=None).select_related("document")
    kept = [*handed_in, *(mandate.pdf for mandate in printed), *(consent.document for consent in forms)]
    found = [document for document in kept if document is not None]
    # A change stands on the KTP and passbook of the registration before it, and the other way round.
    still = kept_papers.needed(found, besides=registration)
    return [document for document in found if document.pk not in still]


def _empty_workers(workers: list[Worker], now: datetime) -> None:
    phones = [worker.phone_index for worker in workers if worker.phone_index]
    Message.objects.filter(recipient__in=phones).exclude(state=Message.QUEUED).update(
        to=b"", subject="", body=b""
    )
    Worker.objects.filter(pk__in=[worker.pk for worker in workers], erased_at=None).update(
        name="", nik=b"", nik_index="", phone=b"", phone_index="", birth_date=None, sex="", workplace="",
        erased_at=now,
    )  # fmt: skip


def _forget_person(registration: Registration) -> None:
    """The donor's name, NIP and post were copied from what an office verified; with the last of it they go."""
    verified = Registration.objects.filter(donor_id=registration.donor_id, erased_at=None)
    if not verified.filter(verified_at__isnull=False).exists():
        Donor.objects.filter(pk=registration.donor_id).update(
            name="", nip=b"", nip_index="", position="", opd=None
        )


def messages_about(registration: Registration) -> QuerySet[Message]:
    """What was said to the donor about this registration, its mandates and its workers."""
    about = Q(occasion__startswith=registration.reference)
    for number in registration.mandates.values_list("number", flat=True):
        about |= Q(occasion__startswith=number)
    for pk in registration.sponsorships.values_list("pk", flat=True):
        about |= Q(occasion__startswith=str(pk))
    return Message.objects.filter(about, recipient=str(registration.donor_id))


def empty_messages(registration: Registration) -> None:
    """Takes address and words out of what was said about it; what still waits to be sent is emptied afterwards."""
    said = messages_about(registration)
    said.filter(event__in=REMINDERS, state=Message.QUEUED).delete()
    said.exclude(state=Message.QUEUED).update(to=b"", subject="", body=b"")


def erase_donor(*, donor: Donor, by: Actor, now: datetime) -> Finding | None:
    """Empties the donor's own row, when none of their registrations holds data any more.

    The contact opens nothing afterwards: who comes back with it begins as somebody new. Refused while a registration
    is kept or open.
    """
    with transaction.atomic():
        held = Donor.objects.select_for_update().get(pk=donor.pk)
        if Registration.objects.filter(donor=held, erased_at=None).exists():
            return NOT_OVER
        if held.erased_at is None:
            held.name = held.nip = held.nip_index = held.position = ""
            held.contact = held.second_channel = held.second_contact = held.preferred = ""
            # The column is unique: a fingerprint of the row itself, which no contact can have.
            held.contact_index = blind_index("erased", str(held.pk))
            held.opd, held.muted, held.retires_on, held.erased_at = None, [], None, now
            held.save()
            audit.record(event=Event.DATA_ERASED, about=held, by=by, now=now)
        said = Message.objects.filter(recipient=str(held.pk))
        said.filter(event__in=REMINDERS, state=Message.QUEUED).delete()
        said.exclude(state=Message.QUEUED).update(to=b"", subject="", body=b"")
    donor.refresh_from_db()
    return None


def erase_settled(*, now: datetime) -> int:
    """The nightly round: drafts that expired or were withdrawn the city's number of days ago are erased, and donors
    of whom nothing else is left; answers how many registrations.

    What was still to be sent when something was erased has left by now: its words go as well, and so do the NIKs
    tried on earlier days.
    """
    settled = now - timedelta(days=city().draft_days)
    due = Registration.objects.filter(state__in=GIVEN_UP, erased_at=None, ended_at__lt=settled)
    erased = 0
    for registration in due.order_by("ended_at")[:AT_ONCE]:
        erased += erase_registration(registration=registration, by=SYSTEM, now=now) is None
    known = Registration.objects.filter(Q(erased_at=None) | Q(ended_at__gte=settled))
    gone = Donor.objects.filter(erased_at=None, created_at__lt=settled).exclude(
        pk__in=known.values("donor_id")
    )
    for donor in gone[:AT_ONCE]:
        erase_donor(donor=donor, by=SYSTEM, now=now)
    _empty_what_has_left(now)
    NikTry.objects.filter(day__lt=queries.calendar().local_date(now)).delete()
    return erased


def _empty_what_has_left(now: datetime) -> None:
    recent = now - timedelta(days=7)
    for registration in Registration.objects.filter(erased_at__gte=recent):
        empty_messages(registration)
    gone = [str(pk) for pk in Donor.objects.filter(erased_at__gte=recent).values_list("pk", flat=True)]
    Message.objects.filter(recipient__in=gone).exclude(state=Message.QUEUED).update(
        to=b"", subject="", body=b""
    )
