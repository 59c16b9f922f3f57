import json

import pytest

from autodebit.actions import books, refunds
from autodebit.actions.books import Part, close, explain, hash_of, undo, why_not_close
from autodebit.models import Allocation, Entry, FollowUp, MonthClosing, Obligation
from autodebit.queries_books import books_of, left_of, suspense_of, unexplained_lines
from autodebit.rules.books import Kind
from registry.models import AuditEvent
from tests.autodebit.bookkeeping import (
    BOOKING_AT,
    CLOSED_AT,
    PAID_AT,
    booked,
    closer,
    credited,
    explained,
    jateng,
    paid_and_booked,
    part,
    remitted,
)
from tests.autodebit.population import PERIOD, make_staff
from tests.autodebit.together import together
from tests.month import (
    RETURNED_AT,
    an_operator,
    answered_batch,
    applied,
    delivered_batch,
    done,
    references,
    two_approvers,
)

pytestmark = pytest.mark.django_db
TOTAL = 25_200  # three donors at the discounted price


@pytest.fixture
def batch(profile):
    """Three debits, all succeeded; the account's credit is not booked yet."""
    return answered_batch()


def try_to_explain(line, *parts, **changes):
    said = {"by": an_operator(), "now": BOOKING_AT, **changes}
    return explain(line_id=line.pk, parts=parts, **said)


def try_to_close(by=None, now=CLOSED_AT):
    return close(profile=jateng(), period=PERIOD, by=by or closer(), now=now)


def codes(findings) -> list[str]:
    return [finding.code for finding in findings]


def test_a_credit_stays_in_suspense_until_it_is_explained(batch):
    (line,) = booked((TOTAL, "HASIL AUTODEBET"))
    assert (suspense_of(jateng()), list(unexplained_lines(jateng()))) == (TOTAL, [line])
    explained(line, part(TOTAL, Kind.COLLECTED, batch))
    assert (suspense_of(jateng()), left_of(line)) == (0, 0)
    assert AuditEvent.objects.filter(event="statement.explained", object_id=str(line.pk)).count() == 1


def test_two_bookings_never_hide_each_other_in_suspense(batch):
    booked((5_000, "MASUK"), (-5_000, "KELUAR"))
    assert suspense_of(jateng()) == 10_000


def test_a_batch_is_reconciled_when_its_credit_is_explained(batch):
    assert batch.state == "delivered"
    credited(batch, TOTAL)
    batch.refresh_from_db()
    assert (batch.state, batch.reconciled_at) == ("reconciled", BOOKING_AT)


def test_a_batch_with_an_unanswered_line_is_not_reconciled(profile):
    batch = delivered_batch()
    applied(batch, dict.fromkeys(references(batch)[:2], "succeeded"))
    credited(batch, 16_800)
    batch.refresh_from_db()
    assert batch.state == "delivered"


def test_a_batch_whose_lines_all_failed_is_reconciled_without_a_booking(profile):
    batch = answered_batch(2, ["failed AM04", "failed AM04"])
    assert books.reconcile(batch_id=batch.pk, now=BOOKING_AT).state == "reconciled"


def test_the_credit_may_come_before_the_answer(profile):
    batch = delivered_batch()
    credited(batch, TOTAL)
    batch.refresh_from_db()
    assert batch.state == "delivered"
    applied(batch)
    assert books.reconcile(batch_id=batch.pk, now=BOOKING_AT).state == "reconciled"


def test_a_fee_kept_back_enters_the_books(batch):
    credited(batch, TOTAL, fee=2_500)
    entry = Entry.objects.get(kind="fee")
    assert (entry.amount, entry.batch, entry.allocation.amount) == (-2_500, batch, -2_500)
    books_now = books_of(jateng(), PERIOD)
    assert (books_now.collected, books_now.fees, books_now.in_bank[Kind.FEE]) == (TOTAL, 2_500, 2_500)
    assert books_now.to_remit == TOTAL


def test_one_credit_may_be_explained_in_several_steps(batch):
    (line,) = booked((TOTAL, "HASIL AUTODEBET"))
    assert try_to_explain(line, part(8_400, Kind.COLLECTED, batch)).code == "sum_differs"
    assert not Allocation.objects.exists()
    explained(line, part(8_400, Kind.COLLECTED, batch), part(16_800, Kind.COLLECTED, batch))
    assert Allocation.objects.count() == 2


@pytest.mark.parametrize(
    ("parts", "code", "field"),
    [
        ([(TOTAL, Kind.WRITTEN_OFF)], "part_empty", "parts-0"),
        ([(TOTAL, Kind.COLLECTED), (0, Kind.FEE)], "batch_missing", "parts-0"),
        ([(TOTAL, Kind.TOP_UP), (0, Kind.FEE)], "part_empty", "parts-1"),
        ([(TOTAL, Kind.FEE)], "against_sign", "parts-0"),
        ([], "parts_missing", "parts-0"),
    ],
)
def test_a_part_that_cannot_be_is_named(batch, parts, code, field):
    (line,) = booked((TOTAL, "HASIL"))
    answer = try_to_explain(line, *(part(amount, kind) for amount, kind in parts))
    assert (answer.code, answer.field) == (code, field)
    assert not Allocation.objects.exists() and not Entry.objects.exclude(kind="collected").exists()


def test_a_batch_of_another_month_is_refused(batch):
    (line,) = booked((TOTAL, "HASIL"))
    wrong = Part("2026-11", Kind.COLLECTED, batch.pk, TOTAL)
    assert try_to_explain(line, wrong).code == "batch_unknown"


def test_a_correction_against_the_usual_direction_says_why(batch):
    first, second = booked((TOTAL, "HASIL", "A"), (-TOTAL, "KOREKSI HASIL", "B"))
    explained(first, part(TOTAL, Kind.COLLECTED, batch))
    explained(second, part(-TOTAL, Kind.COLLECTED, batch, "Bank mencatat dua kali"))
    assert books_of(jateng(), PERIOD).in_bank[Kind.COLLECTED] == 0


def test_a_viewer_explains_nothing(batch):
    (line,) = booked((TOTAL, "HASIL"))
    viewer = make_staff("pengamat", "labour_viewer")
    assert try_to_explain(line, part(TOTAL, Kind.COLLECTED, batch), by=viewer).code == "right_missing"


def test_an_explained_booking_is_not_explained_again(batch):
    line = credited(batch, TOTAL)
    assert try_to_explain(line, part(TOTAL, Kind.COLLECTED, batch)).code == "explained"
    assert Allocation.objects.count() == 1


def test_undoing_brings_back_the_suspense_and_takes_the_fee_out_of_the_books(batch):
    line = credited(batch, TOTAL, fee=2_500)
    fee = Allocation.objects.get(kind="fee")
    opposite = done(undo(allocation_id=fee.pk, reason="Bukan biaya", by=an_operator(), now=PAID_AT))
    assert (opposite.amount, opposite.undoes) == (2_500, fee)
    assert left_of(line) == -2_500 and books_of(jateng(), PERIOD).fees == 0
    assert list(Entry.objects.filter(kind="fee").values_list("amount", flat=True)) == [-2_500, 2_500]


def test_an_explanation_is_undone_once(batch):
    credited(batch, TOTAL)
    allocation = Allocation.objects.get()
    opposite = undo(allocation_id=allocation.pk, reason="Salah bulan", by=an_operator(), now=PAID_AT)
    for again in (allocation, opposite):
        answer = undo(allocation_id=again.pk, reason="Salah bulan", by=an_operator(), now=PAID_AT)
        assert answer.code == "undone"
    assert Allocation.objects.count() == 2


def test_an_explanation_is_not_undone_without_a_reason(batch):
    credited(batch, TOTAL)
    answer = undo(allocation_id=Allocation.objects.get().pk, reason=" x ", by=an_operator(), now=PAID_AT)
    assert answer.field == "reason" and Allocation.objects.count() == 1


def test_a_top_up_that_was_promised_is_entered_once(batch):
    """A claim settled by other funds enters the top-up; the money that arrives later only confirms it."""
    Entry.objects.create(
        profile=jateng(), period=PERIOD, kind="top_up", amount=8_400, by=an_operator(), at=BOOKING_AT
    )
    first, second = booked((8_400, "DANA TALANGAN", "A"), (2_500, "GANTI BIAYA", "B"))
    explained(first, part(8_400, Kind.TOP_UP))
    assert books_of(jateng(), PERIOD).topped_up == 8_400
    explained(second, part(2_500, Kind.TOP_UP))
    assert books_of(jateng(), PERIOD).topped_up == 10_900


def test_a_month_closes_when_every_rupiah_is_explained(batch):
    credited(batch, TOTAL)
    paid_and_booked()
    assert why_not_close(jateng(), PERIOD, closer(), CLOSED_AT) == ()
    closing = done(try_to_close())
    figures = closing.figures
    assert (figures["collected"], figures["remitted"], figures["unexplained"]) == (TOTAL, TOTAL, 0)
    assert figures["obligations"] == {"met": TOTAL}
    assert closing.sha256 == hash_of(figures) == hash_of(json.loads(json.dumps(figures)))
    batch.refresh_from_db()
    assert batch.state == "closed"


def test_a_month_that_was_never_collected_does_not_close(profile):
    assert codes(try_to_close()) == ["no_batch"]


def test_closing_says_everything_that_is_missing(batch):
    booked((-700, "BIAYA"))
    found = codes(try_to_close())
    assert found == ["batches_open", "differs_collected", "unexplained", "not_remitted"]
    assert not MonthClosing.objects.exists()


def test_a_payment_that_bpjs_has_not_confirmed_holds_the_month_up(batch):
    credited(batch, TOTAL)
    paid = remitted()
    (line,) = booked((-TOTAL, "SETORAN"), now=PAID_AT)
    explained(line, part(-paid.amount, Kind.REMITTED), now=PAID_AT)
    assert codes(try_to_close()) == ["not_confirmed"]


def test_a_fee_that_nobody_replaced_holds_the_month_up(batch):
    credited(batch, TOTAL, fee=2_500)
    paid_and_booked()
    assert codes(try_to_close()) == ["fees_uncovered"]
    (line,) = booked((2_500, "GANTI BIAYA BANK", "G-1"), now=PAID_AT)
    explained(line, part(2_500, Kind.TOP_UP), now=PAID_AT)
    assert done(try_to_close()).figures["topped_up"] == 2_500


def test_whoever_explained_or_paid_does_not_close(batch):
    credited(batch, TOTAL)
    paid_and_booked()
    operator = an_operator()
    operator.assignments.create(role="labour_approver")
    assert codes(try_to_close(by=operator)) == ["same_person"]
    assert not MonthClosing.objects.exists()


def test_an_operator_does_not_close(batch):
    assert try_to_close(by=an_operator()).code == "right_missing"


def test_an_open_task_for_a_person_holds_the_month_up(profile):
    batch = answered_batch(3, ["succeeded", "succeeded", "failed AC04"])
    credited(batch, 16_800)
    paid_and_booked()
    assert codes(try_to_close()) == ["follow_ups"]
    assert FollowUp.objects.get().kind == "hard_code"


def test_what_failed_is_written_off_when_the_month_closes(profile):
    batch = answered_batch(3, ["succeeded", "succeeded", "failed AM04"])
    credited(batch, 16_800)
    paid_and_booked()
    done(try_to_close())
    assert sorted(Obligation.objects.values_list("state", flat=True)) == ["met", "met", "written_off"]


def test_a_proposed_refund_holds_the_month_up(batch):
    credited(batch, TOTAL)
    paid_and_booked()
    attempt = batch.attempts.first()
    done(refunds.request(attempt_id=attempt.pk, reason="Salah orang", by=an_operator(), now=PAID_AT))
    assert codes(try_to_close()) == ["refunds"]


def test_a_closed_month_answers_its_closing_again(batch):
    credited(batch, TOTAL)
    paid_and_booked()
    assert done(try_to_close()).pk == done(try_to_close(by=two_approvers()[0])).pk
    assert AuditEvent.objects.filter(event="month.closed").count() == 1


def test_a_closed_month_takes_no_more_collections_and_undoes_nothing(batch):
    credited(batch, TOTAL)
    paid_and_booked()
    done(try_to_close())
    (line,) = booked((8_400, "LAGI", "L-1"), now=CLOSED_AT)
    assert try_to_explain(line, part(8_400, Kind.COLLECTED, batch), now=CLOSED_AT).code == "month_closed"
    wrong = Allocation.objects.first()
    assert (
        undo(allocation_id=wrong.pk, reason="Salah bulan", by=an_operator(), now=CLOSED_AT).code
        == "month_closed"
    )


def test_a_late_return_after_closing_is_explained_and_leaves_the_closing_as_it_was(batch):
    credited(batch, TOTAL)
    paid_and_booked()
    before = done(try_to_close()).figures
    applied(batch, {references(batch)[0]: "returned MD06"}, now=CLOSED_AT, name="RETUR.csv")
    (line,) = booked((-8_400, "RETUR", "R-1"), now=CLOSED_AT)
    explained(line, part(-8_400, Kind.RETURNED, batch), now=CLOSED_AT)
    closing = MonthClosing.objects.get()
    assert closing.figures == before
    after = books_of(jateng(), PERIOD)
    assert (after.returned_after, after.receivables_open, after.unexplained) == (8_400, 8_400, 0)
    as_closed = books_of(jateng(), PERIOD, closing)
    assert (as_closed.returned_after, as_closed.in_bank.get(Kind.RETURNED, 0)) == (0, 0)


def test_a_return_before_the_payment_lowers_what_is_paid(batch):
    credited(batch, TOTAL)
    applied(batch, {references(batch)[0]: "returned MD06"}, now=RETURNED_AT, name="RETUR.csv")
    (line,) = booked((-8_400, "RETUR", "R-1"), now=RETURNED_AT)
    explained(line, part(-8_400, Kind.RETURNED, batch), now=RETURNED_AT)
    assert paid_and_booked().amount == 16_800


def test_one_booking_explained_by_ten_at_once_is_explained_once(committed_db):
    batch = answered_batch()
    (line,) = booked((TOTAL - 2_500, "HASIL"))
    by = an_operator()
    parts = [part(TOTAL, Kind.COLLECTED, batch), part(-2_500, Kind.FEE, batch)]
    answers = together(10, lambda _: explain(line_id=line.pk, parts=parts, by=by, now=BOOKING_AT))
    assert sum(getattr(answer, "code", "") == "explained" for answer in answers) == 9
    assert (Allocation.objects.count(), Entry.objects.filter(kind="fee").count()) == (2, 1)


def test_a_month_closed_by_five_at_once_is_closed_once(committed_db):
    batch = answered_batch()
    credited(batch, TOTAL)
    paid_and_booked()
    by = closer()
    answers = together(5, lambda _: try_to_close(by=by))
    assert len({answer.pk for answer in answers}) == 1 and MonthClosing.objects.count() == 1
