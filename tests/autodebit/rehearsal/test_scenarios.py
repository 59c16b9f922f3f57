import pytest

from autodebit.rehearsal.scenarios import TOLD, Fate, Scenario, fates, halves

TEN = [f"R{number}" for number in range(10)]


def test_every_scenario_is_told_in_words_of_its_own():
    assert set(TOLD) == set(Scenario)
    for words in ("title", "happens", "to_do"):
        assert len({getattr(told, words) for told in TOLD.values()}) == len(Scenario)


def test_an_everyday_month_has_some_without_money_and_one_closed_account():
    met = fates(TEN, Scenario.EVERYDAY)
    assert [r for r, fate in met.items() if fate == Fate.NO_FUNDS] == ["R0", "R5"]
    assert [r for r, fate in met.items() if fate == Fate.CLOSED] == ["R9"]
    assert list(met.values()).count(Fate.TAKEN) == 7


def test_a_third_of_the_lines_has_no_money():
    met = fates(TEN, Scenario.NO_FUNDS)
    assert list(met.values()).count(Fate.NO_FUNDS) == 4
    assert set(met.values()) == {Fate.NO_FUNDS, Fate.TAKEN}


@pytest.mark.parametrize(
    "scenario", [Scenario.SUCCESS, Scenario.PARTIAL, Scenario.TRUNCATED, Scenario.WRONG_TOTALS]
)
def test_every_line_is_taken(scenario):
    assert fates(TEN, scenario) == dict.fromkeys(TEN, Fate.TAKEN)


def test_a_late_return_is_about_one_line_that_had_succeeded():
    assert fates(TEN, Scenario.LATE_RETURN, taken={"R7", "R3"}) == {"R3": Fate.RETURNED}
    assert fates(TEN, Scenario.LATE_RETURN) == {}


def test_a_silent_bank_speaks_of_no_line():
    assert fates(TEN, Scenario.SILENCE, taken=TEN) == {}


@pytest.mark.parametrize("count", [1, 2, 3, 10])
def test_the_halves_are_all_lines_once_in_their_order(count):
    met = fates(TEN[:count], Scenario.PARTIAL)
    first, second = halves(met)
    assert [*first, *second] == TEN[:count]
    assert 0 <= len(first) - len(second) <= 1
