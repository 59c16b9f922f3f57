"""A donor's own pages over HTTP: what they say in every state of the money, and that nobody else's is ever there."""

import io
from datetime import UTC, date, datetime, timedelta

import pikepdf
import pypdfium2
import pytest
import time_machine

from autodebit.actions.activation import activate_due
from autodebit.models import Attempt
from registry.rules.roles import Role
from sponsorship.actions import ending, leaving
from sponsorship.models import Mandate, Registration, Sponsorship
from tests import at_state
from tests.autodebit.bookkeeping import PAID_AT, confirmed, remitted
from tests.autodebit.own_history import collected_month, months_of, old_donor
from tests.autodebit.population import AFTER, BEFORE, MandateSpec, WorkerSpec
from tests.cast import MORNING, RARA
from tests.month import (
    ANSWERED_AT,
    RETURNED_AT,
    answered_batch,
    applied,
    delivered_batch,
    frozen_batch,
    references,
)
from tests.sponsorship.wizard.walk import Walk, sitting

pytestmark = pytest.mark.django_db
LATER = PAID_AT + timedelta(hours=1)


def at(place: int = 1) -> Walk:
    return sitting(Registration.objects.get(reference=f"D{place:08d}"))


def page(path: str = "/saya/", place: int = 1, now: datetime = LATER):
    with time_machine.travel(now, tick=False):
        answer = at(place).client.get(path)
    assert answer.status_code == 200, (path, answer.status_code, answer.headers.get("Location"))
    return answer


def said(path: str = "/saya/", place: int = 1, now: datetime = LATER) -> str:
    return page(path, place, now).content.decode()


def text_of(answer) -> str:
    pdf = pypdfium2.PdfDocument(answer.content)
    try:
        return " ".join(" ".join(sheet.get_textpage().get_text_range() for sheet in pdf).split())
    finally:
        pdf.close()


def is_pdfa(answer) -> bool:
    with pikepdf.open(io.BytesIO(answer.content)) as pdf, pdf.open_metadata() as metadata:
        return metadata.pdfa_status == "2B" and pdf.Root.MarkInfo.Marked and pdf.Root.Lang == "id"


class TestSummary:
    def test_before_anything_is_sent_no_debit_is_spoken_of(self):
        with time_machine.travel(MORNING, tick=False):
            text = sitting(at_state.draft(RARA)).client.get("/saya/").content.decode()
        assert "Potongan berikutnya" not in text and "Terlindungi" not in text

    def test_the_next_debit_names_day_amount_and_workers_before_it_is_frozen(self, profile):
        frozen_batch([MandateSpec(verified_at=AFTER), MandateSpec()])  # the first one was verified too late
        text = said(now=AFTER)
        assert "Senin, 4 Januari 2027" in text
        assert '<p class="amount">Rp16.800</p>' in text  # the discount of December is over by then
        assert "Contoh Pekerja 1-1" in text and "Dapat berubah" in text

    def test_a_frozen_debit_is_said_to_be_fixed(self, profile):
        frozen_batch(1)
        text = said(now=AFTER)
        assert "Selasa, 1 Desember 2026" in text and "Jumlah ini sudah tetap" in text

    def test_a_debit_that_waits_for_the_bank_is_no_second_one_ahead(self, profile):
        batch = delivered_batch(1)
        payday = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
        text = said(now=payday)
        assert "Sedang ditagih: Desember 2026, menunggu jawaban bank" in text
        assert "Potongan berikutnya" not in text
        applied(batch, now=payday)
        text = said(now=payday)
        assert "Potongan berikutnya" in text and "Senin, 4 Januari 2027" in text

    def test_a_worker_whose_debit_came_waits_for_bpjs_until_it_is_confirmed(self, profile):
        batch = delivered_batch(1)
        assert "Siap, menunggu potongan pertama" in said(now=ANSWERED_AT)
        applied(batch)
        text = said(now=ANSWERED_AT)
        assert "Terpotong, menunggu konfirmasi BPJS" in text and "Siap, menunggu" not in text
        confirmed(remitted())
        assert "Terpotong, menunggu konfirmasi BPJS" not in said()

    def test_between_cut_off_and_build_the_month_that_is_due_is_still_the_next(self, profile):
        old_donor("2026-12")
        assert "Selasa, 1 Desember 2026" in said(now=AFTER)

    @pytest.mark.parametrize(
        ("state", "words"),
        [
            ("suspended", "Potongan ditangguhkan"),
            ("verified", "sedang diserahkan ke bank"),
            ("lodged", "sedang diserahkan ke bank"),
        ],
    )
    def test_a_mandate_that_is_not_in_force_says_why_there_is_no_debit(self, profile, state, words):
        old_donor("2026-12", state=state)
        assert words in said(now=BEFORE)

    def test_a_pause_without_end_says_so(self, profile):
        old_donor("2026-12")
        Sponsorship.objects.update(state="paused", pause_from="2026-12")
        assert "Sedang dijeda" in said(now=BEFORE)

    def test_a_pause_with_an_end_names_the_month_after_it(self, profile):
        old_donor("2026-12")
        Sponsorship.objects.update(state="paused", pause_from="2026-12", pause_until="2027-03")
        assert "Senin, 1 Maret 2027" in said(now=BEFORE)

    def test_above_the_ceiling_says_that_nothing_will_be_debited(self, profile):
        frozen_batch([MandateSpec(ceiling=100), MandateSpec()])
        text = said(now=AFTER)
        assert "melebihi batas tertinggi" in text and "lebih besar daripada batas tertinggi" in text

    def test_no_debit_is_named_from_the_first_day_without_salary_on(self, profile):
        mandate = old_donor("2026-12")
        leaving.retire(
            by=mandate.lineage.donor,
            first_day_without_salary=date(2026, 12, 1),
            now=BEFORE - timedelta(days=1),
        )
        text = said(now=BEFORE)
        assert "bulan tanpa gaji" in text and "perlindungan sudah berakhir" not in text

    def test_a_month_that_was_cut_before_retirement_was_noted_is_still_the_next_debit(self, profile):
        mandate = old_donor("2026-12")
        leaving.retire(by=mandate.lineage.donor, first_day_without_salary=date(2026, 12, 1), now=AFTER)
        assert "Selasa, 1 Desember 2026" in said(now=AFTER)

    def test_after_the_end_nothing_is_promised_and_the_past_stays(self, profile):
        mandate = old_donor("2026-09")
        months_of(mandate, "2026-09", 2)
        ending.revoke(by=mandate.lineage.donor, now=AFTER)
        text = said(now=AFTER)
        assert "Surat kuasa dihentikan" in text and "Terlindungi: Oktober 2026" in text
        assert "Potongan berikutnya" not in text

    def test_protected_is_said_only_of_a_confirmed_month(self, profile):
        batch = delivered_batch(1)
        assert "Menunggu jawaban bank" in said(now=ANSWERED_AT)
        applied(batch)
        text = said(now=ANSWERED_AT)
        assert "Dipotong untuk Desember 2026" in text and "Terlindungi" not in text
        paid = remitted()
        assert "menunggu konfirmasi BPJS" in said() and "Terlindungi" not in said()
        confirmed(paid)
        activate_due(now=LATER)
        text = said()
        assert "Terlindungi: Desember 2026" in text and "Perlindungan Anda" in text
        assert "2 bulan lagi sampai santunan kematian penuh" in text
        assert text.count('class="done"') == 1

    def test_a_failure_says_why_and_what_to_do(self, profile):
        answered_batch(1, ["failed AC04"])
        text = said(now=ANSWERED_AT)
        reason = profile.reasons.get(code="AC04")
        assert reason.donor_text in text and "Potongan ditangguhkan" in text

    def test_a_missed_month_warns_with_the_day_on_which_cover_ends(self, profile):
        mandate = old_donor("2026-08")
        months_of(mandate, "2026-08", 2)
        text = said()
        assert "Tidak ada iuran untuk Oktober 2026, November 2026" in text
        assert "31 Desember 2026" in text and "mulai lagi dari awal" in text

    def test_years_of_months_are_folded_by_year_latest_first(self, profile):
        mandate = old_donor("2024-11")
        months_of(mandate, "2024-11", 25)
        answer = page()
        years = answer.context["years"]
        assert [year.year for year in years] == [2026, 2025, 2024]
        assert [year.open for year in years] == [True, False, False]
        assert years[0].entries[0]["title"] == "Terlindungi: November 2026"
        assert answer.content.decode().count("<details") == 3

    def test_the_summary_takes_as_many_queries_after_years_as_at_the_start(
        self, profile, django_assert_max_num_queries
    ):
        months_of(old_donor("2024-11"), "2024-11", 25)
        walk = at()
        with time_machine.travel(LATER, tick=False), django_assert_max_num_queries(55):
            walk.client.get("/saya/")


class TestMoney:
    def test_without_a_month_it_says_when_there_will_be_one(self, profile):
        old_donor("2026-12")
        assert "Belum ada potongan" in said("/saya/potongan/", now=BEFORE)

    def test_a_month_shows_amount_workers_reference_and_receipt(self, profile):
        batch = answered_batch([MandateSpec(ceiling=50_000, workers=[WorkerSpec(), WorkerSpec()])])
        (reference,) = references(batch)
        text = said("/saya/potongan/")
        for words in (
            "Desember 2026",
            "Rp16.800",
            "Contoh Pekerja 1-1",
            "Contoh Pekerja 1-2",
            "Rp8.400",
            reference,
        ):
            assert words in text, words
        assert f'href="/saya/potongan/{reference}/tanda-terima.pdf"' in text

    def test_one_year_at_a_time(self, profile):
        months_of(old_donor("2025-11"), "2025-11", 13)
        assert said("/saya/potongan/").count("<h3") == 11
        text = said("/saya/potongan/?tahun=2025")
        assert text.count("<h3") == 2 and '<p class="amount">Rp16.800</p>' in text
        assert 'href="?tahun=2026"' in text and "/saya/potongan/2025/rekap.pdf" in text

    @pytest.mark.parametrize("year", ["1999", "x", "-1", "\x00", "20261", "²"])
    def test_a_year_that_is_none_shows_the_latest(self, profile, year):
        months_of(old_donor("2025-11"), "2025-11", 13)
        with time_machine.travel(LATER, tick=False):
            answer = at().client.get("/saya/potongan/", {"tahun": year})
        assert answer.context["year"] == 2026

    def test_what_failed_has_no_receipt(self, profile):
        answered_batch(1, ["failed AM04"])
        assert "tanda-terima.pdf" not in said("/saya/potongan/")

    @pytest.mark.parametrize("months", [1, 24])
    def test_as_many_queries_for_two_years_as_for_a_month(
        self, profile, django_assert_max_num_queries, months
    ):
        months_of(old_donor("2024-11"), "2024-11", months)
        walk = at()
        with time_machine.travel(LATER, tick=False), django_assert_max_num_queries(18):
            walk.client.get("/saya/potongan/")


class TestPapers:
    def test_a_receipt_says_amount_in_words_workers_and_the_last_four_of_the_account(self, profile):
        line = collected_month(old_donor("2026-11"), "2026-11")
        answer = page(f"/saya/potongan/{line.reference}/tanda-terima.pdf")
        text = text_of(answer)
        for words in (
            line.reference, "Rp8.400,00", "delapan ribu empat ratus rupiah", "November 2026", "Contoh Pekerja 1-1",
            "Bank Jateng", "4567", "JKK dan JKM",
        ):  # fmt: skip
            assert words in text, words
        assert "0000004567" not in text.replace(" ", "")
        assert answer["Content-Type"] == "application/pdf" and "no-store" in answer["Cache-Control"]
        assert "private" in answer["Cache-Control"] and is_pdfa(answer)

    def test_the_receipt_of_what_went_back_is_marked(self, profile):
        batch = answered_batch(1)
        (reference,) = references(batch)
        applied(batch, {reference: "returned MD06"}, now=RETURNED_AT, name="R1.csv")
        text = text_of(page(f"/saya/potongan/{reference}/tanda-terima.pdf"))
        assert (
            "Dikembalikan bank pada 7 Desember 2026" in text and "tidak berlaku sebagai bukti bayar" in text
        )

    def test_somebody_elses_reference_is_not_found(self, profile):
        batch = answered_batch(2)
        for reference in references(batch):
            mine = Attempt.objects.get(reference=reference).mandate.registration
            for walk in (at(1), at(2)):
                owner = walk.client.session["registration"] == str(mine.pk)
                answer = walk.client.get(f"/saya/potongan/{reference}/tanda-terima.pdf")
                assert answer.status_code == (200 if owner else 404)

    @pytest.mark.parametrize("reference", ["0" * 16, "Z" * 16, "abc", "0" * 15, "../../x"])
    def test_an_unknown_reference_is_not_found(self, profile, reference):
        collected_month(old_donor("2026-11"), "2026-11")
        assert at().client.get(f"/saya/potongan/{reference}/tanda-terima.pdf").status_code == 404

    def test_a_line_that_brought_no_money_has_no_receipt(self, profile):
        batch = answered_batch(1, ["failed AM04"])
        (reference,) = references(batch)
        assert at().client.get(f"/saya/potongan/{reference}/tanda-terima.pdf").status_code == 404

    def test_the_statement_of_a_year_adds_up_and_corrects_what_went_back(self, profile):
        batch = answered_batch([MandateSpec(start_period="2026-10"), MandateSpec()])
        mandate = Mandate.objects.get(registration__reference="D00000001")
        months_of(mandate, "2026-10", 2)
        mine = Attempt.objects.get(mandate=mandate, batch=batch)
        applied(batch, {mine.reference: "returned MD06"}, now=RETURNED_AT, name="R1.csv")
        text = text_of(page("/saya/potongan/2026/rekap.pdf"))
        for words in (
            "Oktober 2026",
            "Desember 2026",
            "Rp25.200",
            "Rp16.800,00",
            "enam belas ribu delapan ratus",
        ):
            assert words in text, words
        assert "sesudah dikurangi yang dikembalikan" in text

    @pytest.mark.parametrize("year", [2024, 1, 99999])
    def test_a_year_without_a_debit_has_no_statement(self, profile, year):
        months_of(old_donor("2026-10"), "2026-10", 1)
        assert at().client.get(f"/saya/potongan/{year}/rekap.pdf").status_code == 404

    def test_the_certificate_names_the_donor_and_no_worker(self, profile):
        months_of(old_donor("2026-10", workers=2, holder="Contoh Rini"), "2026-10", 2)
        answer = page("/saya/piagam.pdf")
        text = text_of(answer)
        for words in (
            "Piagam Orang Tua Asuh",
            "Contoh Rini",
            "Oktober 2026",
            "2 (dua) pekerja rentan",
            "Kota Semarang",
        ):
            assert words in text, words
        assert "Contoh Pekerja" not in text and is_pdfa(answer)

    def test_without_money_that_stayed_there_is_no_certificate(self, profile):
        batch = answered_batch(1)
        (reference,) = references(batch)
        applied(batch, {reference: "returned MD06"}, now=RETURNED_AT, name="R1.csv")
        walk = at()
        assert walk.client.get("/saya/piagam.pdf")["Location"] == "/saya/"
        assert "sesudah potongan pertama berhasil" in walk.client.get("/saya/").content.decode()
        assert "Unduh Piagam" not in walk.client.get("/saya/").content.decode()


@pytest.mark.parametrize(
    "path", ["/saya/", "/saya/potongan/", "/saya/potongan/2026/rekap.pdf", "/saya/piagam.pdf"]
)
def test_who_is_not_here_is_asked_for_a_code(client, path):
    assert client.get(path)["Location"] == "/daftar/lanjut/"


def test_no_page_shows_an_identity_number(profile):
    verifier = at_state.staff("pemeriksa", Role.OPD_VERIFIER, RARA.opd)
    with time_machine.travel(MORNING, tick=False):
        walk = sitting(at_state.verified(RARA, verifier))
        digits = "".join(
            "".join(walk.client.get(path).content.decode().split()) for path in ("/saya/", "/saya/potongan/")
        )
    for secret in (RARA.nip, RARA.account, RARA.workers[0].nik, RARA.workers[0].phone[3:], RARA.email):
        assert secret not in digits
