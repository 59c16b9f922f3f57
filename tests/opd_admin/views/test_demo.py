from datetime import timedelta

import pytest
from django.urls import reverse

from config import clock
from registry.actions.demo_accounts import ACCOUNTS, make_accounts
from registry.models import AuditEvent, Message
from tests.at_state import proven_donor
from tests.cast import RARA

pytestmark = pytest.mark.django_db
PAGES = ("/demo/", "/demo/pesan/")


@pytest.fixture(autouse=True)
def clock_of_this_test(settings, tmp_path):
    settings.CLOCK_FILE = tmp_path / "clock"


@pytest.mark.parametrize("page", PAGES)
def test_in_production_the_page_does_not_exist(client, settings, page):
    settings.PRODUCTION = True
    assert client.get(page).status_code == 404
    assert client.post("/demo/jam/", {"offered": "jam"}).status_code == 404


def test_the_demo_page_shows_every_account_with_a_code_that_signs_in(client):
    make_accounts(now=clock.now())
    page = client.get("/demo/")
    shown = {account["username"]: account["code"] for account in page.context["accounts"]}
    assert set(shown) == {account.username for account in ACCOUNTS}
    client.post(reverse("account_login"), {"login": "auditor", "password": page.context["password"]})
    assert client.post("/akun/2fa/authenticate/", {"code": shown["auditor"]})["Location"] == "/kantor/"


def test_messages_can_be_read_with_their_words_and_links(client):
    assert "Belum ada pesan" in client.get("/demo/pesan/").content.decode()
    proven_donor(RARA)
    message = Message.objects.get()
    message.body = "Kode 123456\nhttp://127.0.0.1:8000/lanjut/abc/ <script>"
    message.save()
    page = client.get("/demo/pesan/").content.decode()
    assert RARA.email in page and "123456" in page and "<script>" not in page
    assert '<a href="http://127.0.0.1:8000/lanjut/abc/"' in page


def test_the_clock_goes_to_an_offered_moment_and_the_journal_says_so(client):
    offered = {jump["key"]: jump["moment"] for jump in client.get("/demo/").context["jumps"]}
    assert client.post("/demo/jam/", {"offered": "batas"})["Location"] == "/demo/"
    assert timedelta(0) <= clock.now() - offered["batas"] < timedelta(seconds=30)
    assert AuditEvent.objects.filter(event="demo.clock_moved", actor_kind="system").count() == 1


def test_the_clock_goes_to_a_typed_moment_of_the_city(client):
    client.post("/demo/jam/", {"moment": "2035-12-01 08:00"})
    assert clock.now().isoformat().startswith("2035-12-01T01:00")


@pytest.mark.parametrize("typed", ["9999-12-31 23:59", "besok", "", "2035-13-01 08:00"])
def test_a_moment_that_is_none_is_refused_with_a_sentence(client, typed):
    answer = client.post("/demo/jam/", {"moment": typed})
    assert answer.status_code == 422 and "Ada yang perlu diperbaiki" in answer.content.decode()


def test_the_clock_never_goes_back(client):
    before = clock.now()
    answer = client.post("/demo/jam/", {"moment": "2020-01-01 08:00"}, follow=True)
    assert "hanya dapat maju" in answer.content.decode() and clock.now() - before < timedelta(seconds=30)


def test_offered_moments_lie_ahead_in_their_order(client):
    moments = [jump["moment"] for jump in client.get("/demo/").context["jumps"]]
    assert moments == sorted(moments) and moments[0] > clock.now()


def test_an_offer_that_is_none_does_not_exist(client):
    assert client.post("/demo/jam/", {"offered": "kemarin"}).status_code == 404
