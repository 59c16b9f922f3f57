"""An uploaded staff list as rows of cells: CSV with comma or semicolon, or the first sheet of a workbook."""

import csv
import io
from collections.abc import Iterator

from autodebit.formats.reading import Unreadable, looks_like
from autodebit.formats.sheet_rows import sheet_rows
from registry.rules.roster import Cell

LARGEST_FILE = 10 * 1024 * 1024


def rows_of(data: bytes) -> Iterator[tuple[int, list[Cell]]]:
    """(line number, cells). Raises Unreadable with an Indonesian sentence for what is neither, or is cut off."""
    if len(data) > LARGEST_FILE:
        raise Unreadable(f"Berkas lebih besar dari {LARGEST_FILE // 1024**2} MB. Unggah per OPD.")
    kind = looks_like(data[:4096])
    if kind == "XLSX":
        for number, cells in sheet_rows(io.BytesIO(data), ""):
            yield number, [Cell(cell.text, cell.kind != "text" and bool(cell.text)) for cell in cells]
        return
    if kind != "teks":
        raise Unreadable(f"Berkas ini tampaknya {kind}. Simpan daftarnya sebagai CSV atau XLSX, lalu unggah.")
    yield from _text_rows(data)


def _text_rows(data: bytes) -> Iterator[tuple[int, list[Cell]]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("Tulisan di berkas ini tidak terbaca. Simpan sebagai “CSV UTF-8”.") from None
    if "\x00" in text:
        raise Unreadable("Berkas ini rusak. Simpan ulang sebagai CSV atau XLSX.")
    first = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text), delimiter=";" if first.count(";") >= first.count(",") else ",", strict=True
    )
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [Cell(cell.strip()) for cell in cells]
    except csv.Error:
        raise Unreadable(
            f"Baris {reader.line_num}: tanda kutip tidak berpasangan. Perbaiki, lalu unggah lagi."
        ) from None
