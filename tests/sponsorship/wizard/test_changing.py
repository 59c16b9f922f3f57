"""The list of one's own workers, ending one, pausing and going on, page by page."""

import pytest

from registry.models import Message
from sponsorship.models import Mandate, Sponsorship
from tests import at_state
from tests.cast import AFTER_CUTOFF, BIMA, SUTINI
from tests.sponsorship.promises import FULL, SITI, add, only, promising
from tests.sponsorship.wizard.walk import errors_of, sitting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_papers")]
LIST, PAUSE, RESUME = "/saya/pekerja/", "/saya/pekerja/jeda/", "/saya/pekerja/lanjutkan/"


@pytest.fixture
def made():
    return promising(ceiling=2 * FULL)


@pytest.fixture
def walk(made):
    return sitting(made)


def end_page(sponsorship: Sponsorship) -> str:
    return f"/saya/pekerja/{sponsorship.pk}/akhiri/"


def press(walk, page: str, **answers):
    """Opens the page and sends its form with the month it named."""
    context = walk.client.get(page).context
    return walk.client.post(page, {"form_token": context["form_token"], "month": context["month"], **answers})


def test_the_list_names_workers_states_amounts_of_two_months_and_the_room(walk):
    text = walk.client.get(LIST).content.decode()
    assert SUTINI.name in text and SUTINI.nik not in text
    assert "Siap, menunggu potongan pertama" in text and "Mulai Desember 2026" in text
    assert "Potongan November 2026" in text and "Potongan Desember 2026" in text
    assert 'Masih ada ruang <strong class="nowrap">Rp16.800</strong> untuk satu pekerja lagi' in text


def test_the_list_costs_the_same_queries_for_one_worker_and_for_two(
    walk, made, django_assert_max_num_queries
):
    walk.client.get(LIST)
    with django_assert_max_num_queries(40) as one:
        walk.client.get(LIST)
    add(made.donor)
    with django_assert_max_num_queries(len(one)):
        walk.client.get(LIST)


def test_ending_says_month_cutoff_and_amounts_before_and_ends_once(walk):
    sponsorship = only()
    text = walk.client.get(end_page(sponsorship)).content.decode()
    assert "Mulai <strong>Desember 2026</strong>" in text
    assert "Kamis, 26 November 2026, pukul 16.00 WIB" in text
    assert "belum pernah dipotong" in text
    assert "Ini pekerja terakhir Anda" in text and "/saya/hentikan/" in text

    assert press(walk, end_page(sponsorship))["Location"] == LIST
    assert walk.client.get(end_page(sponsorship))["Location"] == LIST

    sponsorship.refresh_from_db()
    assert sponsorship.state == "ended"
    assert Mandate.objects.get().state == "active"
    text = walk.client.get(LIST).content.decode()
    assert "tidak ada potongan. Surat kuasanya masih berlaku" in text
    assert Message.objects.filter(event="promise_changed").count() == 1


def test_ending_after_the_cutoff_names_the_month_that_is_closed(walk, made, clock):
    clock.move_to(AFTER_CUTOFF)
    walk = sitting(made)
    text = walk.client.get(end_page(only())).content.decode()
    assert "Potongan <strong>Desember 2026</strong> (Rp8.400) sudah ditutup" in text
    press(walk, end_page(only()))
    assert "Bulan terakhir Desember 2026" in walk.client.get(LIST).content.decode()


def test_a_click_on_a_page_of_before_the_cutoff_ends_nothing(walk, made, clock):
    clock.move_to(AFTER_CUTOFF)
    walk = sitting(made)
    page = walk.client.post(end_page(only()), {"form_token": "lama", "month": "2026-12"})
    assert "sudah lewat" in page.content.decode()
    assert only().state == "ready"


def test_pausing_one_of_two_for_a_chosen_time(walk, made):
    second = add(made.donor)
    text = walk.client.get(f"{PAUSE}?pekerja={second.pk}").content.decode()
    assert "Sesudah tiga bulan tanpa iuran" in text
    assert "Dua bulan: Desember 2026 sampai Januari 2027. Dipotong lagi mulai Februari 2027" in text
    assert text.count("checked") == 1

    assert press(walk, PAUSE, workers=[str(second.pk)], until="2027-02")["Location"] == LIST

    second.refresh_from_db()
    assert (second.state, second.pause_from, second.pause_until) == ("paused", "2026-12", "2027-02")
    assert only(position=1).state == "ready"
    text = walk.client.get(LIST).content.decode()
    assert "Dijeda mulai Desember 2026; dipotong lagi mulai Februari 2027" in text
    assert "tidak dipotong" in text


def test_pausing_all_without_an_end_and_going_on(walk):
    press(walk, PAUSE, workers=[str(only().pk)], until="terbuka")
    assert only().state == "paused"
    assert "sampai Anda lanjutkan" in walk.client.get(LIST).content.decode()
    text = walk.client.get(RESUME).content.decode()
    assert "Potongan Desember 2026 bila semua dilanjutkan" in text and "Rp8.400" in text
    assert press(walk, RESUME, workers=[str(only().pk)])["Location"] == LIST
    assert only().state == "ready"


def test_a_pause_without_worker_or_end_is_asked_for_again(walk):
    page = press(walk, PAUSE)
    assert set(errors_of(page)) == {"workers", "until"}
    assert only().state == "ready"


def test_the_page_of_a_protected_worker_names_the_day_on_which_protection_ends(walk):
    Sponsorship.objects.update(active_since="2026-11")
    text = walk.client.get(PAUSE).content.decode()
    assert "masih berlaku sampai 28 Februari 2027; mulai Maret 2027 berhenti" in text


def test_with_nothing_paused_going_on_leads_back_to_the_list(walk):
    assert walk.client.get(RESUME)["Location"] == LIST


def test_foreign_workers_are_neither_ended_nor_paused(walk):
    foreign = promising(BIMA).sponsorships.get()
    assert walk.client.get(end_page(foreign)).status_code == 404
    assert walk.client.post(end_page(foreign), {"month": "2026-12"}).status_code == 404
    page = press(walk, PAUSE, workers=[str(foreign.pk)], until="terbuka")
    assert "workers" in errors_of(page)
    assert set(Sponsorship.objects.values_list("state", flat=True)) == {"ready"}


def test_a_donor_without_mandate_sees_an_explanation():
    walk = sitting(at_state.draft(BIMA))
    assert "Belum ada surat kuasa yang berlaku" in walk.client.get(LIST).content.decode()
    assert walk.client.get(PAUSE)["Location"] == "/saya/"
    assert SITI.name not in walk.client.get(LIST).content.decode()


def test_a_stranger_is_asked_for_a_code(client):
    for page in (LIST, PAUSE, RESUME):
        assert client.get(page)["Location"] == "/daftar/lanjut/"
