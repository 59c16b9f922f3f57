import json

import pytest

from autodebit.actions.profiles import revise
from autodebit.models import BankProfile, ReasonCode
from autodebit.queries_profile import content_of_profile
from registry.actions.audit import SYSTEM
from registry.models import AuditEvent
from registry.rules.roles import Role
from tests.at_state import staff
from tests.autodebit.population import AFTER
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


def test_a_sound_profile_is_kept_as_the_next_revision_and_journalled(save):
    assert save().status_code == 302
    profile = BankProfile.objects.get()
    assert (profile.creditor_name, profile.revision) == ("Penampung Contoh", 2)
    assert profile.revisions.first().by.username == "admin"
    line = AuditEvent.objects.filter(event="profile.revised").latest("id")
    assert line.detail["changed"] == ["creditor_account", "creditor_id", "creditor_name"]
    assert not AuditEvent.objects.filter(event="reference.changed").exists()


def test_saving_a_profile_unchanged_makes_no_revision(save):
    save()
    save()
    assert BankProfile.objects.get().revision == 2


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
        {"results": json.dumps({"result_csv": {}})},
        {"statements": json.dumps({"statement_csv": {"columns": []}})},
        {"max_lines": "0"},
    ],
)
def test_a_layout_that_no_file_could_be_written_with_is_refused(save, wrong):
    before = BankProfile.objects.get().layouts
    answer = save(**wrong)
    assert answer.status_code == 200 and answer.context["adminform"].form.errors
    assert BankProfile.objects.get().layouts == before


@pytest.fixture
def admin_client():
    return client_of(staff("admin2", Role.ADMINISTRATOR))


def code_values(**changes) -> dict:
    return {
        "meaning": "Saldo kurang",
        "donor_text": "Mohon isi rekening Anda.",
        "owner": "donor",
        "next_action": "Coba lagi",
        "retryable": "on",
        **changes,
    }


def test_a_reason_code_is_changed_by_a_revision_of_its_profile(admin_client):
    code = ReasonCode.objects.get(code="AM04")
    address = f"/admin/autodebit/reasoncode/{code.pk}/change/"
    assert admin_client.post(address, code_values()).status_code == 302
    code.refresh_from_db()
    assert (code.meaning, code.profile.revision) == ("Saldo kurang", 2)


def test_a_new_reason_code_joins_the_next_revision(admin_client):
    values = code_values(profile="113", code="ZZ99")
    assert admin_client.post("/admin/autodebit/reasoncode/add/", values).status_code == 302
    profile = BankProfile.objects.get()
    assert "ZZ99" in [reason["code"] for reason in profile.revisions.first().content["reasons"]]
    assert ReasonCode.objects.filter(code="ZZ99").count() == 1


@pytest.mark.parametrize("wrong", [{"hard": "on"}, {"code": "kecil"}, {"meaning": ""}, {"code": "AM04"}])
def test_a_reason_code_that_contradicts_itself_or_another_is_refused(admin_client, wrong):
    values = code_values(profile="113", code="ZZ98") | wrong
    assert admin_client.post("/admin/autodebit/reasoncode/add/", values).status_code == 200
    assert BankProfile.objects.get().revision == 1


def test_the_history_can_be_looked_at_and_not_changed(admin_client):
    profile = BankProfile.objects.get()
    content = {**content_of_profile(profile), "max_lines": 10, "note": "Lain"}
    revise(bank_id="113", content=content, by=SYSTEM, now=AFTER)
    revision = profile.revisions.first()
    page = admin_client.get(f"/admin/autodebit/profilerevision/{revision.pk}/change/")
    assert page.status_code == 200 and revision.sha256 in page.content.decode()
    assert "baris terbanyak per berkas (1), catatan (1)" in page.content.decode()
    assert admin_client.get("/admin/autodebit/profilerevision/add/").status_code == 403
    post = admin_client.post(f"/admin/autodebit/profilerevision/{revision.pk}/change/", {"number": 9})
    assert post.status_code == 403
