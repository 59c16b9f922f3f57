"""A worker's three pages at a poster, the link to agree and the link to leave, by HTTP and without JavaScript."""

import re
from dataclasses import replace

import pytest
import time_machine

from registry.models import ContactCode, Message
from registry.rules.display import mask
from sponsorship.actions import waiting_entry, worker_consent
from sponsorship.models import WaitingWorker, WorkerConsent
from sponsorship.rules import waiting as rules
from tests.cast import MORNING, SUTINI
from tests.on_the_list import (
    AtPoster,
    answers,
    digits_of,
    entered,
    messages_to_workers,
    officer,
    operator,
    poster,
    waiting,
)

pytestmark = pytest.mark.django_db
CODE, DONE = "/pekerja/kode/", "/pekerja/selesai/"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MORNING, tick=True) as traveller:
        yield traveller


def words_of(response) -> str:
    plain = re.sub(r"<(script|style).*?</\1>", " ", response.content.decode(), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", plain).split())


def newest_digits() -> str:
    return digits_of(ContactCode.objects.order_by("-sent_at").first())


class TestAtThePoster:
    def test_three_pages_lead_from_the_qr_to_the_list(self):
        at = AtPoster(poster())
        assert "Gratis dan sukarela." in words_of(at.client.get(at.address))
        assert at.type()["Location"] == f"{at.address}persetujuan/"
        page = at.client.get(f"{at.address}persetujuan/")
        assert "keluar kapan saja" in words_of(page) and mask(SUTINI.phone, "phone") in words_of(page)
        assert at.agree()["Location"] == CODE
        assert not WaitingWorker.objects.exists()  # an unproven phone puts nobody on the list
        assert at.code()["Location"] == DONE
        row = WaitingWorker.objects.get()
        assert (row.name, row.state, row.source) == (SUTINI.name, "entered", "self")
        assert "berakhiran 0001" in words_of(at.client.get(DONE))

    def test_a_nik_that_waits_already_gets_the_very_same_pages(self):
        first, second = AtPoster(at := poster()), AtPoster(at, replace(SUTINI, phone="+6281299990099"))
        first.register()
        second.register()
        seen = [words_of(one.client.get(DONE)) for one in (first, second)]
        assert seen[0].replace("0001", "") == seen[1].replace("0099", "")
        assert WaitingWorker.objects.count() == 1 and len(WaitingWorker.objects.get().notes) == 1

    @pytest.mark.parametrize(
        "wrong, said",
        [
            ({"nik": "123"}, "NIK terdiri dari 16 angka"),
            ({"name": ""}, "nama"),
            ({"phone": ""}, "Isi nomor ponsel"),
            ({"occupation": "astronaut"}, "Pilih jenis pekerjaan"),
            ({"kelurahan": ""}, "Pilih kelurahan"),
            ({"situation": ""}, "Pilih bagaimana Anda bekerja"),
        ],
    )
    def test_a_wrong_answer_is_told_and_nothing_typed_is_lost(self, wrong, said):
        at = AtPoster(poster())
        page = at.type(workplace="Lapak kain nomor 9", **wrong)
        assert page.status_code == 200 and said.lower() in words_of(page).lower()
        assert "Ada yang perlu diperbaiki" in words_of(page) and "Lapak kain nomor 9" in page.content.decode()

    @pytest.mark.parametrize(
        "more, said",
        [
            ({"nik": "3374015508509001"}, "belum dapat masuk daftar tunggu"),
            ({"situation": "employee"}, "kewajiban perusahaan"),
            ({"situation": "no_work"}, "Daftarlah lagi begitu Anda bekerja"),
            ({"situation": "other_fund"}, "hanya dibayar dari satu sumber"),
            ({"nik": "3374010101209001"}, "sedikitnya 15 tahun"),
        ],
    )
    def test_who_cannot_wait_gets_an_own_page_with_the_next_step(self, more, said):
        at = AtPoster(poster())
        page = at.type(**more)
        assert said in words_of(page) and "Langkah berikutnya" in words_of(page)
        # What was typed is there again for a correction, and the next page stays closed.
        assert SUTINI.workplace in at.client.get(at.address).content.decode()
        assert at.client.get(f"{at.address}persetujuan/")["Location"] == at.address

    def test_without_the_tick_no_code_is_sent(self):
        at = AtPoster(poster())
        at.type()
        page = at.client.post(f"{at.address}persetujuan/", {})
        assert "Centang kotak ini" in words_of(page) and not ContactCode.objects.exists()

    def test_a_wrong_code_is_told_and_the_right_one_still_counts(self):
        at = AtPoster(poster())
        at.type()
        at.agree()
        right = newest_digits()
        wrong = at.code("000000" if right != "000000" else "111111")
        assert wrong.status_code == 200 and "Kode tidak cocok" in words_of(wrong)
        assert at.code(right)["Location"] == DONE

    def test_the_code_sent_twice_leads_to_one_row_and_one_page(self):
        at = AtPoster(poster())
        at.type()
        at.agree()
        token = at.client.get(CODE).context["form_token"]
        body = {"code": newest_digits(), "form_token": token}
        assert [at.client.post(CODE, body)["Location"] for _ in range(2)] == [DONE, DONE]
        assert WaitingWorker.objects.count() == WorkerConsent.objects.count() == 1

    def test_going_back_within_a_minute_leads_to_the_code_on_its_way(self):
        at = AtPoster(poster())
        at.type()
        at.agree()
        at.type(workplace="Pasar Contoh, los 8")
        assert at.agree()["Location"] == CODE
        assert ContactCode.objects.count() == 1
        at.code()
        assert WaitingWorker.objects.get().workplace == "Pasar Contoh, los 8"

    def test_a_new_code_can_be_asked_for_after_a_minute(self, clock):
        at = AtPoster(poster())
        at.type()
        at.agree()
        assert "Tunggu" in words_of(at.client.post(CODE, {"ulang": "1"}))
        clock.shift(61)
        assert at.client.post(CODE, {"ulang": "1"})["Location"] == CODE
        assert at.code(newest_digits())["Location"] == DONE

    def test_after_half_an_hour_of_quiet_the_page_is_closed_and_nothing_is_kept(self, clock):
        at = AtPoster(poster())
        at.type()
        at.agree()
        clock.shift(31 * 60)
        page = at.client.get(CODE)
        assert page.status_code == 410 and "Pindai lagi" in words_of(page)
        assert SUTINI.workplace not in at.client.get(at.address).content.decode()

    def test_a_revoked_poster_says_so_and_an_unknown_one_is_not_there(self, client):
        made = poster()
        waiting_entry.revoke_poster(poster_id=made.pk, by=operator(), now=MORNING)
        over = client.get(f"/pekerja/daftar/{made.token}/")
        assert over.status_code == 410 and "tidak berlaku lagi" in words_of(over)
        assert client.get("/pekerja/daftar/tidakada99/").status_code == 404

    def test_no_page_of_the_way_shows_the_nik_back_in_an_address_or_keeps_it_open_in_the_session(self):
        at = AtPoster(poster())
        answer = at.type()
        at.agree()
        assert SUTINI.nik not in answer["Location"] and SUTINI.nik not in str(dict(at.client.session))
        assert SUTINI.phone not in str(dict(at.client.session))
        at.code()
        assert "pekerja" not in at.client.session

    def test_pages_out_of_order_lead_to_the_first(self, client):
        made = poster()
        address = f"/pekerja/daftar/{made.token}/"
        assert client.get(f"{address}persetujuan/")["Location"] == address
        assert client.get(CODE).status_code == 410
        assert client.get(DONE)["Location"] == "/"

    @pytest.mark.parametrize(
        "nik", ["3374 0155 0880 9001", "3374.0155.0880.9001", "３３７４０１５５０８８０９００１"]
    )
    def test_odd_but_honest_writing_is_one_nik(self, nik):
        at = AtPoster(poster())
        at.type(nik=nik, name="SUTINI", phone="0812 9999-0001")
        at.agree()
        at.code()
        row = WaitingWorker.objects.get()
        assert (row.nik, row.phone) == (SUTINI.nik, SUTINI.phone)


class TestAgreeing:
    def test_the_link_and_a_code_record_the_yes(self, client):
        row = entered()
        address = _address(worker_consent.agree_url(row))
        page = client.get(address)
        assert "Kecamatan Tembalang" in words_of(page) and SUTINI.name not in words_of(page)
        answer = client.post(address, {"agree": "on", "shown": page.context["shown"]})
        assert answer["Location"] == CODE
        token = client.get(CODE).context["form_token"]
        assert client.post(CODE, {"code": newest_digits(), "form_token": token})["Location"] == DONE
        assert "persetujuan Anda dicatat" in words_of(client.get(DONE))
        assert worker_consent.consent_of(row).method == "code"
        assert "Anda sudah setuju" in words_of(client.get(address))

    def test_without_the_code_the_link_alone_decides_nothing(self, client):
        row = entered()
        address = _address(worker_consent.agree_url(row))
        client.post(address, {"agree": "on", "shown": client.get(address).context["shown"]})
        assert worker_consent.consent_of(row) is None

    def test_a_text_nobody_saw_is_not_agreed_to(self, client):
        address = _address(worker_consent.agree_url(entered()))
        page = client.post(address, {"agree": "on", "shown": "0" * 64})
        assert "baru saja diperbarui" in words_of(page) and not ContactCode.objects.exists()

    def test_the_link_of_somebody_who_left_is_over_and_a_made_up_one_is_not_there(self, client):
        row = entered()
        address = _address(worker_consent.agree_url(row))
        waiting_entry.withdraw(waiting_id=row.pk, by=operator(), now=MORNING)
        assert client.get(address).status_code == 410
        assert client.get("/pekerja/setuju/apa-saja-yang-panjang/").status_code == 404
        assert client.get(address.replace("setuju", "keluar")).status_code == 404


class TestLeaving:
    @pytest.mark.parametrize("make", [entered, waiting])
    def test_the_link_in_the_message_and_a_code_take_the_worker_off(self, make, client):
        row = make()
        address = _address(worker_consent.leave_url(row))
        assert SUTINI.name not in words_of(client.get(address))
        assert client.post(address)["Location"] == CODE
        token = client.get(CODE).context["form_token"]
        assert client.post(CODE, {"code": newest_digits(), "form_token": token})["Location"] == DONE
        assert "sudah dihapus" in words_of(client.get(DONE))
        row.refresh_from_db()
        assert (row.state, row.nik, row.name) == ("withdrawn", "", "")
        assert client.get(address).status_code == 410

    def test_the_message_of_an_accepted_worker_carries_that_very_link(self, client):
        waiting()
        link = re.search(r"http\S+/pekerja/keluar/\S+", messages_to_workers()["waiting_verified"].body)[0]
        assert client.get(_address(link)).status_code == 200

    def test_opening_the_link_alone_changes_nothing(self, client):
        row = waiting()
        client.get(_address(worker_consent.leave_url(row)))
        client.post(_address(worker_consent.leave_url(row)))
        row.refresh_from_db()
        assert row.state == "waiting"


def test_too_many_codes_for_one_phone_end_in_a_plain_page(client, settings, clock):
    settings.RATELIMIT_ENABLE = True
    address = _address(worker_consent.leave_url(waiting(replace(SUTINI, phone="+6281299990066"))))
    seen = []
    for _ in range(7):
        seen.append(client.post(address).status_code)
        clock.shift(61)
    assert 429 in seen and Message.objects.filter(event="one_time_code").count() <= 5


def test_an_officer_who_asks_sends_the_worker_both_links():
    worker_consent.ask(waiting_id=entered().pk, by=officer(), now=MORNING)
    body = messages_to_workers()["worker_consent_asked"].body
    assert "/pekerja/setuju/" in body and "/pekerja/keluar/" in body


def test_the_text_on_the_page_is_the_text_that_is_hashed(client):
    at = AtPoster(poster())
    at.client.post(at.address, answers())
    page = at.client.get(f"{at.address}persetujuan/")
    assert "\n\n".join(page.context["paragraphs"]) == rules.consent_text(worker_consent.who())


def _address(url: str) -> str:
    return "/" + url.split("/", 3)[3]
