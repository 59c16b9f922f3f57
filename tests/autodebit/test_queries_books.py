from datetime import datetime

import pytest

from autodebit.actions import books, follow_ups, waves
from autodebit.actions.build import build
from autodebit.models import FollowUp
from autodebit.queries_books import books_of, is_remitted, suspense_of, unexplained_lines
from autodebit.rules.books import Kind
from tests.autodebit.bookkeeping import (
    CLOSED_AT,
    PAID_AT,
    booked,
    closer,
    confirmed,
    credited,
    explained,
    jateng,
    part,
    remitted,
)
from tests.autodebit.population import PERIOD
from tests.month import (
    RETURNED_AT,
    an_operator,
    answered_batch,
    applied,
    approved,
    done,
    handed_over,
    references,
    sealed,
)

pytestmark = pytest.mark.django_db
TOTAL = 25_200


@pytest.fixture
def returned(profile):
    """A month of three debits, paid to BPJS; then the bank took one of them back."""
    batch = answered_batch()
    credited(batch, TOTAL)
    paid = confirmed(remitted())
    (line,) = booked((-paid.amount, "SETORAN BPJS", "SETOR-1"), now=PAID_AT)
    explained(line, part(-paid.amount, Kind.REMITTED), now=PAID_AT)
    applied(batch, {references(batch)[0]: "returned MD06"}, now=CLOSED_AT, name="R.csv")
    (line,) = booked((-8_400, "RETUR", "R-1"), now=CLOSED_AT)
    explained(line, part(-8_400, Kind.RETURNED, batch), now=CLOSED_AT)
    return batch


def settle(outcome: str, now: datetime = CLOSED_AT) -> None:
    for follow_up in FollowUp.objects.filter(state="open").order_by("kind"):
        way = outcome if follow_up.kind == "receivable" else "noted"
        done(
            follow_ups.settle(
                follow_up_id=follow_up.pk,
                outcome=way,
                reason="Sudah dibicarakan",
                by=an_operator(),
                now=now,
            )
        )


def close():
    return books.close(profile=jateng(), period=PERIOD, by=closer(), now=CLOSED_AT)


def now_():
    return books_of(jateng(), PERIOD)


def test_a_month_without_rows_is_all_zero(profile):
    empty = now_()
    assert (empty.collected, empty.to_remit, empty.balance, empty.unexplained) == (0, 0, 0, 0)
    assert not is_remitted("113", PERIOD)


def test_a_late_return_after_the_payment_is_a_claim_that_does_not_change_what_was_due(returned):
    assert (now_().to_remit, now_().returned_after, now_().receivables_open) == (TOTAL, 8_400, 8_400)
    assert now_().balance == -8_400


def test_an_open_claim_does_not_hold_the_month_up(returned):
    for follow_up in FollowUp.objects.exclude(kind="receivable").filter(state="open"):
        done(
            follow_ups.settle(
                follow_up_id=follow_up.pk,
                outcome="noted",
                reason="Sudah dicatat",
                by=an_operator(),
                now=CLOSED_AT,
            )
        )
    figures = done(close()).figures
    assert (figures["receivables_open"], figures["balance"]) == (8_400, -8_400)
    assert figures["obligations"] == {"met": 16_800, "reopened": 8_400}


def test_a_claim_that_is_given_up_is_counted_as_such(returned):
    settle("written_off")
    assert (now_().receivables_open, now_().written_off) == (0, 8_400)
    assert done(close()).figures["written_off"] == 8_400


def test_a_claim_bridged_by_other_money_waits_for_that_money(returned):
    settle("bridged")
    assert [finding.code for finding in close()] == ["differs_top_up"]
    (line,) = booked((8_400, "DANA TALANGAN", "D-1"), now=CLOSED_AT)
    explained(line, part(8_400, Kind.TOP_UP), now=CLOSED_AT)
    assert now_().topped_up == 8_400
    assert done(close()).figures["topped_up"] == 8_400


def test_a_claim_to_be_collected_again_stays_open_and_is_given_up_with_the_month(returned):
    settle("collect_again", now=RETURNED_AT)
    assert (now_().receivables_open, now_().written_off) == (8_400, 0)
    figures = done(close()).figures
    assert (figures["receivables_open"], figures["written_off"]) == (0, 8_400)
    assert figures["obligations"] == {"met": 16_800, "written_off": 8_400}


def test_suspense_is_counted_over_the_banks_that_are_asked_for(profile):
    booked((1_000, "SATU"), (-400, "DUA"))
    assert suspense_of(profile) == 1_400
    assert [line.left for line in unexplained_lines(profile)] == [1_000, -400]
    assert suspense_of() == 0


def test_money_collected_again_fills_the_hole_and_is_not_paid_to_bpjs_twice(profile):
    """BPJS was paid early, the bank took one debit back, and a second wave collected it before the remittance day."""
    batch = answered_batch()
    credited(batch, TOTAL)
    remitted(now=RETURNED_AT)
    applied(batch, {references(batch)[0]: "returned MS03"}, now=RETURNED_AT, name="R.csv")
    claim = FollowUp.objects.get(kind="receivable")
    done(
        follow_ups.settle(
            follow_up_id=claim.pk,
            outcome="collect_again",
            reason="Donatur setuju",
            by=an_operator(),
            now=RETURNED_AT,
        )
    )
    wave = waves.open_next(profile=profile, period=PERIOD, by=an_operator(), now=RETURNED_AT)
    wave = done(build(batch_id=done(wave).pk, now=RETURNED_AT))
    wave = handed_over(sealed(approved(wave, now=RETURNED_AT), now=RETURNED_AT), now=RETURNED_AT)
    applied(wave, now=PAID_AT, name="HASIL2.csv")
    assert (now_().collected, now_().topped_up, now_().returned_after) == (TOTAL, 8_400, 8_400)
    assert (now_().held, now_().receivables_open, now_().fees_uncovered) == (0, 0, 0)
