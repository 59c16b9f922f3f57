from datetime import timedelta

import pytest

from autodebit.actions.batches import open_by_hand, open_due
from autodebit.models import Batch
from registry.models import AuditEvent, Bank
from registry.rules.finding import Finding
from tests.autodebit.population import CUTOFF, PERIOD, make_staff

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def test_nothing_is_opened_before_the_cutoff(profile):
    assert open_due(now=CUTOFF - MINUTE) is None
    assert not Batch.objects.exists()


@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=1), timedelta(days=1)])
def test_a_scheduler_that_comes_late_opens_the_month_for_its_payday(profile, late):
    batch = open_due(now=CUTOFF + late)
    assert (batch.period, batch.wave, batch.state, batch.maker) == (PERIOD, 1, "open", None)
    assert str(batch.collection_date) == "2026-12-01"


def test_a_scheduler_that_comes_after_payday_collects_on_the_next_working_day(profile):
    assert (
        str(open_due(now=CUTOFF + timedelta(days=8)).collection_date) == "2026-12-07"
    )  # Friday the 4th, so Monday


def test_five_weeks_later_only_the_current_month_is_opened(profile):
    batch = open_due(now=CUTOFF + timedelta(weeks=5))
    assert batch.period == "2027-01"
    assert list(Batch.objects.values_list("period", flat=True)) == ["2027-01"]


def test_a_month_is_opened_once(profile):
    first = open_due(now=CUTOFF)
    assert open_due(now=CUTOFF + MINUTE) is None
    assert list(Batch.objects.all()) == [first]
    event = AuditEvent.objects.get(event="batch.opened")
    assert (event.object_id, event.actor_kind, event.detail["period"]) == (str(first.pk), "system", PERIOD)


def test_a_voided_month_is_not_opened_again_by_the_schedule(profile, operator, approvers):
    persons = {"void_requested_by": operator, "voided_by": approvers[0]}
    Batch.objects.create(
        profile=profile, period=PERIOD, collection_date="2026-12-01", state="voided", **persons
    )
    assert open_due(now=CUTOFF) is None


def test_a_bank_that_is_no_longer_used_gets_no_batch(profile):
    profile.bank.active = False
    profile.bank.save()
    assert open_due(now=CUTOFF) is None


def test_without_any_bank_nothing_is_opened(db):
    Bank.objects.update(active=False)
    assert open_due(now=CUTOFF) is None


def test_an_operator_opens_a_month_and_is_its_maker(profile, operator):
    batch = open_by_hand(profile=profile, period=PERIOD, by=operator, now=CUTOFF)
    assert (batch.state, batch.maker) == ("open", operator)


def test_opening_by_hand_twice_or_after_the_schedule_answers_the_same_batch(profile, operator):
    batch = open_due(now=CUTOFF)
    assert open_by_hand(profile=profile, period=PERIOD, by=operator, now=CUTOFF) == batch
    assert open_by_hand(profile=profile, period=PERIOD, by=operator, now=CUTOFF) == batch
    batch.refresh_from_db()
    assert batch.maker is None


def test_before_the_cutoff_the_operator_is_told_from_when(profile, operator):
    answer = open_by_hand(profile=profile, period=PERIOD, by=operator, now=CUTOFF - MINUTE)
    assert isinstance(answer, Finding) and not Batch.objects.exists()
    assert answer.message == (
        "Potongan Desember 2026 baru dapat disusun setelah batas waktunya, Kamis, 26 November 2026 pukul 16.00 WIB."
    )


def test_a_month_whose_remittance_is_over_is_not_opened_by_hand(profile, operator):
    answer = open_by_hand(profile=profile, period=PERIOD, by=operator, now=CUTOFF + timedelta(days=20))
    assert answer.code == "window_over" and "10 Desember 2026" in answer.message


@pytest.mark.parametrize("role", ["labour_approver", "labour_viewer", "auditor", "administrator"])
def test_nobody_but_an_operator_opens_a_month(profile, role):
    answer = open_by_hand(profile=profile, period=PERIOD, by=make_staff(role, role), now=CUTOFF)
    assert answer.code == "right_missing" and not Batch.objects.exists()
