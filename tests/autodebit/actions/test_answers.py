import pytest

from autodebit.actions.answers import answer_by_hand
from autodebit.models import Attempt, Entry, FollowUp, HandAnswer
from registry.models import AuditEvent
from tests.at_state import photo_of
from tests.autodebit.population import make_staff
from tests.month import (
    ANSWERED_AT,
    RETURNED_AT,
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
