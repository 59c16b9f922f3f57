"""Sending a registration, taking it back, letting it lapse."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import F

from registry.actions import documents, messages
from registry.actions.audit import SYSTEM, Actor
from registry.actions.moves import move
from registry.models import Donor
from registry.queries import city
from registry.rules.finding import Finding
from registry.rules.identity import under_age_limit
from sponsorship import queries
from sponsorship.actions import kept_papers, waiting_list
from sponsorship.actions.drafts import CLOSED, EDITABLE
from sponsorship.actions.e_signature import signing_of
from sponsorship.actions.facts import facts_of
from sponsorship.actions.paper_checks import wrong_papers
from sponsorship.models import Registration, RegistrationPaper, Sponsorship
from sponsorship.rules.completeness import gaps
from sponsorship.rules.lifecycle import MANDATE, REGISTRATION, SPONSORSHIP

BEING_CHECKED = Finding(
    "being_checked",
    "OPD sedang memeriksa pendaftaran ini, jadi belum dapat dibatalkan. Sesudah pemeriksaan selesai: bila "
    "dikembalikan, pilih lagi “Batalkan pendaftaran”; bila disetujui, pilih “Hentikan surat kuasa”.",
)


def submit(*, registration_id, by: Donor, now: datetime) -> Registration | list[Finding]:
    """Sends a complete registration to the OPD.

    1. Nothing may be missing, and the signed mandate must be the one printed from exactly the present data.
    2. Each worker must be under 65 in the first month, and the ceiling must cover the normal tariff. A scan whose QR
       names another mandate, or an older version of this one, is refused.
    3. The workers' NIKs are claimed; of two donors with the same worker exactly one gets through. Who was on the
       waiting list, chosen there or typed by NIK, leaves it.
    4. The mandate counts as signed today; the donor is told, and the OPD finds it in its queue.

    Sent already: the registration as it is (a replayed post changes nothing).
    """
    with transaction.atomic():
        registration = Registration.objects.select_for_update().filter(pk=registration_id, donor=by).first()
        if registration is None or registration.state in ("withdrawn", "expired"):
            return [CLOSED]
        if registration.state not in EDITABLE:
            return registration
        found = (
            gaps(facts_of(registration))
            or _no_longer_possible(registration, now)
            or wrong_papers(registration)
        )
        if found:
            return found
        taken = _claim_workers(registration, by, now)
        if taken:
            return [taken]
        mandate = queries.current_mandate(registration)
        if mandate.state == "issued":
            signed = signing_of(registration, mandate, now)
            move(row=mandate, along=MANDATE, event="sign", by=by, now=now, also=signed)
        move_registration(
            registration, "submit", by, now, submitted_at=now, taken_by=None, taken_at=None, checks=[]
        )
        tell_donor(registration, "registration_submitted", now)
        return registration


def withdraw(*, registration_id, by: Donor, now: datetime) -> Registration | Finding:
    """Takes a registration back before the OPD checks it: never debited, papers destroyed on schedule.

    Refused while a verifier has it in hand, and after the approval: from then on the mandate is stopped instead.
    """
    with transaction.atomic():
        registration = Registration.objects.select_for_update().filter(pk=registration_id, donor=by).first()
        if registration is None:
            return CLOSED
        if registration.state == "withdrawn":
            return registration
        if not REGISTRATION.allows(registration.state, "withdraw"):
            return BEING_CHECKED if registration.state == "in_check" else CLOSED
        give_up(registration, "withdraw", by, now)
        tell_donor(registration, "registration_withdrawn", now)
        return registration


def expire_drafts(*, now: datetime) -> int:
    """Lets drafts and returned registrations lapse that nobody touched for the city's number of days; answers
    how many."""
    too_old = now - timedelta(days=city().draft_days)
    lapsed = 0
    for pk in Registration.objects.filter(state__in=EDITABLE, touched_at__lt=too_old).values_list(
        "pk", flat=True
    ):
        with transaction.atomic():
            registration = (
                Registration.objects.select_for_update(skip_locked=True)
                .filter(pk=pk, state__in=EDITABLE, touched_at__lt=too_old)
                .first()
            )
            if registration:
                give_up(registration, "expire", SYSTEM, now)
                lapsed += 1
    return lapsed


def purge_papers(*, now: datetime) -> int:
    """Destroys KTP and passbook scans (and papers that were replaced) when the city's retention after the end
    is over. What a running registration of the same donor stands on as well is left for it."""
    until = now - timedelta(days=city().scan_retention_days)
    due = RegistrationPaper.objects.filter(document__purged_at=None).select_related("document", "original")
    ended = due.filter(registration__ended_at__lt=until).exclude(
        kind="signed_mandate", registration__verified_at__isnull=False
    )
    aside = due.filter(set_aside_at__lt=until)
    papers = list(ended | aside)
    still = kept_papers.needed([paper.document for paper in papers])
    over = [paper for paper in papers if paper.document_id not in still]
    for paper in over:
        documents.purge(document=paper.document, now=now)
        if paper.original:
            documents.purge(document=paper.original, now=now)
    return len(over)


def resume_url(registration: Registration) -> str:
    """The donor's personal link: it opens nothing by itself, a one-time code to the proven contact does."""
    return f"{settings.BASE_URL}/lanjut/{signing.dumps(str(registration.pk), salt='resume')}/"


def _no_longer_possible(registration: Registration, now: datetime) -> list[Finding]:
    first = queries.start_month(registration, now)
    limit = city().age_limit
    found = [
        Finding(
            "too_old",
            f"{s.worker.name} berusia {limit} tahun atau lebih pada bulan pertama. Hapus pekerja ini.",
            "pekerja",
        )
        for s in queries.own_sponsorships(registration)
        if not under_age_limit(s.worker.birth_date, first.first_day(), limit)
    ]
    amounts = queries.amounts_of(queries.promised_sponsorships(registration), first, queries.tariff())
    if amounts.full > queries.current_mandate(registration).ceiling:
        found.append(
            Finding(
                "over_ceiling",
                "Tarif naik melebihi batas di surat kuasa. Setujui dan cetak surat kuasa baru.",
                "persetujuan",
            )
        )
    return found


def _claim_workers(registration: Registration, by: Donor, now: datetime) -> Finding | None:
    """Takes hold of each NIK in one order for everybody, so two donors with the same workers cannot block each other.

    All or none: a returned registration keeps what it held before.
    """
    pending = sorted(
        (s for s in queries.own_sponsorships(registration) if s.state == "pending"),
        key=lambda s: s.worker.nik_index,
    )
    waiting_list.lock_listed(nik_indexes=[s.worker.nik_index for s in pending])
    try:
        with transaction.atomic():
            for sponsorship in pending:
                name = sponsorship.worker.name
                Sponsorship.objects.filter(pk=sponsorship.pk).update(holds_nik=sponsorship.worker.nik_index)
    except IntegrityError:  # the rival's claim is there, or was committed while ours waited for it
        return Finding(
            "held",
            f"{name} sudah terlindungi atau sedang didaftarkan. Silakan ganti dengan pekerja lain.",
            "pekerja",
        )
    for sponsorship in pending:
        waiting_list.settle(sponsorship=sponsorship, by=by, now=now)
    return None


def give_up(registration: Registration, event: str, by: Actor, now: datetime) -> None:
    """Ends a locked registration that nobody approved: its workers are let go, its papers are cancelled."""
    for sponsorship in registration.sponsorships.filter(state="pending").select_related("worker"):
        waiting_list.give_back(sponsorship=sponsorship, by=by, now=now)
        move(row=sponsorship, along=SPONSORSHIP, event="withdraw", by=by, now=now, also={"holds_nik": None})
    for mandate in registration.mandates.filter(state__in=("issued", "signed")):
        move(row=mandate, along=MANDATE, event="cancel", by=by, now=now, also={"ended_at": now})
    move_registration(registration, event, by, now, ended_at=now)


def move_registration(registration: Registration, event: str, by: Actor, now: datetime, **columns) -> None:
    """Moves a locked registration; every move counts its revision, so a page opened before is known to be stale."""
    move(
        row=registration,
        along=REGISTRATION,
        event=event,
        by=by,
        now=now,
        opd_id=registration.opd_id,
        also={"revision": F("revision") + 1, "touched_at": now, **columns},
    )


def tell_donor(registration: Registration, event: str, now: datetime, **words) -> None:
    """One message to the donor about this state of the registration, with the personal link; `words` for the
    template."""
    messages.queue(
        event=event,
        to=messages.donor_recipient(registration.donor),
        occasion=f"{registration.reference}/{registration.revision}",
        now=now,
        registration=registration,
        link=resume_url(registration),
        **words,
    )
