"""A further wave holds what failed and may be tried again, or was held back and is free now, and nothing else."""

from datetime import UTC, date, datetime, timedelta

import pytest

from autodebit.actions import gate, waves
from autodebit.actions.approval import approve, reopen
from autodebit.actions.build import build
from autodebit.actions.follow_ups import settle
from autodebit.actions.sealing import request_seal, seal
from autodebit.models import Attempt, Batch, FollowUp, MonthClosing, Obligation
from autodebit.queries_waves import next_wave, retry_candidates
from registry.models import AuditEvent
from sponsorship.models import Mandate, MandateLineage, Registration
from sponsorship.rules.mandate import line_reference
from sponsorship.rules.months import Month
from tests.autodebit import payday
from tests.autodebit.payday import (
    LAST_DAY,
    MORNING,
    NEXT_DAY,
    NOON,
    TOO_LATE,
    answer_all,
    answered,
    built,
    delivered,
    landed,
    treasurer,
    violations,
)
from tests.autodebit.population import AFTER, DISCOUNTED, PERIOD

pytestmark = pytest.mark.django_db
NO_MONEY, CLOSED_ACCOUNT = "AM04", "AC04"
# Three working days after the hand over on Tuesday the 1st is Friday the 4th, 16.00 WIB.
ANSWERS_DUE = datetime(2026, 12, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
def first(approvers, operator) -> Batch:
    """Three debits in the bank's hands."""
    return delivered(payday.frozen("DISDIK", "DINKES", "SETDA"), approvers, operator)


def line_of(batch: Batch, code: str) -> Attempt:
    return batch.attempts.exclude(state="released").get(opd__code=code)


def open_next(profile, operator, now=NEXT_DAY):
    return waves.open_next(profile=profile, period=PERIOD, by=operator, now=now)


def reasons(batch: Batch) -> dict[str, str]:
    return dict(batch.exclusions.values_list("mandate__registration__opd__code", "reason"))


def offices(batch: Batch) -> list[str]:
    lines = batch.attempts.filter(revision=batch.revision).order_by("opd__code")
    return list(lines.values_list("opd__code", flat=True))


# What is in a wave


def test_what_failed_for_want_of_money_is_copied_with_the_next_number(first, profile, operator):
    answered(line_of(first, "DISDIK"), "succeeded")
    failed = answered(line_of(first, "DINKES"), "failed", NO_MONEY)
    answered(line_of(first, "SETDA"), "failed", CLOSED_ACCOUNT)
    Registration.objects.filter(pk=failed.mandate.registration_id).update(opd=payday.opd_id("SETWAN"))

    wave = built(open_next(profile, operator), NEXT_DAY)

    assert (wave.wave, wave.state, wave.count, wave.total) == (2, "frozen", 1, DISCOUNTED)
    assert (wave.collection_date, wave.maker) == (date(2026, 12, 3), operator)
    line = wave.attempts.get()
    assert (line.obligation_id, line.number, line.state, line.code) == (failed.obligation_id, 2, "frozen", "")
    copied = ("amount", "mandate_id", "mandate_number", "signed_on", "account", "account_holder", "opd_id")
    for column in copied:
        assert getattr(line, column) == getattr(failed, column), column
    mandate = line.mandate
    assert line.reference == line_reference(mandate.lineage.code, mandate.version, Month.parse(PERIOD), 2)
    assert reasons(wave) == {"SETDA": "not_retryable"}


def test_a_month_with_two_waves_keeps_every_invariant(first, profile, operator, approvers):
    answer_all(first, "failed", NO_MONEY)
    wave = delivered(built(open_next(profile, operator), NEXT_DAY), approvers, operator, NEXT_DAY)
    answer_all(wave, "succeeded")
    assert set(Obligation.objects.values_list("state", flat=True)) == {"met"}
    assert violations() == []


def test_an_approver_sees_a_further_wave_as_any_other_batch(first, profile, operator, approvers):
    answer_all(first, "failed", NO_MONEY)
    wave = built(open_next(profile, operator), NEXT_DAY)
    assert payday.approved(wave, approvers, NEXT_DAY).state == "approved"
    assert set(wave.attempts.values_list("state", flat=True)) == {"approved"}


def test_silence_is_never_tried_again(first, profile, operator):
    answered(line_of(first, "DISDIK"), "unknown")
    answered(line_of(first, "DINKES"), "failed", NO_MONEY)
    answered(line_of(first, "SETDA"), "succeeded")
    wave = built(open_next(profile, operator), NEXT_DAY)
    assert (offices(wave), reasons(wave)) == (["DINKES"], {"DISDIK": "unknown_answer"})


def test_what_the_bank_still_works_on_is_in_no_other_wave_and_needs_no_reason(first, profile, operator):
    answered(line_of(first, "DINKES"), "failed", NO_MONEY)
    wave = built(open_next(profile, operator), NEXT_DAY)
    assert (offices(wave), reasons(wave)) == (["DINKES"], {})


def test_two_retries_and_no_third(first, profile, operator, approvers):
    answer_all(first, "failed", NO_MONEY)
    for number, day in ((2, NEXT_DAY), (3, NEXT_DAY + timedelta(days=1))):
        wave = built(open_next(profile, operator, day), day)
        assert set(wave.attempts.values_list("number", flat=True)) == {number}
        answer_all(delivered(wave, approvers, operator, day), "failed", NO_MONEY)
    answer = open_next(profile, operator, LAST_DAY)
    assert answer.code == "nothing_to_retry" and "habis: 3" in answer.message
    assert Batch.objects.count() == 3


def test_a_released_line_is_no_attempt(first, profile, operator, approvers):
    """A wave that was opened again by its maker has cost the donor nothing."""
    answer_all(first, "failed", NO_MONEY)
    wave = built(open_next(profile, operator), NEXT_DAY)
    reopen(batch_id=wave.pk, reason="Tanggalnya keliru", by=operator, now=NEXT_DAY)
    wave = built(wave, NEXT_DAY)
    assert (wave.revision, wave.count) == (2, 3)
    assert set(wave.attempts.filter(revision=2).values_list("number", flat=True)) == {3}
    answer_all(delivered(wave, approvers, operator, NEXT_DAY), "failed", NO_MONEY)
    assert retry_candidates(profile, PERIOD) == 3


def test_a_mandate_revoked_after_the_freeze_is_not_tried_again(first, profile, operator):
    answer_all(first, "failed", NO_MONEY)
    line = line_of(first, "DINKES")
    Mandate.objects.filter(pk=line.mandate_id).update(state="cancelled", ended_at=NOON, end_period=PERIOD)
    wave = built(open_next(profile, operator), NEXT_DAY)
    assert (offices(wave), reasons(wave)) == (["DISDIK", "SETDA"], {"DINKES": "revoked"})


def test_a_revocation_of_the_newer_version_stops_the_older_one_too(first, profile, operator):
    answer_all(first, "failed", NO_MONEY)
    line = line_of(first, "DINKES")
    Mandate.objects.filter(pk=line.mandate_id).update(state="replaced", ended_at=AFTER, end_period=PERIOD)
    assert retry_candidates(profile, PERIOD) == 3
    MandateLineage.objects.filter(pk=line.mandate.lineage_id).update(ended_at=NOON)
    assert next_wave(profile, PERIOD) == {None: 2, "revoked": 1}


def test_a_suspended_mandate_waits(first, profile, operator):
    answer_all(first, "failed", NO_MONEY)
    Mandate.objects.filter(pk=line_of(first, "DINKES").mandate_id).update(state="suspended")
    assert reasons(built(open_next(profile, operator), NEXT_DAY)) == {"DINKES": "suspended"}


def test_returned_money_is_collected_again_only_by_a_persons_decision(first, profile, operator):
    answered(line_of(first, "DISDIK"), "succeeded")
    answered(line_of(first, "SETDA"), "failed", NO_MONEY)
    returned = answered(line_of(first, "DINKES"), "returned", NO_MONEY)
    assert next_wave(profile, PERIOD) == {None: 1, "needs_decision": 1}
    FollowUp.objects.create(
        kind="late_return", profile=profile, period=PERIOD, attempt=returned, amount=returned.amount, opened_at=NOON,
        state="done", outcome="collect_again", reason="Donatur setuju", done_by=operator, done_at=NOON,
    )  # fmt: skip
    assert offices(built(open_next(profile, operator), NEXT_DAY)) == ["DINKES", "SETDA"]


def dispute(profile, line: Attempt) -> FollowUp:
    """The bank said "failed", and now says that it took the money."""
    return FollowUp.objects.create(
        kind="contradiction", profile=profile, period=PERIOD, attempt=line, amount=line.amount, opened_at=NOON
    )


def test_what_the_bank_now_calls_paid_is_not_tried_again_before_somebody_asked(first, profile, operator):
    answer_all(first, "failed", NO_MONEY)
    asked = dispute(profile, line_of(first, "DINKES"))
    wave = built(open_next(profile, operator), NEXT_DAY)
    assert (offices(wave), reasons(wave)) == (["DISDIK", "SETDA"], {"DINKES": "disputed"})
    settled = {"outcome": "noted", "reason": "Bank keliru", "by": operator, "now": NEXT_DAY}
    assert settle(follow_up_id=asked.pk, **settled).state == "done"
    assert offices(payday.reopened(wave, operator, NEXT_DAY)) == ["DINKES", "DISDIK", "SETDA"]


def test_a_wave_does_not_leave_when_the_bank_contradicts_itself_after_the_freeze(
    first, profile, operator, approvers
):
    answer_all(first, "failed", NO_MONEY)
    wave = built(open_next(profile, operator), NEXT_DAY)
    asked = dispute(profile, line_of(first, "DINKES"))
    seen = {"revision": wave.revision, "content_hash": wave.content_hash}
    assert approve(batch_id=wave.pk, by=approvers[0], now=NEXT_DAY, **seen).code == "disputed"
    FollowUp.objects.filter(pk=asked.pk).update(
        state="done", outcome="noted", reason="Bank keliru", done_by=operator, done_at=NEXT_DAY
    )
    wave = payday.approved(wave, approvers, NEXT_DAY)
    FollowUp.objects.create(
        kind="wrong_amount",
        profile=profile,
        period=PERIOD,
        attempt=asked.attempt,
        amount=1,
        opened_at=NEXT_DAY,
    )
    request_seal(batch_id=wave.pk, by=operator, now=NEXT_DAY)
    refused = seal(batch_id=wave.pk, now=NEXT_DAY)
    assert refused.code == "disputed" and "batalkan bila sudah disegel" in refused.message
    assert not wave.files.exists()


# When a wave is opened


def test_without_a_first_wave_there_is_no_second(profile, operator):
    assert open_next(profile, operator).code == "no_first_wave"


def test_a_first_wave_in_hand_comes_first(profile, operator, approvers):
    batch = payday.frozen("DISDIK")
    assert open_next(profile, operator).code == "wave_in_hand"
    payday.approved(batch, approvers)
    assert open_next(profile, operator).code == "wave_in_hand"


def test_only_an_operator_or_the_system_opens_a_wave(first, profile, approvers):
    answer_all(first, "failed", NO_MONEY)
    assert open_next(profile, approvers[0]).code == "right_missing"
    assert waves.open_next(profile=profile, period=PERIOD, by="system", now=NEXT_DAY).maker is None


def test_asked_again_the_wave_that_is_there_is_answered(first, profile, operator):
    answer_all(first, "failed", NO_MONEY)
    wave = open_next(profile, operator)
    assert open_next(profile, operator).pk == wave.pk
    assert open_next(profile, operator).pk == built(wave, NEXT_DAY).pk
    assert Batch.objects.count() == 2


def test_a_closed_month_has_no_further_wave(first, profile, operator, approvers):
    answer_all(first, "failed", NO_MONEY)
    MonthClosing.objects.create(
        profile=profile, period=PERIOD, figures={}, sha256="0" * 64, by=approvers[0], at=NEXT_DAY
    )
    assert open_next(profile, operator).code == "month_closed"


def test_the_last_wave_leaves_before_the_remittance_day(first, profile, operator):
    answer_all(first, "failed", NO_MONEY)
    assert open_next(profile, operator, TOO_LATE).code == "window_over"
    assert open_next(profile, operator, LAST_DAY).collection_date == date(2026, 12, 9)


def test_a_wave_that_was_opened_in_time_and_is_built_too_late_debits_nobody(first, profile, operator):
    answer_all(first, "failed", NO_MONEY)
    wave = open_next(profile, operator, LAST_DAY)
    assert build(batch_id=wave.pk, now=TOO_LATE).code == "window_over"
    wave.refresh_from_db()
    assert wave.state == "voided" and not wave.attempts.exists() and "batas setor" in wave.build_note


def test_a_wave_whose_last_debit_fell_away_before_it_was_built_is_dropped_with_a_note(
    first, profile, operator
):
    answer_all(first, "failed", NO_MONEY)
    wave = open_next(profile, operator)
    Mandate.objects.update(state="suspended")
    assert build(batch_id=wave.pk, now=NEXT_DAY).code == "nothing_to_retry"
    wave.refresh_from_db()
    assert wave.state == "voided" and "ditangguhkan: 3" in wave.build_note


def test_a_rejected_wave_is_opened_again_under_its_number(first, profile, operator, approvers):
    answer_all(first, "failed", NO_MONEY)
    wave = delivered(built(open_next(profile, operator), NEXT_DAY), approvers, operator, NEXT_DAY)
    wave.attempts.update(state="released")
    Obligation.objects.update(state="planned")
    Batch.objects.filter(pk=wave.pk).update(state="bank_rejected")
    again = built(open_next(profile, operator), NEXT_DAY)
    assert (again.wave, again.count) == (2, 3) and again.pk != wave.pk


# The schedule


def test_the_schedule_opens_a_wave_once_everything_is_answered(first, profile):
    answered(line_of(first, "DISDIK"), "failed", NO_MONEY)
    assert waves.open_due(now=NEXT_DAY) == []
    answered(line_of(first, "DINKES"), "succeeded")
    answered(line_of(first, "SETDA"), "unknown")
    (wave,) = waves.open_due(now=NEXT_DAY)
    assert (wave.wave, wave.maker, wave.state) == (2, None, "open")
    assert waves.open_due(now=NEXT_DAY) == []


def test_the_schedule_opens_nothing_when_nothing_may_be_tried_or_no_day_is_left(first):
    answer_all(first, "failed", CLOSED_ACCOUNT)
    assert waves.open_due(now=NEXT_DAY) == []
    Attempt.objects.filter(number=1).update(code=NO_MONEY)
    assert waves.open_due(now=TOO_LATE) == []
    assert len(waves.open_due(now=LAST_DAY)) == 1


def test_of_an_office_without_a_word_nothing_is_tried_until_it_speaks(profile, operator, approvers):
    payday.gate_on()
    batch = payday.frozen("DISDIK", "DINKES")
    landed("DISDIK", treasurer("DISDIK"))
    batch = gate.narrow(batch_id=batch.pk, by=operator, now=MORNING)
    answer_all(delivered(batch, approvers, operator), "succeeded")
    assert waves.open_due(now=NEXT_DAY) == []
    assert next_wave(profile, PERIOD) == {"salary_waiting": 1}
    assert open_next(profile, operator).code == "nothing_to_retry"

    landed("DINKES", treasurer("DINKES"), NEXT_DAY)
    (wave,) = waves.open_due(now=NEXT_DAY)
    wave = built(wave, NEXT_DAY)
    line = wave.attempts.get()
    assert (line.opd.code, line.number, wave.collection_date) == ("DINKES", 2, date(2026, 12, 3))
    assert violations() == []


def test_a_word_withdrawn_after_the_further_wave_was_built_stops_its_approval(profile, operator, approvers):
    payday.gate_on()
    batch = payday.frozen("DISDIK", "DINKES")
    landed("DISDIK", treasurer("DISDIK"))
    batch = gate.narrow(batch_id=batch.pk, by=operator, now=MORNING)
    answer_all(delivered(batch, approvers, operator), "succeeded")
    word = landed("DINKES", treasurer("DINKES"), NEXT_DAY)
    wave = built(open_next(profile, operator), NEXT_DAY)
    assert gate.withdraw(confirmation_id=word.pk, by=word.by, now=NEXT_DAY).withdrawn_at
    assert gate.why_not_approve(wave).code == "salary_not_landed"
    assert gate.narrow(batch_id=wave.pk, by=operator, now=NEXT_DAY).code == "nobody_confirmed"


# Silence of the bank


def test_lines_without_an_answer_become_unknown_with_a_follow_up_each(first, profile):
    answered(line_of(first, "DISDIK"), "succeeded")
    assert waves.mark_unknown(now=ANSWERS_DUE - timedelta(minutes=1)) == []
    (batch,) = waves.mark_unknown(now=ANSWERS_DUE)
    assert batch == first
    assert sorted(first.attempts.values_list("state", flat=True)) == ["succeeded", "unknown", "unknown"]
    follow_ups = FollowUp.objects.filter(kind="unknown_answer", state="open")
    assert {(row.profile, row.period, row.amount, row.attempt.state) for row in follow_ups} == {
        (profile, PERIOD, DISCOUNTED, "unknown")
    }
    assert len(follow_ups) == 2 and set(Obligation.objects.values_list("state", flat=True)) == {"met", "open"}
    line = AuditEvent.objects.get(event="attempt.unknown")
    assert (line.detail["count"], line.detail["total"]) == (2, 2 * DISCOUNTED)
    opened = AuditEvent.objects.filter(event="follow_up.opened")
    assert {(row.object_id, row.actor_kind, row.detail["kind"]) for row in opened} == {
        (str(row.pk), "system", "unknown_answer") for row in follow_ups
    }


def test_silence_is_marked_once_and_an_answered_batch_never(first):
    waves.mark_unknown(now=ANSWERS_DUE)
    assert waves.mark_unknown(now=ANSWERS_DUE + timedelta(days=1)) == []
    assert FollowUp.objects.count() == 3
    assert AuditEvent.objects.filter(event="attempt.unknown").count() == 1
