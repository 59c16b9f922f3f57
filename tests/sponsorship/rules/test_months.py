from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsorship.rules.months import Calendar, Month, indonesian_date, indonesian_weekday_date, wib

JAKARTA = ZoneInfo("Asia/Jakarta")
OFFICIAL_DAYS = frozenset(
    holidays.country_holidays("ID", years=range(2025, 2028), categories=("public", "government"))
)
CALENDAR = Calendar(OFFICIAL_DAYS)
NO_HOLIDAYS = Calendar(frozenset())
TWO_YEARS = [Month(2026, 1).plus(number) for number in range(24)]
months = st.builds(Month, st.integers(1990, 2100), st.integers(1, 12))
moments = st.datetimes(datetime(2025, 1, 1), datetime(2027, 11, 1), timezones=st.just(UTC))
some_holidays = st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=60)


# Months


def test_a_month_is_read_written_and_labelled():
    month = Month.parse("2026-12")
    assert (month, str(month), month.label()) == (Month(2026, 12), "2026-12", "Desember 2026")


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-1", "2026-13", "2026-00", "26-01", " 2026-01", "2026-01\n", "٢٠٢٦-01"]
)
def test_a_text_that_is_no_month_is_refused(text):
    with pytest.raises(ValueError):
        Month.parse(text)


def test_the_last_day_knows_leap_years():
    ends = [Month(2026, 2), Month(2028, 2), Month(2026, 12), Month(2100, 2)]
    assert [month.last_day().day for month in ends] == [28, 29, 31, 28]


def test_months_are_ordered_across_years():
    assert Month(2025, 12) < Month(2026, 1) < Month(2026, 10)


@given(months, st.integers(-600, 600))
def test_going_forth_and_back_returns_to_the_same_month(month, number):
    assert month.plus(number).plus(-number) == month


@given(months)
def test_a_month_ends_the_day_before_the_next_begins(month):
    assert month.last_day() + timedelta(days=1) == month.next().first_day()
    assert month.next().previous() == month == Month.parse(str(month)) == Month.of(month.last_day())


def test_a_datetime_has_no_month_without_a_zone():
    with pytest.raises(TypeError):
        Month.of(datetime(2026, 1, 31, 18, tzinfo=UTC))


# Working days and paydays


def test_paydays_of_2026_and_2027_are_those_of_the_official_calendar():
    moved = {
        "2026-01": 2, "2026-02": 2, "2026-03": 2, "2026-05": 4, "2026-06": 2, "2026-08": 3, "2026-11": 2,
        "2027-01": 4, "2027-05": 3, "2027-06": 2, "2027-08": 2,
    }  # fmt: skip
    paydays = {str(month): CALENDAR.payday(month).day for month in TWO_YEARS}
    assert paydays == {str(month): moved.get(str(month), 1) for month in TWO_YEARS}


def test_cuti_bersama_is_no_working_day():
    assert not CALENDAR.is_working_day(date(2026, 12, 24))
    assert NO_HOLIDAYS.is_working_day(date(2026, 12, 24))


def test_payday_after_a_long_idul_fitri_is_the_eighth():
    assert CALENDAR.payday(Month(2025, 4)) == date(2025, 4, 8)


def test_a_working_day_is_its_own_next_working_day():
    assert CALENDAR.next_working_day(date(2026, 12, 1)) == date(2026, 12, 1)
    assert CALENDAR.next_working_day(date(2026, 12, 24)) == date(2026, 12, 28)


def test_a_datetime_is_not_taken_for_a_day():
    with pytest.raises(TypeError):
        CALENDAR.is_working_day(datetime(2026, 12, 25, tzinfo=UTC))


@given(some_holidays, st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(0, 10))
def test_exactly_the_asked_number_of_working_days_lies_between(days_off, day, number):
    calendar = Calendar(days_off)
    found = calendar.working_days_before(day, number)
    between = [found + timedelta(days=ahead) for ahead in range((day - found).days)]
    assert sum(map(calendar.is_working_day, between)) == number
    assert number == 0 or calendar.is_working_day(found)


@pytest.mark.parametrize("count", [CALENDAR.working_days_before, CALENDAR.working_days_after])
def test_a_number_of_working_days_is_never_below_zero(count):
    with pytest.raises(ValueError):
        count(date(2026, 1, 5), -1)


@given(some_holidays, st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(0, 10))
def test_counting_working_days_on_and_back_returns_to_a_working_day(days_off, day, number):
    calendar = Calendar(days_off)
    found = calendar.working_days_after(day, number)
    assert number == 0 or calendar.is_working_day(found)
    if calendar.is_working_day(day):
        assert calendar.working_days_before(found, number) == day


def test_an_hour_of_a_day_is_a_moment_of_the_offices_zone():
    assert CALENDAR.at(date(2027, 1, 4), 12) == datetime(2027, 1, 4, 5, 0, tzinfo=UTC)
    assert CALENDAR.at(date(2027, 1, 1), 6) == datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
    with pytest.raises(TypeError):
        CALENDAR.at(datetime(2027, 1, 4, 18, tzinfo=UTC), 12)


# Cut-off


@pytest.mark.parametrize(
    ("month", "cutoff"),
    [
        ("2025-04", "2025-03-25T09:00:00+00:00"),  # eight free days before payday
        ("2026-04", "2026-03-27T09:00:00+00:00"),
        ("2026-12", "2026-11-26T09:00:00+00:00"),
        ("2027-01", "2026-12-29T09:00:00+00:00"),  # Friday 1 January and a week end
    ],
)
def test_the_cutoff_is_sixteen_in_jakarta_three_working_days_before_payday(month, cutoff):
    assert CALENDAR.cutoff(Month.parse(month)).isoformat() == cutoff


def test_the_cutoff_follows_the_settings_of_the_city():
    calendar = Calendar(OFFICIAL_DAYS, cutoff_working_days=1, cutoff_hour=9, zone="Asia/Jayapura")
    assert calendar.cutoff(Month(2026, 12)) == datetime(2026, 11, 30, 0, tzinfo=UTC)


@pytest.mark.parametrize("profile", [{"cutoff_working_days": -1}, {"cutoff_hour": 24}, {"cutoff_hour": -1}])
def test_an_impossible_cutoff_setting_is_refused(profile):
    with pytest.raises(ValueError):
        Calendar(frozenset(), **profile)


@pytest.mark.parametrize("month", TWO_YEARS, ids=str)
def test_a_month_is_open_until_the_second_before_its_cutoff(month):
    cutoff = CALENDAR.cutoff(month)
    second = timedelta(seconds=1)
    answers = [CALENDAR.first_open_month(moment) for moment in (cutoff - second, cutoff, cutoff + second)]
    assert answers == [month, month.next(), month.next()]


@pytest.mark.parametrize("month", TWO_YEARS, ids=str)
def test_the_business_month_turns_at_seventeen_utc(month):
    last = month.last_day()
    before = datetime(last.year, last.month, last.day, 16, 59, 59, tzinfo=UTC)
    after = before + timedelta(seconds=1)
    assert (Month.of(CALENDAR.local_date(before)), Month.of(CALENDAR.local_date(after))) == (
        month,
        month.next(),
    )
    assert after.month == month.month, "in UTC the old month still runs"


@pytest.mark.parametrize("month", TWO_YEARS, ids=str)
def test_the_first_open_month_is_the_same_in_whatever_zone_the_moment_is_written(month):
    moment = datetime.combine(month.last_day(), datetime.min.time(), UTC) + timedelta(hours=17)
    assert CALENDAR.first_open_month(moment) == CALENDAR.first_open_month(moment.astimezone(JAKARTA))


def test_on_the_payday_itself_the_cutoff_of_zero_working_days_still_lies_ahead():
    calendar = Calendar(OFFICIAL_DAYS, cutoff_working_days=0)
    morning = datetime(2026, 12, 1, 8, tzinfo=JAKARTA)
    assert calendar.first_open_month(morning) == Month(2026, 12)
    assert calendar.first_open_month(morning.replace(hour=16)) == Month(2027, 1)


def test_frozen_months_are_passed_over_even_before_their_cutoff():
    moment = datetime(2026, 11, 2, 3, tzinfo=UTC)
    assert CALENDAR.first_open_month(moment) == Month(2026, 12)
    assert CALENDAR.first_open_month(moment, {Month(2026, 12), Month(2027, 1)}) == Month(2027, 2)
    assert CALENDAR.first_open_month(moment, [Month(2027, 1)]) == Month(2026, 12)


@given(moments, moments)
def test_a_later_moment_never_opens_an_earlier_month(one, other):
    earlier, later = sorted([one, other])
    assert CALENDAR.first_open_month(earlier) <= CALENDAR.first_open_month(later)


@given(some_holidays, moments)
def test_no_earlier_month_than_the_first_open_one_is_open(days_off, moment):
    calendar = Calendar(days_off)
    month = calendar.first_open_month(moment)
    assert calendar.cutoff(month.previous()) <= moment < calendar.cutoff(month)


def test_a_moment_without_zone_is_refused():
    for ask in (CALENDAR.first_open_month, CALENDAR.local_date, wib, indonesian_date):
        with pytest.raises(ValueError):
            ask(datetime(2026, 12, 1, 8))


# For people


def test_dates_are_written_in_indonesian():
    assert indonesian_date(date(2025, 12, 1)) == "1 Desember 2025"
    assert indonesian_weekday_date(date(2025, 12, 1)) == "Senin, 1 Desember 2025"
    week = [indonesian_weekday_date(date(2026, 5, day)) for day in range(24, 31)]
    assert [text.split(",")[0] for text in week] == [
        "Minggu",
        "Senin",
        "Selasa",
        "Rabu",
        "Kamis",
        "Jumat",
        "Sabtu",
    ]


def test_every_month_has_its_indonesian_name():
    assert [Month(2026, number).label().split()[0] for number in range(1, 13)] == [
        "Januari", "Februari", "Maret", "April", "Mei", "Juni",
        "Juli", "Agustus", "September", "Oktober", "November", "Desember",
    ]  # fmt: skip


def test_a_moment_late_in_the_utc_day_is_shown_as_the_next_day_in_jakarta():
    moment = datetime(2025, 12, 31, 17, 5, tzinfo=UTC)
    assert (indonesian_date(moment), wib(moment)) == ("1 Januari 2026", "00.05 WIB")
    assert indonesian_weekday_date(moment) == "Kamis, 1 Januari 2026"


def test_the_time_is_written_with_a_point_and_its_zone():
    assert wib(datetime(2026, 1, 1, 7, 5, tzinfo=UTC)) == "14.05 WIB"
