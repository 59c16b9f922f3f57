import copy

import pytest

from autodebit.formats.csv_layout import layout_findings


@pytest.fixture
def layout(profile):
    return copy.deepcopy(profile["formats"]["bank_csv"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("encoding", "utf-16"), ("line_end", ""), ("delimiter", "x"), ("quoting", "some"), ("titles", "yes"),
        ("date_format", "%A"), ("date_format", "%Y%"), ("date_format", ""), ("date_format", "%Y,%m"),
        ("date_format", "=%Y"), ("datetime_format", None), ("amount", None), ("amount", {"decimals": 1}),
        ("amount", {"decimals": 0, "group_mark": " "}),
        ("amount", {"decimals": 2, "decimal_mark": ",", "group_mark": ","}),
        ("amount", {"decimals": 2, "decimal_mark": "", "group_mark": ""}),
        ("columns", None), ("columns", []), ("columns", "x"), ("opening", []), ("trailer", {"a": 1}),
        ("file_name", "berkas.csv"), ("text", {}),
    ],
)  # fmt: skip
def test_a_choice_that_cannot_be_written_is_a_finding_of_its_field(layout, field, value):
    layout[field] = value
    assert [finding.field.split(".")[0] for finding in layout_findings(layout)] == [field]


@pytest.mark.parametrize(
    "column",
    [
        "holder", {"source": "holder", "width": 9}, {"title": "=A", "source": "holder", "width": 9},
        {"title": "A,B", "source": "holder", "width": 9}, {"title": "A", "source": "nik", "width": 9},
        {"title": "A", "source": ["holder"], "width": 9}, {"title": "A", "source": "holder"},
        {"title": "A", "source": "holder", "width": 0}, {"title": "A", "source": "holder", "width": True},
        {"title": "A", "constant": "@X"}, {"title": "A", "constant": 5}, {"title": "A", "constant": "a;b"},
        {"title": "A", "constant": "A", "source": "holder"},
        {"title": "A", "source": "holder", "width": 9, "pad": "middle"},
        {"title": "A", "source": "count", "width": 9, "pad": "left", "fill": "x"},
        {"title": "A", "source": "creditor_account", "width": 9, "pad": "left", "fill": "0"},
        {"title": "A", "source": "total", "width": 9, "pad": "right", "fill": "0"},
    ],
)  # fmt: skip
def test_a_column_that_cannot_be_written_is_a_finding_with_its_place(layout, column):
    layout["columns"].append(column)
    assert [finding.field for finding in layout_findings(layout)] == ["columns.12"]


def test_line_sources_are_unknown_in_a_trailer(layout):
    layout["trailer"].append({"source": "holder", "width": 9})
    assert [finding.field for finding in layout_findings(layout)] == ["trailer.4"]


@pytest.mark.parametrize("source", ["reference", "account", "amount"])
def test_reference_account_and_amount_must_each_stand_once(layout, source):
    without = [column for column in layout["columns"] if column.get("source") != source]
    twice = [*layout["columns"], {"title": "LAGI", "source": source, "width": 35}]
    for columns in (without, twice):
        (finding,) = layout_findings({**layout, "columns": columns})
        assert source in finding.message


def test_an_unquoted_amount_may_not_contain_the_delimiter(layout):
    layout.update(quoting="none", amount={"decimals": 2, "decimal_mark": ",", "group_mark": ""})
    assert [finding.field for finding in layout_findings(layout)] == ["amount"]
    layout["delimiter"] = ";"
    assert layout_findings(layout) == ()


def test_grouped_amounts_may_not_be_filled_with_zeros(layout):
    layout["amount"] = {"decimals": 0, "decimal_mark": "", "group_mark": "."}
    layout["trailer"][3].update(pad="left", fill="0")
    assert [finding.field for finding in layout_findings(layout)] == ["amount"]


@pytest.mark.parametrize(
    ("source", "pattern"), [("signed_on", "date_format"), ("collection_date", "date_format")]
)
def test_a_column_too_narrow_for_every_date_is_a_finding(layout, source, pattern):
    layout["columns"].append({"title": "LAGI", "source": source, "width": 7})
    (finding,) = layout_findings(layout)
    assert (finding.field, source in finding.message) == (pattern, True)
