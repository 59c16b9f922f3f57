import json

import pytest

from autodebit.models import BankProfile
from registry.models import AuditEvent
from registry.rules.roles import Role
from tests.at_state import staff
from tests.staff_client import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def save():
    client = client_of(staff("admin", Role.ADMINISTRATOR))
    profile = BankProfile.objects.get()

    def post(**more):
        values = {
            "bank": profile.bank_id,
            "layouts": json.dumps(profile.layouts),
            "results": json.dumps(profile.results),
            "statements": json.dumps(profile.statements),
            "max_lines": profile.max_lines,
            "creditor_name": "Penampung Contoh",
            "creditor_account": "0009998887",
            "creditor_id": "CONTOH-1",
            "note": profile.note,
            **more,
        }
        return client.post(f"/admin/autodebit/bankprofile/{profile.pk}/change/", values)

    return post


def test_a_sound_profile_is_kept_and_journalled(save):
    assert save().status_code == 302
    assert BankProfile.objects.get().creditor_name == "Penampung Contoh"
    assert (
        "creditor_name" in AuditEvent.objects.filter(event="reference.changed").latest("id").detail["changes"]
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"layouts": "[]"},
        {"layouts": "{}"},
        {"layouts": json.dumps({"bank_csv": {}})},
        {"layouts": json.dumps({"bank_csv": {"columns": [{"title": "X", "source": "tidak_ada"}]}})},
        {"layouts": "{bukan json"},
        {"layouts": json.dumps({"pain008": 3})},
        {"layouts": json.dumps({"tidak_ada": {}})},
    ],
)
def test_a_layout_that_no_file_could_be_written_with_is_refused(save, wrong):
    before = BankProfile.objects.get().layouts
    answer = save(**wrong)
    assert answer.status_code == 200 and answer.context["adminform"].form.errors
    assert BankProfile.objects.get().layouts == before
