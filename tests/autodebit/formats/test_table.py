import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodebit.formats import FORMATS
from autodebit.formats.table import money_text, money_value, placed, whole_value

AMOUNTS = [
    {"decimals": decimals, "decimal_mark": mark, "group_mark": group}
    for decimals, mark in ((0, ""), (2, ","), (2, "."), (2, ""))
    for group in ("", ".", ",")
    if group != mark or not group
]


@given(value=st.integers(0, 10**15 - 1), amount=st.sampled_from(AMOUNTS))
def test_rupiah_read_back_as_themselves_in_every_form(value, amount):
    assert money_value(money_text(value, amount), amount) == value


@pytest.mark.parametrize(
    ("text", "decimals", "mark"),
    [
        ("1680000", 2, ","), ("16800,01", 2, ","), ("16800.00", 2, ","), ("16800,0", 2, ","), (",00", 2, ","),
        ("1680001", 2, ""), ("00", 2, ""), ("0", 2, ""), ("-16800", 0, ""), ("+16800", 0, ""), ("16_800", 0, ""),
        ("16800\u0660", 0, ""), ("\uff11\uff16", 0, ""), ("1e5", 0, ""), ("", 0, ""), ("9" * 5000, 0, ""),
    ],
)  # fmt: skip
def test_what_is_not_whole_rupiah_in_the_agreed_form_is_no_amount(text, decimals, mark):
    assert money_value(text, {"decimals": decimals, "decimal_mark": mark, "group_mark": ""}) is None


def test_numbers_filled_with_zeros_are_numbers():
    assert (whole_value("000017"), whole_value("17 "), whole_value("")) == (17, None, None)


PLACES = [
    ({}, 0, []),
    ({}, 2, ["columns", "columns"]),
    ({"opening": [1]}, 1, ["opening"]),
    ({"opening": [1], "trailer": [1]}, 3, ["opening", "columns", "trailer"]),
    ({"opening": [1], "trailer": [1]}, 2, ["opening", "trailer"]),
    ({"trailer": [1]}, 1, ["trailer"]),
    ({"trailer": [1]}, 3, ["columns", "columns", "trailer"]),
]


@pytest.mark.parametrize(("layout", "count", "parts"), PLACES)
def test_the_place_of_a_record_tells_what_it_is(layout, count, parts):
    assert list(placed(iter(range(count)), layout)) == list(enumerate(parts))


class Nowhere:
    def write(self, data):
        return len(data)


def peak_of_writing(name, profile, head, line, count):
    lines = (replace(line, reference=f"R{number:015d}") for number in range(count))
    whole = replace(head, count=count, total=count * line.amount)
    tracemalloc.start()
    try:
        FORMATS[name].write(whole, lines, profile["formats"][name], Nowhere())
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["fixed_width", "xlsx"])
def test_four_times_the_lines_need_no_more_memory_to_write(name, contoh_profile, contoh_head, contoh_lines):
    few, many = (
        peak_of_writing(name, contoh_profile, contoh_head, contoh_lines[0], count)
        for count in (4_000, 16_000)
    )
    assert many < 1.2 * few
