"""Handing over, refusal and voiding: every line goes along, and nobody undoes what the bank has."""

from datetime import timedelta

import pytest
from django.db import connection

from autodebit.actions import delivery, waves
from autodebit.actions.batches import open_by_hand
from autodebit.actions.build import build
from autodebit.actions.delivery import confirm_void, refuse, request_void
from autodebit.actions.follow_ups import settle
from autodebit.models import Attempt, BankRefusal, Batch, Delivery, FollowUp, Obligation
from registry.actions import documents
from registry.models import AuditEvent, Document
from tests.at_state import photo_of
from tests.autodebit.ceremony import (
    HANDED_AT,
    NOTED_AT,
    SEALED_AT,
    approved_batch,
    handed_over,
    sealed_batch,
)
from tests.autodebit.population import PERIOD, make_staff

pytestmark = pytest.mark.django_db
HAND_OVER_QUERIES = (
    10  # right, savepoint, lock, turn, lines, obligations, delivery, batch, its refresh, journal, ...
)
LETTER = photo_of("Surat penolakan contoh")


@pytest.fixture
def sealed(profile, approvers, operator) -> Batch:
    return sealed_batch(approvers, operator)


@pytest.fixture
def delivered(sealed, operator) -> Batch:
    return handed_over(sealed, operator)


def states(model) -> set[str]:
    return set(model.objects.values_list("state", flat=True))


def test_a_hand_over_sends_every_line_and_opens_every_obligation(sealed, operator):
    assert (states(Attempt), states(Obligation)) == ({"approved"}, {"planned"})
    batch = handed_over(sealed, operator, receiver="  Contoh   Petugas ", note="lewat portal")
    assert batch.state == "delivered"
    assert (states(Attempt), states(Obligation)) == ({"sent"}, {"open"})
    kept = Delivery.objects.get()
    assert (kept.channel, kept.receiver, kept.receipt, kept.note) == (
        "portal",
        "Contoh Petugas",
        "TT-0001",
        "lewat portal",
    )
    assert (kept.by, kept.handed_at, kept.recorded_at) == (operator, HANDED_AT, NOTED_AT)
    line = AuditEvent.objects.get(event="batch.delivered")
    assert (line.actor_user, line.detail["lines"], line.detail["channel"]) == (
        operator,
        3,
        "Diunggah ke portal bank",
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"channel": "pigeon"}, "channel"),
        ({"receiver": "  x "}, "receiver"),
        ({"receiver": "x" * 121}, "receiver"),
        ({"receipt": "9" * 61}, "receipt"),
        ({"note": "y" * 301}, "note"),
        ({"handed_at": NOTED_AT + timedelta(seconds=1)}, "handed_at"),
        ({"handed_at": SEALED_AT - timedelta(minutes=1)}, "handed_at"),
    ],
)
def test_what_was_typed_wrongly_is_named_by_its_field_and_nothing_moves(sealed, operator, changes, field):
    assert handed_over(sealed, operator, **changes).field == field
    assert Batch.objects.get().state == "sealed" and not Delivery.objects.exists()


def test_the_minute_of_the_sealing_counts_as_after_it(sealed, operator):
    Batch.objects.update(sealed_at=SEALED_AT + timedelta(seconds=40))
    assert handed_over(sealed, operator, handed_at=SEALED_AT).state == "delivered"


def test_only_operators_hand_over_and_refuse(sealed, approvers):
    for person in (approvers[0], make_staff("auditor", "auditor"), make_staff("pengamat", "labour_viewer")):
        assert handed_over(sealed, person).code == "right_missing"
        refused = refuse(batch_id=sealed.pk, reason="Ditolak", evidence=LETTER, by=person, now=NOTED_AT)
        assert refused.code == "right_missing"
    assert Batch.objects.get().state == "sealed"


def test_a_batch_that_is_not_sealed_or_already_with_the_bank_is_not_handed_over(profile, approvers, operator):
    batch = approved_batch(approvers)
    assert handed_over(batch, operator).code == "wrong_state"
    assert states(Attempt) == {"approved"}


def test_a_second_hand_over_is_refused_and_the_first_record_stands(delivered, operator):
    assert handed_over(delivered, operator, receiver="Orang lain").code == "wrong_state"
    assert Delivery.objects.get().receiver == "Contoh Petugas Bank"


def test_a_line_that_is_missing_stops_the_whole_hand_over(sealed, operator):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE autodebit_attempt DISABLE TRIGGER USER")
    Attempt.objects.filter(pk=Attempt.objects.first().pk).update(state="released")
    assert handed_over(sealed, operator).code == "content_differs"
    assert Batch.objects.get().state == "sealed" and not Delivery.objects.exists()
    assert sorted(Attempt.objects.values_list("state", flat=True)) == ["approved", "approved", "released"]
    assert states(Obligation) == {"planned"}


def test_a_refused_file_frees_lines_and_obligations_and_keeps_the_cleaned_evidence(delivered, operator):
    batch = refuse(
        batch_id=delivered.pk, reason=" Kepala  berkas salah ", evidence=LETTER, by=operator, now=NOTED_AT
    )
    assert batch.state == "bank_rejected"
    assert (states(Attempt), states(Obligation)) == ({"released"}, {"planned"})
    refusal = BankRefusal.objects.get()
    assert (refusal.reason, refusal.by, refusal.at) == ("Kepala berkas salah", operator, NOTED_AT)
    assert (refusal.evidence.kind, refusal.evidence.content_type) == ("evidence", "image/jpeg")
    assert documents.read(refusal.evidence.sha256).startswith(b"\xff\xd8\xff")
    assert refusal.evidence.pages.count() == 1
    assert AuditEvent.objects.get(event="batch.bank_rejected").detail["released"] == 3


@pytest.mark.parametrize("kind", ["contradiction", "wrong_amount"])
def test_a_file_of_which_the_bank_said_that_it_took_something_is_not_refused_as_a_whole(
    delivered, operator, kind
):
    """The line still waits for a clear word; released, it would be debited a second time."""
    line = delivered.attempts.first()
    asked = FollowUp.objects.create(
        kind=kind,
        profile=delivered.profile,
        period=PERIOD,
        attempt=line,
        amount=line.amount,
        opened_at=NOTED_AT,
    )
    said = {"reason": "Kepala berkas salah", "evidence": LETTER, "by": operator, "now": NOTED_AT}
    assert refuse(batch_id=delivered.pk, **said).code == "answered"
    assert states(Attempt) == {"sent"}
    settle(
        follow_up_id=asked.pk, outcome="noted", reason="Bank menarik jawabannya", by=operator, now=NOTED_AT
    )
    assert refuse(batch_id=delivered.pk, **said).state == "bank_rejected"


def test_after_a_refusal_or_a_voiding_the_same_wave_is_built_anew_with_new_references(
    delivered, operator, profile
):
    before = set(Attempt.objects.values_list("reference", flat=True))
    refuse(batch_id=delivered.pk, reason="Kepala berkas salah", evidence=LETTER, by=operator, now=NOTED_AT)
    again = open_by_hand(profile=profile, period=PERIOD, by=operator, now=NOTED_AT)
    assert again.pk != delivered.pk and again.wave == 1
    again = build(batch_id=again.pk, now=NOTED_AT)
    assert (again.state, again.count) == ("frozen", 3)
    assert not before & set(Attempt.objects.filter(batch=again).values_list("reference", flat=True))


def test_the_banks_own_file_is_kept_as_it_is_when_this_house_has_read_it(delivered, operator):
    answer = b"<Document>RJCT</Document>"
    done = refuse(
        batch_id=delivered.pk,
        reason="Ditolak seluruhnya",
        evidence=answer,
        content_type="application/xml",
        by=operator,
        now=NOTED_AT,
    )
    assert done.state == "bank_rejected"
    assert documents.read(BankRefusal.objects.get().evidence.sha256) == answer


@pytest.mark.parametrize(
    ("reason", "evidence", "field"),
    [
        ("abc", LETTER, "reason"),
        ("x" * 301, LETTER, "reason"),
        ("Kepala berkas salah", b"", "evidence"),
        ("Kepala berkas salah", b"<script>alert(1)</script>", "evidence"),
        ("Kepala berkas salah", b"\xff\xd8\xff rusak", "evidence"),
        ("Kepala berkas salah", b"PK\x03\x04 word", "evidence"),
    ],
)
def test_a_refusal_without_reason_or_readable_evidence_changes_nothing(
    delivered, operator, reason, evidence, field
):
    before = Document.objects.count()
    done = refuse(batch_id=delivered.pk, reason=reason, evidence=evidence, by=operator, now=NOTED_AT)
    assert done.field == field
    assert Batch.objects.get().state == "delivered" and Document.objects.count() == before


def test_silence_may_turn_out_to_be_a_refusal_of_the_whole(delivered, operator):
    waves.mark_unknown(now=NOTED_AT + timedelta(days=10))
    assert set(delivered.attempts.values_list("state", flat=True)) == {"unknown"}
    done = refuse(batch_id=delivered.pk, reason="Berkas ditolak", evidence=LETTER, by=operator, now=NOTED_AT)
    assert done.state == "bank_rejected"
    assert set(delivered.attempts.values_list("state", flat=True)) == {"released"}
    said = FollowUp.objects.values_list("state", "outcome", "reason", "done_by")
    assert set(said) == {("done", "answered", "Berkas ditolak", operator.pk)}
    settled = AuditEvent.objects.filter(event="follow_up.settled", actor_user=operator)
    ids = {str(pk) for pk in FollowUp.objects.values_list("pk", flat=True)}
    assert {row.object_id for row in settled} == ids and len(settled) == len(ids) == 3
    assert settled[0].detail == {"kind": "unknown_answer", "outcome": "answered"}


@pytest.mark.parametrize("state", ["succeeded", "failed"])
def test_one_answered_line_forbids_the_refusal_of_the_whole(delivered, operator, state):
    Attempt.objects.filter(pk=Attempt.objects.first().pk).update(state=state)
    done = refuse(
        batch_id=delivered.pk, reason="Ditolak seluruhnya", evidence=LETTER, by=operator, now=NOTED_AT
    )
    assert done.code == "answered"
    assert sorted(Attempt.objects.values_list("state", flat=True)) == sorted([state, "sent", "sent"])


def test_a_full_disk_leaves_the_refused_batch_delivered(delivered, operator, monkeypatch):
    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(delivery, "store", full)
    done = refuse(
        batch_id=delivered.pk, reason="Ditolak seluruhnya", evidence=LETTER, by=operator, now=NOTED_AT
    )
    assert done.code == "not_kept"
    assert Batch.objects.get().state == "delivered" and states(Attempt) == {"sent"}


def test_a_sealed_batch_is_not_refused_by_the_bank(sealed, operator):
    done = refuse(batch_id=sealed.pk, reason="Ditolak seluruhnya", evidence=LETTER, by=operator, now=NOTED_AT)
    assert done.code == "wrong_state"


def test_two_persons_void_a_sealed_batch_and_its_lines_are_released(sealed, operator, approvers):
    asked = request_void(batch_id=sealed.pk, reason="Nama berkas salah", by=operator, now=NOTED_AT)
    assert (asked.state, asked.void_requested_by, asked.void_reason) == (
        "sealed",
        operator,
        "Nama berkas salah",
    )
    assert confirm_void(batch_id=sealed.pk, by=operator, now=NOTED_AT).code == "own_request"
    done = confirm_void(batch_id=sealed.pk, by=approvers[0], now=NOTED_AT)
    assert (done.state, done.voided_by) == ("voided", approvers[0])
    assert (states(Attempt), states(Obligation)) == ({"released"}, {"planned"})
    assert AuditEvent.objects.get(event="batch.voided").detail["reason"] == "Nama berkas salah"
    assert done.files.count() == 2


def test_the_first_request_to_void_stands_whoever_asks_again(sealed, operator, approvers):
    request_void(batch_id=sealed.pk, reason="Nama berkas salah", by=operator, now=NOTED_AT)
    again = request_void(batch_id=sealed.pk, reason="Alasan yang lain", by=approvers[0], now=NOTED_AT)
    assert (again.void_requested_by, again.void_reason) == (operator, "Nama berkas salah")
    assert AuditEvent.objects.filter(event="batch.void_requested").count() == 1


def test_nobody_voids_what_nobody_asked_to_void(sealed, approvers):
    assert confirm_void(batch_id=sealed.pk, by=approvers[0], now=NOTED_AT).code == "not_requested"


def test_voiding_needs_a_reason_and_the_right(sealed, operator):
    auditor = make_staff("auditor", "auditor")
    assert request_void(batch_id=sealed.pk, reason="abcd", by=operator, now=NOTED_AT).field == "reason"
    assert (
        request_void(batch_id=sealed.pk, reason="Nama salah", by=auditor, now=NOTED_AT).code
        == "right_missing"
    )
    request_void(batch_id=sealed.pk, reason="Nama salah", by=operator, now=NOTED_AT)
    assert confirm_void(batch_id=sealed.pk, by=auditor, now=NOTED_AT).code == "right_missing"
    assert Batch.objects.get().state == "sealed"


def test_what_the_bank_has_is_not_voided_and_its_hand_over_ends_the_request(sealed, operator, approvers):
    request_void(batch_id=sealed.pk, reason="Nama berkas salah", by=operator, now=NOTED_AT)
    delivered = handed_over(sealed, operator)
    assert (delivered.void_requested_by, delivered.void_reason) == (None, "")
    assert confirm_void(batch_id=sealed.pk, by=approvers[0], now=NOTED_AT).code == "wrong_state"
    assert (
        request_void(batch_id=sealed.pk, reason="Nama salah", by=operator, now=NOTED_AT).code == "wrong_state"
    )
    assert states(Attempt) == {"sent"}


def test_a_batch_that_is_not_sealed_yet_is_reopened_not_voided(profile, approvers, operator):
    batch = approved_batch(approvers)
    asked = request_void(batch_id=batch.pk, reason="Nama berkas salah", by=operator, now=NOTED_AT)
    assert asked.code == "wrong_state"


@pytest.mark.parametrize("lines", [1, 3])
def test_a_hand_over_takes_the_same_number_of_queries_however_many_lines(
    profile, approvers, operator, lines, django_assert_num_queries
):
    batch = sealed_batch(approvers, operator, lines)
    with django_assert_num_queries(HAND_OVER_QUERIES):
        handed_over(batch, operator)
