"""Money of a month from several sides at once: refunds, returns, the payment to BPJS, the closing."""

from functools import lru_cache

import pytest

from autodebit.actions import books, refunds, remittance, results
from autodebit.actions.answers import answer_by_hand
from autodebit.models import (
    Allocation,
    Attempt,
    Batch,
    Entry,
    FollowUp,
    MonthClosing,
    Refund,
    Remittance,
    ResultFile,
)
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
    jateng,
    paid_and_booked,
    part,
)
from tests.autodebit.payday import violations
from tests.autodebit.population import PERIOD
from tests.autodebit.together import together
from tests.month import an_operator, answer_file, answered_batch, done, person, previewed, references

WIDE = 20
LINES = 5
PRICE = 8_400


@pytest.fixture(autouse=True)
def one_paper_looked_at_once(monkeypatch):
    """The evidence is the same picture each time; decoding it costs a process."""
    monkeypatch.setattr(evidence, "inspect", lru_cache(evidence.inspect))
    evidence.look_at(a_paper())


@pytest.fixture
def operators(committed_db) -> list:
    return [person(f"operator{number}", "labour_operator") for number in range(WIDE)]


@pytest.fixture
def approvers(committed_db) -> list:
    return [person(f"penyetuju{number}", "labour_approver") for number in range(WIDE)]


def return_of(batch: Batch, reference: str) -> ResultFile:
    """A file that says the bank took this debit back, seen and asked to be applied."""
    file = previewed(
        batch, answer_file(batch, {reference: "returned MS03"}), name=f"{reference}.csv", now=PAID_AT
    )
    typed = results.figure_to_type(file)
    return done(results.request_apply(file_id=file.pk, typed_total=typed, by=an_operator(), now=PAID_AT))


def proposed(reference: str, by) -> Refund:
    attempt = Attempt.objects.get(reference=reference)
    return done(refunds.request(attempt_id=attempt.pk, reason="Terpotong dua kali", by=by, now=PAID_AT))


def paid(refund: Refund, by):
    return refunds.pay(
        refund_id=refund.pk, paid_on=PAID_AT.date(), payment_reference="PGB-0001", evidence_file=a_paper(), by=by,
        now=PAID_AT,
    )  # fmt: skip


def by_letter(reference: str, by):
    """The bank's letter that it took this debit back."""
    attempt = Attempt.objects.get(reference=reference)
    return answer_by_hand(
        attempt_id=attempt.pk, outcome="returned", code="MS03", reason="Surat bank contoh", evidence_file=a_paper(),
        by=by, now=PAID_AT,
    )  # fmt: skip


def kinds_of(reference: str) -> list[str]:
    return sorted(Entry.objects.filter(attempt__reference=reference).values_list("kind", flat=True))


def test_a_refund_proposed_while_the_bank_takes_the_money_back_is_never_paid(operators, approvers):
    batch = answered_batch(LINES)
    for reference in references(batch):
        file, attempt = return_of(batch, reference), Attempt.objects.get(reference=reference)

        def work(number: int, file=file, attempt=attempt):
            if number % 2:
                return refunds.request(
                    attempt_id=attempt.pk, reason="Salah", by=operators[number], now=PAID_AT
                )
            return results.apply(file_id=file.pk, now=PAID_AT)

        together(WIDE, work)
        for refund in Refund.objects.filter(attempt=attempt):
            refunds.approve(refund_id=refund.pk, by=approvers[0], now=PAID_AT)
            assert paid(refund, operators[0]).code == "not_succeeded"
        assert Refund.objects.filter(attempt=attempt).count() <= 1
        assert kinds_of(reference) == ["collected", "returned"]
    assert violations() == []


def test_a_refund_decided_by_twenty_while_the_bank_takes_it_back_is_decided_once(operators, approvers):
    batch = answered_batch(LINES)
    for reference in references(batch):
        refund, file = proposed(reference, operators[0]), return_of(batch, reference)

        def work(number: int, refund=refund, file=file):
            if number == 0:
                return results.apply(file_id=file.pk, now=PAID_AT)
            decide = refunds.approve if number % 2 else refunds.refuse
            return decide(refund_id=refund.pk, by=approvers[number], now=PAID_AT)

        answers = together(WIDE, work)[1:]
        assert sum(isinstance(answer, Refund) for answer in answers) == 1
        assert kinds_of(reference) == ["collected", "returned"]
    assert violations() == []


def test_a_refund_paid_while_the_bank_takes_it_back_leaves_the_books_telling_both_or_one(
    operators, approvers
):
    """The refund that comes first is paid, and the return after it is a second loss; the other way round it is not."""
    batch = answered_batch(LINES)
    for reference in references(batch):
        refund, file = proposed(reference, operators[0]), return_of(batch, reference)
        done(refunds.approve(refund_id=refund.pk, by=approvers[0], now=PAID_AT))

        def work(number: int, refund=refund, file=file):
            if number % 2:
                return paid(refund, operators[number])
            return results.apply(file_id=file.pk, now=PAID_AT)

        together(WIDE, work)
        refund.refresh_from_db()
        went = ["refunded"] if refund.state == "paid" else []
        assert refund.state in ("paid", "approved")
        assert kinds_of(reference) == sorted(["collected", "returned", *went])
    assert violations() == []


def test_payment_and_late_returns_at_once_count_each_return_on_one_side(operators):
    batch = answered_batch(WIDE)
    lines = references(batch)

    def work(number: int):
        if number % 4:
            return by_letter(lines[number], operators[number])
        return remittance.record(
            profile=jateng(), period=PERIOD, amount=books_of(jateng(), PERIOD).held, paid_on=PAID_AT.date(),
            payment_reference=f"NTB-{number:04d}", evidence_file=a_paper(), by=operators[number], now=PAID_AT,
        )  # fmt: skip

    together(WIDE, work)
    month = books_of(jateng(), PERIOD)
    assert month.returned_before + month.returned_after == 15 * PRICE
    assert month.remitted in (0, month.collected - month.returned_before)
    assert Remittance.objects.count() <= 1
    claims = FollowUp.objects.filter(kind="receivable").count()
    assert claims * PRICE == month.returned_after
    assert violations() == []


@pytest.mark.parametrize("first", [0, 1])
def test_closing_against_a_late_return_leaves_the_figures_as_they_were_closed(operators, approvers, first):
    """A return that comes first holds the month up until the bank has booked it; one that comes later is a claim."""
    batch = answered_batch(LINES)
    credited(batch, LINES * PRICE)
    paid_and_booked()
    file = return_of(batch, references(batch)[0])

    def work(number: int):
        if number % 2 == first:
            return books.close(profile=jateng(), period=PERIOD, by=approvers[number], now=CLOSED_AT)
        return results.apply(file_id=file.pk, now=CLOSED_AT)

    together(WIDE, work)
    assert Entry.objects.filter(kind="returned", after_remittance=True).count() == 1
    for closing in MonthClosing.objects.all():
        assert closing.figures["returned_after"] == 0
        assert books.hash_of(closing.figures) == closing.sha256
    assert MonthClosing.objects.count() == Batch.objects.filter(state="closed").count()
    assert violations() == []


def test_closing_against_an_explanation_taken_back_never_closes_over_a_gap(operators, approvers):
    batch = answered_batch(LINES)
    credited(batch, LINES * PRICE)
    paid_and_booked()
    known = Allocation.objects.get(kind="collected")

    def work(number: int):
        if number % 2:
            return books.close(profile=jateng(), period=PERIOD, by=closer(), now=CLOSED_AT)
        return books.undo(
            allocation_id=known.pk, reason="Salah kumpulan", by=operators[number], now=CLOSED_AT
        )

    closer()
    together(WIDE, work)
    closed, undone = MonthClosing.objects.exists(), Allocation.objects.filter(undoes=known).exists()
    assert closed != undone
    assert violations() == []


def test_closing_against_a_proposed_refund_is_one_before_the_other(operators):
    batch = answered_batch(LINES)
    credited(batch, LINES * PRICE)
    paid_and_booked()
    attempt, by = Attempt.objects.get(reference=references(batch)[0]), closer()

    def work(number: int):
        if number % 2:
            return books.close(profile=jateng(), period=PERIOD, by=by, now=CLOSED_AT)
        return refunds.request(
            attempt_id=attempt.pk, reason="Salah orang", by=operators[number], now=CLOSED_AT
        )

    together(WIDE, work)
    assert Refund.objects.count() == 1
    assert violations() == []


def test_one_booking_explained_twice_as_two_things_is_explained_once(operators):
    batch = answered_batch(LINES)
    for number in range(LINES):
        (line,) = booked((PRICE, "KREDIT", f"K-{number}"))

        def work(turn: int, line=line):
            kind = Kind.COLLECTED if turn % 2 else Kind.TOP_UP
            parts = [part(PRICE, kind, batch if turn % 2 else None)]
            return books.explain(line_id=line.pk, parts=parts, by=operators[turn], now=PAID_AT)

        together(WIDE, work)
        assert sum(line.allocations.values_list("amount", flat=True)) == PRICE
        assert line.allocations.count() == 1
    assert violations() == []
