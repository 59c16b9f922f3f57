"""The rows of a workbook that comes from outside, read by streaming.

The usual readers hold the whole sheet, some of them as a rectangle up to its last cell, so one cell in the far corner
takes all the memory there is; and none of them tells a formula from its result. So the package is looked at before
anything is unpacked, and then taken apart row by row with limits on everything.
"""

import io
import re
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple
from zipfile import BadZipFile, ZipFile

from autodebit.formats.reading import Unreadable, looks_like
from autodebit.formats.xml_stream import XmlStream

LARGEST_PACKAGE = 32 * 1024 * 1024
LARGEST_UNPACKED = 256 * 1024 * 1024  # of the parts that are read
LARGEST_DIRECTORY = 256 * 1024
LARGEST_TEXTS = 64 * 1024 * 1024  # characters of the shared strings
MOST_ROWS = 300_000
MOST_COLUMNS = 100

_END, _END_LENGTH, _ZIP64 = b"PK\x05\x06", 22, b"PK\x06\x07"
_REL_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL_NAME = re.compile(r"([A-Z]{1,3})[1-9][0-9]{0,6}")
_ESCAPE = re.compile(r"_x([0-9A-F]{4})_")
_BROKEN = "Berkas XLSX rusak atau terpotong; minta berkas yang utuh."
_TOO_LARGE = "Berkas XLSX terlalu besar; minta bank mengirim CSV atau beberapa berkas."


class Cell(NamedTuple):
    """`kind` is "text", "number", "formula" or "other" (truth values, errors)."""

    text: str
    kind: str


def sheet_rows(data: BinaryIO, sheet: str) -> Iterator[tuple[int, list[Cell]]]:
    """The rows with their number; empty rows are left out, cells that are not there are empty texts.

    `sheet` is the name of the sheet, "" for the first. Raises Unreadable for what is no plain workbook within the
    limits.
    """
    with _opened(data) as package:
        path = _path_of(package, sheet)
        texts = list(_shared(package))
        try:
            with package.open(path) as part:
                yield from _rows(part, texts)
        except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError):
            raise Unreadable(_BROKEN) from None


def _opened(data: BinaryIO) -> ZipFile:
    package = data.read(LARGEST_PACKAGE + 1)
    if not package:
        raise Unreadable("Berkas kosong.")
    if not package.startswith(b"PK\x03\x04"):
        raise Unreadable(
            f"Berkas ini tampaknya {looks_like(package[:4096])}, bukan XLSX; pilih berkas yang benar."
        )
    if len(package) > LARGEST_PACKAGE:
        raise Unreadable(_TOO_LARGE)
    end = package.rfind(_END, -65_536 - _END_LENGTH)
    if end < 0 or len(package) - end < _END_LENGTH:
        raise Unreadable(_BROKEN)
    directory = int.from_bytes(package[end + 12 : end + 16], "little")
    if directory > LARGEST_DIRECTORY or package.find(_ZIP64, max(0, end - 20)) >= 0:
        # A directory of a million names would be read before anybody could ask for its length.
        raise Unreadable(_TOO_LARGE)
    try:
        return ZipFile(io.BytesIO(package))
    except (BadZipFile, NotImplementedError, ValueError):
        raise Unreadable(_BROKEN) from None


def _part(package: ZipFile, name: str) -> BinaryIO | None:
    """One part, its size known before it is opened; None when it is not there. zipfile unpacks no more than stated."""
    try:
        info = package.getinfo(name)
    except KeyError:
        return None
    if info.file_size > LARGEST_UNPACKED:
        raise Unreadable(_TOO_LARGE)
    if info.flag_bits & 1:
        raise Unreadable("Berkas XLSX terkunci dengan kata sandi; minta berkas tanpa kata sandi.")
    try:
        return package.open(info)  # type: ignore[return-value]
    except (BadZipFile, NotImplementedError, RuntimeError):
        raise Unreadable(_BROKEN) from None


def _elements(package: ZipFile, name: str, *names: str) -> Iterator[Any]:
    part = _part(package, name)
    if part is None:
        return
    try:
        with part:
            yield from XmlStream(part, names)
    except (BadZipFile, zlib.error, EOFError, OSError):
        raise Unreadable(_BROKEN) from None


def _path_of(package: ZipFile, wanted: str) -> str:
    relation = ""
    for sheet in _elements(package, "xl/workbook.xml", "sheet", "workbookPr"):
        if sheet.get("date1904") in ("1", "true"):
            raise Unreadable("Berkas XLSX memakai hitungan tanggal 1904; minta bank mengirim CSV.")
        if not relation and wanted in ("", sheet.get("name")):
            relation = sheet.get(_REL_ID) or ""
    if not relation:
        raise Unreadable(f"Lembar {wanted} tidak ada di berkas XLSX." if wanted else _BROKEN)
    for link in _elements(package, "xl/_rels/workbook.xml.rels", "Relationship"):
        if link.get("Id") == relation:
            target = link.get("Target") or ""
            path = target[1:] if target.startswith("/") else f"xl/{target}"
            if _part(package, path) is not None:
                return path
    raise Unreadable(_BROKEN)


def _shared(package: ZipFile) -> Iterator[str]:
    size = 0
    for element in _elements(package, "xl/sharedStrings.xml", "si"):
        text = _text_of(element)
        size += len(text) + 50
        if size > LARGEST_TEXTS:
            raise Unreadable(_TOO_LARGE)
        yield text


def _text_of(element: Any) -> str:
    """The runs of a rich text together, without the phonetic ones."""
    space = element.tag.rpartition("}")[0] + "}"
    runs = (run for run in element.iter(f"{space}t") if run.getparent().tag != f"{space}rPh")
    return _unescaped("".join(run.text or "" for run in runs))


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _rows(part: Any, texts: list[str]) -> Iterator[tuple[int, list[Cell]]]:
    number = 0
    for row in XmlStream(part, ("row",)):
        said = row.get("r") or ""
        number = int(said) if said.isascii() and said.isdigit() and len(said) <= 7 else number + 1
        if number > MOST_ROWS:
            raise Unreadable(_TOO_LARGE, number)
        cells = _cells(row, texts, number)
        if any(cell.text or cell.kind != "text" for cell in cells):
            yield number, cells


def _cells(row: Any, texts: list[str], number: int) -> list[Cell]:
    cells: list[Cell] = []
    space = row.tag.rpartition("}")[0] + "}"
    for element in row.iterchildren(f"{space}c"):
        place = _place(element.get("r"), len(cells))
        if not len(cells) <= place < MOST_COLUMNS:
            raise Unreadable("Kolom terlalu banyak atau tidak urut; ini bukan berkas jawaban bank.", number)
        cells += [Cell("", "text")] * (place - len(cells))
        cells.append(_cell(element, space, texts))
    return cells


def _place(name: str | None, following: int) -> int:
    if not name:
        return following
    found = _CELL_NAME.fullmatch(name)
    if not found:
        return -1
    place = 0
    for letter in found[1]:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _cell(element: Any, space: str, texts: list[str]) -> Cell:
    kind = element.get("t") or "n"
    if element.find(f"{space}f") is not None:
        return Cell("", "formula")
    if kind == "inlineStr":
        inline = element.find(f"{space}is")
        return Cell("" if inline is None else _text_of(inline), "text")
    value = element.findtext(f"{space}v") or ""
    if kind == "s":
        good = value.isascii() and value.isdigit() and len(value) <= 7 and int(value) < len(texts)
        return Cell(texts[int(value)], "text") if good else Cell("", "other")
    if kind == "str":
        return Cell(_unescaped(value), "text")
    if kind == "n":
        return Cell(value, "number") if value else Cell("", "text")
    return Cell(value[:20], "other")
