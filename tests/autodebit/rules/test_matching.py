import itertools

import pytest

from autodebit.rules.lifecycle import ATTEMPT
from autodebit.rules.matching import HANDED_BACK, MOVES, TO_A_PERSON, Sent, Verdict, verdict

# Outcome the bank says now -> verdict by the state that is recorded, all codes and amounts being those we know.
TABLE = {
    "succeeded": {
        "frozen": "not_sent",
        "approved": "not_sent",
        "released": "not_sent",
        "sent": "applies",
        "unknown": "applies",
        "succeeded": "already",
        "failed": "contradiction",
        "returned": "contradiction",
    },
    "failed": {
        "frozen": "not_sent",
        "approved": "not_sent",
        "released": "not_sent",
        "sent": "applies",
        "unknown": "applies",
        "succeeded": "contradiction",
        "failed": "already",
        "returned": "contradiction",
    },
    "returned": {
        "frozen": "not_sent",
        "approved": "not_sent",
        "released": "not_sent",
        "sent": "contradiction",
        "unknown": "contradiction",
        "succeeded": "applies",
        "failed": "contradiction",
        "returned": "already",
    },
    "pending": {
        "frozen": "not_sent",
        "approved": "not_sent",
        "released": "not_sent",
        "sent": "pending",
        "unknown": "pending",
        "succeeded": "already",
        "failed": "already",
        "returned": "already",
    },
}
CASES = [(outcome, state) for outcome, row in TABLE.items() for state in row]


def sent(**changes) -> Sent:
    facts = {"state": "sent", "code": "AM04", "amount": 16_800, "same_bank": True, "same_batch": True}
    return Sent(**(facts | changes))


def meaning(outcome="succeeded", known=None, *, code="AM04", amount=16_800, first=True, agrees=True):
    return verdict(outcome, code, amount, known, first_of_reference=first, agrees_in_file=agrees)


def test_the_table_of_this_test_holds_every_state_an_attempt_can_have():
    assert all(set(row) == set(ATTEMPT.values()) for row in TABLE.values())


@pytest.mark.parametrize(("outcome", "state"), CASES)
def test_each_outcome_means_one_thing_in_each_state(outcome, state):
    assert meaning(outcome, sent(state=state)) == TABLE[outcome][state]


@pytest.mark.parametrize("state", ATTEMPT.values())
@pytest.mark.parametrize("outcome", MOVES)
def test_what_applies_is_a_move_that_the_lifecycle_allows(outcome, state):
    applies = meaning(outcome, sent(state=state)) is Verdict.APPLIES
    assert applies == ATTEMPT.allows(state, MOVES[outcome])


@pytest.mark.parametrize("outcome", ["", "settled", "SUCCEEDED"])
@pytest.mark.parametrize("known", [None, sent(), sent(same_bank=False)])
def test_a_line_that_does_not_say_how_it_went_is_unreadable_whatever_it_names(outcome, known):
    assert meaning(outcome, known, first=False, agrees=False) is Verdict.UNREADABLE


@pytest.mark.parametrize("outcome", TABLE)
def test_a_reference_that_is_not_ours_is_unknown(outcome):
    assert meaning(outcome, None, first=False, agrees=False) is Verdict.UNKNOWN


@pytest.mark.parametrize("agrees", [True, False])
@pytest.mark.parametrize(("outcome", "state"), CASES)
def test_no_line_of_another_bank_is_ever_believed(outcome, state, agrees):
    foreign = sent(state=state, same_bank=False)
    assert meaning(outcome, foreign, agrees=agrees) is Verdict.FOREIGN


@pytest.mark.parametrize(("outcome", "state"), CASES)
def test_two_outcomes_for_one_reference_in_a_file_move_nothing_not_even_by_the_first(outcome, state):
    for first in (True, False):
        assert meaning(outcome, sent(state=state), first=first, agrees=False) is Verdict.CONTRADICTION


@pytest.mark.parametrize(("outcome", "state"), CASES)
def test_the_second_equal_line_of_a_file_is_a_repetition(outcome, state):
    assert meaning(outcome, sent(state=state), first=False) is Verdict.REPEATED


@pytest.mark.parametrize("state", ATTEMPT.values())
@pytest.mark.parametrize("outcome", ["succeeded", "failed", "pending"])
def test_an_answer_about_a_batch_that_the_file_does_not_answer_is_foreign(outcome, state):
    assert meaning(outcome, sent(state=state, same_batch=False)) is Verdict.FOREIGN


@pytest.mark.parametrize("state", ATTEMPT.values())
def test_a_return_may_be_about_any_batch_of_the_bank(state):
    assert meaning("returned", sent(state=state, same_batch=False)) == TABLE["returned"][state]


@pytest.mark.parametrize("amount", [0, 1, 16_799, 16_801, 1_680_000])
@pytest.mark.parametrize(("outcome", "state"), CASES)
def test_another_amount_goes_to_a_person_once_the_line_was_handed_over(outcome, state, amount):
    found = meaning(outcome, sent(state=state), amount=amount)
    handed_over = state not in ("frozen", "approved", "released")
    assert found is (Verdict.WRONG_AMOUNT if handed_over else Verdict.NOT_SENT)


@pytest.mark.parametrize(("outcome", "state"), CASES)
def test_a_format_that_states_no_amount_is_judged_by_the_rest(outcome, state):
    assert meaning(outcome, sent(state=state), amount=None) == TABLE[outcome][state]


@pytest.mark.parametrize("code", ["AC04", ""])
def test_a_second_failure_with_another_code_goes_to_a_person(code):
    assert meaning("failed", sent(state="failed"), code=code) is Verdict.CONTRADICTION


@pytest.mark.parametrize(("outcome", "state"), [case for case in CASES if case != ("failed", "failed")])
def test_elsewhere_the_code_decides_nothing(outcome, state):
    assert meaning(outcome, sent(state=state), code="AC04") == TABLE[outcome][state]


def test_no_answer_of_any_kind_moves_an_attempt_that_a_file_did_not_hand_over_or_that_another_bank_holds():
    for outcome, state, bank, first, agrees, amount in itertools.product(
        [*TABLE, ""], ATTEMPT.values(), (True, False), (True, False), (True, False), (None, 16_800, 8_400)
    ):
        found = meaning(outcome, sent(state=state, same_bank=bank), first=first, agrees=agrees, amount=amount)
        believed = bank and first and agrees and amount != 8_400 and outcome in MOVES
        assert (found is Verdict.APPLIES) == (believed and ATTEMPT.allows(state, MOVES[outcome]))


def test_what_goes_to_a_person_is_handed_back_and_what_was_understood_is_not():
    assert set(TO_A_PERSON) < set(HANDED_BACK)
    assert set(Verdict) - set(HANDED_BACK) == {
        Verdict.APPLIES,
        Verdict.ALREADY,
        Verdict.REPEATED,
        Verdict.PENDING,
    }
