import pytest

from autodebit.actions.batches import open_due
from autodebit.actions.build import build
from opd_admin.management.commands.check_invariants import all_checks
from registry.actions.demo_accounts import OnlyInDemo
from registry.checks import count_of
from registry.models import Donor, Worker
from registry.rules.identity import parse_nik, parse_nip
from sponsorship.actions.demo_donors import DONORS, OFFICES, make_donors
from sponsorship.models import Mandate
from tests.cast import AFTER_CUTOFF, MORNING, TODAY

pytestmark = pytest.mark.django_db


def test_the_donors_are_made_once():
    assert make_donors(now=MORNING) == DONORS
    assert make_donors(now=MORNING) == 0
    assert Mandate.objects.filter(state="active").count() == DONORS


def test_production_has_no_made_up_donors(settings):
    settings.PRODUCTION = True
    with pytest.raises(OnlyInDemo):
        make_donors(now=MORNING)
    assert not Donor.objects.exists()


def test_their_numbers_follow_the_rules_and_their_names_say_that_they_are_made_up():
    make_donors(now=MORNING)
    for donor in Donor.objects.all():
        assert not parse_nip(donor.nip, today=TODAY).findings, donor.nip
        assert donor.name.startswith("Contoh ") and donor.contact.endswith("@contoh.example")
    for worker in Worker.objects.all():
        parsed = parse_nik(worker.nik, today=TODAY)
        assert parsed.value and parsed.value.birth_date == worker.birth_date
        assert worker.name.startswith("Contoh ")


def test_no_invariant_is_broken_before_and_after_their_month_is_built():
    make_donors(now=MORNING)
    broken = [check.what for check in all_checks() if count_of(check.count)]
    assert broken == []

    batch = build(batch_id=open_due(now=AFTER_CUTOFF).pk, now=AFTER_CUTOFF)
    assert batch.count == DONORS
    assert set(batch.attempts.values_list("opd__code", flat=True)) == set(OFFICES)
    assert [check.what for check in all_checks() if count_of(check.count)] == []
