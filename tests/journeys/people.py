"""The persons of the journeys, each with an own browser window, doing what they do on the screen."""

import hashlib
import io
import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page

from opd_admin.tour.papers import identity_card, passbook, signed_pages
from opd_admin.tour.people import TourDonor
from registry.actions.demo_accounts import ACCOUNTS, PASSWORD, PERIOD_SECONDS

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1366, "height": 768}
TIMEOUT_MS = 20_000
# `make screens` names a folder; then every page that is looked at is photographed.
SCREENS = Path(os.environ["SCREENS_DIR"]) if os.environ.get("SCREENS_DIR") else None

AXE = Axe()
# What a thumb must hit on a donor's page: 44 px high at least, letters of 16 px at least. A link inside a sentence is
# as high as its line (WCAG 2.2, 2.5.8), and of a radio or tick the whole row is the target.
TOO_SMALL = """() => {
  const seen = element => element.offsetParent !== null;
  const target = element => element.closest('.form-check') || element;
  const inText = element => element.matches('a') && getComputedStyle(element).display === 'inline';
  const low = [...document.querySelectorAll('main a, main button, main select, main summary, main input')]
    .filter(element => seen(element) && element.type !== 'hidden' && !inText(element))
    .filter(element => target(element).getBoundingClientRect().height < 44)
    .map(element => element.outerHTML.slice(0, 80));
  const small = [...document.querySelectorAll('main *')]
    .filter(element => seen(element) && parseFloat(getComputedStyle(element).fontSize) < 16)
    .filter(element => [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
    .map(element => element.outerHTML.slice(0, 80));
  return [...low, ...small];
}"""


@dataclass
class Window:
    """One person's browser window; `size` is what this person has before them."""

    page: Page
    base_url: str
    size: dict
    found: dict = field(default_factory=dict)

    @classmethod
    def open(
        cls, browser: Browser, base_url: str, size: dict, javascript: bool = True, touch: bool = False
    ) -> "Window":
        context = browser.new_context(
            viewport=size,
            java_script_enabled=javascript,
            has_touch=touch,
            locale="id-ID",
            timezone_id="Asia/Jakarta",
            accept_downloads=True,
        )
        context.set_default_timeout(TIMEOUT_MS)
        page = context.new_page()
        window = cls(page, base_url, size)
        window.found["javascript"] = javascript
        page.on("console", lambda said: window.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda fault: window.complaints.append(str(fault)))
        return window

    def __post_init__(self) -> None:
        self.complaints: list[str] = []

    def go(self, address: str) -> None:
        self.page.goto(self.base_url + address if address.startswith("/") else address)

    def look(self, name: str, *, errors: bool = False) -> None:
        """Judges the page that is open, on a phone and at a desk: one h1, styled, no sideways scroll, axe
        clean, no complaint."""
        page = self.page
        page.wait_for_load_state()
        assert page.locator("h1").count() == 1, f"{name}: {page.locator('h1').count()} headings"
        if errors:
            assert page.title().startswith("Kesalahan:"), page.title()
            assert page.locator(".error-summary").is_visible()
        # A form that is refused answers 4xx, and Chromium says so; everything else is a fault.
        complaints = [text for text in self.complaints if not (errors and "Failed to load resource" in text)]
        assert complaints == [], f"{name}: {complaints}"
        if self.found["javascript"]:
            for size in (DESK, PHONE) if self.size is PHONE else (PHONE, DESK):
                page.set_viewport_size(size)
                self._judge(f"{name} at {size['width']} px")
                self._photograph(name, size["width"])
        self.complaints.clear()  # axe puts imported style sheets into the page, which the policy rightly refuses

    def _judge(self, name: str) -> None:
        font = self.page.evaluate("getComputedStyle(document.body).fontFamily")
        assert "Jakarta" in font, f"{name} has no style: {font}"
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, f"{name} scrolls {wide} px sideways"
        result = AXE.run(self.page)
        assert result.violations_count == 0, f"{name}: {result.generate_report()}"

    def _photograph(self, name: str, width: int) -> None:
        if not SCREENS:
            return
        SCREENS.mkdir(parents=True, exist_ok=True)
        picture = Image.open(io.BytesIO(self.page.screenshot(full_page=True)))
        picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=128).save(
            SCREENS / f"{name}-{width}.png", optimize=True
        )

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            control = self.page.locator(f"[name={name}]:visible").first
            kind = control.evaluate("element => element.tagName") if self.found["javascript"] else ""
            if kind == "SELECT" or (not kind and self.page.locator(f"select[name={name}]").count()):
                control.select_option(value)
            else:
                control.fill(value)

    def press(self, words: str) -> None:
        """Presses a button that leads to another page, and waits for that page."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=words, exact=False).first.click()

    def follow(self, words: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=words, exact=False).first.click()

    def next(self) -> None:
        """The one primary button of a step."""
        with self.page.expect_navigation():
            self.page.locator("form button.btn-primary").first.click()

    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    def close(self) -> None:
        self.page.context.close()


class DonorWindow(Window):
    """A civil servant on a phone."""

    def look(self, name: str, *, errors: bool = False) -> None:
        self.page.wait_for_load_state()
        if errors and self.found["javascript"]:
            focused = self.page.evaluate("document.activeElement.className")
            assert focused == "error-summary", f"{name} has its focus on {focused or 'nothing'}"
        super().look(name, errors=errors)

    def _judge(self, name: str) -> None:
        super()._judge(name)
        small = self.page.evaluate(TOO_SMALL)
        assert small == [], f"{name} has targets or letters too small for a phone: {small}"

    def prove(self, donor: TourDonor, start: str = "/daftar/contoh-dinkes/") -> None:
        self.go(start)
        if self.page.locator("[name=email]").count() == 0:
            self.look("daftar")
            with self.page.expect_navigation():
                self.page.locator("a.btn-primary").first.click()
        self.look("kontak")
        self.page.locator("[name=channel][value=email]").check()
        self.fill(email=donor.email)
        self.press("Kirim kode")
        self.look("kode")
        self.fill(code=self.sent_code(donor.email))
        self.next()

    def sent_code(self, email: str) -> str:
        """The digits in the newest message to this address, read where the demo shows every message."""
        mailbox = self.page.context.browser.new_context().new_page()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            mailbox.goto(f"{self.base_url}/demo/pesan/")
            for article in mailbox.locator("article").all():
                words = article.inner_text()
                if email in words and (
                    digits := re.search(r"\b(\d{6})\b", words.split("one_time_code", 1)[-1])
                ):
                    mailbox.context.close()
                    return digits[1]
            time.sleep(0.5)
        raise AssertionError("no code arrived")

    def papers(self, donor: TourDonor, pdf: bytes, folder: Path) -> None:
        sheets = []
        for number, sheet in enumerate(signed_pages(pdf), start=1):
            sheets.append(folder / f"surat-{number}.jpg")
            sheets[-1].write_bytes(sheet)
        (folder / "ktp.jpg").write_bytes(identity_card(donor.name))
        (folder / "tabungan.jpg").write_bytes(passbook(donor.name, donor.account))
        self.page.set_input_files("[name=signed_mandate]", sheets)
        self.page.set_input_files("[name=ktp]", folder / "ktp.jpg")
        self.page.set_input_files("[name=passbook]", folder / "tabungan.jpg")

    def download(self, words: str) -> tuple[str, bytes]:
        with self.page.expect_download() as waiting:
            self.page.get_by_role("link", name=words, exact=False).first.click()
        return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


class StaffWindow(Window):
    """A member of staff at a desk."""

    def sign_in(self, username: str) -> None:
        account = next(a for a in ACCOUNTS if a.username == username)
        deadline = time.monotonic() + 3 * PERIOD_SECONDS
        while time.monotonic() < deadline:
            self.go("/akun/login/")
            if self.page.locator(
                "[name=login]"
            ).count():  # else the password was accepted, only the code was not
                self.fill(login=username, password=PASSWORD)
                self.press("Masuk")
            self.fill(code=account.code(time.time()))
            with self.page.expect_navigation():
                self.page.locator("main form button.btn-primary").first.click()
            if "/akun/" not in self.page.url:
                self.complaints.clear()
                return
            # The code was used in this half minute already; five failures would close the account.
            time.sleep(PERIOD_SECONDS - time.time() % PERIOD_SECONDS + 0.5)
        raise AssertionError(f"{username} could not sign in: {self.page.locator('main').inner_text()}")

    def download(self, words: str) -> tuple[str, bytes, str]:
        with self.page.expect_download() as waiting:
            self.page.get_by_role("link", name=words, exact=False).first.click()
        content = Path(waiting.value.path()).read_bytes()
        return waiting.value.suggested_filename, content, hashlib.sha256(content).hexdigest()
