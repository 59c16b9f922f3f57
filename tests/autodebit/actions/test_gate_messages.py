"""The gate speaks by itself: treasurers are reminded once, donors of a skipped month are told once."""

from datetime import timedelta

import pytest

from autodebit.actions import gate
from autodebit.actions.gate_messages import remind, tell_skipped
from registry.models import City, Message, User
from tests.autodebit import payday
from tests.autodebit.payday import NOON, TOO_LATE, landed, opd_id, treasurer
from tests.autodebit.population import PERIOD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def policy(db):
    payday.gate_on()


def told(event: str) -> list[Message]:
    return list(Message.objects.filter(event=event).order_by("created_at"))


def test_treasurers_of_offices_without_a_word_are_reminded_once_from_the_deadline_on():
    payday.frozen("DISDIK", "DINKES")
    silent, spoken = treasurer("DINKES"), treasurer("DISDIK")
    landed("DISDIK", spoken)
    assert remind(now=NOON - timedelta(seconds=1)) == 0
    assert (remind(now=NOON), remind(now=NOON + timedelta(hours=1))) == (1, 0)
    (message,) = told("salary_reminder")
    assert (message.recipient, message.to, message.period) == (str(silent.pk), silent.email, PERIOD)
    assert message.subject == "Mohon pastikan gaji Desember 2026 sudah masuk"
    assert "- Dinas Kesehatan" in message.body and "/kantor/gaji/" in message.body
    assert "Dinas Pendidikan" not in message.body


def test_the_treasurer_of_an_office_above_is_reminded_of_its_units():
    unit = payday.unit_of("DISDIK", "SD-CONTOH")
    payday.frozen("DISDIK", unit.code)
    treasurer("DISDIK")
    assert remind(now=NOON) == 1
    assert f"- {unit.name}" in told("salary_reminder")[0].body


def test_nobody_is_reminded_of_a_decided_office_an_old_month_or_without_the_policy(operator):
    payday.frozen("DISDIK")
    treasurer("DISDIK")
    assert remind(now=TOO_LATE) == 0
    City.objects.update(salary_gate="off")
    assert remind(now=NOON) == 0
    payday.gate_on()
    gate.decide(
        opd_id=opd_id("DISDIK"), period=PERIOD, decision="wait", reason="Gaji menyusul", by=operator, now=NOON
    )
    assert remind(now=NOON) == 0


def test_a_treasurer_without_address_or_account_is_passed_over():
    payday.frozen("DISDIK")
    gone, silent = treasurer("DISDIK"), treasurer("SETDA")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert silent.email and remind(now=NOON) == 0
    User.objects.filter(pk=gone.pk).update(is_active=True, email="")
    assert remind(now=NOON) == 0


def test_donors_of_a_skipped_month_are_told_once(operator):
    batch = payday.frozen("DISDIK", "DINKES", "DINKES")
    landed("DISDIK", treasurer("DISDIK"))
    said = {"opd_id": opd_id("DINKES"), "period": PERIOD, "decision": "skip", "reason": "Gaji tertunda"}
    gate.decide(by=operator, now=NOON, **said)
    assert tell_skipped(now=NOON) == 0  # still in the batch: it takes effect when the batch lets go
    gate.narrow(batch_id=batch.pk, by=operator, now=NOON)
    assert (tell_skipped(now=NOON), tell_skipped(now=NOON)) == (2, 0)
    message = told("salary_skipped")[0]
    assert message.subject == "Tidak ada potongan Desember 2026"
    assert "Rekening Anda tidak dipotong" in message.body and "SK/2026/11/" in message.body
