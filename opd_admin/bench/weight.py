"""What a page weighs on the wire at the first visit: the page and everything it names, compressed as it is sent."""

import re
from functools import cache
from urllib.parse import urljoin

from lxml import html

from opd_admin.bench.client import Client

_NAMED = (
    "//link[@rel='stylesheet' or @rel='preload' or @rel='icon']/@href",
    "//script/@src",
    "//img/@src",
    "//*[local-name()='use']/@href",
)
_IN_CSS = re.compile(r"""url\(\s*["']?([^"')]+)""")


class Scale:
    """Weighs what pages name; each file is fetched once. Counts all of it, also what this browser would leave out."""

    def __init__(self, base_url: str) -> None:
        self.client = Client(base_url)
        self.weight_of = cache(self._weight_of)

    def beside(self, path: str, page: str) -> int:
        """Bytes of style sheets, scripts, fonts and pictures that the page at `path` names (the page itself apart).

        A donor's own scans are not among them: they are no part of the page's design.
        """
        found: set[str] = set()
        self.client.connection.close()  # idle since the last page, and closed at the other end meanwhile
        tree = html.fromstring(page)
        for expression in _NAMED:
            for address in tree.xpath(expression):
                self._collect(urljoin(path, str(address)), found)
        return sum(self.weight_of(address) for address in found)

    def _collect(self, address: str, found: set[str]) -> None:
        address = address.partition("#")[0]
        if not address.startswith("/static/") or address in found:
            return
        found.add(address)
        if address.endswith(".css"):
            sheet = self.client.ask(address, accept="identity").body.decode()
            for named in _IN_CSS.findall(sheet):
                self._collect(urljoin(address, named), found)

    def _weight_of(self, address: str) -> int:
        answer = self.client.ask(address)
        if answer.status != 200:
            raise RuntimeError(f"{address} answers {answer.status}.")
        return len(answer.body)
