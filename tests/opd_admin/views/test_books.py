import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from autodebit.models import MonthClosing, Remittance
from config import clock
from registry.models import FormToken
from tests.autodebit.bookkeeping import (
    CLOSED_AT,
    PAID_AT,
    a_paper,
    booked,
    closer,
    confirmed,
    credited,
    paid_and_booked,
    remitted,
)
from tests.autodebit.population import PERIOD, make_staff
from tests.month import an_operator, answered_batch
from tests.opd_admin.office_pages import post, text_of, token_of, upload
from tests.staff_client import client_of

pytestmark = pytest.mark.django_db
BOOKS = f"/kantor/bulan/{PERIOD}/buku/"
TOTAL = 25_200


@pytest.fixture(autouse=True)
def on_remittance_day(monkeypatch, settings):
    monkeypatch.setattr(clock, "_from_file", lambda: None)
    settings.APP_NOW = PAID_AT


@pytest.fixture
def office():
    return client_of(an_operator())


def test_an_empty_month_says_so(office):
    page = text_of(office.get(BOOKS))
    assert "Buku Desember 2026" in page and "Belum ada kumpulan potongan untuk bulan ini." in page
    assert "Bulan ini belum punya kumpulan potongan." in page


@pytest.mark.parametrize("period", ["2026-13", "x", "2026-1"])
def test_a_month_that_does_not_exist_is_not_found(office, period):
    assert office.get(f"/kantor/bulan/{period}/buku/").status_code == 404


def test_the_books_stand_beside_the_statement(office):
    credited(answered_batch(), TOTAL, fee=500)
    booked((-700, "BIAYA LAIN", "L-1"))
    page = text_of(office.get(BOOKS))
    assert "Potongan berhasil Rp25.200 Rp25.200 Cocok" in page
    assert "Biaya bank Rp500 Rp500 Cocok" in page
    assert "Belum terjelaskan Rp700" in page
    assert "Rp25.200 belum disetor ke BPJS Ketenagakerjaan." in page


def test_a_difference_is_shown_with_its_sum(office):
    answered_batch()
    page = text_of(office.get(BOOKS))
    assert "Potongan berhasil Rp25.200 Rp0" in page
    assert "1 kumpulan potongan belum cocok dengan bank." in page


def test_the_page_asks_as_often_for_three_payments_as_for_one(office):
    credited(answered_batch(), TOTAL)
    remitted()
    office.get(BOOKS)
    with CaptureQueriesContext(connection) as one:
        office.get(BOOKS)
    for number in range(2):
        Remittance.objects.create(
            profile_id="113", period=PERIOD, amount=1, paid_on=PAID_AT.date(), payment_reference=f"X-{number}",
            recorded_by=an_operator(), recorded_at=PAID_AT,
        )  # fmt: skip
    with CaptureQueriesContext(connection) as three:
        office.get(BOOKS)
    assert len(one) == len(three)


def test_an_operator_records_the_payment_and_its_confirmation(office):
    credited(answered_batch(), TOTAL)
    address = reverse("office-remit", args=[PERIOD, "113"])
    assert "Rp25.200 (dua puluh lima ribu dua ratus rupiah)" in text_of(office.get(address))
    answer = post(
        office, address, amount="25.200", paid_on="10-12-2026", payment_reference="NTB-77",
        evidence=upload("bukti.jpg", a_paper()),
    )  # fmt: skip
    assert answer["Location"] == BOOKS
    payment = Remittance.objects.get()
    assert "NTB-77 Rp25.200" in text_of(office.get(BOOKS))
    address = reverse("office-remittance-confirm", args=[payment.pk])
    post(office, address, confirmation="BPJS-9", confirmed_on="10-12-2026")
    assert "Dikonfirmasi 10 Desember 2026, BPJS-9" in text_of(office.get(BOOKS))


def test_a_wrong_amount_is_said_at_its_field_and_nothing_is_recorded(office):
    credited(answered_batch(), TOTAL)
    address = reverse("office-remit", args=[PERIOD, "113"])
    answer = post(
        office, address, amount="25.100", paid_on="10-12-2026", payment_reference="NTB-77",
        evidence=upload("bukti.jpg", a_paper()),
    )  # fmt: skip
    assert "Jumlah setoran harus Rp25.200" in text_of(answer)
    assert not Remittance.objects.exists()


def test_the_same_form_sent_twice_records_once(office):
    credited(answered_batch(), TOTAL)
    address = reverse("office-remit", args=[PERIOD, "113"])
    said = {
        "form_token": token_of(office.get(address)),
        "amount": "25200",
        "paid_on": "10-12-2026",
        "payment_reference": "NTB-77",
    }
    for _ in range(2):
        answer = office.post(address, {**said, "evidence": upload("bukti.jpg", a_paper())})
        assert answer["Location"] == BOOKS
    assert Remittance.objects.count() == FormToken.objects.count() == 1


def test_a_payment_is_taken_back_with_a_reason(office):
    credited(answered_batch(), TOTAL)
    paid = remitted()
    post(office, reverse("office-remittance-withdraw", args=[paid.pk]), reason="Salah nomor bukti")
    page = text_of(office.get(BOOKS))
    assert "Dibatalkan: Salah nomor bukti" in page and "Catat setoran ke BPJS" in page


def test_who_closes_reads_what_is_missing(settings):
    settings.APP_NOW = CLOSED_AT
    credited(answered_batch(), TOTAL)
    confirmed(remitted())
    approver = client_of(closer())
    address = reverse("office-close", args=[PERIOD, "113"])
    page = text_of(approver.get(address))
    assert "Bulan ini belum dapat ditutup" in page
    assert "Disetor ke BPJS: di buku Rp25.200, di mutasi rekening Rp0." in page
    assert approver.post(address).status_code == 409
    assert not MonthClosing.objects.exists()


def test_an_approver_closes_the_month(settings):
    settings.APP_NOW = CLOSED_AT
    credited(answered_batch(), TOTAL)
    paid_and_booked()
    approver = client_of(closer())
    answer = post(approver, reverse("office-close", args=[PERIOD, "113"]))
    assert answer["Location"] == BOOKS
    page = text_of(approver.get(BOOKS))
    assert "Bulan ini sudah ditutup" in page and MonthClosing.objects.get().sha256 in page
    assert "Tutup bulan" not in page


@pytest.mark.parametrize("role", ["labour_viewer", "auditor"])
def test_who_only_looks_sees_no_buttons_and_opens_no_form(role):
    credited(answered_batch(), TOTAL)
    paid = remitted()
    client = client_of(make_staff("pengamat", role))
    page = text_of(client.get(BOOKS))
    assert "Rp25.200" in page and "Catat" not in page and "Tutup bulan" not in page
    for name, args in (
        ("office-remit", [PERIOD, "113"]),
        ("office-close", [PERIOD, "113"]),
        ("office-remittance-confirm", [paid.pk]),
        ("office-remittance-withdraw", [paid.pk]),
    ):
        assert client.get(reverse(name, args=args)).status_code == 403
