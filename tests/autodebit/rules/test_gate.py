import itertools
from datetime import UTC, date, datetime

import pytest

from autodebit.rules.gate import OfficeFacts, deadline, is_ready, may_seal, stays_behind
from sponsorship.rules.months import Calendar, Month


def office(opd_id=1, *, lines=3, confirmed=False, decision=""):
    return OfficeFacts(opd_id, lines, lines * 16_800, confirmed, decision)


# (confirmed, decision) -> holds up sealing, stays behind
TABLE = {
    (False, ""): (True, False),
    (False, "wait"): (False, True),
    (False, "skip"): (False, True),
    (True, ""): (False, False),
    (True, "wait"): (False, False),
    (True, "skip"): (False, True),
}


@pytest.mark.parametrize(("confirmed", "decision"), TABLE)
def test_an_office_goes_waits_or_holds_up_the_wave(confirmed, decision):
    offices = [office(7, confirmed=confirmed, decision=decision)]
    holds, behind = TABLE[confirmed, decision]
    assert may_seal(offices, True) == ([7] if holds else [])
    assert stays_behind(offices, True) == ([7] if behind else [])
    assert is_ready(offices, True) == (not holds and not behind)


@pytest.mark.parametrize(("confirmed", "decision"), TABLE)
def test_without_the_policy_nobody_is_asked(confirmed, decision):
    offices = [office(confirmed=confirmed, decision=decision)]
    assert (may_seal(offices, False), stays_behind(offices, False)) == ([], [])
    assert is_ready(offices, False)


def test_one_silent_office_holds_up_the_others_until_somebody_decides():
    others = [office(1, confirmed=True), office(2, decision="skip")]
    assert not is_ready([*others, office(3)], True)
    assert may_seal([*others, office(3)], True) == [3]
    assert is_ready([*others, office(3, decision="wait")], True)


def test_an_office_without_lines_is_not_waited_for():
    offices = [office(1, confirmed=True), office(2, lines=0)]
    assert is_ready(offices, True)
    assert (may_seal(offices, True), stays_behind(offices, True)) == ([], [])


@pytest.mark.parametrize("gate_on", [True, False])
@pytest.mark.parametrize("offices", [(), (office(lines=0, confirmed=True),)])
def test_a_wave_without_a_line_to_send_is_not_ready(offices, gate_on):
    assert not is_ready(offices, gate_on)


def test_offices_are_read_once_from_any_iterable():
    assert is_ready(iter([office(confirmed=True)]), True)


def test_a_line_leaves_only_with_the_word_of_its_treasurer():
    for pair in itertools.product(TABLE, repeat=2):
        offices = [
            office(number, confirmed=confirmed, decision=decision)
            for number, (confirmed, decision) in enumerate(pair)
        ]
        if is_ready(offices, True):
            behind = stays_behind(offices, True)
            assert all(each.confirmed for each in offices if each.opd_id not in behind)


def test_treasurers_confirm_until_noon_of_payday():
    calendar = Calendar(frozenset({date(2027, 1, 1), date(2027, 1, 5)}))
    assert deadline(Month(2027, 1), calendar) == datetime(2027, 1, 4, 5, 0, tzinfo=UTC)
