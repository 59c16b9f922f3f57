"""Coming in: contact and code, an OPD's link, the personal link, and how often one may try."""

from datetime import timedelta

import pytest
from django.core import signing
from django.core.cache import cache
from django.test import Client

from registry.models import ContactCode, Message, Opd
from sponsorship.models import InvitationLink, Registration
from tests import at_state
from tests.cast import BIMA, MORNING, RARA
from tests.sponsorship.wizard.walk import STEPS, Walk, errors_of, last_code

pytestmark = pytest.mark.django_db
CONTACT, CODE = f"{STEPS}kontak/", f"{STEPS}kode/"


@pytest.fixture
def link() -> InvitationLink:
    return InvitationLink.objects.create(
        token="TautanContoh1",
        opd=Opd.objects.get(code="DISDIK"),
        expires_at=MORNING + timedelta(days=30),
        max_uses=2,
    )


@pytest.fixture
def limited(settings):
    settings.RATELIMIT_ENABLE = True
    cache.clear()
    yield
    cache.clear()


@pytest.mark.parametrize(
    "answers, field",
    [
        ({}, "channel"),
        ({"channel": "email", "email": ""}, "email"),
        ({"channel": "email", "email": "salah", "phone": "0812-9999-0001"}, "email"),
        ({"channel": "phone", "email": "rara@contoh.example", "phone": "024-123456"}, "phone"),
        ({"channel": "merpati", "email": "rara@contoh.example"}, "channel"),
    ],
)
def test_a_contact_that_cannot_be_is_refused_at_its_field_and_kept(answers, field):
    page = Client().post(CONTACT, answers)
    assert list(errors_of(page)) == [field]
    assert page.context["form"][field].value() == answers.get(field)
    assert "<title>Kesalahan: " in page.content.decode()
    assert f'href="#id_{field}' in page.content.decode()
    assert ContactCode.objects.count() == 0


def test_a_mobile_number_in_any_writing_gets_its_code_by_sms():
    answer = Client().post(CONTACT, {"channel": "phone", "phone": "+62 812-9999.0001"})
    assert answer["Location"] == CODE
    message = Message.objects.get()
    assert (message.channel, message.to) == ("sms", "+6281299990001")


def test_a_code_is_accepted_with_blanks_and_dashes_between_its_digits():
    walk = Walk().to("kode")
    digits = last_code()
    assert walk.post("kode", {"code": f" {digits[:3]} - {digits[3:]} "})["Location"] == f"{STEPS}diri/"


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "12٣456"])
def test_a_code_that_is_not_six_digits_is_refused_without_costing_a_try(typed):
    walk = Walk().to("kode")
    page = walk.client.post(CODE, {"code": typed})
    assert list(errors_of(page)) == ["code"]
    assert ContactCode.objects.get().tries == 0


def test_a_wrong_code_is_refused_and_after_five_the_right_one_is_too():
    walk = Walk().to("kode")
    right = last_code()
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _ in range(5):
        page = walk.client.post(CODE, {"code": wrong})
    assert "tidak berlaku lagi" in errors_of(page)["code"][0]
    assert list(errors_of(walk.client.post(CODE, {"code": right}))) == ["code"]
    assert "donor" not in walk.client.session


def test_a_code_ends_after_fifteen_minutes(clock):
    walk = Walk().to("kode")
    clock.shift(15 * 60 + 1)
    assert list(errors_of(walk.client.post(CODE, {"code": last_code()}))) == ["code"]


def test_a_second_code_is_sent_after_a_minute_and_ends_the_first(clock):
    walk = Walk().to("kode")
    first = last_code()
    soon = walk.client.post(CODE, {"ulang": "1"})
    assert "Tunggu" in soon.content.decode()
    clock.shift(61)
    assert walk.client.post(CODE, {"ulang": "1"})["Location"] == CODE
    assert ContactCode.objects.count() == 2
    second = last_code()
    if first != second:
        assert list(errors_of(walk.client.post(CODE, {"code": first}))) == ["code"]
    assert walk.client.post(CODE, {"code": second})["Location"] == f"{STEPS}diri/"


def test_the_same_contact_sent_twice_leads_to_the_code_on_its_way():
    walk = Walk().to("kode")
    answer = walk.client.post(CONTACT, {"channel": "email", "email": RARA.email.upper()})
    assert answer["Location"] == CODE
    assert ContactCode.objects.count() == 1


def test_the_code_page_without_a_code_on_its_way_leads_to_the_start():
    assert Client().get(CODE)["Location"] == "/daftar/"


def test_the_session_key_changes_when_a_contact_is_proven():
    walk = Walk().to("kode")
    before = walk.client.session.session_key
    walk.code()
    assert walk.client.session.session_key != before


def test_an_office_link_presets_the_office_and_counts_one_use(link):
    walk = Walk()
    walk.client.get(f"/daftar/{link.token}/")
    walk.to("diri")
    page = walk.get("diri")
    assert "Tautan pendaftaran Dinas Pendidikan" in page.content.decode()
    assert page.context["form"]["opd"].value() == link.opd_id
    link.refresh_from_db()
    assert link.uses == 1


def test_an_office_link_greets_with_its_name_from_the_start_page_on(link):
    client = Client()
    start = client.get(f"/daftar/{link.token}/", follow=True)
    assert start.redirect_chain == [("/", 302)]
    assert "Selamat datang, ASN Dinas Pendidikan" in start.content.decode()
    assert "Tautan pendaftaran Dinas Pendidikan" in client.get(CONTACT).content.decode()
    assert "Dinas Pendidikan" not in Client().get("/").content.decode()


def test_an_office_link_that_was_revoked_meanwhile_greets_nobody(link):
    client = Client()
    client.get(f"/daftar/{link.token}/")
    InvitationLink.objects.filter(pk=link.pk).update(revoked_at=MORNING)
    for path in ("/", CONTACT):
        assert "Dinas Pendidikan" not in client.get(path).content.decode()


def test_an_office_link_leads_who_is_under_way_to_where_they_stopped(link):
    walk = Walk().to("rekening")
    assert walk.client.get(f"/daftar/{link.token}/")["Location"] == f"{STEPS}rekening/"


@pytest.mark.parametrize(
    "change, words",
    [
        ({"revoked_at": MORNING}, "sudah dicabut"),
        ({"expires_at": MORNING}, "sudah lewat masa berlakunya"),
        ({"uses": 2}, "sudah mencapai batas pemakaian"),
    ],
)
def test_an_office_link_that_is_over_says_why_and_shows_the_way_on(link, change, words):
    InvitationLink.objects.filter(pk=link.pk).update(**change)
    page = Client().get(f"/daftar/{link.token}/")
    assert page.status_code == 410
    assert words in page.content.decode()
    assert 'href="/daftar/"' in page.content.decode()


def test_an_office_link_that_ended_meanwhile_does_not_count_for_a_new_registration(link):
    walk = Walk()
    walk.client.get(f"/daftar/{link.token}/")
    InvitationLink.objects.filter(pk=link.pk).update(revoked_at=MORNING)
    walk.to("diri")
    assert walk.registration.link is None


@pytest.mark.parametrize(
    "path", ["/daftar/TidakAda99/", "/lanjut/bukan-tautan:yang:benar/", "/daftar/x%00yzabc/"]
)
def test_a_link_nobody_issued_is_a_page_not_found(path):
    assert Client().get(path).status_code == 404


def personal(registration: Registration) -> str:
    return f"/lanjut/{signing.dumps(str(registration.pk), salt='resume')}/"


def test_a_personal_link_of_a_withdrawn_registration_says_that_it_is_closed():
    walk = Walk().to("diri")
    path = personal(walk.registration)
    walk.post("/saya/batalkan/", {})
    page = Client().get(path)
    assert page.status_code == 410
    assert "sudah ditutup" in page.content.decode()


def test_a_personal_link_with_another_donors_code_opens_only_their_own_registration(clock):
    mine = Walk().to("diri").registration
    clock.shift(120)
    other = Walk(BIMA)
    other.client.get(personal(mine))
    other.to("diri")
    assert other.registration != mine
    assert other.registration.donor != mine.donor


def test_the_code_page_counts_a_step_only_for_who_begins(clock):
    walk = Walk().to("kode")
    assert "Langkah 1 dari" in walk.client.get(CODE).content.decode()
    walk.code()
    clock.shift(120)
    back = Client()
    assert back.post(personal(walk.registration))["Location"] == CODE
    assert "Langkah" not in back.get(CODE).content.decode()


def test_a_personal_link_in_an_open_session_of_its_donor_goes_straight_on():
    walk = Walk().to("rekening")
    assert walk.client.get(personal(walk.registration))["Location"] == f"{STEPS}rekening/"


def test_a_verified_donor_begins_again_with_everything_filled_in_and_only_names_a_worker(clock):
    verifier = at_state.staff("rekan", at_state.Role.OPD_VERIFIER, RARA.opd)
    at_state.verified(RARA, verifier)
    clock.shift(600)
    walk = Walk().to("kode")
    assert walk.code()["Location"] == "/saya/"
    answer = walk.client.post("/saya/daftar-lagi/", follow=True)
    assert answer.redirect_chain[-1][0] == f"{STEPS}pekerja/tambah/"
    assert "Data diri dan rekening sudah terisi" in answer.content.decode()
    assert walk.get("diri").context["form"]["nip"].value() == "19900315 201503 2 901"
    assert walk.get("rekening").context["form"]["account_again"].value() == "0001 2345 67"
    walk.worker(BIMA.workers[0])
    walk.cover(BIMA.workers[0])
    assert walk.get("periksa").context["person"][0]["value"] == RARA.name
    assert "sudah terisi" not in walk.client.get(f"{STEPS}pekerja/tambah/").content.decode()


def test_leaving_closes_the_session_on_this_device():
    walk = Walk().to("diri")
    assert walk.client.post("/saya/keluar/")["Location"] == "/"
    assert walk.client.get("/saya/", follow=True).redirect_chain[-1][0] == CONTACT


def test_too_many_codes_for_one_contact_get_the_plain_page(limited, clock):
    walk = Walk()
    for _ in range(5):
        walk.client.post(CONTACT, {"channel": "email", "email": RARA.email})
        clock.shift(61)
    page = walk.client.post(CONTACT, {"channel": "email", "email": RARA.email})
    assert page.status_code == 429
    assert "Terlalu banyak percobaan" in page.content.decode()


def test_one_contact_at_its_limit_does_not_stop_a_colleague_at_the_same_address(limited, clock):
    for _ in range(6):
        Client().post(CONTACT, {"channel": "email", "email": RARA.email})
    assert Client().post(CONTACT, {"channel": "email", "email": BIMA.email})["Location"] == CODE
