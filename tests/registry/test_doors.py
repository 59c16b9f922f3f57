import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.module_loading import import_string

from registry import doors
from registry.models import FormToken
from registry.rules.roles import OPD_ROLES, RIGHTS, Right, Role
from tests import at_state

pytestmark = pytest.mark.django_db


def view(request):
    return HttpResponse("inside")


def ask(guarded, method: str = "get", user=None):
    request = getattr(RequestFactory(), method)("/kantor/?x=1")
    request.user = user or AnonymousUser()
    return guarded(request)


class TestMethods:
    @pytest.mark.parametrize("method", ["get", "head"])
    def test_a_door_that_can_be_read_answers_get_and_head(self, method):
        assert ask(doors.public("GET")(view), method).status_code == 200

    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options", "trace"])
    def test_every_other_method_is_refused(self, method):
        answer = ask(doors.public("GET")(view), method)
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")

    def test_a_door_for_posts_only_is_not_read(self):
        assert ask(doors.donor("POST")(view), "get").status_code == 405
        assert ask(doors.donor("POST")(view), "post").status_code == 200

    def test_who_opens_a_door_for_posts_by_its_address_reads_why_it_stays_closed(self):
        page = ask(doors.staff(None, "POST")(view), "get")
        assert page["Allow"] == "POST" and "tidak dapat dibuka langsung" in page.content.decode()

    def test_a_door_says_what_it_is(self):
        assert doors.public()(view).door == {"methods": ["GET", "HEAD"], "roles": [], "audience": "public"}
        assert doors.donor("POST")(view).door == {
            "methods": ["POST"],
            "roles": ["donor"],
            "audience": "donor",
        }
        declared = doors.staff(Right.CHECK_DOCUMENTS, "GET")(view).door
        assert (declared["audience"], declared["roles"]) == ("staff", sorted(RIGHTS[Right.CHECK_DOCUMENTS]))


class TestStaff:
    def test_a_stranger_is_led_to_the_sign_in_and_back(self):
        answer = ask(doors.staff()(view))
        assert (answer.status_code, answer["Location"]) == (302, "/akun/login/?next=/kantor/%3Fx%3D1")

    def test_a_strangers_deed_leads_by_the_sign_in_to_the_office_not_to_a_door_that_cannot_be_read(self):
        answer = ask(doors.staff(None, "POST")(view), "post")
        assert (answer.status_code, answer["Location"]) == (302, "/akun/login/?next=/kantor/")

    @pytest.mark.parametrize("role", [role for role in Role if role != Role.DONOR])
    def test_each_role_passes_the_doors_of_its_rights_and_no_others(self, role):
        office = "DINKES" if role in OPD_ROLES else ""
        user = at_state.staff("petugas", role, office)
        for right in Right:
            guarded = doors.staff(right, "GET")(view)
            if role in RIGHTS[right]:
                assert ask(guarded, user=user).status_code == 200
            else:
                with pytest.raises(PermissionDenied):
                    ask(guarded, user=user)

    def test_an_account_without_any_role_passes_no_door(self):
        user = at_state.staff("petugas", Role.AUDITOR)
        user.assignments.all().delete()
        with pytest.raises(PermissionDenied):
            ask(doors.staff()(view), user=user)

    def test_a_locked_account_passes_no_door(self):
        user = at_state.staff("petugas", Role.AUDITOR)
        user.is_active = False
        with pytest.raises(PermissionDenied):
            ask(doors.staff()(view), user=user)


def post(token: str, path: str = "/daftar/kirim/", **form):
    return RequestFactory().post(path, {"form_token": token, "csrfmiddlewaretoken": "changes", **form})


class TestOneTimeTokens:
    def test_a_new_token_has_no_answer_yet(self):
        assert doors.earlier_answer(post(doors.fresh_token())) is None

    def test_the_same_form_again_gets_the_same_answer(self):
        token = doors.fresh_token()
        doors.remember_answer(post(token, nik="3374015508809001"), "/status/")
        again = post(token, nik="3374015508809001", csrfmiddlewaretoken="another")
        answer = doors.earlier_answer(again)
        assert (answer.status_code, answer["Location"]) == (302, "/status/")

    @pytest.mark.parametrize(
        "other", [{"nik": "3374015508809002"}, {}, {"nik": "3374015508809001", "more": "1"}]
    )
    def test_the_same_token_on_another_form_is_a_conflict(self, other):
        token = doors.fresh_token()
        doors.remember_answer(post(token, nik="3374015508809001"), "/status/")
        assert doors.earlier_answer(post(token, **other)).status_code == 409

    def test_the_same_token_at_another_address_is_a_conflict(self):
        token = doors.fresh_token()
        doors.remember_answer(post(token), "/status/")
        assert doors.earlier_answer(post(token, path="/kantor/")).status_code == 409

    def test_the_first_answer_stays(self):
        token = doors.fresh_token()
        doors.remember_answer(post(token), "/first/")
        doors.remember_answer(post(token), "/second/")
        assert FormToken.objects.get().answer == "/first/"

    def test_what_was_typed_is_kept_only_as_a_keyed_digest(self):
        doors.remember_answer(post(doors.fresh_token(), nik="3374015508809001"), "/status/")
        assert "3374015508809001" not in str(FormToken.objects.values().get())

    @pytest.mark.parametrize("token", ["", "\x00", "a\x00b", "x" * 10_000])
    def test_a_made_up_token_breaks_nothing(self, token):
        assert doors.earlier_answer(post(token)) is None
        doors.remember_answer(post(token), "/status/")

    def test_a_form_without_a_token_is_not_remembered(self):
        doors.remember_answer(RequestFactory().post("/", {"a": "b"}), "/status/")
        assert not FormToken.objects.exists()


class TestAddress:
    def ask(self, settings, *, behind_proxy: bool, **headers) -> str:
        settings.BEHIND_PROXY = behind_proxy
        return doors.address_of(RequestFactory().get("/", REMOTE_ADDR="172.18.0.9", **headers))

    def test_behind_the_proxy_two_visitors_have_two_addresses(self, settings):
        told = [f"203.0.113.{number}" for number in (7, 8)]
        seen = [
            self.ask(settings, behind_proxy=True, headers={"X-Forwarded-For": address}) for address in told
        ]
        assert seen == told

    def test_what_a_visitor_wrote_into_the_header_counts_for_nothing(self, settings):
        forged = {"X-Forwarded-For": "198.51.100.1, 203.0.113.7"}
        assert self.ask(settings, behind_proxy=True, headers=forged) == "203.0.113.7"
        assert self.ask(settings, behind_proxy=False, headers=forged) == "172.18.0.9"

    @pytest.mark.parametrize("spoilt", ["", "unknown", "203.0.113.7:4711", "'; --"])
    def test_a_spoilt_header_leaves_the_address_of_the_proxy(self, settings, spoilt):
        assert self.ask(settings, behind_proxy=True, headers={"X-Forwarded-For": spoilt}) == "172.18.0.9"

    def test_limits_are_counted_by_this_address(self, settings):
        assert import_string(settings.RATELIMIT_IP_META_KEY) is doors.address_of
