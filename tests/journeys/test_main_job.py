"""The main job in a real browser, as its users do it: from an OPD's link to two sealed bank files."""

import json
import random
import time

import pytest

from opd_admin.tour.people import fresh_donor
from tests.journeys.people import DESK, PHONE, DonorWindow, StaffWindow

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]


@pytest.fixture
def donor():
    return fresh_donor(random.Random())


def register(window: DonorWindow, donor, folder) -> str:
    """Steps 1 to 9 of the wizard; answers the reference."""
    # 1. Contact and code
    window.prove(donor)
    # 2. Who and where, first with a wrong NIP: the sentence helps and nothing typed is lost
    window.look("diri")
    window.fill(name=donor.name, nip="123", position="Pengelola Data")
    window.next()
    window.look("diri-kesalahan", errors=True)
    assert window.page.locator("[name=nip]").input_value() == "123"
    assert window.page.locator("[name=position]").input_value() == "Pengelola Data"
    window.fill(nip=f"{donor.nip[:8]} {donor.nip[8:14]} {donor.nip[14]} {donor.nip[15:]}")
    window.next()
    # 3. The account, twice
    window.look("rekening")
    window.fill(account=donor.account, account_again=donor.account, holder=donor.name)
    window.next()
    # 4. One worker
    if window.page.locator("[name=nik]").count() == 0:
        window.look("pekerja")
        window.follow("Tambah")
    window.look("pekerja-tambah")
    window.page.locator("[name=situation][value=own]").check()
    window.fill(
        name=donor.worker_name, nik=donor.worker_nik, workplace="Pasar Contoh", occupation="pedagang_pasar"
    )
    window.page.locator("[name=kelurahan]").select_option(index=1)
    window.next()
    # 5. The cover
    if window.page.locator("[name=programme]").count() == 0:
        window.look("pekerja-ringkasan")
        window.next()
    window.look("kepesertaan")
    window.page.locator("[name=programme][value=jkk_jkm]").check()
    window.next()
    while "periksa" not in window.page.url:
        window.look("kepesertaan-jumlah")
        window.next()
    # 6. The answers, and the consent
    window.look("periksa")
    answers = window.page.locator("main").inner_text()
    assert ("Rp8.400" if "Desember 2026" in answers else "Rp16.800") in answers
    window.next()
    window.look("persetujuan")
    assert not window.page.locator("[name=agree]").is_checked()
    window.next()
    window.look("persetujuan-kesalahan", errors=True)
    window.page.locator("[name=agree]").check()
    window.next()
    # 7. The mandate
    window.look("cetak")
    _, pdf = window.download("Unduh")
    assert pdf.startswith(b"%PDF-") and len(pdf) <= 60 * 1024
    window.press("Saya sudah menandatangani")
    # 8. The papers: one of the wrong kind is refused with the reason, the others stay
    window.look("unggah")
    (folder / "catatan.txt").write_text("bukan foto")
    window.page.set_input_files("[name=ktp]", folder / "catatan.txt")
    window.next()
    window.look("unggah-kesalahan", errors=True)
    window.papers(donor, pdf, folder)
    window.next()
    window.look("kirim")
    # 9. Sent
    window.next()
    window.look("status-terkirim")
    return window.page.locator(".reference").first.inner_text().strip()


def verify(browser, base_url: str, reference: str) -> None:
    """The OPD looks at the papers and says yes."""
    verifier = StaffWindow.open(browser, base_url, DESK)
    verifier.sign_in("verifikator.dinkes")
    verifier.go("/kantor/verifikasi/")
    verifier.look("antrean")
    verifier.follow(reference)
    verifier.look("meja-menunggu")
    verifier.press("Ambil")
    verifier.look("meja-periksa")
    for box in verifier.page.locator("[name=checks]").all():
        box.check()
    verifier.press("Setujui")
    assert "disetujui" in verifier.page.locator("main").inner_text()
    verifier.close()


def after_cutoff(browser, base_url: str) -> str:
    """Lets the demo clock jump past the next cut-off; answers the month that is cut."""
    anybody = StaffWindow.open(browser, base_url, DESK)
    anybody.go("/demo/")
    anybody.look("demo")
    cut = anybody.page.locator("button[value=batas]")
    month = cut.inner_text().split("waktu ")[1]
    with anybody.page.expect_navigation():
        cut.click()
    anybody.close()
    return month


def built_batch(browser, base_url: str, month: str) -> str:
    """Waits until the scheduled job has built that month; answers the batch's address."""
    operator = StaffWindow.open(browser, base_url, DESK)
    operator.sign_in("operator.disnaker")
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        operator.go("/kantor/batch/")
        row = operator.page.locator("tr", has_text=month).filter(has_text="menunggu dua persetujuan")
        if row.count():
            break
        time.sleep(1)
    operator.look("potongan")
    with operator.page.expect_navigation():
        row.locator("a").first.click()
    operator.look("potongan-bulan")
    address = operator.page.url
    # the maker's side of the house does not approve
    assert operator.page.get_by_role("link", name="Periksa dan setujui").count() == 0
    operator.close()
    return address


def approve(browser, base_url: str, address: str, username: str) -> None:
    approver = StaffWindow.open(browser, base_url, DESK)
    approver.sign_in(username)
    approver.go(address)
    approver.follow("Periksa dan setujui")
    approver.look("setujui")
    approver.fill(typed_total="1")
    approver.press("Setujui")
    approver.look("setujui-kesalahan", errors=True)
    approver.fill(typed_total=approver.page.locator(".amount").first.inner_text())
    approver.press("Setujui")
    assert "sudah dicatat" in approver.page.locator("main").inner_text()
    approver.close()


def seal_and_download(browser, base_url: str, address: str) -> dict[str, bytes]:
    operator = StaffWindow.open(browser, base_url, DESK)
    operator.sign_in("operator.disnaker")
    operator.go(address)
    operator.look("potongan-disetujui")
    operator.press("Segel")
    operator.page.get_by_role("heading", name="Berkas untuk bank").wait_for(timeout=60_000)
    operator.look("potongan-disegel")
    files = {}
    for link in operator.page.locator("td a.row-link").all():
        name, content, sha256 = operator.download(link.inner_text())
        assert sha256 in operator.page.locator("main").inner_text()
        assert operator.download(link.inner_text())[1] == content
        files[name] = content
    operator.close()
    return files


def no_violations(product) -> None:
    checked = product.manage("check_invariants", "--json")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert {row["violations"] for row in json.loads(checked.stdout)} == {0}


def test_main_job_from_an_opd_link_to_two_sealed_bank_files(product, browser, donor, tmp_path):
    window = DonorWindow.open(browser, product.base_url, PHONE)
    window.go("/")
    window.look("beranda")
    window.go("/privasi/")
    window.look("privasi")
    reference = register(window, donor, tmp_path)

    verify(browser, product.base_url, reference)
    window.go("/saya/")
    window.look("status-disetujui")
    window.follow("Hentikan surat kuasa")
    window.look("hentikan")
    month = after_cutoff(browser, product.base_url)
    address = built_batch(browser, product.base_url, month)
    approve(browser, product.base_url, address, "penyetuju1.disnaker")
    approve(browser, product.base_url, address, "penyetuju2.disnaker")
    files = seal_and_download(browser, product.base_url, address)

    assert len(files) == 2
    xml = next(content for name, content in files.items() if name.endswith(".xml"))
    csv = next(content for name, content in files.items() if name.endswith(".csv"))
    assert donor.account.encode() in xml and donor.account.encode() in csv
    no_violations(product)


def test_demo_command_plays_a_full_month_over_http(product):
    played = product.manage("demo")

    assert played.returncode == 0, played.stdout + played.stderr
    assert "2 paket utuh" in played.stdout
    left = {file.suffix for file in (product.var_dir / "demo").iterdir()}
    assert left == {".pdf", ".csv", ".xml", ".md", ".zip"}
    no_violations(product)
