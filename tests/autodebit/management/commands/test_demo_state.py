import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from registry.actions.demo_accounts import ACCOUNTS, PASSWORD, OnlyInDemo, make_accounts
from registry.models import AuditEvent, Message, User
from registry.rules.identity import parse_nip
from registry.rules.roles import Right, Role
from registry.staff import offices_of, roles_of
from sponsorship.actions.demo_donors import DONORS, OFFICES
from sponsorship.models import InvitationLink, Mandate
from tests.cast import MORNING, TODAY

pytestmark = pytest.mark.django_db


def run(command: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def test_there_is_somebody_for_every_role_two_approvers_and_verifiers_of_two_offices():
    run("demo_state")
    held = [next(iter(roles_of(user))) for user in User.objects.filter(is_demo=True)]
    assert set(held) == set(Role) - {Role.DONOR} and held.count(Role.LABOUR_APPROVER) == 2
    verifiers = User.objects.filter(assignments__role=Role.OPD_VERIFIER)
    scopes = sorted(
        office.code for user in verifiers for office in offices_of(prepared(user), Right.CHECK_DOCUMENTS)
    )
    assert scopes == ["DINKES", "DISDIK"]


def prepared(user: User) -> User:
    roles_of(user)
    return user


def test_running_twice_changes_nothing():
    run("demo_state")
    before = (User.objects.count(), AuditEvent.objects.count(), InvitationLink.objects.count())
    assert "0 baru" in run("demo_state")
    assert (User.objects.count(), AuditEvent.objects.count(), InvitationLink.objects.count()) == before
    assert Message.objects.count() == 0


def test_donors_for_a_practice_month_come_only_when_they_are_asked_for():
    assert "Donatur" not in run("demo_state") and not Mandate.objects.exists()
    assert f"{DONORS} baru" in run("demo_state", "--donors")
    assert "Donatur rekaan: 0 baru" in run("demo_state", "--donors")
    treasurers = User.objects.filter(assignments__role=Role.OPD_TREASURER)
    assert {
        opd for user in treasurers for opd in user.assignments.values_list("opd__code", flat=True)
    } == set(OFFICES)


def test_every_account_signs_in_with_nip_password_and_the_printed_code():
    run("demo_state")
    for account in ACCOUNTS:
        client = Client()
        client.post("/akun/login/", {"login": account.nip, "password": PASSWORD})
        code = next(line.split()[2] for line in run("demo_accounts").splitlines() if account.username in line)
        assert client.post("/akun/2fa/authenticate/", {"code": code})["Location"] == "/kantor/", (
            account.username
        )


def test_the_numbers_of_the_accounts_follow_the_rules_and_are_all_different():
    assert all(parse_nip(account.nip, today=TODAY).ok for account in ACCOUNTS)
    for values in ({a.nip for a in ACCOUNTS}, {a.secret for a in ACCOUNTS}, {a.username for a in ACCOUNTS}):
        assert len(values) == len(ACCOUNTS)


def test_a_spoiled_account_is_put_right_again():
    run("demo_state")
    spoiled = User.objects.get(username="auditor")
    spoiled.set_password("sesuatu yang lain")
    spoiled.is_active = False
    spoiled.save()
    spoiled.authenticator_set.all().delete()
    run("demo_state")
    spoiled.refresh_from_db()
    assert spoiled.check_password(PASSWORD) and spoiled.is_active and spoiled.authenticator_set.count() == 2


def test_a_real_account_of_the_same_name_is_left_alone():
    User.objects.create(username="auditor", full_name="Orang lain")
    run("demo_state")
    assert User.objects.get(username="auditor").full_name == "Orang lain"


@pytest.mark.parametrize("command", ["demo_state", "demo_accounts"])
def test_production_refuses_the_command(settings, command):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="produksi"):
        run(command)
    with pytest.raises(OnlyInDemo):
        make_accounts(now=MORNING)


def test_the_demo_link_belongs_to_the_health_office():
    run("demo_state")
    assert InvitationLink.objects.get(token="contoh-dinkes").opd.code == "DINKES"
