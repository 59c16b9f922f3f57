"""Every page of the donor's way: server time against an empty view, queries, and bytes on the wire."""

import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from opd_admin.bench.client import Client, Timed
from opd_admin.bench.donors import STEPS, BenchDonor, awaiting_code
from opd_admin.bench.figures import Figure, at_most
from opd_admin.bench.server import serving
from opd_admin.bench.weight import Scale
from opd_admin.tour.browser import Browser

ROUNDS = 30
MORE_WORKERS = 3
TIME_GOAL = 25.0
"""Times the empty view that a page may take. That one is about 1.4 ms of work; the heaviest page (17 statements, or a
form with 230 choices) is about 25 ms. A page beyond that does something twice."""
MOST_MILLISECONDS = 200
STEP_KB, OTHER_KB = 50, 60
STEP_HTML_KB, OTHER_HTML_KB = 8, 10

AT_UPLOAD = ("unggah",)
AT_SEND = (
    "diri",
    "rekening",
    "pekerja",
    "pekerja/tambah",
    "kepesertaan",
    "periksa",
    "ketentuan",
    "persetujuan",
    "cetak",
    "kirim",
)


@dataclass(frozen=True)
class Place:
    """A page, and the browser of somebody to whom it is open. `form`: sent instead of opening the page."""

    name: str
    path: str
    browser: Browser
    form: bytes | None = None


def measure_pages(say: Callable[[str], None] = lambda _: None, rounds: int = ROUNDS) -> list[Figure]:
    """Four figures a page and one over all. `say` hears what is going on. Raises RuntimeError, TourStopped.

    Needs the reference data and the demo's link; leaves made-up donors behind.
    """
    with tempfile.TemporaryDirectory() as folder:
        say("static files, gunicorn")
        with serving() as base_url:
            queries = _queries_with_more_workers(base_url, Path(folder), say)
            scale, figures, slowest = Scale(base_url), [], 0.0
            for place in _places(base_url, Path(folder), workers=1):
                say(place.name)
                client = Client(base_url, place.browser.cookies)
                timed = client.measure(place.path, rounds, place.form)
                figures += _figures(place, client, timed, queries[place.name], scale)
                slowest = max(slowest, timed.page)
            return [*figures, at_most("slowest page, median", slowest, "ms", MOST_MILLISECONDS, 1)]


def _queries_with_more_workers(base_url: str, folder: Path, say: Callable[[str], None]) -> dict[str, int]:
    """Queries by page for a donor of several workers."""
    say(f"a donor with {MORE_WORKERS} workers")
    return {
        place.name: Client(base_url, place.browser.cookies).measure(place.path, 3, place.form).queries
        for place in _places(base_url, folder, MORE_WORKERS)
    }


def _places(base_url: str, folder: Path, workers: int) -> Iterator[Place]:
    """The pages in an order in which each is open at its turn."""
    yield Place("start page", "/", Browser(base_url))
    yield Place("kontak", f"{STEPS}kontak/", Browser(base_url))
    yield Place("kode", f"{STEPS}kode/", awaiting_code(base_url))
    donor = BenchDonor(base_url, folder, workers)
    donor.until("unggah")
    yield from (Place(slug, f"{STEPS}{slug}/", donor.browser) for slug in AT_UPLOAD)
    donor.until("kirim")
    for slug in AT_SEND:
        yield Place(
            slug, _cover(donor.browser) if slug == "kepesertaan" else f"{STEPS}{slug}/", donor.browser
        )
    yield Place("nanti", "/daftar/nanti/", donor.browser)
    yield Place("diri, sent with a wrong NIP", f"{STEPS}diri/", donor.browser, _wrong_nip(donor.browser))
    donor.until_sent()
    yield Place("status", "/saya/", donor.browser)


def _cover(browser: Browser) -> str:
    page = browser.open(f"{STEPS}periksa/").content.decode()
    return re.search(rf"{STEPS}kepesertaan/[0-9a-f-]{{36}}/", page)[0]


def _wrong_nip(browser: Browser) -> bytes:
    form = browser.open(f"{STEPS}diri/").form("nip")
    return urlencode([*((n, v) for n, v in form.form_values() if n != "nip"), ("nip", "123")]).encode()


def _figures(place: Place, client: Client, timed: Timed, with_more: int, scale: Scale) -> list[Figure]:
    """Time, queries, page and whole first visit; the last two with the compression the product answered with."""
    page = client.ask(place.path, place.form, accept="identity").body.decode()
    html = len(timed.answer.body)
    total = html + scale.beside(place.path, page)
    step = place.path.startswith(STEPS) and place.name != "unggah"
    html_kb, total_kb = (
        STEP_HTML_KB if place.path.startswith(STEPS) else OTHER_HTML_KB,
        STEP_KB if step else OTHER_KB,
    )
    return [
        at_most(f"{place.name}: time, against an empty view", timed.page, "ms", timed.empty, TIME_GOAL),
        at_most(
            f"{place.name}: queries with {MORE_WORKERS} workers, against with 1",
            with_more,
            "queries",
            timed.queries,
            1,
        ),
        at_most(f"{place.name}: HTML on the wire ({timed.answer.encoding})", html / 1000, "kB", html_kb, 1),
        at_most(f"{place.name}: first visit with all it names", total / 1000, "kB", total_kb, 1),
    ]
