import pytest
from django.db import InternalError, transaction

from registry.actions.audit import SYSTEM
from registry.actions.moves import StaleState, move
from registry.models import AuditEvent
from sponsorship.models import Registration
from sponsorship.rules.lifecycle import REGISTRATION
from tests import at_state
from tests.cast import MORNING, RARA
from tests.threads import at_once


def withdraw(row: Registration, **more) -> None:
    move(row=row, along=REGISTRATION, event="withdraw", by=row.donor, now=MORNING, **more)


@pytest.mark.django_db
def test_a_move_changes_the_state_and_the_named_columns_and_writes_one_line():
    row = at_state.draft(RARA)
    Registration.objects.filter(pk=row.pk).update(name="Diubah Proses Lain")

    withdraw(row, opd_id=row.opd_id, also={"ended_at": MORNING}, reason="test")

    stored = Registration.objects.get(pk=row.pk)
    assert (row.state, row.ended_at) == (stored.state, stored.ended_at) == ("withdrawn", MORNING)
    assert stored.name == "Diubah Proses Lain"
    line = AuditEvent.objects.get(event="registration.withdrawn")
    assert line.detail == {"source": "draft", "target": "withdrawn", "reason": "test"}
    assert (line.object_id, line.actor_donor_id, line.opd_id) == (str(row.pk), row.donor_id, row.opd_id)


@pytest.mark.django_db
def test_a_move_that_is_not_declared_changes_nothing():
    row = at_state.draft(RARA)
    with pytest.raises(StaleState, match="does not verify from draft"):
        move(row=row, along=REGISTRATION, event="verify", by=SYSTEM, now=MORNING)
    assert Registration.objects.get(pk=row.pk).state == "draft"
    assert not AuditEvent.objects.filter(event="registration.verified").exists()


@pytest.mark.django_db
def test_a_row_that_somebody_moved_meanwhile_is_left_alone():
    row = at_state.draft(RARA)
    stale = Registration.objects.get(pk=row.pk)
    withdraw(row)
    with pytest.raises(StaleState, match="left draft meanwhile"):
        move(row=stale, along=REGISTRATION, event="expire", by=SYSTEM, now=MORNING)
    assert Registration.objects.get(pk=row.pk).state == "withdrawn"
    assert (
        AuditEvent.objects.filter(event__in=("registration.withdrawn", "registration.expired")).count() == 1
    )


@pytest.mark.django_db
def test_the_database_itself_refuses_a_change_that_is_not_declared():
    row = at_state.draft(RARA)
    for target in ("in_check", "verified", "returned"):
        with pytest.raises(InternalError, match="Invalid transition"), transaction.atomic():
            Registration.objects.filter(pk=row.pk).update(state=target)
    Registration.objects.filter(pk=row.pk).update(state="withdrawn")
    with pytest.raises(InternalError, match="Invalid transition"), transaction.atomic():
        Registration.objects.filter(pk=row.pk).update(state="draft")


def test_of_twenty_who_move_one_row_exactly_one_does(committed_db):
    made = at_state.draft(RARA)
    copies = [Registration.objects.select_related("donor").get(pk=made.pk) for _ in range(20)]

    answers = at_once([lambda row=row: withdraw(row) for row in copies])

    assert [type(answer) for answer in answers].count(StaleState) == 19
    assert answers.count(None) == 1
    assert AuditEvent.objects.filter(event="registration.withdrawn").count() == 1
