"""What each page costs: the same number of questions to the database for one worker and for three."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import at_state
from tests.cast import PARJO, RARA, SUTINI
from tests.sponsorship.wizard.walk import STEPS, Walk, sitting

pytestmark = pytest.mark.django_db
THREE = replace(RARA, workers=(SUTINI, PARJO, replace(SUTINI, name="Wagiyo Contoh", nik="3374010101809003")))

PAGES = {
    f"{STEPS}diri/": 4,
    f"{STEPS}rekening/": 8,
    f"{STEPS}pekerja/": 14,
    f"{STEPS}pekerja/tambah/": 10,
    f"{STEPS}periksa/": 16,
    f"{STEPS}ketentuan/": 15,
    f"{STEPS}persetujuan/": 15,
    f"{STEPS}cetak/": 9,
    f"{STEPS}unggah/": 9,
    f"{STEPS}kirim/": 17,
    "/daftar/nanti/": 7,
    "/saya/": 23,
}


def queries_of(walk: Walk, path: str) -> list[str]:
    walk.client.get(path)  # the first look at a page may write that the donor was here
    with CaptureQueriesContext(connection) as captured:
        answer = walk.client.get(path)
    assert answer.status_code == 200, (path, answer.headers.get("Location"))
    return [query["sql"] for query in captured.captured_queries]


@pytest.mark.parametrize("person", [RARA, THREE], ids=["one worker", "three workers"])
def test_each_page_asks_the_database_exactly_so_often(person):
    walk = sitting(at_state.with_papers(person))
    asked = {path: len(queries_of(walk, path)) for path in PAGES}
    assert asked == PAGES
