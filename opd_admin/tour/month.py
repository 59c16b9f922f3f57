"""The collection month, played over HTTP: two waves, the salary gate, the bank's answers, the books, the closing.

The bank is the practice bank below /demo/bank/. Every office signs in with its own account and does what its page
offers, nothing else.
"""

import hashlib
import re
import time
from collections.abc import Callable
from urllib.parse import urljoin

from opd_admin.tour.browser import Browser, Page, TourStopped
from opd_admin.tour.papers import receipt
from opd_admin.tour.tour import LOOK_AGAIN_SECONDS, PATIENCE_SECONDS, Tour

OPERATOR = "operator.disnaker"
APPROVERS = ("penyetuju1.disnaker", "penyetuju2.disnaker")
TREASURERS_IN_TIME = ("bendahara.dinkes", "bendahara.disdik", "bendahara.dishub")
TREASURER_LATE = "bendahara.dlh"
_BATCH = re.compile(r"/kantor/batch/[0-9a-f-]{36}/")
# How a follow-up of the tour ends, the first way that its page offers.
_WAYS = ("mandate_ended", "written_off", "noted")


class MonthTour(Tour):
    """The promise of one donor, then the month in which it is collected with those of the others."""

    def plan(self) -> list[tuple[str, Callable[[], str]]]:
        return [
            *super().plan(),
            ("Administrator menyalakan gerbang gaji", self._gate_on),
            ("Jam peragaan maju melewati batas waktu bulan itu", self._after_cutoff),
            ("Tugas terjadwal menyusun kumpulan potongan", self._wait_for_batch),
            ("Jam peragaan maju ke hari gajian", self._to_payday),
            ("Bendahara tiga OPD menyatakan gaji sudah masuk", self._salaries),
            ("Operator melepas OPD yang belum menyatakan", self._narrow),
            ("Dua penyetuju menyetujui gelombang 1", self._approve),
            ("Operator menyegel dan mengunduh berkas bank", self._seal),
            ("Operator mencatat penyerahan ke bank", self._hand_over),
            ("Bendahara yang terlambat menyatakan gaji masuk", self._late_salary),
            ("Jawaban bank: sebagian gagal (AM04), satu rekening ditutup (AC04)", self._first_answer),
            ("Gelombang 2: yang gagal dan OPD yang terlambat", self._second_wave),
            ("Jawaban bank untuk gelombang 2, dengan pain.002 dan camt.054", self._second_answer),
            ("Satu donatur menarik kembali dananya (pacs.004)", self._late_return),
            ("Operator menyelesaikan tindak lanjut", self._follow_ups),
            ("Mutasi rekening (camt.053) dengan biaya bank dijelaskan", self._first_statement),
            ("Setoran ke BPJS Ketenagakerjaan dicatat", self._remit),
            ("Mutasi rekening dengan setorannya dijelaskan", self._second_statement),
            ("BPJS Ketenagakerjaan mengonfirmasi", self._confirm),
            ("Penyetuju menutup bulan", self._close),
            ("Paket audit kedua gelombang diunduh", self._audit_packs),
        ]

    @property
    def operator(self) -> Browser:
        return self.sign_in(OPERATOR)

    def _gate_on(self) -> str:
        administrator = self.sign_in("administrator")
        page = administrator.open("/admin/registry/city/1/change/")
        page = administrator.fill(page, "salary_gate", {"salary_gate": "per_opd", "_save": "Simpan"})
        if page.tree.xpath("//*[contains(@class, 'errornote')]"):
            raise TourStopped(f"{page.url}: {page.text[:300]}")
        return "per OPD"

    def _after_cutoff(self) -> str:
        page = Browser(self.base_url).open("/demo/")
        self.month = page.tree.xpath("string(//button[@value='batas'])").split("waktu", 1)[1].strip()
        return self._clock({"offered": "batas"})

    def _to_payday(self) -> str:
        return self._clock({"offered": "potong"})

    def _clock(self, to: dict) -> str:
        anybody = Browser(self.base_url)
        page = anybody.open("/demo/")
        page = anybody.fill(page, "offered" if "offered" in to else "moment", to)
        found = re.search(r"Jam peragaan sekarang ([^.]+\.\d\d WIB)", page.text)
        if not found:
            raise TourStopped(f"{page.url}: the clock did not move. {page.errors}")
        return found[1]

    def _wait_for_batch(self) -> str:
        def built() -> Page | None:
            pages = (self.operator.open(address) for address in self._batches())
            return next(
                (page for page in pages if _waits_for_approval(page) and self.month in page.heading), None
            )

        page = self._until(built, "no batch was built")
        self.batches = [page.url]
        return page.heading

    def _batches(self) -> list[str]:
        links = [a.get("href") for a in self.operator.open("/kantor/batch/").tree.xpath("//a[@href]")]
        return list(dict.fromkeys(link for link in links if _BATCH.fullmatch(link)))

    def _salaries(self) -> str:
        for username in TREASURERS_IN_TIME:
            self._salary_landed(username)
        return ", ".join(username.partition(".")[2] for username in TREASURERS_IN_TIME)

    def _late_salary(self) -> str:
        self._salary_landed(TREASURER_LATE)
        return TREASURER_LATE.partition(".")[2]

    def _salary_landed(self, username: str) -> None:
        treasurer = self.sign_in(username)
        page = treasurer.open("/kantor/gaji/")
        # The month of the tour comes first or second; the word is given where the page offers it for that month.
        [where] = [
            urljoin(page.url, a.get("href"))
            for a in page.tree.xpath(f"//section[contains(@aria-label, '{self.month}')]//a[@href]")
            if "Gaji sudah masuk" in a.text_content()
        ][:1] or [""]
        if not where:
            raise TourStopped(f"{page.url}: {username} cannot confirm {self.month}.")
        page = treasurer.fill(treasurer.open(where), "landed_on")
        if "dinyatakan sudah masuk" not in page.text:
            raise TourStopped(f"{page.url}: {page.errors or page.heading}")

    def _narrow(self) -> str:
        page = self.operator.open(self.operator.open(self.batches[0]).link("Persempit ke OPD"))
        figures = [" ".join(e.text_content().split()) for e in page.tree.xpath("//*[@class='value']")]
        page = self.operator.fill(page, "Persempit")
        if "dipersempit" not in page.text:
            raise TourStopped(f"{page.url}: {page.errors or page.heading}")
        return f"{figures[0]} dilepas, {figures[1]} tetap ikut"

    def _approve(self) -> str:
        for username in APPROVERS:
            approver = self.sign_in(username)
            page = approver.open(approver.open(self.batches[-1]).link("Periksa dan setujui"))
            read = page.tree.xpath(
                "string(//*[contains(@class, 'amount')][starts-with(normalize-space(), 'Rp')])"
            )
            page = approver.fill(page, "typed_total", {"typed_total": read.strip()})
            if "sudah dicatat" not in page.text:
                raise TourStopped(f"{page.url}: {page.errors or page.heading}")
        return f"{read.strip()}, diketik ulang dua kali"

    def _seal(self) -> str:
        page = self.operator.fill(self.operator.open(self.batches[-1]), "Segel")
        page = self._until(lambda: self._batch_when("Unduh surat pengantar"), "the batch was not sealed")
        kept = []
        for anchor in page.tree.xpath("//td//a[contains(@class, 'row-link')]"):
            answer = self.operator.open(anchor.get("href"))
            name = answer.file_name
            sha256 = hashlib.sha256(answer.content).hexdigest()
            if sha256 not in page.text:
                raise TourStopped(f"{name}: the hash on the page is another one.")
            self.keep(name, answer.content)
            kept.append((name, len(answer.content), sha256))
        if len(kept) < 2:
            raise TourStopped(f"{page.url}: only {len(kept)} bank files. {page.text[:300]}")
        letter = self.operator.open(page.link("surat pengantar"))
        self.keep(letter.file_name, letter.content)
        self.found.setdefault("files", []).extend(kept)
        return ", ".join([*(name for name, _, _ in kept), letter.file_name])

    def _batch_when(self, words: str) -> Page | None:
        page = self.operator.open(self.batches[-1])
        return page if words in page.text else None

    def _hand_over(self) -> str:
        page = self.operator.open(self.operator.open(self.batches[-1]).link("Catat penyerahan"))
        values = {"channel": "portal", "receiver": "Contoh Petugas Bank", "receipt": "LATIHAN-01"}
        page = self.operator.fill(page, "receiver", values)
        if "Penyerahan dicatat" not in page.text:
            raise TourStopped(f"{page.url}: {page.errors or page.heading}")
        return "lewat portal bank"

    def _first_answer(self) -> str:
        return self._answer(self.batches[0], "biasa", "result_csv")

    def _second_wave(self) -> str:
        """The schedule opens it by itself; whoever is faster presses the button."""
        page = self.operator.open(self.batches[0])
        if page.has_button("Susun gelombang berikutnya"):
            self.operator.fill(page, "Susun gelombang berikutnya")
        page = self._until(self._second_when_built, "the second wave was not built")
        self.batches.append(page.url)
        figures = [" ".join(e.text_content().split()) for e in page.tree.xpath("//*[@class='value']")]
        self._approve()
        self._seal()
        self._hand_over()
        return f"{figures[0]} potongan, {figures[1]}: disetujui, disegel, diserahkan"

    def _second_when_built(self) -> Page | None:
        pages = (self.operator.open(address) for address in self._batches()[:3])
        return next((page for page in pages if _waits_for_approval(page) and self._is_second(page)), None)

    def _is_second(self, page: Page) -> bool:
        return self.month in page.heading and "gelombang 2" in page.heading

    def _second_answer(self) -> str:
        self._clock({"offered": "kerja"})
        first = self._answer(self.batches[1], "berhasil", "pain002")
        second = self._answer(self.batches[1], "berhasil", "camt054")
        return f"{first}; lalu {second}"

    def _late_return(self) -> str:
        return self._answer(self.batches[0], "retur", "pacs004")

    def _answer(self, batch: str, scenario: str, format: str) -> str:
        """What the practice bank says, fetched, uploaded, looked at, and applied by the figure that is typed."""
        name, data = self._from_the_bank(batch, scenario, format)
        page = self.operator.open(f"{batch}jawaban/")
        page = self.operator.fill(page, "format", {"format": format}, files={"file": (name, data)})
        if "/kantor/jawaban/" not in page.url:
            raise TourStopped(f"{page.url}: {page.errors or page.heading}")
        where = page.url
        page = self._until(lambda: self._page_when(where, "typed_total"), f"{name} was not read")
        figure = _figure_to_type(page)
        self.operator.fill(page, "typed_total", {"typed_total": figure})
        self._until(lambda: self._applied(where), f"{name} was not applied")
        return f"{name}, diterapkan dengan mengetik {figure}"

    def _from_the_bank(self, batch: str, scenario: str, format: str) -> tuple[str, bytes]:
        visitor = Browser(self.base_url)
        address = f"/demo/bank/{batch.rstrip('/').rpartition('/')[2]}/{scenario}/"
        page = visitor.open(address)
        mark = {"result_csv": ".csv", "pain002": "PAIN002", "camt054": "CAMT054", "pacs004": "PACS004"}[
            format
        ]
        for anchor in page.tree.xpath("//a[@download]"):
            if mark in anchor.text_content():
                answer = visitor.open(urljoin(page.url, anchor.get("href")))
                self.keep(answer.file_name, answer.content)
                return answer.file_name, answer.content
        raise TourStopped(f"{page.url}: the bank has no answer as {format}. {page.text[:300]}")

    def _page_when(self, address: str, field: str) -> Page | None:
        page = self.operator.open(address)
        return page if page.tree.xpath(f"//*[@name='{field}']") else None

    def _applied(self, address: str) -> Page | None:
        page = self.operator.open(address)
        return page if "Yang sudah terjadi" in page.text else None

    def _follow_ups(self) -> str:
        settled = []
        for _ in range(10):
            page = self.operator.open(f"/kantor/tindak-lanjut/?bulan={self.period}")
            links = page.tree.xpath(
                "//a[starts-with(@href, '/kantor/tindak-lanjut/') and contains(@class, 'row-link')]"
            )
            if not links:
                return "; ".join(settled)
            page = self.operator.open(links[0].get("href"))
            offered = page.form("outcome").inputs["outcome"].value_options
            way = next(way for way in _WAYS if way in offered)
            settled.append(page.heading)
            words = {"outcome": way, "reason": "Sudah dibicarakan dengan donatur (latihan)."}
            page = self.operator.fill(page, "outcome", words)
            if page.errors:
                raise TourStopped(f"{page.url}: {page.errors}")
        raise TourStopped("The follow-ups do not end.")

    def _first_statement(self) -> str:
        return self._statement("camt053")

    def _second_statement(self) -> str:
        return self._statement("statement_csv")

    def _statement(self, format: str) -> str:
        """The practice bank's statement, uploaded; every booking is explained as the page proposes."""
        visitor = Browser(self.base_url)
        page = visitor.open("/demo/bank/")
        [where] = [
            a.get("href")
            for a in page.tree.xpath("//a[@download]")
            if f"/{self.period}/{format}/" in a.get("href")
        ]
        answer = visitor.open(urljoin(page.url, where))
        self.keep(answer.file_name, answer.content)
        page = self.operator.open("/kantor/mutasi/unggah/")
        source = next(
            value
            for value in page.form("source").inputs["source"].value_options
            if value.endswith(f":{format}")
        )
        page = self.operator.fill(
            page, "source", {"source": source}, files={"data": (answer.file_name, answer.content)}
        )
        if "tercatat" not in page.text:
            raise TourStopped(f"{page.url}: {page.errors or page.heading}")
        return f"{answer.file_name}, {self._explain_all()} mutasi dijelaskan"

    def _explain_all(self) -> int:
        for explained in range(40):
            page = self.operator.open("/kantor/mutasi/")
            rows = page.tree.xpath("//th/a[contains(@class, 'row-link')]")
            if not rows:
                return explained
            page = self.operator.open(rows[0].get("href"))
            page = self.operator.fill(page, "Pakai usulan ini")
            if "sekarang terjelaskan" not in page.text:
                raise TourStopped(f"{page.url}: {page.errors or page.heading}")
        raise TourStopped("The statement does not end.")

    @property
    def period(self) -> str:
        """The month of the tour as addresses have it, YYYY-MM."""
        found = re.search(r"/kantor/bulan/(\d{4}-\d\d)/", self.operator.open(self.batches[0]).markup)
        if not found:
            raise TourStopped(f"{self.batches[0]}: no link to the month.")
        return found[1]

    def _books(self) -> Page:
        return self.operator.open(f"/kantor/bulan/{self.period}/buku/")

    def _remit(self) -> str:
        page = self.operator.open(self._books().link("Catat setoran"))
        amount = _first_amount(page)
        values = {"amount": amount, "payment_reference": f"LATIHAN-{self.period}"}
        page = self.operator.fill(page, "amount", values, files={"evidence": ("bukti.jpg", receipt(amount))})
        if "dicatat" not in page.text:
            raise TourStopped(f"{page.url}: {page.errors or page.heading}")
        return amount

    def _confirm(self) -> str:
        page = self.operator.open(self._books().link("Catat konfirmasi"))
        page = self.operator.fill(page, "confirmation", {"confirmation": f"BPJS-{self.period}"})
        if "dikonfirmasi" not in page.text:
            raise TourStopped(f"{page.url}: {page.errors or page.heading}")
        return f"BPJS-{self.period}"

    def _close(self) -> str:
        approver = self.sign_in(APPROVERS[0])
        page = approver.open(approver.open(f"/kantor/bulan/{self.period}/buku/").link("Tutup bulan"))
        if not any("Tutup" in b.text_content() for b in page.tree.xpath("//main//button")):
            raise TourStopped(f"{page.url}: {page.text[:600]}")
        page = approver.fill(page, "Tutup")
        found = re.search(r"Sidik angkanya ([0-9a-f]{16})", page.text)
        if not found:
            raise TourStopped(f"{page.url}: {page.errors or page.text[:300]}")
        return f"{self.month}, sidik {found[1]}"

    def _audit_packs(self) -> str:
        approver, names = self.sign_in(APPROVERS[0]), []
        for batch in self.batches:
            answer = approver.fill(approver.open(batch), "Unduh paket audit")
            if not answer.content.startswith(b"PK"):
                raise TourStopped(f"{batch}: no audit pack. {answer.text[:300]}")
            self.keep(answer.file_name, answer.content)
            names.append(answer.file_name)
        self.found["packs"] = names
        return ", ".join(names)

    def _until(self, look: Callable[[], Page | None], otherwise: str) -> Page:
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            if (found := look()) is not None:
                return found
            time.sleep(LOOK_AGAIN_SECONDS)
        raise TourStopped(f"In time {otherwise}.")


def _waits_for_approval(page: Page) -> bool:
    return "menunggu dua persetujuan" in page.text


def _figure_to_type(page: Page) -> str:
    """What the page asks to be typed again: rupiah, or the number of lines when nothing is collected."""
    found = re.search(r"dicatat berhasil: (Rp[\d.]+)|Jumlah barisnya ([\d.]+?)\.?(?:\s|$)", page.text)
    if found is None:
        raise TourStopped(f"{page.url}: no figure to type. {page.text[:300]}")
    return found[1] or found[2]


def _first_amount(page: Page) -> str:
    """The first sum of money that the page shows as a figure."""
    found = page.tree.xpath(
        "string((//main//*[contains(@class, 'amount')][starts-with(normalize-space(), 'Rp')])[1])"
    )
    return " ".join(found.split())
