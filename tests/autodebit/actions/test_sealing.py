import hashlib
import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from autodebit.actions.approval import approve
from autodebit.actions.batches import open_due
from autodebit.actions.build import build
from autodebit.actions.rendering import layout_of, parts_of, render
from autodebit.actions.sealing import download, message_id, request_seal, seal
from autodebit.formats import FORMATS
from autodebit.models import Attempt, BankFile, BankProfile, Batch
from autodebit.queries import lines_of
from registry.actions import documents
from registry.models import AuditEvent
from tests.autodebit.population import AFTER, MandateSpec, WorkerSpec, make_mandates, make_staff

pytestmark = pytest.mark.django_db

LATER = AFTER + timedelta(hours=1)


@pytest.fixture
def approved(profile, approvers) -> Batch:
    make_mandates(
        [MandateSpec(), MandateSpec(workers=[WorkerSpec(), WorkerSpec()], ceiling=40_000), MandateSpec()]
    )
    return approved_batch(approvers)


def approved_batch(approvers) -> Batch:
    batch = build(batch_id=open_due(now=AFTER).pk, now=AFTER)
    for person in approvers:
        batch = approve(
            batch_id=batch.pk, revision=batch.revision, content_hash=batch.content_hash, by=person, now=AFTER
        )
    return batch


def sealed(batch: Batch, operator) -> Batch:
    request_seal(batch_id=batch.pk, by=operator, now=LATER)
    answer = seal(batch_id=batch.pk, now=LATER)
    assert isinstance(answer, Batch), answer
    return answer


def test_a_sealed_batch_has_one_file_of_each_format_that_says_what_the_batch_says(approved, operator):
    batch = sealed(approved, operator)
    assert (batch.state, batch.sealed_at) == ("sealed", LATER)
    files = {file.format: file for file in batch.files.all()}
    assert set(files) == set(batch.profile.layouts)
    for name, file in files.items():
        data = documents.read(file.sha256)
        back = FORMATS[name].read_back(io.BytesIO(data), layout_of(batch.profile, name))
        assert (file.count, file.total) == (back.count, back.total) == (batch.count, batch.total)
        assert back.references == tuple(lines_of(batch).values_list("reference", flat=True))
        assert hashlib.sha256(data).hexdigest() == file.sha256
        assert not back.findings
    assert files["bank_csv"].name == "BANKJATENG_AUTODEBET_2026-12_G01_01.csv"
    assert files["pain008"].name == "BANKJATENG_PAIN008_2026-12_G01_01.xml"


def test_the_lines_stay_approved_until_they_are_handed_over(approved, operator):
    sealed(approved, operator)
    assert set(Attempt.objects.values_list("state", flat=True)) == {"approved"}


def test_the_files_carry_the_moment_and_number_that_the_batch_keeps(approved, operator):
    batch = sealed(approved, operator)
    xml = documents.read(batch.files.get(format="pain008").sha256).decode()
    assert f"<MsgId>{message_id(batch)}</MsgId><CreDtTm>2026-11-26T17:01:00+07:00</CreDtTm>" in xml
    assert message_id(batch) == f"ASN-2026-12-G01-R1-{batch.pk.hex[:8].upper()}-01"


def test_sealing_twice_gives_the_same_files(approved, operator):
    sealed(approved, operator)
    before = list(BankFile.objects.values_list("id", "sha256"))
    assert seal(batch_id=approved.pk, now=LATER + timedelta(days=1)).state == "sealed"
    assert request_seal(batch_id=approved.pk, by=operator, now=LATER).state == "sealed"
    assert list(BankFile.objects.values_list("id", "sha256")) == before


def test_the_same_batch_renders_the_same_bytes_again(approved, operator):
    batch = sealed(approved, operator)
    (part,) = parts_of(batch)
    for file in batch.files.all():
        assert render(batch, part, file.format).written.sha256 == file.sha256


def test_nothing_is_sealed_before_somebody_asked(approved):
    assert seal(batch_id=approved.pk, now=LATER).state == "approved"
    assert not BankFile.objects.exists()


def test_only_an_operator_asks_and_only_for_an_approved_batch(profile, approvers, operator):
    make_mandates([MandateSpec()])
    frozen = build(batch_id=open_due(now=AFTER).pk, now=AFTER)
    assert request_seal(batch_id=frozen.pk, by=operator, now=LATER).code == "not_approved"
    assert request_seal(batch_id=frozen.pk, by=approvers[0], now=LATER).code == "right_missing"


def test_asking_twice_keeps_the_first_request(approved, operator):
    request_seal(batch_id=approved.pk, by=operator, now=LATER)
    request_seal(
        batch_id=approved.pk, by=make_staff("lain", "labour_operator"), now=LATER + timedelta(hours=1)
    )
    approved.refresh_from_db()
    assert (approved.seal_requested_by, approved.seal_requested_at) == (operator, LATER)
    assert AuditEvent.objects.filter(event="batch.seal_requested").count() == 1


def refused(batch: Batch, operator, now=LATER) -> Batch:
    """The batch after a sealing that had to be given up: approved, with a note, without request, without files."""
    request_seal(batch_id=batch.pk, by=operator, now=LATER)
    answer = seal(batch_id=batch.pk, now=now)
    batch = Batch.objects.get(pk=batch.pk)
    assert (batch.state, batch.build_note, batch.seal_requested_at) == ("approved", answer.message, None)
    assert not BankFile.objects.exists()
    return batch


def test_a_profile_that_is_not_complete_is_named_and_repaired_before_the_next_try(approved, operator):
    BankProfile.objects.update(creditor_account="")
    assert "Rekening penerima" in refused(approved, operator).build_note
    BankProfile.objects.update(creditor_account="0000000001")
    assert sealed(approved, operator).build_note == ""


def test_a_layout_with_faults_stops_the_sealing(approved, operator):
    layouts = BankProfile.objects.get().layouts
    BankProfile.objects.update(layouts={**layouts, "pain008": {}})
    assert refused(approved, operator).build_note.startswith("ISO 20022 pain.008.001.08:")


def test_a_line_that_does_not_fit_is_named_by_its_reference(profile, approvers, operator):
    make_mandates([MandateSpec(holder="小明")])
    batch = approved_batch(approvers)
    assert f"baris {Attempt.objects.get().reference}" in refused(batch, operator).build_note


def test_a_debit_date_that_is_over_asks_for_a_new_revision(approved, operator):
    assert "sudah lewat" in refused(approved, operator, now=AFTER + timedelta(days=7)).build_note


def test_a_file_that_reads_back_differently_is_not_kept(approved, operator, monkeypatch):
    real = FORMATS["bank_csv"].read_back

    def one_less(data, layout):
        back = real(data, layout)
        return type(back)(back.count - 1, back.total, back.references, back.digest)

    monkeypatch.setattr(FORMATS["bank_csv"], "read_back", one_less)
    assert "dibaca ulang" in refused(approved, operator).build_note


def test_a_full_disk_leaves_the_batch_approved(approved, operator, monkeypatch):
    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(documents, "store", full)
    assert "tempat penyimpanan penuh" in refused(approved, operator).build_note


def test_an_account_that_is_not_the_mandates_is_never_written(approved, operator):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE sponsorship_mandate DISABLE TRIGGER USER")
        cursor.execute("UPDATE sponsorship_mandate SET account_index = repeat('0', 64)")
    assert "tidak sama dengan yang disetujui" in refused(approved, operator).build_note


def test_every_download_gives_the_same_bytes_and_writes_one_line(approved, operator):
    file = sealed(approved, operator).files.get(format="bank_csv")
    first = download(file=file, by=operator, now=LATER)
    assert first == download(file=file, by=make_staff("auditor", "auditor"), now=LATER)
    assert hashlib.sha256(first).hexdigest() == file.sha256
    events = AuditEvent.objects.filter(event="bank_file.downloaded")
    assert {event.actor_user.username for event in events} == {"operator", "auditor"}
    assert {event.detail["sha256"] for event in events} == {file.sha256}


def test_a_download_needs_the_right(approved, operator, approvers):
    file = sealed(approved, operator).files.first()
    assert download(file=file, by=approvers[0], now=LATER).code == "right_missing"
    assert not AuditEvent.objects.filter(event="bank_file.downloaded").exists()


def test_one_flipped_bit_in_the_kept_file_is_not_served(approved, operator):
    file = sealed(approved, operator).files.first()
    path = documents.path_of(file.sha256)
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(documents.PaperDamaged):
        download(file=file, by=operator, now=LATER)


def test_no_account_number_lies_in_the_clear_on_disk(approved, operator, settings):
    sealed(approved, operator)
    accounts = [line.account.encode() for line in Attempt.objects.all()]
    kept = [path.read_bytes() for path in Path(settings.PAPERS_DIR).rglob("*") if path.is_file()]
    assert len(kept) == 2
    assert not any(account in data for account in accounts for data in kept)
