from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodebit.rules.due import remittance_day
from autodebit.rules.lifecycle import ATTEMPT, LIVE_ATTEMPT, OBLIGATION
from autodebit.rules.retry import MOST_RETRIES, Tried, last_day_to_retry, retry_day, why_no_retry
from sponsorship.rules.lifecycle import MANDATE
from sponsorship.rules.months import Calendar, Month

OFFICIAL = Calendar(
    frozenset(holidays.country_holidays("ID", years=range(2024, 2028), categories=("public", "government")))
)
JANUARY = Month(2027, 1)
THREE_YEARS = [Month(2025, 1).plus(number) for number in range(35)]
NO_MONEY = Tried("failed", True)
CLOSED_ACCOUNT = Tried("failed", False)
RETURNED = Tried("returned", True)


def why(*tried, **changes):
    facts = {
        "mandate_state": "active",
        "mandate_ended": False,
        "obligation_state": "unmet",
        "decided": False,
        "disputed": False,
    }
    return why_no_retry(tried, **(facts | changes))


@pytest.mark.parametrize("tried", [(NO_MONEY,), (NO_MONEY, NO_MONEY)])
def test_a_debit_without_money_is_tried_again_up_to_twice(tried):
    assert why(*tried) is None


def test_after_two_retries_the_month_is_over_for_the_donor():
    assert why(NO_MONEY, NO_MONEY, NO_MONEY) == "attempts_used_up"
    assert why(NO_MONEY, NO_MONEY, NO_MONEY, most_retries=3) is None
    assert why(NO_MONEY, most_retries=0) == "attempts_used_up"


def test_a_hard_answer_is_not_tried_again():
    assert why(CLOSED_ACCOUNT) == "not_retryable"
    assert why(NO_MONEY, CLOSED_ACCOUNT) == "not_retryable"


def test_the_last_answer_decides_whether_the_code_may_be_retried():
    assert why(CLOSED_ACCOUNT, NO_MONEY) is None


@pytest.mark.parametrize("obligation_state", ["open", "unmet", "reopened"])
@pytest.mark.parametrize("decided", [True, False])
def test_silence_is_never_retried_by_itself(obligation_state, decided):
    tried = (NO_MONEY, Tried("unknown", True))
    assert why(*tried, obligation_state=obligation_state, decided=decided) == "unknown_answer"


@pytest.mark.parametrize("state", [state for state in LIVE_ATTEMPT if state != "unknown"])
def test_a_live_attempt_keeps_its_obligation_out_of_the_next_wave(state):
    assert why(Tried(state, True)) == "in_collection"
    assert why(Tried(state, True), NO_MONEY, decided=True) == "in_collection"


def test_an_obligation_that_is_open_is_already_being_collected():
    assert why(NO_MONEY, obligation_state="open") == "in_collection"
    assert why(obligation_state="open") == "in_collection"


@pytest.mark.parametrize("obligation_state", ["planned", "unmet"])
def test_an_obligation_that_the_salary_gate_held_back_may_go_in_the_next_wave(obligation_state):
    assert why(obligation_state=obligation_state) is None


def test_money_that_went_back_is_asked_for_again_only_when_a_person_says_so():
    assert why(RETURNED, obligation_state="reopened") == "needs_decision"
    assert why(RETURNED, obligation_state="reopened", decided=True) is None
    assert why(obligation_state="reopened") == "needs_decision"
    assert why(obligation_state="reopened", decided=True) is None


def test_the_decision_replaces_the_code_of_the_return_and_not_the_number_of_attempts():
    assert why(Tried("returned", False), obligation_state="reopened", decided=True) is None
    tried = (NO_MONEY, NO_MONEY, RETURNED)
    assert why(*tried, obligation_state="reopened", decided=True) == "attempts_used_up"


@pytest.mark.parametrize(
    ("tried", "state"), [((NO_MONEY,), "unmet"), ((), "planned"), ((RETURNED,), "reopened")]
)
def test_what_the_bank_contradicts_itself_about_is_not_tried_again(tried, state):
    assert why(*tried, obligation_state=state, decided=True, disputed=True) == "disputed"


@pytest.mark.parametrize("state", ["met", "written_off", "skipped"])
@pytest.mark.parametrize("tried", [(), (NO_MONEY,), (Tried("unknown", True),), (Tried("succeeded", True),)])
def test_what_is_settled_is_left_alone(state, tried):
    assert why(*tried, obligation_state=state, decided=True) == "settled"


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("issued", "suspended"),
        ("signed", "suspended"),
        ("verified", "suspended"),
        ("lodged", "suspended"),
        ("active", None),
        ("suspended", "suspended"),
        ("rejected", "revoked"),
        ("cancelled", "revoked"),
        ("expired", "revoked"),
        ("replaced", None),
    ],
)
@pytest.mark.parametrize("tried", [(), (NO_MONEY,)])
def test_only_a_mandate_that_is_in_force_is_debited_again(state, reason, tried):
    assert why(*tried, mandate_state=state) == reason
    assert why(*tried, mandate_state=state, mandate_ended=True) == "revoked"


def test_every_state_of_a_mandate_was_asked_about():
    assert {why(mandate_state=state) for state in MANDATE.values()} == {None, "suspended", "revoked"}


@pytest.mark.parametrize(
    ("tried", "changes", "reason"),
    [
        ((RETURNED,), {"mandate_state": "cancelled"}, "revoked"),
        ((CLOSED_ACCOUNT,), {"mandate_state": "suspended"}, "not_retryable"),
        ((RETURNED,), {"mandate_state": "suspended"}, "suspended"),
        ((NO_MONEY, NO_MONEY, RETURNED), {}, "attempts_used_up"),
    ],
)
def test_nobody_is_asked_to_decide_about_what_cannot_be(tried, changes, reason):
    assert why(*tried, **({"obligation_state": "reopened"} | changes)) == reason


attempts = st.lists(
    st.builds(
        Tried,
        st.sampled_from([state for state in ATTEMPT.values() if state != "released"]),
        st.booleans(),
    ),
    max_size=5,
)


@given(
    attempts,
    st.sampled_from(MANDATE.values()),
    st.booleans(),
    st.sampled_from(OBLIGATION.values()),
    st.booleans(),
    st.booleans(),
)
def test_a_retry_never_meets_live_money_a_dead_mandate_or_a_fourth_attempt(
    tried, mandate, ended, obligation, decided, disputed
):
    reason = why_no_retry(
        tried,
        mandate_state=mandate,
        mandate_ended=ended,
        obligation_state=obligation,
        decided=decided,
        disputed=disputed,
    )
    if reason is None:
        assert not disputed
        assert not any(attempt.state in LIVE_ATTEMPT for attempt in tried)
        assert mandate in ("active", "replaced") and not ended
        assert obligation in ("planned", "unmet", "reopened")
        assert len(tried) <= MOST_RETRIES
        assert not tried or tried[-1] == NO_MONEY or decided


# Days. January 2027: payday Monday the 4th, Isra Mikraj on Tuesday the 5th, remittance on Friday the 8th.


@pytest.mark.parametrize(
    ("today", "day"),
    [
        (date(2026, 12, 28), date(2027, 1, 4)),
        (date(2026, 12, 31), date(2027, 1, 4)),
        (date(2027, 1, 3), date(2027, 1, 4)),
        (date(2027, 1, 4), date(2027, 1, 6)),
        (date(2027, 1, 5), date(2027, 1, 6)),
        (date(2027, 1, 6), date(2027, 1, 7)),
        (date(2027, 1, 7), None),
        (date(2027, 1, 8), None),
        (date(2027, 2, 1), None),
    ],
)
def test_a_retry_is_debited_on_the_next_working_day_before_the_remittance(today, day):
    assert retry_day(JANUARY, today, OFFICIAL) == day


def test_after_a_long_idul_fitri_one_day_is_left_for_a_retry():
    april = Month(2025, 4)
    assert OFFICIAL.payday(april) == date(2025, 4, 8)
    assert last_day_to_retry(april, OFFICIAL) == date(2025, 4, 8)
    assert retry_day(april, date(2025, 4, 8), OFFICIAL) == date(2025, 4, 9)


@pytest.mark.parametrize("month", THREE_YEARS, ids=str)
def test_the_last_day_to_retry_is_the_last_that_still_leads_to_a_debit(month):
    last = last_day_to_retry(month, OFFICIAL)
    assert OFFICIAL.is_working_day(last)
    assert retry_day(month, last, OFFICIAL) is not None
    assert retry_day(month, OFFICIAL.working_days_after(last, 1), OFFICIAL) is None


@given(
    st.frozensets(st.dates(date(2026, 11, 20), date(2027, 1, 15)), max_size=15),
    st.dates(date(2026, 12, 1), date(2027, 1, 20)),
)
def test_a_retry_day_is_a_working_day_after_today_from_payday_until_before_the_remittance(days_off, today):
    calendar = Calendar(days_off)
    day = retry_day(JANUARY, today, calendar)
    limit = remittance_day(JANUARY, calendar)
    if day is None:
        tomorrow = max(today + timedelta(days=1), calendar.payday(JANUARY))
        later = (tomorrow + timedelta(days=ahead) for ahead in range(15))
        assert not any(calendar.is_working_day(open_day) and open_day < limit for open_day in later)
    else:
        assert calendar.is_working_day(day) and today < day < limit
        assert day >= calendar.payday(JANUARY)
