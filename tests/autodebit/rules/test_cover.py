"""Months in a row, the way to the full death benefit, and the day on which cover lapses."""

from datetime import date

import pytest

from autodebit.rules.cover import Standing, cover_of, last_day_covered
from sponsorship.rules.months import Month


def months(*texts: str) -> list[Month]:
    return [Month.parse(text) for text in texts]


def test_without_a_confirmed_month_there_is_no_cover_and_three_months_are_missing():
    cover = cover_of([], today=date(2026, 12, 20), over=Month(2026, 12), waiting=months("2026-12"))
    assert (cover.standing, cover.to_full, cover.since, cover.last_day) == (
        Standing.NOTHING_YET,
        3,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("confirmed", "in_a_row", "to_full", "standing"),
    [
        (["2026-12"], 1, 2, Standing.COUNTING),
        (["2026-12", "2027-01"], 2, 1, Standing.COUNTING),
        (["2026-12", "2027-01", "2027-02"], 3, 0, Standing.FULL),
        (["2026-11", "2026-12", "2027-01", "2027-02"], 4, 0, Standing.FULL),
        # A missed month breaks a row that has not reached three ...
        (["2026-11", "2026-12", "2027-02"], 1, 2, Standing.COUNTING),
        (["2026-10", "2026-12", "2027-02"], 1, 2, Standing.COUNTING),
        # ... and does not take away what was reached: only a lapse does.
        (["2026-09", "2026-10", "2026-11", "2027-01", "2027-02"], 2, 0, Standing.FULL),
        (["2026-09", "2026-10", "2026-11", "2027-02"], 1, 0, Standing.FULL),
        (["2026-08", "2026-09", "2026-10", "2027-02"], 1, 2, Standing.COUNTING),
        (["2026-01", "2026-02", "2026-03", "2026-12", "2027-01", "2027-02"], 3, 0, Standing.FULL),
    ],
)
def test_months_in_a_row_lead_to_the_full_death_benefit(confirmed, in_a_row, to_full, standing):
    cover = cover_of(months(*confirmed), today=date(2027, 2, 20))
    assert (cover.in_a_row, cover.to_full, cover.standing) == (in_a_row, to_full, standing)
    assert cover.steps_done == 3 - to_full


def test_the_order_in_which_months_are_given_does_not_matter():
    there = months("2026-12", "2027-01", "2027-02")
    assert cover_of(there[::-1], today=date(2027, 2, 20)) == cover_of(there, today=date(2027, 2, 20))


@pytest.mark.parametrize(
    ("paid_through", "last"),
    [
        ("2026-12", date(2027, 3, 31)),
        ("2026-11", date(2027, 2, 28)),
        ("2027-11", date(2028, 2, 29)),
        ("2026-10", date(2027, 1, 31)),
    ],
)
def test_cover_ends_with_the_last_day_of_the_third_month_after_the_one_paid_through(paid_through, last):
    month = Month.parse(paid_through)
    assert last_day_covered(month) == last
    assert cover_of([month], today=last).standing == Standing.COUNTING
    after = cover_of([month], today=date.fromordinal(last.toordinal() + 1))
    assert (after.standing, after.in_a_row, after.to_full) == (Standing.LAPSED, 0, 3)


def test_a_month_that_cannot_be_collected_any_more_is_missed_and_starts_the_count_anew():
    cover = cover_of(months("2026-11", "2026-12"), today=date(2027, 1, 15), over=Month(2027, 1))
    assert (cover.missed, cover.in_a_row, cover.to_full) == ((Month(2027, 1),), 0, 3)
    assert cover.endangered and cover.standing == Standing.COUNTING


def test_a_month_that_waits_for_its_confirmation_is_not_missed():
    cover = cover_of(
        months("2026-11", "2026-12"), today=date(2027, 1, 15), over=Month(2027, 1), waiting=months("2027-01")
    )
    assert (cover.missed, cover.in_a_row, cover.to_full, cover.endangered) == ((), 2, 1, False)


def test_a_month_that_can_still_be_collected_is_not_missed():
    cover = cover_of(months("2026-11"), today=date(2026, 12, 3), over=Month(2026, 11))
    assert (cover.missed, cover.in_a_row) == ((), 1)


def test_the_full_benefit_survives_a_missed_month_but_is_endangered():
    cover = cover_of(months("2026-10", "2026-11", "2026-12"), today=date(2027, 2, 15), over=Month(2027, 2))
    assert (cover.standing, cover.to_full, cover.in_a_row) == (Standing.FULL, 0, 0)
    assert cover.missed == (Month(2027, 1), Month(2027, 2)) and cover.endangered
    assert cover.last_day == date(2027, 3, 31)


def test_what_has_lapsed_is_not_called_endangered():
    cover = cover_of(months("2026-10"), today=date(2027, 2, 1), over=Month(2027, 1))
    assert (cover.standing, cover.endangered) == (Standing.LAPSED, False)
