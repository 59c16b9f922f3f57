"""A new version of a running mandate: another account or another ceiling, for the workers who run already."""

from datetime import datetime

from django.db import IntegrityError, transaction

from registry.actions import audit
from registry.models import Donor
from registry.rules.events import Event
from registry.rules.finding import Finding
from sponsorship import queries
from sponsorship.actions import kept_papers
from sponsorship.actions.drafts import EDITABLE, new_reference
from sponsorship.actions.ending import NOTHING_RUNS
from sponsorship.models import Mandate, Registration, Sponsorship
from sponsorship.rules.lifecycle import OPEN_REGISTRATION

OTHER_OPEN = Finding(
    "other_open",
    "Masih ada pendaftaran Anda yang belum selesai. Selesaikan atau batalkan dulu, lalu ajukan perubahan ini.",
)
ALREADY_SENT = Finding(
    "already_sent",
    "Perubahan Anda yang sebelumnya masih diperiksa OPD. Tunggu sampai selesai, atau batalkan dulu di halaman Anda.",
)
NOBODY_GOES_ON = Finding(
    "nobody_goes_on",
    "Semua pekerja Anda akan berakhir, jadi surat kuasa baru tidak diperlukan. Untuk melindungi pekerja lain, "
    "mulailah pendaftaran baru.",
)


def start_change(*, by: Donor, now: datetime) -> Registration | Finding:
    """Opens a change of the running mandate, filled in from it, or the one that is open already.

    The workers go on as they are and are not entered again; KTP and passbook that are still kept are used again. What
    is debited stays as it is until an office has verified the new paper. Refused: nothing runs, nobody goes on, or
    another registration of this donor is open.
    """
    try:
        with transaction.atomic():
            return _open(by, now)
    except IntegrityError:  # opened in another tab at the same moment
        return _already(Registration.objects.get(donor=by, state__in=OPEN_REGISTRATION))


def _open(by: Donor, now: datetime) -> Registration | Finding:
    mandate = queries.running_mandate(by.pk)
    if mandate is None:
        return NOTHING_RUNS
    existing = Registration.objects.filter(donor=by, state__in=OPEN_REGISTRATION).first()
    if existing:
        return _already(existing)
    if not Sponsorship.objects.filter(lineage=mandate.lineage_id, state__in=queries.GOING_ON).exists():
        return NOBODY_GOES_ON
    registration = _filled_in(mandate, by, now)
    registration.save(force_insert=True)
    kept_papers.link(registration, now)
    audit.record(event=Event.REGISTRATION_STARTED, about=registration, by=by, now=now, kind="change")
    return registration


def _filled_in(mandate: Mandate, by: Donor, now: datetime) -> Registration:
    before = mandate.registration
    return Registration(
        reference=new_reference(), donor=by, kind="change", started_at=now, touched_at=now,
        name=before.name, nip=before.nip, nip_index=before.nip_index, employment=before.employment,
        position=before.position, opd=mandate.lineage.opd or before.opd, bank=mandate.bank, account=mandate.account,
        account_index=mandate.account_index, account_holder=mandate.account_holder, ceiling=mandate.ceiling,
    )  # fmt: skip


def _already(existing: Registration) -> Registration | Finding:
    if existing.kind != "change":
        return OTHER_OPEN
    return existing if existing.state in EDITABLE else ALREADY_SENT
