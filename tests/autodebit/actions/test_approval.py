from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from autodebit.actions.approval import approve, may_approve, reopen
from autodebit.actions.batches import open_by_hand, open_due
from autodebit.actions.build import build
from autodebit.models import Approval, Attempt, Batch
from registry.models import AuditEvent
from registry.rules.finding import Finding
from tests.autodebit.population import AFTER, DISCOUNTED, PERIOD, MandateSpec, make_mandates, make_staff

pytestmark = pytest.mark.django_db

LATER = AFTER + timedelta(hours=1)


@pytest.fixture
def frozen(profile) -> Batch:
    make_mandates([MandateSpec(), MandateSpec()])
    return build(batch_id=open_due(now=AFTER).pk, now=AFTER)


def say_yes(batch: Batch, by, **changes):
    seen = {"revision": batch.revision, "content_hash": batch.content_hash, "typed_total": batch.total}
    return approve(batch_id=batch.pk, by=by, now=LATER, **(seen | changes))


def test_the_first_approval_leaves_the_batch_frozen(frozen, approvers):
    answer = say_yes(frozen, approvers[0])
    assert (answer.state, frozen.approvals.count()) == ("frozen", 1)
    assert set(Attempt.objects.values_list("state", flat=True)) == {"frozen"}
    assert AuditEvent.objects.get(event="batch.approved_once").actor_user == approvers[0]


def test_the_second_approval_approves_the_batch_and_its_lines(frozen, approvers):
    say_yes(frozen, approvers[0])
    answer = say_yes(frozen, approvers[1])
    assert (answer.state, frozen.approvals.count()) == ("approved", 2)
    assert set(Attempt.objects.values_list("state", flat=True)) == {"approved"}
    assert AuditEvent.objects.get(event="batch.approved").actor_user == approvers[1]


def test_a_third_approval_has_no_place(frozen, approvers):
    for person in approvers:
        say_yes(frozen, person)
    assert say_yes(frozen, make_staff("ketiga", "labour_approver")).code == "not_frozen"
    assert Approval.objects.count() == 2


def test_one_person_does_not_approve_twice(frozen, approvers):
    say_yes(frozen, approvers[0])
    assert say_yes(frozen, approvers[0]).code == "already_approved"
    assert Batch.objects.get().state == "frozen"


def test_the_maker_does_not_approve_even_with_the_right(profile):
    maker = make_staff("dua-peran", "labour_operator", "labour_approver")
    make_mandates([MandateSpec()])
    batch = open_by_hand(profile=profile, period=PERIOD, by=maker, now=AFTER)
    batch = build(batch_id=batch.pk, now=AFTER)
    assert say_yes(batch, maker).code == "own_batch"
    assert not may_approve(batch, maker)


@pytest.mark.parametrize("role", ["labour_operator", "administrator", "auditor", "labour_viewer"])
def test_nobody_without_the_right_approves(frozen, role):
    assert say_yes(frozen, make_staff(role, role)).code == "right_missing"
    assert not Approval.objects.exists()


def test_who_reopened_the_batch_does_not_approve_its_new_revision(frozen, approvers):
    both = make_staff("dua-peran", "labour_operator", "labour_approver")
    reopen(batch_id=frozen.pk, reason="Periksa lagi", by=both, now=LATER)
    batch = build(batch_id=frozen.pk, now=LATER)
    assert (batch.maker, say_yes(batch, both).code) == (both, "own_batch")


def test_who_made_an_earlier_revision_does_not_approve_a_later_one(profile, operator):
    maker = make_staff("dua-peran", "labour_operator", "labour_approver")
    make_mandates([MandateSpec()])
    batch = open_by_hand(profile=profile, period=PERIOD, by=maker, now=AFTER)
    build(batch_id=batch.pk, now=AFTER)
    reopen(batch_id=batch.pk, reason="Periksa lagi", by=operator, now=LATER)
    batch = build(batch_id=batch.pk, now=LATER)
    assert (batch.maker, say_yes(batch, maker).code) == (operator, "own_batch")


@pytest.mark.parametrize("changes", [{"revision": 2}, {"content_hash": "0" * 64}])
def test_an_approval_of_what_is_no_longer_there_is_refused(frozen, approvers, changes):
    assert say_yes(frozen, approvers[0], **changes).code == "stale"


def test_an_approval_given_to_the_revision_before_does_not_count(frozen, approvers, operator):
    say_yes(frozen, approvers[0])
    reopen(batch_id=frozen.pk, reason="Satu baris keliru", by=operator, now=LATER)
    batch = build(batch_id=frozen.pk, now=LATER)
    assert say_yes(frozen, approvers[1]).code == "stale"
    assert say_yes(batch, approvers[1]).state == "frozen"
    assert say_yes(batch, approvers[0]).state == "approved"


def test_another_total_than_the_one_typed_is_refused_at_the_field(frozen, approvers):
    answer = say_yes(frozen, approvers[0], typed_total=frozen.total + 1)
    assert (answer.code, answer.field) == ("total_differs", "typed_total")


def test_lines_that_were_changed_behind_the_batch_are_not_approved(frozen, approvers):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE autodebit_attempt DISABLE TRIGGER USER")
        cursor.execute("UPDATE autodebit_attempt SET account_holder = 'Orang Lain' WHERE number = 1")
    assert say_yes(frozen, approvers[0]).code == "content_differs"


def test_the_database_refuses_an_approval_by_the_maker(frozen, operator):
    row = {"batch": frozen, "revision": 1, "content_hash": frozen.content_hash, "slot": 1, "at": LATER}
    with pytest.raises(IntegrityError, match="maker_does_not_approve"), transaction.atomic():
        Approval.objects.create(**row, by=operator, maker=operator)


def test_reopening_releases_the_lines_and_starts_a_new_revision(frozen, approvers, operator):
    for person in approvers:
        say_yes(frozen, person)
    batch = reopen(batch_id=frozen.pk, reason="  Ada  revisi data ", by=operator, now=LATER)
    assert (batch.state, batch.revision, batch.maker, batch.count, batch.content_hash) == (
        "open",
        2,
        operator,
        0,
        "",
    )
    assert set(Attempt.objects.values_list("state", flat=True)) == {"released"}
    assert AuditEvent.objects.get(event="batch.reopened").detail["reason"] == "Ada revisi data"


def test_reopening_needs_a_reason_the_right_and_a_batch_that_is_not_sealed(frozen, operator, approvers):
    assert reopen(batch_id=frozen.pk, reason=" x ", by=operator, now=LATER).code == "reason_missing"
    assert reopen(batch_id=frozen.pk, reason="Ada alasan", by=approvers[0], now=LATER).code == "right_missing"
    for person in approvers:
        say_yes(frozen, person)
    Batch.objects.filter(pk=frozen.pk).update(state="sealed")
    answer = reopen(batch_id=frozen.pk, reason="Ada alasan", by=operator, now=LATER)
    assert isinstance(answer, Finding) and answer.code == "too_late"


def test_the_page_offers_the_approval_to_whom_the_action_would_take_it_from(frozen, approvers, operator):
    assert may_approve(frozen, approvers[0]) and not may_approve(frozen, operator)
    say_yes(frozen, approvers[0])
    assert not may_approve(frozen, approvers[0]) and may_approve(frozen, approvers[1])
    assert frozen.total == 2 * DISCOUNTED
