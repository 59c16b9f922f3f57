import re

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from autodebit import tasks
from autodebit.actions import progress
from autodebit.actions.results import LARGEST_ANSWER
from autodebit.labels import READ_STEPS, VERDICT
from autodebit.models import ResultFile
from autodebit.rules.matching import Verdict
from config import clock
from registry.models import AuditEvent
from tests.autodebit.population import make_staff
from tests.month import (
    ANSWERED_AT,
    Said,
    an_operator,
    answer_file,
    applied,
    apply_file,
    delivered_batch,
    previewed,
    received,
    references,
    sealed_batch,
)
from tests.staff_client import client_of

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r'name="form_token" value="(\w+)"')


@pytest.fixture(autouse=True)
def the_day_after_payday(monkeypatch, settings):
    monkeypatch.setattr(clock, "_from_file", lambda: None)
    settings.APP_NOW = ANSWERED_AT


@pytest.fixture
def queue(monkeypatch) -> list:
    """What the pages asked the queue for, instead of a broker."""
    asked = []
    for task in (tasks.read_result, tasks.apply_result):
        monkeypatch.setattr(task, "delay", lambda file_id, name=task.name: asked.append((name, file_id)))
    return asked


@pytest.fixture
def batch():
    return delivered_batch(4)


@pytest.fixture
def office(batch):
    return client_of(an_operator())


def text_of(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def url(name: str, *args) -> str:
    return reverse(f"office-{name}", args=args)


def token_of(client, page: str) -> str:
    return TOKEN.search(client.get(page).content.decode())[1]


def upload(client, batch, data: bytes, name: str = "HASIL.csv"):
    page = url("answer-upload", batch.pk)
    given = SimpleUploadedFile(name, data)
    return client.post(page, {"form_token": token_of(client, page), "format": "result_csv", "file": given})


def mixed(batch) -> dict:
    one, two, three, _ = references(batch)
    return {
        one: "succeeded",
        two: "failed AM04",
        three: Said("failed", "ZZ99"),
        "TIDAKDIKENAL0001": "succeeded",
    }


def test_every_meaning_of_a_line_has_words():
    assert set(VERDICT) == set(Verdict)


def test_an_upload_is_kept_and_the_queue_is_told(batch, office, queue, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = upload(office, batch, answer_file(batch), "../../HASIL hari ini.csv")
    file = ResultFile.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, url("answer", file.pk))
    assert (file.state, file.name, file.received_by) == ("received", "HASIL_hari_ini.csv", an_operator())
    assert queue == [("autodebit.tasks.read_result", str(file.pk))]
    page = office.get(url("answer", file.pk))
    assert page["Refresh"] == "3" and "memuat ulang sendiri" in text_of(page)


def test_progress_is_shown_while_the_file_is_read(batch, office):
    file = received(batch, answer_file(batch))
    progress.say(file.pk, 2, READ_STEPS)
    assert f"{READ_STEPS[1]} Langkah 2 dari 3" in text_of(office.get(url("answer", file.pk)))
    progress.done(file.pk)


def test_the_dry_run_shows_counts_rupiah_and_reasons_in_plain_words(batch, office):
    file = previewed(batch, answer_file(batch, mixed(batch)))
    page = office.get(url("answer", file.pk))
    said = text_of(page)
    assert "Refresh" not in page
    assert "Berhasil 1 Rp8.400" in said and "Gagal 2 Rp16.800" in said and "Belum dijawab 1 Rp8.400" in said
    assert "Rujukan tidak dikenal 1 Rp16.800" in said and "Jumlahnya berbeda 0 Rp0" in said
    assert "Saldo" in said and "AM04" in said
    assert "Kode tidak dikenal Periksa ZZ99" in said
    assert "Yang akan dicatat berhasil: Rp8.400" in said


def test_the_typed_figure_applies_it_and_another_is_refused(
    batch, office, queue, django_capture_on_commit_callbacks
):
    file = previewed(batch, answer_file(batch, mixed(batch)))
    page = url("answer", file.pk)
    said = {"form_token": token_of(office, page), "typed_total": "8.401"}
    refused = office.post(url("answer-apply", file.pk), said)
    assert "tidak sama" in text_of(refused) and 'value="8.401"' in refused.content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        answer = office.post(url("answer-apply", file.pk), {**said, "typed_total": "Rp8.400"})
    assert answer["Location"] == page
    assert queue == [("autodebit.tasks.apply_result", str(file.pk))]
    assert office.get(page)["Refresh"] == "3"
    tasks.apply_result(str(file.pk))
    done = text_of(office.get(page))
    assert "Sudah diterapkan" in done and "3 baris dicatat" in done and "Ketik" not in done


def test_without_a_success_the_number_of_lines_is_typed(batch, office):
    file = previewed(batch, answer_file(batch, {references(batch)[0]: "failed AM04"}))
    assert "Jumlah barisnya 1." in text_of(office.get(url("answer", file.pk)))
    form = {"form_token": token_of(office, url("answer", file.pk)), "typed_total": "1"}
    office.post(url("answer-apply", file.pk), form)
    tasks.apply_result(str(file.pk))
    assert ResultFile.objects.get().state == "applied"


def test_a_file_that_cannot_be_trusted_says_why(batch, office):
    file = previewed(batch, answer_file(batch)[:-20])
    said = text_of(office.get(url("answer", file.pk)))
    assert file.state == "quarantined" and file.reason in said
    assert "Terapkan jawaban" not in said and "Tolak berkas" not in said


def test_the_same_bytes_lead_to_the_file_that_is_there(batch, office, queue):
    file = previewed(batch, answer_file(batch))
    assert upload(office, batch, answer_file(batch))["Location"] == url("answer", file.pk)
    assert "sudah pernah diunggah" in text_of(office.get(url("answer", file.pk)))
    assert ResultFile.objects.count() == 1


def test_a_batch_that_was_not_handed_over_takes_no_answer():
    sealed = sealed_batch(1)
    client = client_of(an_operator())
    assert "Unggah jawaban bank" not in text_of(client.get(url("batch-detail", sealed.pk)))
    assert "setelah berkas kumpulan ini diserahkan" in text_of(upload(client, sealed, b"x"))
    assert not ResultFile.objects.exists()


def test_an_answer_may_be_larger_than_a_paper_and_nginx_lets_it_through(batch, office, queue):
    large = answer_file(batch) + b"x" * (11 * 1024 * 1024)
    upload(office, batch, large)
    assert ResultFile.objects.get().document.size == len(large)
    nginx = (settings.BASE_DIR / "config" / "nginx.conf").read_text()
    assert int(re.search(r"client_max_body_size (\d+)m;", nginx)[1]) * 2**20 > LARGEST_ANSWER


def test_without_a_file_or_format_the_form_says_so(batch, office):
    page = url("answer-upload", batch.pk)
    said = text_of(office.post(page, {"form_token": token_of(office, page)}))
    assert "Pilih bentuk jawaban." in said and "Pilih berkas jawaban dari bank." in said


def test_a_refused_file_stays_and_may_come_again(batch, office):
    file = previewed(batch, answer_file(batch))
    page = url("answer-refuse", file.pk)
    token = token_of(office, page)
    assert "Terlalu singkat" in text_of(office.post(page, {"form_token": token, "reason": "x"}))
    office.post(page, {"form_token": token, "reason": "Bank mengirim berkas pengganti"})
    assert "Alasan: Bank mengirim berkas pengganti" in text_of(office.get(url("answer", file.pk)))
    assert upload(office, batch, answer_file(batch))["Location"] != url("answer", file.pk)


def test_unmatched_lines_are_handed_back_in_the_bank_s_own_layout(batch, office):
    file = previewed(batch, answer_file(batch, mixed(batch)))
    answer = office.get(url("answer-back", file.pk))
    assert answer["Content-Disposition"] == 'attachment; filename="KEMBALI_HASIL.csv"'
    assert answer["Cache-Control"] == "no-store"
    titles, line, *_ = answer.content.decode().split("\r\n")
    assert "TIDAKDIKENAL0001" in line and titles == answer_file(batch).decode().split("\r\n")[0]
    assert not any(reference in answer.content.decode() for reference in references(batch))
    assert AuditEvent.objects.filter(event="result.handed_back").get().detail["lines"] == 1


def test_with_nothing_to_hand_back_the_page_says_so(batch, office):
    file = previewed(batch, answer_file(batch))
    assert "Unduh baris" not in text_of(office.get(url("answer", file.pk)))
    assert office.get(url("answer-back", file.pk))["Location"] == url("answer", file.pk)


def test_lists_show_one_meaning_with_our_amount_beside_the_bank_s(batch, office):
    one = references(batch)[0]
    file = previewed(batch, answer_file(batch, {one: Said("succeeded", amount=5_000)}))
    said = text_of(office.get(url("answer-lines", file.pk) + "?arti=wrong_amount"))
    assert f"{one} 2 Berhasil" in said and "Rp5.000 Rp8.400 Di bank" in said
    assert office.get(url("answer-lines", file.pk) + "?arti=lain").status_code == 404
    missing = text_of(office.get(url("answer-missing", file.pk)))
    assert one not in missing and all(other in missing for other in references(batch)[1:])


def test_a_code_that_no_column_can_hold_is_not_found(batch, office):
    file = previewed(batch, answer_file(batch))
    asked = {"arti": "applies", "kode": "\x00"}
    assert office.get(reverse("office-answer-lines", args=[file.pk]), asked).status_code == 404


def test_the_batch_page_lists_the_answers_and_what_still_waits(batch, office):
    applied(batch, mixed(batch))
    said = text_of(office.get(url("batch-detail", batch.pk)))
    assert "HASIL.csv" in said and "Menunggu jawaban: 1 baris." in said and "Unggah jawaban bank" in said


@pytest.mark.parametrize("role", ["labour_viewer", "auditor", "labour_approver"])
def test_others_look_and_change_nothing(batch, role):
    file = previewed(batch, answer_file(batch, mixed(batch)))
    client = client_of(make_staff("penonton", role))
    said = text_of(client.get(url("answer", file.pk)))
    assert "Gagal 2 Rp16.800" in said and "Terapkan jawaban" not in said and "Unduh baris" not in said
    for name in ("answer-apply", "answer-refuse", "answer-back"):
        assert client.post(url(name, file.pk)).status_code in (403, 405)
    assert client.get(url("answer-upload", batch.pk)).status_code == 403


def test_pages_ask_the_database_as_often_for_many_lines_as_for_few():
    wide = delivered_batch(205)
    first, *others = references(wide)
    assert counted(wide, [first]) == counted(wide, others[:200])


def counted(batch, failed: list[str]) -> list[int]:
    """Queries of each page of an applied answer with these lines failed, and as many that nobody knows."""
    strange = {f"TIDAKADA{number:08d}": "failed AM04" for number in range(len(failed))}
    data = answer_file(batch, dict.fromkeys(failed, "failed AM04") | strange)
    file = apply_file(previewed(batch, data))
    client = client_of(an_operator())
    lines = url("answer-lines", file.pk)
    numbers = []
    for page in (
        url("answer", file.pk),
        f"{lines}?arti=applies",
        f"{lines}?arti=unknown",
        url("answer-missing", file.pk),
    ):
        client.get(page)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page).status_code == 200
        numbers.append(len(queries))
    return numbers
