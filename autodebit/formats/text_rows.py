"""The lines of a text file from a bank, cut into cells. One line of the file is one record, always: a quote that is
never closed spoils its own line and not the hundred thousand behind it.
"""

import csv
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

from autodebit.formats.lines import Layout
from autodebit.formats.reading import Unreadable, looks_like

CHUNK = 256 * 1024
LONGEST_LINE = 64 * 1024
BOM = b"\xef\xbb\xbf"

Split = Callable[[str], list[str] | None]


class Row(NamedTuple):
    """`cells` is empty when `fault` says why. `raw` is what stood there: bytes of a text, cells of a sheet."""

    number: int
    cells: list[str]
    fault: str
    raw: Any


def text_rows(data: BinaryIO, layout: Layout, split: Split) -> Iterator[Row]:
    """Rows with their line number from 1; empty lines are counted and left out.

    Raises Unreadable for what is not text in the layout's encoding, a line longer than LONGEST_LINE, and a last
    line without an end where no trailer vouches for it.
    """
    encoding = layout["encoding"]
    for number, raw in enumerate(_raw_lines(data, layout), 1):
        if not raw:
            continue
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            message = f"Tidak terbaca sebagai {encoding}; minta bank mengirim ulang dengan penyandian itu."
            raise Unreadable(message, number) from None
        if "\x00" in text:
            if number == 1:
                raise Unreadable("Berkas bukan teks; pilih berkas jawaban yang benar.")
            yield Row(number, [], "memuat tanda NUL", raw)
            continue
        cells = split(text)
        if cells is None:
            yield Row(number, [], "tanda kutip tidak berpasangan", raw)
        else:
            yield Row(number, cells, "", raw)


def _raw_lines(data: BinaryIO, layout: Layout) -> Iterator[bytes]:
    """Lines without their ends. Blocks are cut here, so that any stream will do and no line can fill the memory."""
    rest, first, number = b"", True, 0
    while block := data.read(CHUNK):
        if first:
            block = _front(block, layout["encoding"])
            first = False
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            number += 1
            if len(line) > LONGEST_LINE:
                raise Unreadable("Baris terlalu panjang; ini bukan berkas jawaban bank.", number)
            yield line[:-1] if line.endswith(b"\r") else line
        if len(rest) > LONGEST_LINE:
            raise Unreadable("Baris terlalu panjang; ini bukan berkas jawaban bank.", number + 1)
    if rest:
        if not layout.get("trailer"):
            raise Unreadable(
                "Berkas terpotong: baris terakhir tidak diakhiri. Minta berkas yang utuh.", number + 1
            )
        yield rest


def _front(block: bytes, encoding: str) -> bytes:
    """The first block without its byte order mark. Raises Unreadable for another kind of file."""
    kind = looks_like(block)
    if kind != "teks":
        raise Unreadable(
            f"Berkas ini tampaknya {kind}, bukan teks; pilih berkas atau jenis jawaban yang benar."
        )
    if not block.startswith(BOM):
        return block
    if encoding not in ("ascii", "utf-8"):
        raise Unreadable(f"Berkas ditulis sebagai utf-8, seharusnya {encoding}; minta bank mengirim ulang.")
    return block[len(BOM) :]


def delimited(layout: Layout) -> Split:
    """Cuts at the delimiter; None for a line whose quotes do not match."""
    delimiter = layout["delimiter"]
    if layout["quoting"] == "none":
        return lambda text: text.split(delimiter)

    def split(text: str) -> list[str] | None:
        if '"' not in text:
            return text.split(delimiter)
        try:
            return next(csv.reader((text,), delimiter=delimiter, strict=True))
        except csv.Error:
            return None

    return split


def whole(text: str) -> list[str]:
    """The line as its only cell, for layouts that cut by the part of the file a line turns out to be."""
    return [text]
