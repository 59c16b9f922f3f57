"""The order of the steps, without any page."""

import pytest

from sponsorship.rules import completeness
from sponsorship.rules.completeness import Facts
from sponsorship.wizard.steps import (
    BY_SLUG,
    PARTS,
    STEPS,
    TERMS,
    Progress,
    barrier,
    first_open,
    following,
    preceding,
)

PAPERS = frozenset(completeness.REQUIRED_PAPERS)


def progress(**facts) -> Progress:
    made = Progress(registration=object())
    blank = {"has_person": False, "has_account": False, "workers": 0, "uncovered": (), "mandate_fits": False}
    made.facts = Facts(**{**blank, "papers": frozenset(), **facts})
    return made


DATA = {"has_person": True, "has_account": True, "workers": 1}
WAY = [
    ({}, "diri"),
    ({"has_person": True}, "rekening"),
    ({"has_person": True, "has_account": True}, "pekerja"),
    ({**DATA, "uncovered": ("Siti",)}, "kepesertaan"),
    (DATA, "periksa"),
    ({**DATA, "mandate_fits": True}, "cetak"),
    ({**DATA, "mandate_fits": True, "papers": frozenset({"signed_mandate"})}, "unggah"),
    ({**DATA, "mandate_fits": True, "papers": PAPERS}, "kirim"),
]


@pytest.mark.parametrize("facts, slug", WAY)
def test_who_comes_back_goes_on_at_the_first_step_that_is_missing(facts, slug):
    assert first_open(progress(**facts)).slug == slug


def test_who_has_proven_nothing_begins_with_the_contact():
    assert first_open(Progress(None)).slug == "kontak"
    assert [step.slug for step in STEPS if step.applies(Progress(None))] == ["kontak", "kode"]


@pytest.mark.parametrize("facts, slug", WAY)
def test_every_step_up_to_there_is_open_and_the_closed_ones_lead_to_what_is_missing(facts, slug):
    now = progress(**facts)
    reached = STEPS.index(BY_SLUG[slug])
    assert all(barrier(step, now) is None for step in STEPS[2 : reached + 1])
    for step in STEPS[reached + 1 :]:
        closed = barrier(step, now)
        assert closed is None or (closed.waits and not closed.complete(now))
    assert (barrier(BY_SLUG["kirim"], now) is None) == (slug == "kirim")


def test_the_way_back_is_the_way_there():
    now = progress(**DATA)
    for step in STEPS[2:-1]:
        assert preceding(following(step, now), now) == step
    assert preceding(BY_SLUG["diri"], now) is None
    assert preceding(TERMS, now).slug == "periksa"


def test_parts_are_counted_in_order_and_every_question_is_its_own():
    parts = [step.part for step in STEPS]
    assert parts == sorted(parts)
    assert set(parts) == set(range(1, PARTS + 1))
    assert 5 <= PARTS <= 7
    assert len({step.title for step in BY_SLUG.values()}) == len(BY_SLUG)
