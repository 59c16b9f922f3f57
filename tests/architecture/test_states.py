"""Every state machine, tested from its own table: complete, documented, and kept by the database."""

import itertools

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from autodebit.models import Attempt, Batch, FollowUp, Obligation, Refund, ResultFile
from opd_admin.states import LIFECYCLES, document
from registry.rules.events import Event
from registry.rules.roles import Role
from sponsorship.models import Mandate, Registration, Sponsorship, WaitingWorker

MODELS = {
    "registration": Registration,
    "sponsorship": Sponsorship,
    "mandate": Mandate,
    "waiting": WaitingWorker,
    "obligation": Obligation,
    "attempt": Attempt,
    "batch": Batch,
    "result_file": ResultFile,
    "refund": Refund,
    "follow_up": FollowUp,
}
OWNERS = {"donor", "opd", "office", "bank", "system", "maker", "approver", "nobody"}
TONES = {"draft", "info", "wait", "good", "stop", "ended"}
EVERY = pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=lambda lifecycle: lifecycle.name)
PAIRS = [
    pytest.param(lifecycle, source, target, id=f"{lifecycle.name}-{source}-{target}")
    for lifecycle in LIFECYCLES
    for source, target in itertools.product(lifecycle.values(), repeat=2)
    if source != target
]


@EVERY
def test_every_state_has_an_owner_a_label_and_a_tone(lifecycle):
    for state in lifecycle.states:
        assert state.owner in OWNERS and state.tone in TONES and state.label, state
    labels = [state.label for state in lifecycle.states]
    assert len(set(labels)) == len(labels)


@EVERY
def test_every_transition_joins_known_states_and_has_a_journal_name_and_somebody_who_may(lifecycle):
    states = set(lifecycle.values())
    for move in lifecycle.transitions:
        assert move.sources and set(move.sources) <= states and move.target in states, move
        assert Event(move.audit) and move.who in {"system", *Role}, move


@EVERY
def test_only_states_that_are_nobodys_turn_or_the_end_are_terminal(lifecycle):
    nobodys = {state.value for state in lifecycle.states if state.owner == "nobody"}
    assert nobodys <= lifecycle.terminal()


@EVERY
def test_every_state_can_be_reached_from_the_first(lifecycle):
    reached, fresh = {lifecycle.initial}, {lifecycle.initial}
    while fresh:
        fresh = {target for source, target in lifecycle.pairs() if source in fresh} - reached
        reached |= fresh
    assert reached == set(lifecycle.values())


@EVERY
def test_an_event_from_one_state_leads_to_one_state_only(lifecycle):
    starts = [(move.event, source) for move in lifecycle.transitions for source in move.sources]
    assert len(starts) == len(set(starts))


def test_the_page_of_states_is_the_one_the_tables_give():
    """Refresh it with `manage.py states --write`."""
    assert (settings.BASE_DIR / "docs" / "states.md").read_text(encoding="utf-8") == document()


def test_every_machine_stands_on_a_table():
    assert set(MODELS) == {lifecycle.name for lifecycle in LIFECYCLES}
    for name, model in MODELS.items():
        lifecycle = next(one for one in LIFECYCLES if one.name == name)
        assert model._meta.get_field("state").choices == lifecycle.choices()


@pytest.mark.django_db
@pytest.mark.parametrize(("lifecycle", "source", "target"), PAIRS)
def test_the_database_lets_declared_moves_through_and_no_other(lifecycle, source, target):
    """On a bare copy of the table with the real trigger, so that each of its states can be set up without its story."""
    model = MODELS[lifecycle.name]
    table, trigger = model._meta.db_table, _fsm_trigger(model)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE machine (LIKE {table}) ON COMMIT DROP")
        for column in _columns(cursor):
            cursor.execute(f'ALTER TABLE machine ALTER "{column}" DROP NOT NULL')
        cursor.execute("INSERT INTO machine (state) VALUES (%s)", [source])
        cursor.execute(
            f"CREATE TRIGGER same_rule BEFORE UPDATE ON machine FOR EACH ROW {_condition(cursor, table, trigger)} "
            f"EXECUTE FUNCTION {trigger}()"
        )
        moved = _moves(cursor, target)
    assert moved is ((source, target) in lifecycle.pairs())


def _fsm_trigger(model) -> str:
    return next(trigger for trigger in model._meta.triggers if trigger.name.endswith("_moves")).get_pgid(
        model
    )


def _columns(cursor) -> list[str]:
    cursor.execute("SELECT attname FROM pg_attribute WHERE attrelid = 'machine'::regclass AND attnum > 0")
    return [row[0] for row in cursor.fetchall()]


def _condition(cursor, table: str, trigger: str) -> str:
    cursor.execute(
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = %s AND tgrelid = %s::regclass",
        [trigger, table],
    )
    definition = cursor.fetchone()[0]
    return (
        definition[definition.index(" WHEN ") : definition.index(" EXECUTE ")]
        if " WHEN " in definition
        else ""
    )


def _moves(cursor, target: str) -> bool:
    try:
        with transaction.atomic():
            cursor.execute("UPDATE machine SET state = %s", [target])
    except DatabaseError as refusal:
        assert "transition" in str(refusal).lower(), refusal
        return False
    return True
