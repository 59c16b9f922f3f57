from datetime import date

import pytest

from autodebit.actions.answers import answer_by_hand
from autodebit.actions.follow_ups import settle
from autodebit.checks import CHECKS, count_of
from autodebit.models import Attempt, Entry, FollowUp, HandAnswer, Obligation
from registry.models import AuditEvent
from tests.at_state import photo_of
from tests.autodebit.population import make_staff
from tests.month import (
    ANSWERED_AT,
    RETURNED_AT,
    Said,
    an_operator,
    answered_batch,
    applied,
    delivered_batch,
    references,
)

pytestmark = pytest.mark.django_db
LETTER = photo_of("Surat bank")


def said(line: Attempt, outcome: str, code: str = "", **changes):
    told = {
        "reason": "Surat bank nomor 12", "evidence_file": LETTER, "by": an_operator(), "now": RETURNED_AT, **changes,
    }  # fmt: skip
    return answer_by_hand(attempt_id=line.pk, outcome=outcome, code=code, **told)


@pytest.fixture
def lost():
    """A line that the bank never answered, with its follow-up."""
    batch = delivered_batch(1)
    line = batch.attempts.get()
    Attempt.objects.filter(pk=line.pk).update(state="unknown")
    FollowUp.objects.create(
        kind="unknown_answer", profile=batch.profile, period=batch.period, attempt=line, amount=line.amount,
        opened_at=ANSWERED_AT,
    )  # fmt: skip
    return Attempt.objects.get(pk=line.pk)


def test_a_success_told_by_letter_counts_like_one_in_a_file(lost):
    given = said(lost, "succeeded", "AM04")
    lost.refresh_from_db()
    assert (lost.state, lost.code, lost.obligation.state) == ("succeeded", "", "met")
    entry = Entry.objects.get()
    assert (entry.kind, entry.amount, entry.hand_answer, entry.result_file) == (
        "collected",
        8_400,
        given,
        None,
    )
    assert FollowUp.objects.get().outcome == "answered"
    event = AuditEvent.objects.get(event="attempt.answered")
    assert (event.detail["reference"], event.detail["outcome"]) == (lost.reference, "succeeded")
    assert given.evidence.kind == "evidence"


def test_a_failure_needs_no_paper_and_a_hard_code_suspends(lost):
    said(lost, "failed", "ac04", evidence_file=None)
    lost.refresh_from_db()
    assert (lost.state, lost.code, lost.obligation.state, lost.mandate.state) == (
        "failed", "AC04", "unmet", "suspended",
    )  # fmt: skip
    assert FollowUp.objects.get(state="open").kind == "hard_code"


def test_a_return_told_by_letter_takes_the_money_out_of_the_books():
    batch = answered_batch(1)
    line = batch.attempts.get()
    said(line, "returned", "MD06")
    line.refresh_from_db()
    assert (line.state, line.obligation.state) == ("returned", "reopened")
    assert sum(Entry.objects.values_list("amount", flat=True)) == 0
    assert FollowUp.objects.filter(kind="late_return").exists()


@pytest.mark.parametrize(
    "outcome, changes, field",
    [
        ("pending", {}, "outcome"),
        ("succeeded", {"evidence_file": None}, "evidence"),
        ("succeeded", {"evidence_file": b"not a picture"}, "evidence"),
        ("failed", {"code": "ZZ99"}, "code"),
        ("failed", {"reason": "  x "}, "reason"),
        ("returned", {}, "outcome"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_changes_nothing(lost, outcome, changes, field):
    answer = said(lost, outcome, **changes)
    assert answer.field == field
    lost.refresh_from_db()
    assert lost.state == "unknown" and not HandAnswer.objects.exists()


def test_told_twice_it_is_recorded_once(lost):
    said(lost, "succeeded")
    assert said(lost, "succeeded").code == "already"
    assert said(lost, "failed", "AM04").code == "contradiction"
    assert (HandAnswer.objects.count(), Entry.objects.count()) == (1, 1)


def test_a_file_that_says_the_same_later_finds_it_recorded(lost):
    said(lost, "succeeded")
    file = applied(lost.batch, now=RETURNED_AT)
    assert file.summary["already"]["count"] == 1 and Entry.objects.count() == 1


def test_a_line_that_never_left_has_no_answer():
    batch = delivered_batch(1)
    Attempt.objects.update(state="released")
    assert said(batch.attempts.get(), "failed").code == "not_sent"


def test_only_an_operator_records_an_answer(lost):
    assert said(lost, "succeeded", by=make_staff("lain", "labour_approver")).code == "right_missing"


def test_asking_the_bank_settles_a_contradiction():
    batch = answered_batch(1)
    applied(batch, {references(batch)[0]: "failed AM04"}, now=RETURNED_AT)
    assert FollowUp.objects.get().kind == "contradiction"
    said(batch.attempts.get(), "returned", "MS03")
    assert FollowUp.objects.get(kind="contradiction").outcome == "answered"


# A failure that the bank itself contradicts


@pytest.fixture
def disputed():
    """The bank said that it failed for want of money, and now that it succeeded: a person is asked."""
    batch = answered_batch(2, ["failed AM04", "succeeded"])
    line = batch.attempts.get(state="failed")
    applied(batch, {line.reference: "succeeded"}, now=RETURNED_AT)
    line.refresh_from_db()
    assert (line.state, line.obligation.state) == ("failed", "unmet")
    return line


def a_retry(line: Attempt, state: str) -> Attempt:
    """The next line of the same month, as a further wave would make it."""
    other = Attempt.objects.exclude(pk=line.pk).first()
    copied = ("obligation_id", "batch_id", "revision", "amount", "mandate_id", "mandate_number", "signed_on")
    more = {name: getattr(line, name) for name in (*copied, "account", "account_holder", "opd_id")}
    return Attempt.objects.create(number=2, reference=other.reference[::-1], state=state, **more)


def violations() -> list[str]:
    return [what for _, what, check in CHECKS if count_of(check)]


def nothing_came_of(line: Attempt) -> bool:
    line.refresh_from_db()
    asked = FollowUp.objects.get(kind="contradiction", attempt=line)
    booked = Entry.objects.filter(attempt=line).exists() or HandAnswer.objects.exists()
    return (line.state, line.code, asked.state, booked) == ("failed", "AM04", "open", False)


def test_a_failure_that_the_bank_proves_to_be_paid_counts_as_paid(disputed):
    given = said(disputed, "succeeded")
    disputed = Attempt.objects.get(pk=disputed.pk)
    assert (disputed.state, disputed.code, disputed.obligation.state) == ("succeeded", "", "met")
    entry = Entry.objects.get(attempt=disputed)
    assert (entry.kind, entry.amount, entry.hand_answer) == ("collected", disputed.amount, given)
    asked = FollowUp.objects.get(kind="contradiction")
    assert (asked.state, asked.outcome, asked.done_by) == ("done", "answered", an_operator())
    journal = AuditEvent.objects.filter(event__in=("attempt.answered", "follow_up.settled"))
    assert {row.object_id for row in journal} == {str(disputed.pk), str(asked.pk)}
    assert violations() == []


def test_what_was_proven_once_is_not_proven_twice_and_may_go_back(disputed):
    said(disputed, "succeeded")
    assert said(disputed, "succeeded").code == "already"
    assert Entry.objects.filter(attempt=disputed).count() == 1
    said(disputed, "returned", "MS03")
    disputed.refresh_from_db()
    assert disputed.state == "returned" and violations() == []


def test_without_the_banks_paper_a_failure_stays_a_failure(disputed):
    assert said(disputed, "succeeded", evidence_file=None).field == "evidence"
    assert nothing_came_of(disputed)


def test_a_failure_that_nobody_contradicts_is_final(disputed):
    FollowUp.objects.filter(kind="contradiction").update(kind="wrong_amount")
    assert said(disputed, "succeeded").code == "contradiction"
    FollowUp.objects.update(kind="contradiction")
    assert nothing_came_of(disputed)


def test_a_settled_contradiction_proves_nothing_any_more(disputed):
    asked = FollowUp.objects.get(kind="contradiction")
    settle(follow_up_id=asked.pk, outcome="noted", reason="Bank keliru", by=an_operator(), now=RETURNED_AT)
    assert said(disputed, "succeeded").code == "contradiction" and not HandAnswer.objects.exists()


@pytest.mark.parametrize("state", ["frozen", "approved", "sent", "unknown", "succeeded"])
def test_while_the_month_is_tried_again_the_failure_cannot_turn_into_a_success(disputed, state):
    a_retry(disputed, state)
    assert said(disputed, "succeeded").code == "tried_again" and nothing_came_of(disputed)


def test_a_retry_that_failed_or_never_left_is_no_hindrance(disputed):
    a_retry(disputed, "released")
    assert isinstance(said(disputed, "succeeded"), HandAnswer)


def test_a_month_that_is_no_longer_asked_for_takes_no_money(disputed):
    Obligation.objects.filter(pk=disputed.obligation_id).update(state="written_off")
    assert said(disputed, "succeeded").code == "not_owed" and nothing_came_of(disputed)


def test_a_file_never_turns_a_failure_into_a_success(disputed):
    again = {disputed.reference: Said("succeeded", booked_on=date(2026, 12, 3))}
    file = applied(disputed.batch, again, now=RETURNED_AT)
    assert file.summary["contradiction"]["count"] == 1 and nothing_came_of(disputed)
