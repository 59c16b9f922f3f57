"""Adding and swapping a worker from the phone: three pages, nothing saved before the last click, each month named."""

import pytest

from registry.models import City, Message
from sponsorship.models import Mandate, Sponsorship, TariffLine
from tests import at_state
from tests.cast import AFTER_CUTOFF, BIMA, PARJO, SUTINI
from tests.on_the_list import waiting
from tests.sponsorship.promises import FULL, SITI, WATI, add, only, promising
from tests.sponsorship.wizard.walk import errors_of, sitting, worker_answers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_papers")]

LIST, ADD = "/saya/pekerja/", "/saya/pekerja/tambah/"
COVER, CONFIRM = f"{ADD}program/", f"{ADD}periksa/"
CHOICE = {"programme": "jkk_jkm", "declared_income": "1000000"}


@pytest.fixture
def made():
    return promising(ceiling=2 * FULL)


@pytest.fixture
def walk(made):
    return sitting(made)


def typed(worker=SITI, **other) -> dict:
    return worker_answers(worker) | {"situation": "own"} | other


def hidden(walk, page: str = CONFIRM) -> dict:
    context = walk.client.get(page).context
    return {name: context[name] for name in ("form_token", "month", "seen") if name in context}


def to_confirm(walk, start: str = ADD, worker=SITI) -> None:
    walk.post(start, typed(worker), COVER)
    walk.post(COVER, CHOICE, CONFIRM)


def test_three_pages_add_a_worker_and_say_the_month_and_both_amounts_before(walk):
    to_confirm(walk)
    text = walk.client.get(CONFIRM).content.decode()
    assert "Mulai <strong>Desember 2026</strong>" in text
    assert "Kamis, 26 November 2026, pukul 16.00 WIB" in text
    assert "Potongan Desember 2026 sekarang" in text and "Rp8.400" in text
    assert "Potongan Desember 2026 sesudah perubahan" in text and "Rp16.800" in text
    assert "Rp33.600 per bulan" in text
    assert Sponsorship.objects.count() == 1  # nothing is saved before the last click

    answer = walk.client.post(CONFIRM, hidden(walk))

    assert answer["Location"] == LIST
    added = only(worker__name=SITI.name)
    assert (added.state, added.start_period) == ("ready", "2026-12")
    page = walk.client.get(LIST).content.decode()
    assert SITI.name in page and "belum cukup untuk satu pekerja lagi" in page


def test_the_nik_is_in_no_address_and_no_hidden_field_on_the_way(walk):
    to_confirm(walk)
    for page in (COVER, CONFIRM):
        text = walk.client.get(page).content.decode()
        assert SITI.nik not in text.replace(" ", "").replace("-", "")
    assert f"•••• •••• •••• {SITI.nik[-4:]}" in walk.client.get(CONFIRM).content.decode()
    assert SITI.nik not in str(dict(walk.client.session))


def test_the_last_click_twice_adds_once(walk):
    to_confirm(walk)
    last = hidden(walk)
    answers = [walk.client.post(CONFIRM, last) for _ in range(2)]
    assert [answer["Location"] for answer in answers] == [LIST, LIST]
    assert Sponsorship.objects.count() == 2
    assert Message.objects.filter(event="promise_changed").count() == 1


def test_a_click_after_the_cutoff_that_the_page_named_is_asked_again(walk, made, clock):
    to_confirm(walk)
    last = hidden(walk)
    kept = dict(walk.client.session)["adding"]
    clock.move_to(AFTER_CUTOFF)
    walk = sitting(made)
    session = walk.client.session
    session["adding"] = kept
    session.save()

    page = walk.client.post(CONFIRM, last)

    assert page.status_code == 200
    text = page.content.decode()
    assert "Batas waktu yang tertulis di halaman tadi sudah lewat" in text
    assert "Mulai <strong>Januari 2027</strong>" in text
    assert "Potongan <strong>Desember 2026</strong> (Rp8.400) sudah ditutup" in text
    assert Sponsorship.objects.count() == 1
    walk.client.post(CONFIRM, hidden(walk))
    assert only(worker__name=SITI.name).start_period == "2027-01"


def test_what_another_window_typed_meanwhile_is_not_saved_unseen(walk):
    to_confirm(walk)
    last = hidden(walk)
    to_confirm(walk, worker=WATI)
    page = walk.client.post(CONFIRM, last)
    assert "Isian ini berubah di jendela lain" in page.content.decode()
    assert Sponsorship.objects.count() == 1


def test_mistakes_keep_what_was_typed(walk):
    page = walk.client.post(ADD, typed(nik="33740155", workplace="Pasar Johar"))
    assert "nik" in errors_of(page)
    assert "Pasar Johar" in page.content.decode()


def test_a_worker_who_cannot_join_gets_a_page_of_reasons_and_a_way_back_to_the_answers(walk):
    text = walk.client.post(ADD, typed(situation="employee", workplace="Pasar Johar")).content.decode()
    assert "Pekerja ini tidak dapat didaftarkan" in text
    back = walk.client.get(ADD).content.decode()
    assert "Pasar Johar" in back
    assert "Pasar Johar" not in walk.client.get(f"{ADD}?baru=1").content.decode()
    assert walk.client.get(COVER)["Location"] == ADD


def test_a_worker_somebody_else_protects_is_told_at_the_first_page(walk):
    promising(BIMA)
    page = walk.client.post(ADD, typed(PARJO))
    assert "sudah terlindungi atau sedang didaftarkan" in page.content.decode()


def test_too_many_niks_are_refused_at_their_field(walk):
    City.objects.update(niks_per_day=1)
    assert "nik" in errors_of(walk.client.post(ADD, typed()))


def test_a_cover_above_the_room_says_what_is_left(walk):
    walk.post(ADD, typed(), COVER)
    page = walk.client.post(COVER, CHOICE | {"programme": "jkk_jkm_jht"})
    assert "Ruang yang masih ada Rp16.800" in page.content.decode()
    assert walk.client.get(CONFIRM)["Location"] == ADD


def test_calculating_shows_both_programmes_and_saves_nothing(walk):
    walk.post(ADD, typed(), COVER)
    page = walk.client.post(COVER, CHOICE | {"hitung": "1"})
    assert [row["amount"] for row in page.context["table"]] == ["Rp8.400", "Rp28.400"]


def test_room_lost_between_the_pages_leads_back_to_the_cover(walk):
    to_confirm(walk)
    TariffLine.objects.update(jkk=14_000)
    answer = walk.client.post(CONFIRM, hidden(walk))
    assert answer["Location"] == COVER
    assert Sponsorship.objects.count() == 1


def test_steps_out_of_order_lead_to_the_first(walk):
    assert walk.client.get(COVER)["Location"] == ADD
    assert walk.client.get(CONFIRM)["Location"] == ADD


def test_a_swap_names_both_workers_and_takes_the_place(walk):
    old = only()
    swap = f"/saya/pekerja/{old.pk}/ganti/"
    assert "Ganti Sutini Contoh dengan siapa?" in walk.client.get(swap).content.decode()
    to_confirm(walk, swap)
    text = walk.client.get(CONFIRM).content.decode()
    assert "Sutini Contoh belum pernah dipotong, jadi langsung digantikan." in text
    walk.client.post(CONFIRM, hidden(walk))
    old.refresh_from_db()
    assert (old.state, old.successor.worker.name) == ("superseded", SITI.name)
    listed = walk.client.get(LIST).content.decode()
    assert "Sutini Contoh digantikan Contoh Siti. Iuran Contoh Siti dihitung mulai " in listed
    assert "Sutini Contoh, digantikan Contoh Siti" in listed and "Belum pernah dipotong" in listed
    assert walk.client.get(swap)["Location"] == LIST  # ended already


def test_a_foreign_worker_is_not_found(walk):
    foreign = promising(BIMA).sponsorships.get()
    assert walk.client.get(f"/saya/pekerja/{foreign.pk}/ganti/").status_code == 404
    assert walk.client.get(f"/saya/pekerja/{foreign.pk}/ganti/daftar-tunggu/").status_code == 404


def test_a_suspended_mandate_says_so_and_adds_nothing(walk):
    to_confirm(walk)
    Mandate.objects.update(state="suspended")
    assert "sedang ditangguhkan" in walk.client.get(ADD).content.decode()
    assert walk.client.post(CONFIRM, hidden(walk))["Location"] == LIST
    assert Sponsorship.objects.count() == 1


def test_the_list_of_waiting_workers_opens_without_a_name(walk):
    text = walk.client.get("/saya/pekerja/daftar-tunggu/").content.decode()
    assert "Pilih pekerja dari daftar tunggu" in text
    answer = walk.client.post("/saya/pekerja/daftar-tunggu/", {"pilih": "x"})
    assert answer["Location"] == "/saya/pekerja/daftar-tunggu/"


def test_a_waiting_worker_is_chosen_unseen_and_named_after_the_last_click(walk):
    row = waiting(WATI)
    page = "/saya/pekerja/daftar-tunggu/"
    assert WATI.name not in walk.client.get(page).content.decode()
    assert walk.client.post(page, {"pilih": str(row.pk)})["Location"] == COVER
    walk.post(COVER, CHOICE, CONFIRM)
    text = walk.client.get(CONFIRM).content.decode()
    assert "Pedagang" in text and WATI.name not in text and WATI.nik[-4:] not in text
    row.refresh_from_db()
    assert row.state == "waiting"  # nothing is held before the last click

    walk.client.post(CONFIRM, hidden(walk))

    row.refresh_from_db()
    assert row.state == "chosen"
    assert only(worker__name=WATI.name).waiting == row
    assert WATI.name in walk.client.get(LIST).content.decode()


def test_a_waiting_worker_whom_somebody_else_took_meanwhile_leads_back_to_the_list(walk):
    row = waiting(WATI)
    walk.client.post("/saya/pekerja/daftar-tunggu/", {"pilih": str(row.pk)})
    walk.post(COVER, CHOICE, CONFIRM)
    last = hidden(walk)
    other = promising(BIMA, ceiling=60_000).donor
    assert add(other, waiting=row).pk
    assert walk.client.post(CONFIRM, last)["Location"] == "/saya/pekerja/daftar-tunggu/"
    assert Sponsorship.objects.filter(worker__name=WATI.name).count() == 1


def test_a_stranger_is_asked_for_a_code(client):
    assert client.get(ADD)["Location"] == "/daftar/lanjut/"
    assert client.get(CONFIRM)["Location"] == "/daftar/lanjut/"


def test_without_a_running_mandate_one_is_led_to_the_overview():
    walk = sitting(at_state.draft(BIMA))
    assert walk.client.get(ADD)["Location"] == "/saya/"
    assert SUTINI.name not in walk.client.get(LIST).content.decode()
