"""XML from outside, element by element: nothing is fetched, no entity is expanded, and the tree never grows.

There is no schema here on purpose: banks send many versions of one message, and under a schema lxml keeps silent
about a file that stops before its end. Each format checks the structure it needs.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, BinaryIO

from lxml import etree

from autodebit.formats.lines import WIB
from autodebit.formats.reading import Unreadable, looks_like
from autodebit.formats.table import whole_value

CHUNK = 64 * 1024
LARGEST_GAP = 4 * 1024 * 1024  # bytes without the end of any record: no bank writes that
_ENCODINGS = frozenset({"utf-8", "us-ascii", "ascii", "iso-8859-1", "windows-1252"})
_DECLARED = re.compile(rb"""^<\?xml[^>]{0,100}?encoding\s*=\s*["']([^"']{1,40})["']""")
_MESSAGE = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:([a-z]{4}\.\d{3})\.\d{3}\.\d{2}\}Document")

Element = Any


class XmlStream:
    """The finished elements with one of these local names, in file order. Iterating raises Unreadable.

    `root` and the elements around the records stay; a record is emptied and dropped when the next one is asked for,
    unless `keep` was called with it.
    """

    def __init__(self, data: BinaryIO, names: tuple[str, ...]) -> None:
        self.root: Element = None
        self._data = data
        self._parser = etree.XMLPullParser(
            events=("end",),
            tag=[f"{{*}}{name}" for name in names],
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            remove_comments=True,
            remove_pis=True,
            huge_tree=False,
        )
        self._doomed: Element = None
        self._kept: Element = None

    def __iter__(self) -> Iterator[Element]:
        try:
            yield from self._elements()
            root = self._parser.close()
        except etree.XMLSyntaxError as error:
            # The parser's own words may quote names and accounts; its line number is enough to look there.
            where = f" (lihat baris {error.lineno})" if error.lineno else ""
            raise Unreadable(f"Berkas rusak atau terpotong{where}; minta berkas yang utuh.") from None
        if self.root is None:
            self._begin(root)
        self._drop()

    def keep(self, element: Element) -> None:
        """The element just yielded stays in the tree as it is."""
        self._kept = element

    def _elements(self) -> Iterator[Element]:
        gap, block = 0, _checked_front(self._data.read(CHUNK))
        while block:
            self._parser.feed(block)
            gap += len(block)
            for _, element in self._parser.read_events():
                gap = 0
                if self.root is None:
                    self._begin(element.getroottree().getroot())
                yield element
                self._forget(element)
            if gap > LARGEST_GAP:
                raise Unreadable("Ada bagian berkas yang terlalu panjang; ini bukan berkas bank.")
            block = self._data.read(CHUNK)

    def _begin(self, root: Element) -> None:
        if root.getroottree().docinfo.internalDTD is not None:
            raise Unreadable("Berkas memuat DOCTYPE, yang tidak boleh ada di berkas bank.")
        self.root = root

    def _forget(self, element: Element) -> None:
        """The parser may still be at the element itself, so it is taken out when the next one is finished."""
        self._drop()
        if self._kept is element:
            self._kept = None
            return
        element.clear()
        self._doomed = element

    def _drop(self) -> None:
        if self._doomed is not None:
            parent = self._doomed.getparent()
            if parent is not None:
                parent.remove(self._doomed)
            self._doomed = None


def _checked_front(block: bytes) -> bytes:
    """The first block. Raises Unreadable for what is no plain XML, or brings definitions of its own."""
    if not block.strip():
        raise Unreadable("Berkas kosong.")
    kind = looks_like(block)
    if kind != "XML":
        raise Unreadable(
            f"Berkas ini tampaknya {kind}, bukan XML; pilih berkas atau jenis berkas yang benar."
        )
    declared = _DECLARED.search(block.removeprefix(b"\xef\xbb\xbf"))
    if declared and declared[1].decode("ascii", "replace").lower() not in _ENCODINGS:
        raise Unreadable("Penyandian berkas XML tidak dikenal; minta bank mengirim UTF-8.")
    if b"<!DOCTYPE" in block or b"<!ENTITY" in block:
        raise Unreadable("Berkas memuat DOCTYPE, yang tidak boleh ada di berkas bank.")
    return block


class Message:
    """An ISO 20022 message read record by record; `kinds` such as ("pain.002",), whatever their version.

    Iterating yields (local name, element) and raises Unreadable, also for another message.
    """

    def __init__(self, data: BinaryIO, kinds: tuple[str, ...], names: tuple[str, ...]) -> None:
        self.kinds = kinds
        self.space = ""
        self._paths: dict[str, str] = {}
        self.stream = XmlStream(data, names)

    def __iter__(self) -> Iterator[tuple[str, Element]]:
        for element in self.stream:
            if not self.space:
                self._check(self.stream.root.tag)
            space, _, name = element.tag.rpartition("}")
            if space + "}" == self.space:
                yield name, element
        if not self.space:
            self._check(self.stream.root.tag)

    def _check(self, tag: str) -> None:
        found = _MESSAGE.fullmatch(tag)
        wanted = " atau ".join(self.kinds)
        if not found or found[1] not in self.kinds:
            other = f" tetapi {found[1]}" if found else ""
            raise Unreadable(f"Berkas bukan {wanted}{other}; pilih berkas atau jenis berkas yang benar.")
        self.space = tag.removesuffix("Document")

    def text(self, element: Element, path: str) -> str:
        """The trimmed text at a path of local names ("RtrInf/Rsn/Cd"); "" when it is not there."""
        if element is None:
            return ""
        found = element.findtext(self._paths.get(path) or self._path(path))
        return found.strip() if found else ""

    def find(self, element: Element, path: str) -> Element:
        return None if element is None else element.find(self._paths.get(path) or self._path(path))

    def all(self, element: Element, path: str) -> list[Element]:
        return [] if element is None else element.findall(self._paths.get(path) or self._path(path))

    def _path(self, path: str) -> str:
        """The path with its namespace, made once: this is asked ten times for every record."""
        self._paths[path] = "/".join(self.space + name for name in path.split("/"))
        return self._paths[path]

    def body(self) -> Element:
        """The one element below Document."""
        root = self.stream.root
        return root[0] if root is not None and len(root) else None

    def whole(self) -> bytes:
        """What is left of the document, as a file."""
        return etree.tostring(self.stream.root, xml_declaration=True, encoding="UTF-8") + b"\n"


def xml_amount(element: Element, *, ccy: bool = True) -> int | None:
    """Whole rupiah of an amount such as <Amt Ccy="IDR">16800.00</Amt>; None for anything else. Never negative."""
    if element is None or (ccy and element.get("Ccy") != "IDR"):
        return None
    whole, _, decimals = (element.text or "").strip().partition(".")
    return whole_value(whole) if len(decimals) <= 5 and not decimals.strip("0") else None


def xml_day(text: str) -> date | None:
    """The day of a date or a moment; a moment with an offset is told in western Indonesian time."""
    try:
        if not text:
            return None
        if len(text) <= 10:
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment.astimezone(WIB) if moment.tzinfo else moment).date()
