import io
import zipfile
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlsxwriter import Workbook

from autodebit.formats import result_xlsx, sheet_rows
from autodebit.formats.results import Answer

LAYOUT = {
    "sheet": "Hasil",
    "titles": True,
    "date_format": "%d/%m/%Y",
    "amount": {"decimals": 2, "decimal_mark": ",", "group_mark": "."},
    "columns": [
        {"title": "Rujukan", "source": "reference"},
        {"title": "Jumlah", "source": "amount"},
        {"title": "Hasil", "source": "outcome"},
        {"title": "Tanggal", "source": "booked_on"},
        {"title": "Keterangan", "source": "text"},
    ],
    "trailer": [{"constant": "JUMLAH"}, {"source": "total"}, {"source": "count"}],
    "outcomes": {"SUKSES": "succeeded", "GAGAL": "failed"},
}
TITLES = ["Rujukan", "Jumlah", "Hasil", "Tanggal", "Keterangan"]
FIRST = ["A000000000000001", "16.800,00", "SUKSES", "02/01/2026", ""]
SECOND = ["A000000000000002", "33.600,00", "GAGAL", "02/01/2026", "=REK 3000009002"]
ROWS = [TITLES, FIRST, SECOND, ["JUMLAH", "50.400,00", "2"]]


def workbook(rows, sheet="Hasil", options=None):
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, **(options or {})}) as book:
        page = book.add_worksheet(sheet)
        for y, row in enumerate(rows):
            for x, cell in enumerate(row):
                if isinstance(cell, bool):
                    page.write_boolean(y, x, cell)
                elif isinstance(cell, int | float):
                    page.write_number(y, x, cell)
                elif cell.startswith("{="):
                    page.write_formula(y, x, cell.strip("{}"), value="A000000000000001")
                elif cell:
                    page.write_string(y, x, cell)
    return out.getvalue()


def changed(data, name, change):
    """The package with one part changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, change(old.read(part)) if part == name else old.read(part))
    return out.getvalue()


def read(data, layout=LAYOUT):
    reading = result_xlsx.read(io.BytesIO(data), layout)
    return list(reading), reading


SHEET = "xl/worksheets/sheet1.xml"


def test_the_layout_of_these_tests_is_sound():
    assert result_xlsx.layout_findings(LAYOUT) == ()


@pytest.mark.parametrize("options", [{}, {"constant_memory": True, "in_memory": False}])
def test_shared_and_inline_texts_are_read_alike(options):
    answers, reading = read(workbook(ROWS, options=options))
    assert answers == [
        Answer(2, "A000000000000001", "succeeded", "", 16_800, date(2026, 1, 2), ""),
        Answer(3, "A000000000000002", "failed", "GAGAL", 33_600, date(2026, 1, 2), "=REK ****"),
    ]
    assert (reading.findings, reading.fatal, reading.total) == ([], False, 50_400)


def test_amounts_dates_and_sums_may_be_numbers():
    rows = [TITLES, [FIRST[0], 16800, "SUKSES", 46024, ""], ["JUMLAH", 16800.0, 1]]
    answers, reading = read(workbook(rows))
    assert answers == [Answer(2, FIRST[0], "succeeded", "", 16_800, date(2026, 1, 2), "")]
    assert reading.findings == []


@pytest.mark.parametrize(
    ("place", "value"),
    [(0, 7000000001260110), (0, 1.99e17), (0, 12), (2, 0), (4, 5), (1, 16800.5), (1, -1), (1, 1e300), (3, 1.5), (3, -4),
     (0, True), (2, "{=1+1}"), (0, '{=HYPERLINK("https://contoh.invalid")}'), (1, "{=8400*2}")],
)  # fmt: skip
def test_a_number_or_formula_where_a_text_belongs_is_refused_by_row(place, value):
    row = list(FIRST)
    row[place] = value
    answers, reading = read(workbook([TITLES, row, SECOND, ["JUMLAH", "50.400,00", "2"]]))
    assert [answer.outcome for answer in answers] == ["", "failed"]
    assert reading.findings[0].field == "2"
    assert f"kolom ke-{place + 1}" in reading.findings[0].message


def test_a_total_off_by_one_or_a_missing_trailer_is_fatal():
    assert read(workbook([*ROWS[:3], ["JUMLAH", "50.401,00", "2"]]))[1].fatal
    assert read(workbook([*ROWS[:3], ["JUMLAH", "50.400,00", "3"]]))[1].fatal
    assert read(workbook(ROWS[:3]))[1].fatal
    assert read(workbook([TITLES]))[1].fatal


def test_other_titles_another_sheet_or_an_empty_one_are_fatal():
    assert read(workbook([TITLES[::-1], *ROWS[1:]]))[1].fatal
    assert read(workbook(ROWS, sheet="Lain"))[1].fatal
    assert read(workbook([]))[1].fatal


def test_without_a_sheet_name_the_first_sheet_is_read():
    layout = {name: value for name, value in LAYOUT.items() if name != "sheet"}
    assert len(read(workbook(ROWS, sheet="Lain"), layout)[0]) == 2


def test_every_cut_of_the_package_is_fatal():
    data = workbook(ROWS)
    cuts = [*range(0, len(data), 31), *range(len(data) - 40, len(data))]
    assert [cut for cut in cuts if not read(data[:cut])[1].fatal] == []


@given(place=st.integers(0, 5_000), byte=st.integers(0, 255))
def test_one_changed_byte_never_raises(place, byte):
    data = bytearray(workbook(ROWS))
    data[place % len(data)] = byte
    answers, reading = read(bytes(data))
    assert reading.fatal or [answer.reference for answer in answers] == [FIRST[0], SECOND[0]]


@pytest.mark.parametrize(
    "data", [b"", b"REF,STATUS\r\n", b"<Document/>", b"PK\x03\x04", b"PK\x05\x06" + b"\x00" * 18]
)
def test_another_kind_of_file_is_fatal(data):
    answers, reading = read(data)
    assert (answers, reading.fatal) == ([], True)


def test_a_part_that_would_unpack_to_more_than_the_limit_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(sheet_rows, "LARGEST_UNPACKED", 1_000_000)
    data = changed(
        workbook(ROWS), SHEET, lambda part: part.replace(b"<sheetData>", b"<sheetData>" + b" " * 2_000_000)
    )
    assert len(data) < 20_000
    answers, reading = read(data)
    assert (answers, reading.fatal) == ([], True)
    assert "terlalu besar" in reading.findings[0].message


def test_a_part_that_lies_about_its_size_is_fatal():
    data = changed(
        workbook(ROWS), SHEET, lambda part: part.replace(b"<sheetData>", b"<sheetData>" + b" " * 50_000)
    )
    size = next(
        info.file_size for info in zipfile.ZipFile(io.BytesIO(data)).infolist() if info.filename == SHEET
    )
    lying = data.replace(size.to_bytes(4, "little"), (900).to_bytes(4, "little"))
    assert lying != data
    assert read(lying)[1].fatal


def test_a_package_larger_than_the_limit_is_fatal(monkeypatch):
    monkeypatch.setattr(sheet_rows, "LARGEST_PACKAGE", 1_000)
    assert read(workbook(ROWS))[1].fatal


def test_a_directory_of_very_many_names_is_not_read():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for number in range(6_000):
            package.writestr(f"xl/{number:05d}", b"")
    assert read(out.getvalue())[1].fatal


@pytest.mark.parametrize("cell", ["XFD1048576", "CW2", "A0", "A2", "ÄÄ2"])
def test_a_cell_in_the_far_corner_or_out_of_order_takes_no_room(cell):
    data = changed(workbook(ROWS), SHEET, lambda part: part.replace(b'<c r="B2"', f'<c r="{cell}"'.encode()))
    _, reading = read(data)
    assert reading.fatal


def test_a_row_beyond_the_limit_is_fatal():
    data = changed(workbook(ROWS), SHEET, lambda part: part.replace(b'<row r="3"', b'<row r="1048576"'))
    assert read(data)[1].fatal


def test_a_package_with_entities_is_fatal():
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    for name in (SHEET, "xl/sharedStrings.xml", "xl/workbook.xml"):
        data = changed(workbook(ROWS), name, lambda part: part.replace(b"?>", b"?>" + bomb, 1))
        assert read(data)[1].fatal


def test_rich_texts_are_read_without_their_phonetic_runs():
    runs = b'<c r="A2" t="inlineStr"><is><r><t>A00000</t></r><rPh sb="0" eb="1"><t>x</t></rPh>'
    runs += b"<r><t>0000000009</t></r></is></c>"

    def rich(part):
        start = part.index(b'<c r="A2"')
        return part[:start] + runs + part[part.index(b"</c>", start) + 4 :]

    answers, _ = read(changed(workbook(ROWS), SHEET, rich))
    assert answers[0].reference == "A000000000000009"


def test_hand_back_gives_exactly_these_rows_as_texts_and_can_be_read_again():
    rows = [TITLES, [FIRST[0], 16800, "SUKSES", 46024, ""], SECOND, ["JUMLAH", 50400, 2]]
    data = result_xlsx.hand_back(io.BytesIO(workbook(rows)), LAYOUT, {2})
    answers, reading = read(data)
    assert answers == [Answer(2, FIRST[0], "succeeded", "", 16_800, date(2026, 1, 2), "")]
    assert (reading.findings, reading.head.stated_count) == ([], 1)
    assert b't="n"' not in zipfile.ZipFile(io.BytesIO(data)).read(SHEET)


def test_hand_back_never_makes_a_formula_of_a_text():
    data = result_xlsx.hand_back(io.BytesIO(workbook(ROWS)), LAYOUT, {3})
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(data)).read(SHEET)
    assert read(data)[0][0].text == "=REK ****"
