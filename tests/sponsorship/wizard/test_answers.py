"""The donor's own answers: lenient input, errors that keep what was typed, notes for the verifier, terms."""

import pytest

from registry.models import Opd
from tests import at_state
from tests.cast import BIMA, RARA
from tests.sponsorship.wizard.walk import STEPS, Walk, account_answers, errors_of, person_answers, sitting

pytestmark = pytest.mark.django_db
PERSON, ACCOUNT, TERMS = f"{STEPS}diri/", f"{STEPS}rekening/", f"{STEPS}ketentuan/"


def test_lenient_writing_is_saved_in_one_form_and_shown_grouped():
    walk = Walk().to("diri")
    answers = person_answers(RARA) | {"name": "  Rara   Contoh Lestari ", "nip": "19900315.201503-2 901"}
    walk.post("diri", answers, ACCOUNT)
    assert (walk.registration.name, walk.registration.nip) == ("Rara Contoh Lestari", "199003152015032901")
    assert walk.get("diri").context["form"]["nip"].value() == "19900315 201503 2 901"


@pytest.mark.parametrize(
    "field, typed",
    [
        ("name", ""),
        ("name", "Rara 2"),
        ("name", "R" * 140),
        ("nip", "19900315 2015"),
        ("nip", "19901315 201503 2 901"),
        ("nip", "1.99003152015033E+17"),
        ("position", " "),
        ("position", "J" * 130),
        ("position", "Guru 漢字"),
        ("opd", ""),
        ("opd", "999999"),
        ("opd", "1 OR 1=1"),
    ],
)
def test_a_mistake_about_the_person_is_told_at_its_field_and_everything_typed_stays(field, typed):
    walk = Walk().to("diri")
    answers = person_answers(RARA) | {field: typed}
    page = walk.client.post(PERSON, answers)
    assert page.status_code == 200
    assert list(errors_of(page)) == [field]
    assert {name: page.context["form"][name].value() for name in answers} == answers
    text = page.content.decode()
    assert "<title>Kesalahan: " in text
    assert f'<a href="#id_{field}">{page.context["form"].errors[field][0]}</a>' in text
    assert walk.registration.name == ""


def test_an_office_that_is_closed_is_not_offered():
    Opd.objects.filter(code=RARA.opd).update(valid_to="2026-01-31")
    walk = Walk().to("diri")
    assert list(errors_of(walk.client.post(PERSON, person_answers(RARA)))) == ["opd"]


def test_an_odd_number_passes_with_a_note_for_the_verifier():
    walk = Walk().to("diri")
    walk.post("diri", person_answers(RARA) | {"nip": "199003152030032901"}, ACCOUNT)
    assert [note["field"] for note in walk.registration.notes] == ["nip"]


def test_an_account_keeps_its_leading_zeros_and_a_differing_holder_is_noted():
    walk = Walk().to("rekening")
    typed = {"account": "0001-234.567", "account_again": "0001234567", "holder": "Bukan Rara"}
    walk.post("rekening", typed, f"{STEPS}pekerja/")
    saved = walk.registration
    assert (saved.account, saved.account_holder, saved.bank_id) == ("0001234567", "Bukan Rara", "113")
    assert [(note["step"], note["field"]) for note in saved.notes] == [("rekening", "account_holder")]
    assert walk.get("rekening").context["form"]["account"].value() == "0001 2345 67"


@pytest.mark.parametrize(
    "change, field",
    [
        ({"account": ""}, "account"),
        ({"account": "12345", "account_again": "12345"}, "account"),
        ({"account": "0001234567.0"}, "account"),
        ({"account_again": "0001234568"}, "account_again"),
        ({"account_again": ""}, "account_again"),
        ({"holder": "1234"}, "holder"),
    ],
)
def test_a_mistake_about_the_account_is_told_and_everything_typed_stays(change, field):
    walk = Walk().to("rekening")
    answers = account_answers(RARA) | change
    page = walk.client.post(ACCOUNT, answers)
    assert field in errors_of(page)
    assert {name: page.context["form"][name].value() for name in answers} == answers
    assert walk.registration.account == ""


def test_what_was_left_empty_about_the_account_is_named_apart():
    walk = Walk().to("rekening")
    errors = errors_of(walk.client.post(ACCOUNT, {"account": "", "account_again": "", "holder": ""}))
    assert len({message for messages in errors.values() for message in messages}) == 3
    assert "buku tabungan" in errors["holder"][0]


def test_a_differing_holder_is_told_before_anything_is_printed():
    registration = at_state.draft(RARA)
    words = "Nama pemilik rekening berbeda dari nama Anda"
    assert words not in sitting(registration).get("periksa").content.decode()
    registration.account_holder = "Bukan Rara"
    registration.save()
    assert words in sitting(registration).get("periksa").content.decode()


def test_who_has_no_account_gets_a_page_that_says_what_to_do():
    page = Walk().to("rekening").client.get(f"{ACCOUNT}belum-punya/")
    assert page.status_code == 200
    assert "Anda perlu rekening Bank Jateng" in page.content.decode()


def test_a_change_from_the_check_page_returns_straight_to_it():
    walk = sitting(at_state.draft(RARA))
    answers = person_answers(RARA) | {"position": "Kepala Seksi"}
    assert walk.post(f"{PERSON}?dari=periksa", answers)["Location"] == f"{STEPS}periksa/"
    assert walk.registration.position == "Kepala Seksi"


def test_the_terms_offer_the_first_open_month_and_the_normal_tariff():
    form = sitting(at_state.draft(RARA)).get("ketentuan").context["form"]
    assert form["wished_start"].field.choices[0] == ("", "Secepatnya: Desember 2026")
    assert form["wished_start"].field.choices[1] == ("2027-01", "Januari 2027")
    assert form["ceiling"].value() == "Rp16.800"


def test_a_later_month_and_a_higher_ceiling_are_saved():
    walk = sitting(at_state.draft(RARA))
    walk.post("ketentuan", {"wished_start": "2027-02", "ceiling": "Rp 30.000"}, f"{STEPS}periksa/")
    assert (walk.registration.wished_start, walk.registration.ceiling) == ("2027-02", 30_000)
    figures = walk.get("periksa").context["figures"]
    assert (figures["start"], figures["ceiling"]) == ("Februari 2027", "Rp30.000")


def test_the_lowest_ceiling_follows_the_tariff():
    walk = sitting(at_state.draft(RARA))
    walk.post("ketentuan", {"wished_start": "", "ceiling": "16800"}, f"{STEPS}periksa/")
    assert (walk.registration.wished_start, walk.registration.ceiling) == ("", 0)


@pytest.mark.parametrize(
    "answers, field",
    [
        ({"wished_start": "", "ceiling": "16.799"}, "ceiling"),
        ({"wished_start": "", "ceiling": "33.601"}, "ceiling"),
        ({"wished_start": "", "ceiling": "16,8"}, "ceiling"),
        ({"wished_start": "", "ceiling": ""}, "ceiling"),
        ({"wished_start": "2026-11", "ceiling": "20.000"}, "wished_start"),
        ({"wished_start": "besok", "ceiling": "20.000"}, "wished_start"),
    ],
)
def test_terms_outside_their_bounds_are_refused_and_kept(answers, field):
    walk = sitting(at_state.draft(RARA))
    page = walk.client.post(TERMS, answers)
    assert list(errors_of(page)) == [field]
    assert {name: page.context["form"][name].value() for name in answers} == answers
    assert walk.registration.ceiling == 0


def test_what_the_nip_says_is_shown_back_and_never_asked():
    walk = Walk().to("diri")
    assert not {"birth_date", "sex", "employment"} & set(walk.get("diri").context["form"].fields)
    walk.me()
    page = walk.get("rekening").content.decode()
    assert "NIP Anda terbaca: PNS, lahir 15 Maret 1990, perempuan." in page
    assert RARA.nip[-4:] not in page


def test_a_pppk_is_welcomed_by_the_name_of_their_own_number():
    walk = Walk(BIMA).to("rekening")
    page = walk.get("rekening").content.decode()
    assert "NI PPPK Anda terbaca: PPPK, lahir 12 Desember 1985, laki-laki." in page
    assert "PPPK ikut dengan cara yang sama seperti PNS" in page


def test_the_check_page_shows_what_the_number_of_a_pppk_says():
    person = sitting(at_state.draft(BIMA)).get("periksa").context["person"]
    rows = {row["label"]: row["value"] for row in person}
    assert rows["Menurut NI PPPK"] == "PPPK, 40 tahun, laki-laki"


def test_who_is_no_civil_servant_gets_a_page_that_says_what_to_do():
    walk = Walk().to("diri")
    assert f'href="{PERSON}bukan-asn/"' in walk.get("diri").content.decode()
    page = walk.client.get(f"{PERSON}bukan-asn/").content.decode()
    assert "Gerakan ini untuk ASN" in page
    assert "JMO" in page and f'href="{PERSON}"' in page
