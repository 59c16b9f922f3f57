"""The waiting list from both sides: a worker at a poster, one entered in the field, and the office that checks them."""

import re
import time
from pathlib import Path

import pytest

from tests.at_state import photo_of
from tests.journeys.people import DESK, PHONE, DonorWindow, StaffWindow

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]
POSTER = "/pekerja/daftar/contoh-pasar/"


class WorkerWindow(DonorWindow):
    """A worker with a phone of their own or of the family."""

    def read_sms(self, phone: str, event: str) -> str:
        """The newest message of this kind to this number, read where the demo shows every message."""
        mailbox = self.page.context.browser.new_context().new_page()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            mailbox.goto(f"{self.base_url}/demo/pesan/")
            for article in mailbox.locator("article").all():
                words = article.inner_text()
                if phone in words.replace(" ", "").replace("-", "") and event in words:
                    mailbox.context.close()
                    return words
            time.sleep(0.5)
        raise AssertionError(f"no {event} arrived")

    def type_code(self, phone: str) -> None:
        self.fill(
            code=re.search(r"\b(\d{6})\b", self.read_sms(phone, "one_time_code").split("Kode Anda", 1)[1])[1]
        )
        self.next()


def describe(worker: WorkerWindow, name: str, nik: str, phone: str) -> None:
    """Types the one page about oneself."""
    worker.page.locator("[name=situation][value=own]").check()
    worker.fill(name=name, nik=nik, phone=phone, workplace="Pasar Johar, los kain")
    worker.page.locator("[name=occupation]").select_option("pedagang_pasar")
    worker.page.locator("[name=kelurahan]").select_option(index=5)


@pytest.mark.parametrize("javascript", [True, False], ids=["with-javascript", "without-javascript"])
def test_a_worker_registers_at_a_poster_and_is_accepted(product, browser, javascript):
    last = "21" if javascript else "22"
    phone, nik = f"+62812999955{last}", f"33740155128090{last}"
    worker = WorkerWindow.open(browser, product.base_url, PHONE, javascript)
    worker.go(POSTER)
    worker.look("pekerja-daftar")
    worker.next()
    worker.look("pekerja-daftar-salah", errors=True)
    worker.page.locator("[name=situation][value=employee]").check()
    worker.next()
    assert worker.heading() == "Anda belum dapat masuk daftar tunggu"
    worker.look("pekerja-bukan-untuk")
    worker.follow("Kembali ke isian")
    describe(worker, "Contoh Bu Jumirah", nik, phone)
    worker.next()
    assert worker.heading() == "Baca, lalu setujui bila cocok"
    worker.look("pekerja-persetujuan")
    worker.page.locator("[name=agree]").check()
    worker.next()
    worker.look("pekerja-kode")
    worker.type_code(phone)
    assert worker.heading() == "Terima kasih, data Anda kami terima"
    worker.look("pekerja-selesai")

    office = StaffWindow.open(browser, product.base_url, DESK)
    office.sign_in("operator.disnaker")
    office.go("/kantor/daftar-tunggu/")
    office.look("daftar-tunggu")
    office.follow("Contoh Bu Jumirah")
    office.look("daftar-tunggu-pekerja")
    office.press("Terima di daftar tunggu")
    office.go("/kantor/daftar-tunggu/?status=menunggu&q=jumirah")
    assert "Contoh Bu Jumirah" in office.page.locator("main").inner_text()
    office.close()

    assert "/pekerja/keluar/" in worker.read_sms(phone, "waiting_verified")
    worker.close()


def test_of_three_entered_in_the_field_one_agrees_by_thumb_print_one_by_phone_and_one_not_at_all(
    product, browser, tmp_path: Path
):
    field = StaffWindow.open(browser, product.base_url, DESK)
    field.sign_in("petugas.tembalang")
    field.look("kantor-petugas-lapangan")
    field.go("/kantor/daftar-tunggu/?status=menunggu")
    field.look("daftar-tunggu-petugas")
    field.go("/kantor/daftar-tunggu/masukkan/")
    field.look("daftar-tunggu-masukkan")
    field.next()
    field.look("daftar-tunggu-masukkan-salah", errors=True)
    _enter(field, "Contoh Mbah Warsi", "3374105505709031", "", "paper")
    _, form, _ = field.download("Cetak formulir")
    assert form.startswith(b"%PDF-")
    field.follow("Unggah foto formulir")
    field.look("daftar-tunggu-unggah")
    (tmp_path / "formulir.jpg").write_bytes(photo_of("Formulir dengan cap jempol"))
    field.page.set_input_files("[name=paper]", tmp_path / "formulir.jpg")
    field.page.locator("[name=seen]").check()
    field.next()
    assert "Sudah setuju" in field.page.locator("main").inner_text()
    field.look("daftar-tunggu-setuju")

    field.go("/kantor/daftar-tunggu/masukkan/")
    phone = "+6281299995533"
    _enter(field, "Contoh Pak Giman", "3374101505759032", phone, "link")
    worker = WorkerWindow.open(browser, product.base_url, PHONE)
    asked = worker.read_sms(phone, "worker_consent_asked")
    worker.go(re.search(r"http\S+/pekerja/setuju/\S+", asked)[0])
    worker.look("pekerja-setuju")
    worker.page.locator("[name=agree]").check()
    worker.next()
    worker.type_code(phone)
    assert worker.heading() == "Terima kasih, persetujuan Anda dicatat"
    worker.look("pekerja-sudah-setuju")
    worker.close()

    # A third one was entered without being asked, and says no.
    field.go("/kantor/daftar-tunggu/masukkan/")
    phone = "+6281299995534"
    _enter(field, "Contoh Bu Sulami", "3374105505809033", phone, "link")
    worker = WorkerWindow.open(browser, product.base_url, PHONE)
    worker.go(re.search(r"http\S+/pekerja/setuju/\S+", worker.read_sms(phone, "worker_consent_asked"))[0])
    worker.follow("Keluar dari daftar dan hapus data saya")
    worker.look("pekerja-keluar")
    worker.press("Kirim kode untuk keluar")
    worker.look("pekerja-kode-keluar")
    worker.type_code(phone)
    assert worker.heading() == "Anda sudah keluar dari daftar tunggu"
    worker.look("pekerja-sudah-keluar")
    worker.close()
    field.close()

    office = StaffWindow.open(browser, product.base_url, DESK)
    office.sign_in("operator.disnaker")
    office.go("/kantor/daftar-tunggu/?q=giman")
    office.follow("Contoh Pak Giman")
    office.press("Tampilkan nomor lengkap")
    assert "3374 1015 0575 9032" in office.page.locator("main").inner_text()
    office.follow("Tolak")
    office.look("daftar-tunggu-tolak")
    office.page.locator("[name=reason][value=employee]").check()
    office.press("Tolak")
    assert "Tidak memenuhi syarat" in office.page.locator("main").inner_text()
    office.go("/kantor/daftar-tunggu/?q=warsi")
    office.follow("Contoh Mbah Warsi")
    office.follow("Pekerja minta keluar")
    office.look("daftar-tunggu-keluarkan")
    office.go("/kantor/daftar-tunggu/poster/")
    office.look("poster")
    office.follow("Buat poster")
    office.look("poster-baru")
    office.page.locator("[name=group_kind][value=ojek]").check()
    office.fill(group_name="Pangkalan ojek Contoh")
    office.page.locator("[name=kelurahan]").select_option(index=9)
    office.press("Buat poster")
    _, pdf, _ = office.download("Unduh PDF")
    assert pdf.startswith(b"%PDF-")
    office.follow("Cabut")
    office.look("poster-cabut")
    office.press("Cabut poster")
    assert "Dicabut" in office.page.locator("main").inner_text()
    office.close()


def _enter(field: StaffWindow, name: str, nik: str, phone: str, way: str) -> None:
    field.page.locator("[name=situation][value=own]").check()
    field.fill(name=name, nik=nik, phone=phone, workplace="Pasar Contoh")
    field.page.locator("[name=occupation]").select_option("buruh_gendong")
    field.page.locator("[name=kelurahan]").select_option(index=20)
    field.page.locator(f"[name=way][value={way}]").check()
    field.press("Masukkan")
    assert field.heading() == name
