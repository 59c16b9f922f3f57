"""Ending a promise: the donor revokes the mandate, at any time, without a reason and without a fee (KUHPerdata
1813, 1814)."""

from datetime import datetime

from django.db import transaction

from registry.actions import messages
from registry.actions.audit import SYSTEM, Actor
from registry.actions.moves import move
from registry.models import Donor, User
from registry.rules.finding import Finding
from sponsorship import queries
from sponsorship.actions import waiting_list
from sponsorship.actions.registration import resume_url
from sponsorship.models import Mandate, MandateLineage, Registration, Sponsorship
from sponsorship.rules.lifecycle import LIVE_MANDATE, LIVE_SPONSORSHIP, MANDATE, SPONSORSHIP
from sponsorship.rules.months import Month

NOTHING_RUNS = Finding(
    "nothing_runs", "Tidak ada surat kuasa yang berlaku, jadi tidak ada yang perlu dihentikan."
)
AT_ONCE = 500


def last_month(now: datetime) -> Month:
    """The last month that a revocation made now leaves untouched: the one before the first month still open."""
    return queries.first_open_month(now).previous()


def last_month_under(mandate: Mandate, now: datetime) -> Month:
    """The same for this mandate, which may end earlier because its donor retires."""
    last = last_month(now)
    return min(last, Month.parse(mandate.end_period)) if mandate.end_period else last


def revoke(*, by: Donor, now: datetime) -> Mandate | Finding:
    """Ends the donor's live mandate and every sponsorship under it, from the first month that is not frozen.

    A month that was cut before keeps its line, and its cover. A sponsorship that never reached a month ends at once and
    lets its worker go; the others are `ending` until their last month is over. Papers of the same lineage that nobody
    verified yet end with it: a registration under way prints a new one before it can be verified. Nothing runs (any
    more): a Finding.
    """
    with transaction.atomic():
        # The lineage first: while a new version takes the place of the old one, neither is missed.
        lineage = (
            MandateLineage.objects.select_for_update(no_key=True).filter(donor=by, ended_at=None).first()
        )
        return end_lineage(lineage, by, now) if lineage else NOTHING_RUNS


def end_by_office(*, lineage_id, reason: str, by: User, now: datetime) -> Mandate | Finding:
    """Ends a lineage as `revoke` does, because the bank said that its account or mandate is of no use any more."""
    with transaction.atomic():
        lineage = (
            MandateLineage.objects.select_for_update(no_key=True).filter(pk=lineage_id, ended_at=None).first()
        )
        return end_lineage(lineage, by, now, reason=reason) if lineage else NOTHING_RUNS


def end_lineage(
    lineage: MandateLineage, by: Donor | User, now: datetime, reason: str = "", event: str = "mandate_revoked"
) -> Mandate | Finding:
    """Ends a locked lineage with its live mandate and what runs under it; `event` is the message that says so."""
    mandate = (
        Mandate.objects.select_for_update(of=("self",))
        .filter(lineage=lineage, state__in=LIVE_MANDATE)
        .first()
    )
    if mandate is None:
        return NOTHING_RUNS
    month = last_month_under(mandate, now)
    last, cut, begun = str(month), queries.is_cut(lineage, month), queries.ever_cut(lineage, month)
    also, about = {"ended_at": now, "end_period": last}, {"reason": reason} if reason else {}
    move(row=mandate, along=MANDATE, event="cancel", by=by, now=now, also=also, **about)
    for sponsorship in lineage.sponsorships.select_for_update().filter(
        state__in=("ready", "active", "paused")
    ):
        end_sponsorship(sponsorship, last, by, now)
    close_lineage(lineage, by, now)
    registration = mandate.registration
    messages.queue(
        event=event,
        to=messages.donor_recipient(lineage.donor),
        occasion=mandate.number,
        now=now,
        registration=registration,
        mandate=mandate,
        last=month.label() if cut else "",
        begun=begun,
        by_office=isinstance(by, User),
        link=resume_url(registration),
    )
    return mandate


def close_lineage(lineage: MandateLineage, by: Actor, now: datetime) -> None:
    """What goes with the last live mandate of a lineage: papers that nobody verified yet, and a noted retirement.

    For the scans of its changes the retention begins.
    """
    for unverified in lineage.mandates.select_for_update().filter(state__in=("issued", "signed")):
        move(row=unverified, along=MANDATE, event="cancel", by=by, now=now, also={"ended_at": now})
    MandateLineage.objects.filter(pk=lineage.pk).update(ended_at=now)
    Donor.objects.filter(pk=lineage.donor_id).update(retires_on=None)
    changes = Registration.objects.filter(kind="change", state="verified", ended_at=None)
    changes.filter(mandates__lineage=lineage).update(ended_at=now)


def close_ended(*, now: datetime) -> int:
    """Closes sponsorships whose last month is over, and lets their workers go; answers how many."""
    current = str(Month.of(queries.calendar().local_date(now)))
    over = Sponsorship.objects.filter(state="ending").exclude(end_period="").filter(end_period__lt=current)
    closed = 0
    for sponsorship in over.order_by("pk")[:AT_ONCE]:
        with transaction.atomic():
            held = (
                Sponsorship.objects.select_for_update(skip_locked=True)
                .filter(pk=sponsorship.pk, state="ending")
                .first()
            )
            if held:
                _close(held, now)
                closed += 1
    return closed


def end_sponsorship(
    sponsorship: Sponsorship,
    last: str,
    by: Donor | User,
    now: datetime,
    successor: Sponsorship | None = None,
) -> None:
    """Ends one locked promise with its last month `last`; one that never reached a month is over at once.

    `successor`: who takes this worker's place. Then a promise that never reached a month is superseded.
    """
    replaced = {"successor": successor} if successor else {}
    if sponsorship.start_period <= last:
        move(
            row=sponsorship,
            along=SPONSORSHIP,
            event="end",
            by=by,
            now=now,
            also={"end_period": last, **replaced},
        )
    elif successor:
        _let_go(sponsorship, "supersede", by, now, replaced)
    else:
        move(row=sponsorship, along=SPONSORSHIP, event="end", by=by, now=now, also={"end_period": ""})
        _close(sponsorship, now)


def _close(sponsorship: Sponsorship, now: datetime) -> None:
    _let_go(sponsorship, "close", SYSTEM, now, {})


def _let_go(sponsorship: Sponsorship, event: str, by: Actor, now: datetime, also: dict) -> None:
    """Lets the worker go; who came from the waiting list is first in line there again.

    With the last promise of a registration the retention of its scans begins.
    """
    waiting_list.give_back(sponsorship=sponsorship, by=SYSTEM, now=now)
    move(row=sponsorship, along=SPONSORSHIP, event=event, by=by, now=now, also={"holds_nik": None, **also})
    live = Sponsorship.objects.filter(registration=sponsorship.registration_id, state__in=LIVE_SPONSORSHIP)
    if not live.exists():
        Registration.objects.filter(pk=sponsorship.registration_id, ended_at=None).update(ended_at=now)
