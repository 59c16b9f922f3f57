"""A worker leaves the waiting list for a donor, and comes back to it.

One worker, one sponsor: who takes somebody from the list locks the row first and claims the NIK after it, in this order
everywhere, so two donors after the same worker wait for each other and never for ever.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from registry.actions.audit import Actor
from registry.actions.moves import move
from registry.models import Donor, Worker
from registry.queries import city
from registry.rules.finding import Finding
from registry.rules.identity import under_age_limit
from sponsorship import queries
from sponsorship.actions import nik_tries
from sponsorship.models import Sponsorship, WaitingWorker
from sponsorship.rules.lifecycle import WAITING
from sponsorship.rules.months import Month

GONE = Finding(
    "gone",
    "Pekerja ini baru saja dipilih orang lain. Pekerja lain di daftar masih menunggu; silakan pilih lagi.",
)
TOO_OLD = Finding(
    "too_old",
    "Usia pekerja ini melewati batas pada bulan pertama perlindungan. Silakan pilih pekerja lain dari daftar.",
)
TOO_MANY_TODAY = Finding(
    "too_many_tries", "Anda sudah membuka data terlalu banyak pekerja hari ini. Silakan lanjutkan besok."
)

# What a sponsorship took over from the list: without the identity, which a new Worker row seals for itself.
COPIED = (
    "name", "nik", "nik_index", "birth_date", "sex", "phone", "phone_index", "occupation_id", "workplace",
    "kelurahan_id",
)  # fmt: skip


def take_for(*, waiting_id, donor: Donor, now: datetime, month: Month | None = None) -> Worker | Finding:
    """Holds a waiting worker for this donor for the city's number of days, and copies what the sponsorship needs.

    The caller's transaction creates the sponsorship (`waiting`, `holds_nik` at once) and calls `settle` when it counts.
    `month`: the first month of cover, when it is later than the first open one. Refused: not waiting any more or held
    by a live sponsorship, at the age limit in that month, more different workers in a day than the city allows.
    """
    row = WaitingWorker.objects.select_for_update(of=("self",)).filter(pk=waiting_id, state="waiting").first()
    if row is None or queries.held_by(row.nik_index):
        return GONE
    profile, first = city(), (month or queries.first_open_month(now)).first_day()
    if not under_age_limit(row.birth_date, first, profile.age_limit):
        return TOO_OLD
    if nik_tries.too_many(donor, row.nik_index, now):
        return TOO_MANY_TODAY
    until = now + timedelta(days=profile.reservation_days)
    _reserve(row, donor, until, now)
    return Worker.objects.create(created_at=now, **{name: getattr(row, name) for name in COPIED})


def lock_listed(*, nik_indexes: Iterable[str]) -> None:
    """Locks the rows of these workers, in one order for everybody; call it before their NIKs are claimed."""
    listed = WaitingWorker.objects.select_for_update(of=("self",)).filter(nik_index__in=list(nik_indexes))
    list(listed.order_by("nik_index", "pk").values_list("pk", flat=True))


def settle(*, sponsorship: Sponsorship, by: Donor, now: datetime) -> None:
    """The choice counts now: reserved -> chosen.

    A worker whose NIK the donor typed although they wait leaves the list as well: their row is reserved and chosen in
    one go. The NIK is claimed already, so the row cannot be somebody else's. Nobody on the list: nothing happens.
    """
    row = _listed(sponsorship)
    if row is None:
        row = (
            WaitingWorker.objects.select_for_update(of=("self",))
            .filter(nik_index=sponsorship.worker.nik_index, state="waiting")
            .first()
        )
        if row is not None:
            _reserve(row, sponsorship.donor, now, now)
    if row is not None and row.state == "reserved":
        move(row=row, along=WAITING, event="choose", by=by, now=now, also={"reserved_until": None})


def give_back(*, sponsorship: Sponsorship, by: Actor, now: datetime) -> None:
    """The worker waits again, since when they waited before: at the old place when the choice never counted, first in
    line when the sponsor was lost. No-op for somebody who was not on the list."""
    row = _listed(sponsorship)
    if row is None:
        return
    freed: dict = {"reserved_by": None, "reserved_until": None}
    if row.state == "reserved":
        move(row=row, along=WAITING, event="release", by=by, now=now, also=freed)
    else:
        move(row=row, along=WAITING, event="return", by=by, now=now, also={**freed, "first_in_line": True})


def _reserve(row: WaitingWorker, donor: Donor, until: datetime, now: datetime) -> None:
    held = {"reserved_by": donor, "reserved_until": until}
    move(row=row, along=WAITING, event="reserve", by=donor, now=now, also=held)


def _listed(sponsorship: Sponsorship) -> WaitingWorker | None:
    """The row this sponsorship took from the list, locked; None when another promise holds that worker by now.

    A worker whose NIK was typed is found by that NIK.
    """
    if queries.held_by(sponsorship.worker.nik_index, besides=sponsorship):
        return None
    held = WaitingWorker.objects.select_for_update(of=("self",)).filter(
        reserved_by=sponsorship.donor_id, state__in=("reserved", "chosen")
    )
    if sponsorship.waiting_id:
        return held.filter(pk=sponsorship.waiting_id).first()
    return held.filter(nik_index=sponsorship.worker.nik_index).first()
