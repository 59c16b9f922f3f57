"""ISO 20022 account statement, camt.053, and the report of the day so far, camt.052, any version.

Entries that are not booked yet are no part of the balance and left out. The layout is empty: {}.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import BinaryIO

from autodebit.formats.camt_entry import (
    CREDIT,
    DETAILS,
    ENTRY,
    bank_words,
    entry_of,
    own_reference,
)
from autodebit.formats.lines import REFERENCE, Layout
from autodebit.formats.reading import clean_text
from autodebit.formats.result_table import clean_head
from autodebit.formats.statements import Booking, StatementHead, StatementReading, kind_of, last4, ours_in
from autodebit.formats.xml_stream import Element, Message, xml_amount, xml_day
from registry.rules.finding import Finding

CONTENT_TYPE = "application/xml"
EXTENSION = "xml"

# BankTransactionCode sub-families of ISO 20022: charges, fees, commission; and money going back.
_FEES = frozenset({"CHRG", "FEES", "COMM"})
_REVERSALS = frozenset({"UPDD", "RRTN", "RPCR", "RIMB", "PRDD", "ARET"})
_CLOSINGS = ("CLBD", "ITBD")


def layout_findings(layout: Layout) -> tuple[Finding, ...]:
    """Everything wrong with a layout: there is nothing to choose."""
    return () if isinstance(layout, Mapping) else (Finding("choice", "Isi dengan tabel kosong.", ""),)


def read(data: BinaryIO, layout: Layout) -> StatementReading:
    """Bookings numbered by their place among the entries."""
    return StatementReading(lambda reading: _Statement(data, reading).bookings(), unit="Entri")


class _Statement:
    """One file; it may hold the statements of several days, each with its balances."""

    def __init__(self, data: BinaryIO, reading: StatementReading) -> None:
        self.message = Message(data, ("camt.053", "camt.052"), (DETAILS, ENTRY, "Stmt", "Rpt"))
        self.reading = reading
        self.inside = 0  # transactions of the entry at hand
        self.references: tuple[str, str] = ("", "")  # our line and our file, as its transactions name them
        self.words = self.ours = ""  # what the bank says of the first transaction, and our reference in it
        self.reversal = False
        self.moved = 0  # of the statement at hand

    def bookings(self) -> Iterator[Booking]:
        number = 0
        for name, element in self.message:
            if name == DETAILS:
                self._details(element)
            elif name == ENTRY:
                number += 1
                booking = self._booking(number, element)
                if booking:
                    self.moved += booking.amount
                    yield booking
            else:
                self._end(element)
        message_id = self.message.text(self.message.body(), "GrpHdr/MsgId")
        self.reading.head = replace(self.reading.head, message_id=clean_head(message_id)[:35])

    def _details(self, element: Element) -> None:
        """The one line of ours, or the one file of ours that all transactions of the entry belong to."""
        message = self.message
        self.inside += 1
        line = own_reference(message, element, "EndToEndId")
        file = own_reference(message, element, "PmtInfId") or own_reference(message, element, "MsgId")
        if self.inside == 1:
            self.references = line, file
            narrative = message.text(element, "RmtInf/Ustrd")
            self.words = bank_words(message, element) or clean_text(narrative)
            self.ours = ours_in(f"{message.text(element, 'AddtlTxInf')} {narrative}")
        else:
            self.references = "", file if file == self.references[1] else ""
        self.reversal |= message.find(element, "RtrInf") is not None

    def _booking(self, number: int, element: Element) -> Booking | None:
        message, entry = self.message, entry_of(self.message, element)
        references, words, ours, reversal = self.references, self.words, self.ours, self.reversal
        self.inside, self.references, self.reversal = 0, ("", ""), False
        self.words = self.ours = ""
        if not entry.booked:
            return None
        if entry.amount is None or not entry.side:
            self.reading.fail("Jumlah atau arah mutasi tidak terbaca; minta mutasi yang benar.", number)
            return None
        amount = entry.amount if entry.side == CREDIT else -entry.amount
        narrative = message.text(element, "AddtlNtryInf")
        text = clean_text(narrative) or words
        batch = message.text(element, "NtryDtls/Btch/PmtInfId") or message.text(
            element, "NtryDtls/Btch/MsgId"
        )
        named = next((found for found in (*references, batch) if REFERENCE.fullmatch(found)), "")
        return Booking(
            number,
            entry.booked_on,
            entry.valued_on,
            amount,
            clean_head(entry.bank_reference)[:35],
            named or ours_in(narrative) or ours,
            text,
            self._kind(element, amount, reversal or entry.reversal),
        )

    def _kind(self, element: Element, amount: int, reversal: bool) -> str:
        code = self.message.text(element, "BkTxCd/Domn/Fmly/SubFmlyCd")
        if code in _FEES:
            return "fee"
        return "reversal" if reversal or code in _REVERSALS else kind_of(amount)

    def _end(self, element: Element) -> None:
        """The end of one statement: its balances must agree with its entries, and go on from the one before."""
        head, reading = self._head(element), self.reading
        reading.check_balance(head.opening, head.closing, self.moved)
        self.moved = 0
        before = reading.head
        if before == StatementHead():
            reading.head = head
            return
        if head.account_last4 != before.account_last4 or head.opening != before.closing:
            reading.fail(
                "Berkas memuat mutasi rekening lain atau hari yang tidak bersambung; unggah satu per satu."
            )
        reading.head = replace(before, closing=head.closing, until=head.until)

    def _head(self, element: Element) -> StatementHead:
        message = self.message
        balances: dict[str, int | None] = {}
        for balance in message.all(element, "Bal"):
            value = xml_amount(message.find(balance, "Amt"))
            code = message.text(balance, "Tp/CdOrPrtry/Cd")
            negative = message.text(balance, "CdtDbtInd") != CREDIT
            balances.setdefault(code, None if value is None else -value if negative else value)
        known = [code for code in ("OPBD", "PRCD", *_CLOSINGS) if code in balances]
        if any(balances[code] is None for code in known):
            self.reading.fail("Saldo tidak terbaca; minta mutasi yang benar.")
        account = message.text(element, "Acct/Id/Othr/Id") or message.text(element, "Acct/Id/IBAN")
        return StatementHead(
            account_last4=last4(account),
            opening=balances.get("OPBD", balances.get("PRCD")),
            closing=next((balances[code] for code in _CLOSINGS if code in balances), None),
            from_=xml_day(message.text(element, "FrToDt/FrDtTm")),
            until=xml_day(message.text(element, "FrToDt/ToDtTm")),
        )
