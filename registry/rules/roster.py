"""An OPD's own list of its civil servants: a table with NIP and name. Pure: rows in, lines and faults out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from registry.rules.finding import Finding
from registry.rules.identity import parse_nip
from registry.rules.names import parse_name

MOST_LINES = 50_000
MOST_FAULTS = 50
NIP_TITLES = ("nip", "nip/ni pppk", "nip / ni pppk", "nip baru", "ni pppk")
NAME_TITLES = ("nama", "nama lengkap", "nama pegawai", "nama asn")
NO_TITLES = Finding(
    "titles",
    "Baris pertama harus memuat judul kolom “NIP” dan “Nama”. Tambahkan judul itu, lalu unggah lagi.",
)
NO_LINES = Finding("empty", "Berkas ini tidak memuat satu pegawai pun. Periksa berkasnya, lalu unggah lagi.")
TOO_LONG = Finding("too_long", f"Daftar ini memuat lebih dari {MOST_LINES} pegawai. Unggah per OPD.")


@dataclass(frozen=True)
class Cell:
    """One cell of a table: its text, and whether a spreadsheet kept it as a number (then digits are lost)."""

    text: str
    is_number: bool = False


@dataclass(frozen=True)
class Line:
    """One civil servant: NIP as 18 digits, name as on the list."""

    nip: str
    name: str


def read_roster(
    rows: Iterable[tuple[int, list[Cell]]], *, today: date
) -> tuple[tuple[Line, ...], tuple[Finding, ...]]:
    """The lines of a table and everything wrong with it; `rows` are (line number, cells), the first one the titles.

    A fault names the line and what to do, never the number that stands there. With any fault the lines are not to be
    used: a list with holes would call colleagues strangers.
    """
    found: list[Finding] = []
    lines: dict[str, Line] = {}
    places: tuple[int, int] | None = None
    for number, cells in rows:
        if places is None:
            places = _places(cells)
            if places is None:
                return (), (NO_TITLES,)
            continue
        line = _line(number, cells, places, today)
        if isinstance(line, Line) and line.nip in lines:
            line = _fault(number, "NIP ini sudah ada di baris lain; hapus salah satunya")
        if isinstance(line, Finding):
            found.append(line)
        else:
            lines[line.nip] = line
        if len(found) >= MOST_FAULTS:
            break
        if len(lines) > MOST_LINES:
            return (), (TOO_LONG,)
    if not lines and not found:
        found.append(NO_TITLES if places is None else NO_LINES)
    return tuple(lines.values()), tuple(found)


def _places(titles: list[Cell]) -> tuple[int, int] | None:
    words = [" ".join(cell.text.casefold().split()) for cell in titles]
    nip = next((place for place, word in enumerate(words) if word in NIP_TITLES), None)
    name = next((place for place, word in enumerate(words) if word in NAME_TITLES), None)
    return None if nip is None or name is None else (nip, name)


def _line(number: int, cells: list[Cell], places: tuple[int, int], today: date) -> Line | Finding:
    nip, name = (cells[place] if place < len(cells) else Cell("") for place in places)
    if nip.is_number:
        return _fault(
            number, "NIP tersimpan sebagai angka sehingga digitnya hilang; ubah kolomnya menjadi teks"
        )
    parsed = parse_nip(nip.text, today=today)
    if parsed.value is None:
        return _fault(number, "NIP harus 18 angka dengan susunan yang benar")
    named = parse_name(name.text)
    if named.value is None:
        return _fault(number, "nama kosong atau memuat tanda yang tidak boleh")
    return Line(parsed.value.digits, named.value)


def _fault(number: int, words: str) -> Finding:
    return Finding("line", f"Baris {number}: {words}.", str(number))
