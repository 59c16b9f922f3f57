"""A batch that is longer than one file of the bank: its parts, their names, numbers and sums."""

import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache

from autodebit import queries
from autodebit.actions import rendering
from autodebit.actions.approval import approve
from autodebit.actions.batches import open_due
from autodebit.actions.build import build
from autodebit.actions.rendering import layout_of, message_id, parts_of
from autodebit.actions.sealing import request_seal, seal
from autodebit.formats import FORMATS
from autodebit.models import Attempt, BankFile, BankProfile, Batch, ProfileRevision
from registry.actions import documents
from registry.models import Document
from registry.rules.finding import Finding
from tests.autodebit.population import AFTER, DISCOUNTED, MandateSpec, WorkerSpec, make_mandates

pytestmark = pytest.mark.django_db

LATER = AFTER + timedelta(hours=1)
TWO_WORKERS = MandateSpec(workers=[WorkerSpec(), WorkerSpec()], ceiling=40_000)


@pytest.fixture
def requested(profile, approvers, operator) -> Batch:
    """Five approved lines, two of them in a file at most, with the sealing asked for."""
    BankProfile.objects.update(max_lines=2)
    make_mandates([MandateSpec(), TWO_WORKERS, MandateSpec(), MandateSpec(), MandateSpec()])
    batch = build(batch_id=open_due(now=AFTER).pk, now=AFTER)
    for person in approvers:
        batch = approve(
            batch_id=batch.pk, revision=batch.revision, content_hash=batch.content_hash, by=person, now=AFTER
        )
    return request_seal(batch_id=batch.pk, by=operator, now=LATER)


def sealed(batch: Batch) -> Batch:
    answer = seal(batch_id=batch.pk, now=LATER)
    assert isinstance(answer, Batch), answer
    return answer


def read_back(file: BankFile):
    layout = layout_of(file.batch.profile, file.format)
    return FORMATS[file.format].read_back(io.BytesIO(documents.read(file.sha256)), layout)


def test_five_lines_at_two_a_file_are_three_parts_of_each_format(requested):
    batch = sealed(requested)
    assert list(batch.files.values_list("format", "part", "parts", "count", "name")) == [
        ("bank_csv", 1, 3, 2, "BANKJATENG_AUTODEBET_2026-12_G01_01.csv"),
        ("bank_csv", 2, 3, 2, "BANKJATENG_AUTODEBET_2026-12_G01_02.csv"),
        ("bank_csv", 3, 3, 1, "BANKJATENG_AUTODEBET_2026-12_G01_03.csv"),
        ("pain008", 1, 3, 2, "BANKJATENG_PAIN008_2026-12_G01_01.xml"),
        ("pain008", 2, 3, 2, "BANKJATENG_PAIN008_2026-12_G01_02.xml"),
        ("pain008", 3, 3, 1, "BANKJATENG_PAIN008_2026-12_G01_03.xml"),
    ]


@pytest.mark.parametrize("format_", ["bank_csv", "pain008"])
def test_the_parts_read_back_are_every_line_of_the_batch_once_in_its_order(requested, format_):
    batch = sealed(requested)
    parts = [read_back(file) for file in batch.files.filter(format=format_)]
    references = [reference for part in parts for reference in part.references]
    assert references == list(Attempt.objects.order_by("reference").values_list("reference", flat=True))
    assert sum(part.total for part in parts) == batch.total == 6 * DISCOUNTED
    assert [finding for part in parts for finding in part.findings] == []


def test_count_and_total_of_a_part_are_those_of_its_lines(requested):
    for file in sealed(requested).files.all():
        back = read_back(file)
        lines = Attempt.objects.filter(reference__in=back.references)
        assert (file.count, file.total) == (len(lines), sum(line.amount for line in lines))


def test_each_part_has_a_message_id_of_its_own_that_stands_in_the_file(requested):
    batch = sealed(requested)
    written = {}
    for file in batch.files.all():
        text = documents.read(file.sha256).decode()
        assert file.message_id == message_id(batch, file.part) and len(file.message_id) <= 35
        assert file.message_id in text
        if file.format == "pain008":
            (written[file.part],) = re.findall("<MsgId>(.*?)</MsgId>", text)
    assert len(set(written.values())) == 3
    assert written[2] == f"ASN-2026-12-G01-R1-{batch.pk.hex[:8].upper()}-02"


def test_the_longest_message_id_fits_the_standard():
    batch = Batch(period="2026-12", wave=99, revision=999)
    assert len(message_id(batch, 999)) == 33


@pytest.mark.parametrize(("lines", "sizes"), [(1, [1, 1, 1, 1, 1]), (4, [4, 1]), (5, [5]), (6, [5])])
def test_a_file_never_has_more_lines_than_the_bank_takes(requested, lines, sizes):
    BankProfile.objects.update(max_lines=lines)
    batch = sealed(requested)
    assert list(batch.files.filter(format="pain008").values_list("count", flat=True)) == sizes


def test_a_fault_in_a_later_part_leaves_no_file_and_nothing_on_disk(requested, settings, monkeypatch):
    real = FORMATS["pain008"].read_back
    calls = []

    def third_is_short(data, layout):
        calls.append(1)
        back = real(data, layout)
        return back if len(calls) < 3 else type(back)(0, 0, (), back.digest)

    monkeypatch.setattr(FORMATS["pain008"], "read_back", third_is_short)
    answer = seal(batch_id=requested.pk, now=LATER)
    assert answer.code == "not_written" and "dibaca ulang" in answer.message
    batch = Batch.objects.get()
    assert (batch.state, batch.seal_requested_at) == ("approved", None)
    assert not BankFile.objects.exists() and not Document.objects.filter(kind="bank_file").exists()
    assert [path for path in Path(settings.PAPERS_DIR).rglob("*") if path.is_file()] == []


def test_a_part_whose_references_are_not_those_of_the_database_is_refused(requested, monkeypatch):
    references = list(queries.references_of(requested))
    references[2], references[3] = references[3], references[2]
    monkeypatch.setattr(queries, "references_of", lambda batch: iter(references))
    assert "dibaca ulang" in seal(batch_id=requested.pk, now=LATER).message


def test_a_line_beyond_the_approved_ones_is_noticed_where_the_last_part_is_full(requested):
    requested.count = 4
    with pytest.raises(rendering.NotSealed, match="di luar kumpulan"):
        list(parts_of(requested))


def test_parts_that_are_not_the_whole_batch_together_are_refused(requested, monkeypatch):
    real = rendering.parts_of
    monkeypatch.setattr("autodebit.actions.sealing.parts_of", lambda batch: list(real(batch))[:2])
    assert "semua bagian" in seal(batch_id=requested.pk, now=LATER).message
    assert not BankFile.objects.exists()


def test_only_the_formats_of_the_profile_are_written(requested):
    layouts = BankProfile.objects.get().layouts
    BankProfile.objects.update(layouts={"pain008": layouts["pain008"]})
    assert set(sealed(requested).files.values_list("format", flat=True)) == {"pain008"}


def test_a_sealed_batch_names_the_latest_revision_of_its_profile(requested, operator):
    profile = BankProfile.objects.get()
    highest = profile.revisions.count() + 2
    for number in (highest, highest - 1):
        ProfileRevision.objects.create(
            profile=profile, number=number, content={}, sha256="0" * 64, by=operator, at=AFTER
        )
    assert sealed(requested).profile_revision.number == highest


def test_the_page_is_told_which_part_is_being_written(requested, monkeypatch):
    said = []
    monkeypatch.setattr(cache, "set", lambda key, value, timeout: said.append(value["label"]))
    sealed(requested)
    assert "Menulis, membaca ulang, dan menyimpan berkas (bagian 2 dari 3)" in said


def test_a_closed_gate_stops_the_sealing(requested, monkeypatch):
    closed = Finding("salary_not_landed", "Gaji belum dipastikan masuk: Contoh.")
    monkeypatch.setattr("autodebit.actions.gate.why_not_seal", lambda batch: closed)
    assert seal(batch_id=requested.pk, now=LATER) == closed
    assert not BankFile.objects.exists()
