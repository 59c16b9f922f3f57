"""Whatever happened in a month, there is a way on that ends with the month closed."""

from functools import lru_cache

import pytest

from autodebit.actions import books, follow_ups, refunds, waves
from autodebit.actions.approval import reopen
from autodebit.actions.build import build
from autodebit.models import Allocation, Attempt, FollowUp, MonthClosing
from autodebit.queries_books import books_of
from autodebit.rules.books import Kind
from registry.actions import evidence
from tests.autodebit.bookkeeping import (
    CLOSED_AT,
    PAID_AT,
    a_paper,
    booked,
    closer,
    credited,
    explained,
    jateng,
    paid_and_booked,
    part,
)
from tests.autodebit.payday import violations
from tests.autodebit.population import PERIOD
from tests.month import (
    ANSWERED_AT,
    RETURNED_AT,
    an_operator,
    answered_batch,
    applied,
    done,
    person,
    references,
)

PRICE = 8_400

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_paper_looked_at_once(monkeypatch):
    """The evidence is the same picture each time; decoding it costs a process."""
    monkeypatch.setattr(evidence, "inspect", lru_cache(evidence.inspect))


def close():
    return books.close(profile=jateng(), period=PERIOD, by=closer(), now=CLOSED_AT)


def closes() -> None:
    closing = close()
    assert isinstance(closing, MonthClosing), closing
    assert violations() == []


def approved_refund(reference: str):
    attempt = Attempt.objects.get(reference=reference)
    asked = refunds.request(attempt_id=attempt.pk, reason="Salah orang", by=an_operator(), now=RETURNED_AT)
    by = person("penyetuju1", "labour_approver")
    return done(refunds.approve(refund_id=asked.pk, by=by, now=RETURNED_AT))


def pay(refund):
    return refunds.pay(
        refund_id=refund.pk, paid_on=RETURNED_AT.date(), payment_reference="PGB-0001", evidence_file=a_paper(),
        by=an_operator(), now=RETURNED_AT,
    )  # fmt: skip


def settle_all(outcome: str) -> None:
    for task in FollowUp.objects.filter(state="open"):
        done(
            follow_ups.settle(
                follow_up_id=task.pk, outcome=outcome, reason="Sudah diurus", by=an_operator(), now=PAID_AT
            )
        )


def test_a_refund_that_the_bank_made_needless_does_not_hold_the_month_up():
    batch = answered_batch(3)
    credited(batch, 3 * PRICE)
    approved_refund(references(batch)[0])
    applied(batch, {references(batch)[0]: "returned MS03"}, now=RETURNED_AT, name="R.csv")
    (line,) = booked((-PRICE, "RETUR", "R-1"), now=RETURNED_AT)
    explained(line, part(-PRICE, Kind.RETURNED, batch), now=RETURNED_AT)
    settle_all("written_off")
    paid_and_booked()
    closes()


def test_a_debit_refunded_and_then_taken_back_as_well_can_be_settled_and_closed():
    batch = answered_batch(3)
    credited(batch, 3 * PRICE)
    done(pay(approved_refund(references(batch)[0])))
    applied(batch, {references(batch)[0]: "returned MS03"}, now=RETURNED_AT, name="R.csv")
    lines = booked((-PRICE, "RETUR", "R-1"), (-PRICE, "PENGEMBALIAN", "R-2"), now=RETURNED_AT)
    explained(lines[0], part(-PRICE, Kind.RETURNED, batch), now=RETURNED_AT)
    explained(lines[1], part(-PRICE, Kind.REFUNDED), now=RETURNED_AT)
    settle_all("written_off")
    assert books_of(jateng(), PERIOD).held == 2 * PRICE, "the money of the other donors"
    paid_and_booked()
    closes()


def test_a_further_wave_that_nobody_is_left_for_does_not_hold_the_month_up():
    batch = answered_batch(3, ["succeeded", "succeeded", "failed AM04"])
    credited(batch, 2 * PRICE)
    wave = done(waves.open_next(profile=jateng(), period=PERIOD, by=an_operator(), now=ANSWERED_AT))
    done(build(batch_id=wave.pk, now=ANSWERED_AT))
    done(reopen(batch_id=wave.pk, reason="Saldo belum ada", by=an_operator(), now=ANSWERED_AT))
    paid_and_booked()
    closes()


def test_a_wrong_explanation_taken_back_leaves_the_batch_reconciled_again():
    batch = answered_batch(3)
    credit, other = booked((3 * PRICE, "HASIL", "K-1"), (1_000, "BUNGA", "K-2"))
    explained(other, part(1_000, Kind.COLLECTED, batch))
    explained(credit, part(3 * PRICE, Kind.COLLECTED, batch))
    wrong = Allocation.objects.get(line=other)
    done(books.undo(allocation_id=wrong.pk, reason="Bukan potongan", by=an_operator(), now=RETURNED_AT))
    batch.refresh_from_db()
    assert batch.state == "reconciled"
