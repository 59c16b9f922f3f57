"""The donor's own rights over their data: correct, look at in full, take along, erase (UU 27/2022 articles 5 to 13)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from registry.actions import audit, messages
from registry.models import Donor
from registry.rules.events import Event
from registry.rules.finding import Finding
from sponsorship.actions import erasure
from sponsorship.actions.registration import BEING_CHECKED, withdraw
from sponsorship.models import Mandate, Registration, Sponsorship
from sponsorship.rules.lifecycle import LIVE_MANDATE, LIVE_SPONSORSHIP, OPEN_REGISTRATION
from sponsorship.rules.months import Month, indonesian_date

STOP_FIRST = Finding(
    "stop_first",
    "Surat kuasa atau perlindungan Anda masih berjalan. Hentikan dulu; sesudah bulan terakhirnya selesai, data dapat "
    "dihapus.",
)


@dataclass(frozen=True)
class Erasable:
    """What erasing would do now: registrations that go, and those that are kept, each until a day.

    `blocked` says why nothing can be erased yet.
    """

    blocked: Finding | None
    goes: tuple[Registration, ...]
    stays: tuple[tuple[Registration, date], ...]

    @property
    def kept_until(self) -> date | None:
        return max((until for _, until in self.stays), default=None)


def erasable(donor: Donor) -> Erasable:
    """What would go and what would stay if this donor erased their data now."""
    own = list(Registration.objects.filter(donor=donor, erased_at=None).order_by("started_at"))
    kept = [(registration, until) for registration in own if (until := erasure.records_until(registration))]
    ids = {registration.pk for registration, _ in kept}
    goes = tuple(registration for registration in own if registration.pk not in ids)
    return Erasable(_blocked(own), goes, tuple(kept))


def _blocked(own: list[Registration]) -> Finding | None:
    if any(registration.state == "in_check" for registration in own):
        return BEING_CHECKED
    over = [registration for registration in own if registration.state not in OPEN_REGISTRATION]
    if not any(erasure.runs(registration) for registration in over):
        return None
    if Mandate.objects.filter(registration__in=over, state__in=LIVE_MANDATE).exists():
        return STOP_FIRST
    running = Sponsorship.objects.filter(registration__in=over, state__in=LIVE_SPONSORSHIP)
    if any(row.state != "ending" or not row.end_period for row in running):
        return STOP_FIRST
    return _until(Month.parse(max(row.end_period for row in running)))


def _until(last: Month) -> Finding:
    """It is stopped; the promises are closed in the night after their last month (`ending.close_ended`)."""
    return Finding(
        "last_month",
        f"Surat kuasa Anda sudah dihentikan, tetapi perlindungannya masih berjalan sampai {last.label()}. Data yang "
        f"tidak wajib disimpan dapat dihapus mulai {indonesian_date(last.next().first_day())}.",
    )


def erase_own(*, by: Donor, now: datetime) -> Erasable | Finding:
    """Erases what can be erased of this donor, and answers what that was.

    A registration that nobody approved yet is withdrawn first. What was debited stays as long as bookkeeping demands,
    without scans; then the donor stays known by the contact they come in by. Else nothing of them is left.
    """
    with transaction.atomic():
        plan = erasable(by)
        if plan.blocked:
            return plan.blocked
        to = messages.donor_recipient(by)
        for registration in plan.goes:
            refused = _erase(registration, by, now)
            if refused:
                return _undo(refused)
        for registration, _ in plan.stays:
            erasure.trim_registration(registration=registration, by=by, now=now)
        if plan.stays:
            Donor.objects.filter(pk=by.pk).update(
                second_channel="", second_contact=b"", preferred="", muted=[]
            )
        else:
            erasure.erase_donor(donor=by, by=by, now=now)
        until = indonesian_date(plan.kept_until) if plan.kept_until else ""
        messages.queue(
            event="data_erased", to=to, occasion=now.isoformat(timespec="seconds"), now=now,
            day=indonesian_date(now), kept_until=until,
        )  # fmt: skip
    by.refresh_from_db()
    return plan


def _erase(registration: Registration, by: Donor, now: datetime) -> Finding | None:
    if registration.state in OPEN_REGISTRATION:
        withdrawn = withdraw(registration_id=registration.pk, by=by, now=now)
        if isinstance(withdrawn, Finding):
            return withdrawn
    return erasure.erase_registration(registration=registration, by=by, now=now)


def _undo(refused: Finding) -> Finding:
    """All or nothing: a verifier took a registration in hand between our look and our write."""
    transaction.set_rollback(True)
    return refused


def correct_position(*, by: Donor, position: str, now: datetime) -> Donor:
    """The post is the donor's own word; the next paper is printed with it, a draft without a paper takes it at once.

    Name, NIP and account stand on a signed paper and change with a new one.
    """
    with transaction.atomic():
        unprinted = Registration.objects.filter(donor=by, state="draft").exclude(position="")
        unprinted.exclude(mandates__state__in=("issued", "signed")).update(position=position)
        held = Donor.objects.select_for_update().get(pk=by.pk)
        if held.position != position:
            held.position = position
            held.save(update_fields=["position"])
            audit.record(event=Event.DONOR_CORRECTED, about=held, by=by, now=now, changed=["position"])
    by.refresh_from_db(fields=["position"])
    return by


def show_numbers(*, by: Donor, now: datetime) -> None:
    """Writes down that the donor looked at their own full numbers; call it before they are shown."""
    audit.record(event=Event.NUMBER_SHOWN, about=by, by=by, now=now)


def record_export(*, by: Donor, now: datetime) -> None:
    """Writes down that the donor took a copy of their data along; call it before the copy leaves."""
    audit.record(event=Event.DONOR_EXPORTED, about=by, by=by, now=now)
