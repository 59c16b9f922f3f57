"""A whole collection month in a real browser, seen through the month board: two waves, one retry, one late return.

The bank is the practice bank of the demo pages; everybody else does what their own pages offer. The donors are those of
the demo, so nobody registers here.
"""

import re
import time
from pathlib import Path

import pytest

from opd_admin.tour.papers import receipt
from tests.journeys.people import DESK, StaffWindow
from tests.journeys.test_main_job import no_violations

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]

OPERATOR, APPROVERS = "operator.disnaker", ("penyetuju1.disnaker", "penyetuju2.disnaker")
IN_TIME, LATE = ("bendahara.dinkes", "bendahara.disdik", "bendahara.dishub"), "bendahara.dlh"
WAIT_SECONDS = 120
# How the month board calls the state of a step.
DONE, NOW = "Selesai", "Giliran sekarang"
REMIT = "Menyetor ke BPJS Ketenagakerjaan"


class Office:
    """Everybody at their own browser, signed in once; one code of the authenticator opens one door."""

    def __init__(self, browser, base_url: str, folder: Path) -> None:
        self.browser, self.base_url, self.folder = browser, base_url, folder
        self.windows: dict[str, StaffWindow] = {}
        self.visitor = StaffWindow.open(browser, base_url, DESK)
        self.batches: list[str] = []

    def at(self, username: str) -> StaffWindow:
        if username not in self.windows:
            self.windows[username] = StaffWindow.open(self.browser, self.base_url, DESK)
            self.windows[username].sign_in(username)
        return self.windows[username]

    @property
    def operator(self) -> StaffWindow:
        return self.at(OPERATOR)

    def clock(self, offered: str) -> None:
        self.visitor.go("/demo/bank/")
        with self.visitor.page.expect_navigation():
            self.visitor.page.locator(f"button[value={offered}]").click()
        assert "Jam peragaan sekarang" in words_of(self.visitor)

    def board(self, name: str) -> dict[str, str]:
        """The month board as the operator sees it, looked at: each step with its state."""
        self.operator.go(f"/kantor/bulan/{self.period}/")
        self.operator.look(name)
        steps = self.operator.page.locator("li.run").all()
        return {
            step.locator("h3").inner_text(): step.locator(".status").first.inner_text().strip()
            for step in steps
        }

    def wait(self, window: StaffWindow, address: str, words: str) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            window.go(address)
            if words in words_of(window):
                return
            time.sleep(1)
        raise AssertionError(f"{address}: “{words}” did not come: {words_of(window)[:600]}")

    def close(self) -> None:
        for window in [self.visitor, *self.windows.values()]:
            window.close()


def words_of(window: StaffWindow) -> str:
    return window.page.locator("main").inner_text()


def gate_on(office: Office) -> None:
    administrator = office.at("administrator")
    administrator.go("/admin/registry/city/1/change/")
    administrator.page.locator("[name=salary_gate]").select_option("per_opd")
    with administrator.page.expect_navigation():
        administrator.page.locator("[name=_save]").click()


def built(office: Office) -> None:
    """The clock jumps past the cut-off, and the scheduled job builds the month."""
    office.visitor.go("/demo/")
    month = office.visitor.page.locator("button[value=batas]").inner_text().split("waktu ")[1]
    office.clock("batas")
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        office.operator.go("/kantor/batch/")
        row = office.operator.page.locator("tr", has_text=month).filter(has_text="menunggu dua persetujuan")
        if row.count():
            break
        time.sleep(1)
    with office.operator.page.expect_navigation():
        row.locator("a").first.click()
    office.batches.append(office.operator.page.url)
    page = office.operator.page.locator("main").inner_html()
    office.period = re.search(r"/kantor/bulan/(\d{4}-\d\d)/", page)[1]
    office.month = month


def salary_landed(office: Office, username: str, *, looked_at: bool = False) -> None:
    treasurer = office.at(username)
    treasurer.go("/kantor/gaji/")
    if looked_at:
        treasurer.look("gaji-bendahara")
    section = treasurer.page.locator(f"section[aria-label*='{office.month}']").first
    with treasurer.page.expect_navigation():
        section.get_by_role("link", name="Gaji sudah masuk").click()
    if looked_at:
        treasurer.look("gaji-nyatakan")
    treasurer.next()
    assert "dinyatakan sudah masuk" in words_of(treasurer)


def narrowed(office: Office) -> None:
    office.operator.go(f"/kantor/bulan/{office.period}/gaji/")
    office.operator.look("gerbang-gaji")
    office.operator.go(office.batches[0])
    office.operator.look("potongan-menunggu-gaji")
    office.operator.follow("Persempit ke OPD")
    office.operator.look("potongan-persempit")
    office.operator.press("Persempit sekarang")
    assert "dipersempit" in words_of(office.operator)


def approved(office: Office, *, looked_at: bool = False) -> None:
    for username in APPROVERS:
        approver = office.at(username)
        approver.go(office.batches[-1])
        approver.follow("Periksa dan setujui")
        if looked_at and username == APPROVERS[0]:
            approver.look("setujui-selisih")
        approver.fill(typed_total=approver.page.locator(".amount").first.inner_text())
        approver.press("Setujui")
        assert "sudah dicatat" in words_of(approver)


def handed_over(office: Office, *, looked_at: bool = False) -> None:
    operator = office.operator
    operator.go(office.batches[-1])
    operator.press("Segel")
    office.wait(operator, office.batches[-1], "Unduh surat pengantar")
    if looked_at:
        operator.look("potongan-siap-diserahkan")
        name, letter, _ = operator.download("surat pengantar")
        assert letter.startswith(b"%PDF-") and name.endswith(".pdf")
    operator.follow("Catat penyerahan")
    operator.page.locator("[name=channel][value=portal]").check()
    operator.fill(receiver="Contoh Petugas Bank", receipt="LATIHAN-01")
    if looked_at:
        operator.look("penyerahan")
    operator.press("Catat penyerahan")
    assert "Penyerahan dicatat" in words_of(operator)


def answer_of_the_bank(
    office: Office, batch: str, scenario: str, mark: str, *, looked_at: bool = False
) -> Path:
    """The file that the practice bank offers; `mark` tells its format by the name."""
    visitor = office.visitor
    visitor.go(f"/demo/bank/{batch.rstrip('/').rpartition('/')[2]}/")
    if looked_at:
        visitor.look("bank-latihan-kumpulan")
    visitor.go(f"/demo/bank/{batch.rstrip('/').rpartition('/')[2]}/{scenario}/")
    if looked_at:
        visitor.look("bank-latihan-jawaban")
    link = visitor.page.locator("a[download]", has_text=mark).first
    name, content, _ = visitor.download(link.inner_text())
    assert name.startswith("LATIHAN_")
    (office.folder / name).write_bytes(content)
    return office.folder / name


def answered(
    office: Office, batch: str, scenario: str, format: str, mark: str, *, looked_at: bool = False
) -> str:
    """The bank's answer uploaded, looked at, applied by the figure that is typed; answers what was typed."""
    file, operator = answer_of_the_bank(office, batch, scenario, mark, looked_at=looked_at), office.operator
    operator.go(f"{batch}jawaban/")
    if looked_at:
        operator.look("jawaban-unggah")
    operator.page.locator(f"[name=format][value={format}]").check()
    operator.page.set_input_files("[name=file]", file)
    operator.press("Unggah dan baca")
    address = operator.page.url
    office.wait(operator, address, "Terapkan jawaban ini")
    if looked_at:
        operator.look("jawaban-dibaca")
    shown = words_of(operator)
    figure = re.search(r"dicatat berhasil: (Rp[\d.]+)|Jumlah barisnya (\d+)", shown)
    operator.fill(typed_total=figure[1] or figure[2])
    operator.press("Terapkan")
    office.wait(operator, address, "Yang sudah terjadi")
    if looked_at:
        operator.look("jawaban-diterapkan")
    return figure[1] or figure[2]


def second_wave(office: Office) -> None:
    """The schedule opens it by itself; whoever is faster presses the button."""
    operator = office.operator
    operator.go(office.batches[0])
    if operator.page.get_by_role("button", name="Susun gelombang berikutnya").count():
        operator.press("Susun gelombang berikutnya")
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        operator.go("/kantor/batch/")
        row = operator.page.locator("tr", has_text=f"{office.month}, gelombang 2").filter(
            has_text="menunggu dua persetujuan"
        )
        if row.count():
            break
        time.sleep(1)
    with operator.page.expect_navigation():
        row.locator("a").first.click()
    office.batches.append(operator.page.url)
    assert "gelombang 2" in operator.heading()
    operator.look("gelombang-kedua")


def settled(office: Office) -> list[str]:
    """Every follow-up is settled by the last way its page offers; answers what they were about."""
    operator, found = office.operator, []
    waiting = f"/kantor/tindak-lanjut/?bulan={office.period}"
    operator.go(waiting)
    operator.look("tindak-lanjut")
    while operator.page.locator("th a.row-link").count():
        with operator.page.expect_navigation():
            operator.page.locator("th a.row-link").first.click()
        operator.look(f"tindak-lanjut-{len(found) + 1}")
        found.append(operator.heading())
        operator.page.locator("[name=outcome]").last.check()
        operator.fill(reason="Sudah dibicarakan dengan donatur.")
        operator.press("Simpan penyelesaian")
        operator.go(waiting)
    return found


def reconciled(office: Office, format: str, *, looked_at: bool = False) -> int:
    """The practice bank's statement uploaded and every booking explained as proposed; answers how many there were."""
    office.visitor.go("/demo/bank/")
    if looked_at:
        office.visitor.look("bank-latihan")
    link = office.visitor.page.locator(f"a[href*='/{office.period}/{format}/']").first
    with office.visitor.page.expect_download() as waiting:
        link.click()
    file = office.folder / waiting.value.suggested_filename
    waiting.value.save_as(file)
    operator = office.operator
    operator.go("/kantor/mutasi/unggah/")
    if looked_at:
        operator.look("mutasi-unggah")
    source = operator.page.locator(f"[name=source] option[value$=':{format}']").first.get_attribute("value")
    operator.page.locator("[name=source]").select_option(source)
    operator.page.set_input_files("[name=data]", file)
    operator.press("Unggah")
    assert "tercatat" in words_of(operator)
    if looked_at:
        operator.look("mutasi")
    return explained(office, looked_at=looked_at)


def explained(office: Office, *, looked_at: bool) -> int:
    operator, number = office.operator, 0
    operator.go("/kantor/mutasi/")
    while (rows := operator.page.locator("table").first.locator("th a.row-link")).count():
        with operator.page.expect_navigation():
            rows.first.click()
        if looked_at and not number:
            operator.look("mutasi-baris")
        operator.press("Pakai usulan ini")
        assert "sekarang terjelaskan" in words_of(operator)
        number += 1
        operator.go("/kantor/mutasi/")
        if "Tidak ada yang belum terjelaskan" in words_of(operator):
            break
    return number


def remitted(office: Office) -> None:
    operator, proof = office.operator, office.folder / "bukti.jpg"
    proof.write_bytes(receipt("LATIHAN"))
    operator.go(f"/kantor/bulan/{office.period}/buku/")
    operator.look("buku-bulan")
    operator.follow("Catat setoran")
    operator.look("setoran")
    operator.fill(
        amount=operator.page.locator(".amount").first.inner_text(),
        payment_reference=f"LATIHAN-{office.period}-B",
    )
    operator.page.set_input_files("[name=evidence]", proof)
    operator.press("Catat setoran")
    assert "dicatat" in words_of(operator)


def confirmed(office: Office) -> None:
    operator = office.operator
    operator.go(f"/kantor/bulan/{office.period}/buku/")
    operator.follow("Catat konfirmasi")
    operator.look("setoran-konfirmasi")
    operator.fill(confirmation=f"BPJS-{office.period}-B")
    operator.press("Catat konfirmasi BPJS")


def closed(office: Office) -> None:
    approver = office.at(APPROVERS[0])
    approver.go(f"/kantor/bulan/{office.period}/buku/")
    approver.follow("Tutup bulan")
    approver.look("tutup-bulan")
    approver.press("Tutup")
    assert "ditutup" in words_of(approver)
    approver.look("buku-ditutup")
    for batch in office.batches:
        approver.go(batch)
        with approver.page.expect_download() as waiting:
            approver.page.get_by_role("button", name="Unduh paket audit").click()
        assert Path(waiting.value.path()).read_bytes().startswith(b"PK")


def traced(office: Office) -> None:
    """One debit from plan to confirmation."""
    operator = office.operator
    operator.go(office.batches[1])
    operator.follow("Lihat semua baris")
    operator.look("potongan-baris")
    reference = re.search(r"\b[A-Z][0-9A-Z]{7}\d{8}\b|\b[A-Z][0-9A-Z]{15}\b", words_of(operator))[0]
    operator.go("/kantor/telusur/")
    operator.look("telusur-cari")
    operator.fill(rujukan=reference)
    operator.press("Telusuri")
    if operator.page.locator("th a.row-link").count():
        with operator.page.expect_navigation():
            operator.page.locator("th a.row-link").first.click()
    operator.look("telusur")
    assert reference in words_of(operator)


def test_a_full_month_with_two_waves_a_retry_and_a_late_return(product, browser, tmp_path):
    office = Office(browser, product.base_url, tmp_path)
    office.visitor.go("/demo/bank/")
    office.visitor.look("bank-latihan-awal")

    # The month is built, the gate lets three of four OPDs through.
    gate_on(office)
    built(office)
    assert office.board("papan-disusun")["Memastikan gaji sudah masuk"] == "Nanti"
    office.clock("potong")
    salary_landed(office, IN_TIME[0], looked_at=True)
    for username in IN_TIME[1:]:
        salary_landed(office, username)
    narrowed(office)

    # Wave 1: two approvals, sealed, handed over, answered.
    approved(office, looked_at=True)
    handed_over(office, looked_at=True)
    board = office.board("papan-di-bank")
    assert (board["Menyerahkan ke bank"], board["Menerima jawaban bank"]) == (DONE, NOW)
    cut = answer_of_the_bank(office, office.batches[0], "terpotong", ".csv")
    office.operator.go(f"{office.batches[0]}jawaban/")
    office.operator.page.locator("[name=format][value=result_csv]").check()
    office.operator.page.set_input_files("[name=file]", cut)
    office.operator.press("Unggah dan baca")
    office.wait(office.operator, office.operator.page.url, "tidak ada yang berubah")
    office.operator.look("jawaban-ditolak")
    salary_landed(office, LATE)
    answered(office, office.batches[0], "biasa", "result_csv", ".csv", looked_at=True)
    assert office.board("papan-tagih-ulang")["Menagih ulang yang gagal"] == NOW

    # Wave 2: what failed for want of funds, and the OPD that spoke late.
    second_wave(office)
    approved(office)
    handed_over(office)
    office.clock("kerja")
    answered(office, office.batches[1], "berhasil", "pain002", "PAIN002")
    answered(office, office.batches[1], "berhasil", "camt054", "CAMT054")

    # One donor takes the money back; a person decides.
    answered(office, office.batches[0], "retur", "pacs004", "PACS004")
    assert len(settled(office)) >= 2

    # The books: every rupiah explained, paid to BPJS, confirmed, closed.
    assert reconciled(office, "camt053", looked_at=True) == 5
    board = office.board("papan-setor")
    assert (board["Mencocokkan dengan mutasi rekening"], board[REMIT]) == (DONE, NOW)
    remitted(office)
    assert reconciled(office, "statement_csv") == 1
    confirmed(office)
    closed(office)
    assert set(office.board("papan-ditutup").values()) == {DONE}
    traced(office)
    office.close()
    no_violations(product)
