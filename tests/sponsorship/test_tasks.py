from datetime import timedelta

import pytest

from config.clock import now
from registry.models import Message
from sponsorship import tasks
from tests import at_state
from tests.autodebit.population import MandateSpec, make_mandates
from tests.cast import MORNING, RARA
from tests.waiting import reserved, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_a_day_of_2026(settings):
    settings.APP_NOW = MORNING


def test_the_nightly_task_lets_old_drafts_lapse():
    made = at_state.draft(RARA, now=now() - timedelta(days=31))
    tasks.expire_drafts()
    made.refresh_from_db()
    assert made.state == "expired"


def test_the_nightly_task_destroys_papers_whose_time_is_over():
    long_ago = now() - timedelta(days=200)
    made = at_state.draft(RARA, now=long_ago)
    at_state.hand_in_papers(made, now=long_ago)
    at_state.registration.withdraw(registration_id=made.pk, by=made.donor, now=long_ago)
    tasks.purge_papers()
    assert made.papers.filter(document__purged_at=None).count() == 0


def test_the_tick_looks_at_papers_whose_task_was_lost():
    made = at_state.with_papers(RARA, now=now() - timedelta(minutes=5))
    tasks.look_at_papers()
    assert made.papers.filter(looked_at=None).count() == 0


def test_the_task_of_every_quarter_of_an_hour_lets_go_of_workers_whose_reservation_is_over():
    eight_days_ago = now() - timedelta(days=8)
    row = waiting(now=eight_days_ago)
    reserved(at_state.draft(RARA, eight_days_ago), row, eight_days_ago)
    tasks.release_overdue()
    row.refresh_from_db()
    assert row.state == "waiting"


def test_the_nightly_task_erases_what_was_given_up_long_ago():
    long_ago = now() - timedelta(days=31)
    made = at_state.draft(RARA, now=long_ago)
    at_state.registration.withdraw(registration_id=made.pk, by=made.donor, now=long_ago)
    tasks.erase_settled()
    made.refresh_from_db()
    assert made.erased_at and made.name == ""


def test_the_hourly_task_reminds_by_day():
    at_state.draft(RARA, now=now() - timedelta(days=1, hours=1))
    tasks.remind()
    assert Message.objects.filter(event="draft_reminder").count() == 1


def test_the_morning_task_tells_of_a_changing_contribution():
    make_mandates([MandateSpec()])
    tasks.tell_of_tariff()
    assert Message.objects.filter(event="tariff_change", period="2027-01").count() == 1


def test_the_morning_task_asks_who_retires_soon():
    (mandate,) = make_mandates([MandateSpec()])
    donor = mandate.lineage.donor
    donor.nip, donor.nip_index = "196902152000032901", "nip"
    donor.save()
    tasks.remind_retirement()
    assert Message.objects.filter(event="retirement_near", recipient=str(donor.pk)).count() == 1


def test_the_nightly_task_expires_a_mandate_whose_last_month_is_over():
    (mandate,) = make_mandates([MandateSpec(start_period="2026-09", end_period="2026-10")])
    tasks.close_ended()
    mandate.refresh_from_db()
    assert mandate.state == "expired"
