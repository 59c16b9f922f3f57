from datetime import date

import pytest

from sponsorship.rules.retention import had_month, kept_until


@pytest.mark.parametrize(
    "start, end, reached",
    [
        ("", "", False),
        ("2026-12", "", False),
        ("", "2026-12", False),
        ("2026-12", "2026-11", False),
        ("2026-12", "2026-12", True),
        ("2026-12", "2027-03", True),
    ],
)
def test_a_promise_had_a_month_only_when_it_began_and_ended_no_earlier(start, end, reached):
    assert had_month(start, end) is reached


def test_records_are_kept_for_ten_years_also_from_a_leap_day():
    assert kept_until(date(2026, 12, 31)) == date(2036, 12, 31)
    assert kept_until(date(2028, 2, 29)) == date(2038, 2, 28)
