from datetime import timedelta

import pytest

from registry.models import AuditEvent, Opd
from registry.rules.finding import Finding
from registry.rules.roles import Role
from sponsorship.actions.links import create_link, revoke_link, usable
from sponsorship.models import InvitationLink
from tests.at_state import staff
from tests.cast import MORNING

pytestmark = pytest.mark.django_db


@pytest.fixture
def rina():
    return staff("rina", Role.LABOUR_OPERATOR)


def make(rina, **more) -> InvitationLink:
    values = {"opd": Opd.objects.get(code="DINKES"), "label": " Apel ", "days": 30, "max_uses": 2, **more}
    return create_link(**values, by=rina, now=MORNING)


def test_a_link_opens_at_once_and_closes_at_its_hour(rina):
    link = make(rina)
    assert usable(link, MORNING) and usable(link, MORNING + timedelta(days=30, seconds=-1))
    assert not usable(link, MORNING + timedelta(days=30))
    assert (link.label, link.opd.code, link.created_by, len(link.token)) == ("Apel", "DINKES", rina, 12)


def test_a_link_closes_when_it_is_used_up(rina):
    link = make(rina)
    link.uses = 2
    assert not usable(link, MORNING)


def test_revoking_closes_at_once_and_is_told_once(rina):
    link = make(rina)
    revoked = revoke_link(link_id=link.pk, by=rina, now=MORNING)
    assert not usable(revoked, MORNING)
    assert isinstance(revoke_link(link_id=link.pk, by=rina, now=MORNING), Finding)
    events = AuditEvent.objects.filter(object_type="sponsorship.invitationlink").values_list(
        "event", "opd__code"
    )
    assert sorted(events) == [("link.created", "DINKES"), ("link.revoked", "DINKES")]


@pytest.mark.parametrize(
    ("days", "max_uses", "field"), [(0, 5, "days"), (367, 5, "days"), (5, 0, "max_uses")]
)
def test_a_link_without_end_or_use_is_refused(rina, days, max_uses, field):
    refused = make(rina, days=days, max_uses=max_uses)
    assert isinstance(refused, Finding) and refused.field == field
    assert not InvitationLink.objects.exists()


def test_tokens_are_never_the_same_and_have_no_letters_that_are_mistaken_for_digits(rina):
    tokens = {make(rina).token for _ in range(50)}
    assert len(tokens) == 50 and not set("".join(tokens)) & set("0o1liO")
