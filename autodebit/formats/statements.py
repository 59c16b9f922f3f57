"""What moved on the collecting account, whatever the format of the statement. Amounts are whole rupiah.

A format of STATEMENTS is a module with

    layout_findings(layout)   faults of the layout itself
    read(data, layout)        returns a StatementReading; nothing is read before it is iterated
    CONTENT_TYPE, EXTENSION   how such a file is served
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from autodebit.formats.reading import Reading

KINDS = ("credit", "debit", "fee", "reversal")

# Our message ids ("ASN-2026-01-G01-R1-1A2B3C4D") and line references (16 symbols that begin with a letter and have the
# version, month and year behind the code), as they are found again in a narrative.
_OURS = re.compile(
    r"(?<![0-9A-Z-])([A-Z]{2,5}-\d{4}-?\d{2}-G\d{2}[0-9A-Z-]{0,20}(?<!-)|[A-Z][0-9A-Z]{7}\d{4}(?:0[1-9]|1[0-2])[0-9A-Z]{2})"
    r"(?![0-9A-Z-])"
)


@dataclass(frozen=True, slots=True)
class Booking:
    """One movement. `amount` is signed: plus came in, minus went out.

    our_reference   our message id or line reference, when the bank repeats it; else ""
    kind            one of KINDS, as far as the bank says; else by the sign
    """

    number: int
    booked_on: date | None
    valued_on: date | None
    amount: int
    bank_reference: str
    our_reference: str
    text: str
    kind: str


@dataclass(frozen=True)
class StatementHead:
    """What the statement says about itself; "" or None where it says nothing. Balances are signed rupiah."""

    account_last4: str = ""
    message_id: str = ""
    opening: int | None = None
    closing: int | None = None
    from_: date | None = None
    until: date | None = None


class StatementReading(Reading[Booking]):
    """Bookings, exactly once, with flat memory. `head` is complete after the iteration.

    count, total   bookings read and their signed sum. Fatal when opening + total is not closing, and when any line
                   is unreadable: a statement with a hole explains nothing.
    """

    def __init__(self, records: Callable[..., Iterator[Booking]], *, unit: str = "Baris") -> None:
        super().__init__(records, unit=unit)
        self.head = StatementHead()
        self.count = 0
        self.total = 0

    def __iter__(self) -> Iterator[Booking]:
        for booking in super().__iter__():
            self.count += 1
            self.total += booking.amount
            yield booking

    def check_balance(self, opening: int | None, closing: int | None, moved: int) -> None:
        if opening is not None and closing is not None and opening + moved != closing:
            self.fail("Saldo awal ditambah mutasi tidak sama dengan saldo akhir; minta mutasi yang utuh.")


def ours_in(text: str) -> str:
    """The only reference of ours in a narrative; "" when there is none, or more than one."""
    found = set(_OURS.findall(text[:2000].upper()))
    return found.pop() if len(found) == 1 else ""


def kind_of(amount: int) -> str:
    return "credit" if amount >= 0 else "debit"


def last4(account: str) -> str:
    """The last four digits of an account; never more of it leaves the file."""
    digits = "".join(char for char in account if char.isalnum() and char.isascii())
    return digits[-4:] if len(digits) >= 8 else ""
