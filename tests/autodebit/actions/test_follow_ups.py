from datetime import timedelta

import pytest

from autodebit.actions import remittance
from autodebit.actions.follow_ups import WAYS, settle
from autodebit.models import Entry, FollowUp, Obligation
from autodebit.queries_books import books_of
from registry.models import AuditEvent, Message
from sponsorship.models import Mandate, MandateLineage, Sponsorship
from tests.at_state import photo_of
from tests.autodebit.population import make_staff
from tests.month import (
    RETURNED_AT,
    Said,
    an_operator,
    answered_batch,
    applied,
    delivered_batch,
    done,
    references,
)

pytestmark = pytest.mark.django_db


def settled(case: FollowUp, outcome: str, **changes):
    told = {"reason": "Sudah dibicarakan dengan bank", "by": an_operator(), "now": RETURNED_AT, **changes}
    return settle(follow_up_id=case.pk, outcome=outcome, **told)


@pytest.fixture
def closed():
    """A mandate suspended by a hard code."""
    answered_batch(1, ["failed AC04"])
    return FollowUp.objects.get()


def taken_back(after_payment: bool) -> FollowUp:
    """A success that the bank took back, before or after the month was paid to BPJS."""
    batch = answered_batch(2)
    if after_payment:
        paid = remittance.record(
            profile=batch.profile, period=batch.period, amount=books_of(batch.profile, batch.period).to_remit,
            paid_on=RETURNED_AT.date(), payment_reference="NTPN-1", evidence_file=photo_of("Bukti setor"),
            by=an_operator(), now=RETURNED_AT,
        )  # fmt: skip
        assert done(paid)
    applied(batch, {references(batch)[0]: "returned MS03"}, now=RETURNED_AT)
    return FollowUp.objects.get()


def test_every_kind_has_ways_out_of_the_known_ones():
    assert set(WAYS) == set(dict(FollowUp.KINDS))
    assert {way for ways in WAYS.values() for way in ways} == set(dict(FollowUp.OUTCOMES))


def test_a_resumed_mandate_is_in_force_again(closed):
    answer = settled(closed, "mandate_resumed")
    assert (answer.state, answer.outcome, answer.done_by) == ("done", "mandate_resumed", an_operator())
    assert Mandate.objects.get().state == "active"
    assert AuditEvent.objects.filter(event="mandate.resumed", actor_user=an_operator()).count() == 1
    assert AuditEvent.objects.get(event="follow_up.settled").detail["outcome"] == "mandate_resumed"


def test_an_ended_mandate_lets_its_workers_go_and_tells_the_donor(closed):
    settled(closed, "mandate_ended")
    assert Mandate.objects.get().state == "cancelled"
    assert MandateLineage.objects.get().ended_at == RETURNED_AT
    assert Sponsorship.objects.get().state in ("ending", "ended")
    assert "bank memberi tahu" in Message.objects.get(event="mandate_revoked").body
    assert (
        AuditEvent.objects.get(event="mandate.cancelled").detail["reason"] == "Sudah dibicarakan dengan bank"
    )


def test_what_is_not_suspended_is_not_resumed(closed):
    Mandate.objects.update(state="active")
    answer = settled(closed, "mandate_resumed")
    assert (answer.code, answer.field) == ("not_suspended", "outcome")
    assert settled(closed, "noted").state == "done"
    assert Mandate.objects.get().state == "active"


def test_a_late_return_may_be_collected_again_or_given_up():
    case = taken_back(after_payment=False)
    assert (case.kind, case.attempt.obligation.state) == ("late_return", "reopened")
    assert settled(case, "bridged").field == "outcome"
    assert settled(case, "collect_again").state == "done"
    assert Obligation.objects.get(pk=case.attempt.obligation_id).state == "reopened"


def test_what_no_wave_can_hold_any_more_is_not_called_collected_again():
    """Tuesday the 8th is the last day for a further wave of December 2026."""
    case = taken_back(after_payment=False)
    too_late = RETURNED_AT + timedelta(days=2)
    assert settled(case, "collect_again", now=too_late).code == "window_over"
    case.refresh_from_db()
    assert case.state == "open"
    assert settled(case, "written_off", now=too_late).state == "done"


def test_what_is_given_up_is_no_longer_owed():
    case = taken_back(after_payment=False)
    settled(case, "written_off")
    assert Obligation.objects.get(pk=case.attempt.obligation_id).state == "written_off"
    event = AuditEvent.objects.get(event="obligation.written_off")
    assert event.detail["reason"] == "Sudah dibicarakan dengan bank"
    assert Entry.objects.filter(kind="top_up").count() == 0


def test_after_the_payment_it_is_a_claim_that_other_money_may_fill():
    case = taken_back(after_payment=True)
    assert case.kind == "receivable" and Entry.objects.get(kind="returned").after_remittance
    assert books_of(case.profile, case.period).receivables_open == 8_400
    settled(case, "bridged")
    filled = Entry.objects.get(kind="top_up")
    assert (filled.amount, filled.attempt, filled.period) == (8_400, case.attempt, case.period)
    books = books_of(case.profile, case.period)
    assert (books.receivables_open, books.balance) == (0, 0)
    assert Obligation.objects.get(pk=case.attempt.obligation_id).state == "written_off"


def test_silence_is_settled_by_an_answer_alone():
    batch = delivered_batch(1)
    case = FollowUp.objects.create(
        kind="unknown_answer", profile=batch.profile, period=batch.period, attempt=batch.attempts.get(),
        amount=8_400, opened_at=RETURNED_AT,
    )  # fmt: skip
    assert settled(case, "noted").field == "outcome"
    assert settled(case, "answered").code == "not_answered"
    applied(batch, now=RETURNED_AT)
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("done", "answered")


def test_another_amount_is_noted_and_the_line_keeps_waiting():
    batch = answered_batch(1, [Said("succeeded", amount=5_000)])
    assert settled(FollowUp.objects.get(), "noted").state == "done"
    assert batch.attempts.get().state == "sent" and not Entry.objects.exists()


def test_settled_twice_it_stays_as_it_was(closed):
    first = settled(closed, "mandate_resumed")
    assert settled(closed, "mandate_resumed", reason="Sekali lagi").reason == first.reason
    assert settled(closed, "noted").code == "done"
    assert AuditEvent.objects.filter(event="follow_up.settled").count() == 1


def test_without_a_reason_or_the_right_nothing_happens(closed):
    assert settled(closed, "noted", reason="ok").field == "reason"
    assert settled(closed, "noted", by=make_staff("lain", "labour_approver")).code == "right_missing"
    assert settled(closed, "written_off").field == "outcome"
    closed.refresh_from_db()
    assert closed.state == "open"
