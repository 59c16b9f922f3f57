from datetime import date, timedelta

import pytest

from autodebit.actions.books import close
from autodebit.actions.remittance import confirm, record, withdraw
from autodebit.models import Entry, Remittance
from autodebit.queries_books import books_of, is_remitted
from registry.models import AuditEvent
from tests.autodebit.bookkeeping import (
    CLOSED_AT,
    PAID_AT,
    a_paper,
    closer,
    confirmed,
    credited,
    jateng,
    paid_and_booked,
    remitted,
)
from tests.autodebit.population import PERIOD, make_staff
from tests.autodebit.together import together
from tests.month import RETURNED_AT, an_operator, answered_batch, applied, delivered_batch, done, references

pytestmark = pytest.mark.django_db
TOTAL = 25_200


def recorded(amount: int = TOTAL, **changes):
    said = {
        "paid_on": PAID_AT.date(),
        "payment_reference": "NTB-1",
        "evidence_file": a_paper(),
        "by": an_operator(),
        "now": PAID_AT,
        **changes,
    }
    return record(profile=jateng(), period=PERIOD, amount=amount, **said)


def test_what_the_month_holds_is_paid_and_enters_the_books(profile):
    answered_batch()
    paid = done(recorded())
    entry = Entry.objects.get(kind="remitted")
    assert (entry.amount, entry.remittance, entry.period) == (-TOTAL, paid, PERIOD)
    assert books_of(jateng(), PERIOD).held == 0 and is_remitted("113", PERIOD)
    assert paid.evidence.kind == "evidence"
    assert AuditEvent.objects.get(event="remittance.recorded").detail["amount"] == TOTAL


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": TOTAL - 1}, "amount"),
        ({"amount": TOTAL + 1}, "amount"),
        ({"payment_reference": " "}, "payment_reference"),
        ({"paid_on": PAID_AT.date() + timedelta(days=1)}, "paid_on"),
        ({"paid_on": date(2026, 11, 23)}, "paid_on"),
        ({"evidence_file": b"bukan gambar"}, "evidence"),
    ],
)
def test_a_payment_that_cannot_be_is_refused(profile, changes, field):
    answered_batch()
    assert recorded(**changes).field == field
    assert not Remittance.objects.exists() and not Entry.objects.filter(kind="remitted").exists()


def test_nothing_collected_is_nothing_to_pay(profile):
    assert recorded(1).code == "nothing_held"


def test_a_payment_is_not_recorded_twice(profile):
    answered_batch()
    done(recorded())
    assert recorded().code == "nothing_held"


def test_a_receipt_number_is_used_once(profile):
    batch = delivered_batch()
    applied(batch, {references(batch)[0]: "succeeded"})
    done(recorded(8_400))
    applied(batch, dict.fromkeys(references(batch)[1:], "succeeded"), now=PAID_AT, name="LAIN.csv")
    assert recorded(16_800).field == "payment_reference"
    assert done(recorded(16_800, payment_reference="NTB-2")).amount == 16_800


def test_bpjs_confirms_with_number_and_day(profile):
    answered_batch()
    paid = confirmed(remitted())
    assert (paid.confirmation, paid.confirmed_on) == ("BPJS-0001", PAID_AT.date())
    again = confirm(
        remittance_id=paid.pk,
        confirmation="LAIN-2",
        confirmed_on=PAID_AT.date(),
        by=an_operator(),
        now=CLOSED_AT,
    )
    assert again.confirmation == "BPJS-0001"
    assert AuditEvent.objects.filter(event="remittance.confirmed").count() == 1


@pytest.mark.parametrize(
    ("number", "days", "field"), [("x", 0, "confirmation"), ("BPJS-1", -1, "confirmed_on")]
)
def test_a_confirmation_that_cannot_be_is_refused(profile, number, days, field):
    answered_batch()
    said = {"confirmation": number, "confirmed_on": PAID_AT.date() + timedelta(days=days), "now": PAID_AT}
    assert confirm(remittance_id=remitted().pk, by=an_operator(), **said).field == field


def test_a_payment_recorded_wrongly_is_taken_back_while_the_month_is_open(profile):
    answered_batch()
    paid = remitted()
    done(withdraw(remittance_id=paid.pk, reason="Salah nomor bukti", by=an_operator(), now=PAID_AT))
    assert list(Entry.objects.filter(kind="remitted").values_list("amount", flat=True)) == [-TOTAL, TOTAL]
    assert books_of(jateng(), PERIOD).held == TOTAL and not is_remitted("113", PERIOD)
    assert done(recorded(payment_reference="NTB-0001")).payment_reference == "NTB-0001"
    withdraw(remittance_id=paid.pk, reason="Salah nomor bukti", by=an_operator(), now=PAID_AT)
    assert Entry.objects.filter(kind="remitted").count() == 3


def test_the_first_day_of_a_payment_is_a_week_before_payday(profile):
    answered_batch()
    assert done(recorded(paid_on=date(2026, 11, 24))).paid_on == date(2026, 11, 24)


def test_a_payment_that_bpjs_confirmed_is_not_taken_back(profile):
    answered_batch()
    paid = confirmed(remitted())
    answer = withdraw(remittance_id=paid.pk, reason="Salah nomor bukti", by=an_operator(), now=PAID_AT)
    assert answer.code == "confirmed" and Remittance.objects.get().withdrawn_at is None
    assert Entry.objects.filter(kind="remitted").count() == 1


def test_a_payment_of_a_closed_month_stays(profile):
    credited(answered_batch(), TOTAL)
    paid = paid_and_booked()
    done(close(profile=jateng(), period=PERIOD, by=closer(), now=CLOSED_AT))
    answer = withdraw(remittance_id=paid.pk, reason="Salah nomor bukti", by=an_operator(), now=CLOSED_AT)
    assert answer.code == "month_closed"
    assert recorded(1).code == "month_closed"


def test_who_may_not_pay_records_nothing(profile):
    answered_batch()
    approver = make_staff("lain", "labour_approver")
    assert recorded(by=approver).code == "right_missing"
    paid = remitted()
    said = {"remittance_id": paid.pk, "by": approver, "now": PAID_AT}
    assert confirm(confirmation="BPJS-1", confirmed_on=PAID_AT.date(), **said).code == "right_missing"
    assert withdraw(reason="Salah nomor bukti", **said).code == "right_missing"


def test_a_payment_recorded_by_five_at_once_is_recorded_once(committed_db):
    answered_batch()
    by = an_operator()
    together(5, lambda number: recorded(by=by, payment_reference=f"NTB-{number}"))
    assert Remittance.objects.count() == 1
    assert list(Entry.objects.filter(kind="remitted").values_list("amount", flat=True)) == [-TOTAL]


def test_a_late_return_and_a_payment_at_once_never_pay_what_went_back(committed_db):
    """Either the return comes first and is not paid, or the payment does and the return becomes a claim."""
    batch = answered_batch()
    by, reference = an_operator(), references(batch)[0]

    def act(number: int):
        if number:
            return recorded(by=by)
        return applied(batch, {reference: "returned MD06"}, now=RETURNED_AT, name="RETUR.csv")

    together(2, act)
    now = books_of(jateng(), PERIOD)
    if now.remitted:
        assert (now.remitted, now.returned_after, now.returned_before) == (TOTAL, 8_400, 0)
    else:
        assert (now.returned_before, now.held) == (8_400, TOTAL - 8_400)
