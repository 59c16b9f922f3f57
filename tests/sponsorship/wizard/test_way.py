"""The whole way of one donor without JavaScript: in order, interrupted, in two tabs, sent twice."""

import pytest
from django.test import Client

from registry.models import AuditEvent, Donor, Message
from sponsorship.models import Registration
from sponsorship.wizard.steps import BY_SLUG
from tests.cast import BIMA, PARJO, RARA, SUTINI, MadeUpDonor
from tests.sponsorship.wizard.walk import STEPS, Walk, last_code, person_answers

pytestmark = pytest.mark.django_db

TWO_WORKERS = MadeUpDonor(RARA.name, RARA.nip, RARA.email, RARA.account, workers=(SUTINI, PARJO))


def test_a_donor_walks_from_the_start_page_to_a_sent_registration():
    walk = Walk().to("saya")
    sent = walk.registration
    assert sent.state == "submitted"
    assert (sent.name, sent.nip, sent.account) == (RARA.name, RARA.nip, RARA.account)
    assert [s.worker.nik for s in sent.sponsorships.all()] == [SUTINI.nik]
    page = walk.client.get("/saya/").content.decode()
    assert sent.reference in page
    assert "Selasa, 1 Desember 2026" in page
    assert Message.objects.filter(event="registration_submitted").count() == 1


def test_several_workers_are_added_one_by_one_and_summed():
    walk = Walk(TWO_WORKERS).to("periksa")
    # 8.400 for Sutini; Parjo drives: half of 16.800 until March 2027, and 20.000 JHT.
    assert walk.get("periksa").context["figures"]["amount"] == "Rp36.800"


def test_a_step_out_of_order_leads_to_the_first_one_that_is_not_complete():
    walk = Walk().to("rekening")
    for slug in ("pekerja", "kepesertaan", "periksa", "ketentuan", "persetujuan", "cetak", "unggah", "kirim"):
        assert walk.get(slug)["Location"] == f"{STEPS}rekening/", slug
    assert walk.get("diri").status_code == 200


def test_papers_stay_closed_until_the_donor_has_agreed():
    walk = Walk().to("persetujuan")
    for slug in ("cetak", "unggah", "kirim"):
        assert walk.get(slug)["Location"] == f"{STEPS}persetujuan/", slug


def test_an_unknown_step_is_a_page_not_found():
    walk = Walk().to("diri")
    answer = walk.client.get(f"{STEPS}tidak-ada/")
    assert answer.status_code == 404
    assert "Halaman tidak ditemukan" in answer.content.decode()


@pytest.mark.parametrize("slug", sorted(set(BY_SLUG) - {"kontak", "kode"}))
def test_a_stranger_is_asked_for_a_contact_before_any_step(slug):
    client = Client()
    answer = client.get(f"{STEPS}{slug}/", follow=True)
    assert answer.redirect_chain[-1][0] == f"{STEPS}kontak/"


def test_who_comes_back_with_the_same_contact_goes_on_where_they_stopped(clock):
    Walk().to("pekerja")
    clock.shift(120)
    elsewhere = Walk()
    elsewhere.contact()
    assert elsewhere.code()["Location"] == f"{STEPS}pekerja/"
    assert Registration.objects.count() == Donor.objects.count() == 1


def test_two_tabs_that_start_at_once_share_one_registration(clock):
    first, second = Walk().to("kode"), Walk()
    first.code()
    clock.shift(120)
    second.to("diri")
    first.me()
    second.me()
    assert Registration.objects.count() == 1
    assert AuditEvent.objects.filter(event="registration.started").count() == 1


def test_the_same_final_form_sent_again_leads_to_the_same_page_and_sends_nothing_twice():
    walk = Walk().to("kirim")
    token = {"form_token": walk.get("kirim").context["form_token"]}
    answers = [walk.client.post(f"{STEPS}kirim/", token) for _ in range(3)]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, "/saya/")] * 3
    assert AuditEvent.objects.filter(event="registration.submitted").count() == 1
    assert Message.objects.filter(event="registration_submitted").count() == 1


def test_after_sending_every_step_answers_with_a_calm_notice():
    walk = Walk().to("saya")
    for slug in ("diri", "persetujuan", "kirim"):
        page = walk.client.get(f"{STEPS}{slug}/", follow=True)
        assert page.redirect_chain == [("/saya/", 302)]
        assert "sudah dikirim" in page.content.decode()
    answer = walk.client.post(f"{STEPS}diri/", person_answers(BIMA))
    assert answer["Location"] == "/saya/"
    assert walk.registration.name == RARA.name


def test_save_and_go_on_later_shows_the_personal_link_and_keeps_the_page():
    walk = Walk().to("diri")
    answer = walk.post("diri", {**person_answers(RARA), "later": "1"}, "/daftar/nanti/")
    page = walk.client.get(answer["Location"]).content.decode()
    assert "/lanjut/" in page
    assert "r•••@contoh.example" in page
    assert RARA.email not in page
    assert walk.registration.name == RARA.name


def test_later_with_a_mistake_on_the_page_says_so_and_offers_to_leave_it():
    walk = Walk().to("diri")
    page = walk.client.post(f"{STEPS}diri/", {"name": "Rara", "nip": "12", "later": "1"})
    assert page.status_code == 200
    assert "lanjutkan nanti tanpa menyimpan halaman ini" in page.content.decode()
    assert page.context["form"]["nip"].value() == "12"


def test_the_personal_link_opens_the_registration_on_another_device_after_a_code(clock):
    walk = Walk().to("rekening")
    link = Message.objects.get(event="registration_started").body.split("Tautan pribadi Anda: ")[1].split()[0]
    path = link.split("8000", 1)[1]
    clock.shift(120)
    other = Walk()
    page = other.client.get(path)
    assert "r•••@contoh.example" in page.content.decode()
    assert "donor" not in other.client.session
    assert other.client.post(path)["Location"] == f"{STEPS}kode/"
    assert other.post("kode", {"code": last_code()})["Location"] == f"{STEPS}rekening/"
    assert other.registration == walk.registration


def test_an_idle_session_asks_for_a_code_and_returns_to_the_same_page_with_what_was_typed(clock):
    walk = Walk().to("rekening")
    clock.shift(31 * 60)
    typed = {"account": "0001 2345", "account_again": "0001234567", "holder": "Rara yang diketik"}
    answer = walk.client.post(f"{STEPS}rekening/", typed, follow=True)
    assert answer.redirect_chain == [("/daftar/lanjut/", 302)]
    assert "Sesi Anda sudah berakhir" in answer.content.decode()
    assert walk.client.post("/daftar/lanjut/")["Location"] == f"{STEPS}kode/"
    assert walk.post("kode", {"code": last_code()})["Location"] == f"{STEPS}rekening/"
    page = walk.get("rekening")
    assert "Isian terakhir Anda masih ada" in page.content.decode()
    assert {name: page.context["form"][name].value() for name in typed} == typed
    assert "Isian terakhir" not in walk.get("rekening").content.decode()


def test_what_was_typed_into_an_ended_session_never_lies_in_it_as_text(clock):
    walk = Walk().to("rekening")
    clock.shift(31 * 60)
    walk.client.post(f"{STEPS}rekening/", {"account": "0001234567"})
    assert "0001234567" not in repr(dict(walk.client.session.items()))


def test_a_busy_session_stays_open_beyond_the_idle_limit(clock):
    walk = Walk().to("rekening")
    for _ in range(4):
        clock.shift(20 * 60)
        assert walk.get("rekening").status_code == 200


def test_a_session_whose_registration_is_not_its_donors_finds_nothing():
    mine, theirs = Walk().to("diri"), Walk(BIMA).to("diri")
    session = mine.client.session
    session["registration"] = str(theirs.registration.pk)
    session.save()
    for method in (mine.client.get, mine.client.post):
        assert method(f"{STEPS}diri/").status_code == 404
        assert method("/saya/").status_code in (404, 405)
    theirs.registration.refresh_from_db()
    assert theirs.registration.name == ""
