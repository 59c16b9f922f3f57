"""How messages reach a donor: what they choose is kept, a second contact needs its code and opens nothing."""

import pytest
from django.test import Client

from registry.models import AuditEvent, Donor, Message
from registry.rules.preferences import CODES
from tests import at_state
from tests.cast import BIMA, RARA
from tests.sponsorship.wizard.walk import Walk, last_code, sitting

PAGE, CONTACT, CODE = "/saya/pesan/", "/saya/pesan/kontak/", "/saya/pesan/kontak/kode/"
PHONE = "+6281299990077"

pytestmark = pytest.mark.django_db


@pytest.fixture
def walk() -> Walk:
    made = at_state.draft(RARA)
    Message.objects.all().delete()
    return sitting(made)


def text_of(answer) -> str:
    return answer.content.decode()


def post(walk, path: str, **values):
    page = walk.client.get(PAGE if path not in (CONTACT, CODE) else path)
    return walk.client.post(path, {"form_token": page.context["form_token"], **values})


def add_phone(walk, phone: str = "0812-9999-0077") -> None:
    assert post(walk, CONTACT, channel="phone", phone=phone)["Location"] == CODE
    assert post(walk, CODE, code=last_code())["Location"] == PAGE


def test_only_proven_channels_are_offered(walk):
    text = text_of(walk.client.get(PAGE))
    assert "Surel (email) ke r•••@contoh.example" in text
    assert "WhatsApp ke" not in text and "SMS ke" not in text
    assert RARA.email not in text


def test_choices_are_kept_and_journalled_without_addresses(walk):
    add_phone(walk)
    answer = post(walk, PAGE, preferred="whatsapp", wanted=["receipts", "tariff"])

    assert answer["Location"] == PAGE
    donor = Donor.objects.get()
    assert donor.preferred == "whatsapp" and donor.muted == ["reminders", "retirement", "protected"]
    lines = AuditEvent.objects.filter(event="donor.preferences").order_by("pk")
    assert lines.last().detail == {"changed": ["preferred", "muted"]}
    assert PHONE[3:] not in str([line.detail for line in lines])


def test_whatsapp_is_not_offered_where_no_provider_is(walk, settings):
    add_phone(walk)
    settings.WHATSAPP_URL, settings.MESSAGES_SHOWN = "", False
    assert "WhatsApp ke" not in text_of(walk.client.get(PAGE))
    refused = post(walk, PAGE, preferred="whatsapp", wanted=list(CODES))
    assert refused.status_code == 200 and "Pilih salah satu saluran yang tersedia." in text_of(refused)


@pytest.mark.parametrize("values", [{}, {"preferred": "pigeon"}, {"preferred": "email", "wanted": ["money"]}])
def test_a_choice_that_does_not_exist_is_refused_in_words(walk, values):
    refused = post(walk, PAGE, **values)
    assert refused.status_code == 200 and "Ada yang perlu diperbaiki" in text_of(refused)
    assert Donor.objects.get().muted == []


def test_a_second_contact_is_stored_only_with_its_code(walk):
    post(walk, CONTACT, channel="phone", phone="0812-9999-0077")
    wrong = post(walk, CODE, code="000000" if last_code() != "000000" else "111111")
    assert wrong.status_code == 200 and "Kode tidak cocok" in text_of(wrong)
    assert Donor.objects.get().second_contact == ""

    assert post(walk, CODE, code=last_code())["Location"] == PAGE

    donor = Donor.objects.get()
    assert (donor.second_channel, donor.second_contact) == ("phone", PHONE)
    assert "0077" in text_of(walk.client.get(PAGE)) and PHONE[3:] not in text_of(walk.client.get(PAGE))


def test_a_second_contact_makes_no_donor_and_lets_nobody_in(walk, clock):
    add_phone(walk)
    clock.shift(120)
    assert Donor.objects.count() == 1

    stranger = Walk(client=Client())
    stranger.post("kontak", {"channel": "phone", "phone": "0812-9999-0077"})
    answer = stranger.client.post("/daftar/langkah/kode/", {"code": last_code()})

    assert answer.status_code == 302
    assert stranger.registration.donor_id != walk.registration.donor_id
    assert RARA.name not in text_of(stranger.client.get("/saya/data/"))


def test_the_contact_somebody_comes_in_by_is_no_second_one(walk):
    refused = post(walk, CONTACT, channel="email", email=RARA.email)
    assert refused.status_code == 200 and "sudah Anda pakai untuk masuk" in text_of(refused)
    assert Message.objects.count() == 0


def test_swapping_lets_the_donor_in_by_the_new_contact_and_tells_both(walk):
    add_phone(walk)
    Message.objects.all().delete()

    post(walk, "/saya/pesan/kontak/tukar/")

    donor = Donor.objects.get()
    assert (donor.channel, donor.contact, donor.second_contact) == ("phone", PHONE, RARA.email)
    told = Message.objects.filter(event="contact_changed")
    assert sorted((one.channel, one.to) for one in told) == [("email", RARA.email), ("sms", PHONE)]
    again = at_state.contacts.contact_index("phone", PHONE)
    assert donor.contact_index == again


def test_a_contact_that_opens_another_donors_pages_is_not_taken_over(walk):
    other = at_state.proven_donor(BIMA)
    donor = Donor.objects.get(pk=walk.registration.donor_id)
    donor.second_channel, donor.second_contact = "email", BIMA.email
    donor.save()

    answer = post(walk, "/saya/pesan/kontak/tukar/")

    assert answer["Location"] == PAGE and "sudah dipakai" in text_of(walk.client.get(PAGE))
    donor.refresh_from_db()
    assert donor.contact == RARA.email and Donor.objects.get(pk=other.pk).contact == BIMA.email
    assert Message.objects.filter(event="contact_changed").count() == 0


def test_removing_the_second_contact_brings_messages_back_to_the_first(walk):
    add_phone(walk)
    post(walk, PAGE, preferred="sms", wanted=list(CODES))
    post(walk, "/saya/pesan/kontak/hapus/")
    donor = Donor.objects.get()
    assert (donor.second_channel, donor.second_contact, donor.preferred) == ("", "", "")


def test_the_code_page_without_a_code_leads_to_the_contact(walk):
    assert walk.client.get(CODE)["Location"] == CONTACT


def test_what_was_said_is_listed_without_words_or_addresses(walk):
    add_phone(walk)
    post(walk, "/saya/pesan/kontak/tukar/")
    page = walk.client.get(PAGE)
    assert [one["what"] for one in page.context["told"]] == ["Kontak untuk masuk diganti"] * 2
