import copy

import pytest

from autodebit.formats import fixed_width, xlsx
from autodebit.formats.table_layout import LINE_SOURCES, kind_of


@pytest.fixture
def layout(contoh_profile):
    return copy.deepcopy(contoh_profile["formats"]["fixed_width"])


def fields(layout):
    return [finding.field for finding in fixed_width.layout_findings(layout)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("encoding", "utf-16"), ("line_end", ""), ("date_format", "%A"), ("datetime_format", None), ("amount", None),
        ("amount", {"decimals": 1, "decimal_mark": "", "group_mark": ""}), ("columns", []), ("opening", "H"),
        ("file_name", "berkas.txt"), ("text", {}),
    ],
)  # fmt: skip
def test_a_choice_that_cannot_be_written_in_fixed_widths_is_a_finding_of_its_field(layout, field, value):
    layout[field] = value
    assert [name.split(".")[0] for name in fields(layout)] == [field]


@pytest.mark.parametrize(
    "column",
    [
        {"constant": "D"}, {"constant": "DEBIT", "width": 4}, {"constant": "D", "width": 0},
        {"constant": "=D", "width": 4}, {"constant": "D", "width": 4, "pad": "middle"},
        {"constant": "1", "width": 4, "pad": "left", "fill": "0"}, {"constant": "D", "width": 4, "source": "opd"},
        {"source": "holder"}, {"source": "holder", "width": 4, "fill": "0"},
        {"title": "=A", "constant": "D", "width": 1},
    ],
)  # fmt: skip
def test_a_fixed_width_column_that_cannot_be_written_is_a_finding_with_its_place(layout, column):
    layout["columns"].append(column)
    assert fields(layout) == ["columns.12"]


def test_fixed_width_columns_need_no_titles(layout):
    for column in layout["columns"]:
        column.pop("title")
    assert fields(layout) == []


def test_decimals_that_are_only_meant_need_fixed_widths(layout, contoh_profile):
    assert layout["amount"] == {"decimals": 2, "decimal_mark": "", "group_mark": ""}
    assert fields(layout) == []
    sheet = {**contoh_profile["formats"]["xlsx"], "amount": layout["amount"]}
    assert [finding.field for finding in xlsx.layout_findings(sheet)] == ["amount"]


@pytest.mark.parametrize(
    ("part", "source", "field"),
    [
        ("opening", "created_at", "date_format"),
        ("opening", "collection_date", "date_format"),
        ("columns", "signed_on", "date_format"),
    ],
)
def test_a_column_too_narrow_for_its_dates_is_a_finding_before_anything_is_written(
    layout, part, source, field
):
    (column,) = [column for column in layout[part] if column.get("source") == source]
    column["width"] = 7
    assert fields(layout) == [field]


@pytest.mark.parametrize(
    "name", ["", " ", "A" * 32, "Potongan/Mei", "=Mei", "Mei'", "[Mei]", "Mei\n", None, 5]
)
def test_a_sheet_needs_a_name_that_every_office_program_accepts(contoh_profile, name):
    sheet = {**contoh_profile["formats"]["xlsx"], "sheet": name}
    assert [finding.field for finding in xlsx.layout_findings(sheet)] == ["sheet"]


def test_each_source_has_one_kind():
    kinds = {source: kind_of(source) for source in LINE_SOURCES}
    assert {source for source, kind in kinds.items() if kind != "text"} == {"number", "signed_on", "amount"}
