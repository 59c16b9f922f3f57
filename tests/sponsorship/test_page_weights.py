"""What a phone downloads on the donor's way: every page with the files it names, compressed as the product sends them.

Everything is counted by gzip, as nginx hands it out (brotli, where whitenoise answers, is smaller still). A file that
one page brought is not fetched again, so the first visit of a page is its worst case. Budgets: 1 KB is 1024 bytes.
"""

import gzip
import io
import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from urllib.parse import urljoin

import pytest
import time_machine
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from lxml import html

from sponsorship.models import Registration
from tests import at_state
from tests.cast import MORNING, PARJO, RARA, SUTINI, another
from tests.sponsorship.wizard.walk import STEPS, sitting

pytestmark = pytest.mark.django_db
KB = 1024
THREE = replace(RARA, workers=(SUTINI, PARJO, replace(SUTINI, name="Wagiyo Contoh", nik="3374010101809003")))


@dataclass(frozen=True)
class Weight:
    """Bytes over the line, or the budget for them."""

    page: int
    css: int
    js: int
    pictures: int

    @property
    def total(self) -> int:
        return self.page + self.css + self.js + self.pictures


@dataclass(frozen=True)
class Budget(Weight):
    whole: int


STEP = Budget(8 * KB, 27 * KB, 10 * KB, 15 * KB, 50 * KB)
START = Budget(10 * KB, 27 * KB, 10 * KB, 25 * KB, 60 * KB)
UPLOAD = Budget(8 * KB, 27 * KB, 20 * KB, 15 * KB, 60 * KB)


def weigh(path: str, content: bytes) -> Weight:
    """The page and every style, script, picture and font that it or its styles name."""
    tree = html.fromstring(content)
    styles = _addresses(tree, path, "//link[@rel='stylesheet']/@href")
    named = [urljoin(style, inside) for style in styles for inside in _named_in(_kept(style))]
    pictures = {*_addresses(tree, path, "//img/@src"), *named, _icon(tree, path)}
    scripts = _addresses(tree, path, "//script/@src")
    return Weight(
        page=len(gzip.compress(content, 6)),
        css=sum(map(_sent, styles)),
        js=sum(map(_sent, scripts)),
        pictures=sum(map(_sent, pictures)),
    )


def _addresses(tree, path: str, query: str) -> set[str]:
    found = {urljoin(path, address) for address in tree.xpath(query)}
    assert all(address.startswith(("/static/", "/saya/berkas/")) for address in found), found
    return {address for address in found if address.startswith("/static/")}


def _icon(tree, path: str) -> str:
    """A browser of today takes the drawing, not the older bitmap."""
    return urljoin(path, tree.xpath("//link[@rel='icon'][@type='image/svg+xml']/@href")[0])


@cache
def _kept(address: str) -> bytes:
    found = finders.find(address.removeprefix("/static/"))
    assert found, f"{address} is named and does not exist"
    return Path(found).read_bytes()


def _named_in(style: bytes) -> list[str]:
    return re.findall(r"url\(\"?([^\")]+?)\"?\)", style.decode())


@cache
def _sent(address: str) -> int:
    content = _kept(address)
    return min(len(content), len(gzip.compress(content, 9)))


@pytest.fixture(scope="module", autouse=True)
def typeface():
    """The one font of every page, as the product's own command writes it."""
    call_command("build_fonts", stdout=io.StringIO())


@pytest.fixture
def morning():
    with time_machine.travel(MORNING, tick=True):
        yield


def pages_of(registration: Registration, slugs: list[str]) -> dict[str, bytes]:
    walk = sitting(registration)
    found = {}
    for slug in slugs:
        path = slug if slug.startswith("/") else f"{STEPS}{slug}/"
        answer = walk.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.headers.get("Location"))
        found[path] = answer.content
    return found


def way(made: Registration) -> dict[str, bytes]:
    """Every page of the way with a form filled in as it is when its donor comes back to it."""
    own = made.sponsorships.first()
    steps = ["diri", "diri/bukan-asn", "rekening", "rekening/belum-punya", "pekerja", "pekerja/tambah"]
    steps += [f"pekerja/{own.pk}", f"pekerja/{own.pk}/hapus", f"kepesertaan/{own.pk}", "periksa", "ketentuan"]
    return pages_of(made, [*steps, "persetujuan", "cetak", "kirim", "/daftar/nanti/"])


def heaviest(kind: str, pages: dict[str, bytes], budget: Budget) -> None:
    weights = {path: weigh(path, content) for path, content in pages.items()}
    worst = max(weights.items(), key=lambda entry: entry[1].total)
    print(
        f"\n{kind}: {len(pages)} pages, heaviest {worst[0]}: {worst[1].total / KB:.1f} of {budget.whole / KB:.0f} KB"
    )
    over = {
        path: (part, getattr(weight, part))
        for path, weight in weights.items()
        for part in ("page", "css", "js", "pictures")
        if getattr(weight, part) > getattr(budget, part)
    }
    over |= {path: ("total", weight.total) for path, weight in weights.items() if weight.total > budget.whole}
    assert over == {}, over


def test_the_donors_way_stays_within_the_budgets_of_a_slow_phone(quick_papers, morning, capsys):
    made = at_state.with_papers(THREE)
    contact = {path: Client().get(path).content for path in (f"{STEPS}kontak/", "/privasi/")}
    client = Client()
    client.post(f"{STEPS}kontak/", {"channel": "email", "email": "lain@contoh.example"})
    steps = {**contact, f"{STEPS}kode/": client.get(f"{STEPS}kode/").content, **way(made)}
    upload = pages_of(made, ["unggah"])
    empty = pages_of(at_state.printed(another(2)).registration, ["unggah"])
    start = {
        path: Client().get(path).content for path in ("/", "/?program=jkk_jkm_jht&kerja=transport&pekerja=3")
    }
    sent = pages_of(at_state.submitted(another(3)), ["/saya/"])
    with capsys.disabled():
        heaviest("Steps", steps, STEP)
        heaviest("Upload", upload, UPLOAD)
        heaviest("Upload, nothing kept yet", empty, UPLOAD)
        heaviest("Start and status", {**start, **sent}, START)


def test_an_error_page_is_no_heavier_than_the_budget(morning):
    walk = sitting(at_state.draft(RARA))
    pages = {
        path: walk.client.post(path, {}).content for path in (f"{STEPS}diri/", f"{STEPS}pekerja/tambah/")
    }
    assert all(b"error-summary" in page for page in pages.values())
    heaviest("Steps with mistakes", pages, STEP)


def test_a_step_needs_no_more_than_three_files_before_it_can_be_read(morning):
    page = html.fromstring(Client().get(f"{STEPS}kontak/").content)
    blocking = page.xpath("//link[@rel='stylesheet']") + page.xpath("//script[@src][not(@defer)]")
    assert 1 + len(blocking) <= 3
