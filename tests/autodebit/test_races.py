"""Many at once, each on a connection of its own: the database lets exactly one through."""

from threading import Event

import pytest
from django.db import OperationalError, connection, transaction

from autodebit.actions import progress
from autodebit.actions.approval import approve, reopen
from autodebit.actions.batches import open_by_hand, open_due
from autodebit.actions.build import build
from autodebit.actions.sealing import request_seal, seal
from autodebit.models import Approval, Attempt, BankFile, BankProfile, Batch, Obligation
from registry.models import AuditEvent
from sponsorship.models import FrozenMonth, Mandate
from tests.autodebit.population import AFTER, PERIOD, MandateSpec, make_mandates, make_staff
from tests.autodebit.together import together

WIDE = 20
ROUNDS = 3


@pytest.fixture
def profile(committed_db) -> BankProfile:
    return BankProfile.objects.get(bank_id="113")


@pytest.fixture
def people(profile) -> list:
    return [make_staff(f"penyetuju{number}", "labour_approver") for number in range(WIDE)]


@pytest.fixture
def operator(profile):
    return make_staff("operator", "labour_operator")


def frozen() -> Batch:
    make_mandates([MandateSpec() for _ in range(5)])
    return build(batch_id=open_due(now=AFTER).pk, now=AFTER)


def test_twenty_schedulers_and_operators_open_one_batch(profile, operator):
    def work(number: int):
        if number % 2:
            return open_due(now=AFTER)
        return open_by_hand(profile=profile, period=PERIOD, by=operator, now=AFTER)

    answers = together(WIDE, work)
    batch = Batch.objects.get()
    assert {answer.pk for answer in answers if answer} == {batch.pk}
    assert AuditEvent.objects.filter(event="batch.opened").count() == 1


def test_ten_builders_build_one_batch(profile):
    make_mandates([MandateSpec() for _ in range(50)])
    batch = open_due(now=AFTER)
    together(10, lambda _: build(batch_id=batch.pk, now=AFTER))
    batch.refresh_from_db()
    assert (batch.state, batch.count) == ("frozen", 50)
    assert Attempt.objects.count() == Obligation.objects.count() == 50
    assert AuditEvent.objects.filter(event="batch.frozen").count() == 1


def test_of_twenty_approvers_at_once_two_are_counted_and_completion_runs_once(people):
    batch = frozen()
    seen = {"revision": 1, "content_hash": batch.content_hash}
    for _ in range(ROUNDS):
        together(WIDE, lambda number: approve(batch_id=batch.pk, by=people[number], now=AFTER, **seen))
    assert Approval.objects.count() == 2
    assert AuditEvent.objects.filter(event="batch.approved").count() == 1
    assert Batch.objects.get().state == "approved"


def test_one_person_in_twenty_tabs_approves_once(people):
    batch = frozen()
    seen = {"revision": 1, "content_hash": batch.content_hash, "by": people[0], "now": AFTER}
    together(WIDE, lambda _: approve(batch_id=batch.pk, **seen))
    assert Approval.objects.count() == 1 and Batch.objects.get().state == "frozen"


def test_an_approval_against_a_reopening_never_approves_what_was_released(people, operator):
    batch = frozen()
    approve(batch_id=batch.pk, revision=1, content_hash=batch.content_hash, by=people[0], now=AFTER)

    def work(number: int):
        if number == 0:
            return reopen(batch_id=batch.pk, reason="Ada kekeliruan", by=operator, now=AFTER)
        return approve(
            batch_id=batch.pk, revision=1, content_hash=batch.content_hash, by=people[number], now=AFTER
        )

    together(6, work)
    batch.refresh_from_db()
    assert (batch.state, batch.revision) == ("open", 2)
    assert set(Attempt.objects.values_list("state", flat=True)) == {"released"}


def test_ten_sealers_make_one_file_of_each_format(people, operator):
    batch = frozen()
    for person in people[:2]:
        approve(batch_id=batch.pk, revision=1, content_hash=batch.content_hash, by=person, now=AFTER)
    request_seal(batch_id=batch.pk, by=operator, now=AFTER)
    together(10, lambda _: seal(batch_id=batch.pk, now=AFTER))
    assert sorted(BankFile.objects.values_list("format", flat=True)) == ["bank_csv", "pain008"]
    assert AuditEvent.objects.filter(event="batch.sealed").count() == 1


def test_who_revokes_during_the_build_waits_and_then_sees_the_month_frozen(profile, monkeypatch):
    make_mandates([MandateSpec()])
    batch = open_due(now=AFTER)
    read, go_on = Event(), Event()

    def pause_after_reading(batch_id, step, steps) -> None:
        if step == 4:
            read.set()
            assert go_on.wait(timeout=20)

    monkeypatch.setattr(progress, "say", pause_after_reading)

    def work(number: int):
        if number == 0:
            return build(batch_id=batch.pk, now=AFTER)
        assert read.wait(timeout=20)
        waited = not can_revoke()
        go_on.set()
        return waited

    built, waited = together(2, work)
    assert (built.state, waited) == ("frozen", True)
    assert can_revoke() and FrozenMonth.objects.filter(period=PERIOD).exists()


def can_revoke() -> bool:
    """Whether the only mandate can be locked for a change within a moment."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
            Mandate.objects.select_for_update().get()
        return True
    except OperationalError:
        return False
