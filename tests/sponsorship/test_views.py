"""The public pages: prices and figures of today, and the privacy notice."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.http import QueryDict
from django.test import Client

from registry.models import City
from sponsorship import queries
from sponsorship.models import TariffLine
from sponsorship.rules.months import Month
from sponsorship.views import calculator, lowest_prices

pytestmark = pytest.mark.django_db
WIB = ZoneInfo("Asia/Jakarta")


@time_machine.travel(datetime(2026, 11, 20, 9, tzinfo=WIB), tick=False)
def test_the_start_page_shows_the_discounted_and_the_normal_price():
    text = Client().get("/").content.decode()
    for words in ("Rp8.400", "Rp16.800", "Rp28.400", "Rp36.800", "sampai Desember 2026", 'href="/daftar/"'):
        assert words in text, words


def test_without_a_discount_the_start_page_names_one_price():
    prices = lowest_prices(queries.tariff(), Month(2027, 1))
    assert [(price["monthly"], price.get("full_monthly")) for price in prices] == [
        ("Rp16.800", None),
        ("Rp36.800", None),
    ]


NOVEMBER = datetime(2026, 11, 20, 9, tzinfo=WIB)


@pytest.mark.parametrize(
    "asked, total, one, words",
    [
        ({}, "Rp8.400", "Rp8.400", "sampai Desember 2026. Sesudah itu tarif normal: Rp16.800"),
        (
            {"program": "jkk_jkm", "kerja": "transport", "pekerja": "3"},
            "Rp25.200",
            "Rp8.400",
            "sampai Maret 2027. Sesudah itu tarif normal: Rp50.400",
        ),
        (
            {"program": "jkk_jkm_jht", "kerja": "other", "pekerja": "2"},
            "Rp56.800",
            "Rp28.400",
            "sampai Desember 2026. Sesudah itu tarif normal: Rp73.600",
        ),
    ],
)
@time_machine.travel(NOVEMBER, tick=False)
def test_the_calculator_answers_on_the_same_page_and_keeps_the_choices(asked, total, one, words):
    page = Client().get("/", asked)
    result, text = page.context["calculator"], page.content.decode()
    assert (result["total"], result["one"]) == (total, one)
    assert words in text
    chosen = [value for value, _, ticked in (*result["programmes"], *result["kinds"]) if ticked]
    assert chosen == [asked.get("program", "jkk_jkm"), asked.get("kerja", "other")]
    assert [count for count, ticked in result["counts"] if ticked] == [asked.get("pekerja", "1")]
    assert 'method="get" action="/#iuran"' in text


@pytest.mark.parametrize("junk", ["0", "-1", "6", "1e3", "９", "<script>", "", "x" * 3000])
@time_machine.travel(NOVEMBER, tick=False)
def test_an_address_with_other_values_shows_the_first_choices(junk):
    page = Client().get("/", {"program": junk, "kerja": junk, "pekerja": junk})
    assert page.status_code == 200
    assert page.context["calculator"]["total"] == "Rp8.400"


def test_without_a_discount_the_calculator_says_so():
    result = calculator(QueryDict("pekerja=2"), queries.tariff(), Month(2027, 4), 5)
    assert (result["total"], result["until"]) == ("Rp33.600", "")


def test_the_start_page_says_who_what_how_long_what_to_have_ready_and_how_to_stop():
    text = Client().get("/").content.decode()
    for words in (
        "PNS maupun PPPK",
        "karyawan perusahaan",
        "Sekitar 5 menit",
        "Siapkan ini",
        "Buku tabungan",
        "Hentikan surat kuasa",
        "<strong>sukarela</strong>",
        "Tidak ikut tidak berpengaruh",
    ):
        assert words in text, words
    assert text.count("img/langkah-") == 3


def test_the_start_page_shows_the_citys_coverage_with_its_source():
    text = Client().get("/").content.decode()
    assert "51,59" in text and "71,59" in text
    assert "390.498 dari 756.873 pekerja" in text


def test_the_start_page_works_before_any_reference_data():
    TariffLine.objects.all().delete()
    City.objects.update(workers_total=0)
    assert Client().get("/").status_code == 200


def test_the_privacy_notice_says_what_why_how_long_and_whom_to_ask():
    text = Client().get("/privasi/").content.decode()
    for words in ("27 Tahun 2022", "90 hari", "10 tahun", "3 × 24 jam", "Dinas Tenaga Kerja", "024-000-0000"):
        assert words in text, words
