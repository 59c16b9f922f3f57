"""How a donor comes in: over a slow line with a worker of the waiting list, without JavaScript, on two devices, and
once again because of one blurred photo."""

import random
import re
import time
from pathlib import Path

import pytest

from opd_admin.tour.papers import identity_card, passbook, signed_pages
from opd_admin.tour.people import TourDonor, fresh_donor
from tests.journeys.people import DESK, PHONE, DonorWindow, StaffWindow
from tests.journeys.walking import (
    Line,
    agree,
    approve_case,
    as_pppk,
    blurred,
    choose_cover,
    come_in,
    describe_worker,
    letter_to,
    open_case,
    personal_link,
    prove_again,
    save,
    tell_account,
    tell_who,
    words_of,
)

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]

LOST_MS = 30_000
TOO_OLD = "3374015506509007"


@pytest.fixture(scope="module")
def verifier(product, browser):
    """One window for the whole module: one code of the authenticator opens one door."""
    window = StaffWindow.open(browser, product.base_url, DESK)
    window.sign_in("verifikator.dinkes")
    yield window
    window.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("berkas")


@pytest.fixture(scope="module")
def sent(product, browser, folder):
    """A donor with two workers, walked to the end over a slow line: window, person and reference."""
    donor = fresh_donor(random.Random())
    window = DonorWindow.open(browser, product.base_url, PHONE, touch=True)
    line = Line(window)
    began, looked = time.monotonic(), 0.0
    _before_coming_in(window)
    line.slow()
    began = time.monotonic()
    come_in(window, donor)
    _not_for_everybody(window, donor)
    _two_workers(window, donor)
    pdf = _answers_to_papers(window)
    looked += _papers_over_a_bad_line(window, line, donor, pdf, folder)
    window.next()
    window.next()
    line.good()
    print(f"\nThe whole wizard at 400 kbit/s: {time.monotonic() - began - looked:.0f} s of waiting.")
    reference = window.page.locator(".reference").first.inner_text().strip()
    yield window, donor, reference
    window.close()


def _before_coming_in(window: DonorWindow) -> None:
    # 1. What it costs, before anything is asked
    window.go("/")
    window.page.locator("[name=kerja][value=transport]").check()
    window.page.locator("[name=pekerja]").select_option("2")
    window.press("Hitung")
    assert "2 pekerja × Rp" in window.page.locator("#iuran").inner_text()
    window.look("beranda-hitung")
    window.go("/daftar/contoh-dinkes/")
    assert "Selamat datang, ASN Dinas Kesehatan" in words_of(window)
    window.look("beranda-sambutan-opd")


def _not_for_everybody(window: DonorWindow, donor: TourDonor) -> None:
    # 2. Who cannot join is told why and what to do instead, and finds the way back
    window.follow("Saya bukan PNS atau PPPK")
    window.look("bukan-asn")
    window.follow("Saya PNS atau PPPK")
    tell_who(window, donor)
    window.follow("Saya belum punya rekening")
    window.look("belum-punya-rekening")
    window.follow("Saya punya rekeningnya")
    tell_account(window, donor)
    describe_worker(window, donor.worker_name, donor.worker_nik, "employee")
    window.next()
    window.look("pekerja-karyawan")
    window.press("Perbaiki jawaban")
    describe_worker(window, donor.worker_name, TOO_OLD)
    window.next()
    window.look("pekerja-terlalu-tua")
    window.press("Perbaiki NIK")


def _two_workers(window: DonorWindow, donor: TourDonor) -> None:
    # 3. One whom the donor knows, and one of the waiting list
    describe_worker(window, donor.worker_name, donor.worker_nik)
    window.next()
    choose_cover(window)
    window.follow("Pilih dari daftar tunggu")
    cards = window.page.locator("section.card").count()
    assert cards >= 5
    window.look("daftar-tunggu-pilih")
    _filtered(window, cards)
    with window.page.expect_navigation():
        window.page.get_by_role("button", name="Pilih pekerja ini").first.click()
    assert window.heading().startswith("Perlindungan apa untuk Contoh ")
    window.look("kepesertaan-dari-daftar-tunggu")
    choose_cover(window)
    shown = words_of(window)
    assert donor.worker_name in shown and "Dari daftar tunggu" in shown
    assert "Kami simpan untuk Anda sampai" in shown
    window.look("pekerja-dua-orang")
    window.next()


def _filtered(window: DonorWindow, cards: int) -> None:
    window.page.locator("details.wishes summary").click()
    window.page.locator("[name=pekerjaan]").select_option("penjahit")
    window.press("Saring")
    assert 0 < window.page.locator("section.card").count() < cards
    window.look("daftar-tunggu-disaring")
    window.page.locator("[name=pekerjaan]").select_option("nelayan")
    window.page.locator("[name=kelurahan]").select_option(label=window.page.locator(
        "[name=kelurahan] option"
    ).last.inner_text())
    window.press("Saring")
    assert "Tidak ada yang cocok" in words_of(window)
    window.look("daftar-tunggu-tanpa-hasil")
    window.follow("Lihat semua")


def _answers_to_papers(window: DonorWindow) -> bytes:
    # 4. All answers on one page; the terms leave room for one more worker
    window.look("periksa-dua-pekerja")
    window.page.locator("a[href*='ketentuan']").last.click()
    window.page.locator("[name=ceiling]").wait_for()
    highest = re.search(r"paling tinggi (Rp[\d.]+)", words_of(window))[1]
    window.fill(ceiling="Rp9")
    window.next()
    window.look("ketentuan-salah", errors=True)
    window.fill(ceiling=highest)
    window.next()
    assert highest in words_of(window)
    window.next()
    return agree(window)


def _papers_over_a_bad_line(
    window: DonorWindow, line: Line, donor: TourDonor, pdf: bytes, folder: Path
) -> float:
    # 5. Photos by a slow line: progress is shown, a lost one is sent again by itself; answers the seconds of looking
    page = window.page
    sheets = [save(folder, f"surat-{n}.jpg", sheet) for n, sheet in enumerate(signed_pages(pdf), start=1)]
    save(folder, "ktp.jpg", identity_card(donor.name))
    page.set_input_files("[name=signed_mandate]", sheets)
    page.get_by_text(re.compile(r"Foto 1: mengunggah, [1-9]\d?% dari ")).wait_for()
    page.locator("#signed_mandate .kept-papers li").nth(len(sheets) - 1).wait_for(timeout=LOST_MS)
    line.away()
    page.set_input_files("[name=ktp]", save(folder, "ktp-buram.jpg", blurred(identity_card(donor.name))))
    page.locator("#ktp").get_by_text("sambungan terputus. Mencoba lagi dalam").first.wait_for()
    assert all("ERR_INTERNET_DISCONNECTED" in said for said in window.complaints)
    window.complaints.clear()
    began = time.monotonic()
    window.look("unggah-sambungan-putus")
    looked = time.monotonic() - began
    line.slow()
    page.locator("#ktp .kept-papers").wait_for(timeout=LOST_MS)
    page.set_input_files("[name=passbook]", save(folder, "tabungan.jpg", passbook(donor.name, donor.account)))
    page.locator("#passbook .kept-papers").wait_for(timeout=LOST_MS)
    page.get_by_text("Kode QR cocok dengan surat kuasa Anda.").wait_for(timeout=LOST_MS)
    page.locator("#ktp").get_by_text("Foto ini tampak buram.").wait_for(timeout=LOST_MS)
    window.complaints.clear()
    began = time.monotonic()
    window.look("unggah-diterima")
    return looked + time.monotonic() - began


def test_a_new_donor_registers_two_workers_over_a_slow_line(sent):
    window, donor, reference = sent

    # 6. Sent: the page says what happens now, and there is nothing to change yet
    assert reference.startswith("PR-")
    assert window.heading() == "Pendaftaran terkirim"
    window.look("saya-terkirim")
    for name, address in {
        "saya-pekerja-belum-ada": "/saya/pekerja/",
        "saya-perubahan-belum-ada": "/saya/perubahan/",
        "saya-potongan-belum-ada": "/saya/potongan/",
        "saya-batalkan": "/saya/batalkan/",
    }.items():
        window.go(address)
        window.look(name)
    assert reference in letter_to(window, donor.email, "registration_submitted")
