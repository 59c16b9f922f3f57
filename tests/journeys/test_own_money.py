"""What a donor sees and keeps of the months that were paid: the months of the demo's own donors, played to the end."""

import io
import random
from dataclasses import replace

import pypdfium2
import pytest

from opd_admin.tour.people import fresh_donor
from tests.journeys.people import PHONE, DonorWindow
from tests.journeys.walking import come_in, words_of

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]

# The first of the made-up donors: two workers, of an OPD whose salaries came in time.
DEMO_DONOR = replace(
    fresh_donor(random.Random(1)), name="Contoh Ayu Lestari", email="latihan.01@contoh.example"
)


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    return "\n".join(page.get_textpage().get_text_range() for page in document)


@pytest.fixture(scope="module")
def paid(product, browser):
    """The demo donor at their own page, with a month that was closed: of an earlier journey, or played here."""
    window = DonorWindow.open(browser, product.base_url, PHONE)
    come_in(window, DEMO_DONOR, "/daftar/")
    window.go("/saya/potongan/")
    if window.page.get_by_role("link", name="Tanda terima").count() == 0:
        played = product.manage("demo")
        assert played.returncode == 0, played.stdout + played.stderr
    yield window
    window.close()


def test_a_donor_sees_the_paid_months_and_keeps_their_papers(paid):
    # 1. The summary: what is next, who is protected since when
    paid.go("/saya/")
    assert paid.heading() == "Perlindungan Anda"
    paid.look("saya-berjalan")

    # 2. Every month with its receipt, the year, the certificate: without the worker's numbers
    paid.go("/saya/potongan/")
    paid.look("saya-potongan")
    _, receipt = paid.download("Tanda terima")
    assert DEMO_DONOR.name in text_of(receipt)
    _, year = paid.download("Rekap")
    assert "Rp" in text_of(year)
    name, certificate = paid.download("Piagam")
    assert name == "piagam-orang-tua-asuh.pdf"
    assert DEMO_DONOR.name in text_of(certificate)
    worker = paid.page.locator("ul.shares li").first.inner_text().split(",")[0]
    assert worker.startswith("Contoh") and worker not in text_of(certificate)

    # 3. The workers of a running promise
    paid.go("/saya/pekerja/")
    assert worker in words_of(paid)
    paid.look("saya-pekerja-terlindungi")
    paid.go("/saya/pekerja/jeda/")
    paid.look("saya-jeda-terlindungi")
