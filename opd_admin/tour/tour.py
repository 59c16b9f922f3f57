"""The promise, played over HTTP from the first click to the verified mandate (the month after it: tour.month).

Nothing here calls the product's code: every step is a page opened or a form sent, as its users would.
"""

import re
import time
from collections.abc import Callable, Iterator
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

    staff: dict[str, Browser] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.asn = Browser(self.base_url)

    def plan(self) -> list[tuple[str, Callable[[], str]]]:
        """What happens, and the deed that answers what came of it."""
        return [
            ("ASN membuka tautan OPD dan membuktikan surelnya", self._prove_contact),
            ("Mengisi data diri dan rekening", self._person_and_account),
            ("Mendaftarkan satu pekerja dan memilih kepesertaan", self._worker_and_cover),
            ("Memeriksa jawaban, menyetujui, mencetak surat kuasa", self._consent_and_print),
            ("Mengunggah surat bertanda tangan, KTP, dan buku tabungan", self._papers),
            ("Mengirim pendaftaran", self._send),
            ("Verifikator OPD memeriksa dan menyetujui", self._verify),
        ]

    def steps(self) -> Iterator[tuple[str, str]]:
        """Plays the plan; yields (what happens, what came of it) after each step. Raises TourStopped."""
        for title, deed in self.plan():
            yield title, deed()

    def _prove_contact(self) -> str:
        page = self.asn.open("/daftar/contoh-dinkes/")
        if page.has_link("Mulai"):
            page = self.asn.open(page.link("Mulai"))
        page = self.asn.fill(page, "email", {"channel": "email", "email": self.donor.email})
        page = self.expect(self.asn.fill(page, "code", {"code": self._sent_code()}), "Siapa Anda")
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
        page = self.expect(page, "Rekening")
        account = self.donor.account
        page = self.asn.fill(
            page, "account", {"account": account, "account_again": account, "holder": self.donor.name}
        )
        self.page = self.expect(page, "pekerja")
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
                "situation": "own",
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
        page = self.expect(self.asn.fill(page, "agree", {"agree": "on"}), "Cetak")
        answer = self.asn.open(page.link("Unduh"))
        if not answer.content.startswith(b"%PDF-"):
            raise TourStopped(f"{answer.url}: not a PDF.")
        self.mandate = answer.content
        self.keep("surat-kuasa.pdf", answer.content)
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
        verifier = self.sign_in("verifikator.dinkes")
        page = verifier.open(f"/kantor/verifikasi/?status=menunggu&q={self.found['reference']}")
        case = page.link(self.found["reference"])
        page = verifier.fill(verifier.open(case), "Ambil")
        boxes = [box.get("value") for box in page.tree.xpath("//input[@name='checks']")]
        page = verifier.fill(page, "Setujui", {"checks": boxes})
        if "disetujui" not in page.text:
            raise TourStopped(f"{page.url}: {page.errors or page.heading}")
        return f"{len(boxes)} pemeriksaan dicentang"

    def sign_in(self, username: str) -> Browser:
        """This person's browser; signed in once and kept, because one code of the authenticator opens one door."""
        if username not in self.staff:
            self.staff[username] = self._signed_in(username)
        return self.staff[username]

    def _signed_in(self, username: str) -> Browser:
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

    def expect(self, page: Page, heading: str) -> Page:
        if heading.lower() not in page.heading.lower():
            raise TourStopped(f"{page.url}: “{page.heading}” instead of “{heading}”. {page.errors}")
        return page

    def keep(self, name: str, content: bytes) -> None:
        (self.folder / name).write_bytes(content)
