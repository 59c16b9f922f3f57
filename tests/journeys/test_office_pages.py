"""The offices' own pages in a browser: settings, links, and how a new colleague comes in for the first time."""

import time

import pytest

from registry.actions.demo_accounts import PERIOD_SECONDS
from tests.journeys.people import DESK, StaffWindow

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]
ADMIN_PAGES = {
    "pengaturan": "/admin/",
    "pengaturan-opd": "/admin/registry/opd/",
    "pengaturan-opd-baru": "/admin/registry/opd/add/",
    "pengaturan-petugas": "/admin/registry/user/",
    "pengaturan-kota": "/admin/registry/city/1/change/",
    "pengaturan-libur": "/admin/sponsorship/holiday/",
    "pengaturan-tarif": "/admin/sponsorship/tariffline/",
    "pengaturan-riwayat": "/admin/registry/city/1/history/",
}
NEWCOMER = {"username": "contoh.baru", "full_name": "Contoh Baru", "nip": "19920817 201803 2 911"}
FIRST_PASSWORD = "sandi-awal-untuk-contoh"


def code_of(secret: str) -> str:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    return format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD_SECONDS))


def test_the_administrator_finds_every_page_clean_and_lets_a_colleague_in(product, browser):
    administrator = StaffWindow.open(browser, product.base_url, DESK)
    administrator.sign_in("administrator")
    administrator.look("kantor-administrator")
    for name, address in ADMIN_PAGES.items():
        administrator.go(address)
        administrator.look(name)

    # A new colleague gets an account with a role; what is missing is said first.
    administrator.go("/admin/registry/user/add/")
    administrator.fill(**NEWCOMER, new_password="pendek")
    administrator.page.locator("[name=assignments-0-role]").select_option("opd_verifier")
    administrator.page.locator("[name=_save]").click()
    assert "12 karakter" in administrator.page.locator("main").inner_text()
    assert "Pilih OPD-nya" in administrator.page.locator("main").inner_text()
    administrator.look("pengaturan-petugas-salah")
    administrator.fill(new_password=FIRST_PASSWORD)
    administrator.page.locator("[name=assignments-0-opd]").select_option(label="Dinas Kesehatan")
    administrator.page.locator("[name=_save]").click()
    administrator.go("/admin/registry/user/?q=contoh.baru")
    assert "Contoh Baru" in administrator.page.locator("#result_list").inner_text()
    administrator.close()

    newcomer = StaffWindow.open(browser, product.base_url, DESK)
    newcomer.go("/kantor/verifikasi/")
    newcomer.look("masuk")
    newcomer.fill(login=NEWCOMER["nip"], password="salah sama sekali")
    newcomer.press("Masuk")
    newcomer.look("masuk-salah", errors=True)
    newcomer.fill(login=NEWCOMER["nip"], password=FIRST_PASSWORD)
    newcomer.press("Masuk")
    assert newcomer.heading() == "Pasang aplikasi autentikator"
    newcomer.look("pasang-autentikator")
    secret = newcomer.page.locator("strong.code").text_content()
    newcomer.fill(code="000000")
    newcomer.press("Pasang")
    newcomer.look("pasang-autentikator-salah", errors=True)
    newcomer.fill(code=code_of(secret))
    newcomer.press("Pasang")
    assert newcomer.heading() == "Kode pemulihan"
    newcomer.look("kode-pemulihan")
    recovery = newcomer.page.locator(".codes li").first.inner_text()
    newcomer.go("/kantor/verifikasi/")
    assert newcomer.page.url.endswith("/kantor/verifikasi/")
    newcomer.go("/akun/2fa/")
    newcomer.look("keamanan-akun")
    newcomer.go("/akun/password/change/")
    newcomer.look("ganti-kata-sandi")
    newcomer.page.locator(".user-menu summary").click()
    newcomer.press("Keluar")

    # The phone is lost: a recovery code opens the door once.
    newcomer.fill(login="contoh.baru", password=FIRST_PASSWORD)
    newcomer.press("Masuk")
    newcomer.look("kode-autentikator")
    newcomer.fill(code=recovery)
    newcomer.page.locator("main form button.btn-primary").first.click()
    assert newcomer.heading().startswith("Selamat bekerja")
    newcomer.close()


def test_the_operator_makes_a_link_and_takes_it_back(product, browser):
    operator = StaffWindow.open(browser, product.base_url, DESK)
    operator.sign_in("operator.disnaker")
    operator.look("kantor-operator")
    operator.go("/kantor/tautan/baru/")
    operator.look("tautan-baru")
    operator.fill(days="0")
    operator.press("Buat tautan")
    operator.look("tautan-baru-salah", errors=True)
    operator.page.locator("[name=opd]").select_option(label="Dinas Pendidikan")
    operator.fill(label="Apel pagi", days="7", max_uses="50")
    operator.press("Buat tautan")
    operator.look("tautan")
    address = operator.page.locator("tr", has_text="Apel pagi").locator("a.code").inner_text()
    operator.page.locator("tr", has_text="Apel pagi").get_by_role("link", name="Cabut").click()
    operator.look("tautan-cabut")
    operator.press("Cabut tautan")
    assert "Dicabut" in operator.page.locator("tr", has_text="Apel pagi").inner_text()
    operator.go(address)
    assert operator.page.locator("h1").count() == 1 and operator.page.locator("[name=channel]").count() == 0
    operator.close()


def test_the_demo_pages_are_clean(product, browser):
    visitor = StaffWindow.open(browser, product.base_url, DESK)
    for name, address in {"peragaan": "/demo/", "peragaan-pesan": "/demo/pesan/"}.items():
        visitor.go(address)
        visitor.look(name)
    visitor.close()
