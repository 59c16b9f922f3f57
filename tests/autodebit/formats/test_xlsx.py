import copy
import io
from dataclasses import replace
from datetime import date
from hashlib import sha256
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from python_calamine import load_workbook

from autodebit.formats import FORMATS, xlsx
from autodebit.formats.lines import DebitLine, LineUnfit, Tally, WriterMismatch, starts_formula
from autodebit.formats.sheet_rows import Cell, sheet_rows

GOLDEN = "BANKCONTOH/three_lines.xlsx"
SHEET = "xl/worksheets/sheet1.xml"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
HOSTILE = ["=1+1", "+62", "-1", "@SUM(A1)", "\tContoh", "Contoh\rDua\nTiga", "Contoh\x00\x1f", "ＣＯＮＴＯＨ",
           "\u202eContoh", "سامي Contoh", "😀" * 50, "Contohslamet", "Nur’aini O'Contoh",
           "</t></is></c><c><f>1+1</f>", "]]>&amp;", "_x0041_"]  # fmt: skip


@pytest.fixture(scope="session")
def layout(contoh_profile):
    return contoh_profile["formats"]["xlsx"]


def bytes_of(head, lines, layout):
    out = io.BytesIO()
    xlsx.write(head, lines, layout, out)
    return out.getvalue()


def read(data, layout):
    return xlsx.read_back(io.BytesIO(data), layout)


def cells(data):
    return list(load_workbook(io.BytesIO(data)).get_sheet_by_name("Potongan").iter_rows())


def sheet_of(data):
    with ZipFile(io.BytesIO(data)) as package:
        return etree.fromstring(package.read(SHEET))


def with_part(data, name, content):
    """The same package with one part changed or added."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(data)) as before, ZipFile(out, "w", ZIP_DEFLATED) as after:
        for old in before.namelist():
            if old != name:
                after.writestr(old, before.read(old))
        after.writestr(name, content)
    return out.getvalue()


def with_sheet(data, old, new):
    with ZipFile(io.BytesIO(data)) as package:
        sheet = package.read(SHEET)
    assert old in sheet
    return with_part(data, SHEET, sheet.replace(old, new, 1))


def test_the_cells_are_those_of_the_golden_file(contoh_head, contoh_lines, layout, golden):
    assert cells(bytes_of(contoh_head, contoh_lines, layout)) == cells(golden(GOLDEN))


def test_the_golden_file_says_what_was_agreed(golden):
    opening, titles, first, _, _, trailer = cells(golden(GOLDEN))
    assert opening[:4] == ["BERKAS", "PPR-202601-G01-01", "29/12/2025 09.30.15", "02/01/2026"]
    assert titles[:5] == ["Nomor", "Rujukan", "Rekening", "Nama Pemilik", "Jumlah"]
    assert first[:5] == ["1", "7K2MQ4XA0126011C", "000000009001", "Contoh Siti Nur'aini", "16.800,00"]
    assert trailer[:5] == ["JUMLAH", "PPR-202601-G01-01", "3", "1", "1.284.967,00"]


def test_the_same_input_gives_the_same_bytes_and_their_hash(contoh_head, contoh_lines, layout):
    out = io.BytesIO()
    result = FORMATS["xlsx"].write(contoh_head, iter(contoh_lines), layout, out)
    assert out.getvalue() == bytes_of(contoh_head, contoh_lines, layout)
    assert result.sha256 == sha256(out.getvalue()).hexdigest()
    assert (result.count, result.total, result.digest) == (3, 1_284_967, Tally.of(contoh_lines).digest)


def test_the_written_file_reads_back_equal(layout, contoh_lines, golden):
    data = io.BytesIO(golden(GOLDEN))
    back = xlsx.read_back(data, layout)
    assert back.references == ("7K2MQ4XA0126011C", "9B3NR5YB0126012D", "4C6PT8VC0226011E")
    assert (back.count, back.total, back.digest) == (3, 1_284_967, Tally.of(contoh_lines).digest)
    assert (back.findings, data.closed) == ((), False)


def test_every_cell_is_text_in_the_text_format_and_nothing_is_a_formula(golden):
    sheet = sheet_of(golden(GOLDEN))
    found = list(sheet.iter(f"{MAIN}c"))
    assert len(found) == 7 + 4 * 9 + 5
    assert {(cell.get("t"), cell.get("s")) for cell in found} == {("inlineStr", "1")}
    assert not list(sheet.iter(f"{MAIN}f"))
    with ZipFile(io.BytesIO(golden(GOLDEN))) as package:
        styles = etree.fromstring(package.read("xl/styles.xml"))
    (formats,) = styles.iter(f"{MAIN}cellXfs")
    assert formats[1].get("numFmtId") == "49"


def test_the_sheet_states_its_whole_dimension(golden):
    assert sheet_of(golden(GOLDEN)).find(f"{MAIN}dimension").get("ref") == "A1:I6"


def test_leading_zeros_of_the_account_survive(contoh_head, contoh_lines, layout):
    lines = [replace(contoh_lines[0], account=account) for account in ("0000000001", "000000000010", "0")]
    data = bytes_of(replace(contoh_head, total=3 * 16_800), lines, layout)
    assert [row[2] for row in cells(data)[2:5]] == ["0000000001", "000000000010", "0"]
    assert read(data, layout).digest == Tally.of(lines).digest


def test_a_text_that_looks_like_an_escape_of_the_format_is_read_as_written(contoh_head, contoh_lines, layout):
    """ECMA-376 reads "_x0041_" as "A"; "_x005F_" stands for the underscore itself."""
    lines = [replace(contoh_lines[0], opd="DINKES_x0041_1"), *contoh_lines[1:]]
    data = bytes_of(contoh_head, lines, layout)
    _, first_line = list(sheet_rows(io.BytesIO(data), "Potongan"))[2]
    assert first_line[7] == Cell("DINKES_x0041_1", "text")


def test_a_second_reader_sees_the_same_cells(golden):
    seen = [[cell.text for cell in row] for _, row in sheet_rows(io.BytesIO(golden(GOLDEN)), "Potongan")]
    assert [row + [""] * (9 - len(row)) for row in seen] == cells(golden(GOLDEN))


@pytest.mark.parametrize("missing", [("opening",), ("trailer",), ("opening", "trailer")])
@pytest.mark.parametrize("titles", [True, False])
def test_a_file_without_opening_titles_or_trailer_reads_back_too(
    contoh_head, contoh_lines, layout, missing, titles
):
    other = {name: value for name, value in layout.items() if name not in missing}
    other["titles"] = titles
    assert xlsx.layout_findings(other) == ()
    back = read(bytes_of(contoh_head, contoh_lines, other), other)
    assert (back.digest, back.findings) == (Tally.of(contoh_lines).digest, ())


def test_last_columns_that_are_empty_in_every_row_read_back_too(contoh_head, contoh_lines, layout):
    lines = [replace(line, description="") for line in contoh_lines]
    other = {**layout, "titles": False}
    assert read(bytes_of(contoh_head, lines, other), other).findings == ()


@pytest.mark.parametrize("change", [{"count": 2}, {"count": 4}, {"total": 1_284_966}, {"total": 1_284_968}])
def test_lines_unlike_the_head_leave_a_file_that_nobody_can_read(contoh_head, contoh_lines, layout, change):
    out = io.BytesIO()
    with pytest.raises(WriterMismatch):
        xlsx.write(replace(contoh_head, **change), contoh_lines, layout, out)
    assert read(out.getvalue(), layout).findings


def test_more_lines_than_a_sheet_has_rows_are_refused_before_writing(contoh_head, layout):
    out = io.BytesIO()
    with pytest.raises(LineUnfit):
        xlsx.write(replace(contoh_head, count=1_048_576), (), layout, out)
    assert out.getvalue() == b""


def test_what_may_not_be_shortened_is_a_finding_and_never_written(contoh_head, contoh_lines, layout):
    narrow = copy.deepcopy(layout)
    narrow["columns"][2]["width"] = 4
    (finding,) = xlsx.line_findings(contoh_lines[0], narrow)
    assert (finding.code, finding.field) == ("too_wide", "account")
    with pytest.raises(LineUnfit):
        bytes_of(contoh_head, contoh_lines, narrow)


def test_every_cut_of_the_file_is_noticed(layout, golden):
    data = golden(GOLDEN)
    assert [cut for cut in range(len(data)) if not read(data[:cut], layout).findings] == []


def test_a_changed_byte_never_gives_other_lines_without_a_finding(layout, golden, contoh_lines):
    """Every part carries a checksum; a byte outside the parts may change without changing a cell."""
    data, digest = golden(GOLDEN), Tally.of(contoh_lines).digest
    for place in range(0, len(data), 7):
        back = read(data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :], layout)
        assert back.findings or back.digest == digest


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b">16.800,00<", b">16.801,00<", "Baris 6: jumlah rupiah di baris penutup"),
        (b">16.800,00<", b">16.801,00<", "Baris 1: jumlah rupiah di baris pembuka"),
        (b">16.800,00<", b">16.800,50<", "Baris 3: jumlah rupiah tidak terbaca"),
        (b">16.800,00<", b">16800<", "Baris 3: jumlah rupiah tidak terbaca"),
        (b">Rekening<", b">Rekening Donatur<", "Baris 2: judul"),
        (b">BERKAS<", b">LAIN<", "Baris 1: isi tetap"),
        (b">JUMLAH<", b">LAIN<", "Baris 6: isi tetap"),
        (b"<sheetData>", b"<sheetData><row><c><f>1+1</f><v>2</v></c></row>", "rumus"),
        (b"<sheetData>", b"<sheetData><row><c><x:f xmlns:x='a'>1+1</x:f></c></row>", "rumus"),
        (b"<worksheet", b"<!DOCTYPE a [<!ENTITY b 'c'>]><worksheet", "rumus atau isi aktif"),
        (
            b'<c r="C3" s="1" t="inlineStr"><is><t xml:space="preserve">000000009001</t></is></c>',
            b'<c r="C3"><v>9001</v></c>',
            "Baris 3: jumlah kolom tidak sesuai susunan yang disepakati, atau ada sel yang bukan teks",
        ),
        (b"</sheetData>", b'<row r="7"><c r="A7"><v>1</v></c></row></sheetData>', "Baris 7: baris penutup"),
        (b"</sheetData>", b"", "tidak terbaca"),
    ],
)
def test_a_changed_sheet_is_noticed(layout, golden, old, new, words):
    findings = read(with_sheet(golden(GOLDEN), old, new), layout).findings
    assert any(words in finding.message for finding in findings), findings


def test_another_sheet_is_noticed(layout, golden):
    (finding,) = read(golden(GOLDEN), {**layout, "sheet": "Lain"}).findings
    assert "tidak terbaca" in finding.message


@pytest.mark.parametrize("data", [b"", b"PK", b"\x00" * 999, b"<html>", b"PK\x05\x06" + b"\x00" * 18])
def test_what_is_no_workbook_is_noticed(layout, data):
    assert read(data, layout).findings


def test_a_package_that_swells_is_refused_before_it_is_unpacked(layout, golden, monkeypatch):
    monkeypatch.setattr(xlsx, "LARGEST_UNPACKED", 1_000_000)
    bomb = with_part(golden(GOLDEN), "xl/media/bomb.bin", b"\x00" * 1_000_000)
    assert len(bomb) < 20_000
    (finding,) = read(bomb, layout).findings
    assert "terlalu besar" in finding.message


def test_a_formula_is_found_where_two_blocks_of_reading_meet(layout, golden, monkeypatch):
    monkeypatch.setattr(xlsx, "_CHUNK", 64)
    for shift in range(64):
        blanks = b" " * shift
        data = with_sheet(
            golden(GOLDEN), b"<sheetData>", b"<sheetData>" + blanks + b"<row><c><f>1</f></c></row>"
        )
        assert "rumus" in read(data, layout).findings[0].message


LINES = st.builds(
    DebitLine,
    reference=st.from_regex(r"[0-9A-Z][0-9A-Z-]{0,34}", fullmatch=True),
    mandate_id=st.from_regex(r"[0-9A-Z][0-9A-Z-]{0,34}", fullmatch=True),
    signed_on=st.dates(date(1990, 1, 1), date(2099, 12, 31)),
    account=st.from_regex(r"[0-9]{5,16}", fullmatch=True),
    holder=st.text(max_size=90) | st.sampled_from(HOSTILE),
    amount=st.integers(1, 10**10),
    opd=st.sampled_from(["DINKES", "SETDA.UMUM"]),
    description=st.text(max_size=60) | st.sampled_from(HOSTILE),
)


@given(lines=st.lists(LINES, min_size=1, max_size=6))
def test_any_lines_read_back_equal_and_no_cell_can_run(contoh_head, layout, lines):
    head = replace(contoh_head, count=len(lines), total=sum(line.amount for line in lines))
    data = bytes_of(head, lines, layout)
    back = read(data, layout)
    assert (back.digest, back.findings) == (Tally.of(lines).digest, ())
    assert back.references == tuple(line.reference for line in lines)
    rows = cells(data)
    assert all(type(cell) is str and not starts_formula(cell) for row in rows for cell in row)
    assert [row[2] for row in rows[2:-1]] == [line.account for line in lines]
    assert not list(sheet_of(data).iter(f"{MAIN}f"))


def test_no_account_is_ever_laid_down_in_a_temporary_file(contoh_head, contoh_lines, layout, monkeypatch):
    def forbidden(*args, **kwargs):
        raise AssertionError("a temporary file")

    for name in ("mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile"):
        monkeypatch.setattr(f"tempfile.{name}", forbidden)
    data = bytes_of(contoh_head, contoh_lines, layout)
    assert read(data, layout).findings == ()
