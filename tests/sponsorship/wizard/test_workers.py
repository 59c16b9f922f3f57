"""The workers: added, changed, removed, refused; and the cover chosen for each."""

from dataclasses import replace
from uuid import uuid4

import pytest

from sponsorship.models import NikTry
from tests import at_state
from tests.cast import BIMA, PARJO, RARA, SUTINI
from tests.sponsorship.wizard.walk import STEPS, Walk, errors_of, sitting, worker_answers

pytestmark = pytest.mark.django_db
LIST, ADD = f"{STEPS}pekerja/", f"{STEPS}pekerja/tambah/"


def test_the_list_without_workers_leads_to_the_first_ones_form():
    assert Walk().to("pekerja").get("pekerja")["Location"] == ADD


def test_a_saved_worker_leads_to_the_choice_of_cover():
    walk = Walk().to("pekerja")
    answer = walk.worker(SUTINI)
    saved = walk.registration.sponsorships.get()
    assert answer["Location"] == f"{STEPS}kepesertaan/{saved.pk}/"
    assert (saved.worker.name, saved.worker.nik, saved.worker.phone) == (
        SUTINI.name,
        SUTINI.nik,
        SUTINI.phone,
    )


@pytest.mark.parametrize(
    "field, typed",
    [
        ("name", "@"),
        ("nik", "3374 0155 0880"),
        ("nik", "3374019908809001"),
        ("phone", "021-5550000"),
        ("occupation", "presiden"),
        ("workplace", "-"),
        ("workplace", "P" * 170),
        ("kelurahan", ""),
    ],
)
def test_a_mistake_about_a_worker_is_told_at_its_field_and_everything_typed_stays(field, typed):
    walk = Walk().to("pekerja")
    answers = worker_answers(SUTINI) | {field: typed}
    page = walk.client.post(ADD, answers)
    assert list(errors_of(page)) == [field]
    assert {name: page.context["form"][name].value() for name in answers} == answers
    assert walk.registration.sponsorships.count() == 0


def test_the_phone_of_a_worker_may_stay_empty():
    walk = Walk().to("pekerja")
    walk.worker(replace(SUTINI, phone=""))
    assert walk.registration.sponsorships.get().worker.phone == ""


def test_a_worker_of_65_gets_a_page_of_its_own_and_the_way_back_keeps_everything_typed():
    walk = Walk().to("pekerja")
    answers = worker_answers(SUTINI) | {"nik": "3374 0155 0850 9001"}
    page = walk.client.post(ADD, answers)
    text = page.content.decode()
    assert "Pekerja ini tidak dapat didaftarkan" in text
    assert "15 Agustus 1950" in text
    assert "error-summary" not in text and "tidak kami simpan" not in text  # the try of this NIK is on record
    back = walk.client.post(ADD, {**answers, "perbaiki": "1"})
    assert {name: back.context["form"][name].value() for name in answers} == answers
    assert not errors_of(back)


def test_the_same_nik_twice_in_one_registration_is_refused():
    walk = Walk().to("periksa")
    page = walk.client.post(ADD, worker_answers(replace(PARJO, nik=SUTINI.nik)))
    assert "sudah Anda masukkan" in errors_of(page)["nik"][0]


def test_a_worker_somebody_else_holds_gets_the_page_without_any_detail():
    at_state.submitted(replace(BIMA, workers=(SUTINI,)))
    walk = Walk().to("pekerja")
    text = walk.client.post(ADD, worker_answers(SUTINI)).content.decode()
    assert "Pekerja ini tidak dapat didaftarkan" in text
    assert "Pekerja ini sudah terlindungi atau sedang didaftarkan." in text
    assert BIMA.name not in text


@pytest.mark.parametrize(
    "situation, words",
    [
        ("employee", "menjadi tanggungan pemberi kerjanya"),
        ("no_work", "melindungi orang yang bekerja"),
        ("other_fund", "hanya dibayar dari satu sumber"),
    ],
)
def test_who_cannot_be_registered_gets_a_page_with_the_reason_and_nothing_is_kept(situation, words):
    walk = Walk().to("pekerja")
    # Also when the rest is not filled in yet: nobody repairs a form for nothing.
    answers = {**worker_answers(SUTINI), "situation": situation, "workplace": ""}
    page = walk.client.post(ADD, answers)
    text = page.content.decode()
    assert words in text and "Yang dapat Anda lakukan" in text and "tidak kami simpan" in text
    assert "error-summary" not in text and "<title>Kesalahan" not in text
    assert NikTry.objects.count() == walk.registration.sponsorships.count() == 0
    assert situation not in repr(walk.registration.notes)
    back = walk.client.post(ADD, {**answers, "perbaiki": "1"})
    assert {name: back.context["form"][name].value() for name in answers} == answers


def test_a_child_gets_the_page_and_not_an_error_at_the_number():
    walk = Walk().to("pekerja")
    page = walk.client.post(ADD, worker_answers(SUTINI) | {"nik": "3374015508149001"})
    assert "sedikitnya 15 tahun" in page.content.decode()
    assert "Perbaiki NIK" in page.content.decode()
    with_more = walk.client.post(ADD, worker_answers(SUTINI) | {"nik": "3374015508149001", "workplace": ""})
    assert sorted(errors_of(with_more)) == ["nik", "workplace"]


def test_how_a_worker_works_must_be_answered_and_stays_answered():
    walk = Walk().to("pekerja")
    answers = worker_answers(SUTINI)
    assert list(errors_of(walk.client.post(ADD, answers | {"situation": ""}))) == ["situation"]
    assert 'href="#id_situation_0"' in walk.client.post(ADD, answers | {"situation": "x"}).content.decode()
    walk.worker(SUTINI)
    saved = walk.registration.sponsorships.get()
    page = walk.client.get(f"{LIST}{saved.pk}/")
    assert page.context["form"]["situation"].value() == "own"


def test_the_next_worker_may_take_over_the_place_of_the_one_before():
    walk = sitting(at_state.draft(RARA))
    page = walk.client.get(ADD)
    assert "Isi tempat kerja yang sama dengan Sutini Contoh" in page.content.decode()
    assert not page.context["form"]["workplace"].value()
    form = walk.client.get(ADD, {"tempat": "sama"}).context["form"]
    assert (form["workplace"].value(), form["kelurahan"].value()) == (SUTINI.workplace, SUTINI.kelurahan)
    assert not form["name"].value()


def test_what_the_nik_says_is_shown_back_but_never_beside_its_last_digits():
    walk = Walk().to("pekerja")
    cover = walk.client.get(walk.worker(SUTINI)["Location"]).content.decode()
    assert "lahir 15 Agustus 1980, perempuan" in cover
    assert "9001" not in cover
    card = walk.get("pekerja").content.decode()
    assert "46 tahun, perempuan" in card and "9001" in card
    assert "15 Agustus 1980" not in card


def test_a_refused_nik_still_counts_as_a_try_of_the_day():
    at_state.submitted(replace(BIMA, workers=(SUTINI,)))
    walk = Walk().to("pekerja")
    token = {"form_token": walk.client.get(ADD).context["form_token"]}
    walk.client.post(ADD, {**token, **worker_answers(SUTINI)})
    assert NikTry.objects.filter(donor=walk.registration.donor).count() == 1


def test_the_same_form_sent_twice_adds_one_worker():
    walk = Walk().to("pekerja")
    form = {"form_token": walk.client.get(ADD).context["form_token"], **worker_answers(SUTINI)}
    first, second = walk.client.post(ADD, form), walk.client.post(ADD, form)
    assert first["Location"] == second["Location"]
    assert walk.registration.sponsorships.count() == 1


def test_the_same_form_with_other_words_is_a_conflict_and_changes_nothing():
    walk = Walk().to("pekerja")
    form = {"form_token": walk.client.get(ADD).context["form_token"], **worker_answers(SUTINI)}
    walk.client.post(ADD, form)
    answer = walk.client.post(ADD, {**form, "name": "Nama Lain"})
    assert answer.status_code == 409
    assert walk.registration.sponsorships.get().worker.name == SUTINI.name


def test_a_worker_is_changed_and_keeps_the_cover():
    walk = sitting(at_state.draft(RARA))
    saved = walk.registration.sponsorships.get()
    answers = worker_answers(SUTINI) | {"name": "Sutini Baru"}
    assert walk.post(f"{LIST}{saved.pk}/", answers)["Location"] == LIST
    assert walk.registration.sponsorships.get().worker.name == "Sutini Baru"
    assert walk.registration.sponsorships.get().programme == "jkk_jkm"


def test_a_worker_is_removed_after_a_question_and_asking_again_is_calm():
    walk = sitting(at_state.draft(RARA))
    path = f"{LIST}{walk.registration.sponsorships.get().pk}/hapus/"
    assert SUTINI.name in walk.client.get(path).content.decode()
    assert walk.client.post(path)["Location"] == LIST
    assert walk.client.post(path)["Location"] == LIST
    assert walk.registration.sponsorships.count() == 0


def test_a_worker_added_after_a_removal_comes_last():
    walk = Walk().to("pekerja")
    for number in range(3):
        walk.worker(replace(SUTINI, nik=f"337401550880901{number}"))
    first, _, third = walk.registration.sponsorships.all()
    walk.client.post(f"{LIST}{first.pk}/hapus/")
    walk.worker(replace(SUTINI, nik="3374015508809019"))
    second_now, third_now, newest = walk.registration.sponsorships.all()
    assert (third_now.pk, newest.worker.nik) == (third.pk, "3374015508809019")
    assert second_now.position < third_now.position < newest.position


@pytest.mark.parametrize("tail", ["pekerja/{}/", "pekerja/{}/hapus/", "kepesertaan/{}/"])
def test_somebody_elses_worker_is_not_found(tail):
    foreign = at_state.draft(BIMA).sponsorships.get()
    walk = sitting(at_state.draft(RARA))
    for pk in (foreign.pk, uuid4()):
        assert walk.client.get(STEPS + tail.format(pk)).status_code == 404
    walk.client.post(STEPS + tail.format(foreign.pk), {**worker_answers(SUTINI), "programme": "jkk_jkm"})
    foreign.refresh_from_db()
    assert foreign.worker.name == PARJO.name


def test_no_more_workers_than_the_city_allows():
    walk = Walk().to("pekerja")
    for number in range(5):
        walk.worker(replace(SUTINI, nik=f"337401550880901{number}"))
    page = walk.client.post(ADD, worker_answers(PARJO))
    assert "paling banyak 5 pekerja" in errors_of(page)["nik"][0]


def test_the_cover_page_prices_both_programmes_without_saving():
    walk = Walk().to("pekerja")
    path = walk.worker(PARJO)["Location"]
    page = walk.client.post(path, {"programme": "jkk_jkm", "declared_income": "2000000", "hitung": "1"})
    basic, with_savings = page.context["table"]
    assert (basic["amount"], basic["normal"], basic["until"]) == ("Rp13.400", "Rp26.800", "Maret 2027")
    assert basic["parts"] == [("JKK", "Rp10.000"), ("JKM", "Rp3.400")]
    assert with_savings["parts"][-1] == ("JHT", "Rp40.000")
    assert walk.registration.sponsorships.get().programme == ""


def test_a_saved_cover_shows_its_amount_parts_and_the_end_of_the_discount():
    walk = Walk().to("pekerja")
    walk.worker(SUTINI)
    walk.cover(SUTINI)
    card = walk.get("pekerja").context["cards"][0]
    assert (card["amount"], card["normal"], card["until"]) == ("Rp8.400", "Rp16.800", "Desember 2026")


@pytest.mark.parametrize(
    "answers, field",
    [
        ({"declared_income": "1000000"}, "programme"),
        ({"programme": "semua", "declared_income": "1000000"}, "programme"),
        ({"programme": "jkk_jkm"}, "declared_income"),
        ({"programme": "jkk_jkm", "declared_income": "1000001"}, "declared_income"),
        ({"programme": "jkk_jkm", "declared_income": "-1"}, "declared_income"),
    ],
)
def test_a_cover_that_is_not_offered_is_refused(answers, field):
    walk = Walk().to("pekerja")
    path = walk.worker(SUTINI)["Location"]
    page = walk.client.post(path, answers)
    assert list(errors_of(page)) == [field]
    assert walk.registration.sponsorships.get().programme == ""


def test_going_on_with_a_worker_without_cover_asks_for_it():
    walk = Walk().to("pekerja")
    path = walk.worker(SUTINI)["Location"]
    assert walk.client.post(LIST)["Location"] == path
    assert walk.get("kepesertaan")["Location"] == path
