import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError as NoRedis

from autodebit.actions.approval import reopen
from autodebit.actions.batches import open_due
from autodebit.actions.build import build
from autodebit.actions.build_sql import DUE, MANDATES
from autodebit.actions.progress import done, say
from autodebit.labels import BUILD_STEPS, EXCLUSION
from autodebit.models import Attempt, Batch
from autodebit.queries import (
    content_of,
    exclusion_counts,
    lines_of,
    months_to_collect,
    office_totals,
    opened_lines,
    progress_of,
)
from tests.autodebit.population import AFTER, DISCOUNTED, MandateSpec, make_mandates

pytestmark = pytest.mark.django_db


@pytest.fixture
def frozen(profile) -> Batch:
    make_mandates(
        [
            MandateSpec(opd="DINKES"),
            MandateSpec(),
            MandateSpec(state="suspended"),
            MandateSpec(state="suspended"),
            MandateSpec(state="verified"),
        ]
    )
    return build(batch_id=open_due(now=AFTER).pk, now=AFTER)


def test_the_content_counts_only_the_present_revision(frozen, operator):
    reopen(batch_id=frozen.pk, reason="Periksa lagi", by=operator, now=AFTER)
    empty = content_of(Batch.objects.get())
    assert (empty.count, empty.total) == (0, 0)
    again = build(batch_id=frozen.pk, now=AFTER)
    assert content_of(again).count == 2 and Attempt.objects.count() == 4


def test_the_hash_is_independent_of_the_order_in_which_lines_were_stored(frozen):
    before = content_of(frozen).hash
    Attempt.objects.filter(pk=lines_of(frozen).first().pk).update(state="approved")
    assert content_of(frozen).hash == before


def test_the_lines_come_opened_in_the_order_of_their_references(frozen):
    rows = list(opened_lines(frozen))
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert {row[3] for row in rows} == {"0000000001", "0000000002"}
    assert {row[6] for row in rows} == {"DINKES", "DISDIK"}


def test_totals_by_office_and_exclusions_by_reason(frozen):
    assert office_totals(frozen) == [
        {"opd__name": "Dinas Kesehatan", "count": 1, "total": DISCOUNTED},
        {"opd__name": "Dinas Pendidikan", "count": 1, "total": DISCOUNTED},
    ]
    assert exclusion_counts(frozen) == [("suspended", 2), ("not_active", 1)]


def test_every_reason_of_the_rule_has_words():
    reasons = {part.split("'")[1] for part in (MANDATES + DUE).split("THEN ")[1:] if part.startswith("'")}
    assert len(reasons) >= 12 and reasons <= set(EXCLUSION)


def test_the_months_to_open_leave_out_what_is_made_or_too_late(profile):
    assert list(map(str, months_to_collect(profile, AFTER))) == ["2026-12", "2027-01"]
    open_due(now=AFTER)
    assert list(map(str, months_to_collect(profile, AFTER))) == ["2027-01"]


def test_progress_is_told_until_it_is_done_and_its_loss_is_no_loss(frozen, monkeypatch):
    say(frozen.pk, 3, BUILD_STEPS)
    assert progress_of(frozen.pk) == {"step": 3, "of": 6, "label": BUILD_STEPS[2]}
    done(frozen.pk)
    assert progress_of(frozen.pk) is None

    def gone(*_, **__):
        raise NoRedis("gone")

    monkeypatch.setattr(type(cache._connections[cache._alias]), "get", gone)
    assert progress_of(frozen.pk) is None
