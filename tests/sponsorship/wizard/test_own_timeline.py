"""What the journal tells a donor: one entry for what happened at once, offices named, papers that never counted not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from registry.actions import audit
from registry.actions.moves import move
from registry.rules.events import Event
from registry.rules.roles import Role
from sponsorship.actions import ending
from sponsorship.models import Sponsorship
from sponsorship.rules.lifecycle import SPONSORSHIP
from sponsorship.wizard.own_timeline import told
from tests import at_state
from tests.cast import BIMA, MORNING, PARJO, RARA

pytestmark = pytest.mark.django_db
LATER = MORNING + timedelta(hours=2)


@pytest.fixture
def verifier():
    return at_state.staff("pemeriksa", Role.OPD_VERIFIER, RARA.opd)


def titles(donor) -> list[str]:
    return [entry.title for entry in told(donor)]


def test_a_registration_is_told_step_by_step_without_names_of_persons(verifier):
    made = at_state.verified(RARA, verifier)
    entries = told(made.donor)
    assert [(entry.title, entry.who) for entry in entries] == [
        ("Pendaftaran dimulai", "Anda"),
        ("Dikirim ke OPD", "Anda"),
        ("Mulai diperiksa", "OPD"),
        ("Disetujui", "OPD"),
    ]
    assert all(entry.text == "" for entry in entries)
    assert entries[0].when == "20 November 2026, 09.00 WIB"


def test_several_registrations_are_told_apart_by_their_numbers(verifier):
    first = at_state.verified(RARA, verifier)
    second = at_state.submitted(replace(RARA, workers=(PARJO,)), LATER)
    texts = {entry.text for entry in told(first.donor)}
    assert texts == {f"Nomor {first.reference}", f"Nomor {second.reference}"}


def test_what_happens_to_several_workers_at_once_is_one_entry(verifier):
    made = at_state.verified(replace(RARA, workers=(*RARA.workers, PARJO)), verifier)
    for sponsorship in Sponsorship.objects.filter(donor=made.donor):
        also = {"pause_from": "2027-01"}
        move(row=sponsorship, along=SPONSORSHIP, event="pause", by=made.donor, now=LATER, also=also)
    pauses = [entry for entry in told(made.donor) if entry.title == "Dijeda"]
    assert [entry.text for entry in pauses] == ["Sutini Contoh, Parjo Contoh"]


def test_a_revocation_is_said_once_and_not_again_for_every_worker(verifier):
    made = at_state.verified(RARA, verifier)
    ending.revoke(by=made.donor, now=LATER)
    assert titles(made.donor)[-1] == "Surat kuasa dihentikan"
    assert "Perlindungan diakhiri" not in titles(made.donor)


def test_a_paper_that_was_given_up_before_it_counted_is_not_told(verifier):
    first = at_state.verified(RARA, verifier)
    at_state.submitted(replace(RARA, workers=(PARJO,)), LATER)
    ending.revoke(by=first.donor, now=LATER + timedelta(hours=1))
    assert titles(first.donor).count("Surat kuasa dihentikan") == 1


def test_nobody_reads_of_another_donor(verifier):
    mine, other = at_state.submitted(RARA), at_state.draft(BIMA)
    audit.record(event=Event.DONOR_MOVED, about=other.donor, by=other.donor, now=LATER)
    assert titles(mine.donor) == ["Pendaftaran dimulai", "Dikirim ke OPD"]
    assert titles(other.donor) == ["Pendaftaran dimulai", "Pindah OPD"]
