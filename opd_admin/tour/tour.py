"""The main job, played over HTTP from the first click to the sealed bank files: what a newcomer runs to believe us.

Nothing here calls the product's code: every step is a page opened or a form sent, as its users would.
"""

import hashlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from opd_admin.tour.browser import Browser, Page, TourStopped
from opd_admin.tour.papers import identity_card, passbook, signed_pages
from opd_admin.tour.people import TourDonor

PATIENCE_SECONDS = 120
LOOK_AGAIN_SECONDS = 1.0


@dataclass
class Tour:
    """One walk. `folder` receives the mandate and the bank files; `found` keeps what the report tells."""

    base_url: str
    donor: TourDonor
    folder: Path
    found: dict = field(default_factory=dict)

    def steps(self) -> Iterator[tuple[str, str]]:
        """Plays the job step by step; yields (what happens, what came of it) after each. Raises TourStopped."""
        self.asn = Browser(self.base_url)
        yield "ASN membuka tautan OPD dan membuktikan surelnya", self._prove_contact()
        yield "Mengisi data diri dan rekening", self._person_and_account()
        yield "Mendaftarkan satu pekerja dan memilih kepesertaan", self._worker_and_cover()
        yield "Memeriksa jawaban, menyetujui, mencetak surat kuasa", self._consent_and_print()
        yield "Mengunggah surat bertanda tangan, KTP, dan buku tabungan", self._papers()
        yield "Mengirim pendaftaran", self._send()
        yield "Verifikator OPD memeriksa dan menyetujui", self._verify()
        yield "Jam peragaan maju melewati batas waktu bulan itu", self._move_clock()
        yield "Tugas terjadwal menyusun kumpulan potongan", self._wait_for_batch()
        yield "Penyetuju pertama menyetujui", self._approve("penyetuju1.disnaker")
        yield "Penyetuju kedua menyetujui", self._approve("penyetuju2.disnaker")
        yield "Operator menyegel dan mengunduh berkas bank", self._seal_and_download()

    def _prove_contact(self) -> str:
        page = self.asn.open("/daftar/contoh-dinkes/")
        if page.has_link("Mulai"):
            page = self.asn.open(page.link("Mulai"))
        page = self.asn.fill(page, "email", {"channel": "email", "email": self.donor.email})
        page = self._expect(self.asn.fill(page, "code", {"code": self._sent_code()}), "Siapa Anda")
        self.page = page
        return f"sebagai {self.donor.name}"

    def _sent_code(self) -> str:
        """The digits of the newest message to this donor, as the demo's mailbox shows it."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            for article in Browser(self.base_url).open("/demo/pesan/").tree.xpath("//article"):
                words = article.text_content()
                if self.donor.email in words and (
                    digits := re.search(r"\b(\d{6})\b", words.split("WIB", 1)[-1])
                ):
                    return digits[1]
            time.sleep(LOOK_AGAIN_SECONDS)
        raise TourStopped("The one-time code did not arrive.")

    def _person_and_account(self) -> str:
        opd = self.page.form("opd").inputs["opd"].value
        page = self.asn.fill(
            self.page,
            "nip",
            {"name": self.donor.name, "nip": self.donor.nip, "position": "Pengelola Data", "opd": opd},
        )
        page = self._expect(page, "Rekening")
        account = self.donor.account
        page = self.asn.fill(
            page, "account", {"account": account, "account_again": account, "holder": self.donor.name}
        )
        self.page = self._expect(page, "pekerja")
        return "NIP dan rekening diterima"

    def _worker_and_cover(self) -> str:
        page = self.page
        if page.tree.xpath("//input[@name='nik']") == []:
            page = self.asn.open(page.link("Tambah"))
        kelurahan = page.form("nik").inputs["kelurahan"].value_options[1]
        page = self.asn.fill(
            page,
            "nik",
            {
                "name": self.donor.worker_name,
                "nik": self.donor.worker_nik,
                "phone": "",
                "occupation": "pedagang_pasar",
                "workplace": "Pasar Contoh",
                "kelurahan": kelurahan,
            },
        )
        if not page.tree.xpath("//input[@name='programme']"):
            page = self.asn.fill(page, "Lanjut")
        page = self.asn.fill(page, "programme", {"programme": "jkk_jkm", "declared_income": "1000000"})
        self.page = page
        return self.donor.worker_name

    def _consent_and_print(self) -> str:
        page = self.asn.open("/daftar/langkah/periksa/")
        amount = page.tree.xpath(
            "string(//*[contains(@class, 'amount')][starts-with(normalize-space(), 'Rp')])"
        ).strip()
        page = self.asn.open("/daftar/langkah/persetujuan/")
        page = self._expect(self.asn.fill(page, "agree", {"agree": "on"}), "Cetak")
        answer = self.asn.open(page.link("Unduh"))
        if not answer.content.startswith(b"%PDF-"):
            raise TourStopped(f"{answer.url}: not a PDF.")
        self.mandate = answer.content
        self._keep("surat-kuasa.pdf", answer.content)
        return f"{len(answer.content) / 1024:.0f} KB; {amount} sebulan"

    def _papers(self) -> str:
        page = self.asn.open("/daftar/langkah/unggah/")
        sheets = signed_pages(self.mandate)
        photos = {
            "signed_mandate": [
                (f"surat-{number}.jpg", sheet) for number, sheet in enumerate(sheets, start=1)
            ],
            "ktp": ("ktp.jpg", identity_card(self.donor.name)),
            "passbook": ("tabungan.jpg", passbook(self.donor.name, self.donor.account)),
        }
        self.page = self.asn.fill(page, "ktp", {}, files=photos)
        if self.page.errors:
            raise TourStopped(self.page.errors)
        return f"{len(sheets) + 2} gambar"

    def _send(self) -> str:
        page = self.asn.fill(self.asn.open("/daftar/langkah/kirim/"), "Kirim")
        found = re.search(r"PR-[0-9A-Z]{4}-[0-9A-Z]{4}", page.text)
        if not found:
            raise TourStopped(f"{page.url} “{page.heading}”: no reference. {page.errors}")
        self.found["reference"] = found[0]
        return f"nomor {found[0]}"

    def _verify(self) -> str:
        verifier = self._sign_in("verifikator.dinkes")
        page = verifier.open(f"/kantor/verifikasi/?status=menunggu&q={self.found['reference']}")
        case = page.link(self.found["reference"])
        page = verifier.fill(verifier.open(case), "Ambil")
        boxes = [box.get("value") for box in page.tree.xpath("//input[@name='checks']")]
        page = verifier.fill(page, "Setujui", {"checks": boxes})
        if "disetujui" not in page.text:
            raise TourStopped(f"{page.url}: {page.errors or page.heading}")
        return f"{len(boxes)} pemeriksaan dicentang"

    def _move_clock(self) -> str:
        anybody = Browser(self.base_url)
        page = anybody.open("/demo/")
        self.month = page.tree.xpath("string(//button[@value='batas'])").split("waktu", 1)[1].strip()
        page = anybody.fill(page, "offered", {"offered": "batas"})
        return re.search(r"Jam peragaan sekarang ([^.]+\.\d\d WIB)", page.text)[1]

    def _wait_for_batch(self) -> str:
        self.operator = self._sign_in("operator.disnaker")
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            for address in self._batches():
                page = self.operator.open(address)
                if self.month in page.heading and "menunggu dua persetujuan" in page.text:
                    self.batch = page.url
                    self.found["amount"] = re.search(r"Rp[\d.]+", page.text)[0]
                    return page.heading
            time.sleep(LOOK_AGAIN_SECONDS)
        raise TourStopped("No batch was built in time.")

    def _batches(self) -> list[str]:
        page = self.operator.open("/kantor/batch/")
        links = [anchor.get("href") for anchor in page.tree.xpath("//a[@href]")]
        return sorted(
            {link for link in links if re.fullmatch(r"/kantor/batch/[0-9a-f-]{36}/", link)}, key=links.index
        )

    def _approve(self, username: str) -> str:
        approver = self._sign_in(username)
        page = approver.open(approver.open(self.batch).link("Periksa dan setujui"))
        read = page.tree.xpath(
            "string(//*[contains(@class, 'amount')][starts-with(normalize-space(), 'Rp')])"
        )
        page = approver.fill(page, "typed_total", {"typed_total": read.strip()})
        if "sudah dicatat" not in page.text:
            raise TourStopped(f"{page.url}: {page.errors or page.heading}")
        return f"{username}, jumlah diketik ulang"

    def _seal_and_download(self) -> str:
        page = self.operator.fill(self.operator.open(self.batch), "Segel")
        until = time.monotonic() + PATIENCE_SECONDS
        while "Berkas untuk bank" not in page.text and time.monotonic() < until:
            time.sleep(LOOK_AGAIN_SECONDS)
            page = self.operator.open(self.batch)
        kept = []
        for anchor in page.tree.xpath("//td//a[contains(@class, 'row-link')]"):
            answer = self.operator.open(anchor.get("href"))
            name = re.search(r'filename="([^"]+)"', answer.headers["Content-Disposition"])[1]
            sha256 = hashlib.sha256(answer.content).hexdigest()
            if sha256 not in page.text:
                raise TourStopped(f"{name}: the hash on the page is another one.")
            self._keep(name, answer.content)
            kept.append((name, len(answer.content), sha256))
        if len(kept) < 2:
            raise TourStopped(f"{page.url}: only {len(kept)} bank files. {page.text[:300]}")
        self.found["files"] = kept
        return ", ".join(name for name, _, _ in kept)

    def _sign_in(self, username: str) -> Browser:
        """Password, then the code of the authenticator as /demo/ shows it; a code that was used a moment ago waits."""
        browser = Browser(self.base_url)
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            password, code = self._account(username)
            page = browser.fill(
                browser.open("/akun/login/"), "password", {"login": username, "password": password}
            )
            page = browser.fill(page, "code", {"code": code})
            if "/akun/" not in page.url:
                return browser
            time.sleep(5)
        raise TourStopped(f"{username} could not sign in: {page.errors or page.heading}")

    def _account(self, username: str) -> tuple[str, str]:
        page = Browser(self.base_url).open("/demo/")
        row = page.tree.xpath(f"//tr[td[1][normalize-space()='{username}']]")[0]
        password = page.tree.xpath("//*[contains(text(), 'Kata sandi')]/strong")[0].text_content().strip()
        return password, row.xpath("td[3]")[0].text_content().strip()

    def _expect(self, page: Page, heading: str) -> Page:
        if heading.lower() not in page.heading.lower():
            raise TourStopped(f"{page.url}: “{page.heading}” instead of “{heading}”. {page.errors}")
        return page

    def _keep(self, name: str, content: bytes) -> None:
        (self.folder / name).write_bytes(content)
