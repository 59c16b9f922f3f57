import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from registry.actions.staff import reset_second_factor, set_nip
from registry.models import AuditEvent, User
from registry.rules.roles import Role
from tests.at_state import staff
from tests.cast import MORNING
from tests.staff_client import PASSWORD, SECRET, client_of, code_now, enrolled

pytestmark = pytest.mark.django_db
NIP = "198203142006042901"
LOGIN = "/akun/login/"
CODE = "/akun/2fa/authenticate/"
OFFICE = "/kantor/"


@pytest.fixture(autouse=True)
def no_earlier_failures():
    cache.clear()


@pytest.fixture
def dewi() -> User:
    user = staff("dewi", Role.OPD_VERIFIER, "DINKES")
    set_nip(user, NIP)
    return enrolled(user)


def give_password(client: Client, login: str = "dewi", password: str = PASSWORD, **more):
    return client.post(LOGIN, {"login": login, "password": password, **more})


@pytest.mark.parametrize(
    "typed",
    ["dewi", " dewi ", NIP, "19820314 200604 2 901", "1982.0314.2006.0429.01", "19820314-200604-2-901"],
)
def test_user_name_and_nip_in_any_grouping_lead_to_the_code_step(dewi, client, typed):
    answer = give_password(client, typed)
    assert answer.status_code == 302 and answer["Location"].startswith(CODE)


@pytest.mark.parametrize("typed", ["nobody", "198203142006042902", "dewi2", "1982031420060429"])
def test_an_unknown_name_gets_the_same_answer_as_a_wrong_password(dewi, client, typed):
    unknown = give_password(client, typed)
    wrong = give_password(Client(), "dewi", "salah sekali 123")
    assert unknown.status_code == wrong.status_code == 200
    said, expected = (list(answer.context["form"].non_field_errors()) for answer in (unknown, wrong))
    assert said == expected and "kata sandi tidak cocok" in said[0]


def test_a_password_alone_opens_nothing(dewi, client):
    give_password(client)
    for page in (OFFICE, "/admin/", "/kantor/verifikasi/", "/akun/2fa/", "/akun/password/change/"):
        answer = client.get(page)
        assert answer.status_code in (302, 404) and not answer.wsgi_request.user.is_authenticated, page


def test_password_and_code_sign_in_and_the_journal_says_so(dewi, client):
    give_password(client)
    answer = client.post(CODE, {"code": code_now()})
    assert answer.status_code == 302 and answer["Location"] == OFFICE
    assert client.get(OFFICE).status_code == 200
    line = AuditEvent.objects.get(event="staff.signed_in")
    assert line.actor_user == dewi and line.detail == {}


def test_a_code_is_taken_once(dewi, client):
    code = code_now()
    give_password(client)
    assert client.post(CODE, {"code": code}).status_code == 302
    again = Client()
    give_password(again)
    assert again.post(CODE, {"code": code}).status_code == 200
    assert again.get(OFFICE).status_code == 302


def test_a_recovery_code_signs_in_once(dewi, client):
    codes = Authenticator.objects.get(user=dewi, type="recovery_codes").wrap().get_unused_codes()
    give_password(client)
    assert client.post(CODE, {"code": codes[3]}).status_code == 302
    assert client.get(OFFICE).status_code == 200
    again = Client()
    give_password(again)
    assert again.post(CODE, {"code": codes[3]}).status_code == 200


def test_a_wrong_code_does_not_sign_in(dewi, client):
    give_password(client)
    assert client.post(CODE, {"code": "000000"}).status_code == 200
    assert not client.get(LOGIN).wsgi_request.user.is_authenticated


def test_a_new_account_must_enrol_before_anything_else_opens(client):
    user = staff("baru", Role.LABOUR_VIEWER)
    user.set_password(PASSWORD)
    user.save()
    give_password(client, "baru")
    for page in (OFFICE, "/admin/", "/akun/2fa/", "/akun/password/change/", "/akun/2fa/recovery-codes/"):
        assert client.get(page)["Location"].startswith("/akun/2fa/totp/activate/"), page
    form = client.get("/akun/2fa/totp/activate/")
    assert form.status_code == 200
    session = client.session
    session["mfa.totp.secret"] = SECRET
    session.save()
    done = client.post("/akun/2fa/totp/activate/", {"code": code_now()})
    assert done.status_code == 302 and done["Location"] == "/akun/2fa/recovery-codes/"
    assert client.get("/akun/2fa/recovery-codes/").status_code == 200
    assert client.get(OFFICE).status_code == 200


def test_a_session_begun_before_somebody_else_enrolled_has_to_give_the_code(client):
    """Otherwise whoever knew the first password could wait on the enrolment page until the owner had enrolled."""
    user = staff("baru", Role.LABOUR_VIEWER)
    user.set_password(PASSWORD)
    user.save()
    give_password(client, "baru")
    enrolled_elsewhere = Authenticator.objects.count()
    enrolled(user)
    user.refresh_from_db()
    waiting = Client()
    waiting.force_login(user)
    assert Authenticator.objects.count() > enrolled_elsewhere
    for page in (OFFICE, "/akun/2fa/totp/deactivate/", "/akun/2fa/recovery-codes/", "/akun/reauthenticate/"):
        answer = waiting.get(page)
        assert answer.status_code == 302 and answer["Location"].startswith("/akun/2fa/reauthenticate/"), page
    assert waiting.post("/akun/2fa/totp/deactivate/")["Location"] == "/akun/2fa/reauthenticate/"
    assert waiting.post("/akun/2fa/reauthenticate/", {"code": code_now()}).status_code == 302
    assert waiting.get(OFFICE).status_code == 200


def test_the_secret_of_an_authenticator_is_sealed_in_the_database(dewi):
    stored = Authenticator.objects.get(user=dewi, type="totp").data["secret"]
    assert (
        SECRET not in stored
        and Authenticator.objects.get(user=dewi, type="recovery_codes").data["seed"] != ""
    )


def test_a_second_factor_taken_by_the_administrator_ends_the_open_session_at_the_next_request(dewi):
    client = client_of(dewi)
    assert client.get(OFFICE).status_code == 200
    reset_second_factor(user=dewi, by=staff("admin", Role.ADMINISTRATOR), now=MORNING)
    assert client.get(OFFICE)["Location"].startswith("/akun/2fa/totp/activate/")
    assert AuditEvent.objects.filter(event="staff.second_factor_reset").count() == 1


def test_taking_off_the_authenticator_closes_the_office_until_a_new_one_is_enrolled(dewi, client):
    give_password(client)
    client.post(CODE, {"code": code_now()})
    page = "/akun/2fa/totp/deactivate/"
    assert client.get(page)["Location"].startswith("/akun/2fa/reauthenticate/")
    client.post("/akun/2fa/reauthenticate/", {"code": code_now(1), "next": page})
    assert client.post(page).status_code == 302
    assert client.get(OFFICE)["Location"].startswith("/akun/2fa/totp/activate/")


def test_reauthentication_by_password_is_not_offered_to_whoever_has_a_code(dewi):
    client = client_of(dewi)
    assert client.get("/akun/reauthenticate/")["Location"].startswith("/akun/2fa/reauthenticate/")


def test_five_failures_close_the_account_for_every_spelling_of_its_name_and_for_no_other(dewi, client):
    other = enrolled(staff("rina", Role.LABOUR_OPERATOR))
    for typed in (NIP, "dewi", "1982 0314 2006 0429 01", "dewi ", "19820314-2006-04-29-01"):
        give_password(client, typed, "salah sekali 123")
    closed = give_password(client, "19820314 200604 2901", PASSWORD)
    assert closed.status_code == 200 and not closed.wsgi_request.user.is_authenticated
    assert give_password(Client(), other.username).status_code == 302


def test_fifty_colleagues_behind_one_address_sign_in_within_a_minute(dewi):
    for _ in range(50):
        assert give_password(Client()).status_code == 302
    for number in range(20):
        give_password(Client(), f"salah{number}", "salah sekali 123")
    assert give_password(Client()).status_code == 302


@pytest.mark.parametrize(
    "target", ["https://jahat.example/", "//jahat.example", "javascript:alert(1)", "/\\jahat.example"]
)
def test_sign_in_never_leads_to_another_site(dewi, client, target):
    give_password(client, next=target)
    assert client.post(f"{CODE}?next={target}", {"code": code_now(), "next": target})["Location"] == OFFICE


def test_sign_in_leads_back_to_the_page_that_was_wanted(dewi, client):
    answer = give_password(client, next="/kantor/tautan/")
    assert client.post(answer["Location"], {"code": code_now()})["Location"] == "/kantor/tautan/"


@pytest.mark.parametrize(
    "page",
    [
        "/akun/signup/", "/akun/email/", "/akun/password/reset/", "/akun/password/set/", "/akun/confirm-email/",
        "/akun/login/code/confirm/", "/akun/3rdparty/", "/akun/social/signup/", "/akun/sessions/",
        "/akun/2fa/webauthn/",
        "/akun/password/reset/key/1-abc/", "/akun/",
    ],
)  # fmt: skip
def test_pages_of_allauth_that_are_not_used_do_not_exist(client, page):
    assert client.get(page).status_code == 404
    assert client.post(page).status_code == 404


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_sign_in_takes_get_and_post_only(dewi, client, method):
    assert (
        getattr(client, method)(
            LOGIN, "login=dewi", content_type="application/x-www-form-urlencoded"
        ).status_code
        == 405
    )


def test_an_inactive_account_does_not_sign_in_and_an_open_session_ends(dewi, client):
    open_session = client_of(dewi)
    User.objects.filter(pk=dewi.pk).update(is_active=False)
    assert open_session.get(OFFICE).status_code == 302
    assert give_password(client).status_code == 200


def test_the_address_bar_and_the_journal_never_hold_the_nip(dewi, client):
    give_password(client, NIP)
    client.post(CODE, {"code": code_now()})
    kept = [str(line.detail) for line in AuditEvent.objects.all()] + [str(dict(client.session))]
    assert NIP not in "".join(kept)
