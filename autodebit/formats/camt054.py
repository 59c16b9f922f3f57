"""ISO 20022 debit credit notification, camt.054, any version: money that has really moved on the collecting account.

A booked credit with our reference is a debit that succeeded; a debit with return information is one that went back.
Everything else on that account is none of our lines and is left to a person. The layout is empty: {}.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import BinaryIO

from autodebit.formats.camt_entry import (
    CREDIT,
    DEBIT,
    DETAILS,
    ENTRY,
    Entry,
    bank_words,
    details_amount,
    entry_of,
    own_reference,
    return_reason,
)
from autodebit.formats.lines import Layout
from autodebit.formats.reading import Unreadable, reference_fault
from autodebit.formats.result_table import clean_head
from autodebit.formats.results import Answer, ResultHead, ResultReading
from autodebit.formats.xml_stream import Element, Message, xml_amount
from registry.rules.finding import Finding

CONTENT_TYPE = "application/xml"
EXTENSION = "xml"

_MOST_FILES = 100  # of ours that one notification answers
_SUMMARY = "TxsSummry"


def layout_findings(layout: Layout) -> tuple[Finding, ...]:
    """Everything wrong with a layout: there is nothing to choose."""
    return () if isinstance(layout, Mapping) else (Finding("choice", "Isi dengan tabel kosong.", ""),)


def read(data: BinaryIO, layout: Layout) -> ResultReading:
    """Answers numbered by their place among the transactions; an entry without transactions counts as one."""
    return ResultReading(lambda reading: _Notification(data, reading).answers(), unit="Entri")


def hand_back(data: BinaryIO, layout: Layout, numbers: Collection[int]) -> bytes:
    """The notification with only these transactions, sums like them; b"" when the file cannot be read."""
    try:
        return _chosen(data, frozenset(numbers))
    except Unreadable:
        return b""


def _chosen(data: BinaryIO, wanted: frozenset[int]) -> bytes:
    number, kept, inside = 0, 0, 0
    message = Message(data, ("camt.054",), (DETAILS, ENTRY))
    for name, element in message:
        if name == ENTRY and inside:
            if kept:
                message.stream.keep(element)
                _restate(message, element, dropped=kept < inside)
            kept = inside = 0
            continue
        number += 1
        inside += name == DETAILS
        if number in wanted:
            message.stream.keep(element)
            kept += name == DETAILS
    for summary in message.stream.root.iter(message.space + _SUMMARY):
        summary.getparent().remove(summary)
    return message.whole()


def _restate(message: Message, entry: Element, *, dropped: bool) -> None:
    shown = [
        details_amount(message, details) for details in entry.iter(message.space + DETAILS) if len(details)
    ]
    amounts = [xml_amount(element) for element in shown]
    if dropped and None not in amounts:
        message.find(entry, "Amt").text = f"{sum(amount for amount in amounts if amount is not None)}.00"


class _Notification:
    def __init__(self, data: BinaryIO, reading: ResultReading) -> None:
        self.message = Message(data, ("camt.054",), (DETAILS, ENTRY))
        self.reading = reading
        self.entry: Entry | None = None
        self.inside = 0  # transactions of the entry at hand
        self.inside_total = 0
        self.entries = 0
        self.entries_total = 0
        self.answered: dict[str, None] = {}

    def answers(self) -> Iterator[Answer]:
        number = 0
        for name, element in self.message:
            if name == DETAILS:
                # Entry and NtryDtls stand around it; what the entry says of itself is in front of them.
                self.entry = self.entry or entry_of(self.message, element.getparent().getparent())
                number += 1
                self.inside += 1
                yield self._answer(number, element, self.entry)
                continue
            entry = self.entry or entry_of(self.message, element)
            if not self.inside:
                number += 1
                yield self._answer(number, element, entry)
            self._end(entry, number)
        self._head()

    def _answer(self, number: int, element: Element, entry: Entry) -> Answer:
        message = self.message
        stated = details_amount(message, element)
        amount = xml_amount(stated) if stated is not None else self._only(entry)
        reference = own_reference(message, element, "EndToEndId")
        if len(self.answered) < _MOST_FILES and (own := own_reference(message, element, "MsgId")):
            self.answered[clean_head(own)[:35]] = None
        side = message.text(element, "CdtDbtInd") or entry.side
        self.inside_total += (amount or 0) if side == entry.side else -(amount or 0)
        code = return_reason(message, element)
        outcome, fault = self._outcome(side, entry, message.find(element, "RtrInf") is not None)
        if amount is None:
            fault = fault or "jumlah rupiah tidak terbaca"
        if wrong := reference_fault(reference):
            fault, reference = fault or wrong, ""
        if fault:
            self.reading.fault("line", fault, number)
        code = code if outcome == "returned" else ""
        words = bank_words(message, element)
        return Answer(number, reference, "" if fault else outcome, code, amount, entry.booked_on, words)

    def _only(self, entry: Entry) -> int | None:
        """An only transaction need not repeat the amount of its entry; several must, and `_end` sees to that."""
        return entry.amount if self.inside <= 1 else None

    def _outcome(self, side: str, entry: Entry, returned: bool) -> tuple[str, str]:
        if side == DEBIT and (returned or entry.reversal):
            # Money that went back; while it is not booked the debit stands.
            return ("returned", "") if entry.booked else ("pending", "")
        if side == CREDIT and not returned and not entry.reversal:
            return ("succeeded", "") if entry.booked else ("pending", "")
        return "", "bukan potongan dan bukan pengembalian potongan"

    def _end(self, entry: Entry, number: int) -> None:
        if entry.amount is None:
            self.reading.fail("Jumlah sebuah entri tidak terbaca; minta berkas yang benar.", number)
        elif entry.amount != self.inside_total:
            self.reading.fail(
                "Jumlah sebuah entri tidak sama dengan rinciannya; minta berkas yang benar.", number
            )
        self.entries += 1
        self.entries_total += entry.amount or 0
        self.entry, self.inside, self.inside_total = None, 0, 0

    def _head(self) -> None:
        message = self.message
        body = message.body()
        summaries = [message.find(part, f"{_SUMMARY}/TtlNtries") for part in message.all(body, "Ntfctn")]
        stated = [summary for summary in summaries if summary is not None]
        count = total = None
        if stated and len(stated) == len(summaries):
            count = _sum([message.text(summary, "NbOfNtries") for summary in stated])
            sums = [xml_amount(message.find(summary, "Sum"), ccy=False) for summary in stated]
            total = None if None in sums else sum(value for value in sums if value is not None)
        self.reading.head = ResultHead(
            message_id=clean_head(message.text(body, "GrpHdr/MsgId"))[:35],
            answers_to=tuple(self.answered),
            stated_count=count,
            stated_total=total,
        )
        if count not in (None, self.entries) or total not in (None, self.entries_total):
            self.reading.fail(
                "Banyaknya atau jumlah entri tidak seperti yang disebut berkas; minta berkas yang utuh."
            )


def _sum(counts: list[str]) -> int | None:
    good = all(count.isascii() and count.isdigit() and len(count) <= 15 for count in counts)
    return sum(map(int, counts)) if good and all(counts) else None
