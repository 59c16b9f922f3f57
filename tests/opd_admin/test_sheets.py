"""Workbooks of the office: text and nothing but text, whatever a name begins with."""

import io
import tempfile
import zipfile

import pytest
from python_calamine import load_workbook

from autodebit.queries_difference import Line
from opd_admin.sheets import DIFFERENCE_TITLES, difference_sheet, workbook

HOSTILE = ["=1+1", "+62", "-1", "@SUM(A1)", "{=A1}", "https://contoh.example", "0012345", "\tx", "mailto:a@b"]


def rows_of(data: bytes) -> list[list]:
    return load_workbook(io.BytesIO(data)).get_sheet_by_index(0).to_python()


@pytest.mark.parametrize("text", HOSTILE)
def test_what_looks_like_a_formula_a_link_or_a_number_stays_text(text):
    data = workbook("Uji", ["Judul"], [[text]])
    assert rows_of(data)[1] == [text]
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        sheet = package.read("xl/worksheets/sheet1.xml")
        assert b"<f>" not in sheet and b"hyperlink" not in sheet
        assert not any("externalLink" in name for name in package.namelist())


def test_the_difference_has_a_row_for_each_donor_with_its_reasons_in_words():
    line = Line(
        "changed",
        ("more_workers", "other_tariff"),
        "ABCD123401261236",
        "SK/1",
        "=Contoh",
        "DISDIK",
        8400,
        16800,
    )
    rows = rows_of(difference_sheet([line]))
    assert rows[0] == list(DIFFERENCE_TITLES)
    assert rows[1] == [
        "Jumlahnya berubah",
        "Pekerja bertambah; Tarif atau keringanan berubah",
        "ABCD123401261236",
        "SK/1",
        "=Contoh",
        "DISDIK",
        "8400",
        "16800",
        "8400",
    ]


def test_no_temporary_file_is_left_behind_even_when_the_rows_break(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def broken():
        yield ["satu"]
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        workbook("Uji", ["Judul"], broken())
    workbook("Uji", ["Judul"], [["satu"]])
    assert list(tmp_path.iterdir()) == []
