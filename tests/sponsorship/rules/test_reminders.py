from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sponsorship.rules.reminders import STEPS, Reminded, due_step, in_daytime

TOUCHED = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def heard(moments: list[datetime]) -> list[tuple[int, datetime]]:
    """What a donor hears when the scheduler looks at these moments."""
    last, said = None, []
    for now in moments:
        step = due_step(TOUCHED, last, now)
        if step:
            last = Reminded(step, now)
            said.append((step, now))
    return said


def test_every_hour_looked_at_the_four_reminders_come_on_their_days_and_then_it_is_quiet():
    said = heard([TOUCHED + n * HOUR for n in range(24 * 40)])
    assert said == [(step, TOUCHED + days * DAY) for step, days in enumerate(STEPS, start=1)]


def test_a_scheduler_that_was_off_for_weeks_says_the_latest_only():
    assert heard([TOUCHED + 20 * DAY + n * HOUR for n in range(24 * 20)]) == [(4, TOUCHED + 20 * DAY)]


def test_after_a_late_reminder_the_next_keeps_its_distance():
    said = heard([TOUCHED + 6.9 * DAY, TOUCHED + 7 * DAY, TOUCHED + 10.8 * DAY, TOUCHED + 10.9 * DAY])
    assert [step for step, _ in said] == [2, 3]
    assert said[1][1] == TOUCHED + 10.9 * DAY


@given(st.lists(st.integers(0, 24 * 60), unique=True, max_size=60))
def test_whenever_the_scheduler_runs_steps_only_rise_and_gaps_never_shrink(hours):
    said = heard([TOUCHED + hour * HOUR for hour in sorted(hours)])

    steps, times = [step for step, _ in said], [at for _, at in said]
    assert steps == sorted(set(steps))
    assert all(at - TOUCHED >= STEPS[step - 1] * DAY for step, at in said)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert all(
        gap >= (STEPS[step - 1] - STEPS[step - 2]) * DAY for gap, step in zip(gaps, steps[1:], strict=True)
    )


@given(st.lists(st.integers(0, 24 * 60), unique=True, max_size=60))
def test_a_run_that_is_repeated_says_nothing_more(hours):
    moments = [TOUCHED + hour * HOUR for hour in sorted(hours)]
    assert heard([moment for moment in moments for _ in range(2)]) == heard(moments)


def test_it_is_day_from_eight_to_seven_in_jakarta():
    hours = [hour for hour in range(24) if in_daytime(datetime(2026, 11, 20, hour, 30, tzinfo=UTC))]
    assert hours == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
