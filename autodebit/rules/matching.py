"""What one line of a bank's result means against what we sent. The reference is the only key (I9)."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """APPLIES moves the attempt; ALREADY and REPEATED say nothing new; PENDING says that the bank has not decided.

    UNKNOWN: no such reference of ours. FOREIGN: the line of another bank or of another batch. NOT_SENT: never handed
    over. WRONG_AMOUNT: part of it, or more. CONTRADICTION: another outcome than the recorded one, or two outcomes for
    one reference in this file. UNREADABLE: the line does not say how it went.
    """

    APPLIES = "applies"
    ALREADY = "already"
    REPEATED = "repeated"
    PENDING = "pending"
    UNKNOWN = "unknown"
    FOREIGN = "foreign"
    NOT_SENT = "not_sent"
    WRONG_AMOUNT = "wrong_amount"
    CONTRADICTION = "contradiction"
    UNREADABLE = "unreadable"


# A person decides about these; nothing moves by itself (I11).
TO_A_PERSON = (Verdict.WRONG_AMOUNT, Verdict.CONTRADICTION)
# Lines that the bank gets back in its own layout.
HANDED_BACK = (
    Verdict.UNKNOWN,
    Verdict.FOREIGN,
    Verdict.NOT_SENT,
    Verdict.WRONG_AMOUNT,
    Verdict.CONTRADICTION,
    Verdict.UNREADABLE,
)
# Outcome of a line -> event of the attempt, when the verdict is APPLIES.
MOVES = {"succeeded": "succeed", "failed": "fail", "returned": "return"}

NOT_HANDED_OVER = ("frozen", "approved", "released")

# What the bank says now, against what is recorded; the code decides about a second failure.
# Money that was taken and goes back is "returned", never "failed".
_TABLE = {
    "succeeded": {
        "sent": Verdict.APPLIES,
        "unknown": Verdict.APPLIES,
        "succeeded": Verdict.ALREADY,
        "failed": Verdict.CONTRADICTION,
        "returned": Verdict.CONTRADICTION,
    },
    "failed": {
        "sent": Verdict.APPLIES,
        "unknown": Verdict.APPLIES,
        "succeeded": Verdict.CONTRADICTION,
        "failed": Verdict.ALREADY,
        "returned": Verdict.CONTRADICTION,
    },
    "returned": {
        "sent": Verdict.CONTRADICTION,
        "unknown": Verdict.CONTRADICTION,
        "succeeded": Verdict.APPLIES,
        "failed": Verdict.CONTRADICTION,
        "returned": Verdict.ALREADY,
    },
    "pending": {
        "sent": Verdict.PENDING,
        "unknown": Verdict.PENDING,
        "succeeded": Verdict.ALREADY,
        "failed": Verdict.ALREADY,
        "returned": Verdict.ALREADY,
    },
}


@dataclass(frozen=True)
class Sent:
    """What we know of the attempt that a reference names: its state, the bank's recorded code, the rupiah asked for,
    and whether the answering bank and the answered batch are its own."""

    state: str
    code: str
    amount: int
    same_bank: bool
    same_batch: bool


def verdict(
    answer_outcome: str,
    answer_code: str,
    answer_amount: int | None,
    sent: Sent | None,
    *,
    first_of_reference: bool,
    agrees_in_file: bool,
) -> Verdict:
    """The meaning of one line; the first check that holds decides.

    `sent` is None when no attempt has the reference. `first_of_reference`: no earlier line of this file has it.
    `agrees_in_file`: all lines of this file with it say the same. A return may come months later, so it may be about
    any batch of the same bank; the other outcomes only about the batches that the file answers. A partial debit is
    not a debit.
    """
    if answer_outcome not in _TABLE:
        return Verdict.UNREADABLE
    if sent is None:
        return Verdict.UNKNOWN
    if not sent.same_bank:
        return Verdict.FOREIGN
    if not agrees_in_file:
        return Verdict.CONTRADICTION
    if not first_of_reference:
        return Verdict.REPEATED
    if answer_outcome != "returned" and not sent.same_batch:
        return Verdict.FOREIGN
    if sent.state in NOT_HANDED_OVER:
        return Verdict.NOT_SENT
    if answer_amount is not None and answer_amount != sent.amount:
        return Verdict.WRONG_AMOUNT
    if answer_outcome == sent.state == "failed" and answer_code != sent.code:
        return Verdict.CONTRADICTION
    return _TABLE[answer_outcome][sent.state]
