"""Any change of a pack is found: each test changes one thing of a good one, and mends the hashes as a forger would."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from autodebit import verify_pack
from autodebit.actions.audit_pack import make
from autodebit.verify_pack import APPROVALS, ENTRIES, LINES, MANIFEST, MANIFEST_HASH, verify
from tests.autodebit.bookkeeping import CLOSED_AT, credited
from tests.month import answered_batch, person

# So that there is a database for the one pack that is made.
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def good(django_db_setup, django_db_blocker, tmp_path_factory):
    """The members of one real pack, by name; made once, its rows are rolled back."""
    from django.conf import settings
    from django.db import transaction

    kept = settings.PAPERS_DIR
    settings.PAPERS_DIR = tmp_path_factory.mktemp("papers")
    with django_db_blocker.unblock():
        try:
            with transaction.atomic():
                batch = answered_batch(3, ["succeeded", "failed AM04", "succeeded"])
                credited(batch, 16_800)
                pack = make(batch_id=batch.pk, by=person("auditor", "auditor"), now=CLOSED_AT)
                data = pack.file.read()
                transaction.set_rollback(True)
        finally:
            settings.PAPERS_DIR = kept
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(members: dict[str, bytes]) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out


def mended(
    members: dict[str, bytes], change: Callable[[dict], None] = lambda manifest: None
) -> dict[str, bytes]:
    """The members with a manifest that fits their bytes again, as a careful forger would leave it."""
    manifest = json.loads(members[MANIFEST])
    for name in manifest["members"]:
        data = members[name]
        manifest["members"][name] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    change(manifest)
    data = json.dumps(manifest).encode()
    return {**members, MANIFEST: data, MANIFEST_HASH: hashlib.sha256(data).hexdigest().encode()}


def edited(members: dict[str, bytes], name: str, old: str, new: str) -> dict[str, bytes]:
    data = members[name].decode()
    assert old in data
    return {**members, name: data.replace(old, new, 1).encode()}


def bank_csv(members: dict[str, bytes]) -> str:
    return next(name for name in members if name.startswith("berkas_bank/") and name.endswith(".csv"))


def pain008(members: dict[str, bytes]) -> str:
    return next(name for name in members if name.startswith("berkas_bank/") and name.endswith(".xml"))


def test_a_good_pack_has_no_deviation(good):
    assert verify(zipped(good)) == []
    assert verify(zipped(mended(good))) == []


def test_one_flipped_byte_of_any_member_is_found(good):
    for name, data in good.items():
        place = len(data) // 2
        broken = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        assert verify(zipped({**good, name: broken})), name


def test_one_flipped_byte_of_the_archive_is_found_wherever_it_matters(good):
    data = bytearray(zipped(good).getvalue())
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        places = [info.header_offset + 30 + len(info.filename) + 5 for info in archive.infolist()]
    for place in places:
        changed = bytearray(data)
        changed[place] ^= 0x10
        assert verify(io.BytesIO(bytes(changed)))


def test_a_missing_member_is_named(good):
    without = {name: data for name, data in good.items() if name != APPROVALS}
    assert verify(zipped(without)) == [f"{APPROVALS} tidak ada dalam paket."]


def test_an_extra_member_is_named(good):
    assert verify(zipped({**good, "catatan.txt": b"x"})) == [f"catatan.txt tidak terdaftar di {MANIFEST}."]


def test_a_changed_manifest_is_found(good):
    manifest = json.loads(good[MANIFEST])
    manifest["batch"]["total"] += 1
    changed = {**good, MANIFEST: json.dumps(manifest).encode()}
    found = verify(zipped(changed))
    assert found[0] == f"{MANIFEST} tidak sama dengan sidiknya di {MANIFEST_HASH}."
    assert any("di manifest 3 baris Rp25201" in sentence for sentence in found)


def test_a_manifest_made_anew_is_not_the_one_of_the_journal(good):
    sha256 = good[MANIFEST_HASH].decode().strip()
    anew = mended(good, lambda manifest: manifest.update(made_by="lain"))
    assert verify(zipped(anew)) == []
    assert len(verify(zipped(anew), sha256)) == 1
    assert verify(zipped(good), sha256) == []


@pytest.mark.parametrize("which", [bank_csv, pain008])
def test_an_amount_changed_in_a_sealed_file_is_found(good, which):
    name = which(good)
    assert any(name in sentence for sentence in verify(zipped(mended(edited(good, name, "8400", "8401")))))


def test_a_line_taken_out_of_a_sealed_file_is_found(good):
    name = bank_csv(good)
    lines = good[name].split(b"\r\n")
    changed = {**good, name: b"\r\n".join(lines[:2] + lines[3:])}
    assert any(name in sentence for sentence in verify(zipped(mended(changed))))


def test_an_amount_changed_in_the_lines_is_found(good):
    found = verify(zipped(mended(edited(good, LINES, ",8400,", ",8500,"))))
    assert any(sentence.startswith(f"{LINES}: 3 baris Rp25300") for sentence in found)


def test_a_failed_debit_that_is_called_succeeded_is_found(good):
    changed = edited(good, LINES, ",failed,AM04", ",succeeded,")
    found = verify(zipped(mended(changed)))
    assert any("statusnya bukan jawaban bank" in sentence for sentence in found)
    assert any(sentence.startswith(f"{ENTRIES}: collected") for sentence in found)


def test_an_approval_of_other_content_is_found(good):
    content = json.loads(good[MANIFEST])["batch"]["content_hash"]
    changed = edited(good, APPROVALS, content, "0" * 64)
    assert verify(zipped(mended(changed))) == [f"{APPROVALS}: yang disetujui bukan isi yang disegel."]


def test_one_person_who_approves_twice_is_found(good):
    changed = edited(good, APPROVALS, "penyetuju2", "penyetuju1")
    found = verify(zipped(mended(changed)))
    assert found == [f"{APPROVALS}: tidak ada tepat dua penyetuju yang berbeda dan bukan penyusunnya."]


def test_money_that_is_not_in_the_lines_is_found(good):
    changed = edited(good, ENTRIES, "collected,8400", "collected,9400")
    found = verify(zipped(mended(changed)))
    assert found[0] == f"{ENTRIES}: collected tidak sama dengan status baris."


def test_a_mandate_that_is_missing_is_found(good):
    lines = good["surat_kuasa.csv"].decode().splitlines(keepends=True)
    changed = {**good, "surat_kuasa.csv": "".join(lines[:-1]).encode()}
    assert verify(zipped(mended(changed))) == [
        "surat_kuasa.csv: tidak memuat tepat satu surat kuasa per baris."
    ]


def test_an_answer_that_is_another_file_is_found(good):
    name = next(name for name in good if name.startswith("jawaban/01_"))
    changed = {**good, name: good[name] + b" "}
    assert f"{name}: bukan berkas jawaban yang dicatat." in verify(zipped(mended(changed)))


@pytest.mark.parametrize("data", [b"", b"bukan ZIP", b"PK\x03\x04" + b"\x00" * 60])
def test_what_is_no_pack_is_said(data):
    (sentence,) = verify(io.BytesIO(data))
    assert sentence.startswith("Paket tidak terbaca")


def test_a_manifest_without_sense_is_said(good):
    for sense in (b"[]", b"{}", b"\xff", b'{"format": 1}', b"nul"):
        members = {**good, MANIFEST: sense, MANIFEST_HASH: hashlib.sha256(sense).hexdigest().encode()}
        assert verify(zipped(members))


def test_it_runs_alone_with_nothing_but_python(good, tmp_path):
    path = tmp_path / "paket.zip"
    path.write_bytes(zipped(good).getvalue())
    script = tmp_path / "periksa.py"
    script.write_text(Path(verify_pack.__file__).read_text())
    ran = subprocess.run(
        [sys.executable, "-I", "-S", script, path], capture_output=True, text=True, cwd=tmp_path
    )
    assert (ran.returncode, ran.stdout) == (0, "paket.zip: utuh dan saling cocok.\n")
    path.write_bytes(zipped({**good, "x": b""}).getvalue())
    ran = subprocess.run(
        [sys.executable, "-I", "-S", script, path], capture_output=True, text=True, cwd=tmp_path
    )
    assert ran.returncode == 1 and "x tidak terdaftar" in ran.stdout
