"""The donor's own page in every state, the repair of what was returned, and the way out."""

import shutil
from dataclasses import replace
from datetime import timedelta

import pytest

from registry.models import AuditEvent, Message
from registry.rules.documents import DocumentKind, ReturnReason
from registry.rules.roles import Role
from sponsorship.actions import ending, verification
from sponsorship.models import DiscountLine, Mandate, Registration
from sponsorship.rules.checks import REQUIRED_CHECKS
from sponsorship.rules.lifecycle import REGISTRATION
from tests import at_state
from tests.cast import MORNING, PARJO, RARA
from tests.sponsorship.wizard.walk import STEPS, Walk, last_code, photo, sitting

pytestmark = pytest.mark.django_db


@pytest.fixture
def verifier():
    return at_state.staff("pemeriksa", Role.OPD_VERIFIER, RARA.opd)


def returned(verifier, reasons: dict, note: str = "") -> Registration:
    case = at_state.in_check(RARA, verifier)
    return verification.return_to_donor(
        registration_id=case.pk, revision=case.revision, reasons=reasons, note=note, by=verifier, now=MORNING
    )


def test_a_draft_leads_on_to_the_first_step_that_is_missing():
    page = Walk().to("rekening").client.get("/saya/")
    assert page.context["continue_url"] == f"{STEPS}rekening/"
    assert "Pendaftaran Anda belum dikirim" in page.content.decode()


def test_a_sent_registration_says_what_happens_next_and_when():
    text = sitting(at_state.submitted(RARA)).client.get("/saya/").content.decode()
    assert REGISTRATION.state("submitted").label in text
    assert "Dinas Kesehatan memeriksa berkas Anda" in text
    assert "26 November 2026 pukul 16.00 WIB" in text
    assert "Kira-kira Selasa, 1 Desember 2026" in text
    assert "Unduh surat kuasa" in text


def test_a_case_in_check_names_no_person(verifier):
    text = sitting(at_state.in_check(RARA, verifier)).client.get("/saya/").content.decode()
    assert REGISTRATION.state("in_check").label in text
    assert verifier.full_name not in text


def test_a_verified_registration_names_the_first_debit(verifier):
    page = sitting(at_state.verified(RARA, verifier)).client.get("/saya/")
    text = page.content.decode()
    assert "Pendaftaran disetujui" in text
    assert "Selasa, 1 Desember 2026" in text
    assert '<p class="amount">Rp8.400</p>' in text
    assert "paling banyak Rp16.800 per bulan" in text
    assert "Daftarkan pekerja lagi" in text
    assert page.context["continue_url"] == ""


def test_what_was_returned_is_said_by_paper_with_advice_and_a_link_to_its_upload(verifier):
    reasons = {
        DocumentKind.KTP: [ReturnReason.BLURRED],
        DocumentKind.PASSBOOK: [ReturnReason.ACCOUNT_DIFFERS],
    }
    walk = sitting(returned(verifier, reasons, note="Mohon difoto di luar ruangan."))
    text = walk.client.get("/saya/").content.decode()
    for words in (
        ReturnReason.BLURRED.label,
        ReturnReason.BLURRED.advice,
        'href="/daftar/langkah/unggah/#ktp"',
        'href="/daftar/langkah/rekening/"',
        "Mohon difoto di luar ruangan.",
    ):
        assert words in text, words


def test_the_link_in_the_message_opens_at_the_refused_upload_and_asks_for_nothing_else(verifier, clock):
    returned(verifier, {DocumentKind.KTP: [ReturnReason.BLURRED]})
    link = next(
        word for word in Message.objects.get(event="registration_returned").body.split() if "/lanjut/" in word
    )
    clock.shift(600)
    walk = Walk()
    walk.client.post(link.split("8000", 1)[1])
    assert walk.post("kode", {"code": last_code()})["Location"] == f"{STEPS}unggah/"
    page = walk.get("unggah")
    assert ReturnReason.BLURRED.advice in page.content.decode()
    kept = {section["kind"] for section in page.context["sections"] if section["kept"]}
    assert kept == {"signed_mandate", "passbook"}
    walk.post("unggah", {"ktp": photo("KTP Rara yang tajam")}, f"{STEPS}kirim/")
    walk.send()
    assert walk.registration.state == "submitted"


def test_a_return_with_only_a_note_opens_at_the_status_page(verifier, clock):
    made = returned(verifier, {}, note="Tolong hubungi kami.")
    walk = sitting(made)
    assert walk.client.get("/daftar/")["Location"] == "/saya/"
    assert "Tolong hubungi kami." in walk.client.get("/saya/").content.decode()


def test_a_note_cannot_put_markup_into_the_page(verifier):
    walk = sitting(returned(verifier, {}, note="<script>alert(1)</script>"))
    assert "<script>alert" not in walk.client.get("/saya/").content.decode()


def test_withdrawing_asks_first_and_happens_once():
    walk = sitting(at_state.draft(RARA))
    assert walk.client.get("/saya/batalkan/").status_code == 200
    assert walk.registration.state == "draft"
    token = walk.client.get("/saya/batalkan/").context["form_token"]
    answers = [walk.client.post("/saya/batalkan/", {"form_token": token}) for _ in range(2)]
    assert [answer["Location"] for answer in answers] == ["/saya/"] * 2
    assert walk.registration.state == "withdrawn"
    assert AuditEvent.objects.filter(event="registration.withdrawn").count() == 1
    assert Message.objects.filter(event="registration_withdrawn").count() == 1


def test_a_sent_registration_can_be_taken_back_until_the_check_begins():
    walk = sitting(at_state.submitted(RARA))
    assert "Batalkan pendaftaran" in walk.client.get("/saya/").content.decode()
    assert "OPD tidak memeriksa berkas Anda lagi" in walk.client.get("/saya/batalkan/").content.decode()
    walk.post("/saya/batalkan/", {}, "/saya/")
    assert walk.registration.state == "withdrawn"
    text = walk.client.get("/saya/").content.decode()
    assert "Pendaftaran dibatalkan" in text
    assert "Mulai pendaftaran baru" in text


def test_during_the_check_the_page_says_when_it_can_be_taken_back(verifier):
    walk = sitting(at_state.in_check(RARA, verifier))
    assert "Batalkan pendaftaran" not in walk.client.get("/saya/").content.decode()
    assert walk.client.post("/saya/batalkan/")["Location"] == "/saya/"
    assert walk.registration.state == "in_check"
    text = walk.client.get("/saya/").content.decode()
    assert "OPD sedang memeriksa pendaftaran ini" in text
    assert "Sesudah pemeriksaan selesai" in text


def test_an_approved_registration_is_not_withdrawn_any_more(verifier):
    walk = sitting(at_state.verified(RARA, verifier))
    assert walk.client.get("/saya/batalkan/")["Location"] == "/saya/"
    assert "tidak dapat dibatalkan lagi" in walk.client.get("/saya/").content.decode()


def test_a_donor_without_a_printed_mandate_finds_none():
    assert sitting(at_state.draft(RARA)).client.get("/saya/surat-kuasa/").status_code == 404


def test_the_status_page_shows_no_identity_number(verifier):
    text = sitting(at_state.verified(RARA, verifier)).client.get("/saya/").content.decode()
    digits = "".join(text.split())
    for secret in (RARA.nip, RARA.account, RARA.workers[0].nik, RARA.workers[0].phone[3:], RARA.email):
        assert secret not in digits


def test_first_debit_is_named_at_the_price_of_its_own_month_when_the_discount_ended_before(verifier):
    DiscountLine.objects.update(valid_to="2026-12")
    case = at_state.in_check(RARA, verifier)  # printed for December with the discount, verified for January
    verification.verify(
        registration_id=case.pk,
        revision=case.revision,
        checks=list(REQUIRED_CHECKS),
        by=verifier,
        now=MORNING + timedelta(days=7),
    )

    assert Mandate.objects.get().amount_at_issue == 8_400
    text = sitting(case).client.get("/saya/").content.decode()
    assert "Senin, 4 Januari 2027" in text
    assert '<p class="amount">Rp16.800</p>' in text
    assert "paling banyak Rp16.800 per bulan" in text


def test_the_way_out_stands_on_the_page_while_another_registration_is_under_way(verifier):
    at_state.verified(RARA, verifier)
    second = at_state.submitted(replace(RARA, workers=(PARJO,)), MORNING + timedelta(hours=2))
    walk = sitting(second)
    assert "/saya/hentikan/" in walk.client.get("/saya/").content.decode()
    assert "ikut berakhir" in walk.client.get("/saya/hentikan/").content.decode()


def test_a_revoked_paper_can_still_be_downloaded_by_the_one_who_signed_it(verifier):
    made = at_state.verified(RARA, verifier)
    ending.revoke(by=made.donor, now=MORNING)
    answer = sitting(made).client.get("/saya/surat-kuasa/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")


def test_a_lost_paper_is_a_calm_answer_and_no_fault(settings):
    made = at_state.submitted(RARA)
    shutil.rmtree(settings.PAPERS_DIR)
    walk = sitting(made)
    assert walk.client.get("/saya/surat-kuasa/")["Location"] == "/saya/"
    assert "sedang tidak dapat dibuka" in walk.client.get("/saya/").content.decode()
    assert walk.client.get(f"/saya/berkas/{made.papers.first().pk}/1/").status_code == 404
