import pytest

from registry.models import AuditEvent, Message
from registry.rules.finding import Finding
from registry.rules.roles import Role
from sponsorship.actions import ending
from sponsorship.models import FrozenMonth, Mandate, MandateLineage, Sponsorship
from tests import at_state
from tests.cast import AFTER_CUTOFF, BIMA, MORNING, RARA

pytestmark = pytest.mark.django_db


@pytest.fixture
def verifier():
    return at_state.staff("verifikator", Role.OPD_VERIFIER, "DINKES")


def test_revoking_before_the_first_cutoff_ends_everything_and_frees_the_worker(verifier):
    made = at_state.verified(RARA, verifier)

    mandate = ending.revoke(by=made.donor, now=MORNING)

    assert (mandate.state, mandate.end_period) == ("cancelled", "2026-11")
    sponsorship = Sponsorship.objects.get()
    assert (sponsorship.state, sponsorship.holds_nik, sponsorship.end_period) == ("ended", None, "2026-11")
    assert MandateLineage.objects.get().ended_at == MORNING
    said = Message.objects.get(event="mandate_revoked")
    assert "tidak akan ada potongan" in said.body
    assert AuditEvent.objects.filter(event="mandate.cancelled", actor_donor=made.donor).count() == 1


def test_revoking_after_the_cutoff_leaves_the_month_that_was_cut(verifier):
    made = at_state.verified(RARA, verifier)
    FrozenMonth.objects.create(period="2026-12", frozen_at=AFTER_CUTOFF)

    mandate = ending.revoke(by=made.donor, now=AFTER_CUTOFF)

    assert mandate.end_period == "2026-12"
    sponsorship = Sponsorship.objects.get()
    assert (sponsorship.state, sponsorship.end_period) == ("ending", "2026-12")
    assert sponsorship.holds_nik is not None
    assert "Desember 2026" in Message.objects.get(event="mandate_revoked").body


def test_ending_sponsorship_closes_when_its_last_month_is_over(verifier):
    made = at_state.verified(RARA, verifier)
    ending.revoke(by=made.donor, now=AFTER_CUTOFF)

    assert ending.close_ended(now=AFTER_CUTOFF.replace(month=12, day=31)) == 0
    assert ending.close_ended(now=AFTER_CUTOFF.replace(year=2027, month=1, day=1)) == 1

    sponsorship = Sponsorship.objects.get()
    assert (sponsorship.state, sponsorship.holds_nik) == ("ended", None)


def test_revoking_twice_changes_nothing(verifier):
    made = at_state.verified(RARA, verifier)
    ending.revoke(by=made.donor, now=MORNING)

    assert ending.revoke(by=made.donor, now=MORNING) == ending.NOTHING_RUNS
    assert Message.objects.filter(event="mandate_revoked").count() == 1


def test_stranger_and_draft_have_nothing_to_revoke(verifier):
    at_state.verified(RARA, verifier)
    other = at_state.draft(BIMA)

    assert isinstance(ending.revoke(by=other.donor, now=MORNING), Finding)
    assert Mandate.objects.get(registration__donor__name=RARA.name).state == "active"


def test_donor_who_stopped_may_sponsor_again_with_a_new_lineage(verifier):
    made = at_state.verified(RARA, verifier)
    ending.revoke(by=made.donor, now=MORNING)

    again = at_state.verified(RARA, verifier, now=MORNING.replace(hour=4))

    assert again.donor == made.donor
    assert MandateLineage.objects.filter(donor=made.donor).count() == 2
    assert Mandate.objects.filter(state="active").count() == 1
