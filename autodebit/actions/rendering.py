"""One part of a sealed batch: its lines opened and checked once, written in every format, read back and compared.

A part is what fits into one file of the bank. Only one is in memory at a time; an account number never lies in a file
that is not encrypted.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from types import ModuleType

from autodebit import queries
from autodebit.formats import FORMATS
from autodebit.formats.lines import (
    BankParty,
    Creditor,
    DebitLine,
    FileHead,
    Layout,
    LineUnfit,
    ReadBack,
    WriterMismatch,
    Written,
    bank_word,
    file_name,
    head_findings,
)
from autodebit.labels import FORMAT
from autodebit.models import BankProfile, Batch
from registry import vault
from registry.rules.finding import Finding
from sponsorship.rules.months import Month


class NotSealed(Exception):
    """Ends a sealing: everything written so far is rolled back, and a person reads the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


@dataclass(frozen=True)
class Part:
    """The lines of one file, and their references as a query of its own tells them."""

    number: int
    of: int
    lines: list[DebitLine]
    references: tuple[str, ...]


@dataclass(frozen=True)
class Rendered:
    """One finished file, proven and not kept yet."""

    format: str
    name: str
    data: bytes
    head: FileHead
    written: Written


def parts_of(batch: Batch) -> Iterator[Part]:
    """The lines of the batch in the order of the files, `max_lines` of the profile at a time; call it in a transaction.

    Each line is proven to carry the account its mandate was printed with, and to fit every format of the profile.
    Raises NotSealed.
    """
    size = batch.profile.max_lines
    parts = -(-batch.count // size)
    lines, references = _checked_lines(batch), queries.references_of(batch)
    for number in range(1, parts + 1):
        yield Part(number, parts, list(islice(lines, size)), tuple(islice(references, size)))
    if next(lines, None) is not None:
        raise NotSealed(
            Finding("content_differs", "Ada baris di luar kumpulan yang disetujui. Hubungi administrator.")
        )


def render(batch: Batch, part: Part, name: str) -> Rendered:
    """One part in one format, written and read back. Raises NotSealed when the two are not the same (I8)."""
    format_, layout, head = FORMATS[name], layout_of(batch.profile, name), head_of(batch, part)
    faults = head_findings(head)
    if faults:
        raise refused(name, faults[0].message)
    out = io.BytesIO()
    try:
        written = format_.write(head, part.lines, layout, out)
    except (WriterMismatch, LineUnfit) as problem:
        raise refused(name, "ada baris yang tidak dapat ditulis. Hubungi administrator.") from problem
    out.seek(0)
    back = format_.read_back(out, layout)
    faults = [*_differences(head, part, written, back), *back.findings]
    if faults:
        raise refused(name, faults[0].message)
    return Rendered(name, _file_name(batch, part, layout), out.getvalue(), head, written)


def layout_problem(profile: BankProfile) -> Finding | None:
    """The first fault of the layouts themselves, before any line is opened."""
    for name in profile.layouts:
        faults = FORMATS[name].layout_findings(layout_of(profile, name))
        if faults:
            return refused(name, faults[0].message).finding
    return None


def message_id(batch: Batch, part: int = 1) -> str:
    """The bank's number of a file, the same whenever it is written: month, wave, revision, batch, part."""
    return f"ASN-{batch.period}-G{batch.wave:02d}-R{batch.revision}-{batch.pk.hex[:8].upper()}-{part:02d}"


def head_of(batch: Batch, part: Part) -> FileHead:
    profile, bank = batch.profile, batch.profile.bank
    return FileHead(
        message_id=message_id(batch, part.number),
        created_at=batch.seal_requested_at,
        collection_date=batch.collection_date,
        creditor=Creditor(profile.creditor_name, profile.creditor_account, profile.creditor_id, bank.bic),
        bank=BankParty(bank.bic, bank.code),
        count=len(part.lines),
        total=sum(line.amount for line in part.lines),
        part=part.number,
        parts=part.of,
    )


def layout_of(profile: BankProfile, name: str) -> Layout:
    return profile.layouts[name]


def refused(name: str, why: str) -> NotSealed:
    return NotSealed(Finding("not_written", f"{FORMAT.get(name, name)}: {why}"))


def _checked_lines(batch: Batch) -> Iterator[DebitLine]:
    about, bank = f"Iuran pekerja rentan {Month.parse(batch.period).label()}", batch.profile.bank_id
    formats = [(name, FORMATS[name], layout_of(batch.profile, name)) for name in batch.profile.layouts]
    try:
        for reference, number, signed_on, account, holder, amount, opd, index in queries.opened_lines(batch):
            if vault.blind_index("account", f"{bank}:{account}") != index:
                raise NotSealed(_not_of_the_mandate(reference))
            line = DebitLine(reference, number, signed_on, account, holder, amount, opd, about)
            _check(line, formats)
            yield line
    except vault.CannotOpen as problem:
        why = "Ada rekening yang tidak dapat dibuka kuncinya. Hubungi administrator."
        raise NotSealed(Finding("cannot_open", why)) from problem


def _check(line: DebitLine, formats: list[tuple[str, ModuleType, Layout]]) -> None:
    for name, format_, layout in formats:
        faults = format_.line_findings(line, layout)
        if faults:
            raise refused(name, f"baris {line.reference}: {faults[0].message}")


def _not_of_the_mandate(reference: str) -> Finding:
    why = f"Rekening pada baris {reference} bukan rekening di surat kuasanya. Hubungi administrator."
    return Finding("other_account", why)


def _differences(head: FileHead, part: Part, written: Written, back: ReadBack) -> list[Finding]:
    """Count, total, order and content agree in the database, in what was written and in what was read back."""
    same = (
        (head.count, head.total) == (written.count, written.total) == (back.count, back.total)
        and back.references == part.references
        and back.digest == written.digest
    )
    if same:
        return []
    why = "isi berkas yang dibaca ulang tidak sama dengan kumpulannya. Hubungi administrator."
    return [Finding("read_back", why)]


def _file_name(batch: Batch, part: Part, layout: Layout) -> str:
    bank = bank_word(batch.profile.bank.name)
    return file_name(layout, bank=bank, period=batch.period, wave=batch.wave, part=part.number)
