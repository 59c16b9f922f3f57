"""Stopping before the first debit: said plainly, done once, signed out, and nothing of the person on any screen."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from registry.models import Donor, Message, User
from registry.rules.roles import Role
from sponsorship.actions import ending
from sponsorship.models import Mandate, Registration
from tests import at_state
from tests.cast import AFTER_CUTOFF, MORNING, PARJO, RARA, SUTINI
from tests.sponsorship.wizard.walk import Walk, sitting
from tests.staff_client import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_papers")]
PAGE, GONE = "/saya/hentikan/", "/saya/terhapus/"
ALL_SECRETS = (RARA.name, RARA.nip, RARA.account, RARA.email, SUTINI.name, SUTINI.nik, RARA.position)


@pytest.fixture
def verifier() -> User:
    return at_state.staff("pemeriksa", Role.OPD_VERIFIER, RARA.opd)


@pytest.fixture
def walk(verifier):
    return sitting(at_state.verified(RARA, verifier))


def withdrawal(walk) -> dict[str, str]:
    return {"form_token": walk.client.get(PAGE).context["form_token"], "cooling_off": "1"}


def test_page_offers_it_before_the_first_debit_and_says_what_is_left(walk):
    text = walk.client.get(PAGE).content.decode()
    assert (
        "Belum ada potongan: pembatalan ini tidak meninggalkan data selain nomor, tanggal, dan "
        "kode pengaman surat kuasa."
    ) in text
    assert "bila Anda berhenti sebelum Kamis, 26 November 2026 pukul 16.00 WIB" in text
    assert "Ya, batalkan dan hapus data saya" in text


def test_page_does_not_offer_it_when_a_month_is_cut(walk, clock):
    registration = walk.registration
    clock.move_to(AFTER_CUTOFF)
    text = sitting(registration).client.get(PAGE).content.decode()
    assert "cooling_off" not in text
    assert "Ya, hentikan surat kuasa" in text


def test_withdrawing_signs_out_and_the_same_form_again_leads_to_the_same_page(walk):
    form = withdrawal(walk)

    answers = [walk.client.post(PAGE, form)["Location"] for _ in range(2)]

    assert answers == [GONE, GONE]
    page = walk.client.get(GONE).content.decode()
    assert "Tidak ada potongan, dan tidak akan ada" in page
    for address in ("/saya/", "/lanjut/"):
        assert f'href="{address}' not in page
    assert walk.client.get("/saya/")["Location"] == "/daftar/lanjut/"
    assert walk.client.get("/daftar/lanjut/")["Location"] == "/daftar/langkah/kontak/"
    assert Mandate.objects.get().state == "cancelled"
    assert Message.objects.filter(event="cooling_off").count() == 1


def test_personal_link_of_before_is_over(walk):
    link = Message.objects.filter(event="registration_verified").get().body.split("/lanjut/")[1].split("/")[0]
    walk.client.post(PAGE, withdrawal(walk))
    answer = Client().get(f"/lanjut/{link}/")
    assert answer.status_code == 410
    assert RARA.email not in answer.content.decode()


def test_a_click_after_the_cutoff_erases_nothing_and_shows_what_counts_now(walk, clock):
    registration = walk.registration
    clock.move_to(AFTER_CUTOFF)
    late = sitting(registration)
    assert late.client.post(PAGE, {"cooling_off": "1"})["Location"] == PAGE
    assert "Potongan bulan <strong>Desember 2026</strong> sudah ditutup" in (
        late.client.get(PAGE).content.decode()
    )
    assert Mandate.objects.get().state == "active"
    assert Registration.objects.get().erased_at is None


def test_who_has_another_registration_at_the_office_stays_signed_in_with_that(walk, verifier):
    second = at_state.in_check(replace(RARA, workers=(PARJO,)), verifier, MORNING + timedelta(hours=1))
    answer = walk.client.post(PAGE, withdrawal(walk))
    assert answer["Location"] == "/saya/"
    assert walk.registration == second
    text = walk.client.get("/saya/").content.decode()
    assert "data untuk surat kuasa itu sudah dihapus" in text


def test_who_was_debited_years_before_comes_back_to_that_and_an_erased_paper_is_not_offered(
    walk, verifier, clock
):
    debited = walk.registration
    clock.move_to(AFTER_CUTOFF)
    ending.revoke(by=debited.donor, now=AFTER_CUTOFF)
    second = at_state.verified(replace(RARA, workers=(PARJO,)), verifier, AFTER_CUTOFF + timedelta(hours=1))
    clock.move_to(AFTER_CUTOFF + timedelta(hours=2))
    again = sitting(second)
    again.client.post(PAGE, withdrawal(again))

    erased = sitting(second)
    assert "Unduh surat kuasa" not in erased.client.get("/saya/").content.decode()
    assert erased.client.get("/saya/surat-kuasa/").status_code == 404
    back = Walk(RARA)
    back.contact()
    back.code()
    assert back.registration == debited
    assert "Unduh surat kuasa" in back.client.get("/saya/").content.decode()


def test_same_contact_begins_as_somebody_new(walk, verifier):
    walk.client.post(PAGE, withdrawal(walk))
    again = at_state.verified(RARA, verifier, MORNING.replace(hour=4))
    assert Donor.objects.count() == 2
    assert again.state == "verified"


def test_desk_and_admin_show_the_emptied_case_without_anything_of_the_person(walk, verifier):
    registration, mandate = walk.registration, Mandate.objects.get()
    walk.client.post(PAGE, withdrawal(walk))
    office, clerk = client_of(verifier), client_of(at_state.staff("admin", Role.ADMINISTRATOR))
    pages = [
        (office, reverse("desk-case", args=[registration.pk])),
        (clerk, reverse("admin:sponsorship_registration_change", args=[registration.pk])),
        (clerk, reverse("admin:sponsorship_mandate_change", args=[mandate.pk])),
        (clerk, reverse("admin:sponsorship_mandate_changelist")),
        (clerk, reverse("admin:sponsorship_registration_changelist")),
        (clerk, reverse("admin:sponsorship_sponsorship_changelist")),
    ]
    for client, address in pages:
        answer = client.get(address)
        assert answer.status_code == 200, address
        text = answer.content.decode()
        for secret in ALL_SECRETS:
            assert secret not in text, (address, secret)


def test_page_says_that_a_registration_on_its_way_to_the_office_goes_as_well(verifier):
    at_state.verified(RARA, verifier)
    walk = sitting(at_state.submitted(replace(RARA, workers=(PARJO,)), MORNING + timedelta(hours=2)))

    text = walk.client.get(PAGE).content.decode()

    assert "yang belum diperiksa OPD ikut berakhir, dan isiannya ikut dihapus" in text
