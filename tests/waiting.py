"""Workers on the waiting list as donors meet them: in a group, each different, chosen for a registration."""

from dataclasses import replace
from datetime import datetime

from sponsorship.actions import choosing, waiting_entry, worker_consent
from sponsorship.actions.waiting_entry import Group
from sponsorship.models import Registration, Sponsorship, WaitingWorker
from tests import at_state
from tests.cast import MORNING, MadeUpWorker
from tests.on_the_list import officer, operator

YATI = MadeUpWorker(
    "Yatiningsih Contoh", "3374015202819007", "+6281299990077", workplace="Lapak Canaria, los 3"
)
MARKET = Group("pasar", "Pasar Rahasia Contoh")


def one_waiting(number: int, **changes) -> MadeUpWorker:
    """One of up to 99 made-up workers who differ in name, NIK and phone."""
    worker = replace(
        YATI,
        name=f"Contoh Menunggu {number}",
        nik=f"33740152028192{number:02d}",
        phone=f"+6281299991{number:03d}",
    )
    return replace(worker, **changes)


def waiting(worker: MadeUpWorker = YATI, now: datetime = MORNING, group: Group = MARKET) -> WaitingWorker:
    """A worker of this group whom donors can choose, waiting since `now`."""
    row = waiting_entry.enter(
        values=at_state.worker_values(worker), group=group, notes=[], entered_for=None, by=officer(), now=now
    )
    worker_consent.record(row=row, method="code", by=None, now=now)
    return waiting_entry.verify(waiting_id=row.pk, by=operator(), now=now)


def reserved(made: Registration, row: WaitingWorker, now: datetime = MORNING) -> Sponsorship:
    """The worker of this row, chosen for this registration by its donor."""
    taken = choosing.reserve(registration_id=made.pk, waiting_id=row.pk, by=made.donor, now=now)
    assert isinstance(taken, Sponsorship), taken
    return taken
