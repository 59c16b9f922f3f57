"""A made-up donor at a browser, walked through the wizard by the tour and stopped where pages are to be measured."""

import random
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from opd_admin.tour.browser import Browser, TourStopped
from opd_admin.tour.people import fresh_donor
from opd_admin.tour.tour import Tour

STEPS = "/daftar/langkah/"


class BenchDonor:
    """`until("unggah")` answers what comes before that step; `workers` are entered on the way."""

    def __init__(self, base_url: str, folder: Path, workers: int = 1) -> None:
        self.chance = random.SystemRandom()
        self.tour = Tour(base_url, fresh_donor(self.chance), folder)
        self.ahead: Iterator[tuple[str, str]] = self.tour.steps()
        self.more = workers - 1
        next(self.ahead)

    @property
    def browser(self) -> Browser:
        return self.tour.asn

    def until(self, slug: str) -> None:
        """Raises TourStopped when a page on the way is not what it should be."""
        while not self._stands_at(f"{STEPS}{slug}/"):
            self._one_step()

    def until_sent(self) -> None:
        while self._stands_at(f"{STEPS}kirim/"):
            self._one_step()

    def _one_step(self) -> None:
        next(self.ahead)
        while self.more and self._stands_at(f"{STEPS}periksa/"):
            self.more -= 1
            self._another_worker()

    def _stands_at(self, path: str) -> bool:
        return urlsplit(self.browser.open(path).url).path == path

    def _another_worker(self) -> None:
        worker, page = fresh_donor(self.chance), self.browser.open(f"{STEPS}pekerja/tambah/")
        answers = {
            "situation": "own",
            "name": worker.worker_name,
            "nik": worker.worker_nik,
            "occupation": page.form("nik").inputs["occupation"].value_options[1],
            "workplace": "Pasar Contoh",
            "kelurahan": page.form("nik").inputs["kelurahan"].value_options[1],
        }
        page = self.browser.fill(page, "nik", answers)
        page = self.browser.fill(page, "programme", {"programme": "jkk_jkm"})
        if page.errors:
            raise TourStopped(f"{page.url}: {page.errors}")


def awaiting_code(base_url: str) -> Browser:
    """Somebody who has given an address and not yet typed the code."""
    browser = Browser(base_url)
    address = fresh_donor(random.SystemRandom()).email
    page = browser.fill(browser.open(f"{STEPS}kontak/"), "email", {"channel": "email", "email": address})
    if not page.url.endswith("/kode/"):
        raise TourStopped(f"{page.url}: {page.errors or page.heading}")
    return browser
