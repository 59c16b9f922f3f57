import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import InternalError, connection, transaction

from registry.actions import audit
from registry.models import AuditEvent, Opd
from registry.rules.events import Event
from registry.rules.roles import Role
from tests import at_state
from tests.cast import MORNING, RARA

pytestmark = pytest.mark.django_db


def a_line() -> AuditEvent:
    office = Opd.objects.get(code="DINKES")
    audit.record(
        event=Event.REFERENCE_CHANGED,
        about=office,
        by=audit.SYSTEM,
        now=MORNING,
        opd_id=office.pk,
        column="name",
    )
    return AuditEvent.objects.get(event=Event.REFERENCE_CHANGED, detail={"column": "name"})


def test_a_line_says_when_what_about_what_by_whom():
    line = a_line()
    office = Opd.objects.get(code="DINKES")
    assert (line.at, line.event, line.object_type, line.object_id) == (
        MORNING,
        "reference.changed",
        "registry.opd",
        str(office.pk),
    )
    assert (line.actor_kind, line.actor_user, line.actor_donor, line.opd) == ("system", None, None, office)


def test_staff_and_donors_are_named_as_actors():
    clerk, donor = at_state.staff("petugas", Role.OPD_VERIFIER, "DINKES"), at_state.proven_donor(RARA)
    assert audit.actor_columns(clerk) == {"actor_kind": "staff", "actor_user": clerk}
    assert audit.actor_columns(donor) == {"actor_kind": "donor", "actor_donor": donor}


@pytest.mark.parametrize("nobody", [None, "", "admin", 7, AnonymousUser()])
def test_an_event_of_nobody_is_refused(nobody):
    with pytest.raises(TypeError):
        audit.record(event=Event.REFERENCE_CHANGED, about=Opd.objects.first(), by=nobody, now=MORNING)


def test_an_event_outside_the_vocabulary_is_refused():
    with pytest.raises(ValueError, match=r"batch\.burnt"):
        audit.record(event="batch.burnt", about=Opd.objects.first(), by=audit.SYSTEM, now=MORNING)


@pytest.mark.parametrize("change", [
    lambda line: AuditEvent.objects.filter(pk=line.pk).update(event="reference.loaded"),
    lambda line: AuditEvent.objects.filter(pk=line.pk).delete(),
    lambda line: line.delete(),
    lambda line: line.save(),
    lambda line: connection.cursor().execute("DELETE FROM registry_auditevent"),
    lambda line: connection.cursor().execute("UPDATE registry_auditevent SET detail = '{}'"),
])  # fmt: skip
def test_the_database_refuses_to_rewrite_the_journal(change):
    line = a_line()
    with pytest.raises(InternalError, match="append_only"), transaction.atomic():
        change(line)
    assert AuditEvent.objects.get(pk=line.pk).detail == {"column": "name"}
