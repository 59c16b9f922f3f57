"""Check, agree, print, hand in, send."""

from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from registry.models import AuditEvent
from sponsorship import queries
from sponsorship.actions import drafts
from sponsorship.models import Consent, Mandate, Registration
from tests import at_state
from tests.cast import BIMA, MORNING, PARJO, RARA, SUTINI
from tests.sponsorship.wizard.walk import (
    STEPS,
    Walk,
    errors_of,
    paper_answers,
    person_answers,
    photo,
    sitting,
)

pytestmark = [pytest.mark.django_db, pytest.mark.real_papers]
AGREE, UPLOAD, SEND = f"{STEPS}persetujuan/", f"{STEPS}unggah/", f"{STEPS}kirim/"


def test_the_check_page_masks_numbers_until_they_are_asked_for_and_records_the_look():
    walk = sitting(at_state.draft(RARA))
    masked = walk.get("periksa").content.decode()
    assert RARA.account not in masked and "0001 2345 67" not in masked
    assert "3374 0155" not in masked
    assert AuditEvent.objects.filter(event="number.shown").count() == 0
    full = walk.get("periksa", nomor="lengkap").content.decode()
    assert "0001 2345 67" in full and "3374 0155 0880 9001" in full
    assert AuditEvent.objects.filter(event="number.shown").count() == 1


def test_every_answer_on_the_check_page_has_its_link_to_change_it():
    page = sitting(at_state.draft(RARA)).get("periksa")
    rows = [*page.context["person"], *page.context["workers"][0]["rows"], *page.context["terms"]]
    without = [row["label"] for row in rows if not row["change_url"]]
    assert without == ["Debet pertama"]
    assert all(row["change_url"].endswith("?dari=periksa") for row in rows if row["change_url"])


def test_the_check_page_names_the_sum_in_figures_and_words():
    page = sitting(at_state.draft(RARA)).get("periksa").content.decode()
    assert "Rp8.400" in page
    assert "delapan ribu empat ratus rupiah" in page


def test_consent_is_never_ticked_beforehand_and_must_be_given():
    walk = sitting(at_state.draft(RARA))
    page = walk.get("persetujuan")
    assert "checked" not in page.content.decode()
    answer = walk.client.post(AGREE, {"shown": page.context["shown"]})
    assert list(errors_of(answer)) == ["agree"]
    assert Consent.objects.count() == Mandate.objects.count() == 0


def test_consent_names_what_is_agreed_to():
    page = sitting(at_state.draft(RARA)).get("persetujuan").content.decode()
    for words in (
        "Rp8.400",
        "Rp16.800",
        "berakhiran 4567",
        "Selasa, 1 Desember 2026",
        "Kapan saja",
        "sukarela",
    ):
        assert words in page, words
    assert RARA.account not in page


def test_consent_to_figures_that_changed_meanwhile_is_asked_for_again():
    walk = sitting(at_state.draft(RARA))
    shown = walk.get("persetujuan").context["shown"]
    drafts.save_terms(
        registration_id=walk.registration.pk,
        ceiling=30_000,
        wished_start=None,
        by=walk.registration.donor,
        now=MORNING,
    )
    answer = walk.client.post(AGREE, {"shown": shown, "agree": "on"})
    assert "Isi persetujuan berubah" in errors_of(answer)["agree"][0]
    assert not answer.context["form"]["agree"].value()  # no tick is carried over to a text nobody has read
    assert Mandate.objects.count() == 0


def test_consent_sent_twice_prints_one_mandate():
    walk = sitting(at_state.draft(RARA))
    page = walk.get("persetujuan")
    form = {"shown": page.context["shown"], "agree": "on", "form_token": page.context["form_token"]}
    assert [walk.client.post(AGREE, form)["Location"] for _ in range(2)] == [f"{STEPS}cetak/"] * 2
    assert Mandate.objects.count() == Consent.objects.count() == 1


def test_the_mandate_is_downloaded_byte_for_byte_and_each_download_leaves_a_line():
    mandate = at_state.printed(RARA)
    walk = sitting(mandate.registration)
    first, second = (walk.client.get("/saya/surat-kuasa/") for _ in range(2))
    assert first.content == second.content
    assert first.content.startswith(b"%PDF-")
    assert first["Content-Type"] == "application/pdf"
    assert "no-store" in first["Cache-Control"]
    assert AuditEvent.objects.filter(event="paper.opened").count() == 2


def test_all_papers_at_once_lead_to_the_last_step():
    walk = sitting(at_state.printed(RARA).registration)
    walk.post("unggah", paper_answers("Rara"), SEND)
    kinds = [paper.kind for paper in queries.papers_of(walk.registration)]
    assert sorted(kinds) == ["ktp", "passbook", "signed_mandate", "signed_mandate"]


def test_a_good_file_stays_although_another_one_was_refused():
    walk = sitting(at_state.printed(RARA).registration)
    word = SimpleUploadedFile("buku.docx", b"PK\x03\x04" + b"0" * 500)
    page = walk.client.post(UPLOAD, {"ktp": photo("KTP Rara"), "passbook": word})
    assert page.status_code == 200
    errors = errors_of(page)
    assert "dokumen Word" in errors["passbook"][0]
    assert "ktp" not in errors
    assert [paper.kind for paper in queries.papers_of(walk.registration)] == ["ktp"]
    assert "KTP, 1 halaman" in page.content.decode()


def test_each_paper_that_is_missing_is_named():
    walk = sitting(at_state.printed(RARA).registration)
    page = walk.client.post(UPLOAD, {"ktp": photo("KTP Rara")})
    assert sorted(errors_of(page)) == ["passbook", "signed_mandate"]


def test_an_empty_file_is_refused_with_a_sentence():
    walk = sitting(at_state.printed(RARA).registration)
    page = walk.client.post(UPLOAD, {"ktp": SimpleUploadedFile("ktp.jpg", b"")})
    assert "kosong" in errors_of(page)["ktp"][0]


def test_one_bad_photo_among_several_is_told_by_its_place():
    walk = sitting(at_state.printed(RARA).registration)
    files = [photo("Halaman 1"), SimpleUploadedFile("dua.jpg", b"bukan gambar"), photo("Halaman 3")]
    page = walk.client.post(UPLOAD, {"signed_mandate": files})
    assert [message[:13] for message in errors_of(page)["signed_mandate"]] == ["Berkas ke-2: "]
    assert queries.papers_of(walk.registration).count() == 2


def test_what_was_uploaded_is_listed_and_can_be_removed():
    walk = sitting(at_state.with_papers(RARA))
    page = walk.get("unggah")
    ktp = next(section["kept"][0] for section in page.context["sections"] if section["kind"] == "ktp")
    assert walk.client.post(f"{UPLOAD}{ktp['pk']}/hapus/")["Location"] == UPLOAD
    assert "ktp" not in [paper.kind for paper in queries.papers_of(walk.registration)]
    assert walk.get("kirim")["Location"] == UPLOAD


def test_an_uploaded_page_is_shown_to_its_donor_only_and_each_look_leaves_a_line():
    mine = at_state.with_papers(RARA)
    paper = queries.papers_of(mine).first()
    picture = sitting(mine).client.get(f"/saya/berkas/{paper.pk}/1/")
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/jpeg")
    assert "sandbox" in picture["Content-Security-Policy"]
    assert "no-store" in picture["Cache-Control"]
    assert AuditEvent.objects.filter(event="paper.opened").count() == 1
    stranger = sitting(at_state.draft(BIMA))
    missing = stranger.client.get("/saya/berkas/999999/1/")
    foreign = stranger.client.get(f"/saya/berkas/{paper.pk}/1/")
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert stranger.client.post(f"{UPLOAD}{paper.pk}/hapus/").status_code in (302, 404)
    assert queries.papers_of(mine).filter(pk=paper.pk).exists()


def test_a_change_of_the_data_asks_for_a_new_paper_before_sending():
    walk = sitting(at_state.with_papers(RARA))
    walk.post("diri", person_answers(RARA) | {"position": "Kepala Seksi"})
    assert walk.get("kirim")["Location"] == AGREE
    walk.agree()
    assert walk.registration.mandates.filter(state="issued").get().version == 2
    assert walk.get("kirim")["Location"] == UPLOAD
    kept = {section["kind"] for section in walk.get("unggah").context["sections"] if section["kept"]}
    assert kept == {"ktp", "passbook"}


def test_of_two_donors_with_one_worker_the_second_is_told_to_choose_another():
    both = [at_state.with_papers(person) for person in (RARA, replace(BIMA, workers=(PARJO, SUTINI)))]
    sitting(both[0]).send()
    walk = sitting(both[1])
    token = walk.get("kirim").context["form_token"]
    page = walk.client.post(SEND, {"form_token": token})
    assert page.status_code == 200
    [told] = page.context["extra_errors"]
    assert "sudah terlindungi atau sedang didaftarkan" in told["text"]
    assert told["url"] == f"{STEPS}pekerja/"
    assert RARA.name not in page.content.decode()
    assert Registration.objects.get(pk=both[1].pk).state == "draft"


def test_the_walk_reaches_the_last_page_with_the_amount_and_every_paper():
    page = Walk().to("kirim").get("kirim")
    assert len(page.context["papers"]) == 4
    assert page.context["figures"]["amount"] == "Rp8.400"


def test_several_sheets_of_the_mandate_are_numbered_and_a_single_file_is_not():
    page = Walk().to("kirim").get("kirim")
    assert [paper["name"] for paper in page.context["papers"]] == [
        "KTP, 1 halaman",
        "Buku tabungan, 1 halaman",
        "Surat kuasa bertanda tangan, lembar 1",
        "Surat kuasa bertanda tangan, lembar 2",
    ]
    single = sitting(at_state.with_papers(BIMA)).get("kirim")
    assert single.context["papers"][-1]["name"] == "Surat kuasa bertanda tangan, 1 halaman"
