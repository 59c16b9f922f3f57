"""The difference on its page and as a workbook, and the letter, as the office gets them."""

import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from python_calamine import load_workbook

from autodebit.actions.batches import open_due
from autodebit.actions.build import build
from autodebit.models import Attempt, Batch
from config import clock
from registry.actions import documents
from tests.autodebit.ceremony import NOTED_AT, delivered_batch, sealed_batch
from tests.autodebit.population import AFTER, MandateSpec, WorkerSpec, make_mandates, make_staff
from tests.opd_admin.ceremony_page import text_of, url
from tests.staff_client import client_of

pytestmark = pytest.mark.django_db

IN_NOVEMBER = AFTER - timedelta(days=29)
LONG_AGO = {
    "start_period": "2026-11",
    "verified_at": IN_NOVEMBER - timedelta(days=9),
    "signed_on": "2026-10-01",
}
OLD = WorkerSpec(start_period="2026-11")


@pytest.fixture(autouse=True)
def at_noon(monkeypatch, settings):
    monkeypatch.setattr(clock, "_from_file", lambda: None)
    settings.APP_NOW = NOTED_AT


@pytest.fixture
def operator(db):
    return make_staff("operator", "labour_operator")


@pytest.fixture
def approver(db):
    return make_staff("penyetuju1", "labour_approver")


def two_months(joining: int = 1, holder: str = "Contoh Sari") -> Batch:
    """November and December: one left, one pays for another worker, `joining` are new."""
    make_mandates(
        [
            MandateSpec(**LONG_AGO, workers=[OLD], end_period="2026-11"),
            MandateSpec(**LONG_AGO, workers=[OLD, WorkerSpec()], ceiling=90_000),
            *[MandateSpec(holder=holder) for _ in range(joining)],
        ]
    )
    build(batch_id=open_due(now=IN_NOVEMBER).pk, now=IN_NOVEMBER)
    return build(batch_id=open_due(now=AFTER).pk, now=AFTER)


def test_the_approver_reads_every_kind_of_change_with_its_reason(approver):
    page = text_of(client_of(approver).get(url("approve", two_months().pk)))
    assert "Donatur baru 1 +Rp8.400 – Disetujui setelah batas waktu bulan lalu 1 +Rp8.400" in page
    assert "Tidak ikut lagi 1 -Rp8.400 – Berakhir sebelum bulan ini 1 -Rp8.400" in page
    assert "Jumlahnya berubah 1 +Rp8.400 – Pekerja bertambah 1 +Rp8.400" in page
    assert "Lihat selisihnya donatur demi donatur" in page


def test_the_page_lists_donor_by_donor_what_changed_and_why(approver):
    batch = two_months()
    page = text_of(client_of(approver).get(url("difference", batch.pk)))
    assert "Selisih potongan Desember 2026 dari November 2026" in page
    assert "Pekerja bertambah Contoh Sari Dinas Pendidikan Rp8.400 Rp16.800 +Rp8.400" in page
    for line in Attempt.objects.all():
        assert line.account not in page


def test_the_workbook_holds_the_same_lines_and_a_hostile_name_stays_text(approver):
    batch = two_months(holder="=1+1 Contoh")
    answer = client_of(approver).get(url("difference-sheet", batch.pk))
    assert answer["Content-Disposition"] == 'attachment; filename="selisih_2026-12_G01_R1.xlsx"'
    rows = load_workbook(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[1:]] == ["Tidak ikut lagi", "Donatur baru", "Jumlahnya berubah"]
    assert rows[2][4] == "=1+1 Contoh" and sum(int(row[8]) for row in rows[1:]) == 8_400


def test_the_list_has_pages_and_a_page_beyond_the_last_is_the_last(approver):
    batch = two_months(joining=60)
    client = client_of(approver)
    assert "Halaman 1 dari 2" in text_of(client.get(url("difference", batch.pk)))
    assert "Halaman 2 dari 2" in text_of(client.get(url("difference", batch.pk) + "?halaman=99"))


@pytest.mark.parametrize("joining", [1, 3])
def test_the_page_costs_the_same_queries_however_many_lines(approver, joining):
    batch = two_months(joining)
    client = client_of(approver)
    client.get(url("difference", batch.pk))
    with CaptureQueriesContext(connection) as queries:
        client.get(url("difference", batch.pk))
    assert len(queries) == DIFFERENCE_QUERIES


def test_a_batch_without_difference_says_so(approver):
    make_mandates([MandateSpec(**LONG_AGO, workers=[OLD])])
    build(batch_id=open_due(now=IN_NOVEMBER).pk, now=IN_NOVEMBER)
    batch = build(batch_id=open_due(now=AFTER).pk, now=AFTER)
    client = client_of(approver)
    assert "Tidak ada selisih" in text_of(client.get(url("difference", batch.pk)))
    assert client.get(url("difference-sheet", batch.pk)).status_code == 200


def test_the_letter_is_downloaded_as_pdf_the_same_each_time(operator, approver):
    batch = sealed_batch([approver, make_staff("penyetuju2", "labour_approver")], operator)
    client = client_of(operator)
    first, again = client.get(url("letter", batch.pk)), client.get(url("letter", batch.pk))
    assert first.content == again.content and first.content.startswith(b"%PDF-")
    assert first["Content-Type"] == "application/pdf" and "attachment" in first["Content-Disposition"]
    assert first["Cache-Control"] == "no-store"
    assert "Unduh surat pengantar" in text_of(client.get(url("detail", batch.pk)))


def test_a_damaged_letter_is_not_served(operator, approver):
    batch = sealed_batch([approver, make_staff("penyetuju2", "labour_approver")], operator)
    client = client_of(operator)
    client.get(url("letter", batch.pk))
    documents.path_of(Batch.objects.get().cover_letter.sha256).unlink()
    answer = client.get(url("letter", batch.pk))
    assert answer.status_code == 302 and "rusak atau hilang" in text_of(client.get(answer.url))


def test_without_a_refusal_there_is_no_evidence(operator, approver):
    batch = delivered_batch([approver, make_staff("penyetuju2", "labour_approver")], operator)
    assert client_of(operator).get(url("evidence", batch.pk)).status_code == 404


DIFFERENCE_QUERIES = 8
