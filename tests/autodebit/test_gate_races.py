"""Many at once at the gate and at the next wave: one of them gets through, and no unconfirmed line with it."""

from datetime import timedelta

import pytest

from autodebit.actions import gate, waves
from autodebit.actions.approval import approve
from autodebit.actions.build import build
from autodebit.models import Attempt, BankProfile, Batch, Obligation, SalaryConfirmation
from autodebit.queries_gate import held_back
from registry.models import AuditEvent
from registry.rules.finding import Finding
from tests.autodebit import payday
from tests.autodebit.payday import MORNING, NEXT_DAY, NOON, landed, opd_id, treasurer, violations
from tests.autodebit.population import PERIOD, make_staff
from tests.autodebit.together import together

WIDE = 20
ROUNDS = 3


@pytest.fixture
def profile(committed_db) -> BankProfile:
    return BankProfile.objects.get(bank_id="113")


@pytest.fixture
def operator(profile):
    return make_staff("operator", "labour_operator")


@pytest.fixture
def approvers(profile) -> list:
    return [make_staff(f"penyetuju{number}", "labour_approver") for number in range(6)]


def test_narrowing_against_approving_never_approves_what_was_released(profile, operator, approvers):
    payday.gate_on()
    batch = payday.frozen("DISDIK", "DINKES")
    landed("DISDIK", treasurer("DISDIK"))
    word = landed("DINKES", treasurer("DINKES"))
    seen = {"revision": 1, "content_hash": batch.content_hash, "now": MORNING}
    approve(batch_id=batch.pk, by=approvers[0], **seen)

    def work(number: int):
        if number == 0:
            withdrawn = gate.withdraw(confirmation_id=word.pk, by=word.by, now=MORNING)
            return withdrawn, gate.narrow(batch_id=batch.pk, by=operator, now=MORNING)
        return approve(batch_id=batch.pk, by=approvers[number], **seen)

    together(6, work)
    batch.refresh_from_db()
    if batch.state == "approved":  # the second approval came before the word was taken back
        assert gate.why_not_seal(batch).code == "salary_not_landed"
    else:
        assert (batch.state, batch.revision, batch.count) == ("frozen", 2, 1)
        assert held_back(batch) == []
        assert set(Attempt.objects.filter(revision=1).values_list("state", flat=True)) == {"released"}
    assert violations() == []


def test_of_many_who_narrow_at_once_one_does(profile, operator):
    payday.gate_on()
    batch = payday.frozen("DISDIK", "DINKES")
    landed("DISDIK", treasurer("DISDIK"))
    answers = together(10, lambda _: gate.narrow(batch_id=batch.pk, by=operator, now=MORNING))
    batch.refresh_from_db()
    assert (batch.revision, batch.count) == (2, 1)
    assert sorted(isinstance(answer, Finding) for answer in answers) == [False] + [True] * 9
    assert AuditEvent.objects.filter(event="batch.narrowed").count() == 1


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_a_word_taken_back_while_the_last_approval_is_given_is_never_sealed_over(
    profile, operator, approvers, attempt
):
    """Whichever comes first: an approved batch with a withdrawn word is stopped at the seal."""
    payday.gate_on()
    batch = payday.frozen("DISDIK")
    word = landed("DISDIK", treasurer("DISDIK"))
    seen = {"revision": 1, "content_hash": batch.content_hash, "now": NOON}
    approve(batch_id=batch.pk, by=approvers[0], **seen)

    def work(number: int):
        if number == 0:
            return gate.withdraw(confirmation_id=word.pk, by=word.by, now=NOON)
        return approve(batch_id=batch.pk, by=approvers[1], **seen)

    withdrawn, approved = together(2, work)
    batch.refresh_from_db()
    assert withdrawn.withdrawn_at == NOON
    assert isinstance(approved, Finding) == (batch.state == "frozen")
    assert gate.why_not_approve(batch).code == gate.why_not_seal(batch).code == "salary_not_landed"


def test_of_many_words_at_once_one_stands(profile):
    payday.gate_on()
    person = treasurer("DISDIK")
    answers = together(WIDE, lambda _: landed("DISDIK", person))
    assert len({answer.pk for answer in answers}) == SalaryConfirmation.objects.count() == 1
    assert AuditEvent.objects.filter(event="salary.confirmed").count() == 1


def test_a_month_is_skipped_once_by_many_operators(profile, operator):
    payday.gate_on()
    payday.frozen("DISDIK")
    said = {"opd_id": opd_id("DISDIK"), "period": PERIOD, "decision": "skip", "reason": "Gaji tertunda"}
    answers = together(10, lambda _: gate.decide(by=operator, now=NOON, **said))
    assert [getattr(answer, "code", "made") for answer in answers].count("made") == 1
    assert AuditEvent.objects.filter(event="salary.gate_decided").count() == 1


def failed_month(operator, approvers) -> Batch:
    batch = payday.delivered(payday.frozen("DISDIK", "DINKES", "SETDA"), approvers[:2], operator)
    payday.answer_all(batch, "failed", "AM04")
    return batch


def test_twenty_operators_and_schedulers_open_one_wave(profile, operator, approvers):
    failed_month(operator, approvers)

    def work(number: int):
        if number % 2:
            return waves.open_due(now=NEXT_DAY)
        return waves.open_next(profile=profile, period=PERIOD, by=operator, now=NEXT_DAY)

    answers = together(WIDE, work)
    assert list(Batch.objects.order_by("wave").values_list("wave", flat=True)) == [1, 2]
    opened = {answer.pk for answer in answers if isinstance(answer, Batch)}
    opened |= {batch.pk for answer in answers if isinstance(answer, list) for batch in answer}
    assert opened == {Batch.objects.get(wave=2).pk}
    assert AuditEvent.objects.filter(event="batch.opened").count() == 2


def test_ten_builders_fill_one_wave(profile, operator, approvers):
    failed_month(operator, approvers)
    wave = waves.open_next(profile=profile, period=PERIOD, by=operator, now=NEXT_DAY)
    together(10, lambda _: build(batch_id=wave.pk, now=NEXT_DAY))
    wave.refresh_from_db()
    assert (wave.state, wave.count) == ("frozen", 3)
    assert Attempt.objects.count() == 6 and Obligation.objects.count() == 3
    assert violations() == []


def test_silence_is_marked_once_by_many_schedulers(profile, operator, approvers):
    batch = payday.delivered(payday.frozen("DISDIK", "DINKES"), approvers[:2], operator)
    answers = together(10, lambda _: waves.mark_unknown(now=NEXT_DAY + timedelta(days=7)))
    assert sorted(len(answer) for answer in answers) == [0] * 9 + [1]
    assert batch.attempts.filter(follow_ups__kind="unknown_answer").count() == 2
    assert AuditEvent.objects.filter(event="attempt.unknown").count() == 1
