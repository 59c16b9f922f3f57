"""The public pages: prices and figures of today, and the privacy notice."""

import gzip
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from registry.models import City
from sponsorship import queries
from sponsorship.models import TariffLine
from sponsorship.rules.months import Month
from sponsorship.views import lowest_prices

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


@pytest.mark.parametrize("path, kilobytes", [("/", 10), ("/privasi/", 8), ("/daftar/langkah/kontak/", 8)])
def test_public_pages_stay_light(path, kilobytes):
    assert len(gzip.compress(Client().get(path).content)) <= kilobytes * 1024
