"""The glossary pairs every name in code with its Indonesian term; a name that is new, gone or reworded shows here."""

import re
from pathlib import Path

import pytest
from django.apps import apps

from autodebit.rules.lifecycle import LIFECYCLES as OF_COLLECTION
from registry.rules.lifecycle import Lifecycle
from registry.rules.roles import LABELS
from sponsorship.rules.lifecycle import LIFECYCLES as OF_PROMISE

PAGE = Path(__file__).resolve().parents[2] / "docs" / "glossary.md"
OWN_APPS = ("registry", "sponsorship", "autodebit", "opd_admin")
_ROW = re.compile(r"^\| (?P<term>[^|]+) \| `(?P<name>\w+)` \| (?P<meaning>[^|]+) \|$", re.MULTILINE)


def pairs_under(heading: str) -> list[tuple[str, str]]:
    """(name in code, Indonesian term) of each row of the table under a heading."""
    sections = re.split(r"^## (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert heading in sections, f"docs/glossary.md has no heading {heading!r}"
    return [(row["name"], row["term"]) for row in _ROW.finditer(sections[sections.index(heading) + 1])]


@pytest.mark.parametrize("lifecycle", [*OF_PROMISE, *OF_COLLECTION], ids=lambda lifecycle: lifecycle.name)
def test_every_state_stands_beside_the_label_that_users_read(lifecycle: Lifecycle):
    assert pairs_under(f"States: {lifecycle.name}") == [
        (state.value, state.label) for state in lifecycle.states
    ]


def test_every_role_stands_beside_the_label_that_users_read():
    assert pairs_under("Roles") == [(role.value, label) for role, label in LABELS.items()]


def test_every_record_is_named_once_and_no_other():
    models = [model.__name__ for app in OWN_APPS for model in apps.get_app_config(app).get_models()]

    assert sorted(name for name, _ in pairs_under("Records")) == sorted(models)


def test_no_indonesian_term_names_two_records():
    terms = [term for _, term in pairs_under("Records")]

    assert len(terms) == len(set(terms))
