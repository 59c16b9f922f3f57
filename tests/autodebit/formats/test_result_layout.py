import copy

import pytest

from autodebit.formats import result_csv, result_fixed, result_xlsx

LAYOUT = {
    "encoding": "ascii",
    "line_end": "\r\n",
    "delimiter": ";",
    "quoting": "none",
    "titles": True,
    "date_format": "%d/%m/%Y",
    "amount": {"decimals": 2, "decimal_mark": ",", "group_mark": "."},
    "columns": [
        {"title": "Rujukan", "source": "reference"},
        {"title": "Hasil", "source": "outcome"},
        {"title": "Jumlah", "source": "amount"},
        {"title": "Tanggal", "source": "booked_on"},
    ],
    "outcomes": {"OK": "succeeded"},
}


def fields(layout, module=result_csv):
    return [finding.field for finding in module.layout_findings(layout)]


def test_a_sound_layout_has_no_findings():
    assert fields(LAYOUT) == []
    assert fields(LAYOUT, result_xlsx) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("encoding", "utf-16"), ("line_end", "\r"), ("delimiter", " "), ("quoting", "all of them"), ("titles", "ja"),
     ("date_format", "%x"), ("amount", None), ("amount", {"decimals": 3, "decimal_mark": ",", "group_mark": ""}),
     ("columns", None), ("columns", []), ("trailer", {}), ("opening", "x"),
     ("outcomes", None), ("outcomes", {}), ("outcomes", {"OK": "paid"}), ("outcomes", {"*": "succeeded"}),
     ("outcomes", {1: "failed"}), ("outcomes", {"ok": "succeeded", "OK": "failed"}), ("sheet", "a/b"), ("sheet", "")],
)  # fmt: skip
def test_a_choice_that_cannot_be_read_with_is_a_finding_of_its_field(field, value):
    module = result_xlsx if field == "sheet" else result_csv
    assert fields({**LAYOUT, field: value}, module) == [field]


@pytest.mark.parametrize(
    ("column", "field"),
    [({"title": "Hasil", "source": "status"}, "columns.1"), ({"title": "", "source": "outcome"}, "columns.1"),
     ({"source": "outcome"}, "columns.1"), ("outcome", "columns.1"),
     ({"title": "x", "source": ["outcome"]}, "columns.1"),
     ({"title": "x", "constant": 1}, "columns.1"), ({"title": "x", "constant": "a", "source": "text"}, "columns.1"),
     ({"title": "x", "source": "reference"}, "columns"), ({"title": "x", "source": "ignore"}, "columns")],
)  # fmt: skip
def test_a_column_that_cannot_be_read_is_a_finding(column, field):
    layout = copy.deepcopy(LAYOUT)
    layout["columns"][1] = column
    assert field in fields(layout)


def test_a_source_twice_is_a_finding_and_ignored_columns_may_repeat():
    layout = copy.deepcopy(LAYOUT)
    layout["columns"] += [{"title": "x", "source": "ignore"}, {"title": "y", "source": "ignore"}]
    assert fields(layout) == []
    layout["columns"].append({"title": "z", "source": "amount"})
    assert fields(layout) == ["columns"]


def test_dates_and_amounts_are_asked_for_only_where_a_column_has_them():
    layout = {**LAYOUT, "columns": LAYOUT["columns"][:2], "date_format": None, "amount": None}
    assert fields(layout) == []


def test_a_status_nobody_knows_never_means_success():
    assert fields({**LAYOUT, "outcomes": {"OK": "succeeded", "*": "failed"}}) == []


def test_decimals_without_a_mark_are_for_fixed_widths_only():
    amount = {"decimals": 2, "decimal_mark": "", "group_mark": ""}
    columns = [{**column, "width": 10} for column in LAYOUT["columns"]]
    assert fields({**LAYOUT, "amount": amount}) == ["amount"]
    assert fields({**LAYOUT, "amount": amount, "columns": columns, "titles": False}, result_fixed) == []
