"""The month board: one glance says where the month is, what is missing, and whose turn it is."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config import clock
from registry.rules.roles import Role
from tests.at_state import staff
from tests.autodebit.population import AFTER, CUTOFF, MandateSpec, make_mandates
from tests.month import answered_batch, approved, delivered_batch, frozen_batch
from tests.staff_client import client_of

pytestmark = pytest.mark.django_db
BOARD = "/kantor/bulan/2026-12/"


@pytest.fixture
def at(monkeypatch, settings):
    monkeypatch.setattr(clock, "_from_file", lambda: None)

    def stand(moment: datetime):
        settings.APP_NOW = moment

    stand(AFTER)
    return stand


@pytest.fixture
def viewer():
    return client_of(staff("pengamat", Role.LABOUR_VIEWER))


def where(client) -> dict:
    return client.get(BOARD).context["banks"][0]["where"]


def test_a_month_that_waits_for_approval_says_so_with_figures_and_deadline(viewer, at):
    frozen_batch(3)
    page = viewer.get(BOARD)
    step = page.context["banks"][0]["where"]
    assert (step["label"], step["state"]) == ("Menyetujui", "Giliran sekarang")
    assert step["missing"] == ("Gelombang 1 menunggu 2 persetujuan: 3 potongan, Rp25.200.",)
    assert step["deadline"] == "Senin, 30 November 2026, 12.00 WIB"
    assert "Papan Desember 2026" in page.content.decode()


def test_what_is_late_is_first_and_red(viewer, at):
    approved(frozen_batch(1))
    at(datetime(2026, 11, 30, 9, 0, tzinfo=UTC))
    step = where(viewer)
    assert (step["label"], step["state"]) == ("Menyegel berkas", "Terlambat")
    assert '<p class="missing">Gelombang 1 sudah disetujui dan belum disegel.</p>' in " ".join(
        viewer.get(BOARD).content.decode().split()
    ).replace("> <", "><").replace('class="missing" >', 'class="missing">')


def test_an_approver_reads_that_it_is_their_turn(at):
    frozen_batch(1)
    page = client_of(staff("penyetuju", Role.LABOUR_APPROVER)).get(BOARD)
    assert [step["label"] for step in page.context["banks"][0]["steps"] if step["yours"]] == ["Menyetujui"]


def test_a_delivered_month_waits_for_the_bank_and_an_answered_one_for_the_statement(viewer, at):
    delivered_batch(2)
    assert where(viewer)["label"] == "Menerima jawaban bank"


def test_an_answered_month_shows_the_money_of_its_books(viewer, at):
    answered_batch(2)
    at(datetime(2026, 12, 2, 4, 0, tzinfo=UTC))
    bank = viewer.get(BOARD).context["banks"][0]
    assert bank["money"][0] == ("Terpotong", "Rp16.800")
    assert ("Harus disetor", "Rp16.800") in bank["money"]


def test_a_month_nobody_built_names_what_is_missing(viewer, at):
    make_mandates([MandateSpec()])
    at(CUTOFF)
    assert where(viewer)["label"] == "Menyusun kumpulan potongan"


def test_the_start_of_the_board_leads_to_the_oldest_open_month(viewer, at):
    frozen_batch(1)
    assert viewer.get("/kantor/bulan/").url == BOARD


def test_without_any_mandate_it_leads_to_the_month_that_comes_next(viewer, at):
    at(datetime(2026, 11, 20, 3, tzinfo=UTC))
    assert viewer.get("/kantor/bulan/").url == BOARD


@pytest.mark.parametrize("wrong", ["2026-13", "2026-1", "besok"])
def test_a_month_that_does_not_exist_is_not_found(viewer, at, wrong):
    assert viewer.get(f"/kantor/bulan/{wrong}/").status_code == 404


def test_the_board_asks_as_much_for_thirty_lines_as_for_one(viewer, at):
    batch = delivered_batch(1)
    few = _queries(viewer)
    assert batch.count == 1
    make_mandates([MandateSpec(start_period="2027-01") for _ in range(30)])
    frozen_batch(0, now=datetime(2026, 12, 29, 9, 30, tzinfo=UTC))
    with CaptureQueriesContext(connection) as many:
        viewer.get("/kantor/bulan/2027-01/")
    assert len(many) <= few


def _queries(client) -> int:
    client.get(BOARD)
    with CaptureQueriesContext(connection) as found:
        client.get(BOARD)
    return len(found)
