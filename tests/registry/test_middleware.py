import time

import pytest
import time_machine

from registry.models import RoleAssignment
from registry.rules.roles import Role
from tests.at_state import staff
from tests.staff_client import client_of

pytestmark = pytest.mark.django_db
LINKS = "/kantor/tautan/"


@pytest.fixture
def rina():
    return staff("rina", Role.LABOUR_OPERATOR)


def test_a_quiet_session_ends_after_fifteen_minutes_and_says_why(rina):
    start = time.time()
    with time_machine.travel(start, tick=False) as clock:
        client = client_of(rina)
        assert client.get(LINKS).status_code == 200
        clock.move_to(start + 14 * 60)
        assert client.get(LINKS).status_code == 200
        clock.move_to(start + 14 * 60 + 15 * 60 + 1)
        ended = client.get(LINKS)
        assert ended.status_code == 302 and ended["Location"] == f"/akun/login/?next={LINKS}"
        assert "Sesi Anda berakhir" in client.get(ended["Location"]).content.decode()
        assert client.get(LINKS).status_code == 302


def test_a_busy_session_ends_after_eight_hours(rina):
    start = time.time()
    with time_machine.travel(start, tick=False) as clock:
        client = client_of(rina)
        for minute in range(0, 8 * 60, 10):
            clock.move_to(start + minute * 60)
            assert client.get(LINKS).status_code == 200
        clock.move_to(start + 8 * 3600 + 1)
        assert client.get(LINKS).status_code == 302


def test_a_form_posted_after_the_end_is_not_carried_out_and_leads_to_the_office(rina):
    start = time.time()
    with time_machine.travel(start, tick=False) as clock:
        client = client_of(rina)
        client.get(LINKS)
        clock.move_to(start + 3600)
        assert client.post(LINKS, {"days": 3})["Location"] == "/akun/login/?next=/kantor/"


def test_one_write_a_minute_keeps_the_session(rina):
    client = client_of(rina)
    client.get(LINKS)
    seen = client.session["staff_seen"]
    client.get(LINKS)
    assert client.session["staff_seen"] == seen


def test_a_right_that_is_taken_ends_at_the_next_request(rina):
    client = client_of(rina)
    assert client.get(LINKS).status_code == 200
    RoleAssignment.objects.filter(user=rina).delete()
    assert client.get(LINKS).status_code == 403


def test_visitors_without_account_are_not_asked_for_anything(client):
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("page", ["/akun/login/", "/healthz", "/admin/", "/tidak-ada/"])
def test_no_page_is_kept_by_any_cache(client, page):
    assert "no-store" in client.get(page)["Cache-Control"]


def test_sign_in_without_the_counter_of_tries_is_a_calm_page_and_no_way_in(client, settings, db):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }

    answer = client.post("/akun/login/", {"login": "siapa.saja", "password": "bukan-rahasia"})

    assert answer.status_code == 503
    assert "user" not in client.session
