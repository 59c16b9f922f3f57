"""Random sequences of all acts over several months against a model of the written lifecycles.

RANDOM_MONTHS=500 plays so many sequences of 80 acts, from a new seed each time; without it the same few are played.
RANDOM_MONTHS_SHRINK=1 looks for the shortest sequence that fails, which takes minutes.
"""

import os
from functools import lru_cache

import pgtrigger
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from autodebit.actions import answer_sql, approval, consequences, delivery
from autodebit.models import Batch
from registry.actions import evidence
from registry.models import AuditEvent
from sponsorship import queries
from tests.autodebit.month_compare import Comparison
from tests.autodebit.month_money import RandomMonths
from tests.autodebit.month_promises import ChangingMonths
from tests.month import frozen_batch

LONG = int(os.environ.get("RANDOM_MONTHS", "0"))
SHRINK = (Phase.shrink,) if os.environ.get("RANDOM_MONTHS_SHRINK") else ()
SEQUENCES = settings(
    max_examples=LONG or 8,
    stateful_step_count=80 if LONG else 50,
    derandomize=not LONG,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, *SHRINK),
    report_multiple_bugs=False,
)


@pytest.fixture(autouse=True)
def one_paper_looked_at_once(monkeypatch):
    """Decoding the evidence costs a process each time; it is the same picture each time."""
    monkeypatch.setattr(evidence, "inspect", lru_cache(evidence.inspect))


@pytest.mark.django_db
def test_any_sequence_of_acts_leaves_product_and_model_in_agreement():
    run_state_machine_as_test(ChangingMonths, settings=SEQUENCES)


def larger_debits_are_not_booked(monkeypatch) -> None:
    known = consequences._IN_ORDER
    lazy = [text + " AND amount < 9000" if text == answer_sql.ENTRIES else text for text in known]
    assert list(known) != lazy
    monkeypatch.setattr(consequences, "_IN_ORDER", lazy)


def two_hands_approve_with_one(monkeypatch) -> None:
    monkeypatch.setattr(approval, "APPROVALS_NEEDED", 1)


def a_hand_over_forgets_the_obligations(monkeypatch) -> None:
    monkeypatch.setattr(delivery, "_move_obligations", lambda batch, event: None)


MUTATIONS = [
    larger_debits_are_not_booked,
    two_hands_approve_with_one,
    a_hand_over_forgets_the_obligations,
]


@pytest.mark.django_db
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_a_product_with_a_fault_is_found_out(monkeypatch, mutation):
    mutation(monkeypatch)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            RandomMonths, settings=settings(SEQUENCES, max_examples=40, derandomize=True)
        )


@pytest.mark.django_db
def test_a_change_that_reaches_back_into_a_closed_month_is_found_out(monkeypatch):
    known = queries.first_open_month
    monkeypatch.setattr(queries, "first_open_month", lambda *about: known(*about).previous())
    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            ChangingMonths, settings=settings(SEQUENCES, max_examples=40, derandomize=True)
        )


@pytest.mark.django_db
def test_a_history_that_was_rewritten_is_found_out():
    comparison = Comparison()
    frozen_batch(1)
    comparison.history_only_grows()
    with pgtrigger.ignore():
        AuditEvent.objects.filter(event="batch.opened").update(detail={})
    with pytest.raises(AssertionError, match="no longer what it was"):
        comparison.history_only_grows()


@pytest.mark.django_db
def test_a_step_that_no_lifecycle_declares_is_found_out():
    comparison = Comparison()
    batch = frozen_batch(1)
    comparison.steps_are_declared()
    with pgtrigger.ignore():
        Batch.objects.filter(pk=batch.pk).update(state="delivered")
    with pytest.raises(AssertionError, match="no lifecycle declares"):
        comparison.steps_are_declared()
