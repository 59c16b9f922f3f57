import pytest

from autodebit.actions import books, refunds
from autodebit.models import BankProfile
from autodebit.queries_trace import find_obligations, line_in_files, trace_of
from registry.actions import documents
from tests.autodebit.bookkeeping import (
    CLOSED_AT,
    PAID_AT,
    a_paper,
    closer,
    credited,
    jateng,
    paid_and_booked,
    remitted,
)
from tests.autodebit.population import PERIOD
from tests.month import (
    RETURNED_AT,
    an_operator,
    answered_batch,
    applied,
    delivered_batch,
    done,
    frozen_batch,
    references,
    sealed_batch,
    two_approvers,
)

pytestmark = pytest.mark.django_db


def obligation_of(batch, place: int = 0):
    return batch.attempts.get(reference=references(batch)[place]).obligation


def kinds(obligation) -> list[str]:
    obligation.refresh_from_db()
    return [step.kind for step in trace_of(obligation)]


def test_a_frozen_line_has_two_steps(profile):
    assert kinds(obligation_of(frozen_batch())) == ["planned", "frozen"]


def test_a_sealed_line_waits_for_its_delivery(profile):
    steps = trace_of(obligation_of(sealed_batch()))
    assert [step.kind for step in steps] == ["planned", "frozen", "approved", "sealed", "sent"]
    assert steps[-1].when is None and steps[-1].tone == "wait"


def test_a_sent_line_waits_for_its_answer(profile):
    assert kinds(obligation_of(delivered_batch()))[-2:] == ["sent", "answered"]


def test_a_month_to_its_end_tells_every_step_and_its_proof(profile):
    batch = answered_batch()
    credited(batch, 25_200)
    paid_and_booked()
    done(books.close(profile=jateng(), period=PERIOD, by=closer(), now=CLOSED_AT))
    steps = trace_of(obligation_of(batch, 1))
    assert [step.kind for step in steps] == [
        "planned", "frozen", "approved", "sealed", "sent", "answered", "debited", "remitted", "confirmed", "closed",
    ]  # fmt: skip
    proofs = {step.kind: step.proofs for step in steps}
    files = {file.name: file.sha256 for file in batch.files.all()}
    assert {proof.name: proof.sha256 for proof in proofs["sealed"]} == files
    assert {(proof.line, proof.part) for proof in proofs["sealed"]} == {(2, "bagian 1 dari 1")}
    (answer,) = proofs["answered"]
    # Titles stand in the first line of the bank's answer.
    assert (answer.sha256, answer.line) == (batch.result_files.get().sha256, 3)


def test_the_line_number_counts_within_its_part(profile):
    BankProfile.objects.filter(pk="113").update(max_lines=2)
    batch = sealed_batch(5)
    places = [
        {(file.part, line) for file, line in line_in_files(batch.attempts.get(reference=reference))}
        for reference in references(batch)
    ]
    assert places == [{(1, 1)}, {(1, 2)}, {(2, 1)}, {(2, 2)}, {(3, 1)}]


def test_a_line_stands_in_its_file_where_the_trace_says(profile):
    batch = sealed_batch(3)
    for reference in references(batch):
        found = {
            file.format: (file, line) for file, line in line_in_files(batch.attempts.get(reference=reference))
        }
        file, line = found["bank_csv"]
        rows = documents.read(file.sha256).decode().split("\r\n")[1:]
        assert reference in rows[line - 1]


def test_a_failed_line_ends_with_its_answer(profile):
    batch = answered_batch(2, ["failed AM04", "succeeded"])
    assert kinds(obligation_of(batch))[-1] == "answered"
    assert trace_of(obligation_of(batch))[-1].text == "AM04"


def test_a_return_before_the_payment_is_not_followed_to_bpjs(profile):
    batch = answered_batch()
    obligation = obligation_of(batch)
    applied(batch, {references(batch)[0]: "returned MD06"}, now=RETURNED_AT, name="R.csv")
    remitted()
    assert kinds(obligation)[-2:] == ["debited", "returned"]


def test_a_return_after_the_payment_still_shows_the_payment(profile):
    batch = answered_batch()
    obligation = obligation_of(batch)
    remitted()
    applied(batch, {references(batch)[0]: "returned MD06"}, now=CLOSED_AT, name="R.csv")
    assert kinds(obligation)[-3:] == ["returned", "remitted", "confirmed"]


def test_a_refund_is_told_with_its_proof(profile):
    batch = answered_batch()
    attempt = batch.attempts.get(reference=references(batch)[0])
    refund = done(refunds.request(attempt_id=attempt.pk, reason="Salah orang", by=an_operator(), now=PAID_AT))
    done(refunds.approve(refund_id=refund.pk, by=two_approvers()[0], now=PAID_AT))
    said = {"paid_on": PAID_AT.date(), "payment_reference": "TRF-1", "evidence_file": a_paper()}
    done(refunds.pay(refund_id=refund.pk, by=an_operator(), now=PAID_AT, **said))
    last = trace_of(attempt.obligation)[-1]
    refund.refresh_from_db()
    assert (last.kind, last.proofs[0].sha256) == ("refunded", refund.evidence.sha256)


@pytest.mark.parametrize("spoil", [str.lower, lambda text: f" {text[:4]}-{text[4:10]} {text[10:]}"])
def test_a_reference_is_found_however_it_is_typed(profile, spoil):
    batch = frozen_batch()
    reference = references(batch)[0]
    assert list(find_obligations(spoil(reference))) == [obligation_of(batch)]


def test_the_number_of_a_mandate_finds_its_obligations(profile):
    batch = frozen_batch()
    attempt = batch.attempts.first()
    assert list(find_obligations(attempt.mandate_number.lower())) == [attempt.obligation]
    assert not find_obligations("SK/2026/11/999999").exists()
