import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from autodebit.actions.batches import open_due
from autodebit.actions.build import build
from registry.vault import blind_index
from sponsorship.models import Mandate
from sponsorship.queries import calendar
from sponsorship.rules.months import Month

pytestmark = pytest.mark.django_db


def seed(**options) -> str:
    said = io.StringIO()
    call_command("seed_bench", stdout=said, **options)
    return said.getvalue()


def test_every_seeded_mandate_has_a_line_in_its_first_month(profile):
    assert seed(mandates=25, period="2027-02") == "25 surat kuasa rekaan, iuran mulai Februari 2027.\n"
    at = calendar().cutoff(Month(2027, 2)) + timedelta(minutes=1)
    batch = build(batch_id=open_due(now=at).pk, now=at)
    assert (batch.state, batch.count) == ("frozen", 25)


def test_seeded_accounts_open_and_are_those_of_their_index(profile):
    seed(mandates=3, period="2027-02")
    assert sorted(mandate.account for mandate in Mandate.objects.all()) == [
        "0000000001",
        "0000000002",
        "0000000003",
    ]
    for mandate in Mandate.objects.all():
        assert mandate.account_index == blind_index("account", f"113:{mandate.account}")


@pytest.mark.parametrize(
    ("options", "why"),
    [({"mandates": 0}, "--mandates"), ({"mandates": 5, "period": "2027-13"}, "2027-02")],
)
def test_a_number_or_month_that_cannot_be_is_refused(db, options, why):
    with pytest.raises(CommandError, match=why):
        seed(**options)


def test_a_database_with_mandates_is_not_filled_again(profile):
    seed(mandates=2)
    with pytest.raises(CommandError, match="kosong"):
        seed(mandates=2)
    assert Mandate.objects.count() == 2


def test_production_is_never_filled(db, settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="produksi"):
        seed(mandates=2)
