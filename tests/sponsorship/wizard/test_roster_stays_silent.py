"""A stranger must not learn from the product whether an NIP exists: a listed and an unlisted one see the same."""

import re
from dataclasses import replace

import pytest

from registry.actions.rosters import replace_roster
from registry.models import Message, Opd
from registry.rules.roles import Role
from registry.rules.roster import Line
from tests.at_state import staff
from tests.cast import MORNING, RARA
from tests.sponsorship.wizard.walk import Walk

pytestmark = pytest.mark.django_db
UNLISTED = replace(RARA, email="tamu@contoh.example", nip="199003152015032902", account="0001234568")
_PASSING = re.compile(r'name="(csrfmiddlewaretoken|form_token)" value="[^"]*"|nonce-\S+|[\d ]{4,}\d')


def seen_by(person) -> list[str]:
    walk = Walk(person).to("diri")
    walk.me()
    pages = [walk.get(slug) for slug in ("diri", "rekening", "pekerja")]
    return [_PASSING.sub("", page.content.decode()) for page in pages]


def test_a_listed_and_an_unlisted_nip_see_the_same_pages_and_get_the_same_messages():
    verifier = staff("verifier", Role.OPD_VERIFIER, "DINKES")
    office = Opd.objects.get(code="DINKES")
    replace_roster(opd=office, lines=[Line(RARA.nip, RARA.name)], sha256="0" * 64, by=verifier, now=MORNING)
    assert seen_by(RARA) == seen_by(UNLISTED)
    assert set(Message.objects.values_list("event", flat=True)) == {"one_time_code", "registration_started"}
