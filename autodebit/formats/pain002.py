"""ISO 20022 payment status report, pain.002, any version: what the bank made of each debit of our pain.008.

The layout says which status words are final, because banks differ:

    settled   the money has been taken; default ["ACSC", "ACCC"]
    pending   not decided yet; default ["ACCP", "ACSP", "ACTC", "ACWC", "PDNG", "RCVD"]

RJCT is always a failure. A group status without any transaction speaks of the whole file.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, BinaryIO

from autodebit.formats.lines import Layout
from autodebit.formats.reading import Unreadable, clean_code, clean_text, reference_fault
from autodebit.formats.result_table import clean_head
from autodebit.formats.results import Answer, ResultHead, ResultReading
from autodebit.formats.xml_stream import Element, Message, xml_amount, xml_day
from registry.rules.finding import Finding

CONTENT_TYPE = "application/xml"
EXTENSION = "xml"

REJECTED = "RJCT"
SETTLED = ("ACSC", "ACCC")
PENDING = ("ACCP", "ACSP", "ACTC", "ACWC", "PDNG", "RCVD")
NOT_PROVIDED = "NOTPROVIDED"  # what ISO 20022 writes where a reference is wanted and there is none

_LINE, _PAYMENT = "TxInfAndSts", "OrgnlPmtInfAndSts"


def layout_findings(layout: Layout) -> tuple[Finding, ...]:
    """Everything wrong with a layout; a layout without findings can be read with."""
    found = []
    words: list[Any] = []
    for field in ("settled", "pending"):
        value = layout.get(field, []) if isinstance(layout, Mapping) else None
        if not isinstance(value, list) or any(not isinstance(word, str) or len(word) != 4 for word in value):
            found.append(Finding("choice", f"Isi {field} dengan daftar kode status empat huruf.", field))
        else:
            words += value
    if REJECTED in words or len(set(words)) != len(words):
        found.append(
            Finding("choice", "Satu kode status hanya punya satu arti, dan RJCT selalu gagal.", "settled")
        )
    return tuple(found)


def read(data: BinaryIO, layout: Layout) -> ResultReading:
    """Answers numbered by their place among the transactions. The layout must have no findings."""
    return ResultReading(lambda reading: _Report(data, layout, reading).answers(), unit="Entri")


def hand_back(data: BinaryIO, layout: Layout, numbers: Collection[int]) -> bytes:
    """The report with only the transactions of these numbers; b"" when the file cannot be read."""
    try:
        return _chosen(data, frozenset(numbers))
    except Unreadable:
        return b""


def _chosen(data: BinaryIO, wanted: frozenset[int]) -> bytes:
    number, kept = 0, False
    message = Message(data, ("pain.002",), (_LINE, _PAYMENT))
    for name, element in message:
        if name == _LINE:
            number += 1
            if number in wanted:
                message.stream.keep(element)
                kept = True
        else:
            if kept:
                message.stream.keep(element)
            kept = False
    return message.whole()


class _Report:
    def __init__(self, data: BinaryIO, layout: Layout, reading: ResultReading) -> None:
        self.message = Message(data, ("pain.002",), (_LINE, _PAYMENT))
        self.reading = reading
        self.outcomes = {
            **dict.fromkeys(layout.get("pending", PENDING), "pending"),
            **dict.fromkeys(layout.get("settled", SETTLED), "succeeded"),
            REJECTED: "failed",
        }
        self.payments: set[tuple[str, str]] = set()  # status and code of payment informations without lines

    def answers(self) -> Iterator[Answer]:
        number = settled = 0
        for name, element in self.message:
            if name == _LINE:
                number += 1
                answer = self._answer(number, element)
                settled += answer.outcome == "succeeded"
                yield answer
            elif self.message.find(element, _LINE) is None and len(self.payments) < 10:
                # Lines that have been read are still there, emptied.
                self.payments.add(self._status(element, "PmtInfSts"))
        self.reading.head = self._head(number)
        if number and REJECTED in {status for status, _ in self.payments}:
            self.reading.fail(
                "Ada kelompok potongan yang ditolak tanpa rincian; minta rinciannya kepada bank."
            )
        if settled and self._status(self._group(), "GrpSts")[0] == REJECTED:
            self.reading.fail(
                "Berkas ditolak seluruhnya, tetapi ada potongan yang berhasil; tanyakan kepada bank."
            )

    def _answer(self, number: int, element: Element) -> Answer:
        message = self.message
        found: dict[str, Element] = {}
        for child in element:
            found.setdefault(child.tag.rpartition("}")[2], child)
        said = {name: (child.text or "").strip() for name, child in found.items()}
        reference = said.get("OrgnlEndToEndId", "")
        reference = "" if reference == NOT_PROVIDED else reference
        outcome = self.outcomes.get(said.get("TxSts", ""), "")
        amount, shown = None, message.find(found.get("OrgnlTxRef"), "Amt/InstdAmt")
        fault = "" if outcome else "status tidak dikenal"
        if shown is not None:
            amount = xml_amount(shown)
            fault = fault or ("" if amount is not None else "jumlah rupiah tidak terbaca")
        if wrong := reference_fault(reference):
            fault, reference = fault or wrong, ""
        code, text = self._reason(found.get("StsRsnInf"))
        if fault:
            self.reading.fault("line", fault, number)
        return Answer(
            number,
            reference,
            "" if fault else outcome,
            "" if outcome == "succeeded" else code,
            amount,
            xml_day(said.get("AccptncDtTm", "")),
            text,
        )

    def _reason(self, info: Element) -> tuple[str, str]:
        if info is None:
            return "", ""
        message = self.message
        code = message.text(info, "Rsn/Cd") or message.text(info, "Rsn/Prtry")
        words = " ".join(line.text or "" for line in message.all(info, "AddtlInf")[:10])
        return clean_code(code), clean_text(words)

    def _status(self, element: Element, name: str) -> tuple[str, str]:
        info = self.message.find(element, "StsRsnInf")
        return self.message.text(element, name), self._reason(info)[0]

    def _group(self) -> Element:
        return self.message.find(self.message.body(), "OrgnlGrpInfAndSts")

    def _head(self, lines: int) -> ResultHead:
        """The count that a pain.002 repeats is that of our file, not of its own lines: it is not checked here."""
        message, group = self.message, self._group()
        whole, code = ("", "") if lines else self._whole_file(group)
        answered = clean_head(message.text(group, "OrgnlMsgId"))[:35]
        return ResultHead(
            message_id=clean_head(message.text(message.body(), "GrpHdr/MsgId"))[:35],
            answers_to=(answered,) if answered else (),
            whole_file=whole,
            whole_file_code=code,
        )

    def _whole_file(self, group: Element) -> tuple[str, str]:
        status, code = self._status(group, "GrpSts")
        if not status and len({word for word, _ in self.payments}) == 1:
            status, code = sorted(self.payments)[-1]
        if status == REJECTED:
            return "rejected", code or next(
                (code for word, code in sorted(self.payments) if word == REJECTED), ""
            )
        return ("accepted", "") if self.outcomes.get(status) else ("", "")
