"""How a donor comes in: over a slow line with a worker of the waiting list, without JavaScript, on two devices, and
once again because of one blurred photo."""

import random
import re
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from opd_admin.tour.papers import identity_card, passbook, signed_pages
from opd_admin.tour.people import TourDonor, fresh_donor
from tests.journeys.people import DESK, PHONE, DonorWindow, StaffWindow
from tests.journeys.test_main_job import no_violations
from tests.journeys.walking import (
    Line,
    SlowPhone,
    agree,
    approve_case,
    as_pppk,
    blurred,
    choose_cover,
    come_in,
    describe_worker,
    first_month,
    letter_to,
    look_with_script,
    move_clock,
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
BUILT_SECONDS = 120
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
    window = SlowPhone.open(browser, product.base_url, PHONE, touch=True)
    line = Line(window)
    _before_coming_in(window)
    line.slow()
    began, window.looked = time.monotonic(), 0.0
    come_in(window, donor)
    tell_who(window, donor)
    tell_account(window, donor)
    line.good()
    with window.aside():
        _not_for_everybody(window, donor)
    line.slow()
    _two_workers(window, donor)
    pdf = _answers_to_papers(window)
    _papers_over_a_bad_line(window, line, donor, pdf, folder)
    window.next()
    window.next()
    print(
        f"\nThe wizard at 400 kbit/s: {time.monotonic() - began - window.looked:.0f} s, nothing of it typing."
    )
    line.good()
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
    window.go("/daftar/langkah/diri/")
    window.follow("Saya bukan PNS atau PPPK")
    window.look("bukan-asn")
    window.go("/daftar/langkah/rekening/")
    window.follow("Saya belum punya rekening")
    window.look("belum-punya-rekening")
    window.go("/daftar/langkah/pekerja/tambah/")
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
    window.page.locator("[name=kelurahan]").select_option(
        label=window.page.locator("[name=kelurahan] option").last.inner_text()
    )
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
) -> None:
    # 5. Photos by a slow line: progress is shown, and a lost one is sent again by itself
    page = window.page
    sheets = [save(folder, f"surat-{n}.jpg", sheet) for n, sheet in enumerate(signed_pages(pdf), start=1)]
    page.set_input_files("[name=signed_mandate]", sheets)
    page.get_by_text(re.compile(r"Foto 1: mengunggah, [1-9]\d?% dari ")).wait_for()
    page.locator("#signed_mandate .kept-papers li").nth(len(sheets) - 1).wait_for(timeout=LOST_MS)
    line.away()
    page.set_input_files("[name=ktp]", save(folder, "ktp-buram.jpg", blurred(identity_card(donor.name))))
    page.locator("#ktp").get_by_text("sambungan terputus. Mencoba lagi dalam").first.wait_for()
    assert all("ERR_INTERNET_DISCONNECTED" in said for said in window.complaints)
    window.complaints.clear()
    window.look("unggah-sambungan-putus")
    line.slow()
    page.locator("#ktp .kept-papers").wait_for(timeout=LOST_MS)
    page.set_input_files("[name=passbook]", save(folder, "tabungan.jpg", passbook(donor.name, donor.account)))
    page.locator("#passbook .kept-papers").wait_for(timeout=LOST_MS)
    page.get_by_text("Kode QR cocok dengan surat kuasa Anda.").wait_for(timeout=LOST_MS)
    page.locator("#ktp").get_by_text("Foto ini tampak buram.").wait_for(timeout=LOST_MS)
    window.complaints.clear()  # the try that was still lost while the page was looked at
    window.look("unggah-diterima")


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


@pytest.fixture(scope="module")
def repaired(sent, verifier, folder):
    """The same donor, given back because of the KTP and approved after the repair; with the steps of the repair."""
    window, donor, reference = sent

    # 1. The office gives the KTP back, and sees what its donor will read
    open_case(verifier, reference)
    verifier.follow("Kembalikan")
    verifier.look("meja-kembalikan")
    verifier.press("Lihat pesan untuk pendaftar")
    verifier.look("meja-kembalikan-salah", errors=True)
    verifier.page.locator("[name=ktp][value=blurred]").check()
    verifier.press("Lihat pesan untuk pendaftar")
    verifier.look("meja-kembalikan-pesan")
    verifier.press("Kembalikan sekarang")
    assert f"{reference} dikembalikan" in words_of(verifier)

    # 2. The donor reads what to do, and that nothing else is asked again
    assert "Gambar buram" in letter_to(window, donor.email, "registration_returned")
    window.go("/saya/")
    assert window.heading() == "Ada yang perlu diperbaiki"
    assert "Berkas dan jawaban lainnya tidak perlu diulang." in words_of(window)
    window.look("saya-dikembalikan")

    # 3. One upload, two buttons
    passed = []
    window.page.on("framenavigated", lambda frame: passed.append(urlsplit(frame.url).path))
    window.follow("Unggah KTP")
    window.look("unggah-perbaikan")
    window.page.set_input_files("[name=ktp]", save(folder, "ktp.jpg", identity_card(donor.name)))
    window.page.locator("#ktp .kept-papers").get_by_text("Sudah diterima").wait_for()
    window.next()
    window.next()

    # 4. The sharp photo convinces
    open_case(verifier, reference)
    approve_case(verifier, reference)
    return window, donor, passed


def test_what_the_verifier_returned_is_repaired_with_one_upload(repaired):
    window, _, passed = repaired

    assert passed == ["/daftar/langkah/unggah/", "/daftar/langkah/kirim/", "/saya/"]
    window.go("/saya/")
    assert window.heading() == "Pendaftaran disetujui"
    window.look("saya-disetujui")


def test_interrupted_after_the_account_and_resumed_on_another_device(product, browser):
    donor = fresh_donor(random.Random())
    phone = DonorWindow.open(browser, product.base_url, PHONE)

    # 1. Up to the account; then the phone falls into the water
    come_in(phone, donor)
    used = phone.sent_code(donor.email)
    tell_who(phone, donor)
    tell_account(phone, donor)
    link = personal_link(phone, donor)
    phone.close()

    # 2. On another device the link alone opens nothing; the code does, at the next step
    desk = DonorWindow.open(browser, product.base_url, DESK)
    desk.go(link)
    assert donor.name not in words_of(desk)
    desk.look("lanjut-tautan-pribadi")
    desk.press("Kirim kode")
    assert "Tunggu" in words_of(desk)
    desk.look("lanjut-kode-baru-saja-dikirim", errors=True)
    move_clock(browser, product.base_url, "jam")
    prove_again(desk, donor, used)
    assert desk.page.locator("[name=nik]").is_visible()

    # 3. Nothing is lost, and it can be put aside once more
    desk.go("/daftar/langkah/diri/")
    kept = [desk.page.locator(f"[name={name}]").input_value() for name in ("name", "nip", "position")]
    assert [text.replace(" ", "") for text in kept] == [
        text.replace(" ", "") for text in (donor.name, donor.nip, "Pengelola Data")
    ]
    desk.go("/daftar/langkah/rekening/")
    for name in ("account", "account_again"):
        assert desk.page.locator(f"[name={name}]").input_value().replace(" ", "") == donor.account
    desk.press("Simpan dan lanjutkan nanti")
    assert desk.heading() == "Jawaban Anda sudah tersimpan"
    desk.look("lanjut-nanti")
    desk.go("/saya/")
    desk.look("saya-belum-dikirim")
    desk.close()


def test_a_pppk_without_javascript_signs_electronically_and_takes_it_back_before_the_first_debit(
    product, browser, verifier, folder
):
    donor = as_pppk(fresh_donor(random.Random()))
    window = DonorWindow.open(browser, product.base_url, PHONE, javascript=False)

    # 1. The wizard to the mandate
    come_in(window, donor)
    tell_who(window, donor)
    assert "NI PPPK Anda terbaca" in words_of(window)
    tell_account(window, donor)
    describe_worker(window, donor.worker_name, donor.worker_nik)
    window.next()
    choose_cover(window)
    window.next()
    window.next()
    pdf = agree(window)

    # 2. Signed with a certificate instead of ink, and handed in with two photos
    signed = _signed_electronically(browser, product.base_url, donor, save(folder, "surat.pdf", pdf))
    window.page.set_input_files("[name=signed_mandate]", save(folder, "surat-bertanda-tangan.pdf", signed))
    window.page.set_input_files("[name=ktp]", save(folder, "ktp-pppk.jpg", identity_card(donor.name)))
    book = save(folder, "tabungan-pppk.jpg", passbook(donor.name, donor.account))
    window.page.set_input_files("[name=passbook]", book)
    window.next()
    window.look("kirim-pppk")
    look_with_script(window, "kirim-tanda-tangan-elektronik")
    window.next()
    assert window.heading() == "Pendaftaran terkirim"
    reference = window.page.locator(".reference").first.inner_text().strip()

    # 3. The office sees whose certificate it is
    open_case(verifier, reference)
    assert donor.name in words_of(verifier)
    verifier.look("meja-tanda-tangan-elektronik")
    approve_case(verifier, reference)
    window.go("/saya/")
    assert window.heading() == "Pendaftaran disetujui"

    # 4. Taken back before the first debit: the page says what is left, and nothing else is
    window.go("/saya/hentikan/")
    assert "Belum ada potongan, dan tidak akan ada." in words_of(window)
    assert "tidak meninggalkan data selain nomor, tanggal, dan kode pengaman surat kuasa" in words_of(window)
    look_with_script(window, "hentikan-sebelum-potongan")
    link = personal_link(window, donor)
    window.press("Ya, batalkan dan hapus data saya")
    assert window.heading() == "Surat kuasa dibatalkan"
    assert "Tidak ada potongan, dan tidak akan ada" in words_of(window)
    look_with_script(window, "saya-terhapus")
    window.go("/saya/")
    assert window.page.locator("[name=email]").count() == 1
    window.go(link)
    assert window.heading() == "Pendaftaran ini sudah ditutup"
    look_with_script(window, "lanjut-sudah-ditutup")

    # 5. The office finds the number and the dates, no person
    verifier.go(f"/kantor/verifikasi/?status=disetujui&q={reference}")
    verifier.follow(reference)
    assert donor.name not in words_of(verifier)
    verifier.look("meja-data-terhapus")
    window.close()


def _signed_electronically(browser, base_url: str, donor: TourDonor, unsigned: Path) -> bytes:
    """What the practice signing service hands back."""
    desk = StaffWindow.open(browser, base_url, DESK)
    desk.go("/demo/tanda-tangan/")
    desk.look("latihan-tanda-tangan")
    desk.press("Tandatangani dan unduh")
    desk.look("latihan-tanda-tangan-salah", errors=True)
    desk.fill(name=donor.name)
    desk.page.set_input_files("[name=file]", unsigned)
    with desk.page.expect_download() as waiting:
        desk.page.get_by_role("button", name="Tandatangani dan unduh").click()
    content = Path(waiting.value.path()).read_bytes()
    desk.close()
    return content


def test_a_worker_is_swapped_under_the_ceiling_from_the_month_that_the_page_named(repaired, product, browser):
    window, donor, _ = repaired
    month, other = first_month(browser, product.base_url), fresh_donor(random.Random())

    # 1. The workers, and the room under the ceiling
    window.go("/saya/pekerja/")
    assert "Masih ada ruang" in words_of(window)
    window.look("saya-pekerja")
    window.follow("Tambah pekerja")
    window.look("saya-pekerja-tambah")
    window.next()
    window.look("saya-pekerja-tambah-salah", errors=True)
    describe_worker(window, other.worker_name, other.worker_nik, "no_work")
    window.next()
    window.look("saya-pekerja-tidak-memenuhi-syarat")
    window.go("/saya/pekerja/daftar-tunggu/")
    window.look("saya-pekerja-daftar-tunggu")

    # 2. Another worker instead: before the click the page names the month
    window.go("/saya/pekerja/")
    window.follow(f"Ganti pekerja {donor.worker_name}")
    window.look("saya-pekerja-ganti")
    describe_worker(window, other.worker_name, other.worker_nik)
    window.next()
    window.look("saya-pekerja-ganti-program")
    choose_cover(window)
    assert window.heading() == "Periksa sebelum mengganti"
    assert f"Mulai {month}, bila Anda menekan tombol di bawah sebelum" in words_of(window)
    window.look("saya-pekerja-ganti-periksa")
    window.next()

    # 3. Afterwards the list and the message say the same
    new = other.worker_name
    said = f"{donor.worker_name} digantikan {new}. Iuran {new} dihitung mulai {month}."
    assert said in words_of(window)
    card = window.page.locator("section.card", has_text=other.worker_name)
    assert f"Mulai {month}" in card.inner_text()
    assert f"{donor.worker_name}, digantikan {other.worker_name}" in words_of(window)
    window.look("saya-pekerja-sudah-diganti")
    letter = letter_to(window, donor.email, "promise_changed")
    assert month in letter and other.worker_name in letter


def test_a_pause_and_its_end_say_from_which_month_they_count(repaired, product, browser):
    window, _, _ = repaired
    month = first_month(browser, product.base_url)

    window.go("/saya/pekerja/")
    window.follow("Akhiri perlindungan")
    assert f"Mulai {month}" in words_of(window)
    window.look("saya-pekerja-akhiri")
    window.follow("Tidak jadi")
    window.follow("Jeda iuran")
    window.look("saya-jeda")
    for box in window.page.locator("[name=workers]").all():
        box.uncheck()
    window.next()
    window.look("saya-jeda-salah", errors=True)
    window.page.locator("[name=workers]").first.check()
    window.page.locator("[name=until][value=terbuka]").check()
    window.next()
    assert f"Iuran dijeda mulai {month}." in words_of(window)
    window.look("saya-pekerja-dijeda")
    window.follow("Lanjutkan iuran")
    window.look("saya-lanjutkan")
    window.next()
    assert f"Iuran dilanjutkan mulai {month}." in words_of(window)


def test_every_change_of_the_promise_has_its_page(repaired, product, browser):
    window, _, _ = repaired

    # 1. The hub, another office, retirement: looked at up to the last click
    month = first_month(browser, product.base_url)
    window.go("/saya/perubahan/")
    assert f"Berlaku mulai {month}" in words_of(window)
    window.look("saya-perubahan")
    window.follow("Saya pindah OPD")
    window.look("saya-pindah")
    window.next()
    window.look("saya-pindah-salah", errors=True)
    window.go("/saya/perubahan/pensiun/")
    window.look("saya-pensiun")
    window.fill(day="31", month="2")
    window.next()
    window.look("saya-pensiun-salah", errors=True)
    window.fill(day="1", month="6", year="2031")
    window.next()
    assert "Mei 2031" in words_of(window)
    window.look("saya-pensiun-periksa")

    # 2. Another account is a new version of the mandate, begun and taken back
    window.go("/saya/perubahan/")
    window.press("Ganti rekening")
    window.look("perubahan-rekening")
    window.go("/saya/perubahan/")
    window.look("saya-perubahan-belum-dikirim")
    window.go("/saya/batalkan/")
    window.look("saya-perubahan-batalkan")
    window.press("Ya, batalkan perubahan")
    assert "Surat kuasa yang lama tetap berlaku." in words_of(window)

    # 3. One's own data while a mandate runs
    for name, address in {
        "saya-data-berjalan": "/saya/data/",
        "saya-hapus-belum-dapat": "/saya/data/hapus/",
        "saya-pesan-berjalan": "/saya/pesan/",
    }.items():
        window.go(address)
        window.look(name)


def test_when_a_discount_ends_the_donor_reads_what_changes(repaired, product, browser):
    window, donor, _ = repaired
    if first_month(browser, product.base_url) != "Desember 2026":
        pytest.skip("The discount of the made-up tariff ends with December 2026.")

    told = product.manage("shell", "-c", "from sponsorship.tasks import tell_of_tariff; tell_of_tariff()")
    assert told.returncode == 0, told.stderr
    assert "Januari 2027" in letter_to(window, donor.email, "tariff_change")
    window.go("/saya/")
    window.look("saya-iuran-akan-berubah")
    window.follow("Lihat perubahan iuran")
    assert "Januari 2027" in words_of(window)
    window.look("saya-iuran")


def test_a_stop_after_the_freeze_leaves_the_frozen_month_and_nothing_after_it(repaired, product, browser):
    window, donor, _ = repaired
    frozen = first_month(browser, product.base_url)

    # 1. The month is cut, and its line stands on the donor's page
    move_clock(browser, product.base_url, "batas")
    free = first_month(browser, product.base_url)
    _planned(window, frozen)
    window.look("saya-potongan-direncanakan")

    # 2. The page names the frozen month before the click
    window.go("/saya/hentikan/")
    assert f"Potongan bulan {frozen} sudah ditutup dan tetap berjalan." in words_of(window)
    assert f"Mulai {free} tidak ada potongan lagi" in words_of(window)
    window.look("hentikan-sesudah-ditutup")
    window.press("Ya, hentikan surat kuasa")

    # 3. Page, message and line say what stays
    assert "Potongan terakhir" in words_of(window) and f"Untuk {frozen}." in words_of(window)
    window.look("saya-dihentikan")
    assert frozen in letter_to(window, donor.email, "mandate_revoked")
    window.go("/saya/potongan/")
    assert [row.inner_text() for row in window.page.locator("ul.rows h3").all()] == [frozen]
    no_violations(product)


def _planned(window: DonorWindow, month: str) -> None:
    """Waits until the scheduled job has built the month."""
    deadline = time.monotonic() + BUILT_SECONDS
    window.go("/saya/potongan/")
    while window.page.locator("ul.rows h3", has_text=month).count() == 0:
        assert time.monotonic() < deadline, f"{month} was not built: {words_of(window)}"
        time.sleep(1)
        window.go("/saya/potongan/")


def test_an_office_hands_in_its_roster(verifier, folder):
    verifier.go("/kantor/daftar-pegawai/")
    verifier.look("daftar-pegawai")
    verifier.press("Unggah daftar")
    verifier.look("daftar-pegawai-salah", errors=True)
    verifier.page.set_input_files("[name=file]", save(folder, "salah.csv", b"NIP,Nama\n123,Contoh Salah\n"))
    verifier.press("Unggah daftar")
    assert "Daftar belum diterima" in words_of(verifier)
    verifier.complaints.clear()  # that a form was refused
    verifier.look("daftar-pegawai-ditolak")
    good = f"NIP,Nama\n{fresh_donor(random.Random()).nip},Contoh Pegawai\n".encode()
    verifier.page.set_input_files("[name=file]", save(folder, "pegawai.csv", good))
    verifier.press("Unggah daftar")
    assert "1 pegawai" in words_of(verifier)
    verifier.look("daftar-pegawai-diterima")
