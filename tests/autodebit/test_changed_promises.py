"""Changes of a promise and the batches around them: each month pays for the right worker, once, under the ceiling."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest

from autodebit.actions import build as building
from autodebit.actions.approval import reopen
from autodebit.actions.batches import open_due
from autodebit.actions.build import build
from autodebit.models import Attempt, Batch, Exclusion, ObligationLine
from registry.models import Donor
from registry.rules.identity import parse_nik
from sponsorship import queries_promise
from sponsorship.actions import changes, pausing
from sponsorship.actions.ending import revoke
from sponsorship.models import FrozenMonth, Mandate, Sponsorship
from sponsorship.queries import tariff
from sponsorship.rules.months import Month
from tests.at_state import worker_values
from tests.autodebit.month_model import cutoff
from tests.autodebit.population import AFTER, CUTOFF, DISCOUNTED, FULL_PRICE, MandateSpec, make_mandates
from tests.autodebit.together import together
from tests.cast import SUTINI, TODAY
from tests.threads import at_once

JANUARY = cutoff("2027-01").astimezone(UTC) + timedelta(minutes=1)
A_SECOND_BEFORE = CUTOFF - timedelta(seconds=1)
WIDE = 20


def a_donor(**spec) -> Donor:
    (mandate,) = make_mandates([MandateSpec(**{"ceiling": 2 * FULL_PRICE} | spec)])
    return mandate.lineage.donor


def values_of(number: int):
    return worker_values(replace(SUTINI, name=f"Contoh Baru {number}", nik=f"33740155088093{number:02d}"))


def add(donor: Donor, number: int = 1, *, now: datetime, replaces=None):
    return changes.add_worker(
        by=donor, values=values_of(number), waiting_id=None, programme="jkk_jkm", declared_income=1_000_000,
        replaces=replaces, notes=[], now=now,
    )  # fmt: skip


def built(now: datetime) -> Batch:
    batch = build(batch_id=open_due(now=now).pk, now=now)
    assert isinstance(batch, Batch), batch
    return batch


def paid_for(batch: Batch) -> list[str]:
    """Names of the workers whose share is in the lines of this batch."""
    shares = ObligationLine.objects.filter(obligation__attempts__batch=batch, amount__gt=0)
    return sorted(set(shares.values_list("sponsorship__worker__name", flat=True)))


def test_two_workers_made_up_here_have_different_niks():
    assert (
        parse_nik("3374015508809301", today=TODAY).value != parse_nik("3374015508809302", today=TODAY).value
    )


@pytest.mark.django_db
def test_after_a_swap_the_closed_month_pays_the_old_worker_and_the_next_one_the_new(profile):
    donor = a_donor()
    old = Sponsorship.objects.get()
    new = add(donor, now=AFTER, replaces=old.pk)

    december = built(AFTER)
    assert paid_for(december) == [old.worker.name]
    assert (december.count, december.total) == (1, DISCOUNTED)
    january = built(JANUARY)
    assert paid_for(january) == [new.worker.name]
    assert (january.count, january.total) == (1, FULL_PRICE)


@pytest.mark.django_db
def test_a_swap_before_the_cutoff_pays_only_the_new_worker(profile):
    donor = a_donor()
    new = add(donor, now=A_SECOND_BEFORE, replaces=Sponsorship.objects.get().pk)
    assert paid_for(built(AFTER)) == [new.worker.name]


@pytest.mark.django_db
def test_a_month_cut_before_the_pause_is_collected_also_when_it_is_built_late(profile):
    donor = a_donor()
    pausing.pause(by=donor, sponsorship_ids=None, until=None, now=AFTER)

    december = built(AFTER + timedelta(days=5))

    assert (december.count, december.total) == (1, DISCOUNTED)
    other = a_donor(start_period="2027-01")  # so that January has somebody to debit
    Sponsorship.objects.filter(donor=other).update(start_period="2027-01")
    january = built(JANUARY)
    assert january.count == 1
    assert Exclusion.objects.get(batch=january, mandate__lineage__donor=donor).reason == "no_lines"


@pytest.mark.django_db
def test_a_month_paused_before_its_cutoff_stays_paused_when_it_is_built_after_the_donor_went_on(profile):
    donor = a_donor()
    a_donor()
    pausing.pause(by=donor, sponsorship_ids=None, until=None, now=A_SECOND_BEFORE)
    pausing.resume(by=donor, sponsorship_ids=None, now=AFTER)

    december = built(AFTER + timedelta(days=1))

    assert december.count == 1
    assert Exclusion.objects.get(batch=december).mandate.lineage.donor == donor
    assert built(JANUARY).count == 2


@pytest.mark.django_db
def test_a_pause_that_is_over_is_collected_before_and_after_the_task_says_so(profile):
    donor = a_donor()
    a_donor()
    pausing.pause(by=donor, sponsorship_ids=None, until=Month(2027, 1), now=A_SECOND_BEFORE)
    assert built(AFTER).count == 1
    assert Sponsorship.objects.filter(state="paused").count() == 1
    assert built(JANUARY).count == 2


@pytest.mark.django_db
def test_a_reopened_month_is_built_again_for_the_worker_it_was_cut_for(profile, operator):
    donor = a_donor()
    old = Sponsorship.objects.get()
    batch = built(AFTER)
    add(donor, now=AFTER, replaces=old.pk)
    assert reopen(batch_id=batch.pk, reason="Alasan contoh", by=operator, now=AFTER).pk
    again = build(batch_id=batch.pk, now=AFTER)
    assert paid_for(again) == [old.worker.name]


@pytest.mark.django_db
def test_what_the_donor_is_shown_is_what_is_debited_and_never_above_the_ceiling(profile):
    donors = [a_donor() for _ in range(4)]
    add(donors[0], 1, now=A_SECOND_BEFORE)
    pausing.pause(by=donors[1], sponsorship_ids=None, until=Month(2027, 1), now=A_SECOND_BEFORE)
    add(donors[2], 2, now=AFTER)
    changes.end_worker(by=donors[3], sponsorship_id=Sponsorship.objects.get(donor=donors[3]).pk, now=AFTER)
    shown = {
        (donor.pk, month): queries_promise.amount_in(queries_promise.promises_of(donor), month, tariff())
        for donor in donors
        for month in (Month(2026, 12), Month(2027, 1))
    }
    for moment in (AFTER, JANUARY):
        built(moment)
    debited = {
        (attempt.obligation.lineage.donor_id, Month.parse(attempt.obligation.period)): attempt.amount
        for attempt in Attempt.objects.select_related("obligation__lineage")
    }
    assert debited == {key: amount for key, amount in shown.items() if amount}
    assert sorted(debited.values()) == [8_400, 8_400, 16_800, 16_800, 33_600, 33_600]
    assert all(amount <= 2 * FULL_PRICE for amount in debited.values())


def end(donor: Donor, now: datetime) -> str:
    only = Sponsorship.objects.get(donor=donor)
    return changes.end_worker(by=donor, sponsorship_id=only.pk, now=now).end_period


def swap(donor: Donor, now: datetime) -> str:
    return add(donor, now=now, replaces=Sponsorship.objects.get(donor=donor).pk).start_period


def pause(donor: Donor, now: datetime) -> str:
    (paused,) = pausing.pause(by=donor, sponsorship_ids=None, until=None, now=now)
    return paused.pause_from


DURING = {
    "add": (lambda donor, now: add(donor, now=now).start_period, "2027-01"),
    "swap": (swap, "2027-01"),
    "end": (end, "2026-12"),
    "pause": (pause, "2027-01"),
    "revoke": (lambda donor, now: revoke(by=donor, now=now).end_period, "2026-12"),
}


@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize("name", DURING)
def test_a_change_made_while_a_build_runs_waits_and_counts_from_the_next_month(monkeypatch, name):
    """The donor's door read the clock a second before the cut-off; the build began meanwhile. Neither locks the
    other out for ever, and the month that was being cut keeps its line."""
    act, month = DURING[name]
    donor = a_donor()
    read, go_on, answers = Event(), Event(), []
    known = building._fill_prices

    def slow(cursor, month):
        read.set()
        assert go_on.wait(20)
        return known(cursor, month)

    monkeypatch.setattr(building, "_fill_prices", slow)
    batch = open_due(now=AFTER)
    builder = Thread(target=lambda: at_once([lambda: build(batch_id=batch.pk, now=AFTER)]))
    changer = Thread(target=lambda: answers.extend(at_once([lambda: act(donor, A_SECOND_BEFORE)])))
    builder.start()
    assert read.wait(20)
    changer.start()
    changer.join(0.4)
    assert changer.is_alive() and answers == []
    go_on.set()
    builder.join(20)
    changer.join(20)

    assert answers == [month]
    assert FrozenMonth.objects.get().period == "2026-12"
    assert Attempt.objects.get().amount == DISCOUNTED


@pytest.mark.usefixtures("committed_db")
def test_a_build_that_starts_while_a_worker_is_being_added_waits_and_takes_both(monkeypatch):
    donor = a_donor()
    inside, go_on, answers = Event(), Event(), []
    known = changes.tell

    def slow(*args, **words):
        inside.set()
        assert go_on.wait(20)
        return known(*args, **words)

    monkeypatch.setattr(changes, "tell", slow)
    batch = open_due(now=AFTER)
    adder = Thread(target=lambda: answers.extend(at_once([lambda: add(donor, now=A_SECOND_BEFORE)])))
    builder = Thread(target=lambda: at_once([lambda: build(batch_id=batch.pk, now=AFTER)]))
    adder.start()
    assert inside.wait(20)
    builder.start()
    builder.join(0.5)
    assert builder.is_alive()
    go_on.set()
    adder.join(20)
    builder.join(20)

    assert answers[0].start_period == "2026-12"
    assert Attempt.objects.get().amount == 2 * DISCOUNTED


@pytest.mark.usefixtures("committed_db")
def test_of_twenty_donors_after_the_same_worker_exactly_one_gets_through():
    donors = [mandate.lineage.donor for mandate in make_mandates([MandateSpec(ceiling=40_000)] * WIDE)]
    answers = together(WIDE, lambda number: add(donors[number], now=A_SECOND_BEFORE))
    won = [answer for answer in answers if isinstance(answer, Sponsorship)]
    assert len(won) == 1
    assert {answer.code for answer in answers if answer not in won} == {"held"}
    assert Sponsorship.objects.filter(worker__name="Contoh Baru 1").count() == 1


@pytest.mark.usefixtures("committed_db")
def test_of_twenty_tabs_with_different_workers_one_gets_the_last_room():
    donor = a_donor()
    answers = together(WIDE, lambda number: add(donor, number, now=A_SECOND_BEFORE))
    assert sorted(getattr(answer, "code", "in") for answer in answers) == ["in"] + ["over_ceiling"] * 19
    assert sum(line.base_income for line in Sponsorship.objects.filter(donor=donor)) == 2_000_000


@pytest.mark.usefixtures("committed_db")
def test_of_twenty_swaps_of_one_worker_one_counts():
    donor = a_donor()
    old = Sponsorship.objects.get()
    answers = together(WIDE, lambda number: add(donor, number, now=AFTER, replaces=old.pk))
    assert sorted(getattr(answer, "code", "in") for answer in answers) == ["ended_already"] * 19 + ["in"]
    assert Sponsorship.objects.filter(state="ready").count() == 1
    assert Mandate.objects.get().state == "active"
