"""The span of a pause against a calendar on which each month is crossed out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsorship.rules.months import Month
from sponsorship.rules.pause import is_paused, paused, resumed

JANUARY = Month(2027, 1)
MONTHS = [str(JANUARY.plus(number)) for number in range(24)]
FOR_EVER = str(JANUARY.plus(60))


@pytest.mark.parametrize(
    ("span", "period", "expected"),
    [
        (("", ""), "2027-01", False),
        (("2027-02", ""), "2027-01", False),
        (("2027-02", ""), "2027-02", True),
        (("2027-02", ""), "2031-12", True),
        (("2027-02", "2027-04"), "2027-03", True),
        (("2027-02", "2027-04"), "2027-04", False),
    ],
)
def test_a_month_is_paused_from_the_first_to_before_the_second(span, period, expected):
    assert is_paused(*span, period) is expected


def test_a_pause_begins_with_the_first_open_month():
    assert paused(("", ""), "2027-02", "2027-04") == ("2027-02", "2027-04")
    assert paused(("", ""), "2027-02") == ("2027-02", "")


def test_a_pause_that_still_holds_is_lengthened_or_shortened_without_a_gap():
    assert paused(("2026-12", "2027-02"), "2027-02", "2027-05") == ("2026-12", "2027-05")
    assert paused(("2026-12", ""), "2027-02", "2027-03") == ("2026-12", "2027-03")


def test_a_pause_that_was_over_before_a_closed_month_is_not_joined_to_the_new_one():
    # January was collected: the new pause must not reach back over it.
    assert paused(("2026-12", "2027-01"), "2027-02") == ("2027-02", "")


@pytest.mark.parametrize("until", ["2027-01", "2027-02"])
def test_a_pause_cannot_end_before_it_begins(until):
    with pytest.raises(ValueError, match="cannot end"):
        paused(("", ""), "2027-02", until)


def test_going_on_before_the_pause_reached_a_month_leaves_no_pause():
    assert resumed(("2027-02", "2027-05"), "2027-02") == ("", "")


def test_going_on_ends_the_pause_before_the_first_open_month():
    assert resumed(("2026-12", ""), "2027-02") == ("2026-12", "2027-02")


def test_going_on_after_the_end_does_not_pause_the_month_that_is_being_collected():
    # January is closed and due; whoever presses "go on" afterwards must not take it out.
    assert resumed(("2026-12", "2027-01"), "2027-02") == ("2026-12", "2027-01")


# One act: how many months the clock moved on, and a pause of so many months (0 open, None: going on).
acts = st.lists(st.tuples(st.integers(0, 3), st.none() | st.integers(0, 4)), min_size=1, max_size=8)


@given(acts)
def test_the_span_says_of_the_open_and_the_last_closed_month_what_a_crossed_out_calendar_says(sequence):
    span, crossed, open_at = ("", ""), set(), 0
    for passed, length in sequence:
        open_at += passed
        if open_at >= len(MONTHS) - 5:
            return
        first = MONTHS[open_at]
        ahead = {month for month in MONTHS if month >= first}
        crossed -= ahead
        if length is None:
            span = resumed(span, first)
        else:
            span = paused(span, first, MONTHS[open_at + length] if length else "")
            crossed |= {month for month in ahead if not length or month < MONTHS[open_at + length]}
        # The month before the first open one may still be under collection; older ones are over.
        for month in MONTHS[max(0, open_at - 1) :]:
            assert is_paused(*span, month) == (month in crossed), (span, month)
        assert span[1] == "" or "" < span[0] < span[1]
