"""Ending a promise: the donor revokes the mandate, at any time, without a reason and without a fee (KUHPerdata 1813, 1814)."""

from datetime import datetime

from django.db import transaction

from registry.actions import messages
from registry.actions.audit import SYSTEM
from registry.actions.moves import move
from registry.models import Donor
from registry.rules.finding import Finding
from sponsorship import queries
from sponsorship.actions.registration import resume_url
from sponsorship.models import Mandate, Sponsorship
from sponsorship.rules.lifecycle import LIVE_MANDATE, MANDATE, SPONSORSHIP
from sponsorship.rules.months import Month

NOTHING_RUNS = Finding("nothing_runs", "Tidak ada surat kuasa yang berlaku, jadi tidak ada yang perlu dihentikan.")
AT_ONCE = 500


def last_month(now: datetime) -> Month:
    """The last month that a revocation made now leaves untouched: the one before the first month still open."""
    return queries.first_open_month(now).previous()


def revoke(*, by: Donor, now: datetime) -> Mandate | Finding:
    """Ends the donor's live mandate and every sponsorship under it, from the first month that is not frozen.

    A month that was cut before keeps its line, and its cover. A sponsorship that never reached a month ends at once and
    lets its worker go; the others are `ending` until their last month is over. Revoked already: the mandate as it is.
    """
    with transaction.atomic():
        lineage = queries.live_lineage(by.pk)
        mandate = (
            Mandate.objects.select_for_update(of=("self",)).filter(lineage=lineage, state__in=LIVE_MANDATE).first()
            if lineage
            else None
        )
        if mandate is None:
            return NOTHING_RUNS
        last = str(last_month(now))
        move(row=mandate, along=MANDATE, event="cancel", by=by, now=now, also={"ended_at": now, "end_period": last})
        for sponsorship in lineage.sponsorships.select_for_update().filter(state__in=("ready", "active", "paused")):
            move(row=sponsorship, along=SPONSORSHIP, event="end", by=by, now=now, also={"end_period": last})
            if sponsorship.start_period > last:
                _close(sponsorship, now)
        type(lineage).objects.filter(pk=lineage.pk).update(ended_at=now)
        registration = mandate.registration
        messages.queue(
            event="mandate_revoked",
            to=messages.donor_recipient(by),
            occasion=mandate.number,
            now=now,
            registration=registration,
            mandate=mandate,
            last=Month.parse(last).label() if last >= mandate.start_period else "",
            link=resume_url(registration),
        )
        return mandate


def close_ended(*, now: datetime) -> int:
    """Closes sponsorships whose last month is over, and lets their workers go; answers how many."""
    current = str(Month.of(queries.calendar().local_date(now)))
    over = Sponsorship.objects.filter(state="ending").exclude(end_period="").filter(end_period__lt=current)
    closed = 0
    for sponsorship in over.order_by("pk")[:AT_ONCE]:
        with transaction.atomic():
            held = Sponsorship.objects.select_for_update(skip_locked=True).filter(pk=sponsorship.pk, state="ending").first()
            if held:
                _close(held, now)
                closed += 1
    return closed


def _close(sponsorship: Sponsorship, now: datetime) -> None:
    move(row=sponsorship, along=SPONSORSHIP, event="close", by=SYSTEM, now=now, also={"holds_nik": None})
