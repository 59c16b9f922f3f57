import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from autodebit.models import Allocation, Entry, Statement, StatementLine
from config import clock
from tests.autodebit.bookkeeping import BOOKING_AT, a_paper, booked, credited, statement_csv
from tests.autodebit.population import PERIOD, make_staff
from tests.month import an_operator, answered_batch
from tests.opd_admin.office_pages import post, text_of, upload
from tests.staff_client import client_of

pytestmark = pytest.mark.django_db
LIST = "/kantor/mutasi/"
TOTAL = 25_200


@pytest.fixture(autouse=True)
def on_booking_day(monkeypatch, settings):
    monkeypatch.setattr(clock, "_from_file", lambda: None)
    settings.APP_NOW = BOOKING_AT


@pytest.fixture
def office():
    return client_of(an_operator())


def send(office, data: bytes, name: str = "MUTASI.csv"):
    return post(
        office, reverse("office-statement-upload"), source="113:statement_csv", data=upload(name, data)
    )


def test_without_statements_the_page_says_that_nothing_waits(office):
    assert "Tidak ada yang belum terjelaskan" in text_of(office.get(LIST))


def test_a_statement_is_uploaded_and_its_suspense_shown(office):
    assert send(office, statement_csv([(TOTAL, "HASIL"), (-500, "BIAYA")]))["Location"] == LIST
    page = text_of(office.get(LIST))
    assert "Belum terjelaskan Rp25.700" in page and "MUTASI.csv" in page
    assert "MUTASI.csv tercatat: 2 mutasi baru" in page


def test_a_faulty_statement_is_refused_with_its_line_numbers(office):
    data = statement_csv([(TOTAL, "HASIL"), (-500, "BIAYA")]).replace(b"500.00,,", b"lima ratus,,")
    page = text_of(send(office, data))
    assert "tidak ada yang dicatat darinya" in page and "Baris 4" in page
    assert not Statement.objects.exists()


def test_a_statement_too_large_to_be_whole_is_refused(office):
    page = text_of(send(office, b"x" * (10 * 1024 * 1024 + 5)))
    assert "Berkas lebih besar dari 10 MB" in page


def test_bookings_are_typed_with_their_picture(office):
    said = {
        "source": "113",
        "evidence": upload("mutasi.jpg", a_paper()),
        "mutasi-TOTAL_FORMS": "6",
        "mutasi-INITIAL_FORMS": "0",
        "mutasi-0-booked_on": "02-12-2026",
        "mutasi-0-direction": "in",
        "mutasi-0-amount": "25.200",
        "mutasi-0-text": "Hasil potongan",
        "mutasi-1-booked_on": "02-12-2026",
        "mutasi-1-direction": "out",
        "mutasi-1-amount": "500",
        "mutasi-1-text": "Biaya",
    }
    assert post(office, reverse("office-statement-type"), **said)["Location"] == LIST
    assert sorted(StatementLine.objects.values_list("amount", flat=True)) == [-500, TOTAL]


def test_a_typed_booking_without_its_day_is_asked_for(office):
    said = {
        "source": "113",
        "evidence": upload("mutasi.jpg", a_paper()),
        "mutasi-TOTAL_FORMS": "6",
        "mutasi-INITIAL_FORMS": "0",
        "mutasi-0-amount": "25.200",
        "mutasi-0-text": "Hasil",
    }
    page = text_of(post(office, reverse("office-statement-type"), **said))
    assert "Isi tanggalnya." in page and not StatementLine.objects.exists()


def test_one_click_takes_the_proposal(office):
    batch = answered_batch()
    (line,) = booked((TOTAL - 500, "HASIL AUTODEBET"))
    address = reverse("office-statement-line", args=[line.pk])
    page = office.get(address)
    assert "Desember 2026 gelombang 1, dipotong biaya bank Rp500" in text_of(page)
    key = page.context["suggestions"][0]["key"]
    answer = post(office, reverse("office-statement-suggestion", args=[line.pk]), address, usulan=key)
    assert answer["Location"] == address
    batch.refresh_from_db()
    assert batch.state == "reconciled" and Entry.objects.get(kind="fee").amount == -500
    assert "Terjelaskan" in text_of(office.get(address))


def test_a_proposal_that_no_longer_holds_is_not_taken(office):
    answered_batch()
    (line,) = booked((TOTAL, "HASIL"))
    address = reverse("office-statement-line", args=[line.pk])
    post(office, reverse("office-statement-suggestion", args=[line.pk]), address, usulan="lain")
    assert "Usulan ini tidak berlaku lagi" in text_of(office.get(address))
    assert not Allocation.objects.exists()


def parts(*rows: dict) -> dict:
    said = {"bagian-TOTAL_FORMS": "4", "bagian-INITIAL_FORMS": "0"}
    for number, row in enumerate(rows):
        said.update({f"bagian-{number}-{name}": value for name, value in row.items()})
    return said


def test_a_booking_is_explained_by_hand(office):
    batch = answered_batch()
    (line,) = booked((TOTAL - 500, "HASIL"))
    about = f"{PERIOD}:{batch.pk}"
    said = parts(
        {"kind": "collected", "about": about, "amount": "25.200"},
        {"kind": "fee", "about": about, "amount": "500"},
    )
    post(office, reverse("office-statement-line", args=[line.pk]), **said)
    assert list(Allocation.objects.values_list("kind", "amount")) == [("collected", TOTAL), ("fee", -500)]


def test_parts_that_do_not_add_up_are_refused_with_the_sums(office):
    batch = answered_batch()
    (line,) = booked((TOTAL, "HASIL"))
    said = parts({"kind": "collected", "about": f"{PERIOD}:{batch.pk}", "amount": "8.400"})
    page = text_of(post(office, reverse("office-statement-line", args=[line.pk]), **said))
    assert "Jumlah penjelasan Rp8.400, sedangkan yang harus dijelaskan Rp25.200." in page
    assert not Allocation.objects.exists()


def test_an_explanation_is_undone_with_a_reason(office):
    line = credited(answered_batch(), TOTAL)
    address = reverse("office-allocation-undo", args=[Allocation.objects.get().pk])
    post(office, address, reason="Salah kumpulan")
    page = text_of(office.get(reverse("office-statement-line", args=[line.pk])))
    assert "Belum terjelaskan Rp25.200" in page and "Sudah dibatalkan" in page and "Salah kumpulan" in page


def test_who_only_looks_explains_nothing(office):
    (line,) = booked((TOTAL, "HASIL"))
    client = client_of(make_staff("pengamat", "labour_viewer"))
    address = reverse("office-statement-line", args=[line.pk])
    assert "Jelaskan sendiri" not in text_of(client.get(address))
    client.post(address, parts({"kind": "top_up", "about": PERIOD, "amount": "25200"}))
    assert not Allocation.objects.exists()
    for name in ("office-statement-upload", "office-statement-type"):
        assert client.get(reverse(name)).status_code == 403


def test_the_list_asks_as_often_for_three_bookings_as_for_one(office):
    booked((TOTAL, "HASIL", "A"))
    office.get(LIST)
    with CaptureQueriesContext(connection) as one:
        office.get(LIST)
    booked((1_000, "SATU", "B"), (2_000, "DUA", "C"))
    with CaptureQueriesContext(connection) as three:
        office.get(LIST)
    assert len(one) == len(three)


def test_an_unknown_booking_is_not_found(office):
    assert office.get(reverse("office-statement-line", args=[4711])).status_code == 404
    assert office.get(reverse("office-allocation-undo", args=[4711])).status_code == 404


def test_who_only_looks_posts_no_explanation():
    (line,) = booked((TOTAL, "HASIL"))
    client = client_of(make_staff("penonton", "auditor"))
    page = reverse("office-statement-line", args=[line.pk])
    assert client.get(page).status_code == 200
    assert client.post(page).status_code == 403 and not Allocation.objects.exists()


def test_the_name_of_a_statement_is_kept_without_folders_and_markup(office):
    send(office, statement_csv([(TOTAL, "HASIL")]), name="a<b>&c.csv")
    assert Statement.objects.get().name == "a_b__c.csv"
