import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from autodebit.models import Attempt, Entry, FollowUp, Obligation
from config import clock
from sponsorship.models import Mandate
from tests.at_state import photo_of
from tests.autodebit.population import make_staff
from tests.month import RETURNED_AT, Said, an_operator, answered_batch, applied, delivered_batch
from tests.staff_client import client_of

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r'name="form_token" value="(\w+)"')


@pytest.fixture(autouse=True)
def the_week_after(monkeypatch, settings):
    monkeypatch.setattr(clock, "_from_file", lambda: None)
    settings.APP_NOW = RETURNED_AT


@pytest.fixture
def closed():
    """A mandate suspended by a hard code."""
    answered_batch(1, ["failed AC04"])
    return FollowUp.objects.get()


@pytest.fixture
def silent():
    """A line without an answer, and its follow-up."""
    batch = delivered_batch(1)
    Attempt.objects.update(state="unknown")
    return FollowUp.objects.create(
        kind="unknown_answer", profile=batch.profile, period=batch.period, attempt=batch.attempts.get(),
        amount=8_400, opened_at=RETURNED_AT,
    )  # fmt: skip


def text_of(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def url(name: str, *args) -> str:
    return reverse(f"office-{name}", args=args)


def token_of(client, page: str) -> str:
    return TOKEN.search(client.get(page).content.decode())[1]


def test_without_work_the_list_says_so():
    page = text_of(client_of(make_staff("operator", "labour_operator")).get(url("follow-ups")))
    assert "Tidak ada tindak lanjut" in page


def test_a_made_up_month_in_the_address_lists_nothing_and_breaks_nothing():
    client = client_of(make_staff("operator", "labour_operator"))
    for month in ("bukan-bulan", "\x00"):
        assert client.get(url("follow-ups"), {"bulan": month}).status_code == 200


def test_the_list_names_kind_line_office_and_since_when(closed):
    client = client_of(an_operator())
    said = text_of(client.get(url("follow-ups")))
    assert f"Surat kuasa ditangguhkan oleh jawaban bank {closed.attempt.reference}" in said
    assert "Desember 2026 2 Desember 2026 Rp8.400" in said and "(1)" in said
    assert "Tidak ada tindak lanjut" in text_of(client.get(url("follow-ups") + "?jenis=receivable"))
    assert closed.attempt.reference in text_of(client.get(url("follow-ups") + "?bulan=2026-12"))
    assert "Tidak ada tindak lanjut" in text_of(client.get(url("follow-ups") + "?status=done"))


def test_a_case_shows_what_the_bank_said_and_is_settled(closed):
    client = client_of(an_operator())
    page = url("follow-up", closed.pk)
    said = text_of(client.get(page))
    assert "Kata bank Gagal, Rp8.400, AC04:" in said and "Surat kuasa saat ini Ditangguhkan" in said
    assert closed.attempt.account not in said
    form = {
        "form_token": token_of(client, page),
        "outcome": "mandate_resumed",
        "reason": "Rekening dibuka lagi",
    }
    answer = client.post(url("follow-up-settle", closed.pk), form)
    assert answer["Location"] == page
    done = text_of(client.get(page))
    assert "Penyelesaian Surat kuasa dilanjutkan" in done and "Rekening dibuka lagi" in done
    assert Mandate.objects.get().state == "active"
    assert client.post(url("follow-up-settle", closed.pk), form)["Location"] == page
    assert closed.attempt.reference in text_of(client.get(url("follow-ups") + "?status=done"))


def test_what_is_missing_is_said_at_its_field_and_nothing_is_lost(closed):
    client = client_of(an_operator())
    form = {"form_token": token_of(client, url("follow-up", closed.pk)), "outcome": "", "reason": "ya"}
    answer = client.post(url("follow-up-settle", closed.pk), form)
    said = text_of(answer)
    assert (
        "Pilih penyelesaiannya." in said
        and "Terlalu singkat" in said
        and ">\nya</textarea>" in answer.content.decode()
    )
    Mandate.objects.update(state="active")
    refused = client.post(
        url("follow-up-settle", closed.pk), {**form, "outcome": "mandate_resumed", "reason": "Sudah benar"}
    )
    assert "tidak sedang ditangguhkan" in text_of(refused)


def test_the_bank_s_word_is_recorded_from_the_case_and_ends_it(silent):
    client = client_of(an_operator())
    case = client.get(url("follow-up", silent.pk)).content.decode()
    page = f"{url('line-answer', silent.attempt_id)}?dari={silent.pk}"
    assert page in case and "Selesaikan" not in case
    form = {
        "form_token": token_of(client, page), "outcome": "succeeded", "reason": "Surat bank nomor 12",
    }  # fmt: skip
    assert "Unggah bukti dari bank." in text_of(client.post(page, form))
    paper = SimpleUploadedFile("surat.jpg", photo_of("Surat bank"))
    answer = client.post(page, {**form, "evidence": paper})
    assert answer["Location"] == url("follow-up", silent.pk)
    done = text_of(client.get(url("follow-up", silent.pk)))
    assert "Jawaban bank sudah dicatat" in done and "Surat bank nomor 12" in done
    assert Entry.objects.get().hand_answer is not None
    assert "sudah tercatat" not in done


@pytest.fixture
def disputed():
    """A line that failed and of which the bank now says that it succeeded."""
    batch = answered_batch(1, ["failed AM04"])
    applied(batch, {batch.attempts.get().reference: "succeeded"}, now=RETURNED_AT)
    return FollowUp.objects.get(kind="contradiction")


def test_a_failure_that_the_bank_contradicts_is_proven_with_its_paper(disputed):
    client = client_of(an_operator())
    case = client.get(url("follow-up", disputed.pk))
    page = f"{url('line-answer', disputed.attempt_id)}?dari={disputed.pk}"
    assert page in case.content.decode()
    said = text_of(case)
    assert "Jawaban yang tercatat tetap berlaku; yang tercatat gagal dapat ditagih lagi" in said
    assert "Jawaban bank sudah dicatat" not in said and "Belum dapat dicatat" not in said
    asked = text_of(client.get(page))
    assert "bank membuktikan bahwa potongan ini terjadi" in asked and "Baris ini tercatat gagal" in asked
    form = {"form_token": token_of(client, page), "outcome": "succeeded", "reason": "Surat bank nomor 12"}
    assert "Unggah bukti dari bank." in text_of(client.post(page, form))
    assert Attempt.objects.get().state == "failed"
    paper = SimpleUploadedFile("surat.jpg", photo_of("Surat bank"))
    assert client.post(page, {**form, "evidence": paper})["Location"] == url("follow-up", disputed.pk)
    assert Attempt.objects.get().state == "succeeded" and Entry.objects.get().hand_answer is not None
    assert "Penyelesaian Jawaban bank sudah dicatat" in text_of(client.get(url("follow-up", disputed.pk)))


def test_what_cannot_be_proven_now_says_why_and_is_not_offered(disputed):
    Obligation.objects.update(state="written_off")
    client = client_of(an_operator())
    case = client.get(url("follow-up", disputed.pk))
    assert "sudah tidak ditagih" in text_of(case) and "Catat jawaban bank" not in text_of(case)
    page = f"{url('line-answer', disputed.attempt_id)}?dari={disputed.pk}"
    assert client.get(page)["Location"] == url("follow-up", disputed.pk)


def test_a_line_that_is_answered_is_not_asked_about_again(closed):
    client = client_of(an_operator())
    page = url("line-answer", closed.attempt_id)
    assert client.get(page)["Location"] == url("batch-detail", closed.attempt.batch_id)


def test_a_case_that_is_not_there_is_not_found(closed):
    client = client_of(an_operator())
    for name in ("follow-up", "line-answer", "answer"):
        assert (
            client.get(url(name, closed.pk if name != "follow-up" else closed.attempt_id)).status_code == 404
        )


@pytest.mark.parametrize("role", ["labour_viewer", "auditor", "labour_approver"])
def test_others_look_and_change_nothing(closed, role):
    client = client_of(make_staff("penonton", role))
    assert "Selesaikan" not in text_of(client.get(url("follow-up", closed.pk)))
    assert client.get(url("follow-ups")).status_code == 200
    assert client.post(url("follow-up-settle", closed.pk)).status_code == 403
    assert client.get(url("line-answer", closed.attempt_id)).status_code == 403


def test_the_list_asks_the_database_as_often_for_fifty_cases_as_for_one():
    answered_batch(201, ["failed AC04"] + [Said("succeeded", amount=1)] * 200)
    client = client_of(an_operator())
    numbers = []
    for kind in ("hard_code", "wrong_amount"):
        page = f"{url('follow-ups')}?jenis={kind}"
        client.get(page)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page).status_code == 200
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]
