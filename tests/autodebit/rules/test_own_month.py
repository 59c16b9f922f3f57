"""One word for the donor about every month, whatever happened to its money."""

from datetime import UTC, datetime

import pytest

from autodebit.rules.own_month import Debit, Payment, Standing, payment_of, standing_of

CAME = datetime(2026, 12, 2, 3, 0, tzinfo=UTC)
BEFORE = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
AFTER = datetime(2026, 12, 10, 3, 0, tzinfo=UTC)
LATER = datetime(2026, 12, 11, 3, 0, tzinfo=UTC)
PAID = Debit("succeeded", CAME)
FAILED = Debit("failed")
RETURNED = Debit("returned", CAME, "returned")
REFUNDED = Debit("succeeded", CAME, "refunded")
LATE_RETURN = Debit("returned", CAME, "returned", after_remittance=True)


@pytest.mark.parametrize(
    ("state", "debits", "payment", "standing"),
    [
        ("planned", [], None, Standing.PLANNED),
        ("planned", [Debit("frozen")], None, Standing.PLANNED),
        ("planned", [Debit("released")], None, Standing.PLANNED),
        ("open", [Debit("approved")], None, Standing.PLANNED),
        ("open", [Debit("sent")], None, Standing.WAITING),
        ("open", [FAILED, Debit("sent")], None, Standing.WAITING),
        ("open", [Debit("unknown")], None, Standing.NO_ANSWER),
        ("met", [PAID], None, Standing.COLLECTED),
        ("met", [FAILED, PAID], None, Standing.COLLECTED),
        ("met", [PAID], Payment(AFTER, False), Standing.REMITTED),
        ("met", [PAID], Payment(AFTER, True), Standing.PROTECTED),
        ("met", [RETURNED, PAID], None, Standing.COLLECTED),
        ("unmet", [FAILED], None, Standing.FAILED),
        ("reopened", [RETURNED], None, Standing.RETURNED),
        ("reopened", [LATE_RETURN], Payment(AFTER, True), Standing.RETURNED),
        ("open", [RETURNED, Debit("sent")], None, Standing.WAITING),
        ("written_off", [REFUNDED], None, Standing.REFUNDED),
        ("written_off", [RETURNED], None, Standing.RETURNED),
        ("written_off", [FAILED], None, Standing.NOT_ASKED),
        ("skipped", [], None, Standing.SKIPPED),
    ],
)
def test_the_standing_of_a_month(state, debits, payment, standing):
    assert standing_of(state, debits, payment=payment) == standing


def test_a_failure_is_final_only_when_the_bank_is_not_asked_again():
    assert standing_of("unmet", [FAILED], payment=None, may_try_again=True) == Standing.TRY_AGAIN
    assert standing_of("unmet", [FAILED], payment=None, disputed=True) == Standing.NO_ANSWER


@pytest.mark.parametrize(
    ("debits", "payments", "confirmed"),
    [
        ([PAID], [], None),
        ([PAID], [Payment(BEFORE, True)], None),
        ([PAID], [Payment(AFTER, False)], False),
        ([PAID], [Payment(AFTER, True)], True),
        # Its own payment counts, not a later one that was confirmed sooner.
        ([PAID], [Payment(LATER, True), Payment(AFTER, False)], False),
        ([FAILED], [Payment(AFTER, True)], None),
        ([RETURNED], [Payment(AFTER, True)], None),
        ([REFUNDED], [Payment(AFTER, True)], None),
        ([LATE_RETURN], [Payment(AFTER, True)], True),
        ([RETURNED, Debit("succeeded", AFTER)], [Payment(LATER, True)], True),
        ([LATE_RETURN, Debit("succeeded", LATER)], [Payment(AFTER, True)], True),
    ],
)
def test_the_payment_that_carried_a_month(debits, payments, confirmed):
    found = payment_of(debits, payments)
    assert (found.confirmed if found else None) is confirmed
