"""Who cannot be registered: every answer has its bar, every bar its words and a next step."""

from datetime import date

import pytest

from sponsorship.rules.eligibility import Bar, Situation, bar_of, bar_of_finding, explain


def test_only_who_works_on_their_own_can_be_registered():
    barred = {situation: bar_of(situation) for situation in Situation}
    assert barred.pop(Situation.OWN) is None
    assert barred == {
        Situation.EMPLOYEE: Bar.EMPLOYEE,
        Situation.NO_WORK: Bar.NO_WORK,
        Situation.OTHER_FUND: Bar.OTHER_FUND,
    }


@pytest.mark.parametrize("answer", ["", "x", "OWN", "own "])
def test_no_answer_or_another_one_bars_nobody(answer):
    assert bar_of(answer) is None


@pytest.mark.parametrize(
    "code, bar", [("too_old", Bar.TOO_OLD), ("held", Bar.HELD), ("twice", None), ("", None)]
)
def test_of_what_a_draft_refuses_only_age_and_another_sponsor_are_bars(code, bar):
    assert bar_of_finding(code) is bar


@pytest.mark.parametrize("bar", list(Bar))
def test_every_bar_says_why_and_what_to_do(bar):
    refusal = explain(bar, age_limit=65, youngest=15, born=date(1950, 8, 15))
    assert len(refusal.steps) >= 2
    assert all(sentence.endswith(".") for sentence in (refusal.why, *refusal.steps))
    assert refusal.repair in ("Perbaiki NIK", "Perbaiki jawaban")


def test_the_age_limit_is_the_citys_and_the_birth_is_named_when_known():
    assert "15 Agustus 1950" in explain(Bar.TOO_OLD, age_limit=60, youngest=15, born=date(1950, 8, 15)).why
    assert "ulang tahun ke-60" in explain(Bar.TOO_OLD, age_limit=60, youngest=15).why
