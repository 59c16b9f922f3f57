"""What a donor is told about one month: how far its money is, in one word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Standing(StrEnum):
    """Where the money of one month stands, from planned to confirmed, and every way in which it did not arrive."""

    PLANNED = "planned"
    WAITING = "waiting"
    NO_ANSWER = "no_answer"
    COLLECTED = "collected"
    REMITTED = "remitted"
    PROTECTED = "protected"
    TRY_AGAIN = "try_again"
    FAILED = "failed"
    RETURNED = "returned"
    REFUNDED = "refunded"
    SKIPPED = "skipped"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True)
class Debit:
    """One line that was sent to the bank for the month: its state, when its money came, and how it went back.

    `gone`: "", "returned" or "refunded"; `after_remittance`: it went back when BPJS had been paid already.
    """

    state: str
    collected_at: datetime | None = None
    gone: str = ""
    after_remittance: bool = False


@dataclass(frozen=True)
class Payment:
    """A payment of the month to BPJS that was not taken back."""

    recorded_at: datetime
    confirmed: bool


def payment_of(debits: Sequence[Debit], payments: Sequence[Payment]) -> Payment | None:
    """The payment that carried this month's money to BPJS: the first one after the debit, unless the money had gone
    back before it. The confirmed one, when a month was collected twice."""
    found = []
    for debit in debits:
        if debit.collected_at is None or (debit.gone and not debit.after_remittance):
            continue
        later = [payment for payment in payments if payment.recorded_at >= debit.collected_at]
        if later:
            found.append(min(later, key=lambda payment: payment.recorded_at))
    return max(found, key=lambda payment: payment.confirmed, default=None)


def standing_of(
    state: str,
    debits: Sequence[Debit],
    *,
    payment: Payment | None,
    may_try_again: bool = False,
    disputed: bool = False,
) -> Standing:
    """`state`: of the obligation; `debits`: oldest first; `payment`: what `payment_of` found.

    `may_try_again`: the bank is asked again in this month. `disputed`: the bank contradicts itself, so the debit may be
    paid, and nobody is told that it failed.
    """
    if any(debit.collected_at and not debit.gone for debit in debits):
        if payment is None:
            return Standing.COLLECTED
        return Standing.PROTECTED if payment.confirmed else Standing.REMITTED
    if state in ("skipped", "planned", "open"):
        return _on_the_way(state, debits)
    gone = [debit.gone for debit in debits if debit.gone]
    if gone:
        return Standing.REFUNDED if gone[-1] == "refunded" else Standing.RETURNED
    if state == "written_off":
        return Standing.NOT_ASKED
    if disputed:
        return Standing.NO_ANSWER
    return Standing.TRY_AGAIN if may_try_again else Standing.FAILED


def _on_the_way(state: str, debits: Sequence[Debit]) -> Standing:
    if state == "skipped":
        return Standing.SKIPPED
    live = [debit.state for debit in debits if debit.state in ("frozen", "approved", "sent", "unknown")]
    if live and live[-1] == "unknown":
        return Standing.NO_ANSWER
    return Standing.WAITING if live and live[-1] == "sent" else Standing.PLANNED
