import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodebit.formats import statement_csv
from autodebit.formats.statements import Booking, StatementHead

LAYOUT = {
    "encoding": "utf-8",
    "line_end": "\r\n",
    "delimiter": ";",
    "quoting": "minimal",
    "titles": True,
    "date_format": "%d/%m/%Y",
    "amount": {"decimals": 2, "decimal_mark": ",", "group_mark": "."},
    "opening": [{"constant": "MUTASI"}, {"source": "account"}, {"source": "opening"}],
    "columns": [
        {"title": "TGL", "source": "booked_on"},
        {"title": "REF", "source": "bank_reference"},
        {"title": "DEBET", "source": "debit"},
        {"title": "KREDIT", "source": "credit"},
        {"title": "URAIAN", "source": "text"},
        {"title": "JENIS", "source": "kind"},
    ],
    "trailer": [{"constant": "SALDO"}, {"source": "closing"}, {"source": "count"}],
    "kinds": {"BIAYA": "fee"},
}
OURS = "ASN-2026-01-G01-R1-1A2B3C4D"
LINES = [
    "MUTASI;0000000777;1.000,00",
    "TGL;REF;DEBET;KREDIT;URAIAN;JENIS",
    f"02/01/2026;J1;;1.251.367,00;AUTODEBET {OURS};SETOR",
    "02/01/2026;J2;5.000,00;0,00;BIAYA REK 3000009002;biaya",
    "SALDO;1.247.367,00;2",
]


def joined(lines):
    return "".join(f"{line}\r\n" for line in lines).encode()


FILE = joined(LINES)


def read(data, layout=LAYOUT):
    reading = statement_csv.read(io.BytesIO(data), layout)
    return list(reading), reading


def simple(amounts, **changes):
    """A layout without opening and trailer, and its lines."""
    columns = [
        {"title": "TGL", "source": "booked_on"},
        *({"title": name, "source": name} for name in amounts),
    ]
    layout = {name: value for name, value in LAYOUT.items() if name not in ("opening", "trailer")}
    return {**layout, "columns": columns, **changes}


def test_the_layout_of_these_tests_is_sound():
    assert statement_csv.layout_findings(LAYOUT) == ()


def test_bookings_are_signed_and_the_head_tells_account_and_balances():
    bookings, reading = read(FILE)
    day = date(2026, 1, 2)
    assert bookings == [
        Booking(3, day, None, 1_251_367, "J1", OURS, f"AUTODEBET {OURS}", "credit"),
        Booking(4, day, None, -5_000, "J2", "", "BIAYA REK ****", "fee"),
    ]
    assert reading.head == StatementHead("0777", "", 1_000, 1_247_367)
    assert (reading.findings, reading.fatal, reading.count, reading.total) == ([], False, 2, 1_246_367)


def test_every_cut_is_fatal():
    end = len(FILE.rstrip())
    assert [cut for cut in range(end) if not read(FILE[:cut])[1].fatal] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"MUTASI;0000000777;1.000,00", b"MUTASI;0000000777;1.001,00"), (b"1.247.367,00;2", b"1.247.366,00;2"),
     (b"1.247.367,00;2", b"1.247.367,00;3"), (b"1.247.367,00;2", b"banyak;2"), (b"SALDO", b"SALDA"),
     (b"URAIAN", b"URAI"),
     (b"5.000,00;0,00", b"5.000,50;0,00"), (b"5.000,00;0,00", b"5.000,00;1,00"), (b"5.000,00;0,00", b";"),
     (b"5.000,00;0,00", b"5.00,00;"), (b"02/01/2026;J2", b"2/1/2026;J2"), (b";biaya", b""), (b"J2", b"J2\x00"),
     (b"J2", b'"J2')],
)  # fmt: skip
def test_a_statement_with_a_hole_or_a_wrong_sum_is_fatal(old, new):
    assert old in FILE
    assert read(FILE.replace(old, new))[1].fatal


@pytest.mark.parametrize(
    ("sources", "line", "amount"),
    [(["amount"], "-16.800,00", -16_800), (["amount"], "+16.800,00", 16_800), (["amount"], "16.800,00", 16_800),
     (["amount", "sign"], "16.800,00;D", -16_800), (["amount", "sign"], "16.800,00;k", 16_800),
     (["debit", "credit"], "16.800,00;", -16_800), (["debit", "credit"], "0,00;16.800,00", 16_800)],
)  # fmt: skip
def test_amounts_stand_in_one_of_three_ways(sources, line, amount):
    layout = simple(sources, signs={"D": "debit", "K": "credit"})
    assert statement_csv.layout_findings(layout) == ()
    (booking,), reading = read(joined([f"TGL;{';'.join(sources)}", f"02/01/2026;{line}"]), layout)
    assert (booking.amount, reading.fatal) == (amount, False)


@pytest.mark.parametrize("line", ["--1,00", "-+1,00", "1,00-", "(1,00)", "", "1.00", "16.800,00;X"])
def test_an_amount_in_no_known_way_is_fatal(line):
    layout = simple(["amount", "sign"] if ";" in line else ["amount"], signs={"D": "debit", "K": "credit"})
    titles = "TGL;amount;sign" if ";" in line else "TGL;amount"
    assert read(joined([titles, f"02/01/2026;{line}"]), layout)[1].fatal


BALANCES = ["02/01/2026;100,00;1.100,00", "02/01/2026;-50,00;1.050,00", "05/01/2026;25,00;1.075,00"]


@pytest.mark.parametrize("lines", [BALANCES, BALANCES[::-1]])
def test_a_running_balance_gives_opening_and_closing_in_either_order(lines):
    _, reading = read(joined(["TGL;amount;balance", *lines]), simple(["amount", "balance"]))
    assert (reading.head.opening, reading.head.closing, reading.fatal) == (1_000, 1_075, False)


@pytest.mark.parametrize(
    "lines", [BALANCES[::2], [BALANCES[1], BALANCES[0], BALANCES[2]], [BALANCES[0], BALANCES[0]]]
)
def test_a_running_balance_that_jumps_is_fatal(lines):
    assert read(joined(["TGL;amount;balance", *lines]), simple(["amount", "balance"]))[1].fatal


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"columns": [{"title": "TGL", "source": "booked_on"}]}, "columns"), ({"signs": {"D": "minus"}}, "signs"),
     ({"kinds": {"X": "gift"}}, "kinds"), ({"amount": None}, "amount"), ({"date_format": ""}, "date_format"),
     ({"columns": LAYOUT["columns"][1:]}, "columns"), ({"columns": LAYOUT["columns"][:3]}, "columns"),
     ({"opening": [{"source": "reference"}]}, "opening.0")],
)  # fmt: skip
def test_a_layout_that_cannot_be_read_with_is_a_finding(changes, field):
    assert [finding.field for finding in statement_csv.layout_findings({**LAYOUT, **changes})] == [field]


def test_a_sign_column_needs_a_word_for_either_side():
    layout = simple(["amount", "sign"], signs={"D": "debit"})
    assert [finding.field for finding in statement_csv.layout_findings(layout)] == ["signs"]


@given(data=st.binary(max_size=300))
def test_no_bytes_at_all_raise_anything(data):
    for hostile in (data, FILE[:-20] + data):
        bookings, reading = read(hostile)
        assert len(bookings) == reading.count
