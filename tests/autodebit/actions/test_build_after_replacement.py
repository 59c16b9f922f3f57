"""A donor adds a worker after the cut-off, before a late build: the month that was cut is paid on the version
before."""

import io
from dataclasses import replace

import pytest
from django.core.management import call_command

from autodebit.actions.batches import open_due
from autodebit.actions.build import build
from autodebit.models import Attempt, Exclusion
from registry.rules.roles import Role
from sponsorship.actions import ending
from sponsorship.models import Mandate
from tests import at_state
from tests.cast import AFTER_CUTOFF, PARJO, RARA, another

pytestmark = pytest.mark.django_db


def test_workers_keep_the_month_that_was_cut_when_a_new_version_came_before_a_late_build():
    verifier = at_state.staff("verifikator", Role.OPD_VERIFIER, "DINKES")
    at_state.verified(RARA, verifier)
    at_state.verified(replace(RARA, workers=(PARJO,)), verifier, now=AFTER_CUTOFF)

    build(batch_id=open_due(now=AFTER_CUTOFF).pk, now=AFTER_CUTOFF)

    line = Attempt.objects.select_related("mandate", "obligation").get()
    assert (line.mandate.version, line.amount, line.obligation.period) == (1, 8_400, "2026-12")
    assert (line.mandate.state, line.mandate.end_period) == ("replaced", "2026-12")
    newer = Mandate.objects.get(version=2)
    assert (newer.state, newer.start_period) == ("active", "2027-01")
    assert Exclusion.objects.get().reason == "verified_late"
    call_command("check_invariants", stdout=io.StringIO())


def test_who_revokes_the_new_version_before_a_late_build_is_not_debited_on_the_one_before():
    verifier = at_state.staff("verifikator", Role.OPD_VERIFIER, "DINKES")
    at_state.verified(RARA, verifier)
    donor = at_state.verified(replace(RARA, workers=(PARJO,)), verifier, now=AFTER_CUTOFF).donor
    at_state.verified(another(1), verifier)
    ending.revoke(by=donor, now=AFTER_CUTOFF)

    build(batch_id=open_due(now=AFTER_CUTOFF).pk, now=AFTER_CUTOFF)

    assert Attempt.objects.get().mandate.registration.donor != donor
    left_out = Exclusion.objects.get(mandate__version=1)
    assert (left_out.mandate.state, left_out.reason) == ("replaced", "revoked")
    call_command("check_invariants", stdout=io.StringIO())
