from dataclasses import replace
from datetime import UTC, datetime, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodebit.rules.lifecycle import BATCH
from autodebit.rules.runbook import (
    LABEL,
    OWNER,
    MonthFacts,
    Step,
    WaveFacts,
    deadlines,
    late_steps,
    results_due,
    steps,
    where,
)
from registry.rules.roles import Role
from sponsorship.rules.months import Calendar, Month

OFFICIAL = Calendar(
    frozenset(holidays.country_holidays("ID", years=range(2024, 2028), categories=("public", "government")))
)
JANUARY = Month(2027, 1)
THREE_YEARS = [Month(2025, 1).plus(number) for number in range(35)]
SECOND = timedelta(seconds=1)
HANDED_OVER = datetime(2026, 12, 31, 7, 30, tzinfo=UTC)
WAVE = WaveFacts(1, "delivered", approvals=2, delivered_at=HANDED_OVER, lines=170_000, total=2_856_000_000)
OPEN = MonthFacts(gate_on=False)


def wib(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """A moment in Jakarta of the winter that this month lies in: December of 2026, January of 2027."""
    year = 2026 if month > 6 else 2027
    return datetime(year, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=7)


def month(state: str = "delivered", **changes) -> MonthFacts:
    wave = {key: changes.pop(key) for key in ("approvals", "unanswered", "build_note") if key in changes}
    return replace(OPEN, **({"waves": (replace(WAVE, state=state, **wave),)} | changes))


def board(facts: MonthFacts, now: datetime) -> dict:
    return {view.step: view for view in steps(JANUARY, facts, OFFICIAL, now)}


def states(facts: MonthFacts, now: datetime) -> dict[str, str]:
    return {str(step): view.state for step, view in board(facts, now).items()}


# Deadlines. January 2027: cut-off Tuesday 29 December, payday Monday 4 January, Isra Mikraj on Tuesday the 5th,
# remittance on Friday the 8th because the 10th is a Sunday.


def test_the_deadlines_of_january_2027_follow_the_official_calendar():
    assert deadlines(JANUARY, OFFICIAL, gate_on=False) == {
        Step.BUILD: wib(12, 29, 17),
        Step.APPROVE: wib(12, 31, 12),
        Step.GATE: wib(1, 4, 12),
        Step.SEAL: wib(12, 31, 14),
        Step.HAND_OVER: wib(12, 31, 15),
        Step.RESULTS: wib(1, 8, 16),
        Step.RETRY: wib(1, 6, 12),
        Step.RECONCILE: wib(1, 7, 16),
        Step.REMIT: wib(1, 8, 12),
        Step.CLOSE: wib(1, 15, 16),
    }


def test_with_the_salary_gate_the_batch_leaves_on_payday():
    off, on = deadlines(JANUARY, OFFICIAL, gate_on=False), deadlines(JANUARY, OFFICIAL, gate_on=True)
    changed = {step: moment for step, moment in on.items() if moment != off[step]}
    assert changed == {
        Step.APPROVE: wib(1, 4, 14),
        Step.SEAL: wib(1, 4, 15),
        Step.HAND_OVER: wib(1, 4, 16),
    }


@pytest.mark.parametrize(
    ("delivered_at", "due"),
    [
        (None, wib(1, 8, 16)),
        (wib(12, 31, 14), wib(1, 7, 16)),
        (wib(12, 31, 23, 59), wib(1, 7, 16)),
        (wib(1, 4, 16), wib(1, 8, 16)),
        (wib(1, 6, 9), wib(1, 11, 16)),
        # So early that three working days end before payday: the bank has the working day after it.
        (wib(12, 29, 17), wib(1, 6, 16)),
    ],
)
def test_answers_are_awaited_three_working_days_from_the_hand_over(delivered_at, due):
    assert results_due(JANUARY, OFFICIAL, delivered_at) == due
    assert deadlines(JANUARY, OFFICIAL, False, delivered_at)[Step.RESULTS] == due


@pytest.mark.parametrize("gate_on", [True, False])
@pytest.mark.parametrize("period", THREE_YEARS, ids=str)
def test_in_every_month_the_steps_are_due_in_their_order_on_working_days(period, gate_on):
    due = deadlines(period, OFFICIAL, gate_on)
    leaving = [due[step] for step in (Step.BUILD, Step.APPROVE, Step.SEAL, Step.HAND_OVER)]
    ending = [due[step] for step in (Step.RETRY, Step.RECONCILE, Step.REMIT, Step.CLOSE)]
    assert leaving == sorted(leaving) and ending == sorted(ending)
    assert due[Step.HAND_OVER] < due[Step.RECONCILE]
    assert OFFICIAL.cutoff(period) < due[Step.BUILD]
    assert all(OFFICIAL.is_working_day(OFFICIAL.local_date(moment)) for moment in due.values())


@pytest.mark.parametrize("days", [0, 1])
def test_a_city_that_cuts_off_late_is_not_asked_to_approve_before_it_could_build(days):
    late = Calendar(OFFICIAL.holidays, cutoff_working_days=days)
    due = deadlines(JANUARY, late, gate_on=False)
    assert due[Step.BUILD] == late.cutoff(JANUARY) + timedelta(hours=1)
    assert due[Step.BUILD] == due[Step.APPROVE] == due[Step.SEAL] == due[Step.HAND_OVER]


# A month from its cut-off to its end


def test_before_the_cutoff_everything_lies_ahead():
    now = OFFICIAL.cutoff(JANUARY) - SECOND
    assert set(states(OPEN, now).values()) == {"later", "not_needed"}
    assert where(steps(JANUARY, OPEN, OFFICIAL, now)).step is Step.BUILD


STAGES = [
    (OPEN, wib(12, 29, 16), Step.BUILD),
    (month("open"), wib(12, 29, 16, 5), Step.BUILD),
    (month("frozen", approvals=0), wib(12, 29, 16, 30), Step.APPROVE),
    (month("approved"), wib(12, 30, 9), Step.SEAL),
    (month("sealed"), wib(12, 30, 10), Step.HAND_OVER),
    (month("delivered", unanswered=9), wib(12, 31, 15), Step.RESULTS),
    (month("delivered", retry_candidates=4), wib(1, 5, 15), Step.RETRY),
    (month("delivered"), wib(1, 6, 9), Step.RECONCILE),
    (month("reconciled", held=1_680_000), wib(1, 7, 9), Step.REMIT),
    (month("reconciled", remitted=True), wib(1, 8, 9), Step.CLOSE),
]


@pytest.mark.parametrize(("facts", "now", "step"), STAGES)
def test_one_glance_says_where_the_month_is(facts, now, step):
    view = where(steps(JANUARY, facts, OFFICIAL, now))
    assert (view.step, view.state) == (step, "now")
    assert view.missing and all(sentence[0].isupper() or sentence[0].isdigit() for sentence in view.missing)


@pytest.mark.parametrize(("facts", "now", "step"), STAGES)
def test_the_steps_before_are_behind_and_the_steps_after_lie_ahead(facts, now, step):
    found = list(states(facts, now).items())
    position = [name for name, _ in found].index(step)
    assert {state for _, state in found[:position]} <= {"done", "not_needed"}
    assert {state for _, state in found[position + 1 :]} <= {"later", "not_needed"}


@pytest.mark.parametrize(("facts", "now", "step"), STAGES)
def test_a_step_is_late_from_its_deadline_on_and_not_a_second_before(facts, now, step):
    deadline = board(facts, now)[step].deadline
    assert board(facts, deadline - SECOND)[step].state == "now"
    views = steps(JANUARY, facts, OFFICIAL, deadline)
    assert where(views).step is step
    assert step in [view.step for view in late_steps(views)]


def test_a_closed_month_has_nothing_left():
    facts = month("closed", remitted=True, remittance_confirmed=True, closed=True)
    views = steps(JANUARY, facts, OFFICIAL, wib(2, 20, 9))
    assert {view.state for view in views} == {"done", "not_needed"}
    assert late_steps(views) == ()
    assert where(views).step is Step.CLOSE


def test_every_step_has_a_name_and_an_owner_who_is_there():
    assert set(LABEL) == set(OWNER) == set(Step)
    assert set(OWNER.values()) <= {"system", "bank", *Role}


@pytest.mark.parametrize(
    ("facts", "now", "step", "in_time"),
    [
        (OPEN, wib(12, 29, 17), Step.BUILD, "system"),
        (month("sealed", gate_on=True, opd_waiting=1), wib(1, 4, 12), Step.GATE, Role.OPD_TREASURER),
        (month("delivered", unanswered=1), wib(1, 7, 16), Step.RESULTS, "bank"),
    ],
)
def test_what_the_machine_a_treasurer_or_the_bank_missed_is_the_operators_turn(facts, now, step, in_time):
    assert board(facts, now - SECOND)[step].owner == in_time
    assert board(facts, now)[step].owner == Role.LABOUR_OPERATOR


def test_what_waits_for_a_late_step_says_which():
    late = board(OPEN, wib(12, 31, 12))
    assert late[Step.APPROVE].state == "late"
    assert late[Step.APPROVE].missing == ("Menunggu langkah sebelumnya: Menyusun kumpulan potongan.",)


# What is missing, in words


@pytest.mark.parametrize(
    ("facts", "now", "step", "missing"),
    [
        (OPEN, wib(12, 29, 16), Step.BUILD, ["Kumpulan potongan Januari 2027 belum disusun."]),
        (OPEN, wib(1, 6, 9), Step.BUILD, ["Kumpulan potongan Januari 2027 belum disusun."]),
        (OPEN, wib(1, 7, 0), Step.BUILD, ["Januari 2027 tidak dapat lagi ditagih sebelum batas setor."]),
        (
            month("open", build_note="Rekening penampung belum diisi."),
            wib(12, 29, 16),
            Step.BUILD,
            ["Gelombang 1 belum dapat disusun: Rekening penampung belum diisi."],
        ),
        (
            month("bank_rejected"),
            wib(12, 31, 9),
            Step.BUILD,
            ["Gelombang 1 ditolak bank.", "Kumpulan potongan Januari 2027 belum disusun."],
        ),
        (
            month("voided"),
            wib(12, 31, 9),
            Step.BUILD,
            ["Gelombang 1 dibatalkan.", "Kumpulan potongan Januari 2027 belum disusun."],
        ),
        (
            month("frozen", approvals=1),
            wib(12, 30, 9),
            Step.APPROVE,
            ["Gelombang 1 menunggu 1 persetujuan: 170.000 potongan, Rp2.856.000.000."],
        ),
        (
            month("approved", gate_on=True, opd_waiting=12),
            wib(1, 4, 9),
            Step.GATE,
            ["12 OPD belum memastikan gaji Januari 2027 sudah masuk."],
        ),
        (
            month("approved"),
            wib(12, 30, 9),
            Step.SEAL,
            ["Gelombang 1 sudah disetujui dan belum disegel."],
        ),
        (
            month("sealed"),
            wib(12, 30, 9),
            Step.HAND_OVER,
            ["Gelombang 1 sudah disegel dan belum diserahkan ke bank."],
        ),
        (
            month("delivered", unanswered=12_345),
            wib(1, 4, 9),
            Step.RESULTS,
            ["Gelombang 1: 12.345 dari 170.000 potongan belum dijawab bank."],
        ),
        (
            month("delivered", retry_candidates=1_200),
            wib(1, 5, 9),
            Step.RETRY,
            ["1.200 potongan dapat ditagih lagi."],
        ),
        (
            month("delivered", suspense=16_800, books_differ=2),
            wib(1, 6, 9),
            Step.RECONCILE,
            [
                "Gelombang 1 belum cocok dengan mutasi rekening.",
                "Rp16.800 pada mutasi rekening belum terjelaskan.",
                "2 selisih dalam buku bulan ini.",
            ],
        ),
        (
            month("reconciled", held=1_680_000),
            wib(1, 7, 9),
            Step.REMIT,
            ["Rp1.680.000 belum disetor ke BPJS Ketenagakerjaan."],
        ),
        (
            month("reconciled", remitted=True, open_follow_ups=3),
            wib(1, 11, 9),
            Step.CLOSE,
            [
                "3 tindak lanjut belum selesai.",
                "BPJS Ketenagakerjaan belum mengonfirmasi setoran bulan ini.",
            ],
        ),
        (
            month("reconciled", remitted=True, remittance_confirmed=True),
            wib(1, 11, 9),
            Step.CLOSE,
            ["Bulan ini belum ditutup."],
        ),
    ],
)
def test_what_is_missing_is_said_with_its_numbers(facts, now, step, missing):
    assert list(board(facts, now)[step].missing) == missing


def test_several_banks_are_named():
    waves = (
        replace(WAVE, state="frozen", approvals=0, bank="Bank Jateng"),
        replace(WAVE, bank="Bank Contoh"),
    )
    (missing,) = board(month(waves=waves), wib(12, 30, 9))[Step.APPROVE].missing
    assert missing.startswith("Gelombang 1 (Bank Jateng) menunggu 2 persetujuan")


# The salary gate


def test_the_gate_opens_on_payday_and_sealing_waits_for_it():
    facts = month("approved", gate_on=True, opd_waiting=2)
    assert states(facts, wib(1, 3, 23, 59))["gate"] == "later"
    on_payday = states(facts, wib(1, 4, 0))
    assert (on_payday["gate"], on_payday["seal"]) == ("now", "later")
    ready = states(replace(facts, opd_waiting=0), wib(1, 4, 9))
    assert (ready["gate"], ready["seal"]) == ("done", "now")


def test_approving_waits_for_the_gate_but_not_for_who_was_let_go_to_the_next_wave():
    facts, payday = month("frozen", gate_on=True, opd_waiting=2), wib(1, 4, 9)
    assert (states(facts, payday)["gate"], states(facts, payday)["approve"]) == ("now", "later")
    let_go = replace(facts, opd_let_go=2)
    assert (states(let_go, payday)["gate"], states(let_go, payday)["approve"]) == ("now", "now")
    assert where(steps(JANUARY, let_go, OFFICIAL, payday)).step is Step.APPROVE


def test_without_the_policy_there_is_no_gate_step_to_do():
    assert states(month("approved", opd_waiting=2), wib(12, 30, 9))["gate"] == "not_needed"


def test_a_gate_without_a_built_batch_is_not_passed():
    assert states(replace(OPEN, gate_on=True), wib(12, 30, 9))["gate"] == "later"


# Further waves


def further(state: str, **changes) -> MonthFacts:
    second = WaveFacts(2, state, approvals=1, lines=40, total=672_000)
    return month(waves=(WAVE, second), **changes)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("open", "Gelombang 2 sedang disusun."),
        ("frozen", "Gelombang 2 menunggu 1 persetujuan: 40 potongan, Rp672.000."),
        ("approved", "Gelombang 2 sudah disetujui dan belum disegel."),
        ("sealed", "Gelombang 2 sudah disegel dan belum diserahkan ke bank."),
    ],
)
def test_a_further_wave_is_the_retry_step_until_it_is_with_the_bank(state, words):
    found = board(further(state), wib(1, 5, 9))
    assert (found[Step.RETRY].state, found[Step.RETRY].missing) == ("now", (words,))
    assert {found[step].state for step in (Step.BUILD, Step.APPROVE, Step.SEAL, Step.HAND_OVER)} == {"done"}
    assert found[Step.RECONCILE].state == "later"


@pytest.mark.parametrize("state", ["voided", "bank_rejected"])
def test_a_further_wave_that_fell_away_is_not_waited_for(state):
    assert states(further(state), wib(1, 5, 9))["retry"] == "not_needed"


@pytest.mark.parametrize("state", ["delivered", "reconciled", "closed"])
def test_a_further_wave_that_is_with_the_bank_ends_the_retry_unless_more_can_be_tried(state):
    assert states(further(state), wib(1, 6, 9))["retry"] == "done"
    assert states(further(state, retry_candidates=3), wib(1, 6, 9))["retry"] == "now"


def test_a_retry_need_not_wait_for_the_last_answer():
    found = states(month(unanswered=5, retry_candidates=3), wib(1, 5, 9))
    assert (found["results"], found["retry"]) == ("now", "now")


def test_when_the_last_day_is_over_a_missed_retry_is_told_and_no_longer_an_alarm():
    facts = month(retry_candidates=3)
    assert states(facts, wib(1, 6, 23, 59))["retry"] == "late"
    view = board(facts, wib(1, 7, 0))[Step.RETRY]
    assert (view.state, view.missing) == ("not_needed", ("3 potongan tidak sempat ditagih lagi bulan ini.",))


def test_the_order_in_which_waves_are_listed_says_nothing():
    facts = further("frozen")
    now = wib(1, 5, 9)
    assert states(replace(facts, waves=facts.waves[::-1]), now) == states(facts, now)


def test_a_further_wave_that_lies_around_after_the_last_day_stays_late():
    assert states(further("sealed", retry_candidates=3), wib(1, 7, 9))["retry"] == "late"


def test_nothing_to_retry_is_no_alarm_while_answers_are_still_awaited():
    facts = month(unanswered=5)
    assert states(facts, wib(1, 6, 11))["retry"] == "later"
    assert states(facts, wib(1, 6, 13))["retry"] == "later"
    assert states(facts, wib(1, 7, 9))["retry"] == "not_needed"


def test_answers_are_awaited_by_the_earliest_wave_that_still_lacks_some():
    second = replace(WAVE, wave=2, delivered_at=wib(1, 6, 9), unanswered=2)
    both = month(waves=(replace(WAVE, unanswered=1), second))
    assert board(both, wib(1, 6, 10))[Step.RESULTS].deadline == wib(1, 7, 16)
    only_second = month(waves=(WAVE, second))
    assert board(only_second, wib(1, 6, 10))[Step.RESULTS].deadline == wib(1, 11, 16)


def test_a_batch_in_place_of_a_rejected_one_is_the_first_wave_whatever_its_number():
    waves = (replace(WAVE, state="bank_rejected"), replace(WAVE, wave=2, state="approved"))
    found = states(month(waves=waves), wib(12, 31, 9))
    assert (found["approve"], found["seal"], found["retry"]) == ("done", "now", "later")


def test_a_batch_that_was_reopened_takes_the_month_back_to_its_build():
    assert where(steps(JANUARY, month("open"), OFFICIAL, wib(12, 30, 9))).step is Step.BUILD


# Remittance


def test_a_month_that_brought_nothing_has_nothing_to_remit_and_can_be_closed():
    found = states(month("reconciled"), wib(1, 7, 9))
    assert (found["remit"], found["close"]) == ("not_needed", "now")


TWO_BANKS = (replace(WAVE, state="reconciled", bank="Bank Contoh"), replace(WAVE, state="sealed"))


@pytest.mark.parametrize(
    "facts",
    [
        month("reconciled", unanswered=1),
        month("delivered"),
        month(waves=(replace(WAVE, state="reconciled"), WaveFacts(2, "frozen"))),
        month(waves=TWO_BANKS),
    ],
)
def test_that_nothing_is_to_be_remitted_is_said_only_when_all_is_answered_and_agreed(facts):
    assert states(facts, wib(1, 6, 9))["remit"] == "later"


@pytest.mark.parametrize(("held", "amount"), [(1, "Rp1"), (16_800, "Rp16.800")])
def test_money_that_came_after_the_remittance_has_to_be_remitted_too(held, amount):
    view = board(month("reconciled", remitted=True, held=held), wib(1, 8, 9))[Step.REMIT]
    assert (view.state, view.missing) == ("now", (f"{amount} belum disetor ke BPJS Ketenagakerjaan.",))


def test_a_month_is_not_ready_to_close_while_its_books_differ_again():
    found = states(month("reconciled", remitted=True, books_differ=1), wib(1, 7, 9))
    assert (found["reconcile"], found["remit"], found["close"]) == ("now", "done", "later")


waves = st.builds(
    WaveFacts,
    st.integers(1, 3),
    st.sampled_from(BATCH.values()),
    st.integers(0, 2),
    st.none(),
    st.none() | st.datetimes(datetime(2026, 12, 28), datetime(2027, 1, 12), timezones=st.just(UTC)),
    st.integers(0, 5),
)
few = st.integers(0, 2)
any_month = st.builds(
    MonthFacts,
    st.booleans(),
    st.lists(waves, max_size=3).map(tuple),
    few,
    few,
    few,
    few,
    few,
    st.booleans(),
    st.booleans(),
    st.integers(-1, 2),
    st.booleans(),
)


@given(any_month, st.datetimes(datetime(2026, 12, 20), datetime(2027, 1, 25), timezones=st.just(UTC)))
def test_whatever_happened_each_step_has_one_state_and_what_cannot_wait_says_why(facts, now):
    views = steps(JANUARY, facts, OFFICIAL, now)
    assert [view.step for view in views] == list(Step)
    for view in views:
        assert view.missing or view.state not in ("now", "late"), view
        assert view.state != "late" or now >= view.deadline
        assert view.state != "now" or now < view.deadline
        assert not view.missing or view.state not in ("done", "later")
    assert facts.closed or where(views).state in ("late", "now", "later")
