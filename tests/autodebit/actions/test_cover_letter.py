"""The cover letter is made once, kept as a document, and the same ever after."""

import pytest

from autodebit.actions import cover_letter
from autodebit.actions.cover_letter import letter_of, make, open_letter
from autodebit.actions.delivery import confirm_void, request_void
from autodebit.models import BankProfile, Batch
from registry.actions import documents
from registry.models import AuditEvent, Document
from tests.autodebit.ceremony import NOTED_AT, approved_batch, handed_over, sealed_batch
from tests.autodebit.population import make_staff
from tests.autodebit.together import together

pytestmark = pytest.mark.django_db


@pytest.fixture
def sealed(profile, approvers, operator) -> Batch:
    return sealed_batch(approvers, operator)


def test_the_letter_says_what_the_batch_and_its_files_say(sealed):
    letter = letter_of(sealed)
    assert (letter.count, letter.total, letter.content_hash) == (
        sealed.count,
        sealed.total,
        sealed.content_hash,
    )
    assert {file.sha256 for file in letter.files} == set(sealed.files.values_list("sha256", flat=True))
    assert letter.approvers == ("Contoh Penyetuju1", "Contoh Penyetuju2")
    assert (letter.place, letter.sealed_by) == ("Semarang", "Contoh Operator")
    assert letter.account == sealed.profile.creditor_account


def test_the_first_demand_makes_it_and_later_ones_serve_the_same_bytes(sealed, operator, settings):
    first = open_letter(batch_id=sealed.pk, by=operator, now=NOTED_AT)
    BankProfile.objects.update(creditor_name="NAMA LAIN")
    auditor = make_staff("auditor", "auditor")
    assert open_letter(batch_id=sealed.pk, by=auditor, now=NOTED_AT) == first
    kept = Batch.objects.get().cover_letter
    assert (kept.kind, kept.content_type) == ("cover_letter", "application/pdf")
    assert documents.read(kept.sha256) == first and first.startswith(b"%PDF-")
    assert Document.objects.filter(kind="cover_letter").count() == 1
    opened = AuditEvent.objects.filter(event="paper.opened")
    assert {line.actor_user.username for line in opened} == {"operator", "auditor"}


def test_the_batch_that_was_delivered_can_still_be_given_its_letter(sealed, operator):
    handed_over(sealed, operator)
    assert open_letter(batch_id=sealed.pk, by=operator, now=NOTED_AT).startswith(b"%PDF-")


def test_before_sealing_and_after_voiding_there_is_none_to_make(profile, approvers, operator):
    batch = approved_batch(approvers)
    assert make(batch_id=batch.pk, by=operator, now=NOTED_AT).code == "not_sealed"


def test_a_voided_batch_keeps_its_letter_but_is_given_none(sealed, operator, approvers):
    request_void(batch_id=sealed.pk, reason="Nama salah", by=operator, now=NOTED_AT)
    confirm_void(batch_id=sealed.pk, by=approvers[0], now=NOTED_AT)
    assert make(batch_id=sealed.pk, by=operator, now=NOTED_AT).code == "not_sealed"


def test_the_letter_needs_the_right_to_the_files(sealed, approvers):
    assert open_letter(batch_id=sealed.pk, by=approvers[0], now=NOTED_AT).code == "right_missing"
    assert not Document.objects.filter(kind="cover_letter").exists()


def test_a_full_disk_leaves_no_letter_and_says_so(sealed, operator, monkeypatch):
    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cover_letter.documents, "store", full)
    assert make(batch_id=sealed.pk, by=operator, now=NOTED_AT).code == "not_kept"
    assert Batch.objects.get().cover_letter is None


@pytest.mark.django_db(transaction=True)
def test_ten_who_ask_at_once_get_one_letter(committed_db):
    operator = make_staff("operator", "labour_operator")
    people = [make_staff(f"penyetuju{number}", "labour_approver") for number in range(2)]
    batch = sealed_batch(people, operator)
    answers = together(10, lambda _: make(batch_id=batch.pk, by=operator, now=NOTED_AT))
    assert len({answer.pk for answer in answers}) == 1
    assert Document.objects.filter(kind="cover_letter").count() == 1
