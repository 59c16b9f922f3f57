"""A step that is late says so by itself, once, to those whose step it is."""

from datetime import UTC, datetime, timedelta

import pytest

from autodebit.actions import alarms
from registry.models import AuditEvent, Message, User
from tests.autodebit.population import AFTER, CUTOFF, MandateSpec, make_mandates
from tests.month import an_operator, approved, delivered_batch, frozen_batch, two_approvers

pytestmark = pytest.mark.django_db
# Monday, 30 November 2026, the working day before payday: approval due 12.00, sealing 14.00, hand over 15.00 WIB.
NOON = datetime(2026, 11, 30, 5, 0, tzinfo=UTC)


@pytest.fixture
def people():
    for person in (an_operator(), *two_approvers()):
        User.objects.filter(pk=person.pk).update(email=f"{person.username}@contoh.example")


def said() -> list[tuple[str, str]]:
    return sorted(
        (User.objects.get(pk=message.recipient).username, message.occasion.split()[1])
        for message in Message.objects.filter(event="step_late")
    )


def test_nothing_is_late_before_its_deadline(people):
    frozen_batch(1)
    assert alarms.raise_late(now=NOON - timedelta(minutes=1)) == 0


def test_a_late_approval_is_told_to_the_approvers_only_and_once(people):
    frozen_batch(1)
    assert [alarms.raise_late(now=NOON + timedelta(minutes=number)) for number in range(3)] == [2, 0, 0]
    assert said() == [("penyetuju1", "approve"), ("penyetuju2", "approve")]
    text = Message.objects.filter(event="step_late").first()
    assert "2 persetujuan" in text.body and "/kantor/bulan/2026-12/" in text.body
    assert AuditEvent.objects.filter(event="alarm.raised").count() == 1


def test_an_approved_batch_nobody_sealed_or_handed_over_is_the_operators(people):
    approved(frozen_batch(1))
    alarms.raise_late(now=NOON + timedelta(hours=4))
    assert said() == [("operator", "hand_over"), ("operator", "seal")]


def test_a_month_nobody_built_is_told_to_the_operators(people):
    make_mandates([MandateSpec()])
    alarms.raise_late(now=CUTOFF + timedelta(hours=2))
    assert said() == [("operator", "build")]


def test_a_city_without_a_mandate_has_nothing_late(people):
    assert alarms.raise_late(now=NOON + timedelta(days=3)) == 0


def test_silence_of_the_bank_is_told_to_the_operators(people):
    delivered_batch(1)
    alarms.raise_late(now=datetime(2026, 12, 4, 12, 0, tzinfo=UTC))
    assert ("operator", "results") in said()


def test_a_person_without_an_address_hinders_nobody(people):
    User.objects.filter(username="penyetuju1").update(email="")
    frozen_batch(1)
    assert alarms.raise_late(now=NOON) == 1 and AFTER < NOON


def test_somebody_who_left_is_told_nothing(people):
    User.objects.filter(username="penyetuju1").update(is_active=False)
    frozen_batch(1)
    assert alarms.raise_late(now=NOON) == 1
