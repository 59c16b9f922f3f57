"""Leaving from many windows at once: done once, and never against what another window did meanwhile."""

from datetime import date

import pytest

from registry.models import AuditEvent, Donor, Message
from registry.rules.roles import Role
from sponsorship.actions import amendments, ending, leaving
from sponsorship.models import Mandate, MandateLineage, Registration, Sponsorship
from tests import at_state
from tests.cast import MORNING, RARA
from tests.threads import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("committed_db", "quick_papers"),
]
WIDE = 20


@pytest.fixture
def donor() -> Donor:
    return at_state.verified(RARA, at_state.staff("verifikator", Role.OPD_VERIFIER, "DINKES")).donor


def again(donor: Donor) -> Donor:
    """The same donor, as another process has read them."""
    return Donor.objects.get(pk=donor.pk)


def test_withdrawing_at_once_withdraws_and_erases_once(donor):
    donors = [again(donor) for _ in range(WIDE)]

    answers = at_once([lambda by=by: leaving.withdraw_in_cooling_off(by=by, now=MORNING) for by in donors])

    assert sum(isinstance(answer, Mandate) for answer in answers) == 1, answers
    assert [
        answer for answer in answers if answer != ending.NOTHING_RUNS and not isinstance(answer, Mandate)
    ] == []
    assert Message.objects.filter(event="cooling_off").count() == 1
    assert AuditEvent.objects.filter(event="data.erased").count() == 2  # the registration and the donor
    assert Donor.objects.get().erased_at == MORNING


def test_retiring_and_stopping_at_once_leaves_a_stopped_mandate(donor):
    day = date(2027, 3, 1)
    acts = [
        lambda by=by: leaving.retire(by=by, first_day_without_salary=day, now=MORNING)
        for by in (again(donor) for _ in range(WIDE // 2))
    ]
    acts += [
        lambda by=by: ending.revoke(by=by, now=MORNING) for by in (again(donor) for _ in range(WIDE // 2))
    ]

    answers = at_once(acts)

    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    mandate = Mandate.objects.get()
    assert (mandate.state, mandate.end_period) == ("cancelled", "2026-11")
    assert MandateLineage.objects.get().ended_at == MORNING
    assert Sponsorship.objects.get().state == "ended"
    assert Donor.objects.get().retires_on is None


def test_two_tabs_that_start_a_change_get_the_same_one(donor):
    donors = [again(donor) for _ in range(WIDE)]

    answers = at_once([lambda by=by: amendments.start_change(by=by, now=MORNING) for by in donors])

    assert {getattr(answer, "pk", answer) for answer in answers} == {
        Registration.objects.get(kind="change").pk
    }
    assert Registration.objects.get(kind="change").papers.count() == 2
