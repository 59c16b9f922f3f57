"""The treasurer's page: totals of the own OPD, the word about the salary, and nobody's name."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from autodebit.actions import gate
from autodebit.actions.approval import reopen
from autodebit.models import Batch, SalaryConfirmation
from config import clock
from registry.models import City, Opd, RoleAssignment
from tests.autodebit import payday
from tests.autodebit.payday import MORNING, NOON, landed, opd_id, treasurer
from tests.autodebit.population import AFTER, PERIOD, make_staff
from tests.month import sealed
from tests.staff_client import client_of

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r'name="form_token" value="(\w+)"')
PAGE = "/kantor/gaji/"


@pytest.fixture(autouse=True)
def on_payday(monkeypatch, settings):
    monkeypatch.setattr(clock, "_from_file", lambda: None)
    settings.APP_NOW = MORNING
    payday.gate_on()


@pytest.fixture
def client():
    return client_of(treasurer("DISDIK"))


def text_of(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def address(code: str = "DISDIK", period: str = PERIOD) -> str:
    return reverse("treasury-confirm", args=[period, opd_id(code)])


def post(client, where: str, **fields):
    token = TOKEN.search(client.get(where).content.decode())[1]
    return client.post(where, {"form_token": token, **fields})


def test_a_treasurer_sees_lines_and_rupiah_of_the_own_office_and_until_when(client):
    payday.frozen("DISDIK", "DISDIK", "DINKES")
    page = text_of(client.get(PAGE))
    assert "Desember 2026 Dinas Pendidikan" in page and "Belum dinyatakan" in page
    assert "Potongan bulan ini 2 Jumlah Rp16.800" in page
    assert "Selasa, 1 Desember 2026 pukul 12.00 WIB" in page
    assert "Dinas Kesehatan" not in page


def test_no_name_mandate_or_account_is_on_the_page(client):
    batch = payday.frozen("DISDIK")
    line = batch.attempts.get()
    content = client.get(PAGE).content.decode() + client.get(address()).content.decode()
    for secret in (line.account_holder, line.mandate_number, line.reference, "0000000001"):
        assert secret not in content


def test_units_below_are_listed_with_their_own_totals(client):
    unit = payday.unit_of("DISDIK", "SD-CONTOH")
    payday.frozen("DISDIK", unit.code)
    page = text_of(client.get(PAGE))
    assert "bersama unit di bawahnya 2 Jumlah Rp16.800" in page
    assert f"{unit.name} Belum dinyatakan 1 Rp8.400" in page


def test_the_salary_is_said_to_have_landed(client):
    payday.frozen("DISDIK")
    answer = post(client, address(), landed_on="01-12-2026")
    assert (answer.status_code, answer.url) == (302, PAGE)
    page = text_of(client.get(PAGE))
    assert "Gaji masuk 1 Desember 2026, dinyatakan" in page and "Cabut pernyataan" in page
    assert SalaryConfirmation.objects.get().landed_on == payday.PAYDAY


@pytest.mark.parametrize("typed", ["", "31-02-2026", "02-12-2026", "kemarin"])
def test_an_impossible_day_is_asked_again(client, typed):
    answer = post(client, address(), landed_on=typed)
    assert answer.status_code == 200 and "Ada yang perlu diperbaiki" in text_of(answer)
    assert not SalaryConfirmation.objects.exists()


def test_the_same_form_sent_twice_leads_to_the_same_page(client):
    token = TOKEN.search(client.get(address()).content.decode())[1]
    body = {"form_token": token, "landed_on": "01-12-2026"}
    assert client.post(address(), body).url == client.post(address(), body).url
    assert client.post(address(), {**body, "landed_on": "30-11-2026"}).status_code == 409
    assert SalaryConfirmation.objects.count() == 1


def test_a_word_is_withdrawn_and_given_again(client):
    payday.frozen("DISDIK")
    post(client, address(), landed_on="01-12-2026")
    word = SalaryConfirmation.objects.get()
    answer = post(client, reverse("treasury-withdraw", args=[word.pk]))
    assert answer.url == PAGE
    assert "Belum dinyatakan" in text_of(client.get(PAGE))
    post(client, address(), landed_on="01-12-2026")
    assert SalaryConfirmation.objects.filter(withdrawn_at=None).count() == 1


def test_after_sealing_the_word_stands(client):
    approvers = [make_staff(f"penyetuju{number}", "labour_approver") for number in (1, 2)]
    batch = payday.frozen("DISDIK")
    post(client, address(), landed_on="01-12-2026")
    sealed(payday.approved(batch, approvers, NOON), now=NOON)
    assert "Cabut pernyataan" not in text_of(client.get(PAGE))
    where = reverse("treasury-withdraw", args=[SalaryConfirmation.objects.get().pk])
    assert post(client, where).url == PAGE
    assert "sudah ada dalam berkas bank yang disegel" in text_of(client.get(PAGE))


def test_another_office_is_not_there(client):
    word = landed("DINKES", treasurer("DINKES"))
    assert client.get(address("DINKES")).status_code == 404
    assert client.post(address("DINKES"), {"landed_on": "01-12-2026"}).status_code == 404
    assert client.get(reverse("treasury-withdraw", args=[word.pk])).status_code == 404
    assert client.get(reverse("treasury-withdraw", args=[word.pk + 99])).status_code == 404


@pytest.mark.parametrize("period", ["2026-13", "desember", "2026-1"])
def test_a_month_that_does_not_exist_is_not_there(client, period):
    assert client.get(address(period=period)).status_code == 404


def test_a_head_sees_the_totals_and_no_button():
    payday.frozen("DISDIK")
    client = client_of(treasurer("DISDIK", "opd_head"))
    page = text_of(client.get(PAGE))
    assert "Rp8.400" in page and "Nyatakan" in page and "Gaji sudah masuk" not in page
    assert client.get(address()).status_code == 403


def test_a_treasurer_of_one_office_who_heads_another_speaks_for_the_first_alone():
    payday.frozen("DISDIK", "DINKES")
    person = treasurer("DISDIK")
    RoleAssignment.objects.create(user=person, role="opd_head", opd=Opd.objects.get(code="DINKES"))
    client = client_of(person)
    content = client.get(PAGE).content.decode()
    assert "Dinas Kesehatan" in content
    assert address("DISDIK") in content and address("DINKES") not in content
    assert client.get(address("DINKES")).status_code == 404


def test_others_have_no_such_page():
    assert client_of(make_staff("op", "labour_operator")).get(PAGE).status_code == 403


def test_without_the_policy_the_page_says_so(client):
    City.objects.update(salary_gate="off")
    payday.frozen("DISDIK")
    page = text_of(client.get(PAGE))
    assert "tidak memakai gerbang gaji" in page and "Rp8.400" in page and "Gaji sudah masuk" not in page


def test_what_the_office_decided_is_told(client):
    payday.frozen("DISDIK")
    operator = make_staff("op", "labour_operator")
    said = {"opd_id": opd_id("DISDIK"), "period": PERIOD, "decision": "wait", "reason": "Gaji menyusul"}
    gate.decide(by=operator, now=NOON, **said)
    assert "Menunggu Diputuskan dinas tenaga kerja: Gaji menyusul" in text_of(client.get(PAGE))


def test_the_coming_month_is_there_as_soon_as_it_was_cut(client, settings):
    settings.APP_NOW = AFTER
    assert "Desember 2026" not in text_of(client.get(PAGE))
    payday.frozen("DISDIK")
    assert Batch.objects.exists() and "Desember 2026" in text_of(client.get(PAGE))


def test_the_page_asks_the_database_as_often_for_one_unit_as_for_three(client):
    units = [payday.unit_of("DISDIK", f"SD-CONTOH-{number}") for number in range(3)]
    payday.frozen(units[0].code)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        client.get(PAGE)
    payday.make_mandates([payday.MandateSpec(opd=unit.code) for unit in units])
    batch, operator = Batch.objects.get(), make_staff("op", "labour_operator")
    reopen(batch_id=batch.pk, reason="Disusun ulang", by=operator, now=MORNING)
    payday.built(batch, MORNING)
    with CaptureQueriesContext(connection) as three:
        page = text_of(client.get(PAGE))
    assert units[2].name in page and len(three) == len(one)
