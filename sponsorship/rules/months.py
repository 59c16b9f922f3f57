"""Months, paydays and cut-offs: which month a decision still reaches.

A business date is a date in Asia/Jakarta, a moment is an aware datetime. From 17.00 to 24.00 UTC the two lie
on different days, on the last of a month in different months; so a datetime is refused where a date is meant.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Self
from zoneinfo import ZoneInfo

JAKARTA = ZoneInfo("Asia/Jakarta")
MONTH_NAMES = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip
WEEKDAY_NAMES = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
SATURDAY = 5


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A calendar month; ordered, hashable. Raises ValueError for a month that does not exist."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (1 <= self.year <= 9999 and 1 <= self.month <= 12):
            raise ValueError(f"No such month: year {self.year}, month {self.month}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "2026-12" and nothing looser. Raises ValueError."""
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}", text):
            raise ValueError(f"A month is written YYYY-MM, not {text!r}")
        return cls(int(text[:4]), int(text[5:]))

    @classmethod
    def of(cls, day: date) -> Self:
        """The month of a business date. Raises TypeError for a datetime: take `Calendar.local_date` first."""
        day = _plain(day)
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    def plus(self, months: int) -> "Month":
        """The month that many later; earlier when negative. Raises ValueError outside the years 1 to 9999."""
        years, index = divmod(self.month - 1 + months, 12)
        return Month(self.year + years, index + 1)

    def next(self) -> "Month":
        return self.plus(1)

    def previous(self) -> "Month":
        return self.plus(-1)

    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    def last_day(self) -> date:
        return self.next().first_day() - timedelta(days=1)

    def label(self) -> str:
        """For people: "Desember 2026"."""
        return f"{MONTH_NAMES[self.month - 1]} {self.year}"


@dataclass(frozen=True)
class Calendar:
    """The office's calendar: `holidays` are the national holidays and the cuti bersama of every year in use.

    A year without holidays in the set counts as all weekdays; whoever fills the set answers for its reach.
    """

    holidays: frozenset[date]
    cutoff_working_days: int = 3
    cutoff_hour: int = 16
    zone: str = "Asia/Jakarta"

    def __post_init__(self) -> None:
        if self.cutoff_working_days < 0 or not 0 <= self.cutoff_hour <= 23:
            raise ValueError("The cut-off lies 0 or more working days before payday, at an hour from 0 to 23")

    def local_date(self, moment: datetime) -> date:
        """The business date of a moment. Raises ValueError for a datetime without zone."""
        return _aware(moment).astimezone(ZoneInfo(self.zone)).date()

    def is_working_day(self, day: date) -> bool:
        """Monday to Friday, no holiday. Raises TypeError for a datetime."""
        return _plain(day).weekday() < SATURDAY and day not in self.holidays

    def next_working_day(self, day: date) -> date:
        """`day` itself when it is a working day, else the first one after it."""
        while not self.is_working_day(day):
            day += timedelta(days=1)
        return day

    def working_day_until(self, day: date) -> date:
        """`day` itself when it is a working day, else the last one before it."""
        while not self.is_working_day(day):
            day -= timedelta(days=1)
        return day

    def working_days_before(self, day: date, number: int) -> date:
        """The working day that lies `number` working days before `day`; `day` itself for 0."""
        if number < 0:
            raise ValueError("The number of working days is 0 or more")
        for _ in range(number):
            day = self.working_day_until(day - timedelta(days=1))
        return day

    def working_days_after(self, day: date, number: int) -> date:
        """The working day that lies `number` working days after `day`; `day` itself for 0."""
        if number < 0:
            raise ValueError("The number of working days is 0 or more")
        for _ in range(number):
            day = self.next_working_day(day + timedelta(days=1))
        return day

    def at(self, day: date, hour: int) -> datetime:
        """That full hour of a business date, as a moment (UTC)."""
        return datetime.combine(_plain(day), time(hour), ZoneInfo(self.zone)).astimezone(UTC)

    def payday(self, month: Month) -> date:
        """First working day of the month (S-1130/PB/2017: a holiday on the 1st moves it on)."""
        return self.next_working_day(month.first_day())

    def cutoff(self, month: Month) -> datetime:
        """The moment (UTC) from which a change is too late for `month`, itself included."""
        day = self.working_days_before(self.payday(month), self.cutoff_working_days)
        return self.at(day, self.cutoff_hour)

    def first_open_month(self, moment: datetime, frozen: Collection[Month] = ()) -> Month:
        """The first month whose cut-off is still ahead of `moment` and which no batch has frozen.

        The search starts at the month `moment` lies in, in this zone: no earlier payday can still be ahead.
        Raises ValueError for a datetime without zone.
        """
        start = Month.of(self.local_date(moment))
        months = (start.plus(number) for number in count())
        return next(month for month in months if month not in frozen and self.cutoff(month) > moment)


def indonesian_date(day: date) -> str:
    """For people: "1 Desember 2025". An aware datetime is shown as its date in Jakarta."""
    day = _jakarta_date(day)
    return f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year}"


def indonesian_weekday_date(day: date) -> str:
    """For people: "Senin, 1 Desember 2025". An aware datetime is shown as its date in Jakarta."""
    return f"{WEEKDAY_NAMES[_jakarta_date(day).weekday()]}, {indonesian_date(day)}"


def wib(moment: datetime) -> str:
    """For people: "14.05 WIB". Raises ValueError for a datetime without zone."""
    return f"{_aware(moment).astimezone(JAKARTA):%H.%M} WIB"


def _jakarta_date(day: date) -> date:
    return _aware(day).astimezone(JAKARTA).date() if isinstance(day, datetime) else day


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError("A moment needs its time zone")
    return moment


def _plain(day: date) -> date:
    if isinstance(day, datetime):
        raise TypeError("A datetime has no business date without a zone; take Calendar.local_date first")
    return day
