from datetime import date

import pytest

from sponsorship.rules.leaving import is_near, last_month_with_salary, reaches_age
from sponsorship.rules.months import Calendar, Month

# 1 December 2026 is a Tuesday; 1 January 2027 a holiday, its first working day is Monday the 4th.
CALENDAR = Calendar(holidays=frozenset({date(2027, 1, 1)}))


@pytest.mark.parametrize(
    ("first_day_without", "last"),
    [
        (date(2026, 12, 1), Month(2026, 11)),  # payday itself: no debit on it
        (date(2026, 12, 2), Month(2026, 12)),
        (date(2026, 12, 31), Month(2026, 12)),
        (date(2027, 1, 1), Month(2026, 12)),  # a holiday: payday comes later
        (date(2027, 1, 4), Month(2026, 12)),
        (date(2027, 1, 5), Month(2027, 1)),
        (date(2027, 2, 1), Month(2027, 1)),
    ],
)
def test_last_month_is_the_last_one_whose_payday_lies_before_the_first_day_without_salary(
    first_day_without, last
):
    assert last_month_with_salary(first_day_without, CALENDAR) == last


@pytest.mark.parametrize(
    ("born", "day"),
    [
        (date(1969, 2, 28), date(2027, 2, 28)),
        (date(1968, 2, 29), date(2026, 3, 1)),
        (date(1970, 2, 28), date(2028, 2, 28)),
        (date(1970, 3, 1), date(2028, 3, 1)),
    ],
)
def test_birthday_on_a_leap_day_counts_as_the_first_of_march(born, day):
    assert reaches_age(born, 58) == day


@pytest.mark.parametrize(
    ("today", "near"),
    [
        (date(2026, 11, 29), False),  # 91 days before
        (date(2026, 11, 30), True),  # 90 days before
        (date(2027, 2, 27), True),
        (date(2027, 2, 28), False),  # the day itself: too late to remind
    ],
)
def test_retirement_is_near_in_the_ninety_days_before_the_birthday(today, near):
    assert is_near(date(1969, 2, 28), 58, today) is near
