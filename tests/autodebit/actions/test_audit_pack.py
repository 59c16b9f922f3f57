import csv
import io
import json
import zipfile

import pytest

from autodebit.actions.audit_pack import make
from autodebit.actions.reference import DATA
from autodebit.actions.rendering import parts_of, render
from autodebit.models import BankFile, Entry
from autodebit.queries_pack import table_of
from autodebit.verify_pack import LINES, MANIFEST, READERS, TITLES, verify
from registry.actions import documents
from registry.models import AuditEvent
from tests.autodebit.bookkeeping import CLOSED_AT, credited
from tests.autodebit.population import make_staff
from tests.month import an_operator, answered_batch, applied, frozen_batch, person, references, sealed_batch

pytestmark = pytest.mark.django_db


def auditor():
    return person("auditor", "auditor")


def packed(batch, by=None, **more):
    return make(batch_id=batch.pk, by=by or auditor(), now=CLOSED_AT, **more)


def opened(pack) -> zipfile.ZipFile:
    return zipfile.ZipFile(pack.file)


def rows(archive: zipfile.ZipFile, name: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode())))


@pytest.fixture
def batch(profile):
    """Three debits: two succeeded, one failed; a credit with a fee kept back is explained."""
    made = answered_batch(3, ["succeeded", "failed AM04", "succeeded"])
    credited(made, 16_800, fee=500)
    made.refresh_from_db()
    return made


def test_a_pack_holds_everything_and_verifies(batch):
    pack = packed(batch)
    archive = opened(pack)
    assert verify(pack.file, pack.manifest_sha256) == []
    names = set(archive.namelist())
    assert {"README.txt", "penyerahan.json", "surat_pengantar.pdf", *TITLES} <= names
    assert {f"berkas_bank/{file.name}" for file in batch.files.all()} <= names
    assert any(name.startswith("jawaban/01_") for name in names)
    manifest = json.loads(archive.read(MANIFEST))
    assert (manifest["batch"]["count"], manifest["batch"]["total"]) == (batch.count, batch.total)
    assert manifest["totals"]["entries"] == {"collected": 16_800, "fee": -500}
    assert manifest["states"]["failed"] == {"count": 1, "total": 8_400}


def test_the_sealed_files_in_the_pack_are_the_sealed_bytes(batch):
    archive = opened(packed(batch))
    for file in batch.files.all():
        assert archive.read(f"berkas_bank/{file.name}") == documents.read(file.sha256)


def test_lines_mandates_and_approvals_are_told(batch):
    archive = opened(packed(batch))
    assert [row["rujukan"] for row in rows(archive, LINES)] == references(batch)
    attempt = batch.attempts.select_related("mandate").first()
    mandates = {row["rujukan"]: row for row in rows(archive, "surat_kuasa.csv")}
    assert mandates[attempt.reference]["sidik_pdf"] == attempt.mandate.pdf_sha256
    assert [row["oleh"] for row in rows(archive, "persetujuan.csv")] == ["penyetuju1", "penyetuju2"]
    assert "batch.sealed" in [row["peristiwa"] for row in rows(archive, "jurnal.csv")]
    assert [row["jumlah"] for row in rows(archive, "mutasi.csv")] == ["16800", "-500"]


def test_no_account_number_stands_in_what_we_add_to_the_sealed_files(batch):
    accounts = [line.account for line in batch.attempts.all()]
    archive = opened(packed(batch))
    for name in archive.namelist():
        if not name.startswith(("berkas_bank/", "surat_pengantar")):
            assert not any(account.encode() in archive.read(name) for account in accounts), name


def test_further_files_are_packed_and_hashed(batch):
    pack = packed(batch, attachments={"selisih.xlsx": b"lembar"})
    assert opened(pack).read("selisih.xlsx") == b"lembar"
    assert verify(pack.file) == []


def test_the_journal_keeps_the_hash_of_the_manifest(batch):
    pack = packed(batch)
    line = AuditEvent.objects.get(event="audit_pack.made", object_id=str(batch.pk))
    assert (line.detail["sha256"], line.detail["file"]) == (pack.manifest_sha256, pack.name)
    assert verify(pack.file, "0" * 64) == [
        f"manifest.json bukan yang dicatat jurnal: sidiknya {pack.manifest_sha256}."
    ]


def test_a_batch_that_is_sealed_only_can_be_packed(profile):
    pack = packed(sealed_batch())
    assert verify(pack.file) == []
    assert json.loads(opened(pack).read("penyerahan.json"))["delivery"] is None


def test_a_batch_before_its_sealing_is_refused(profile):
    assert packed(frozen_batch()).code == "not_sealed"
    assert not AuditEvent.objects.filter(event="audit_pack.made").exists()


@pytest.mark.parametrize("role", ["labour_viewer", "labour_operator", "administrator"])
def test_who_may_not_make_a_pack_gets_none(batch, role):
    assert packed(batch, by=make_staff("lain", role)).code == "right_missing"


def test_a_damaged_file_is_said_and_nothing_is_packed(batch):
    documents.path_of(BankFile.objects.first().sha256).unlink()
    assert packed(batch).code == "damaged"
    assert not AuditEvent.objects.filter(event="audit_pack.made").exists()


def test_a_late_return_told_with_a_later_batch_is_in_the_pack(batch):
    reference = Entry.objects.filter(kind="collected").first().attempt.reference
    applied(batch, {reference: "returned MD06"}, now=CLOSED_AT, name="RETUR.csv")
    pack = packed(batch)
    assert verify(pack.file) == []
    told = [row for row in rows(opened(pack), "jawaban/baris.csv") if row["hasil"] == "returned"]
    assert [row["rujukan"] for row in told] == [reference]


@pytest.mark.parametrize("lines", [3, 5])
def test_a_pack_of_fixed_width_files_in_parts_verifies(profile, lines):
    other = json.loads((DATA / "bank_contoh_profile.json").read_text())
    profile.layouts, profile.max_lines = {"fixed_width": other["formats"]["fixed_width"]}, 2
    profile.save()
    batch = sealed_batch(lines)
    assert batch.files.count() == (lines + 1) // 2
    pack = packed(batch)
    kinds = {file["table"]["kind"] for file in json.loads(opened(pack).read(MANIFEST))["files"]}
    assert (kinds, verify(pack.file)) == ({"fixed"}, [])


def test_references_and_amounts_of_a_sheet_are_read_alone(profile):
    other = json.loads((DATA / "bank_contoh_profile.json").read_text())
    batch = sealed_batch(3)
    batch.profile.layouts = other["formats"]
    (part,) = parts_of(batch)
    data = render(batch, part, "xlsx").data
    expected = [(reference, 8_400) for reference in references(batch)]
    assert list(READERS["sheet"](data, table_of(batch.profile, "xlsx"))) == expected


def test_nothing_of_a_pack_is_left_on_disk(batch, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    packed(batch, by=an_auditing_approver()).file.close()
    new = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert all("papers" in path.parts for path in new)


def an_auditing_approver():
    assert an_operator()
    return person("penyetuju1", "labour_approver")
