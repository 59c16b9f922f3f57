"""The donor's own data and messages: looked at on a phone, with and without JavaScript, to the last click."""

import random

import pytest

from opd_admin.tour.people import TourDonor, fresh_donor
from tests.journeys.people import PHONE, DonorWindow

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]


def half_way(window: DonorWindow, donor: TourDonor) -> None:
    """A draft with its person, account and one worker."""
    window.go("/daftar/contoh-dinkes/")
    if window.page.locator("[name=email]").count() == 0:
        with window.page.expect_navigation():
            window.page.locator("a.btn-primary").first.click()
    window.page.locator("[name=channel][value=email]").check()
    window.fill(email=donor.email)
    window.press("Kirim kode")
    window.fill(code=window.sent_code(donor.email))
    window.next()
    window.fill(name=donor.name, nip=donor.nip, position="Pengelola Data")
    window.next()
    window.fill(account=donor.account, account_again=donor.account, holder=donor.name)
    window.next()


@pytest.mark.parametrize("javascript", [True, False], ids=["with-javascript", "without-javascript"])
def test_a_donor_looks_at_their_data_chooses_messages_and_erases(product, browser, javascript):
    donor, second = fresh_donor(random.Random()), fresh_donor(random.Random()).email
    window = DonorWindow.open(browser, product.base_url, PHONE, javascript)
    half_way(window, donor)

    # 1. Everything, masked; then the numbers
    window.go("/saya/data/")
    window.look("saya-data")
    assert donor.nip[-4:] not in window.page.locator("h1").inner_text()
    window.press("Tampilkan nomor lengkap")
    window.look("saya-data-lengkap")
    assert donor.account in window.page.locator("main").inner_text()

    # 2. The post, first empty
    window.follow("Betulkan data")
    window.look("saya-betulkan")
    window.fill(position=" ")
    window.next()
    window.look("saya-betulkan-salah", errors=True)
    window.fill(position="Guru Ahli Muda")
    window.next()
    assert "Guru Ahli Muda" in window.page.locator("main").inner_text()

    # 3. Messages, and a second contact by its code
    window.go("/saya/pesan/")
    window.look("saya-pesan")
    window.page.locator("[name=wanted][value=receipts]").uncheck()
    window.next()
    assert not window.page.locator("[name=wanted][value=receipts]").is_checked()
    window.follow("Tambah kontak kedua")
    window.look("saya-kontak-kedua")
    window.page.locator("[name=channel][value=email]").check()
    window.fill(email=donor.email)
    window.next()
    window.look("saya-kontak-kedua-salah", errors=True)
    window.fill(email=second)
    window.next()
    window.look("saya-kontak-kode")
    window.fill(code=window.sent_code(second))
    window.next()
    window.look("saya-pesan-dua-kontak")

    # 4. A copy to take along, then the end
    window.go("/saya/data/")
    with window.page.expect_download() as waiting:
        window.page.get_by_role("button", name="Unduh data saya").click()
    assert waiting.value.suggested_filename.endswith(".zip")
    window.follow("Lihat dan hapus data saya")
    window.look("saya-hapus")
    window.press("Ya, hapus data saya")
    assert "Data Anda sudah dihapus" in window.page.locator("body").inner_text()
    window.go("/saya/data/")
    assert window.page.locator("[name=email]").count() == 1
    window.close()
