"""A connection that is kept open, as a browser keeps it, and a clock beside it."""

import time
from dataclasses import dataclass
from http.client import HTTPConnection
from http.cookiejar import CookieJar
from statistics import median
from urllib.parse import urlsplit

from opd_admin.bench.counting import HEADER
from opd_admin.bench.urls import EMPTY

# Each of gunicorn's threads has a database connection of its own; the first round opens them all.
WARM_UP = 6
COMPRESSED = "gzip, br"


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    queries: int
    milliseconds: float
    content_type: str
    encoding: str


@dataclass(frozen=True)
class Timed:
    """Medians over the rounds: milliseconds of the page and of the empty view between, queries; and the last answer."""

    page: float
    empty: float
    queries: int
    answer: Answer


class Client:
    """One visitor's connection. `cookies` are those of the moment it is made."""

    def __init__(self, base_url: str, cookies: CookieJar | None = None) -> None:
        self.address = urlsplit(base_url).netloc
        self.cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies or ())
        self.connection = HTTPConnection(self.address, timeout=60)

    def ask(self, path: str, form: bytes | None = None, accept: str = COMPRESSED) -> Answer:
        """GET, or POST when there is a `form`; redirects are not followed."""
        headers = {"Accept-Encoding": accept, **({"Cookie": self.cookies} if self.cookies else {})}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        self.connection.request("GET" if form is None else "POST", path, body=form, headers=headers)
        response = self.connection.getresponse()
        body = response.read()
        took = (time.perf_counter() - began) * 1000
        return Answer(
            response.status,
            body,
            int(response.headers.get(HEADER, 0)),
            took,
            response.headers.get("Content-Type", ""),
            response.headers.get("Content-Encoding", "identity"),
        )

    def measure(self, path: str, rounds: int, form: bytes | None = None) -> Timed:
        """The page and the empty view take turns on one connection. Raises RuntimeError when the page is not shown."""
        self.connection.close()
        for _ in range(WARM_UP):
            self.ask(path, form)
            self.ask(EMPTY)
        asked = [(self.ask(path, form), self.ask(EMPTY)) for _ in range(rounds)]
        if refused := next((page for page, _ in asked if page.status != 200), None):
            raise RuntimeError(f"{path} answers {refused.status}.")
        return Timed(
            page=median(page.milliseconds for page, _ in asked),
            empty=median(empty.milliseconds for _, empty in asked),
            queries=round(median(page.queries for page, _ in asked)),
            answer=asked[-1][0],
        )
