"""The office's bookkeeping for tests: statements in the bank's own layout, bookings explained, a month remitted."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache

from autodebit.actions import books, remittance, statements
from autodebit.actions.books import Part
from autodebit.models import BankProfile, Batch, Remittance, Statement, StatementLine
from autodebit.queries_books import books_of
from autodebit.rules.books import Kind
from tests.at_state import photo_of
from tests.autodebit.population import PERIOD
from tests.month import an_operator, done, person

BOOKED = date(2026, 12, 2)
OPENING = 10_000_000
# Wednesday after payday; the remittance day of December 2026 is Thursday the 10th.
BOOKING_AT = datetime(2026, 12, 3, 3, 0, tzinfo=UTC)
PAID_AT = datetime(2026, 12, 10, 3, 0, tzinfo=UTC)
CLOSED_AT = datetime(2026, 12, 14, 3, 0, tzinfo=UTC)


@lru_cache
def a_paper(words: str = "Bukti contoh") -> bytes:
    return photo_of(words)


def jateng() -> BankProfile:
    return BankProfile.objects.get(bank_id="113")


def statement_csv(bookings: Sequence[tuple], account: str = "") -> bytes:
    """(amount, text, bank reference, day) each, the last two may be left out; in Bank Jateng's own layout."""
    full = [
        (*booking, *(f"REF-{n:04d}", BOOKED)[len(booking) - 2 :]) for n, booking in enumerate(bookings, 1)
    ]
    days = [day for *_, day in full] or [BOOKED]
    rows = [
        f"MUTASI,{account or jateng().creditor_account},{min(days):%Y%m%d},{max(days):%Y%m%d},{OPENING}.00",
        "TGL,TGL_VALUTA,URAIAN,REF_BANK,DEBET,KREDIT,SALDO",
    ]
    balance = OPENING
    for amount, text, reference, day in full:
        balance += amount
        debit, credit = (f"{-amount}.00", "") if amount < 0 else ("", f"{amount}.00")
        rows.append(f"{day:%Y%m%d},{day:%Y%m%d},{text},{reference},{debit},{credit},{balance}.00")
    rows.append(f"SALDO_AKHIR,{balance}.00,{len(full)}")
    return "".join(f"{row}\r\n" for row in rows).encode()


def booked(*bookings: tuple, now: datetime = BOOKING_AT) -> list[StatementLine]:
    """These bookings taken in as one statement; answers its lines."""
    statement = done(receive(statement_csv(bookings), now=now))
    return list(statement.lines.order_by("number"))


def receive(data: bytes, now: datetime = BOOKING_AT, **changes) -> Statement:
    said = {"format": "statement_csv", "name": "MUTASI.csv", "by": an_operator(), **changes}
    return statements.receive(profile=jateng(), data=data, now=now, **said)


def part(amount: int, kind: Kind, batch: Batch | None = None, reason: str = "", period: str = PERIOD) -> Part:
    return Part(period, kind, batch and batch.pk, amount, reason)


def explained(line: StatementLine, *parts: Part, now: datetime = BOOKING_AT) -> StatementLine:
    return done(books.explain(line_id=line.pk, parts=parts, by=an_operator(), now=now))


def credited(batch: Batch, amount: int, reference: str = "KREDIT-1", fee: int = 0) -> StatementLine:
    """The bank's credit of a batch, gross or with a fee kept back, taken in and explained."""
    (line,) = booked((amount - fee, "HASIL AUTODEBET", reference))
    parts = [part(amount, Kind.COLLECTED, batch)] + ([part(-fee, Kind.FEE, batch)] if fee else [])
    return explained(line, *parts)


def remitted(now: datetime = PAID_AT, reference: str = "NTB-0001") -> Remittance:
    """What December holds, paid to BPJS."""
    profile = jateng()
    return done(
        remittance.record(
            profile=profile,
            period=PERIOD,
            amount=books_of(profile, PERIOD).held,
            paid_on=now.date(),
            payment_reference=reference,
            evidence_file=a_paper(),
            by=an_operator(),
            now=now,
        )
    )


def confirmed(paid: Remittance, now: datetime = PAID_AT) -> Remittance:
    return done(
        remittance.confirm(
            remittance_id=paid.pk,
            confirmation="BPJS-0001",
            confirmed_on=now.date(),
            by=an_operator(),
            now=now,
        )
    )


def paid_and_booked() -> Remittance:
    """Remitted, confirmed, and the debit of it explained."""
    paid = confirmed(remitted())
    (line,) = booked((-paid.amount, "SETORAN BPJS", "SETOR-1"), now=PAID_AT)
    explained(line, part(-paid.amount, Kind.REMITTED), now=PAID_AT)
    return paid


def closer():
    return person("penutup", "labour_approver")
