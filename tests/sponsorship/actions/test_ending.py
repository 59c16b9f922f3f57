from dataclasses import replace
from datetime import timedelta

import pytest

from registry.checks import count_of
from registry.models import AuditEvent, Message
from registry.rules.finding import Finding
from registry.rules.roles import Role
from sponsorship import queries
from sponsorship.actions import changes, ending, mandates, pausing, registration, verification
from sponsorship.checks import CHECKS
from sponsorship.models import FrozenMonth, Mandate, MandateLineage, Registration, Sponsorship
from sponsorship.rules.checks import REQUIRED_CHECKS
from sponsorship.rules.consent import consent_text
from tests import at_state
from tests.cast import AFTER_CUTOFF, BIMA, MORNING, PARJO, RARA

RARA_AGAIN = replace(RARA, workers=(PARJO,))
LATER = MORNING + timedelta(hours=2)

pytestmark = pytest.mark.django_db


@pytest.fixture
def verifier():
    return at_state.staff("verifikator", Role.OPD_VERIFIER, "DINKES")


def test_revoking_before_the_first_cutoff_ends_everything_and_frees_the_worker(verifier):
    made = at_state.verified(RARA, verifier)

    mandate = ending.revoke(by=made.donor, now=MORNING)

    assert (mandate.state, mandate.end_period) == ("cancelled", "2026-11")
    sponsorship = Sponsorship.objects.get()
    assert (sponsorship.state, sponsorship.holds_nik) == ("ended", None)
    assert sponsorship.end_period == ""  # there was no last month: an end before the start breaks I2
    assert [check.what for check in CHECKS if count_of(check.count)] == []
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


def test_a_month_cut_under_the_version_before_is_named_when_the_newest_has_not_begun(verifier):
    at_state.verified(RARA, verifier)
    second = at_state.verified(RARA_AGAIN, verifier, AFTER_CUTOFF)
    assert Mandate.objects.get(registration=second).start_period == "2027-01"

    ending.revoke(by=second.donor, now=AFTER_CUTOFF)

    assert "Bulan terakhir yang dapat dipotong: Desember 2026." in (
        Message.objects.get(event="mandate_revoked").body
    )


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


def test_second_registration_signed_before_the_revocation_cannot_be_verified_on_that_paper(verifier):
    first = at_state.verified(RARA, verifier)
    second = at_state.in_check(RARA_AGAIN, verifier, LATER)

    ending.revoke(by=first.donor, now=LATER)
    answer = verification.verify(
        registration_id=second.pk,
        revision=second.revision,
        checks=list(REQUIRED_CHECKS),
        by=verifier,
        now=LATER,
    )

    assert answer == verification.MANDATE_GONE
    assert set(Mandate.objects.values_list("state", flat=True)) == {"cancelled"}
    assert Sponsorship.objects.get(registration=second).state == "pending"


def test_second_registration_returned_after_the_revocation_goes_on_with_a_new_paper_and_lineage(verifier):
    first = at_state.verified(RARA, verifier)
    second = at_state.in_check(RARA_AGAIN, verifier, LATER)
    ending.revoke(by=first.donor, now=LATER)
    mine = {"registration_id": second.pk, "by": first.donor, "now": LATER}
    verification.return_to_donor(
        registration_id=second.pk,
        revision=second.revision,
        reasons={},
        note="Cetak ulang.",
        by=verifier,
        now=LATER,
    )

    assert [gap.code for gap in registration.submit(**mine)] == ["mandate_missing"]
    text = consent_text(mandates.figures_of(Registration.objects.get(pk=second.pk), LATER))
    fresh = mandates.issue(**mine, agreed_text=text)
    at_state.hand_in_papers(fresh.registration, LATER)
    again = verification.take(registration_id=registration.submit(**mine).pk, by=verifier, now=LATER)
    verification.verify(
        registration_id=again.pk,
        revision=again.revision,
        checks=list(REQUIRED_CHECKS),
        by=verifier,
        now=LATER,
    )

    fresh.refresh_from_db()
    assert (fresh.state, fresh.version, fresh.lineage.ended_at) == ("active", 1, None)
    assert Sponsorship.objects.get(registration=second).lineage == fresh.lineage


def test_new_consent_does_not_count_a_worker_whose_cover_is_ending(verifier):
    first = at_state.verified(RARA, verifier)
    ending.revoke(by=first.donor, now=AFTER_CUTOFF)

    figures = mandates.figures_of(at_state.draft(RARA_AGAIN, AFTER_CUTOFF), AFTER_CUTOFF)

    assert (figures.workers, figures.amount_now, str(figures.start)) == (1, 28_400, "2027-01")


def test_scans_are_destroyed_when_their_time_after_the_last_cover_is_over(verifier):
    first = at_state.verified(RARA, verifier)
    ending.revoke(by=first.donor, now=AFTER_CUTOFF)
    closed = AFTER_CUTOFF.replace(year=2027, month=1, day=1)
    ending.close_ended(now=closed)

    assert registration.purge_papers(now=closed + timedelta(days=90)) == 0
    assert registration.purge_papers(now=closed + timedelta(days=91)) == 2

    kept = first.papers.filter(document__purged_at=None)
    assert [paper.kind for paper in kept] == ["signed_mandate"]


def test_a_worker_who_ended_earlier_does_not_make_the_closed_month_the_last_one(verifier):
    """Ended in November, December closed since, not over yet: nobody is due in December."""
    made = at_state.verified(RARA, verifier)
    Mandate.objects.update(start_period="2026-11")
    Sponsorship.objects.update(start_period="2026-11")
    changes.end_worker(by=made.donor, sponsorship_id=Sponsorship.objects.get().pk, now=MORNING)

    mandate = ending.revoke(by=made.donor, now=AFTER_CUTOFF)

    said = Message.objects.get(event="mandate_revoked").body
    assert "Desember" not in said and "Tidak ada potongan lagi." in said
    assert "Belum ada bulan yang dipotong" not in said
    assert queries.covered_until(mandate) == []


def test_a_month_that_everybody_was_paused_for_is_not_named_as_the_last_one(verifier):
    made = at_state.verified(RARA, verifier)
    Mandate.objects.update(start_period="2026-11")
    Sponsorship.objects.update(start_period="2026-11")
    pausing.pause(by=made.donor, sponsorship_ids=None, until=None, now=MORNING)

    mandate = ending.revoke(by=made.donor, now=AFTER_CUTOFF)

    said = Message.objects.get(event="mandate_revoked").body
    assert "Desember" not in said and "Tidak ada potongan lagi." in said
    assert queries.covered_until(mandate) == []
