"""The upload step by script: file by file, sent again after a lost answer, and what is said about each photo."""

import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from kombu.exceptions import OperationalError
from lxml import html
from PIL import Image

from registry.actions import documents
from registry.models import AuditEvent
from sponsorship import queries, tasks
from sponsorship.actions import paper_checks
from sponsorship.models import RegistrationPaper
from sponsorship.rules.paper_checks import Hint, Qr, SeenPage, to_keep
from sponsorship.wizard import limits
from sponsorship.wizard.views.handing_in import REMOVED, TOO_OFTEN
from tests import at_state, photos
from tests.cast import BIMA, MORNING, RARA
from tests.sponsorship.wizard.walk import STEPS, errors_of, photo, sitting

pytestmark = [pytest.mark.django_db, pytest.mark.real_papers]
UPLOAD, SEND = f"{STEPS}unggah/", f"{STEPS}kirim/"
JSON = {"headers": {"accept": "application/json"}}


def handed(walk, kind: str, file) -> tuple[int, dict]:
    answer = walk.client.post(UPLOAD, {kind: file}, **JSON)
    assert answer["Content-Type"] == "application/json", answer.content
    return answer.status_code, answer.json()


def words_of(answer: dict, kind: str) -> str:
    piece = answer["sections"][kind]["html"]
    return " ".join(html.fromstring(f"<div>{piece}</div>").text_content().split())


def saw(paper: RegistrationPaper, *pages: SeenPage) -> None:
    RegistrationPaper.objects.filter(pk=paper.pk).update(seen=to_keep(pages), looked_at=MORNING)


@pytest.fixture
def queued(monkeypatch):
    """The papers that the queue was asked to look at."""
    asked: list[int] = []
    monkeypatch.setattr(tasks.look_at_paper, "delay", asked.append)
    return asked


@pytest.fixture
def walk(queued):
    return sitting(at_state.printed(RARA).registration)


def test_a_file_sent_by_script_is_kept_at_once_and_the_queue_is_asked_to_look(
    walk, queued, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        status, answer = handed(walk, "ktp", photo("KTP Rara"))
    paper = queries.papers_of(walk.registration).get()
    assert (status, answer["paper"], answer["said"]) == (200, paper.pk, "KTP: berkas sudah diterima.")
    assert "KTP, 1 halaman" in words_of(answer, "ktp")
    assert "Foto sedang diperiksa" in words_of(answer, "ktp")
    assert answer["waiting"] is True
    assert answer["sections"]["ktp"]["label"] == "Ganti foto KTP"
    assert queued == [paper.pk]


def test_the_same_file_sent_again_is_the_same_paper(walk):
    first = handed(walk, "signed_mandate", photo("Halaman 1"))[1]
    status, again = handed(walk, "signed_mandate", photo("Halaman 1"))
    assert (status, again["paper"]) == (200, first["paper"])
    assert "sudah diterima sebelumnya" in again["said"]
    assert queries.papers_of(walk.registration).count() == 1


def test_pages_add_up_one_by_one_and_one_is_taken_back(walk):
    for page in ("satu", "dua", "tiga"):
        answer = handed(walk, "signed_mandate", photo(page))[1]
    assert [f"lembar {n}" in words_of(answer, "signed_mandate") for n in (1, 2, 3)] == [True] * 3
    second = list(queries.papers_of(walk.registration))[1]
    taken = walk.client.post(f"{UPLOAD}{second.pk}/hapus/", **JSON).json()
    assert taken["said"] == REMOVED
    assert "lembar 2" in words_of(taken, "signed_mandate") and "lembar 3" not in words_of(
        taken, "signed_mandate"
    )
    assert AuditEvent.objects.filter(event="paper.removed").count() == 1


def test_a_refused_file_answers_why_and_what_was_kept_stays(walk):
    handed(walk, "ktp", photo("KTP Rara"))
    word = SimpleUploadedFile("ktp.docx", b"PK\x03\x04" + b"0" * 500)
    status, answer = handed(walk, "ktp", word)
    assert status == 422
    assert "dokumen Word" in answer["error"]
    assert queries.papers_of(walk.registration).count() == 1


def test_a_file_that_is_too_large_answers_413_with_a_sentence(walk):
    large = SimpleUploadedFile("ktp.jpg", b"\xff\xd8\xff" + bytes(10 * 1024 * 1024))
    status, answer = handed(walk, "ktp", large)
    assert status == 413
    assert "lebih besar dari 10 MB" in answer["error"]
    assert not RegistrationPaper.objects.exists()


@pytest.mark.parametrize("several", [{}, {"ktp": 2}, {"ktp": 1, "passbook": 1}])
def test_anything_but_one_file_is_not_taken_by_script(walk, several):
    body = {kind: [photo(f"{kind} {n}") for n in range(count)] for kind, count in several.items()}
    assert walk.client.post(UPLOAD, body, **JSON).status_code == 400
    assert not RegistrationPaper.objects.exists()


def test_too_many_uploads_answer_429_in_words(walk, settings, monkeypatch):
    settings.RATELIMIT_ENABLE = True
    monkeypatch.setattr(limits, "UPLOADS", ("1/h", "1000/h"))
    handed(walk, "ktp", photo("KTP satu"))
    assert handed(walk, "ktp", photo("KTP dua")) == (429, {"error": TOO_OFTEN})


def test_without_a_session_the_script_is_led_to_a_page(walk):
    walk.client.cookies.clear()
    answer = walk.client.post(UPLOAD, {"ktp": photo("KTP Rara")}, **JSON)
    assert answer.status_code == 302
    assert not RegistrationPaper.objects.exists()


def test_without_the_token_of_the_page_nothing_is_taken(walk):
    walk.client.handler.enforce_csrf_checks = True
    assert walk.client.post(UPLOAD, {"ktp": photo("KTP Rara")}, **JSON).status_code == 403
    assert not RegistrationPaper.objects.exists()


def test_a_queue_that_is_away_loses_nothing(walk, monkeypatch, django_capture_on_commit_callbacks):
    def away(paper_id):
        raise OperationalError

    monkeypatch.setattr(tasks.look_at_paper, "delay", away)
    with django_capture_on_commit_callbacks(execute=True):
        assert handed(walk, "ktp", photo("KTP Rara"))[0] == 200
    assert paper_checks.look_at_waiting(now=MORNING + 3 * paper_checks.GRACE) == 1


def test_nobody_takes_back_or_reads_about_a_foreign_paper(walk):
    foreign = queries.papers_of(at_state.with_papers(BIMA)).first()
    assert walk.client.post(f"{UPLOAD}{foreign.pk}/hapus/", **JSON).status_code == 404
    answer = walk.client.get(UPLOAD, **JSON).json()
    assert all(not piece["html"].strip() for piece in answer["sections"].values())


# What is said about a photo


def test_a_hint_is_asked_for_by_script_and_stands_on_the_page_and_before_sending(queued):
    walk = sitting(at_state.with_papers(RARA))
    ktp = queries.papers_of(walk.registration).get(kind="ktp")
    assert Hint.BLURRED.told not in walk.client.get(UPLOAD, **JSON).json()["sections"]["ktp"]["html"]
    saw(ktp, SeenPage((Hint.BLURRED,)))
    assert Hint.BLURRED.told in words_of(walk.client.get(UPLOAD, **JSON).json(), "ktp")
    for slug in ("unggah", "kirim"):
        assert Hint.BLURRED.told in walk.get(slug).content.decode()
    assert walk.client.post(UPLOAD, {})["Location"] == SEND
    walk.send()
    assert walk.registration.state == "submitted"


def test_the_worker_looks_and_the_page_tells(walk):
    picture = photos.jpeg(photos.blurred(photos.on_table(photos.card()), 5))
    pk = handed(walk, "ktp", SimpleUploadedFile("ktp.jpg", picture))[1]["paper"]
    tasks.look_at_paper(pk)
    answer = walk.client.get(UPLOAD, **JSON).json()
    assert Hint.BLURRED.told in words_of(answer, "ktp")
    assert answer["waiting"] is False


def test_a_paper_nobody_has_looked_at_for_minutes_is_not_promised_a_look(queued, clock):
    walk = sitting(at_state.with_papers(RARA))
    assert "Foto sedang diperiksa" in walk.get("unggah").content.decode()
    clock.shift(180)
    assert "Foto sedang diperiksa" not in walk.get("unggah").content.decode()


def test_the_right_code_is_said_once_for_the_whole_mandate(queued):
    walk = sitting(at_state.with_papers(RARA))
    saw(queries.papers_of(walk.registration).get(kind="signed_mandate"), SeenPage(), SeenPage((), Qr.RIGHT))
    page = walk.get("unggah").content.decode()
    assert page.count("Kode QR cocok dengan surat kuasa Anda.") == 1


def test_a_missing_code_is_a_hint_that_lets_pass(queued):
    walk = sitting(at_state.with_papers(RARA))
    saw(queries.papers_of(walk.registration).get(kind="signed_mandate"), SeenPage())
    assert "Surat kuasa Anda 2 halaman; yang sudah diunggah 1." in walk.get("unggah").content.decode()
    saw(
        RegistrationPaper.objects.get(pk=handed(walk, "signed_mandate", photo("Halaman 2"))[1]["paper"]),
        SeenPage(),
    )
    assert "Kode QR di halaman terakhir belum terbaca" in walk.get("unggah").content.decode()
    assert walk.client.post(UPLOAD, {})["Location"] == SEND


def test_an_older_mandate_is_said_at_the_paper_and_neither_step_lets_it_pass(queued):
    walk = sitting(at_state.with_papers(RARA))
    paper = queries.papers_of(walk.registration).get(kind="signed_mandate")
    saw(paper, SeenPage((), Qr.OLDER, 1))
    told = "Ini surat kuasa versi 01; yang berlaku versi 01."
    page = walk.get("unggah").content.decode()
    assert told in page and "Perlu diganti" in page
    assert [words[: len(told)] for words in errors_of(walk.client.post(UPLOAD, {}))["signed_mandate"]] == [
        told
    ]
    token = walk.get("kirim").context["form_token"]
    refused = walk.client.post(SEND, {"form_token": token})
    [entry] = refused.context["extra_errors"]
    assert entry["text"].startswith(told) and entry["url"] == UPLOAD
    assert walk.registration.state == "draft"
    walk.client.post(f"{UPLOAD}{paper.pk}/hapus/")
    assert "versi 01; yang" not in walk.get("unggah").content.decode()


@pytest.mark.parametrize(
    ("code", "tone"),
    [("signature_certified", "good"), ("signature_unknown", "wait"), ("signature_unreadable", "wait")],
)
def test_what_an_electronic_signature_is_worth_stands_at_its_paper(queued, code, tone):
    walk = sitting(at_state.with_papers(RARA))
    paper = queries.papers_of(walk.registration).get(kind="signed_mandate")
    notes = [
        {"code": code, "message": "Kata tentang tanda tangan."},
        {"code": "other", "message": "Untuk OPD."},
    ]
    RegistrationPaper.objects.filter(pk=paper.pk).update(notes=notes)
    page = html.fromstring(walk.get("unggah").content)
    [notice] = page.xpath(f"//section[@id='signed_mandate']//div[contains(@class, 'notice-{tone}')]")
    assert " ".join(notice.text_content().split()) == "Kata tentang tanda tangan."
    told = words_of(walk.client.get(UPLOAD, **JSON).json(), "signed_mandate")
    assert "Kata tentang tanda tangan." in told and "Untuk OPD." not in told


def test_taking_back_a_paper_leaves_the_others_and_its_bytes_until_their_time(queued):
    made = at_state.with_papers(RARA)
    walk = sitting(made)
    ktp = queries.papers_of(made).get(kind="ktp")
    walk.client.post(f"{UPLOAD}{ktp.pk}/hapus/", **JSON)
    assert sorted(paper.kind for paper in queries.papers_of(made)) == ["passbook", "signed_mandate"]
    assert documents.read(ktp.document.sha256)


# The page


def test_the_page_has_one_field_per_paper_with_a_camera_button_that_needs_script(walk):
    page = html.fromstring(walk.get("unggah").content)
    inputs = page.xpath("//input[@type='file']")
    assert [field.get("name") for field in inputs] == ["signed_mandate", "ktp", "passbook"]
    assert all(field.get("capture") is None for field in inputs)  # the gallery stays open
    buttons = page.xpath("//*[@data-upload-camera][@hidden]//button[@type='button']")
    assert len(buttons) == 3
    assert all("Ambil foto" in button.text_content() for button in buttons)
    assert len(page.xpath("//*[@data-upload]//*[@aria-live='polite']")) == 3


def test_the_script_is_within_its_budget():
    script = Path(settings.BASE_DIR) / "static" / "js" / "upload.js"
    assert script.stat().st_size <= 20 * 1024


def test_a_photo_lying_on_its_side_is_kept_upright(walk):
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    Image.open(io.BytesIO(at_state.photo_of("KTP"))).save(out, "JPEG", exif=exif)
    pk = handed(walk, "ktp", SimpleUploadedFile("ktp.jpg", out.getvalue()))[1]["paper"]
    kept = RegistrationPaper.objects.get(pk=pk)
    assert Image.open(io.BytesIO(documents.read(kept.document.sha256))).size == (640, 900)
