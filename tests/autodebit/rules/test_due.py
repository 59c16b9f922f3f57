from datetime import UTC, date, datetime, timedelta

import pytest

from autodebit.rules.due import (
    Cut,
    MandateFacts,
    WorkerFacts,
    amount_due,
    collection_day,
    is_concerned,
    is_line_due,
    months_due,
    remittance_day,
    why_excluded,
)
from sponsorship.rules.months import Calendar, Month

DECEMBER = Month(2026, 12)
OFFICE = Calendar(holidays=frozenset({date(2026, 12, 25)}))
CUTOFF = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
CUT = Cut(DECEMBER, CUTOFF, date(2026, 11, 26))
SECOND = timedelta(seconds=1)


def worker(**changes) -> WorkerFacts:
    facts = {
        "state": "ready",
        "start_period": "2026-12",
        "end_period": "",
        "born": date(1980, 5, 17),
        "price": 8_400,
    }
    return WorkerFacts(**(facts | changes))


def mandate(**changes) -> MandateFacts:
    facts = {
        "state": "active",
        "requires_lodging": False,
        "verified_at": CUTOFF - timedelta(days=3),
        "signed_on": date(2026, 11, 20),
        "start_period": "2026-12",
        "end_period": "",
        "ended_at": None,
        "ceiling": 16_800,
        "workers": (worker(),),
    }
    return MandateFacts(**(facts | changes))


def test_an_active_mandate_with_a_due_worker_has_a_line():
    assert why_excluded(mandate(), CUT) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"state": "cancelled", "ended_at": CUTOFF + SECOND}, "revoked"),
        ({"state": "replaced", "ended_at": CUTOFF + SECOND, "end_period": "2026-11"}, "revoked"),
        ({"state": "replaced", "ended_at": CUTOFF + SECOND}, "revoked"),
        (
            {
                "state": "replaced",
                "ended_at": CUTOFF + SECOND,
                "end_period": "2026-12",
                "lineage_ended": True,
            },
            "revoked",
        ),
        ({"state": "suspended"}, "suspended"),
        ({"state": "verified", "requires_lodging": True}, "not_lodged"),
        ({"state": "lodged"}, "not_lodged"),
        ({"state": "verified"}, "not_active"),
        ({"complete": False}, "incomplete"),
        ({"signed_on": None}, "incomplete"),
        ({"verified_at": None}, "incomplete"),
        ({"verified_at": CUTOFF}, "verified_late"),
        ({"signed_on": date(2026, 11, 27)}, "verified_late"),
        ({"start_period": "2027-01"}, "starts_later"),
        ({"start_period": ""}, "starts_later"),
        ({"end_period": "2026-11"}, "ended"),
        ({"obligation": "skipped", "obligation_reason": "ceiling"}, "ceiling"),
        ({"obligation": "met"}, "in_collection"),
        ({"obligation": "planned", "attempts": 1, "live_attempt": True}, "in_collection"),
        ({"obligation": "planned", "attempts": 9}, "attempts_used_up"),
        ({"workers": ()}, "no_lines"),
        ({"workers": (worker(state="paused", pause_from="2026-12"),)}, "no_lines"),
        ({"workers": (worker(price=0),)}, "no_lines"),
        ({"ceiling": 8_399}, "ceiling"),
    ],
)
def test_what_keeps_a_mandate_out_is_named(changes, reason):
    assert why_excluded(mandate(**changes), CUT) == reason


@pytest.mark.parametrize(
    "changes",
    [
        {"verified_at": CUTOFF - SECOND},
        {"signed_on": date(2026, 11, 26)},
        {"start_period": "2026-07"},
        {"end_period": "2026-12"},
        {"ceiling": 8_400},
        {"obligation": "planned", "attempts": 8},
        {"state": "active", "requires_lodging": True},
        {"state": "replaced", "ended_at": CUTOFF + SECOND, "end_period": "2026-12"},
    ],
)
def test_the_last_value_that_still_counts_keeps_its_line(changes):
    assert why_excluded(mandate(**changes), CUT) is None


def test_the_amount_is_the_sum_of_the_workers_whose_line_is_due():
    workers = (
        worker(),
        worker(state="paused", pause_from="2026-11"),
        worker(price=16_800, state="ending", end_period="2026-12"),
    )
    assert amount_due(mandate(workers=workers), CUT) == 25_200


@pytest.mark.parametrize(
    ("born", "due"),
    [(date(1961, 12, 1), False), (date(1961, 12, 2), True), (date(1950, 1, 1), False), (None, True)],
)
def test_a_worker_is_due_until_the_month_that_opens_at_65(born, due):
    assert is_line_due(worker(born=born), CUT) is due


@pytest.mark.parametrize("state", ["pending", "ended", "withdrawn", "superseded"])
def test_a_sponsorship_that_does_not_run_is_not_due(state):
    assert not is_line_due(worker(state=state), CUT)


@pytest.mark.parametrize(
    ("pause_from", "pause_until", "due"),
    [
        ("2026-12", "", False),
        ("2026-11", "2027-01", False),
        ("2026-11", "2026-12", True),
        ("2027-01", "", True),  # the pause was made after December was cut: a late build still collects it
    ],
)
@pytest.mark.parametrize("state", ["paused", "active"])
def test_the_span_of_a_pause_decides_and_not_the_state_of_the_day(state, pause_from, pause_until, due):
    assert is_line_due(worker(state=state, pause_from=pause_from, pause_until=pause_until), CUT) is due


def test_a_build_speaks_about_live_mandates_and_those_that_were_live_at_the_cutoff():
    assert is_concerned(mandate(), CUT)
    assert is_concerned(mandate(state="cancelled", ended_at=CUTOFF), CUT)
    assert not is_concerned(mandate(state="cancelled", ended_at=CUTOFF - SECOND), CUT)
    assert not is_concerned(mandate(state="signed", verified_at=None), CUT)


def test_the_remittance_day_is_the_tenth_or_the_working_day_before():
    assert remittance_day(DECEMBER, OFFICE) == date(2026, 12, 10)
    assert remittance_day(Month(2026, 10), OFFICE) == date(2026, 10, 9)  # the 10th is a Saturday


@pytest.mark.parametrize(
    ("today", "day"),
    [
        (date(2026, 11, 26), date(2026, 12, 1)),
        (date(2026, 12, 1), date(2026, 12, 1)),
        (date(2026, 12, 2), date(2026, 12, 3)),
        (date(2026, 12, 4), date(2026, 12, 7)),  # Friday, so Monday
        (date(2026, 12, 8), date(2026, 12, 9)),
        (date(2026, 12, 9), None),
        (date(2027, 1, 5), None),
    ],
)
def test_a_late_batch_collects_on_the_next_working_day_before_the_remittance(today, day):
    assert collection_day(DECEMBER, today, OFFICE) == day


@pytest.mark.parametrize(
    ("moment", "months"),
    [
        (CUTOFF - SECOND, ()),
        (CUTOFF, (DECEMBER,)),
        (CUTOFF + timedelta(hours=1), (DECEMBER,)),
        (CUTOFF + timedelta(days=1), (DECEMBER,)),
        (datetime(2026, 12, 8, 5, 0, tzinfo=UTC), (DECEMBER,)),
        (datetime(2026, 12, 9, 5, 0, tzinfo=UTC), ()),
        # Five weeks later: December's remittance is over, January (payday Friday the 1st of 2027) is the open one.
        (CUTOFF + timedelta(weeks=5), (Month(2027, 1),)),
    ],
)
def test_a_month_is_due_from_its_cutoff_until_it_can_no_longer_be_collected(moment, months):
    assert months_due(moment, OFFICE) == months
