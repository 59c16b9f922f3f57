"""Random changes of promises under their ceilings, played on the product and on the model beside everything else."""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from registry.models import Donor
from sponsorship.actions import changes, pausing
from sponsorship.actions.drafts import WorkerValues
from sponsorship.models import MandateLineage
from sponsorship.queries import first_open_month
from tests.at_state import worker_values
from tests.autodebit import month_model as paper
from tests.autodebit.month_machine import one, pick
from tests.autodebit.month_money import RandomMonths
from tests.cast import SUTINI

# A donor may ask about ten different workers a day; fewer than that are ever added here.
MOST_WORKERS = 7


class ChangingMonths(RandomMonths):
    """Donors add, swap, end and pause workers at any moment; a month that is cut stays as it was."""

    names = 0

    @precondition(lambda self: self.model.donors)
    @rule(number=pick)
    def a_donor_adds_a_worker(self, number: int) -> None:
        donor = one(self.model.donors, number)
        if len(donor.workers) >= MOST_WORKERS:
            return
        added = self.add(donor)
        self.agree(added, donor.state == "active" and len(donor.going_on) < donor.room)
        if self.did(added):
            self.model.joins(donor, str(added.pk), self.now)

    @precondition(lambda self: any(donor.going_on for donor in self.model.donors))
    @rule(number=pick)
    def a_donor_swaps_a_worker(self, number: int) -> None:
        donor = one([donor for donor in self.model.donors if donor.going_on], number)
        worker = one(donor.going_on, number // 7)
        if len(donor.workers) >= MOST_WORKERS:
            return
        added = self.add(donor, replaces=worker.key)
        self.agree(added, donor.state == "active")
        if self.did(added):
            self.model.leaves(worker, self.now)
            self.model.joins(donor, str(added.pk), self.now)

    @precondition(lambda self: any(donor.going_on for donor in self.model.donors))
    @rule(number=pick)
    def a_donor_ends_a_worker(self, number: int) -> None:
        donor = one([donor for donor in self.model.donors if donor.going_on], number)
        worker = one(donor.going_on, number // 7)
        ended = changes.end_worker(by=self.person(donor), sponsorship_id=worker.key, now=self.now)
        self.agree(ended, donor.state != "cancelled")
        if self.did(ended):
            self.model.leaves(worker, self.now)

    @precondition(lambda self: any(donor.going_on for donor in self.model.donors))
    @rule(number=pick, months=st.integers(0, 3))
    def a_donor_pauses_a_worker(self, number: int, months: int) -> None:
        donor = one([donor for donor in self.model.donors if donor.going_on], number)
        worker = one(donor.going_on, number // 7)
        until = first_open_month(self.now).plus(months) if months else None
        paused = pausing.pause(by=self.person(donor), sponsorship_ids=[worker.key], until=until, now=self.now)
        self.agree(paused, donor.state != "cancelled")
        if self.did(paused):
            self.model.rests(donor, worker, months, self.now)

    @precondition(lambda self: any(donor.going_on for donor in self.model.donors))
    @rule(number=pick)
    def a_donor_goes_on(self, number: int) -> None:
        donor = one([donor for donor in self.model.donors if donor.going_on], number)
        resumed = pausing.resume(by=self.person(donor), sponsorship_ids=None, now=self.now)
        self.agree(resumed, donor.state != "cancelled")
        if self.did(resumed):
            for worker in donor.going_on:
                self.model.goes_on(donor, worker, self.now)

    @rule()
    def the_nightly_task_ends_pauses_that_are_over(self) -> None:
        pausing.resume_over(now=self.now)  # changes no month, so the model has nothing to do

    def add(self, donor: paper.Donor, replaces: str | None = None):
        return changes.add_worker(
            by=self.person(donor), values=self.somebody(), waiting_id=None, programme="jkk_jkm",
            declared_income=1_000_000, replaces=replaces, notes=[], now=self.now,
        )  # fmt: skip

    def somebody(self) -> WorkerValues:
        self.names += 1
        return worker_values(
            replace(SUTINI, name=f"Contoh Baru {self.names}", nik=f"337401550880{9000 + self.names}")
        )

    @staticmethod
    def person(donor: paper.Donor) -> Donor:
        return Donor.objects.get(pk=MandateLineage.objects.get(pk=donor.key).donor_id)

    @staticmethod
    def did(answer: object) -> bool:
        return not isinstance(answer, changes.Finding)
