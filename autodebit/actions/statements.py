"""Taking in the statement of the collecting account, as a file of the bank or typed from paper.

A statement comes in whole or not at all: one fault refuses it with every line number. A booking that an earlier
statement brought already is kept once, so overlapping statements are welcome.
"""

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import BinaryIO

from django.db import transaction

from autodebit import formats
from autodebit.actions.batches import NOT_YOURS
from autodebit.models import BankProfile, Statement, StatementLine
from registry.actions import audit, documents, evidence
from registry.actions.locks import hold
from registry.models import Document, User
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may
from sponsorship.rules.months import JAKARTA

TYPED = "typed"
_TEXT, _BANK_REFERENCE, _OUR_REFERENCE = 200, 60, 35
_NOTHING_WRITTEN = "Tidak ada yang dicatat. Minta berkas yang benar dari bank, lalu unggah lagi."


@dataclass(frozen=True)
class Refused:
    """A statement with faults: nothing of it was booked. `findings` name the lines, `faults` counts all of them."""

    findings: tuple[Finding, ...]
    faults: int


@dataclass(frozen=True, slots=True)
class Typed:
    """One booking as a person reads it from paper; `amount` is signed rupiah, a credit is positive."""

    booked_on: date
    amount: int
    text: str
    bank_reference: str = ""
    our_reference: str = ""


def receive(
    *, profile: BankProfile, format: str, name: str, data: bytes, by: User, now: datetime
) -> Statement | Finding | Refused:
    """Reads and books one file of the bank. The same bytes again answer the statement that is there.

    `format` is one of the profile's statements.
    """
    if not may(by, Right.RECONCILE):
        return NOT_YOURS
    if format not in profile.statements or format not in formats.STATEMENTS:
        return Finding("format_unknown", "Pilih jenis berkas mutasi rekening dari daftar.", "format")
    sha256 = hashlib.sha256(data).hexdigest()
    known = Statement.objects.filter(sha256=sha256).first()
    if known is not None:
        return known
    module, layout = formats.STATEMENTS[format], profile.statements[format]
    if module.layout_findings(layout):
        return Finding("layout", "Susunan mutasi rekening di profil bank belum benar. Hubungi administrator.")
    reading = module.read(io.BytesIO(data), layout)
    bookings = list(reading)
    problem = _why_refused(profile, reading, bookings, now)
    if problem is not None:
        return problem

    def keep() -> Document | Finding:
        try:
            return documents.store(
                kind="statement", data=data, content_type=module.CONTENT_TYPE, by=by, now=now
            )
        except OSError:
            return evidence.NOT_KEPT

    rows = [
        _row(b.number, b.booked_on, b.amount, b.text, b.bank_reference, b.our_reference) for b in bookings
    ]
    name = documents.tidy(name, f"mutasi.{module.EXTENSION}")
    return _book(profile, format, name, sha256, _head(reading.head), rows, keep, by, now)


def type_in(
    *,
    profile: BankProfile,
    bookings: Sequence[Typed],
    evidence_file: BinaryIO | bytes,
    by: User,
    now: datetime,
) -> Statement | Finding:
    """Books what a person read from a paper statement; a picture or PDF of it is kept as evidence.

    Finding fields: "evidence", or "bookings-<n>" with n from 0.
    """
    if not may(by, Right.RECONCILE):
        return NOT_YOURS
    problem = _unfit(bookings, now)
    if problem is not None:
        return problem
    looked_at = evidence.look_at(evidence_file)
    if isinstance(looked_at, Finding):
        return looked_at
    said = json.dumps([asdict(booking) for booking in bookings], default=str, sort_keys=True)
    sha256 = hashlib.sha256(f"{profile.pk} {looked_at.sha256} {said}".encode()).hexdigest()
    known = Statement.objects.filter(sha256=sha256).first()
    if known is not None:
        return known
    rows = [
        _row(number, b.booked_on, b.amount, b.text, b.bank_reference, b.our_reference)
        for number, b in enumerate(bookings, 1)
    ]

    def keep() -> Document | Finding:
        return evidence.put_away(looked_at=looked_at, by=by, now=now)

    return _book(profile, TYPED, "Diketik dari kertas", sha256, {}, rows, keep, by, now)


def _book(profile, format, name, sha256, head, rows, keep, by: User, now: datetime) -> Statement | Finding:
    """The statement with those of its bookings that are new, in one transaction."""
    rows = _with_fingerprints(rows)
    with transaction.atomic():
        hold(f"statement {profile.pk}")
        known = Statement.objects.filter(sha256=sha256).first()
        if known is not None:
            return known
        document = keep()
        if isinstance(document, Finding):
            return document
        statement = Statement.objects.create(
            profile=profile,
            format=format,
            name=" ".join(name.split())[:120],
            document=document,
            sha256=sha256,
            head=head,
            received_by=by,
            received_at=now,
        )
        fresh = _new_ones(profile, rows)
        for row in fresh:
            row.statement, row.profile = statement, profile
        StatementLine.objects.bulk_create(fresh, batch_size=2_000)
        audit.record(
            event=Event.STATEMENT_RECEIVED,
            about=statement,
            by=by,
            now=now,
            format=format,
            sha256=sha256,
            new=len(fresh),
            kept=len(rows) - len(fresh),
        )
        return statement


def _new_ones(profile: BankProfile, rows: list[StatementLine]) -> list[StatementLine]:
    marks = [row.fingerprint for row in rows]
    known = StatementLine.objects.filter(profile=profile, fingerprint__in=marks)
    there = set(known.values_list("fingerprint", flat=True))
    return [row for row in rows if row.fingerprint not in there]


def _why_refused(profile: BankProfile, reading, bookings: list, now: datetime) -> Finding | Refused | None:
    findings, faults, today = [*reading.findings], reading.faults, now.astimezone(JAKARTA).date()
    for booking in bookings:
        if booking.booked_on is None or not booking.amount:
            if not any(finding.field == str(booking.number) for finding in findings):
                faults += 1
                findings.append(
                    Finding(
                        "booking",
                        f"Baris {booking.number}: tanggal atau jumlahnya tidak terbaca.",
                        str(booking.number),
                    )
                )
        elif booking.booked_on > today:
            faults += 1
            findings.append(
                Finding("booking", f"Baris {booking.number}: tanggalnya belum tiba.", str(booking.number))
            )
    if faults or reading.fatal:
        return Refused(tuple(findings), max(faults, len(findings)))
    last4 = reading.head.account_last4
    if last4 and last4 != profile.creditor_account[-4:]:
        return Finding(
            "other_account",
            f"Mutasi ini dari rekening lain, bukan rekening penampung di profil bank. {_NOTHING_WRITTEN}",
            "data",
        )
    if not bookings:
        return Finding("empty", f"Berkas ini tidak memuat satu pun mutasi. {_NOTHING_WRITTEN}", "data")
    return None


def _unfit(bookings: Sequence[Typed], now: datetime) -> Finding | None:
    today = now.astimezone(JAKARTA).date()
    if not bookings:
        return Finding("empty", "Isi sedikitnya satu mutasi.", "bookings-0")
    for number, booking in enumerate(bookings):
        field = f"bookings-{number}"
        if not booking.amount:
            return Finding("amount", "Jumlah mutasi tidak boleh nol.", field)
        if booking.booked_on > today:
            return Finding("date", "Tanggal buku tidak boleh setelah hari ini.", field)
        if not booking.text.strip():
            return Finding("text", "Tulis keterangan seperti pada mutasi rekening.", field)
    return None


def _row(number: int, booked_on, amount: int, text: str, bank_reference: str, our_reference: str):
    return StatementLine(
        number=number,
        booked_on=booked_on,
        amount=amount,
        text=" ".join(text.split())[:_TEXT],
        bank_reference=" ".join(bank_reference.split())[:_BANK_REFERENCE],
        our_reference=our_reference.strip()[:_OUR_REFERENCE],
    )


def _with_fingerprints(rows: list[StatementLine]) -> list[StatementLine]:
    """What makes a booking the same in two statements: day, sum and the bank's own number of it, or its text where
    the bank gives none. Equal ones within a statement are told apart by their order."""
    seen: dict[tuple, int] = {}
    for row in rows:
        known_by = row.bank_reference or f"{row.our_reference} {row.text}".casefold()
        key = (row.booked_on.isoformat(), row.amount, bool(row.bank_reference), known_by)
        seen[key] = seen.get(key, 0) + 1
        row.fingerprint = hashlib.sha256(repr((*key, seen[key])).encode()).hexdigest()
    return rows


def _head(head) -> dict:
    """What the statement says of itself, as plain values; the account by its last four digits only."""
    return {
        name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(head).items()
    }
