"""The donor's way walked without looking: what a journey does on pages that it, or another one, judges elsewhere."""

import contextlib
import io
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from PIL import Image, ImageFilter

from opd_admin.tour.people import TourDonor
from tests.journeys.people import DonorWindow, StaffWindow

WAIT_SECONDS = 60
# Bytes a second and milliseconds: 400 kbit/s and 400 ms, a phone at the edge of its cell.
SLOW = {"downloadThroughput": 50_000, "uploadThroughput": 50_000, "latency": 400}


class Line:
    """The telephone line of one window, as Chromium plays it."""

    def __init__(self, window: DonorWindow) -> None:
        self.tools = window.page.context.new_cdp_session(window.page)
        self.tools.send("Network.enable")

    def slow(self) -> None:
        self.tools.send("Network.emulateNetworkConditions", {"offline": False, **SLOW})

    def away(self) -> None:
        self.tools.send("Network.emulateNetworkConditions", {"offline": True, **SLOW})

    def good(self) -> None:
        at_once = {"downloadThroughput": -1, "uploadThroughput": -1, "latency": 0}
        self.tools.send("Network.emulateNetworkConditions", {"offline": False, **at_once})


class SlowPhone(DonorWindow):
    """A phone that tells apart the seconds in which its page was looked at: they are no waiting."""

    looked: float = 0.0

    def look(self, name: str, *, errors: bool = False) -> None:
        with self.aside():
            super().look(name, errors=errors)

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """What happens in here is no part of the way; looks inside of it are counted once."""
        before, began = self.looked, time.monotonic()
        yield
        self.looked = before + time.monotonic() - began


def words_of(window) -> str:
    return window.page.locator("main").inner_text()


def as_pppk(donor: TourDonor) -> TourDonor:
    """The same person with an NI PPPK: 21 in the place of the month of appointment."""
    return replace(donor, nip=f"{donor.nip[:8]}2021{'21'}{donor.nip[14:]}")


def come_in(window: DonorWindow, donor: TourDonor, start: str = "/daftar/contoh-dinkes/") -> None:
    window.go(start)
    if window.page.locator("[name=email]").count() == 0:
        with window.page.expect_navigation():
            window.page.locator("a.btn-primary").first.click()
    window.page.locator("[name=channel][value=email]").check()
    window.fill(email=donor.email)
    window.press("Kirim kode")
    window.fill(code=window.sent_code(donor.email))
    window.next()


def tell_who(window: DonorWindow, donor: TourDonor) -> None:
    window.fill(name=donor.name, nip=donor.nip, position="Pengelola Data")
    window.next()


def tell_account(window: DonorWindow, donor: TourDonor) -> None:
    window.fill(account=donor.account, account_again=donor.account, holder=donor.name)
    window.next()


def describe_worker(window: DonorWindow, name: str, nik: str, situation: str = "own") -> None:
    """Fills in the one page about a worker, without sending it."""
    window.page.locator(f"[name=situation][value={situation}]").check()
    window.fill(name=name, nik=nik, workplace="Pasar Contoh", occupation="pedagang_pasar")
    window.page.locator("[name=kelurahan]").select_option(index=1)


def choose_cover(window: DonorWindow) -> None:
    window.page.locator("[name=programme][value=jkk_jkm]").check()
    window.next()


def agree(window: DonorWindow) -> bytes:
    """From the consent to the printed mandate; answers its PDF and stands on the page of the upload."""
    window.page.locator("[name=agree]").check()
    window.next()
    _, pdf = window.download("Unduh")
    window.press("Saya sudah menandatangani")
    return pdf


def blurred(photo: bytes) -> bytes:
    """The same photo, taken by an unsteady hand."""
    out = io.BytesIO()
    Image.open(io.BytesIO(photo)).filter(ImageFilter.GaussianBlur(9)).save(out, "JPEG", quality=80)
    return out.getvalue()


def look_with_script(window: DonorWindow, name: str) -> None:
    """Judges the address that is open in a window without JavaScript: axe needs a script, so a second window of the
    same person opens it."""
    twin = DonorWindow.open(window.page.context.browser, window.base_url, window.size)
    twin.page.context.add_cookies(window.page.context.cookies())
    answer = twin.page.goto(window.page.url)
    if answer.status == 410:
        twin.complaints.clear()  # Chromium says so of every page that is gone
    twin.look(name)
    twin.close()


def letter_to(window: DonorWindow, address: str, event: str) -> str:
    """The newest message of this kind to this address, waited for where the demo shows every message."""
    mailbox = window.page.context.browser.new_context().new_page()
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        mailbox.goto(f"{window.base_url}/demo/pesan/")
        found = [words for words in mailbox.locator("article").all_inner_texts() if address in words]
        for words in found:
            if event in words:
                mailbox.context.close()
                return words
        time.sleep(0.5)
    raise AssertionError(f"no {event} came to {address}; there is: {[words[:80] for words in found]}")


def personal_link(window: DonorWindow, donor: TourDonor) -> str:
    return re.search(r"http\S+/lanjut/\S+", letter_to(window, donor.email, "registration_started"))[0]


def prove_again(window: DonorWindow, donor: TourDonor, used: str) -> None:
    """Asks for a code on the page that is open and types it, once it is another one than `used`."""
    window.press("Kirim kode")
    deadline = time.monotonic() + WAIT_SECONDS
    while (code := window.sent_code(donor.email)) == used:
        assert time.monotonic() < deadline, "no second code arrived"
    window.fill(code=code)
    window.next()


def clock_page(browser, base_url: str) -> StaffWindow:
    visitor = StaffWindow.open(browser, base_url, {"width": 1366, "height": 768})
    visitor.go("/demo/")
    return visitor


def first_month(browser, base_url: str) -> str:
    """The month that still takes changes, as the demo names its cut-off: "Desember 2026"."""
    visitor = clock_page(browser, base_url)
    month = visitor.page.locator("button[value=batas]").inner_text().split("waktu ")[1]
    visitor.close()
    return month


def move_clock(browser, base_url: str, offered: str) -> None:
    """To a moment that the demo offers: `batas` is after the next cut-off, `jam` an hour later."""
    visitor = clock_page(browser, base_url)
    with visitor.page.expect_navigation():
        visitor.page.locator(f"button[value={offered}]").click()
    assert "Jam peragaan sekarang" in words_of(visitor)
    visitor.close()


def approve_case(verifier: StaffWindow, reference: str) -> None:
    """Ticks every check of the case that is open and says yes."""
    for box in verifier.page.locator("[name=checks]").all():
        box.check()
    verifier.press("Setujui")
    assert f"{reference} disetujui" in words_of(verifier)


def open_case(verifier: StaffWindow, reference: str) -> None:
    """Takes a case of the queue."""
    verifier.go(f"/kantor/verifikasi/?status=menunggu&q={reference}")
    verifier.follow(reference)
    verifier.press("Ambil")


def save(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name
