"""How far a donor's salary reaches: the last month that is debited before retirement, and when to ask about it."""

from datetime import date, timedelta

from sponsorship.rules.months import Calendar, Month

REMIND_DAYS = 90
FEBRUARY_29 = (2, 29)


def last_month_with_salary(first_day_without: date, calendar: Calendar) -> Month:
    """The last month whose payday lies before that day: no debit on or after the first day without salary."""
    month = Month.of(first_day_without)
    return month if calendar.payday(month) < first_day_without else month.previous()


def reaches_age(born: date, years: int) -> date:
    """The day on which somebody born on `born` is that old; 29 February counts as 1 March in other years."""
    if (born.month, born.day) == FEBRUARY_29:
        return (born - timedelta(days=1)).replace(year=born.year + years) + timedelta(days=1)
    return born.replace(year=born.year + years)


def is_near(born: date, years: int, today: date) -> bool:
    """Whether that birthday is ahead, at most REMIND_DAYS away."""
    day = reaches_age(born, years)
    return today < day <= today + timedelta(days=REMIND_DAYS)
