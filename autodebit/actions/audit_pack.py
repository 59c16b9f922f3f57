"""The audit pack: everything about one batch in one ZIP that verifies without this product (autodebit.verify_pack)."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO, Self
from uuid import UUID

from django.db import transaction

from autodebit import queries_pack
from autodebit.actions import cover_letter
from autodebit.actions.batches import NOT_YOURS
from autodebit.models import Batch
from autodebit.verify_pack import FORMAT, MANIFEST, MANIFEST_HASH, README, TITLES, VERSION
from registry.actions import audit, documents
from registry.intake import unnamed_file
from registry.models import User
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import JAKARTA, Month, indonesian_date, wib

NOT_SEALED = Finding("not_sealed", "Paket audit baru dapat dibuat setelah berkas bank disegel.")
_DAMAGED = Finding("damaged", "Salah satu berkas yang disimpan rusak atau hilang. Hubungi administrator.")
_EVIDENCE_ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg"}
_ROWS_AT_ONCE = 1_000


@dataclass(frozen=True)
class Pack:
    """A finished pack. `file` is in anonymous memory and stands at its beginning; whoever serves it closes it."""

    name: str
    file: BinaryIO
    size: int
    manifest_sha256: str


def make(
    *, batch_id: UUID, attachments: Mapping[str, bytes] | None = None, by: User, now: datetime
) -> Pack | Finding:
    """Packs a batch that has been sealed: lines, mandates' hashes, approvals, sealed files, cover letter, delivery, the
    bank's answers, books, statement, difference, journal, and a manifest with the hash of each member.

    Nothing of it is written to disk. `attachments` are further files by their name. The journal keeps the manifest's
    hash, so that a manifest made anew with the rest is found out.
    """
    if not may(by, Right.MAKE_AUDIT_PACK):
        return NOT_YOURS
    with transaction.atomic():
        # Held, so that no answer of the bank changes the lines between one member and the next.
        batch = Batch.objects.select_for_update(of=("self",), no_key=True).get(pk=batch_id)
        if batch.sealed_at is None:
            return NOT_SEALED
        if batch.state in cover_letter.WITH_LETTER:
            letter = cover_letter.make(batch_id=batch_id, by=by, now=now)
            if isinstance(letter, Finding):
                return letter
            batch.refresh_from_db(fields=["cover_letter"])
        file = unnamed_file()
        try:
            sha256 = _write(batch, dict(attachments or {}), file, by, now)
        except documents.PaperDamaged:
            file.close()
            return _DAMAGED
        except BaseException:
            file.close()
            raise
        name = f"PAKET_AUDIT_{batch.period}_G{batch.wave:02d}_{batch.pk.hex[:8].upper()}.zip"
        about = {"file": name, "sha256": sha256, "revision": batch.revision}
        audit.record(event=Event.AUDIT_PACK_MADE, about=batch, by=by, now=now, **about)
        size = file.tell()
        file.seek(0)
        return Pack(name, file, size, sha256)


class _Writer:
    """A ZIP whose members are hashed while they are written."""

    def __init__(self, out: BinaryIO, now: datetime) -> None:
        self.archive = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED)
        self.moment = now.astimezone(JAKARTA).timetuple()[:6]
        self.members: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self.archive.close()

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        digest, size = hashlib.sha256(), 0
        with self.archive.open(self._info(name), "w", force_zip64=True) as member:
            for chunk in chunks:
                member.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        self.members[name] = {"sha256": digest.hexdigest(), "size": size}

    def finish(self, manifest: dict[str, Any]) -> str:
        data = json.dumps(
            {**manifest, "members": self.members}, ensure_ascii=False, indent=1, sort_keys=True
        ).encode()
        sha256 = hashlib.sha256(data).hexdigest()
        self.archive.writestr(self._info(MANIFEST), data)
        self.archive.writestr(self._info(MANIFEST_HASH), f"{sha256}\n".encode())
        self.archive.close()
        return sha256

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, self.moment)
        info.compress_type = zipfile.ZIP_DEFLATED
        return info


def _write(batch: Batch, attachments: dict[str, bytes], file: BinaryIO, by: User, now: datetime) -> str:
    with _Writer(file, now) as writer:
        return _fill(writer, batch, attachments, by, now)


def _fill(writer: _Writer, batch: Batch, attachments: dict[str, bytes], by: User, now: datetime) -> str:
    files = [_bank_file(row, batch) for row in batch.files.select_related("document")]
    results = [_result_file(number, row) for number, row in enumerate(queries_pack.results_of(batch), 1)]
    members = {row["id"]: row["member"] for row in results}
    for row in (*files, *results):
        writer.add(row["member"], [documents.read(row["sha256"])])
    for name, rows in queries_pack.tables_of(batch, members).items():
        writer.add(name, _csv(TITLES[name], rows))
    for name, data in (*_papers(batch), *attachments.items()):
        writer.add(name, [data])
    writer.add("penyerahan.json", [_json(_delivery(batch))])
    writer.add(README, [_readme(batch, by, now).encode()])
    return writer.finish(
        {
            "format": FORMAT,
            "version": VERSION,
            "made_at": now.isoformat(),
            "made_by": by.username,
            "batch": _head(batch),
            "files": files,
            "results": [{key: value for key, value in row.items() if key != "id"} for row in results],
            "states": queries_pack.states_of(batch),
            "totals": queries_pack.totals_of(batch),
        }
    )


def _head(batch: Batch) -> dict[str, Any]:
    return {
        "id": str(batch.pk),
        "bank": batch.profile_id,
        "period": batch.period,
        "wave": batch.wave,
        "revision": batch.revision,
        "state": batch.state,
        "count": batch.count,
        "total": batch.total,
        "content_hash": batch.content_hash,
        "collection_date": batch.collection_date.isoformat(),
        "maker": batch.maker.username if batch.maker else "",
        "frozen_at": _moment(batch.frozen_at),
        "sealed_at": _moment(batch.sealed_at),
        "profile_revision": batch.profile_revision and batch.profile_revision.number,
        "profile_sha256": batch.profile_revision and batch.profile_revision.sha256,
    }


def _bank_file(file, batch: Batch) -> dict[str, Any]:
    return {
        "member": f"berkas_bank/{file.name}",
        "format": file.format,
        "part": file.part,
        "parts": file.parts,
        "message_id": file.message_id,
        "sha256": file.sha256,
        "count": file.count,
        "total": file.total,
        "table": queries_pack.table_of(batch.profile, file.format, batch.profile_revision),
    }


def _result_file(number: int, file) -> dict[str, Any]:
    return {
        "id": file.pk,
        "member": f"jawaban/{number:02d}_{file.name}",
        "state": file.state,
        "sha256": file.sha256,
        "count": file.count,
        "total": file.total,
        "received_at": _moment(file.received_at),
        "applied_at": _moment(file.applied_at),
        "reason": file.reason,
    }


def _delivery(batch: Batch) -> dict[str, Any]:
    """How the files reached the bank, and whether it refused them."""
    said: dict[str, Any] = {"delivery": None, "refusal": None, "void": None}
    delivery, refusal = getattr(batch, "delivery", None), getattr(batch, "refusal", None)
    if delivery:
        said["delivery"] = {
            "channel": delivery.channel,
            "receiver": delivery.receiver,
            "receipt": delivery.receipt,
            "note": delivery.note,
            "by": delivery.by.username if delivery.by else "",
            "handed_at": _moment(delivery.handed_at),
            "recorded_at": _moment(delivery.recorded_at),
        }
    if refusal:
        said["refusal"] = {
            "reason": refusal.reason,
            "evidence_sha256": refusal.evidence.sha256,
            "by": refusal.by.username,
            "at": _moment(refusal.at),
        }
    if batch.state == "voided":
        said["void"] = {
            "requested_by": batch.void_requested_by.username,
            "confirmed_by": batch.voided_by.username,
            "reason": batch.void_reason,
        }
    return said


def _papers(batch: Batch) -> Iterator[tuple[str, bytes]]:
    if batch.cover_letter:
        yield "surat_pengantar.pdf", documents.read(batch.cover_letter.sha256)
    refusal = getattr(batch, "refusal", None)
    if refusal:
        ending = _EVIDENCE_ENDINGS.get(refusal.evidence.content_type, "bin")
        yield f"bukti_penolakan.{ending}", documents.read(refusal.evidence.sha256)


def _csv(titles: tuple[str, ...], rows: Iterable[tuple]) -> Iterator[bytes]:
    """UTF-8 text, a thousand rows at a time."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(titles)
    for number, row in enumerate(rows, 1):
        writer.writerow([_cell(value) for value in row])
        if number % _ROWS_AT_ONCE == 0:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def _cell(value: Any) -> str:
    """A text that a spreadsheet would run gets an apostrophe in front; numbers and moments are ours."""
    if isinstance(value, str):
        return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def _json(value: dict) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _moment(value: datetime | None) -> str | None:
    return value and value.isoformat()


def _readme(batch: Batch, by: User, now: datetime) -> str:
    return f"""PAKET AUDIT POTONGAN {Month.parse(batch.period).label().upper()}, GELOMBANG {batch.wave}
Bank {batch.profile.bank.name}, revisi {batch.revision}, {batch.count} baris, {rupiah(batch.total)}.
Status: {batch.get_state_display()}.
Dibuat {indonesian_date(now)} pukul {wib(now)} oleh {by.full_name or by.username}.

RAHASIA. Berkas bank di dalamnya memuat nama dan nomor rekening. Simpan terenkripsi, jangan diteruskan lewat surel.

Isi
  {MANIFEST}          daftar isi dengan sidik SHA-256, banyaknya, dan jumlah rupiah
  {MANIFEST_HASH}     sidik SHA-256 dari daftar isi itu
  baris.csv              setiap baris potongan: rujukan, jumlah, status
  surat_kuasa.csv        surat kuasa setiap baris: nomor, versi, sidik cetakan dan sidik yang ditandatangani
  persetujuan.csv        siapa menyetujui revisi dan sidik isi yang mana
  berkas_bank/           berkas yang disegel dan diserahkan ke bank
  penyerahan.json        penyerahan ke bank, penolakan, pembatalan
  jawaban/               berkas jawaban bank, barisnya, dan jawaban lewat petugas
  buku.csv               uang yang tercatat untuk kumpulan ini
  mutasi.csv             mutasi rekening penampung yang menjelaskannya
  selisih.csv            perubahan terhadap bulan sebelumnya
  jurnal.csv             riwayat kumpulan ini

Memeriksa
  python verify_pack.py NAMA_PAKET.zip --sidik SIDIK_MANIFEST_DARI_JURNAL
atau, dari dalam aplikasi:
  manage.py verify_pack NAMA_PAKET.zip
Pemeriksa hanya memerlukan Python. Ia menghitung ulang setiap sidik, membaca ulang berkas bank, dan mencocokkan
banyaknya dan jumlahnya dengan persetujuan, jawaban bank, dan buku. Kode keluar 0 berarti utuh, 1 ada yang tidak cocok.
Sidik {MANIFEST} dicatat di jurnal aplikasi (peristiwa "Paket audit dibuat"); cocokkan untuk memastikan paket ini asli.
"""
