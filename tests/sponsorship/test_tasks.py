from datetime import timedelta

import pytest

from config.clock import now
from sponsorship import tasks
from tests import at_state
from tests.cast import MORNING, RARA

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
