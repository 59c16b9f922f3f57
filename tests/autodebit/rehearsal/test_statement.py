import io
from datetime import UTC, date, datetime

import pytest

from autodebit.formats import STATEMENTS
from autodebit.rehearsal.statement import OPENING_BALANCE, Movement, as_camt053, as_table

ACCOUNT, UNTIL = "0000000777", date(2026, 1, 9)
MOVED = [
    Movement(date(2026, 1, 9), -50_400, "LATIHAN PEMBAYARAN BPJS", "LTHB1", kind="debit"),
    Movement(date(2026, 1, 2), 64_700, "LATIHAN HASIL SETELAH BIAYA 2500", "LTH1", our_reference="PPR-202601-G01-01"),
    Movement(date(2026, 1, 6), -16_800, "LATIHAN PENARIKAN KEMBALI", "LTH2", "reversal", "9B3NR5YB0126012D"),
]  # fmt: skip


def camt(jateng):
    data = as_camt053(
        MOVED, account=ACCOUNT, number="LATIHAN-1", until=UNTIL, made_at=datetime(2026, 1, 9, tzinfo=UTC)
    )
    return STATEMENTS["camt053"].read(io.BytesIO(data), {})


def table(profile):
    layout = profile["statements"]["statement_csv"]
    data = as_table(MOVED, layout=layout, account=ACCOUNT, number="LATIHAN-1", until=UNTIL)
    return STATEMENTS["statement_csv"].read(io.BytesIO(data), layout)


def test_the_notification_of_the_day_balances_and_names_our_files_and_lines(jateng):
    reading = camt(jateng)
    bookings = list(reading)
    assert [booking.amount for booking in bookings] == [64_700, -16_800, -50_400]
    assert [booking.our_reference for booking in bookings] == ["PPR-202601-G01-01", "9B3NR5YB0126012D", ""]
    assert [booking.kind for booking in bookings] == ["credit", "reversal", "debit"]
    assert not reading.fatal and not reading.faults
    assert reading.head.account_last4 == "0777"
    assert (reading.head.opening, reading.head.closing) == (OPENING_BALANCE, OPENING_BALANCE - 2_500)


@pytest.mark.parametrize("bank", ["jateng", "contoh"])
def test_the_table_says_the_same_in_the_layout_of_each_bank(request, bank):
    reading = table(request.getfixturevalue(bank))
    bookings = list(reading)
    assert [(b.amount, b.booked_on, b.bank_reference) for b in bookings] == [
        (64_700, date(2026, 1, 2), "LTH1"),
        (-16_800, date(2026, 1, 6), "LTH2"),
        (-50_400, date(2026, 1, 9), "LTHB1"),
    ]
    assert not reading.fatal and not reading.faults


def test_both_forms_tell_a_booking_by_the_same_number(jateng):
    told = [
        [(b.booked_on, b.amount, b.bank_reference) for b in read] for read in (camt(jateng), table(jateng))
    ]
    assert told[0] == told[1]
