"""What camt.052, camt.053 and camt.054 have in common: an entry (Ntry) and the transactions in it (TxDtls)."""

from dataclasses import dataclass
from datetime import date

from autodebit.formats.reading import clean_code, clean_text
from autodebit.formats.xml_stream import Element, Message, xml_amount, xml_day

NOT_PROVIDED = "NOTPROVIDED"  # what ISO 20022 writes where a reference is wanted and there is none
ENTRY, DETAILS = "Ntry", "TxDtls"
CREDIT, DEBIT = "CRDT", "DBIT"
_SAID = ("Amt", "CdtDbtInd", "RvslInd", "Sts", "BookgDt", "ValDt", "AcctSvcrRef")


@dataclass(frozen=True, slots=True)
class Entry:
    """The part of an entry in front of its transactions. `amount` is whole rupiah without sign, None when illegible."""

    amount: int | None
    side: str  # CREDIT or DEBIT, "" for anything else
    reversal: bool
    booked: bool
    booked_on: date | None
    valued_on: date | None
    bank_reference: str


def entry_of(message: Message, element: Element) -> Entry:
    """One pass over the children, because this is asked for every entry, and an only one may hold all transactions.

    Version .02 writes the status as text, later ones as a code below it.
    """
    said: dict[str, Element] = {}
    for child in () if element is None else element.iterchildren(*(message.space + name for name in _SAID)):
        said.setdefault(child.tag.removeprefix(message.space), child)
    side = _text(said.get("CdtDbtInd"))
    status = said.get("Sts")
    return Entry(
        amount=xml_amount(said.get("Amt")),
        side=side if side in (CREDIT, DEBIT) else "",
        reversal=_text(said.get("RvslInd")) in ("true", "1"),
        booked="BOOK" in (_text(status), message.text(status, "Cd")),
        booked_on=_day(message, said.get("BookgDt")),
        valued_on=_day(message, said.get("ValDt")),
        bank_reference=_text(said.get("AcctSvcrRef")),
    )


def _text(element: Element) -> str:
    return "" if element is None else (element.text or "").strip()


def _day(message: Message, element: Element) -> date | None:
    return xml_day(message.text(element, "Dt") or message.text(element, "DtTm"))


def details_amount(message: Message, details: Element) -> Element:
    """Where a transaction states its amount: version .02 does it one level deeper. None when it does not."""
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        found = message.find(details, path)
        if found is not None:
            return found
    return None


def own_reference(message: Message, details: Element, name: str) -> str:
    found = message.text(details, f"Refs/{name}")
    return "" if found == NOT_PROVIDED else found


def return_reason(message: Message, details: Element) -> str:
    """The code of a return; "" when there is none or no return."""
    return clean_code(message.text(details, "RtrInf/Rsn/Cd") or message.text(details, "RtrInf/Rsn/Prtry"))


def bank_words(message: Message, details: Element) -> str:
    """What the bank says of a transaction; the remittance information is our own and left out."""
    words = [line.text or "" for line in message.all(details, "RtrInf/AddtlInf")[:10]]
    return clean_text(" ".join([*words, message.text(details, "AddtlTxInf")]).strip())
