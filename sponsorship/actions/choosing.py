"""Choosing from the waiting list in the wizard: a worker is kept for the donor for some days, and let go after them."""

from datetime import datetime

from django.db import IntegrityError, transaction

from registry.actions import messages
from registry.actions.audit import SYSTEM
from registry.actions.moves import move
from registry.models import Donor
from registry.queries import city
from registry.rules.finding import Finding
from sponsorship import queries
from sponsorship.actions.drafts import CLOSED, EDITABLE, lock_editable, too_many_workers
from sponsorship.actions.registration import resume_url
from sponsorship.actions.waiting_list import GONE, give_back, take_for
from sponsorship.models import Registration, Sponsorship, WaitingWorker
from sponsorship.rules.lifecycle import SPONSORSHIP

ALREADY_TYPED = Finding(
    "twice", "Pekerja ini sudah ada di pendaftaran Anda. Silakan pilih pekerja lain, atau lanjutkan."
)


def reserve(*, registration_id, waiting_id, by: Donor, now: datetime) -> Sponsorship | Finding:
    """Adds a waiting worker to a draft or returned registration and keeps them for the city's number of days.

    The sponsorship holds the worker's NIK at once: of many donors after one worker exactly one gets through. Chosen
    already in this registration: that sponsorship. Refused: gone meanwhile, one worker too many, at the age limit in
    the first month, typed by this donor already, too many different workers in a day.
    """
    try:
        with transaction.atomic():
            registration = lock_editable(registration_id, by)
            if registration is None or registration.kind == "change":
                return CLOSED
            own = queries.own_sponsorships(registration)
            chosen = next((s for s in own if s.waiting_id and s.waiting_id == waiting_id), None)
            fault = None if chosen else _fault(own, waiting_id)
            return chosen or fault or _take(registration, own, waiting_id, by, now)
    except IntegrityError:  # somebody who typed this NIK was sent in between our look and our claim
        return GONE


def _fault(own: list[Sponsorship], waiting_id) -> Finding | None:
    profile = city()
    if len(own) >= profile.workers_per_registration:
        return too_many_workers(profile.workers_per_registration)
    wanted = WaitingWorker.objects.filter(pk=waiting_id).values_list("nik_index", flat=True).first()
    return ALREADY_TYPED if wanted in {s.worker.nik_index for s in own} else None


def _take(
    registration: Registration, own: list[Sponsorship], waiting_id, by: Donor, now: datetime
) -> Sponsorship | Finding:
    month = queries.start_month(registration, now)
    worker = take_for(waiting_id=waiting_id, donor=by, now=now, month=month)
    if isinstance(worker, Finding):
        return worker
    registration.touched_at = now
    registration.save(update_fields=["touched_at"])
    return Sponsorship.objects.create(
        registration=registration,
        donor=by,
        worker=worker,
        waiting_id=waiting_id,
        holds_nik=worker.nik_index,
        position=max((s.position for s in own), default=0) + 1,
        created_at=now,
    )


def release_overdue(*, now: datetime) -> int:
    """Lets workers go whose reservation is over and whose registration was never sent in; answers how many.

    Each is back on the list at the old place, and the donor is told once. A registration that was sent in has chosen
    its workers, and keeps them when the office returns it.
    """
    over = Sponsorship.objects.filter(
        state="pending", waiting__state="reserved", waiting__reserved_until__lte=now,
        registration__state__in=EDITABLE,
    )  # fmt: skip
    found = list(over.order_by("waiting__reserved_until").values_list("pk", "registration_id"))
    return sum(_let_go(pk, registration_id, now) for pk, registration_id in found)


def _let_go(sponsorship_id, registration_id, now: datetime) -> bool:
    with transaction.atomic():
        # The donor who sends or removes just now goes first.
        registration = (
            Registration.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("donor")
            .filter(pk=registration_id, state__in=EDITABLE)
            .first()
        )
        sponsorship = registration and (
            registration.sponsorships.filter(
                pk=sponsorship_id,
                state="pending",
                waiting__state="reserved",
                waiting__reserved_until__lte=now,
            )
            .select_related("worker__occupation")
            .first()
        )
        if not sponsorship:
            return False
        give_back(sponsorship=sponsorship, by=SYSTEM, now=now)
        move(
            row=sponsorship, along=SPONSORSHIP, event="withdraw", by=SYSTEM, now=now, also={"holds_nik": None}
        )
        messages.queue(
            event="reservation_over",
            to=messages.donor_recipient(registration.donor),
            occasion=str(sponsorship.pk),
            now=now,
            registration=registration,
            occupation=sponsorship.worker.occupation.name,
            days=city().reservation_days,
            link=resume_url(registration),
        )
        return True
