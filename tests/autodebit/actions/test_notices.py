"""What donors are told about a debit: before it, after it, and when it failed; never the same thing twice (I22)."""

from datetime import UTC, datetime, timedelta

import pytest

from autodebit.actions import notices
from autodebit.models import Attempt, BankProfile, Entry, FollowUp
from registry.models import Donor, Message
from tests.autodebit.population import MandateSpec, WorkerSpec
from tests.month import (
    ANSWERED_AT,
    HANDED_AT,
    RETURNED_AT,
    SEALED_AT,
    an_operator,
    answered_batch,
    applied,
    approved,
    delivered_batch,
    frozen_batch,
    references,
    sealed,
    sealed_batch,
)

pytestmark = pytest.mark.django_db
LATER = ANSWERED_AT + timedelta(minutes=5)


def told(event: str) -> list[Message]:
    return list(Message.objects.filter(event=event))


def test_nobody_is_told_before_the_files_are_sealed():
    approved(frozen_batch(2))
    assert notices.tell(now=SEALED_AT) == 0


def test_every_donor_hears_of_the_first_debit_before_it_with_amount_date_and_how_to_stop():
    batch = sealed_batch(2)
    assert notices.tell(now=SEALED_AT) == 2
    text = told("debit_notice")[0]
    assert text.period == batch.period
    assert text.subject == "Potongan Desember 2026: Rp8.400 pada Selasa, 1 Desember 2026"
    assert "delapan ribu empat ratus rupiah" in text.body and "berhenti kapan saja" in text.body
    assert Attempt.objects.first().account not in text.body


def test_the_notice_is_said_once_however_often_the_sweep_comes_by():
    delivered_batch(2)
    assert [notices.tell(now=HANDED_AT) for _ in range(3)] == [2, 0, 0]


def test_a_notice_that_would_come_after_the_debit_is_not_sent():
    delivered_batch(1)
    assert notices.tell(now=datetime(2026, 12, 2, 3, tzinfo=UTC)) == 0


def test_the_next_month_is_announced_only_where_the_amount_is_another():
    """January: the discount on everything but transport is over, so one amount changes and the other stays."""
    same = MandateSpec(workers=[WorkerSpec(occupation="ojek_pangkalan")])
    other = MandateSpec()
    answered_batch([same, other])
    january = datetime(2026, 12, 29, 9, 30, tzinfo=UTC)
    batch = _sealed_at(frozen_batch(0, now=january), january)
    assert sorted(batch.attempts.values_list("amount", flat=True)) == [8_400, 16_800]
    notices.tell(now=january + timedelta(hours=2))
    assert [text.subject for text in told("debit_notice")] == [
        "Potongan Januari 2027: Rp16.800 pada Senin, 4 Januari 2027"
    ]


def test_a_success_gives_one_receipt():
    answered_batch(2)
    notices.tell(now=LATER)
    notices.tell(now=LATER)
    assert len(told("debit_receipt")) == 2
    assert "sudah dipotong" in told("debit_receipt")[0].subject


def test_a_failure_that_can_be_tried_again_says_why_and_what_to_do():
    answered_batch(1, ["failed AM04"])
    notices.tell(now=LATER)
    reason = BankProfile.objects.get(bank_id="113").reasons.get(code="AM04")
    body = told("debit_failed")[0].body
    assert reason.meaning in body and reason.donor_text in body and "mencoba lagi" in body
    assert not told("debit_failed_finally") and not told("debit_receipt")


def test_a_hard_failure_is_final_at_once():
    answered_batch(1, ["failed AC04"])
    notices.tell(now=LATER)
    assert len(told("debit_failed_finally")) == 1 and not told("debit_failed")


@pytest.mark.parametrize(("word", "event"), [("AM04", "debit_failed"), ("AC04", "debit_failed_finally")])
def test_while_the_bank_contradicts_the_failure_nobody_is_told_of_it(word, event):
    batch = answered_batch(2, [f"failed {word}"] * 2)
    disputed, other = references(batch)
    applied(batch, {disputed: "succeeded"}, now=ANSWERED_AT)
    notices.tell(now=LATER)
    assert [other in message.body for message in told(event)] == [True]
    FollowUp.objects.filter(kind="contradiction").update(
        state="done", outcome="noted", reason="Bank keliru", done_by=an_operator(), done_at=LATER
    )
    notices.tell(now=LATER)
    assert len(told(event)) == 2


def test_a_code_nobody_knows_asks_nothing_of_the_donor():
    answered_batch(1, ["failed XX99"])
    notices.tell(now=LATER)
    assert "tidak perlu berbuat apa-apa" in told("debit_failed_finally")[0].body


def test_when_no_day_is_left_the_failure_is_final():
    answered_batch(1, ["failed AM04"])
    notices.tell(now=LATER)
    notices.tell(now=datetime(2026, 12, 10, 3, tzinfo=UTC))
    assert [len(told(event)) for event in ("debit_failed", "debit_failed_finally")] == [1, 1]


def test_money_that_went_back_is_told_and_the_receipt_is_not_repeated():
    batch = answered_batch(1)
    notices.tell(now=LATER)
    applied(batch, {references(batch)[0]: "returned MD06"}, now=RETURNED_AT, name="RETUR.csv")
    notices.tell(now=RETURNED_AT)
    notices.tell(now=RETURNED_AT)
    assert [len(told(event)) for event in ("debit_receipt", "debit_returned")] == [1, 1]


def test_history_is_not_told():
    answered_batch(1)
    assert notices.tell(now=LATER + timedelta(days=120)) == 0
    assert Entry.objects.filter(kind="collected").count() == 1


def test_messages_are_looked_up_in_a_fixed_number_of_queries(django_assert_max_num_queries):
    answered_batch(6)
    with django_assert_max_num_queries(60):
        assert notices.tell(now=LATER) == 6


def _sealed_at(batch, moment):
    return sealed(approved(batch, now=moment), now=moment)


def test_who_muted_receipts_is_passed_over_and_blocks_nobody_behind_them(monkeypatch):
    """With one row a look, a muted donor at the head of the line would else be all that is ever looked at."""
    batch = answered_batch(3)
    first = Attempt.objects.filter(batch=batch).order_by("entries__id").first()
    Donor.objects.filter(pk=first.obligation.lineage.donor_id).update(muted=["receipts"])
    monkeypatch.setattr(notices, "AT_ONCE", 1)

    notices.tell(now=LATER)

    others = {
        str(a.obligation.lineage.donor_id) for a in Attempt.objects.filter(batch=batch, state="succeeded")
    }
    assert {message.recipient for message in told("debit_receipt")} == others - {
        str(first.obligation.lineage.donor_id)
    }
    assert notices.tell(now=LATER) == 0
