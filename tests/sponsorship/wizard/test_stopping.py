"""The way out of a running promise: what it says before the click, what it does once, and for whom."""

import pytest

from registry.models import Message
from registry.rules.roles import Role
from sponsorship.models import Mandate, Sponsorship
from tests import at_state
from tests.cast import AFTER_CUTOFF, BIMA, RARA, SUTINI
from tests.sponsorship.wizard.walk import sitting

pytestmark = pytest.mark.django_db
PAGE = "/saya/hentikan/"


@pytest.fixture
def walk():
    verifier = at_state.staff("pemeriksa", Role.OPD_VERIFIER, RARA.opd)
    return sitting(at_state.verified(RARA, verifier))


def test_page_says_before_the_click_that_nothing_will_ever_be_debited(walk):
    text = walk.client.get(PAGE).content.decode()
    assert "Belum ada potongan, dan tidak akan ada." in text
    assert SUTINI.name in text
    assert Mandate.objects.get().state == "active"


def test_page_names_the_month_that_is_cut_already(walk, clock):
    registration = walk.registration
    clock.move_to(AFTER_CUTOFF)
    walk = sitting(registration)
    text = walk.client.get(PAGE).content.decode()
    assert "Potongan bulan <strong>Desember 2026</strong> sudah ditutup" in text
    assert "Mulai <strong>Januari 2027</strong> tidak ada potongan lagi" in text


def test_stopping_twice_by_the_same_form_stops_once(walk):
    token = {"form_token": walk.client.get(PAGE).context["form_token"]}

    answers = [walk.client.post(PAGE, token) for _ in range(2)]

    assert [answer["Location"] for answer in answers] == ["/saya/", "/saya/"]
    assert Mandate.objects.get().state == "cancelled"
    assert Sponsorship.objects.get().state == "ended"
    assert Message.objects.filter(event="mandate_revoked").count() == 1


def test_status_page_tells_the_end_and_offers_no_second_one(walk):
    assert PAGE in walk.client.get("/saya/").content.decode()
    walk.client.post(PAGE, {"form_token": walk.client.get(PAGE).context["form_token"]})

    text = walk.client.get("/saya/").content.decode()

    assert "Dicabut" in text
    assert PAGE not in text
    assert walk.client.get(PAGE)["Location"] == "/saya/"


def test_a_donor_without_a_running_mandate_is_led_back_calmly(walk):
    other = sitting(at_state.draft(BIMA))
    assert other.client.get(PAGE)["Location"] == "/saya/"
    assert other.client.post(PAGE, {})["Location"] == "/saya/"
    assert Mandate.objects.get().state == "active"


def test_a_stranger_is_asked_for_a_code_first(client):
    assert client.get(PAGE)["Location"] == "/daftar/lanjut/"
