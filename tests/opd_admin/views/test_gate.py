"""The labour office's page of the salary gate, narrowing, and the button of the next wave."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from autodebit import tasks
from autodebit.actions.approval import reopen
from autodebit.models import Batch, GateDecision
from config import clock
from registry.models import City
from tests.autodebit import payday
from tests.autodebit.payday import MORNING, NEXT_DAY, NOON, landed, opd_id, treasurer
from tests.autodebit.population import PERIOD, make_staff
from tests.staff_client import client_of

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r'name="form_token" value="(\w+)"')
PAGE = f"/kantor/bulan/{PERIOD}/gaji/"
DECIDE = f"{PAGE}putuskan/"


@pytest.fixture(autouse=True)
def on_payday(monkeypatch, settings):
    monkeypatch.setattr(clock, "_from_file", lambda: None)
    settings.APP_NOW = NOON
    payday.gate_on()


@pytest.fixture
def operator():
    return make_staff("operator", "labour_operator")


@pytest.fixture
def approvers():
    return make_staff("penyetuju1", "labour_approver"), make_staff("penyetuju2", "labour_approver")


@pytest.fixture
def client(operator):
    return client_of(operator)


def text_of(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def post(client, where: str, form_page: str = "", **fields):
    token = TOKEN.search(client.get(form_page or where).content.decode())[1]
    return client.post(where, {"form_token": token, **fields})


def url(name: str, batch: Batch) -> str:
    return reverse(f"office-batch-{name}", args=[batch.pk])


def test_the_page_shows_who_confirmed_who_has_not_and_who_has_no_treasurer(client):
    payday.frozen("DISDIK", "DINKES", "DINKES")
    landed("DISDIK", treasurer("DISDIK"))
    page = text_of(client.get(PAGE))
    assert "Gaji sudah masuk 1 OPD 1 potongan, Rp8.400" in page
    assert "Belum dinyatakan 1 OPD 2 potongan, Rp16.800" in page
    assert "Dinas Kesehatan Belum dinyatakan Belum ada bendahara yang terdaftar. 2 Rp16.800" in page
    assert page.index("Dinas Kesehatan Belum") < page.index("Dinas Pendidikan Gaji sudah masuk")


def test_before_the_deadline_the_page_offers_no_decision(client, settings):
    settings.APP_NOW = MORNING
    payday.frozen("DISDIK")
    page = text_of(client.get(PAGE))
    assert "sampai Selasa, 1 Desember 2026 pukul 12.00 WIB" in page and "Simpan keputusan" not in page


def test_several_offices_are_decided_at_once_with_one_reason(client, operator):
    payday.frozen("DISDIK", "DINKES", "SETDA")
    landed("SETDA", treasurer("SETDA"))
    chosen = [str(opd_id("DISDIK")), str(opd_id("DINKES"))]
    answer = post(client, DECIDE, PAGE, offices=chosen, decision="wait", reason="Gaji menyusul Kamis")
    assert (answer.status_code, answer.url) == (302, PAGE)
    assert set(GateDecision.objects.values_list("opd__code", "decision", "by")) == {
        ("DISDIK", "wait", operator.pk),
        ("DINKES", "wait", operator.pk),
    }
    page = text_of(client.get(PAGE))
    assert "Keputusan untuk 2 OPD dicatat." in page
    assert "Menunggu Gaji menyusul Kamis (Contoh Operator" in page


@pytest.mark.parametrize(
    "said",
    [
        {"offices": [], "decision": "wait", "reason": "Gaji menyusul"},
        {"offices": ["0"], "decision": "wait", "reason": "Gaji menyusul"},
        {"decision": "later", "reason": "Gaji menyusul"},
        {"decision": "wait", "reason": "x"},
    ],
)
def test_an_incomplete_decision_is_asked_again(client, said):
    payday.frozen("DISDIK")
    fields = {"offices": [str(opd_id("DISDIK"))], **said}
    answer = post(client, DECIDE, PAGE, **fields)
    assert answer.status_code == 200 and "Ada yang perlu diperbaiki" in text_of(answer)
    assert not GateDecision.objects.exists()


def test_others_of_the_office_look_and_do_not_decide(approvers):
    payday.frozen("DISDIK")
    client = client_of(approvers[0])
    page = client.get(PAGE)
    assert page.status_code == 200 and "Simpan keputusan" not in text_of(page)
    assert client.post(DECIDE, {}).status_code == 403
    assert client_of(treasurer("DISDIK")).get(PAGE).status_code == 403


def test_without_the_policy_or_without_lines_the_page_says_so(client):
    assert "Belum ada potongan bulan ini" in text_of(client.get(PAGE))
    City.objects.update(salary_gate="off")
    payday.frozen("DISDIK")
    page = text_of(client.get(PAGE))
    assert "tidak memakai gerbang gaji" in page and "Persempit" not in page and "Rp8.400" in page
    assert client.get("/kantor/bulan/2026-99/gaji/").status_code == 404


def test_an_operator_narrows_after_seeing_what_leaves_and_what_stays(client):
    batch = payday.frozen("DISDIK", "DINKES", "DINKES")
    landed("DISDIK", treasurer("DISDIK"))
    page = text_of(client.get(url("narrow", batch)))
    assert "Dilepas 2 potongan Rp16.800 Tetap ikut 1 potongan Rp8.400" in page
    answer = post(client, url("narrow", batch))
    assert answer.url == url("detail", batch)
    batch.refresh_from_db()
    assert (batch.revision, batch.count) == (2, 1)
    shown = text_of(client.get(url("detail", batch)))
    assert "Dipersempit karena gaji belum masuk" in shown and "Menunggu gaji dipastikan masuk 2" in shown
    assert "tidak perlu dilepas" not in shown


def test_a_batch_that_cannot_be_narrowed_offers_no_button(client):
    batch = payday.frozen("DISDIK")
    assert "Belum ada OPD dalam kumpulan ini" in text_of(client.get(url("narrow", batch)))
    answer = client.post(url("narrow", batch), {"form_token": "x"})
    assert answer.url == url("detail", batch)
    assert "tidak ada potongan yang tersisa" in text_of(client.get(answer.url))
    landed("DISDIK", treasurer("DISDIK"))
    assert "Tidak ada yang perlu dilepas" in text_of(client.get(url("narrow", batch)))


def test_the_batch_page_leads_to_gate_and_narrowing_only_with_the_policy(client):
    batch = payday.frozen("DISDIK")
    assert url("narrow", batch) in client.get(url("detail", batch)).content.decode()
    City.objects.update(salary_gate="off")
    assert url("narrow", batch) not in client.get(url("detail", batch)).content.decode()


def test_an_approver_reads_why_the_gate_holds_the_batch_up(approvers):
    batch = payday.frozen("DISDIK")
    client = client_of(approvers[0])
    page = client.get(url("approve", batch))
    assert "Gaji belum dipastikan masuk: Dinas Pendidikan" in text_of(page)
    assert "typed_total" not in page.content.decode()
    typed = {"revision": "1", "content_hash": batch.content_hash, "typed_total": "8400"}
    answer = client.post(url("approve", batch), {**typed, "form_token": "a" * 32})
    assert answer.status_code == 409
    assert "Gaji belum dipastikan masuk: Dinas Pendidikan" in text_of(answer)


@pytest.fixture
def delivered(operator, approvers):
    City.objects.update(salary_gate="off")
    batch = payday.delivered(payday.frozen("DISDIK", "DINKES"), approvers, operator)
    payday.answer_all(batch, "failed", "AM04")
    return batch


def test_an_operator_opens_the_next_wave_and_the_queue_is_told(
    client, delivered, settings, monkeypatch, django_capture_on_commit_callbacks
):
    settings.APP_NOW = NEXT_DAY
    asked = []
    monkeypatch.setattr(tasks.build_batch, "delay", asked.append)
    with django_capture_on_commit_callbacks(execute=True):
        answer = post(client, url("wave", delivered), url("detail", delivered))
    wave = Batch.objects.get(wave=2)
    assert answer.url == url("detail", wave) and asked == [str(wave.pk)]
    tasks.build_batch(str(wave.pk))
    page = text_of(client.get(answer.url))
    assert "Potongan Desember 2026, gelombang 2" in page
    assert url("wave", delivered) not in client.get(url("detail", delivered)).content.decode()


def test_with_nothing_to_try_the_page_says_why(client, delivered, settings):
    settings.APP_NOW = NEXT_DAY
    delivered.attempts.update(code="AC04")
    answer = post(client, url("wave", delivered), url("detail", delivered))
    assert answer.url == url("detail", delivered)
    assert "Tidak ada potongan Desember 2026 yang dapat ditagih lagi" in text_of(client.get(answer.url))


def test_others_open_no_wave(delivered, approvers):
    client = client_of(approvers[0])
    assert url("wave", delivered) not in client.get(url("detail", delivered)).content.decode()
    assert client.post(url("wave", delivered)).status_code == 403


def test_the_page_asks_the_database_as_often_for_one_office_as_for_three(client, operator):
    payday.frozen("DISDIK")
    client.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        client.get(PAGE)
    payday.make_mandates([payday.MandateSpec(opd=code) for code in ("DINKES", "SETDA")])
    batch = Batch.objects.get()
    reopen(batch_id=batch.pk, reason="Disusun ulang", by=operator, now=NOON)
    payday.built(batch, NOON)
    with CaptureQueriesContext(connection) as three:
        page = text_of(client.get(PAGE))
    assert "Sekretariat Daerah" in page and len(three) == len(one)
