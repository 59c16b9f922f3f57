"""The waiting list on the donor's way: cards without identity, one button each, and what is said when one is late."""

import gzip
import io
import json
from dataclasses import replace
from datetime import timedelta

import pikepdf
import pypdfium2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.models import City, Message
from sponsorship.actions import choosing
from sponsorship.models import Sponsorship, WaitingWorker
from tests import at_state
from tests.cast import BIMA, MORNING, RARA, another
from tests.sponsorship.wizard.walk import STEPS, Walk, paper_answers, sitting
from tests.waiting import MARKET, YATI, Group, one_waiting, reserved, waiting

pytestmark = pytest.mark.django_db
LIST = f"{STEPS}pekerja/daftar-tunggu/"
WORKERS = f"{STEPS}pekerja/"
DAY = timedelta(days=1)
NOBODY = replace(RARA, workers=())


def at_list(person=NOBODY) -> Walk:
    return sitting(at_state.draft(person))


def press(walk: Walk, row: WaitingWorker, query: str = ""):
    token = walk.client.get(LIST).context["form_token"]
    return walk.client.post(f"{LIST}{query}", {"form_token": token, "pilih": str(row.pk)})


def text_of(walk: Walk, path: str) -> str:
    answer = walk.client.get(path)
    assert answer.status_code == 200, (path, answer.headers.get("Location"))
    return " ".join(answer.content.decode().split())


def pks(walk: Walk, query: str = "") -> list:
    return [each["card"].pk for each in walk.client.get(f"{LIST}{query}").context["cards"]]


class TestTheCards:
    def test_a_card_shows_work_ward_and_time_and_who_lost_a_sponsor_comes_first(self, clock):
        long, short = waiting(one_waiting(1), MORNING - 95 * DAY), waiting(one_waiting(2), MORNING - 5 * DAY)
        lost = waiting(
            one_waiting(3, occupation="ojek_pangkalan"), MORNING, Group("ojek", "Pangkalan Contoh")
        )
        WaitingWorker.objects.filter(pk=lost.pk).update(first_in_line=True)
        walk = at_list()
        assert pks(walk) == [lost.pk, long.pk, short.pk]
        page = text_of(walk, LIST)
        assert "3 pekerja menunggu" in page
        assert "Menunggu 3 bulan" in page and "Menunggu 5 hari" in page and "Menunggu baru hari ini" in page
        assert "Didahulukan: kehilangan orang tua asuh" in page
        assert "Didaftarkan lewat: Pangkalan ojek" in page and "Pangkalan Contoh" not in page

    def test_wishes_in_the_address_narrow_the_list_and_may_be_made_up(self):
        market = waiting(one_waiting(1))
        rider = waiting(one_waiting(2, occupation="ojek_pangkalan", kelurahan="33.74.02.1001"))
        walk = at_list()
        assert pks(walk, "?pekerjaan=ojek_pangkalan") == [rider.pk]
        assert pks(walk, "?kecamatan=33.74.01") == [market.pk]
        assert pks(walk, "?kelurahan=33.74.02.1001&pekerjaan=ojek_pangkalan") == [rider.pk]
        assert pks(walk, "?kecamatan=33.74.01&pekerjaan=ojek_pangkalan") == []
        for made_up in ("?pekerjaan=raja", "?kecamatan=%00", "?kelurahan=' OR 1=1&halaman=x", "?halaman=-1"):
            assert len(pks(walk, made_up)) == 2, made_up

    def test_twelve_cards_make_a_page_and_the_wishes_go_along(self):
        rows = [waiting(one_waiting(number), MORNING - (40 - number) * DAY) for number in range(1, 14)]
        walk = at_list()
        assert pks(walk) == [row.pk for row in rows[:12]]
        assert pks(walk, "?halaman=2") == [rows[12].pk]
        assert "?pekerjaan=pedagang_pasar&amp;halaman=2" in text_of(walk, f"{LIST}?pekerjaan=pedagang_pasar")

    def test_who_is_reserved_held_too_old_or_not_checked_is_not_offered(self):
        taken, free = waiting(one_waiting(1)), waiting(one_waiting(2))
        reserved(at_state.draft(BIMA), taken)
        old = waiting(one_waiting(3))
        WaitingWorker.objects.filter(pk=old.pk).update(birth_date="1961-12-01")
        held = waiting(replace(YATI, nik=another(1).workers[0].nik))
        sent = at_state.draft(another(1))
        sent.sponsorships.update(holds_nik=held.nik_index)
        assert pks(at_list()) == [free.pk]

    def test_an_empty_list_says_what_to_do_next(self):
        walk = at_list()
        page = text_of(walk, LIST)
        assert "Daftar tunggu sedang kosong" in page and f'href="{STEPS}pekerja/tambah/"' in page
        assert "Saring" not in page
        waiting(one_waiting(1))
        waiting(one_waiting(2, occupation="ojek_pangkalan", kelurahan="33.74.02.1001"))
        page = text_of(walk, f"{LIST}?kecamatan=33.74.01&pekerjaan=ojek_pangkalan")
        assert "Tidak ada yang cocok" in page and 'href="?">Lihat semua' in page

    @pytest.mark.parametrize("cards", [1, 12])
    def test_one_card_and_twelve_cost_the_same_and_weigh_little(self, cards):
        for number in range(cards):
            waiting(one_waiting(number))
        walk = at_list()
        walk.client.get(LIST)
        with CaptureQueriesContext(connection) as asked:
            answer = walk.client.get(LIST)
        assert len(asked) == 17, [query["sql"][:90] for query in asked]
        assert len(gzip.compress(answer.content, 6)) <= 8 * 1024


class TestChoosing:
    def test_the_choice_leads_straight_to_the_cover_of_that_worker(self):
        walk, row = at_list(), waiting()
        answer = press(walk, row)
        taken = Sponsorship.objects.get(waiting=row)
        assert answer["Location"] == f"{STEPS}kepesertaan/{taken.pk}/"
        assert YATI.name in text_of(walk, answer["Location"])

    def test_the_same_form_sent_again_changes_nothing(self):
        walk, row = at_list(), waiting()
        body = {"form_token": walk.client.get(LIST).context["form_token"], "pilih": str(row.pk)}
        first, second = walk.client.post(LIST, body), walk.client.post(LIST, body)
        assert first["Location"] == second["Location"]
        assert Sponsorship.objects.count() == 1

    def test_who_comes_too_late_reads_it_calmly_and_keeps_the_wishes(self):
        walk, row, other = at_list(), waiting(one_waiting(1)), waiting(one_waiting(2))
        late = press_later(walk, row)
        reserved(at_state.draft(BIMA), row)
        answer = late("?pekerjaan=pedagang_pasar")
        assert answer["Location"] == f"{LIST}?pekerjaan=pedagang_pasar"
        page = text_of(walk, answer["Location"])
        assert "baru saja dipilih orang lain" in page and str(other.pk) in page

    @pytest.mark.parametrize("what", ["", "x", "00000000-0000-4000-8000-000000000000", "\x00"])
    def test_a_made_up_choice_is_answered_like_one_that_is_gone(self, what):
        walk = at_list()
        answer = walk.client.post(LIST, {"pilih": what})
        assert answer["Location"] == LIST and "dipilih orang lain" in text_of(walk, LIST)

    def test_a_full_registration_is_told_so_and_led_back(self):
        City.objects.update(workers_per_registration=1)
        walk, row = at_list(RARA), waiting()
        assert walk.client.get(LIST)["Location"] == WORKERS
        assert walk.client.post(LIST, {"pilih": str(row.pk)})["Location"] == LIST
        assert "paling banyak 1 pekerja" in text_of(walk, WORKERS)

    def test_whoever_chooses_too_often_waits(self, monkeypatch, settings):
        settings.RATELIMIT_ENABLE = True
        monkeypatch.setattr("sponsorship.wizard.limits.CHOICES", ("2/h", "600/h"))
        walk = at_list()
        codes = [walk.client.post(LIST, {"pilih": "x"}).status_code for _ in range(3)]
        assert codes == [302, 302, 429]

    def test_the_list_is_closed_to_strangers_and_to_a_registration_that_is_no_draft_any_more(self):
        assert Walk().client.get(LIST)["Location"] == "/daftar/lanjut/"
        made, row = at_state.draft(RARA), waiting()
        at_state.registration.withdraw(registration_id=made.pk, by=made.donor, now=MORNING)
        walk = sitting(made)
        assert walk.client.get(LIST)["Location"] == "/saya/"
        assert walk.client.post(LIST, {"pilih": str(row.pk)})["Location"] == "/saya/"
        assert WaitingWorker.objects.get().state == "waiting"


class TestTheChosenWorker:
    def test_the_list_of_workers_says_until_when_they_are_kept_and_offers_no_change(self):
        walk, row = at_list(RARA), waiting()
        press(walk, row)
        taken, page = Sponsorship.objects.get(waiting=row), text_of(walk, WORKERS)
        assert YATI.name in page and "Kami simpan untuk Anda sampai 27 November 2026, 09.0" in page
        assert f"{WORKERS}{taken.pk}/hapus/" in page and f'"{WORKERS}{taken.pk}/"' not in page
        assert walk.client.get(f"{WORKERS}{taken.pk}/")["Location"] == WORKERS
        assert "diperiksa kantor" in text_of(walk, WORKERS)

    def test_removing_gives_the_worker_back(self):
        walk, row = at_list(RARA), waiting()
        press(walk, row)
        taken = Sponsorship.objects.get(waiting=row)
        assert "kembali ke daftar tunggu" in text_of(walk, f"{WORKERS}{taken.pk}/hapus/")
        walk.client.post(f"{WORKERS}{taken.pk}/hapus/")
        assert WaitingWorker.objects.get().state == "waiting"

    def test_both_pages_of_workers_lead_to_the_list(self):
        walk = at_list()
        assert f'href="{LIST}"' in text_of(walk, f"{WORKERS}tambah/")
        walk = at_list(BIMA)
        assert f'href="{LIST}"' in text_of(walk, WORKERS)

    def test_a_donor_whose_choice_was_released_starts_again_at_the_list(self):
        walk, row = at_list(), waiting()
        press(walk, row)
        choosing.release_overdue(now=MORNING + 8 * DAY)
        assert walk.client.get(WORKERS)["Location"] == f"{WORKERS}tambah/"
        assert pks(walk) == [row.pk]


@pytest.mark.real_papers
class TestWhoItIsStaysHidden:
    """The canary: words and numbers of one waiting worker, looked for in everything a donor can open."""

    NUMBERS = (YATI.nik, "3374 0152 0281 9007", YATI.phone, YATI.phone[3:], "0812-9999-0077", "081299990077")
    IDENTITY = (
        *NUMBERS,
        YATI.name,
        "Yatiningsih",
        YATI.workplace,
        MARKET.name,
        "Perempuan",
        "1981",
        "perempuan",
    )
    PAGES = (LIST, f"{LIST}?pekerjaan=pedagang_pasar", WORKERS, f"{WORKERS}tambah/", f"{STEPS}kepesertaan/", "/saya/",
             "/daftar/nanti/", "/", f"{STEPS}periksa/", f"{STEPS}persetujuan/")  # fmt: skip

    def seen(self, walk: Walk, paths) -> str:
        answers = [walk.client.get(path, follow=True) for path in paths]
        return "\n".join(answer.content.decode() + str(answer.headers) for answer in answers)

    def test_before_the_choice_nothing_names_the_worker(self):
        waiting()
        walk = at_list(BIMA)
        everything = self.seen(walk, self.PAGES)
        assert "Pedagang" in everything
        for secret in self.IDENTITY:
            assert secret not in everything, secret

    def test_after_it_the_numbers_are_on_no_page_and_not_on_the_printed_mandate(self):
        row, walk = waiting(), at_list()
        press(walk, row)
        taken = Sponsorship.objects.get(waiting=row)
        walk.post(f"kepesertaan/{taken.pk}", {"programme": "jkk_jkm", "declared_income": "1000000"}, WORKERS)
        mine = (f"{WORKERS}{taken.pk}/", f"{WORKERS}{taken.pk}/hapus/", f"{STEPS}kepesertaan/{taken.pk}/",
                f"{STEPS}periksa/?nomor=lengkap")  # fmt: skip
        before = self.seen(walk, (*self.PAGES, *mine))
        walk.post("periksa", {})
        walk.agree()
        pdf = walk.client.get("/saya/surat-kuasa/").content
        walk.post("cetak", {})
        walk.post("unggah", paper_answers("Rara"))
        sending = self.seen(walk, (f"{STEPS}cetak/", f"{STEPS}unggah/", f"{STEPS}kirim/"))
        walk.send()
        after = self.seen(walk, self.PAGES)
        told = "\n".join(
            m.subject + m.body for m in Message.objects.filter(recipient=str(walk.registration.donor_id))
        )
        everything = before + sending + after + told + words_of(pdf) + json.dumps(dict(walk.client.session))
        assert YATI.name in before and YATI.name in words_of(pdf) and "9007" in words_of(pdf)
        for secret in self.NUMBERS:
            assert secret not in everything, secret

    def test_a_worker_the_donor_typed_is_printed_with_the_whole_number(self):
        mandate = at_state.printed(RARA)
        assert "3374 0155 0880 9001" in words_of(at_state.mandates.documents.read(mandate.pdf_sha256))


def press_later(walk: Walk, row: WaitingWorker):
    token = walk.client.get(LIST).context["form_token"]
    return lambda query: walk.client.post(f"{LIST}{query}", {"form_token": token, "pilih": str(row.pk)})


def words_of(pdf: bytes) -> str:
    """Everything that can be read or is hidden in the file: the text of its pages and its metadata."""
    pages = pypdfium2.PdfDocument(pdf)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        hidden = str(opened.docinfo) + str(opened.open_metadata())
    return " ".join("\n".join(page.get_textpage().get_text_range() for page in pages).split()) + hidden
