"""Answers of the bank, many at once: the database lets exactly one through."""

import pytest

from autodebit.actions import answers, results
from autodebit.actions.follow_ups import settle
from autodebit.models import Attempt, Entry, FollowUp, HandAnswer, ResultFile, ResultLine
from registry.models import AuditEvent, Document
from tests.at_state import photo_of
from tests.autodebit.together import together
from tests.month import (
    ANSWERED_AT,
    RETURNED_AT,
    an_operator,
    answer_file,
    answered_batch,
    apply_file,
    delivered_batch,
    previewed,
    received,
    references,
)

ROUNDS = 3


@pytest.fixture(autouse=True)
def committed(committed_db):
    """Other connections see what a test has made."""


def test_the_same_upload_five_times_at_once_is_one_file():
    batch, by = delivered_batch(3), an_operator()
    for number in range(ROUNDS):
        data = answer_file(batch, {references(batch)[number]: "succeeded"})

        def upload(_, data=data):
            return results.receive(
                batch_id=batch.pk, format="result_csv", name="HASIL.csv", data=data, by=by, now=ANSWERED_AT
            )

        assert len({file.pk for file in together(5, upload)}) == 1
    assert ResultFile.objects.count() == Document.objects.filter(kind="bank_answer").count() == ROUNDS
    assert AuditEvent.objects.filter(event="result.received").count() == ROUNDS


def test_five_readers_read_one_file_once():
    batch = delivered_batch(20)
    file = received(batch, answer_file(batch))
    together(5, lambda _: results.read_file(file_id=file.pk, now=ANSWERED_AT))
    file.refresh_from_db()
    assert (file.state, ResultLine.objects.count()) == ("previewed", 20)
    assert AuditEvent.objects.filter(event="result.previewed").count() == 1


def test_five_requests_and_five_workers_apply_it_once():
    batch, by = delivered_batch(20), an_operator()
    file = previewed(batch, answer_file(batch))
    figure = results.figure_to_type(file)

    def work(_):
        results.request_apply(file_id=file.pk, typed_total=figure, by=by, now=ANSWERED_AT)
        return results.apply(file_id=file.pk, now=ANSWERED_AT)

    together(5, work)
    file.refresh_from_db()
    assert (file.state, Entry.objects.count()) == ("applied", 20)
    assert AuditEvent.objects.filter(event="result.applied").count() == 1
    assert set(Attempt.objects.values_list("state", flat=True)) == {"succeeded"}


def test_two_files_that_say_the_opposite_never_both_move_a_line():
    batch, by = delivered_batch(10), an_operator()
    files = [
        previewed(batch, answer_file(batch, dict.fromkeys(references(batch), word)))
        for word in ("succeeded", "failed AM04")
    ]
    for file in files:
        figure = results.figure_to_type(file)
        results.request_apply(file_id=file.pk, typed_total=figure, by=by, now=ANSWERED_AT)
    together(2, lambda number: results.apply(file_id=files[number].pk, now=ANSWERED_AT))
    assert sorted(ResultFile.objects.values_list("state", flat=True)) == ["applied", "previewed"]
    assert len(set(Attempt.objects.values_list("state", flat=True))) == 1
    late = ResultFile.objects.get(state="previewed")
    assert late.summary["contradiction"]["count"] == 10 and late.apply_requested_at is None


def test_an_answer_by_hand_against_a_file_counts_once():
    batch, by = delivered_batch(1), an_operator()
    line, letter = batch.attempts.get(), photo_of("Surat bank")
    file = previewed(batch, answer_file(batch))
    results.request_apply(file_id=file.pk, typed_total=8_400, by=by, now=ANSWERED_AT)

    def work(number):
        if number:
            return results.apply(file_id=file.pk, now=ANSWERED_AT)
        return answers.answer_by_hand(
            attempt_id=line.pk,
            outcome="succeeded",
            reason="Surat bank",
            evidence_file=letter,
            by=by,
            now=ANSWERED_AT,
        )

    together(2, work)
    assert Entry.objects.count() == 1
    by_hand, by_file = HandAnswer.objects.count(), AuditEvent.objects.filter(event="result.applied").count()
    assert by_hand + by_file == 1


def test_a_file_refused_while_it_is_applied_is_one_of_the_two():
    batch, by = delivered_batch(5), an_operator()
    file = previewed(batch, answer_file(batch))
    figure = results.figure_to_type(file)
    results.request_apply(file_id=file.pk, typed_total=figure, by=by, now=ANSWERED_AT)

    def work(number):
        if number:
            return results.apply(file_id=file.pk, now=ANSWERED_AT)
        return results.quarantine(file_id=file.pk, reason="Bulan lain", by=by, now=ANSWERED_AT)

    together(2, work)
    file.refresh_from_db()
    assert (file.state, Entry.objects.count()) in (("applied", 5), ("quarantined", 0))


def test_five_people_settle_a_follow_up_once():
    batch = answered_batch(1)
    apply_file(previewed(batch, answer_file(batch, {references(batch)[0]: "returned MS03"})))
    case, by = FollowUp.objects.get(), an_operator()
    told = {"outcome": "written_off", "reason": "Tidak ditagih lagi", "by": by, "now": RETURNED_AT}
    together(5, lambda _: settle(follow_up_id=case.pk, **told))
    assert AuditEvent.objects.filter(event="follow_up.settled").count() == 1
    assert AuditEvent.objects.filter(event="obligation.written_off").count() == 1
