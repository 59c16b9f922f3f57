"""Voiding against handing over, many at once: one of them wins as a whole, the other changes nothing."""

import pytest
from django.db import connection

from autodebit.actions.delivery import confirm_void, refuse, request_void
from autodebit.models import Attempt, BankProfile, BankRefusal, Batch, Delivery, Obligation
from registry.models import AuditEvent
from tests.at_state import photo_of
from tests.autodebit.ceremony import NOTED_AT, delivered_batch, handed_over, sealed_batch
from tests.autodebit.population import make_staff
from tests.autodebit.together import together

WIDE = 20


@pytest.fixture
def profile(committed_db) -> BankProfile:
    return BankProfile.objects.get(bank_id="113")


@pytest.fixture
def operators(profile) -> list:
    return [make_staff(f"operator{number}", "labour_operator") for number in range(WIDE)]


@pytest.fixture
def approvers(profile) -> list:
    return [make_staff(f"penyetuju{number}", "labour_approver") for number in range(2)]


@pytest.mark.parametrize("odd", [0, 1])
def test_twenty_voiding_and_handing_over_end_in_one_of_the_two_and_every_line_agrees(
    operators, approvers, odd
):
    batch = sealed_batch(approvers, operators[0])
    request_void(batch_id=batch.pk, reason="Nama berkas salah", by=operators[0], now=NOTED_AT)

    def work(number: int):
        if number % 2 == odd:
            return handed_over(batch, operators[number])
        return confirm_void(batch_id=batch.pk, by=operators[number], now=NOTED_AT)

    answers = together(WIDE, work)
    won = [answer for answer in answers if isinstance(answer, Batch)]
    assert len(won) == 1
    lines = set(Attempt.objects.values_list("state", flat=True))
    month = set(Obligation.objects.values_list("state", flat=True))
    ended = Batch.objects.get().state
    assert (ended, lines, month) in (
        ("delivered", {"sent"}, {"open"}),
        ("voided", {"released"}, {"planned"}),
    )
    assert Delivery.objects.count() == (ended == "delivered")
    assert AuditEvent.objects.filter(event__in=("batch.delivered", "batch.voided")).count() == 1


def test_twenty_requests_to_void_leave_one(operators, approvers):
    batch = sealed_batch(approvers, operators[0])
    together(
        WIDE,
        lambda number: request_void(
            batch_id=batch.pk, reason="Nama salah", by=operators[number], now=NOTED_AT
        ),
    )
    assert AuditEvent.objects.filter(event="batch.void_requested").count() == 1


def test_ten_refusals_at_once_are_one_refusal(operators, approvers):
    batch = delivered_batch(approvers, operators[0])
    paper = photo_of("Surat penolakan contoh")

    def work(number: int):
        return refuse(
            batch_id=batch.pk,
            reason="Ditolak seluruhnya",
            evidence=paper,
            content_type="image/jpeg",
            by=operators[number],
            now=NOTED_AT,
        )

    answers = together(10, work)
    assert sum(isinstance(answer, Batch) for answer in answers) == 1
    assert BankRefusal.objects.count() == 1
    assert set(Attempt.objects.values_list("state", flat=True)) == {"released"}


def test_while_a_worker_sends_the_files_nobody_voids_or_hands_over_by_hand(operators, approvers):
    batch = sealed_batch(approvers, operators[0])
    key = int.from_bytes(batch.pk.bytes[:8], "big", signed=True)

    def work(number: int):
        return (
            request_void(batch_id=batch.pk, reason="Nama salah", by=operators[0], now=NOTED_AT),
            handed_over(batch, operators[0]),
        )

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [key])
        try:
            answers = together(1, work)[0]
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
    assert {answer.code for answer in answers} == {"being_sent"}
    assert Batch.objects.get().state == "sealed"
