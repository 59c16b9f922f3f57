"""ISO 20022 payment return, pacs.004, any version: debits that had succeeded and whose money goes back.

The layout is empty: {}.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import BinaryIO

from autodebit.formats.lines import Layout
from autodebit.formats.reading import Unreadable, clean_code, clean_text, reference_fault
from autodebit.formats.result_table import clean_head
from autodebit.formats.results import Answer, ResultHead, ResultReading
from autodebit.formats.table import whole_value
from autodebit.formats.xml_stream import Element, Message, xml_amount, xml_day
from registry.rules.finding import Finding

CONTENT_TYPE = "application/xml"
EXTENSION = "xml"

_LINE = "TxInf"
_MOST_FILES = 100  # of ours that one return is about
_AMOUNT = "RtrdIntrBkSttlmAmt"


def layout_findings(layout: Layout) -> tuple[Finding, ...]:
    """Everything wrong with a layout: there is nothing to choose."""
    return () if isinstance(layout, Mapping) else (Finding("choice", "Isi dengan tabel kosong.", ""),)


def read(data: BinaryIO, layout: Layout) -> ResultReading:
    """Answers numbered by their place among the transactions, each of them "returned"."""
    return ResultReading(lambda reading: _Return(data, reading).answers(), unit="Entri")


def hand_back(data: BinaryIO, layout: Layout, numbers: Collection[int]) -> bytes:
    """The return with only these transactions, count and sums like them; b"" when the file cannot be read."""
    try:
        return _chosen(data, frozenset(numbers))
    except Unreadable:
        return b""


def _chosen(data: BinaryIO, wanted: frozenset[int]) -> bytes:
    count, total = 0, 0
    message = Message(data, ("pacs.004",), (_LINE,))
    for number, (_, element) in enumerate(message, 1):
        if number in wanted:
            message.stream.keep(element)
            count, total = count + 1, total + (xml_amount(message.find(element, _AMOUNT)) or 0)
    header = message.find(message.body(), "GrpHdr")
    for name, text in (("NbOfTxs", str(count)), ("CtrlSum", f"{total}.00"), (f"Ttl{_AMOUNT}", f"{total}.00")):
        stated = message.find(header, name)
        if stated is not None:
            stated.text = text
    return message.whole()


class _Return:
    def __init__(self, data: BinaryIO, reading: ResultReading) -> None:
        self.message = Message(data, ("pacs.004",), (_LINE,))
        self.reading = reading
        self.answered: dict[str, None] = {}

    def answers(self) -> Iterator[Answer]:
        number = 0
        for number, (_, element) in enumerate(self.message, 1):
            yield self._answer(number, element)
        self._head()
        if not number:
            self.reading.fail("Berkas tidak merinci pengembalian satu pun; minta rinciannya kepada bank.")

    def _answer(self, number: int, element: Element) -> Answer:
        message = self.message
        reference = message.text(element, "OrgnlEndToEndId")
        reference = "" if reference == "NOTPROVIDED" else reference
        amount = xml_amount(message.find(element, _AMOUNT))
        fault = "" if amount is not None else "jumlah rupiah tidak terbaca"
        if wrong := reference_fault(reference):
            fault, reference = fault or wrong, ""
        if fault:
            self.reading.fault("line", fault, number)
        self._answers(message.text(element, "OrgnlGrpInf/OrgnlMsgId"))
        reason = message.find(element, "RtrRsnInf")
        words = " ".join(line.text or "" for line in message.all(reason, "AddtlInf")[:10])
        day = message.text(element, "IntrBkSttlmDt") or message.text(message.body(), "GrpHdr/IntrBkSttlmDt")
        return Answer(
            number,
            reference,
            "" if fault else "returned",
            clean_code(message.text(reason, "Rsn/Cd") or message.text(reason, "Rsn/Prtry")),
            amount,
            xml_day(day),
            clean_text(words),
        )

    def _answers(self, message_id: str) -> None:
        if message_id and len(self.answered) < _MOST_FILES:
            self.answered[clean_head(message_id)[:35]] = None

    def _head(self) -> None:
        message, reading = self.message, self.reading
        header = message.find(message.body(), "GrpHdr")
        self._answers(message.text(message.body(), "OrgnlGrpInf/OrgnlMsgId"))
        count = whole_value(message.text(header, "NbOfTxs"))
        sums = [
            xml_amount(element, ccy=element.tag != message.space + "CtrlSum")
            for name in ("CtrlSum", f"Ttl{_AMOUNT}")
            if (element := message.find(header, name)) is not None
        ]
        reading.head = ResultHead(
            message_id=clean_head(message.text(header, "MsgId"))[:35],
            answers_to=tuple(self.answered),
            stated_count=count,
            stated_total=sums[0] if sums else None,
        )
        if count is None or None in sums:
            reading.fail("Banyaknya atau jumlah di kepala berkas tidak terbaca; minta berkas yang benar.")
        for total in sums or [None]:
            reading.check_sums(count, total)
