"""How long what was promised and debited is kept: bookkeeping outlasts the wish to be forgotten (UU 27/2022 article 44,
with the ten years of the law on company documents, UU 8/1997 article 11)."""

from datetime import date

RECORD_YEARS = 10


def had_month(start_period: str, end_period: str) -> bool:
    """Whether something that is over reached a month that was closed for changes, so that a debit was planned for it.

    Periods are `YYYY-MM` or empty: what never began has no start, what ended before its first month has no end or one
    that lies before its start.
    """
    return bool(start_period and end_period and end_period >= start_period)


def kept_until(ended_on: date) -> date:
    """The last day on which the records of a promise that ended on this day have to be there."""
    year = ended_on.year + RECORD_YEARS
    leap_day = (ended_on.month, ended_on.day) == (2, 29)
    return date(year, 2, 28) if leap_day else ended_on.replace(year=year)
