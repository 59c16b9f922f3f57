"""A browser of a few lines for the tour: cookies, pages, forms. It knows the product only through HTTP."""

import mimetypes
import re
import secrets
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

from lxml import html

TIMEOUT_SECONDS = 60


class TourStopped(Exception):
    """A page was not what the tour expected; the text says which and why."""


class Page:
    """One answer of the product: its address, status, bytes, and the forms and links in it."""

    def __init__(self, url: str, status: int, content: bytes, headers) -> None:
        self.url, self.status, self.content, self.headers = url, status, content, headers
        is_page = "html" in headers.get("Content-Type", "")
        self.tree = html.fromstring(content, base_url=url) if is_page and content.strip() else None

    @property
    def text(self) -> str:
        return " ".join(self.tree.text_content().split()) if self.tree is not None else ""

    @property
    def markup(self) -> str:
        return self.content.decode("utf-8", "replace")

    @property
    def file_name(self) -> str:
        """What the answer wants to be called when it is a file. Raises TourStopped."""
        found = re.search(r'filename="([^"/\\]+)"', self.headers.get("Content-Disposition", ""))
        if found is None:
            raise TourStopped(f"{self.url}: a page instead of a file. {self.text[:300]}")
        return found[1]

    @property
    def heading(self) -> str:
        found = self.tree.xpath("//h1") if self.tree is not None else []
        return " ".join(found[0].text_content().split()) if found else ""

    def link(self, words: str) -> str:
        """The address of the first link whose text holds `words`. Raises TourStopped."""
        for anchor in self.tree.xpath("//a[@href]"):
            if words in " ".join(anchor.text_content().split()):
                return urljoin(self.url, anchor.get("href"))
        raise TourStopped(f"{self.url}: no link “{words}”.")

    def has_link(self, words: str) -> bool:
        return any(words in " ".join(a.text_content().split()) for a in self.tree.xpath("//a[@href]"))

    def has_button(self, words: str) -> bool:
        return any(words in " ".join(b.text_content().split()) for b in self.tree.xpath("//button"))

    def form(self, holding: str):
        """The form that has a field or a button named or labelled `holding`. Raises TourStopped."""
        for form in self.tree.forms:
            named = {element.get("name") for element in form.xpath(".//*[@name]")}
            buttons = [" ".join(button.text_content().split()) for button in form.xpath(".//button")]
            if holding in named or any(holding in label for label in buttons):
                return form
        raise TourStopped(f"{self.url} “{self.heading}”: no form with “{holding}”. {self.errors}")

    @property
    def errors(self) -> str:
        found = self.tree.xpath("//*[contains(@class, 'error-summary')]") if self.tree is not None else []
        return " ".join(" ".join(element.text_content().split()) for element in found)


class Browser:
    """One person's browser: keeps cookies, follows redirects, fills in forms."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.cookies = CookieJar()
        self.opener: OpenerDirector = build_opener(HTTPCookieProcessor(self.cookies))

    def open(self, address: str) -> Page:
        return self._send(Request(urljoin(self.base_url + "/", address)))

    def fill(self, page: Page, holding: str, values: dict | None = None, files: dict | None = None) -> Page:
        """Fills in the form that has `holding` and sends it; `files` maps a field to (name, bytes) or a list
        of them."""
        form = page.form(holding)
        fields = _given(form)
        fields = [(name, value) for name, value in fields if name not in (values or {})]
        for name, value in (values or {}).items():
            fields += [(name, one) for one in (value if isinstance(value, list) else [value])]
        address = urljoin(page.url, form.get("action") or page.url)
        if files is None:
            body, kind = urlencode(fields).encode(), "application/x-www-form-urlencoded"
        else:
            body, kind = _multipart(fields, files)
        request = Request(address, data=body, headers={"Content-Type": kind, "Referer": page.url})
        return self._send(request)

    def _send(self, request: Request) -> Page:
        try:
            answer = self.opener.open(request, timeout=TIMEOUT_SECONDS)
        except HTTPError as problem:
            answer = problem
        with answer:
            return Page(answer.url, answer.status, answer.read(), answer.headers)


def _given(form) -> list[tuple[str, str]]:
    """What the form would send if nobody touched it: hidden fields, chosen options, texts; no buttons, no files."""
    return [
        (name, value)
        for name, value in form.form_values()
        if form.inputs[name] is not None and getattr(form.inputs[name], "type", "") not in ("file", "submit")
    ]


def _multipart(fields: list[tuple[str, str]], files: dict) -> tuple[bytes, str]:
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields
    ]
    for name, given in files.items():
        for file_name, content in given if isinstance(given, list) else [given]:
            kind = mimetypes.guess_type(file_name)[0] or "application/octet-stream"
            head = (
                f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
            )
            parts.append(f"{head}Content-Type: {kind}\r\n\r\n".encode() + content + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"
