"""Sending over SFTP: what arrived is handed over in the name of who asked, what did not leaves the batch sealed."""

import hashlib
from datetime import timedelta

import pgtrigger
import pytest

from autodebit import sftp, tasks
from autodebit.actions import sending
from autodebit.actions.delivery import confirm_void, request_void
from autodebit.actions.sending import is_offered, send
from autodebit.models import Attempt, Batch, Delivery, FollowUp
from registry.actions import documents
from registry.models import AuditEvent
from tests.autodebit.ceremony import HANDED_AT, approved_batch, handed_over, sealed_batch
from tests.autodebit.population import make_staff
from tests.autodebit.sftp_server import Bank, bank_server

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank(tmp_path, settings):
    with bank_server(tmp_path / "bank") as running:
        key_file = tmp_path / "our_key"
        running.client_key.write_private_key_file(str(key_file))
        settings.SFTP = {
            "host": "127.0.0.1",
            "port": running.port,
            "user": "peduli",
            "folder": "/masuk",
            "host_key": running.host_key,
            "key_file": str(key_file),
            "bank": "113",
            "format": "pain008",
        }
        yield running


@pytest.fixture
def sealed(profile, approvers, operator) -> Batch:
    return sealed_batch(approvers, operator)


def test_what_arrived_is_handed_over_by_the_person_who_asked(bank: Bank, sealed, operator):
    done = send(batch_id=sealed.pk, by=operator, now=HANDED_AT)
    assert done.state == "delivered"
    file = sealed.files.get(format="pain008")
    assert {name: hashlib.sha256(data).hexdigest() for name, data in bank.files().items()} == {
        file.name: file.sha256
    }
    kept = Delivery.objects.get()
    assert (kept.channel, kept.by, kept.receiver) == ("sftp", operator, "Server 127.0.0.1")
    assert HANDED_AT <= kept.handed_at < HANDED_AT + timedelta(minutes=1)
    assert set(Attempt.objects.values_list("state", flat=True)) == {"sent"}
    left = AuditEvent.objects.get(event="bank_file.downloaded")
    assert (left.actor_user, left.detail["sha256"], left.detail["channel"]) == (operator, file.sha256, "SFTP")


def test_sending_again_changes_nothing(bank, sealed, operator):
    send(batch_id=sealed.pk, by=operator, now=HANDED_AT)
    assert send(batch_id=sealed.pk, by=operator, now=HANDED_AT).code == "wrong_state"
    assert Delivery.objects.count() == 1 and len(bank.renamed) == 1


@pytest.mark.parametrize("fault", ["cut_after", "full_after", "spoil"])
def test_what_did_not_arrive_leaves_the_batch_sealed_with_a_note_and_can_be_sent_again(
    bank, sealed, operator, fault
):
    setattr(bank, fault, True if fault == "spoil" else 100)
    assert send(batch_id=sealed.pk, by=operator, now=HANDED_AT).code == "not_sent"
    batch = Batch.objects.get()
    assert (batch.state, bool(batch.build_note), Delivery.objects.exists()) == ("sealed", True, False)
    assert set(Attempt.objects.values_list("state", flat=True)) == {"approved"}
    setattr(bank, fault, False if fault == "spoil" else None)
    assert send(batch_id=sealed.pk, by=operator, now=HANDED_AT).state == "delivered"
    assert Batch.objects.get().build_note == ""


def test_a_file_of_that_name_with_other_content_is_not_overwritten_and_nothing_is_handed_over(
    bank, sealed, operator
):
    name = sealed.files.get(format="pain008").name
    (bank.folder / name).write_bytes(b"lain")
    assert "isi lain" in send(batch_id=sealed.pk, by=operator, now=HANDED_AT).message
    assert bank.files() == {name: b"lain"} and Batch.objects.get().state == "sealed"


def test_a_server_with_another_key_gets_nothing(bank, sealed, operator, settings):
    other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
    settings.SFTP = {**settings.SFTP, "host_key": other}
    assert send(batch_id=sealed.pk, by=operator, now=HANDED_AT).code == "not_sent"
    assert bank.files() == {} and Batch.objects.get().state == "sealed"


def test_a_damaged_sealed_file_never_leaves(bank, sealed, operator):
    documents.path_of(sealed.files.get(format="pain008").sha256).unlink()
    assert send(batch_id=sealed.pk, by=operator, now=HANDED_AT).code == "damaged"
    assert bank.files() == {} and Batch.objects.get().state == "sealed"


def test_a_batch_somebody_wants_voided_is_not_sent(bank, sealed, operator):
    request_void(batch_id=sealed.pk, reason="Nama berkas salah", by=operator, now=HANDED_AT)
    assert send(batch_id=sealed.pk, by=operator, now=HANDED_AT).code == "void_requested"
    assert bank.files() == {}


def test_a_further_wave_whose_debit_may_be_paid_already_is_not_sent(bank, sealed, operator):
    line = sealed.attempts.first()
    with pgtrigger.ignore("autodebit.Batch:batch_identity"):
        Batch.objects.filter(pk=sealed.pk).update(wave=2)
    FollowUp.objects.create(
        kind="contradiction", profile=sealed.profile, period=sealed.period, attempt=line, amount=line.amount,
        opened_at=HANDED_AT,
    )  # fmt: skip
    assert send(batch_id=sealed.pk, by=operator, now=HANDED_AT).code == "disputed"
    assert bank.files() == {} and Batch.objects.get().state == "sealed"


def test_a_debit_date_that_is_over_is_not_sent(bank, sealed, operator):
    assert send(batch_id=sealed.pk, by=operator, now=HANDED_AT + timedelta(days=9)).code == "date_over"
    assert bank.files() == {}


def test_while_it_is_on_the_way_nobody_voids_it_or_sends_it_a_second_time(
    bank, sealed, operator, approvers, monkeypatch
):
    real, seen = sftp.deliver, []

    def in_between(server, parcels):
        names = real(server, parcels)
        monkeypatch.setattr(sending, "take_turn", lambda _: False)
        seen.append(send(batch_id=sealed.pk, by=operator, now=HANDED_AT).code)
        return names

    monkeypatch.setattr(sftp, "deliver", in_between)
    assert send(batch_id=sealed.pk, by=operator, now=HANDED_AT).state == "delivered"
    assert seen == ["being_sent"]
    assert confirm_void(batch_id=sealed.pk, by=approvers[0], now=HANDED_AT).code == "wrong_state"


@pytest.mark.parametrize("role", ["labour_approver", "auditor", "labour_viewer", "administrator"])
def test_only_an_operator_sends(bank, sealed, role):
    assert send(batch_id=sealed.pk, by=make_staff(role, role), now=HANDED_AT).code == "right_missing"
    assert bank.files() == {}


def test_without_a_server_or_for_another_bank_nothing_is_offered_or_sent(sealed, operator, settings):
    settings.SFTP = None
    assert not is_offered(sealed)
    assert send(batch_id=sealed.pk, by=operator, now=HANDED_AT).code == "not_offered"
    settings.SFTP = {"bank": "999", "format": "pain008"}
    assert not is_offered(sealed)
    assert send(batch_id=sealed.pk, by=operator, now=HANDED_AT).code == "not_offered"


def test_a_format_the_batch_does_not_have_is_named_before_anything_leaves(bank, sealed, operator, settings):
    settings.SFTP = {**settings.SFTP, "format": "fixed_width"}
    assert send(batch_id=sealed.pk, by=operator, now=HANDED_AT).code == "no_files"


def test_only_sealed_batches_are_sent(bank, profile, approvers, operator):
    batch = approved_batch(approvers)
    assert send(batch_id=batch.pk, by=operator, now=HANDED_AT).code == "wrong_state"


def test_what_a_person_handed_over_meanwhile_is_not_sent(bank, sealed, operator):
    handed_over(sealed, operator)
    assert send(batch_id=sealed.pk, by=operator, now=HANDED_AT).code == "wrong_state"
    assert bank.files() == {}


def test_the_worker_sends_for_the_person_of_the_task(bank, sealed, operator, settings):
    settings.APP_NOW = HANDED_AT
    tasks.send_batch(str(sealed.pk), str(operator.pk))
    assert Delivery.objects.get().by == operator
