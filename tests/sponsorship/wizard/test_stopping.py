"""The way out of a running promise: what it says before the click, what it does once, and for whom."""

from dataclasses import replace

import pytest

from registry.models import Message
from registry.rules.roles import Role
from sponsorship.models import Mandate, Sponsorship
from tests import at_state
from tests.cast import AFTER_CUTOFF, BIMA, PARJO, RARA, SUTINI
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
    assert "<h1>Surat kuasa dihentikan</h1>" in text
    assert "Tidak ada potongan" in text
    assert "Potongan terakhir" not in text
    assert "Disetujui OPD" not in text
    assert "Mulai pendaftaran baru" in text
    assert walk.client.get(PAGE)["Location"] == "/saya/"


def test_status_page_names_the_last_debit_when_the_month_was_cut_before_the_stop(walk, clock):
    registration = walk.registration
    clock.move_to(AFTER_CUTOFF)
    walk = sitting(registration)
    walk.post(PAGE, {}, "/saya/")

    page = walk.client.get("/saya/")

    assert page.context["page_title"] == "Surat kuasa dihentikan"
    assert page.context["state"]["label"] == "Surat kuasa dihentikan"
    stopped = page.context["years"][0].entries[0]
    assert (stopped["title"], stopped["when"], stopped["who"]) == (
        "Surat kuasa dihentikan",
        "26 November 2026, 16.30 WIB",
        "Anda",
    )
    (last,) = page.context["ahead"]
    assert last["title"] == "Potongan terakhir: Selasa, 1 Desember 2026, Rp8.400"
    workers = walk.client.get("/saya/pekerja/").content.decode().split("Pernah Anda lindungi")[1]
    assert SUTINI.name in workers and "Bulan terakhir Desember 2026" in workers


def test_the_page_of_an_earlier_registration_tells_the_stop_of_the_later_version(walk, clock):
    first = walk.registration
    verifier = at_state.staff("pemeriksa-lain", Role.OPD_VERIFIER, RARA.opd)
    clock.move_to(AFTER_CUTOFF)
    second = at_state.verified(replace(RARA, workers=(PARJO,)), verifier, AFTER_CUTOFF)
    walk = sitting(second)
    assert "Potongan bulan <strong>Desember 2026</strong> sudah ditutup" in (
        walk.client.get(PAGE).content.decode()
    )
    walk.post(PAGE, {}, "/saya/")

    ahead = sitting(first).client.get("/saya/").context["ahead"]

    assert ahead[-1]["title"] == "Potongan terakhir: Selasa, 1 Desember 2026, Rp8.400"


def test_with_nothing_to_stop_a_sent_registration_is_pointed_at_its_withdrawal():
    walk = sitting(at_state.submitted(BIMA))
    walk.client.get(PAGE)
    text = walk.client.get("/saya/").content.decode()
    assert "Pendaftaran yang belum diperiksa dapat Anda batalkan di halaman ini." in text


def test_a_donor_without_a_running_mandate_is_led_back_calmly(walk):
    other = sitting(at_state.draft(BIMA))
    assert other.client.get(PAGE)["Location"] == "/saya/"
    assert other.client.post(PAGE, {})["Location"] == "/saya/"
    assert Mandate.objects.get().state == "active"


def test_a_stranger_is_asked_for_a_code_first(client):
    assert client.get(PAGE)["Location"] == "/daftar/lanjut/"
