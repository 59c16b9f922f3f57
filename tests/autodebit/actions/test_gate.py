"""Nobody's savings are debited before the salary has landed, when the policy of the city is on."""

from datetime import date, timedelta

import pytest
from django.db import InternalError, transaction

from autodebit.actions import gate
from autodebit.actions.approval import approve, may_approve, reopen
from autodebit.actions.build import build
from autodebit.actions.sealing import request_seal, seal
from autodebit.models import Attempt, Batch, Exclusion, GateDecision, Obligation, SalaryConfirmation
from autodebit.queries_gate import offices_of_batch
from registry.models import AuditEvent, City
from registry.rules.finding import Finding
from tests.autodebit import payday
from tests.autodebit.payday import (
    MORNING,
    NEXT_DAY,
    NOON,
    PAYDAY,
    TOO_LATE,
    landed,
    opd_id,
    treasurer,
    violations,
)
from tests.autodebit.population import AFTER, DISCOUNTED, PERIOD, make_staff
from tests.month import sealed

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def policy(db):
    payday.gate_on()


def narrow(batch: Batch, operator, now=MORNING):
    return gate.narrow(batch_id=batch.pk, by=operator, now=now)


def decide(code: str, operator, decision="wait", now=NOON, reason="Bendahara tidak dapat dihubungi"):
    return gate.decide(
        opd_id=opd_id(code), period=PERIOD, decision=decision, reason=reason, by=operator, now=now
    )


def lines_by_office(batch: Batch) -> dict[str, str]:
    return dict(batch.attempts.values_list("opd__code", "state"))


def reasons(batch: Batch) -> dict[str, str]:
    rows = batch.exclusions.values_list("mandate__registration__opd__code", "revision", "reason")
    return {code: (revision, reason) for code, revision, reason in rows}


# The treasurer's word


def test_a_treasurer_says_that_the_salary_landed(operator):
    person = treasurer("DISDIK")
    said = landed("DISDIK", person)
    assert (said.opd.code, said.period, said.landed_on, said.by) == ("DISDIK", PERIOD, PAYDAY, person)
    line = AuditEvent.objects.get(event="salary.confirmed")
    assert (line.actor_user, line.opd_id, line.detail["landed_on"]) == (person, said.opd_id, "2026-12-01")


def test_said_twice_the_first_word_stands():
    first = landed("DISDIK", treasurer("DISDIK"))
    again = landed("DISDIK", first.by, MORNING + MINUTE)
    assert again.pk == first.pk and SalaryConfirmation.objects.count() == 1
    assert AuditEvent.objects.filter(event="salary.confirmed").count() == 1


@pytest.mark.parametrize("role", ["opd_head", "opd_verifier"])
def test_head_and_verifier_have_no_word(role):
    assert landed("DISDIK", treasurer("DISDIK", role)).code == "right_missing"


def test_a_treasurer_has_no_word_for_another_office_nor_a_unit_for_the_office_above_it():
    unit = payday.unit_of("DISDIK", "SD-CONTOH")
    assert landed("DINKES", treasurer("DISDIK")).code == "right_missing"
    assert landed("DISDIK", treasurer(unit.code)).code == "right_missing"
    assert landed("DISDIK", make_staff("op", "labour_operator")).code == "right_missing"
    assert not SalaryConfirmation.objects.exists()


@pytest.mark.parametrize("day", [date(2026, 11, 23), date(2026, 12, 2), date(2027, 1, 1)])
def test_a_day_that_cannot_be_is_refused(day):
    person = treasurer("DISDIK")
    answer = gate.confirm(opd_id=opd_id("DISDIK"), period=PERIOD, landed_on=day, by=person, now=MORNING)
    assert (answer.code, answer.field) == ("date_impossible", "landed_on")


def test_without_the_policy_there_is_nothing_to_say_or_decide(operator):
    City.objects.update(salary_gate="off")
    batch = payday.frozen("DISDIK")
    assert landed("DISDIK", treasurer("DISDIK")).code == "gate_off"
    assert decide("DISDIK", operator).code == "gate_off"
    assert narrow(batch, operator).code == "nothing_held"
    assert gate.why_not_approve(batch) is None and gate.why_not_seal(batch) is None


# The gate of the batch


def test_nobody_approves_a_batch_before_any_salary_landed(approvers):
    batch = payday.frozen("DISDIK", "DINKES")
    seen = {"revision": 1, "content_hash": batch.content_hash, "now": MORNING}
    answer = approve(batch_id=batch.pk, by=approvers[0], **seen)
    assert answer.code == "salary_not_landed"
    assert "Dinas Pendidikan" in answer.message and "Dinas Kesehatan" in answer.message
    assert not batch.approvals.exists()


def test_a_batch_of_confirmed_offices_is_approved_and_sealed(approvers, operator):
    batch = payday.frozen("DISDIK", "DINKES")
    landed("DISDIK", treasurer("DISDIK"))
    landed("DINKES", treasurer("DINKES"))
    assert sealed(payday.approved(batch, approvers, NOON), now=NOON).state == "sealed"


def test_the_word_of_an_office_counts_for_its_units_at_every_depth(approvers):
    below = payday.unit_of("DISDIK", "KORWIL-CONTOH")
    deeper = payday.unit_of(below.code, "SD-CONTOH")
    batch = payday.frozen("DISDIK", below.code, deeper.code)
    assert len(offices_of_batch(batch)) == 3
    landed("DISDIK", treasurer("DISDIK"))
    assert payday.approved(batch, approvers).state == "approved"


def test_the_word_of_a_unit_does_not_count_for_the_office_above_it():
    unit = payday.unit_of("DISDIK", "SD-CONTOH")
    batch = payday.frozen("DISDIK", unit.code)
    landed(unit.code, treasurer(unit.code))
    answer = gate.why_not_approve(batch)
    assert "Dinas Pendidikan" in answer.message and unit.name not in answer.message


def test_a_word_for_another_month_opens_nothing():
    batch = payday.frozen("DISDIK")
    later = MORNING + timedelta(days=31)
    said = gate.confirm(
        opd_id=opd_id("DISDIK"),
        period="2027-01",
        landed_on=date(2027, 1, 1),
        by=treasurer("DISDIK"),
        now=later,
    )
    assert said.pk and gate.why_not_approve(batch).code == "salary_not_landed"


# Narrowing


def test_narrowing_leaves_the_confirmed_offices_in_a_new_revision(operator, approvers):
    batch = payday.frozen("DISDIK", "DINKES", "DINKES")
    before = batch.content_hash
    landed("DISDIK", treasurer("DISDIK"))
    answer = narrow(batch, operator)
    assert (answer.state, answer.revision, answer.count, answer.total) == ("frozen", 2, 1, DISCOUNTED)
    assert answer.content_hash != before and answer.maker == operator
    assert lines_by_office(batch) == {"DISDIK": "frozen", "DINKES": "released"}
    assert dict(batch.attempts.values_list("opd__code", "revision")) == {"DISDIK": 2, "DINKES": 1}
    assert reasons(batch) == {"DINKES": (2, "salary_waiting")}
    assert set(Obligation.objects.values_list("state", flat=True)) == {"planned"}
    line = AuditEvent.objects.get(event="batch.narrowed")
    assert (line.actor_user, line.detail["released"], line.detail["count"]) == (operator, 2, 1)
    assert payday.approved(answer, approvers).state == "approved"
    assert violations() == []


def test_earlier_reasons_move_with_the_revision(operator):
    payday.make_mandates([payday.MandateSpec(opd="DINKES", state="suspended")])
    batch = payday.frozen("DISDIK", "SETDA")
    landed("DISDIK", treasurer("DISDIK"))
    narrow(batch, operator)
    assert reasons(batch) == {"DINKES": (2, "suspended"), "SETDA": (2, "salary_waiting")}


def test_narrowing_voids_a_first_approval(operator, approvers):
    batch = payday.frozen("DISDIK", "DINKES")
    landed("DISDIK", treasurer("DISDIK"))
    word = landed("DINKES", treasurer("DINKES"))
    seen = {"revision": 1, "content_hash": batch.content_hash, "now": MORNING}
    approve(batch_id=batch.pk, by=approvers[0], **seen)
    gate.withdraw(confirmation_id=word.pk, by=word.by, now=MORNING)
    assert approve(batch_id=batch.pk, by=approvers[1], **seen).code == "salary_not_landed"
    narrowed = narrow(batch, operator)
    assert approve(batch_id=batch.pk, by=approvers[1], **seen).code == "stale"
    assert payday.approved(narrowed, approvers).state == "approved"


def test_who_narrowed_does_not_approve():
    both = make_staff("dua-peran", "labour_operator", "labour_approver")
    batch = payday.frozen("DISDIK", "DINKES")
    landed("DISDIK", treasurer("DISDIK"))
    batch = narrow(batch, both)
    assert not may_approve(batch, both)
    other = make_staff("operator2", "labour_operator")
    landed("DINKES", treasurer("DINKES"))
    reopen(batch_id=batch.pk, reason="Gaji Dinkes sudah masuk", by=other, now=MORNING)
    batch = build(batch_id=batch.pk, now=MORNING)
    assert (batch.count, batch.maker) == (2, other)
    seen = {"revision": batch.revision, "content_hash": batch.content_hash, "now": MORNING}
    assert approve(batch_id=batch.pk, by=both, **seen).code == "own_batch"


def test_a_batch_is_never_narrowed_to_nothing(operator):
    batch = payday.frozen("DISDIK", "DINKES")
    assert narrow(batch, operator).code == "nobody_confirmed"
    batch.refresh_from_db()
    assert (batch.revision, batch.count) == (1, 2)
    assert set(Attempt.objects.values_list("state", flat=True)) == {"frozen"}


def test_a_batch_that_needs_no_narrowing_stays_as_it_is(operator):
    batch = payday.frozen("DISDIK")
    landed("DISDIK", treasurer("DISDIK"))
    assert narrow(batch, operator).code == "nothing_held"
    batch.refresh_from_db()
    assert batch.revision == 1


def test_only_an_operator_narrows_and_only_what_is_frozen(operator, approvers):
    batch = payday.frozen("DISDIK")
    assert narrow(batch, approvers[0]).code == "right_missing"
    landed("DISDIK", treasurer("DISDIK"))
    payday.approved(batch, approvers)
    assert narrow(batch, operator).code == "not_frozen"


def test_a_payday_that_is_over_becomes_the_next_working_day(operator):
    batch = payday.frozen("DISDIK", "DINKES")
    landed("DISDIK", treasurer("DISDIK"))
    assert narrow(batch, operator, NEXT_DAY).collection_date == date(2026, 12, 3)


def test_too_late_for_the_month_nothing_is_narrowed(operator):
    batch = payday.frozen("DISDIK", "DINKES")
    landed("DISDIK", treasurer("DISDIK"))
    assert narrow(batch, operator, TOO_LATE).code == "window_over"
    assert set(Attempt.objects.values_list("state", flat=True)) == {"frozen"}


# Taking a word back


def withdraw(word, by=None, now=NOON):
    return gate.withdraw(confirmation_id=word.pk, by=by or word.by, now=now)


def test_a_word_withdrawn_between_approval_and_sealing_stops_the_seal(operator, approvers):
    batch = payday.frozen("DISDIK", "DINKES")
    words = [landed(code, treasurer(code)) for code in ("DISDIK", "DINKES")]
    payday.approved(batch, approvers)
    assert withdraw(words[1]).withdrawn_at == NOON
    answer = gate.why_not_seal(batch)
    assert answer.code == "salary_not_landed" and "Dinas Kesehatan" in answer.message


def test_sealing_asks_the_gate_and_leaves_the_batch_approved(operator, approvers):
    batch = payday.frozen("DISDIK")
    word = landed("DISDIK", treasurer("DISDIK"))
    payday.approved(batch, approvers)
    request_seal(batch_id=batch.pk, by=operator, now=NOON)
    withdraw(word)
    answer = seal(batch_id=batch.pk, now=NOON)
    batch.refresh_from_db()
    assert isinstance(answer, Finding) and answer.code == "salary_not_landed"
    assert batch.state == "approved" and not batch.files.exists()


def test_a_word_stands_once_a_file_with_its_debits_is_sealed(approvers):
    unit = payday.unit_of("DISDIK", "SD-CONTOH")
    batch = payday.frozen(unit.code)
    word = landed("DISDIK", treasurer("DISDIK"))
    sealed(payday.approved(batch, approvers), now=NOON)
    assert withdraw(word).code == "already_sealed"
    word.refresh_from_db()
    assert word.withdrawn_at is None


def test_a_word_withdrawn_twice_is_withdrawn_once_and_may_be_given_again():
    word = landed("DISDIK", treasurer("DISDIK"))
    withdraw(word)
    withdraw(word, now=NOON + MINUTE)
    assert AuditEvent.objects.filter(event="salary.withdrawn").count() == 1
    again = landed("DISDIK", word.by, NOON + MINUTE)
    assert again.pk != word.pk and SalaryConfirmation.objects.count() == 2


def test_a_word_is_taken_back_by_a_treasurer_of_that_office_or_above_it():
    unit = payday.unit_of("DISDIK", "SD-CONTOH")
    word = landed(unit.code, treasurer(unit.code))
    assert withdraw(word, treasurer("DINKES")).code == "right_missing"
    above = treasurer("DISDIK")
    assert withdraw(word, above).withdrawn_by == above


def test_a_word_is_a_record_that_cannot_be_changed_or_deleted():
    word = landed("DISDIK", treasurer("DISDIK"))
    mine = SalaryConfirmation.objects.filter(pk=word.pk)
    for change in (lambda: mine.update(landed_on=date(2026, 12, 2)), mine.delete):
        with pytest.raises(InternalError), transaction.atomic():
            change()


# What the office decides


def test_before_the_deadline_the_office_decides_nothing(operator):
    payday.frozen("DISDIK")
    assert decide("DISDIK", operator, now=NOON - MINUTE).code == "before_deadline"
    assert decide("DISDIK", operator).decision == "wait"


def test_a_decision_needs_a_reason_the_right_and_an_office_that_waits(operator, approvers):
    payday.frozen("DISDIK")
    assert decide("DISDIK", operator, reason=" x ").field == "reason"
    assert decide("DISDIK", approvers[0]).code == "right_missing"
    assert decide("SETDA", operator).code == "nothing_waits"
    landed("DISDIK", treasurer("DISDIK"))
    assert decide("DISDIK", operator).code == "confirmed"
    with pytest.raises(ValueError, match="no such decision"):
        decide("DISDIK", operator, decision="later")


def test_a_waiting_office_is_released_and_a_later_word_brings_it_back(operator, approvers):
    batch = payday.frozen("DISDIK", "DINKES")
    landed("DISDIK", treasurer("DISDIK"))
    decide("DINKES", operator)
    assert gate.why_not_approve(batch).code == "salary_not_landed"
    landed("DINKES", treasurer("DINKES"), NOON)
    assert gate.why_not_approve(batch) is None


def test_a_skip_is_final_and_a_later_word_does_not_undo_it(operator):
    batch = payday.frozen("DISDIK", "DINKES")
    landed("DISDIK", treasurer("DISDIK"))
    decide("DINKES", operator, "skip")
    landed("DINKES", treasurer("DINKES"), NOON)
    assert gate.why_not_approve(batch).code == "salary_not_landed"
    assert decide("DINKES", operator, "wait").code == "already_skipped"
    narrow(batch, operator, NOON)
    assert reasons(batch) == {"DINKES": (2, "salary_not_landed")}
    skipped = Obligation.objects.get(attempts__opd__code="DINKES")
    assert (skipped.state, skipped.reason) == ("skipped", "salary_not_landed")
    assert Obligation.objects.get(attempts__opd__code="DISDIK").state == "planned"


def test_a_skip_after_narrowing_takes_effect_at_once(operator):
    batch = payday.frozen("DISDIK", "DINKES")
    landed("DISDIK", treasurer("DISDIK"))
    narrow(batch, operator)
    decide("DINKES", operator, "wait")
    decide("DINKES", operator, "skip", now=NOON + MINUTE)
    assert Obligation.objects.get(attempts__opd__code="DINKES").state == "skipped"
    line = AuditEvent.objects.filter(event="salary.gate_decided").latest("at")
    assert (line.detail["decision"], line.detail["count"]) == ("skip", 1)


def test_a_rebuilt_batch_does_not_debit_an_office_that_was_skipped(operator, approvers):
    batch = payday.frozen("DISDIK", "DINKES")
    landed("DISDIK", treasurer("DISDIK"))
    decide("DINKES", operator, "skip")
    reopen(batch_id=batch.pk, reason="Disusun ulang", by=operator, now=NOON)
    batch = build(batch_id=batch.pk, now=NOON)
    assert gate.why_not_approve(batch).code == "salary_not_landed"
    batch = narrow(batch, operator, NOON)
    assert payday.approved(batch, approvers).count == 1


def test_a_decision_is_kept_for_ever(operator):
    payday.frozen("DISDIK")
    made = decide("DISDIK", operator)
    with pytest.raises(InternalError), transaction.atomic():
        GateDecision.objects.filter(pk=made.pk).update(reason="Lain sama sekali")
    assert GateDecision.objects.get().reason == "Bendahara tidak dapat dihubungi"


def test_exclusions_tell_who_waits(operator):
    batch = payday.frozen("DISDIK", "DINKES")
    landed("DISDIK", treasurer("DISDIK"))
    narrow(batch, operator, AFTER)
    assert Exclusion.objects.get(batch=batch).reason == "salary_waiting"
