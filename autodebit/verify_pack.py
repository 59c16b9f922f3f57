"""Verifies an audit pack, alone: nothing but Python is needed, no database, no keys, no other file of the product.

    python verify_pack.py paket.zip            exit code 0: whole and consistent; 1: with the list of what is not
    python verify_pack.py paket.zip --sidik H  the manifest must have this SHA-256, as the journal noted it

1. Every member has the hash and size that the manifest says; none is missing, none is more; the manifest has its own.
2. Count, total and every reference agree in the manifest, the list of lines, each sealed file and the approvals.
3. Every debit that ended has the bank's word, the books have its money, and the statement explains it.
"""

import argparse
import csv
import hashlib
import io
import json
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

FORMAT, VERSION = "asn-peduli-audit-pack", 1
MANIFEST, MANIFEST_HASH, README = "manifest.json", "manifest.sha256", "README.txt"
LINES, MANDATES, APPROVALS = "baris.csv", "surat_kuasa.csv", "persetujuan.csv"
RESULT_LINES, HAND_ANSWERS = "jawaban/baris.csv", "jawaban/lewat_petugas.csv"
ENTRIES, ALLOCATIONS, JOURNAL, DIFFERENCE = "buku.csv", "mutasi.csv", "jurnal.csv", "selisih.csv"

TITLES = {
    LINES: ("rujukan", "jumlah", "status", "kode", "opd", "penagihan_ke"),
    MANDATES: (
        "rujukan", "nomor", "versi", "naskah", "sidik_pdf", "ditandatangani", "cara", "disetujui_pada",
        "sidik_tertanda",
    ),
    APPROVALS: ("revisi", "urutan", "oleh", "pada", "sidik_isi"),
    RESULT_LINES: ("berkas", "nomor", "rujukan", "hasil", "kode", "jumlah", "arti"),
    HAND_ANSWERS: ("rujukan", "hasil", "kode", "alasan", "sidik_bukti", "oleh", "pada"),
    ENTRIES: ("jenis", "jumlah", "rujukan", "setelah_disetor", "pada", "oleh", "catatan"),
    ALLOCATIONS: (
        "tanggal_buku", "jumlah_mutasi", "rujukan_bank", "rujukan_kami", "keterangan", "jenis", "jumlah", "penjelasan",
        "oleh", "pada", "sidik_mutasi",
    ),
    JOURNAL: ("pada", "peristiwa", "oleh", "rincian"),
    DIFFERENCE: ("perubahan", "sebab", "rujukan", "surat_kuasa", "opd", "bulan_lalu", "bulan_ini"),
}  # fmt: skip
_NEEDED = (README, LINES, MANDATES, APPROVALS, RESULT_LINES, HAND_ANSWERS, ENTRIES, ALLOCATIONS, JOURNAL)

LARGEST = 4 * 1024**3
_CHUNK = 1024 * 1024
_MOST_OF_A_KIND = 20
# What the bank's word makes of a line; a success may have been taken back later.
_ENDS = {"succeeded": ("succeeded", "returned"), "failed": ("failed",), "returned": ("returned",)}
_AGREED = ("reconciled", "closed")


class Broken(Exception):
    """The pack cannot be looked into any further; `str()` says why."""


class Deviations(list):
    """What is not as it should be, as Indonesian sentences; many of one kind are counted instead of listed."""

    def say(self, sentence: str) -> None:
        self.append(sentence)

    def say_each(self, sentences: Iterator[str]) -> None:
        self.extend(islice(sentences, _MOST_OF_A_KIND))
        rest = sum(1 for _ in sentences)
        if rest:
            self.append(f"... dan {rest} lagi yang serupa.")


def verify(pack: Any, manifest_sha256: str = "") -> list[str]:
    """Every deviation of a pack (a path or an open binary file); an empty list for a pack that is whole."""
    found = Deviations()
    try:
        with zipfile.ZipFile(pack) as archive:
            manifest = _manifest(archive, manifest_sha256, found)
            if _members(archive, manifest, found):
                _Content(archive, manifest, found).check()
    except Broken as why:
        found.say(str(why))
    except (
        OSError,
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
    ) as why:
        found.say(f"Paket tidak terbaca: rusak atau bukan ZIP ({type(why).__name__}).")
    except (LookupError, ValueError, TypeError, AttributeError, csv.Error, ElementTree.ParseError) as why:
        found.say(f"Isi paket tidak berbentuk seperti seharusnya ({type(why).__name__}: {str(why)[:80]}).")
    return list(found)


def _manifest(archive: zipfile.ZipFile, expected: str, found: Deviations) -> dict[str, Any]:
    names = [info.filename for info in archive.infolist()]
    for name in (MANIFEST, MANIFEST_HASH):
        if names.count(name) != 1:
            raise Broken(f"{name} tidak ada tepat satu kali.")
    if sum(info.file_size for info in archive.infolist()) > LARGEST:
        raise Broken("Isi paket terlalu besar untuk sebuah paket audit.")
    data = archive.read(MANIFEST)
    sha256 = hashlib.sha256(data).hexdigest()
    if archive.read(MANIFEST_HASH).decode("ascii", "replace").strip() != sha256:
        found.say(f"{MANIFEST} tidak sama dengan sidiknya di {MANIFEST_HASH}.")
    if expected and expected.strip().lower() != sha256:
        found.say(f"{MANIFEST} bukan yang dicatat jurnal: sidiknya {sha256}.")
    manifest = json.loads(data)
    if (manifest.get("format"), manifest.get("version")) != (FORMAT, VERSION):
        raise Broken("Ini bukan paket audit dengan bentuk yang dikenal.")
    return manifest


def _members(archive: zipfile.ZipFile, manifest: dict[str, Any], found: Deviations) -> bool:
    """Whether each member is there once with its hash and size, and nothing else is."""
    stated = manifest["members"]
    names = Counter(info.filename for info in archive.infolist())
    before = len(found)
    found.say_each(f"{name} tidak ada dalam paket." for name in sorted(stated) if name not in names)
    found.say_each(f"{name} wajib ada tetapi tidak terdaftar." for name in _NEEDED if name not in stated)
    extra = sorted(set(names) - set(stated) - {MANIFEST, MANIFEST_HASH})
    found.say_each(f"{name} tidak terdaftar di {MANIFEST}." for name in extra)
    found.say_each(f"{name} ada {number} kali." for name, number in names.items() if number > 1)
    for name in sorted(set(stated) & set(names)):
        size, sha256 = _measure(archive, name)
        if (size, sha256) != (stated[name]["size"], stated[name]["sha256"]):
            found.say(f"{name} berubah: sidik atau ukurannya tidak sama dengan {MANIFEST}.")
    return len(found) == before


def _measure(archive: zipfile.ZipFile, name: str) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    try:
        with archive.open(name) as member:
            while chunk := member.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError):
        return -1, "tidak terbaca"
    return size, digest.hexdigest()


class _Content:
    """The cross-checks between members whose hashes are right."""

    def __init__(self, archive: zipfile.ZipFile, manifest: dict[str, Any], found: Deviations) -> None:
        self.archive, self.manifest, self.found = archive, manifest, found
        self.batch = manifest["batch"]
        self.lines = {row["rujukan"]: row for row in self.rows(LINES)}
        self.amounts = [(row["rujukan"], int(row["jumlah"])) for row in self.lines.values()]

    def rows(self, name: str) -> Iterator[dict[str, str]]:
        with self.archive.open(name) as member:
            reader = csv.DictReader(io.TextIOWrapper(member, "utf-8", newline=""), strict=True)
            if tuple(reader.fieldnames or ()) != TITLES[name]:
                raise ValueError(f"judul kolom {name}")
            yield from reader

    def check(self) -> None:
        for part in (
            self.check_lines,
            self.check_files,
            self.check_approvals,
            self.check_results,
            self.check_money,
        ):
            part()

    def say_unless(self, holds: bool, sentence: str) -> None:
        if not holds:
            self.found.say(sentence)

    def check_lines(self) -> None:
        number = sum(1 for _ in self.rows(LINES))
        sums = (number, sum(amount for _, amount in self.amounts))
        self.say_unless(number == len(self.lines), f"{LINES}: ada rujukan yang tertulis dua kali.")
        stated = (self.batch["count"], self.batch["total"])
        self.say_unless(
            sums == stated,
            f"{LINES}: {sums[0]} baris Rp{sums[1]}, di manifest {stated[0]} baris Rp{stated[1]}.",
        )
        states: dict[str, list[int]] = {}
        for row in self.lines.values():
            known = states.setdefault(row["status"], [0, 0])
            known[0] += 1
            known[1] += int(row["jumlah"])
        told = {state: [sums["count"], sums["total"]] for state, sums in self.manifest["states"].items()}
        self.say_unless(states == told, f"{LINES}: banyaknya per status tidak sama dengan manifest.")
        mandates = [row["rujukan"] for row in self.rows(MANDATES)]
        self.say_unless(
            sorted(mandates) == sorted(self.lines),
            f"{MANDATES}: tidak memuat tepat satu surat kuasa per baris.",
        )

    def check_files(self) -> None:
        formats: dict[str, list[dict]] = {}
        for file in self.manifest["files"]:
            formats.setdefault(file["format"], []).append(file)
        self.say_unless(bool(formats), "Tidak ada berkas bank yang disegel dalam paket.")
        for name, files in formats.items():
            files.sort(key=lambda file: file["part"])
            parts = [file["part"] for file in files]
            self.say_unless(
                parts == list(range(1, files[0]["parts"] + 1)),
                f"Bagian berkas {name} tidak lengkap: {parts}.",
            )
            rest = iter(self.amounts)
            for file in files:
                self.check_file(file, list(islice(rest, file["count"])))
            self.say_unless(next(rest, None) is None, f"Berkas {name} tidak memuat semua baris.")

    def check_file(self, file: dict[str, Any], expected: list[tuple[str, int]]) -> None:
        member = file["member"]
        stated = self.manifest["members"].get(member, {}).get("sha256")
        self.say_unless(stated == file["sha256"], f"{member}: bukan berkas yang disegel.")
        data = self.archive.read(member)
        read = READERS.get(file["table"]["kind"])
        there = list(read(data, file["table"])) if read else None
        self.say_unless(
            there == expected, f"{member}: baris, urutan, atau jumlahnya tidak sama dengan {LINES}."
        )
        total = sum(amount for _, amount in expected)
        self.say_unless(
            (len(expected), total) == (file["count"], file["total"]),
            f"{member}: banyaknya atau jumlahnya tidak sama dengan manifest.",
        )

    def check_approvals(self) -> None:
        rows = [row for row in self.rows(APPROVALS) if row["revisi"] == str(self.batch["revision"])]
        persons = [row["oleh"] for row in rows]
        self.say_unless(
            len(rows) == len(set(persons)) == 2 and self.batch["maker"] not in persons,
            f"{APPROVALS}: tidak ada tepat dua penyetuju yang berbeda dan bukan penyusunnya.",
        )
        self.say_unless(
            all(row["sidik_isi"] == self.batch["content_hash"] for row in rows),
            f"{APPROVALS}: yang disetujui bukan isi yang disegel.",
        )

    def check_results(self) -> None:
        counts: Counter[str] = Counter()
        ends: dict[str, set[str]] = {}
        wrong: list[str] = []
        applied = {file["member"] for file in self.manifest["results"] if file["state"] == "applied"}
        for row in self.rows(RESULT_LINES):
            counts[row["berkas"]] += 1
            line = self.lines.get(row["rujukan"])
            if line is None or row["berkas"] not in applied or row["arti"] != "applies":
                continue
            ends.setdefault(row["rujukan"], set()).add(row["hasil"])
            if line["status"] not in _ENDS.get(row["hasil"], ()):
                wrong.append(row["rujukan"])
        for row in self.rows(HAND_ANSWERS):
            ends.setdefault(row["rujukan"], set()).add(row["hasil"])
        self.found.say_each(f"Baris {reference}: statusnya bukan jawaban bank." for reference in wrong)
        unproven = (
            f"Baris {reference}: tidak ada jawaban bank yang membuktikan statusnya."
            for reference, line in self.lines.items()
            if line["status"] in _ENDS and line["status"] not in ends.get(reference, ())
        )
        self.found.say_each(unproven)
        for file in self.manifest["results"]:
            self.say_unless(
                counts[file["member"]] == file["count"] or file["state"] not in ("previewed", "applied"),
                f"{file['member']}: banyaknya baris di {RESULT_LINES} tidak sama dengan manifest.",
            )
            stated = self.manifest["members"].get(file["member"], {}).get("sha256")
            self.say_unless(stated == file["sha256"], f"{file['member']}: bukan berkas jawaban yang dicatat.")

    def check_money(self) -> None:
        entries, of_lines = Counter(), {"collected": Counter(), "returned": Counter()}
        for row in self.rows(ENTRIES):
            entries[row["jenis"]] += int(row["jumlah"])
            if row["jenis"] in of_lines:
                of_lines[row["jenis"]][row["rujukan"]] += int(row["jumlah"])
        for kind, sign, states in (
            ("collected", 1, ("succeeded", "returned")),
            ("returned", -1, ("returned",)),
        ):
            due = {
                reference: sign * int(line["jumlah"])
                for reference, line in self.lines.items()
                if line["status"] in states
            }
            self.say_unless(dict(of_lines[kind]) == due, f"{ENTRIES}: {kind} tidak sama dengan status baris.")
        explained = Counter()
        for row in self.rows(ALLOCATIONS):
            explained[row["jenis"]] += int(row["jumlah"])
        totals = self.manifest["totals"]
        for name, sums in (("entries", entries), ("allocations", explained)):
            self.say_unless(
                _plain(sums) == _plain(totals[name]), f"Jumlah {name} tidak sama dengan manifest."
            )
        # What the bank takes back later reaches the statement later; what came in is there before a batch agrees.
        agrees = self.batch["state"] not in _AGREED or entries["collected"] == explained["collected"]
        self.say_unless(agrees, f"{ALLOCATIONS}: potongan masuk tidak sama dengan {ENTRIES}.")


def _plain(sums: Any) -> dict[str, int]:
    return {kind: total for kind, total in sums.items() if total}


def _delimited(data: bytes, table: dict[str, Any]) -> Iterator[tuple[str, int]]:
    quoting = csv.QUOTE_NONE if table["quoting"] == "none" else csv.QUOTE_MINIMAL
    text = io.StringIO(data.decode(table["encoding"]), newline="")
    rows = list(csv.reader(text, delimiter=table["delimiter"], quoting=quoting, strict=True))
    return _between(rows, table, lambda row, place: row[place])


def _fixed(data: bytes, table: dict[str, Any]) -> Iterator[tuple[str, int]]:
    records = data.decode(table["encoding"]).split(table["line_end"])
    rows = [record for record in records if record]
    return _between(rows, table, lambda row, place: row[place[0] : place[1]])


def _sheet(data: bytes, table: dict[str, Any]) -> Iterator[tuple[str, int]]:
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        name = next(name for name in book.namelist() if name.startswith("xl/worksheets/sheet"))
        root = _xml(book.read(name))
    rows = [
        ["".join(cell.itertext()) for cell in row if _tag(cell) == "c"]
        for row in root.iter()
        if _tag(row) == "row"
    ]
    return _between(rows, table, lambda row, place: row[place])


def _between(rows: list, table: dict[str, Any], cell: Callable) -> Iterator[tuple[str, int]]:
    for row in rows[table["front"] : len(rows) - table["back"]]:
        yield cell(row, table["reference"]).strip(), _amount(cell(row, table["amount"]).strip(), table)


def _amount(text: str, table: dict[str, Any]) -> int:
    if table["group_mark"]:
        text = text.replace(table["group_mark"], "")
    if table["decimals"]:
        ending = table["decimal_mark"] + "0" * table["decimals"]
        if not text.endswith(ending):
            raise ValueError("jumlah di berkas bank bukan rupiah bulat")
        text = text[: -len(ending)]
    return int(text)


def _pain008(data: bytes, table: dict[str, Any]) -> Iterator[tuple[str, int]]:
    for transaction in _xml(data).iter():
        if _tag(transaction) != "DrctDbtTxInf":
            continue
        values = {_tag(node): (node.text or "").strip() for node in transaction.iter()}
        whole, _, cents = values["InstdAmt"].partition(".")
        if cents.strip("0"):
            raise ValueError("jumlah di berkas bank bukan rupiah bulat")
        yield values["EndToEndId"], int(whole)


def _xml(data: bytes) -> ElementTree.Element:
    if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data:
        raise ValueError("XML dengan DTD")
    return ElementTree.fromstring(data)


def _tag(node: ElementTree.Element) -> str:
    return str(node.tag).rpartition("}")[2]


READERS: dict[str, Callable] = {
    "delimited": _delimited,
    "fixed": _fixed,
    "sheet": _sheet,
    "pain008": _pain008,
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Memeriksa paket audit tanpa basis data.")
    parser.add_argument("pack", type=Path, help="berkas ZIP paket audit")
    parser.add_argument("--sidik", default="", help="SHA-256 manifest.json menurut jurnal")
    given = parser.parse_args(arguments)
    found = verify(given.pack, given.sidik)
    for sentence in found:
        print(f"- {sentence}")
    print(f"{given.pack.name}: " + (f"{len(found)} penyimpangan." if found else "utuh dan saling cocok."))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
