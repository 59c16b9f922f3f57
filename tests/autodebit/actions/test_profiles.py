"""A bank profile is revised as a whole, with its history, and never to something no file could be written with."""

import copy

import pytest

from autodebit.actions.profiles import revise
from autodebit.models import Attempt, BankProfile, ProfileRevision, ReasonCode
from autodebit.queries_profile import content_of_profile, history_of_profile
from registry.actions.audit import SYSTEM
from registry.models import AuditEvent
from tests.autodebit.ceremony import sealed_batch
from tests.autodebit.population import AFTER, make_staff
from tests.autodebit.together import together

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(db):
    return make_staff("admin", "administrator")


def changed(profile: BankProfile, **values) -> dict:
    return {**copy.deepcopy(content_of_profile(profile)), **values}


def test_the_reference_data_came_as_revision_one_by_nobody(profile):
    first = ProfileRevision.objects.get(profile=profile)
    assert (first.number, first.by, profile.revision) == (1, None, 1)
    assert first.content == content_of_profile(profile)
    assert {"AM04", "AC04", "MD07"} <= {reason["code"] for reason in first.content["reasons"]}


def test_a_revision_keeps_content_hash_and_author_and_reaches_profile_and_codes(profile, admin):
    content = changed(profile, creditor_account="0009998887")
    content["reasons"][0]["meaning"] = "Arti yang lain"
    content["reasons"].append(
        {
            "code": "ZZ99",
            "meaning": "Contoh",
            "donor_text": "Mohon tunggu.",
            "owner": "bank",
            "next_action": "Tanyakan ke bank",
            "retryable": False,
            "hard": False,
        }
    )
    done = revise(bank_id="113", content=content, by=admin, now=AFTER)
    assert (done.revision, done.creditor_account) == (2, "0009998887")
    assert content_of_profile(BankProfile.objects.get(pk="113"))["reasons"] == content["reasons"]
    last = ProfileRevision.objects.get(number=2)
    assert (last.by, last.at, len(last.sha256)) == (admin, AFTER, 64)
    assert last.sha256 != ProfileRevision.objects.get(number=1).sha256
    line = AuditEvent.objects.get(event="profile.revised", actor_user=admin)
    assert line.detail["changed"] == ["creditor_account", "reasons"]


def test_saving_the_same_again_makes_no_revision_and_no_journal_line(profile, admin):
    lines = AuditEvent.objects.count()
    content = changed(profile)
    content["reasons"].reverse()
    assert revise(bank_id="113", content=content, by=admin, now=AFTER).revision == 1
    assert (ProfileRevision.objects.count(), AuditEvent.objects.count()) == (1, lines)


def test_a_profile_changed_behind_the_history_gets_a_revision_when_it_is_saved(profile, admin):
    BankProfile.objects.update(creditor_name="PENAMPUNG LAIN")
    assert revise(bank_id="113", content=changed(profile), by=admin, now=AFTER).revision == 2
    profile.refresh_from_db()
    assert content_of_profile(profile)["creditor_name"] == "GERAKAN ASN PEDULI CONTOH"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"layouts": {}}, "layouts"),
        ({"layouts": {"tidak_ada": {}}}, "layouts"),
        ({"layouts": {"bank_csv": {}}}, "layouts"),
        ({"results": {"result_csv": {}}}, "results"),
        ({"results": {"result_csv": 3}}, "results"),
        ({"statements": {"statement_csv": {}}}, "statements"),
        ({"max_lines": 0}, "max_lines"),
        ({"creditor_account": " "}, "creditor_account"),
        ({"reasons": "AM04"}, "reasons"),
    ],
)
def test_a_profile_nobody_could_use_is_refused_by_its_field_and_nothing_changes(
    profile, admin, values, field
):
    before = content_of_profile(profile)
    assert revise(bank_id="113", content=changed(profile, **values), by=admin, now=AFTER).field == field
    assert content_of_profile(BankProfile.objects.get(pk="113")) == before
    assert ProfileRevision.objects.count() == 1


def test_a_code_that_a_line_carries_is_not_taken_away_and_an_unused_one_is(
    profile, admin, approvers, operator
):
    sealed_batch(approvers, operator)
    Attempt.objects.filter(pk=Attempt.objects.first().pk).update(code="AM04")
    content = changed(profile)
    without = [reason for reason in content["reasons"] if reason["code"] != "AM04"]
    refused = revise(bank_id="113", content={**content, "reasons": without}, by=admin, now=AFTER)
    assert refused.code == "code_in_use" and ReasonCode.objects.filter(code="AM04").exists()
    without = [reason for reason in content["reasons"] if reason["code"] != "AM02"]
    revise(bank_id="113", content={**content, "reasons": without}, by=admin, now=AFTER)
    assert not ReasonCode.objects.filter(code="AM02").exists()


@pytest.mark.parametrize("role", ["labour_operator", "labour_approver", "auditor"])
def test_only_administrators_revise(profile, role):
    someone = make_staff("orang", role)
    done = revise(bank_id="113", content=changed(profile, note="lain"), by=someone, now=AFTER)
    assert done.code == "right_missing" and ProfileRevision.objects.count() == 1


def test_the_history_tells_what_each_revision_changed(profile, admin):
    content = changed(profile, max_lines=1000)
    content["layouts"]["bank_csv"]["columns"][4]["width"] = 20
    revise(bank_id="113", content=content, by=admin, now=AFTER)
    (newest, changes), (oldest, none) = history_of_profile(profile)
    assert (newest.number, oldest.number, none) == (2, 1, [])
    assert {change.path: (change.before, change.after) for change in changes} == {
        ("layouts", "bank_csv", "columns", "5", "width"): ("16", "20"),
        ("max_lines",): ("50000", "1000"),
    }


def test_a_stored_revision_can_not_be_edited(profile):
    with pytest.raises(Exception, match="Cannot update"):
        ProfileRevision.objects.update(sha256="0" * 64)


def test_ten_administrators_at_once_leave_a_history_without_gaps(committed_db):
    people = [make_staff(f"admin{number}", "administrator") for number in range(10)]
    profile = BankProfile.objects.get(pk="113")
    contents = [changed(profile, note=f"catatan {number}") for number in range(10)]
    together(10, lambda n: revise(bank_id="113", content=contents[n], by=people[n], now=AFTER))
    assert sorted(ProfileRevision.objects.values_list("number", flat=True)) == list(range(1, 12))
    profile.refresh_from_db()
    assert profile.revisions.first().content == content_of_profile(profile)


def test_the_system_revises_when_it_loads_the_data(profile):
    assert revise(bank_id="113", content=changed(profile, note="x"), by=SYSTEM, now=AFTER).revision == 2
