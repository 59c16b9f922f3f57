"""Changes under a signed ceiling: one worker more, another one instead, one less. No new paper; a notice is enough.

Who changes something locks in this order: the open registration, the lineage, its live mandate, the promises. A build
holds the mandates while it works; whoever waited for it reads afterwards that the month is frozen, and counts from the
next one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from registry.actions import messages
from registry.actions.moves import move
from registry.models import Donor, Worker
from registry.rules.finding import Finding
from sponsorship import queries, queries_promise
from sponsorship.actions import drafts, waiting_list
from sponsorship.actions.ending import NOTHING_RUNS, end_sponsorship, last_month_under
from sponsorship.actions.registration import resume_url
from sponsorship.models import Mandate, MandateLineage, Registration, Sponsorship
from sponsorship.queries_promise import Room
from sponsorship.rules.lifecycle import LIVE_MANDATE, OPEN_REGISTRATION, SPONSORSHIP
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month

# A mandate that the bank holds or that is suspended debits nothing: a worker added to it would wait unprotected.
OPEN_TO_NEW = ("verified", "active")
NOT_YOURS = Finding("not_yours", "Pekerja ini tidak ada di antara yang Anda lindungi.")
ENDED_ALREADY = Finding(
    "ended_already", "Perlindungan pekerja ini sudah diakhiri, jadi tidak dapat diganti lagi."
)
MANDATE_WAITS = Finding(
    "mandate_waits",
    "Surat kuasa Anda sedang ditangguhkan atau menunggu bank, jadi pekerja baru belum dapat ditambahkan.",
)
MANDATE_ENDS = Finding(
    "mandate_ends", "Surat kuasa Anda sudah punya bulan terakhir, jadi pekerja baru tidak dapat ditambahkan."
)


@dataclass(frozen=True)
class Promise:
    """A donor's running promise, locked: nobody builds a batch from it or changes it meanwhile."""

    lineage: MandateLineage
    mandate: Mandate
    first: Month
    """The first month a change still reaches, read under the lock."""

    def own(self, sponsorship_id) -> Sponsorship | None:
        """One of its sponsorships, locked as well; None when it is somebody else's or was never verified."""
        mine = self.lineage.sponsorships.select_for_update().exclude(state__in=("pending", "withdrawn"))
        return mine.filter(pk=sponsorship_id).first()


def lock_promise(by: Donor, now: datetime) -> Promise | None:
    """The donor's running promise, locked; None when nothing runs. Call it in the transaction of the change."""
    # A registration that is being sent in compares its amount with its ceiling: one after the other.
    list(Registration.objects.select_for_update().filter(donor=by, state__in=OPEN_REGISTRATION))
    lineage = MandateLineage.objects.select_for_update(no_key=True).filter(donor=by, ended_at=None).first()
    if lineage is None:
        return None
    mandate = lineage.mandates.select_for_update().filter(state__in=LIVE_MANDATE).first()
    return Promise(lineage, mandate, queries.first_open_month(now)) if mandate else None


def room_under_ceiling(donor: Donor, now: datetime) -> Room:
    """What still fits under the donor's ceiling; all nought when nothing runs. Raises NoTariff."""
    mandate = queries_promise.live_mandate(donor)
    return queries_promise.room(mandate, now) if mandate else Room(0, 0, 0)


def check_worker(*, by: Donor, values: drafts.WorkerValues, now: datetime) -> Finding | None:
    """Why this worker cannot be added, asked before the donor goes on typing; the try of the NIK is noted."""
    mandate = queries_promise.live_mandate(by)
    if mandate is None:
        return NOTHING_RUNS
    with transaction.atomic():
        first = queries_promise.first_month(mandate, now)
        return drafts.worker_fault(by, values.nik, first.first_day(), now)


def add_worker(
    *,
    by: Donor,
    values: drafts.WorkerValues | None,
    waiting_id: Any,
    programme: str,
    declared_income: int,
    replaces: Any,
    notes: list[Finding],
    now: datetime,
) -> Sponsorship | Finding:
    """One worker more under the signed ceiling, typed (`values`) or from the waiting list (`waiting_id`).

    1. The promise is locked, the first open month read under the lock, the room under the ceiling counted.
    2. The worker is checked as in a registration, and the NIK claimed: of two donors exactly one gets through.
    3. The sponsorship is ready from the first open month. `replaces`: the worker whose place is taken; the last month
       that is closed stays theirs, the first open one is the newcomer's.
    4. The donor is told what changed, from when, and how to undo it.

    Refused: nothing runs, the bank has the mandate, no room, and everything `drafts.worker_fault` or the waiting list
    says.
    """
    try:
        with transaction.atomic():
            promise = lock_promise(by, now)
            replaced = promise.own(replaces) if promise and replaces else None
            cover = (_base(promise, declared_income, now), programme) if promise else (0, programme)
            fault = _fault(promise, replaces, replaced, cover, now)
            if fault:
                return fault
            start = queries_promise.first_month(promise.mandate, now)
            worker = _worker(by, values, waiting_id, start, now)
            if isinstance(worker, Finding):
                return worker
            added = _promise(promise, worker, waiting_id, cover, declared_income, start, now)
            _note(added, notes)
            _take_place(promise, added, replaced, start, now)
            return added
    except IntegrityError:  # another donor's claim of this NIK came first, or was committed while ours waited
        return drafts.HELD


def _take_place(
    promise: Promise, added: Sponsorship, replaced: Sponsorship | None, start: Month, now: datetime
) -> None:
    """The newcomer leaves the waiting list, who is replaced keeps the month that is closed, and the donor is told."""
    by = promise.lineage.donor
    waiting_list.settle(sponsorship=added, by=by, now=now)
    if replaced:
        end_sponsorship(replaced, str(promise.first.previous()), by, now, successor=added)
    tell(promise, "changed" if replaced else "added", [added], start, now, replaced=replaced)


def end_worker(*, by: Donor, sponsorship_id: Any, now: datetime) -> Sponsorship | Finding:
    """Ends one worker's promise with the last month that is closed; the mandate goes on, also without workers.

    Ended already: the promise as it is, and nothing happens.
    """
    with transaction.atomic():
        promise = lock_promise(by, now)
        if promise is None:
            return NOTHING_RUNS
        sponsorship = promise.own(sponsorship_id)
        if sponsorship is None:
            return NOT_YOURS
        if sponsorship.state in queries.GOING_ON:
            last = last_month_under(promise.mandate, now)
            end_sponsorship(sponsorship, str(last), by, now)
            tell(promise, "ended", [sponsorship], last.next(), now)
        return sponsorship


def tell(
    promise: Promise, change: str, about: list[Sponsorship], month: Month, now: datetime, **words: Any
) -> None:
    """One message about one change: what, from which month, what is debited then, and how to undo it."""
    donor, registration = promise.lineage.donor, promise.mandate.registration
    running = queries_promise.promises_of(donor)
    messages.queue(
        event="promise_changed",
        to=messages.donor_recipient(donor),
        # Begins with the promise: by that the message is found when its data are erased.
        occasion=f"{about[0].pk}/{change}/{now:%y%m%d%H%M%S%f}",
        now=now,
        change=change,
        name=registration.name or donor.name,
        mandate=promise.mandate,
        workers=[each.worker.name for each in about],
        sponsorship=about[0],
        month=month.label(),
        last=month.previous().label(),
        amount=_amount(promise.mandate, running, month),
        ceiling=rupiah(promise.mandate.ceiling),
        nobody=not any(each.state in queries.GOING_ON for each in running),
        link=resume_url(registration),
        **words,
    )


def _amount(mandate: Mandate, running: list[Sponsorship], month: Month) -> str:
    """Empty when the table does not say yet what that month costs: nobody is kept from a change by that."""
    try:
        return rupiah(queries_promise.amount_under(mandate, running, month, queries.tariff()))
    except queries.NoTariff:
        return ""


def _fault(
    promise: Promise | None,
    replaces: Any,
    replaced: Sponsorship | None,
    cover: tuple[int, str],
    now: datetime,
) -> Finding | None:
    if promise is None:
        return NOTHING_RUNS
    if replaces and replaced is None:
        return NOT_YOURS
    if replaced and replaced.state not in queries.GOING_ON:
        return ENDED_ALREADY
    if promise.mandate.state not in OPEN_TO_NEW:
        return MANDATE_WAITS
    if promise.mandate.end_period:
        return MANDATE_ENDS
    if not cover[0]:
        return Finding(
            "no_base", "Tarif untuk penghasilan ini belum tersedia. Pilih yang lain.", "declared_income"
        )
    if not queries_promise.fits(cover, promise.mandate, now, replaced):
        return no_room(promise.mandate, cover, replaced, now)
    return None


def no_room(mandate: Mandate, cover: tuple[int, str], replaced: Sponsorship | None, now: datetime) -> Finding:
    """How much is left under the ceiling, and how much this worker would need in the dearest month known."""
    price = queries_promise.highest_price(*cover, queries_promise.first_month(mandate, now), queries.tariff())
    left = queries_promise.room(mandate, now, replaced).left
    return Finding(
        "over_ceiling",
        f"Batas tertinggi di surat kuasa Anda {rupiah(mandate.ceiling)} per bulan. Ruang yang masih ada "
        f"{rupiah(left)}, sedangkan pekerja ini memerlukan {rupiah(price)} menurut tarif normal. Pilih perlindungan "
        "yang lebih kecil, atau naikkan batasnya lebih dulu.",
    )


def _base(promise: Promise, declared_income: int, now: datetime) -> int:
    start = queries_promise.first_month(promise.mandate, now)
    return queries.tariff().base_for(declared_income, start) or 0


def _worker(
    by: Donor, values: drafts.WorkerValues | None, waiting_id: Any, start: Month, now: datetime
) -> Worker | Finding:
    if values is None:
        return waiting_list.take_for(waiting_id=waiting_id, donor=by, now=now, month=start)
    fault = drafts.worker_fault(by, values.nik, start.first_day(), now)
    if fault:
        return fault
    worker = drafts.write_worker(Worker(created_at=now), values)
    waiting_list.lock_listed(nik_indexes=[worker.nik_index])
    return worker


def _promise(
    promise: Promise,
    worker: Worker,
    waiting_id: Any,
    cover: tuple[int, str],
    declared_income: int,
    start: Month,
    now: datetime,
) -> Sponsorship:
    registration = promise.mandate.registration
    base, programme = cover
    positions = registration.sponsorships.order_by("-position").values_list("position", flat=True)
    added = Sponsorship.objects.create(
        registration=registration,
        donor=promise.lineage.donor,
        lineage=promise.lineage,
        worker=worker,
        position=(positions.first() or 0) + 1,
        programme=programme,
        declared_income=declared_income,
        base_income=base,
        holds_nik=worker.nik_index,
        waiting_id=waiting_id if waiting_id else None,
        created_at=now,
    )
    move(
        row=added,
        along=SPONSORSHIP,
        event="add",
        by=promise.lineage.donor,
        now=now,
        opd_id=registration.opd_id,
        also={"start_period": str(start)},
    )
    # The papers of this registration are needed again.
    Registration.objects.filter(pk=registration.pk).exclude(ended_at=None).update(ended_at=None)
    return added


def _note(added: Sponsorship, notes: list[Finding]) -> None:
    """Odd but possible input stays with the registration, where the offices look for it."""
    if notes:
        registration = Registration.objects.select_for_update().get(pk=added.registration_id)
        step = f"pekerja:{added.pk}"
        kept = [{"step": step, "field": note.field, "message": note.message} for note in notes]
        Registration.objects.filter(pk=registration.pk).update(notes=[*registration.notes, *kept])
