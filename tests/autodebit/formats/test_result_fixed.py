import io
from datetime import date

import pytest

from autodebit.formats import result_fixed
from autodebit.formats.results import Answer

LAYOUT = {
    "encoding": "ascii",
    "line_end": "\n",
    "date_format": "%d%m%Y",
    "amount": {"decimals": 2, "decimal_mark": "", "group_mark": ""},
    "opening": [
        {"constant": "H", "width": 1},
        {"source": "message_id", "width": 10},
        {"source": "count", "width": 6, "fill": "0"},
    ],
    "columns": [
        {"constant": "D", "width": 1},
        {"source": "reference", "width": 18},
        {"source": "amount", "width": 13},
        {"source": "outcome", "width": 2},
        {"source": "booked_on", "width": 8},
        {"source": "text", "width": 10},
    ],
    "trailer": [
        {"constant": "T", "width": 1},
        {"source": "answers_to", "width": 20},
        {"source": "total", "width": 15, "fill": "0"},
    ],
    "outcomes": {"00": "succeeded", "51": "failed", "*": "pending"},
}
LINES = [
    b"HHSL-1     000003",
    b"DA000000000000001  00000016800000002012026          ",
    b"DA000000000000002  000000336000051        DANA KURAN",
    b"DA000000000000003  0000001680000XX                  ",
    b"TASN-2026-01-G01     000000006720000",
]
FILE = b"\n".join(LINES) + b"\n"


def read(data, layout=LAYOUT):
    reading = result_fixed.read(io.BytesIO(data), layout)
    return list(reading), reading


def test_the_layout_of_these_tests_is_sound():
    assert result_fixed.layout_findings(LAYOUT) == ()


def test_the_columns_are_cut_at_their_widths_and_decimals_need_no_mark():
    answers, reading = read(FILE)
    assert answers == [
        Answer(2, "A000000000000001", "succeeded", "", 16_800, date(2026, 1, 2), ""),
        Answer(3, "A000000000000002", "failed", "51", 33_600, None, "DANA KURAN"),
        Answer(4, "A000000000000003", "pending", "", 16_800, None, ""),
    ]
    assert (reading.findings, reading.head.message_id, reading.head.answers_to) == (
        [],
        "HSL-1",
        ("ASN-2026-01-G01",),
    )
    assert (reading.head.stated_count, reading.head.stated_total) == (3, 67_200)


def test_every_cut_is_fatal():
    assert [cut for cut in range(len(FILE) - 1) if not read(FILE[:cut])[1].fatal] == []


@pytest.mark.parametrize(
    ("old", "new"), [(b"000003", b"000002"), (b"6720000", b"6720100"), (b"6720000", b"6720050"), (b"TASN", b"XASN"),
                     (b"HHSL", b"XHSL")]
)  # fmt: skip
def test_an_opening_or_trailer_that_disagrees_is_fatal(old, new):
    assert read(FILE.replace(old, new, 1))[1].fatal


@pytest.mark.parametrize(
    "line", [LINES[1][:-1], LINES[1] + b" ", b"X" + LINES[1][1:], LINES[1].replace(b"1680000", b"1680050")]
)
def test_a_line_of_another_length_kind_or_with_parts_of_a_rupiah_has_no_outcome(line):
    answers, reading = read(FILE.replace(LINES[1], line))
    assert [answer.outcome for answer in answers] == ["", "failed", "pending"]
    assert reading.findings[0].field == "2"


def test_another_format_is_fatal():
    assert read(b"<?xml version='1.0'?><Document/>")[1].fatal
    assert read(b"REF,STATUS\r\nA1,00\r\n")[1].fatal
    assert read(b"")[1].fatal


def test_hand_back_gives_exactly_these_lines_and_can_be_read_again():
    data = result_fixed.hand_back(io.BytesIO(FILE), LAYOUT, {3})
    assert data == b"\n".join([b"HHSL-1     000001", LINES[2], b"TASN-2026-01-G01     000000003360000", b""])
    answers, reading = read(data)
    assert ([answer.reference for answer in answers], reading.findings) == (["A000000000000002"], [])


@pytest.mark.parametrize("width", [None, 0, 501, "7", True])
def test_a_column_without_a_good_width_is_a_finding(width):
    columns = [
        {**column, "width": width} if column.get("source") == "text" else column
        for column in LAYOUT["columns"]
    ]
    (finding,) = result_fixed.layout_findings({**LAYOUT, "columns": columns})
    assert finding.field == "columns.5"
