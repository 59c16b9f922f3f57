"""Why a donor's debit is not that of the month before: joined, left, or another amount."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["joined", "left", "changed"]

# Reason of the exclusion (autodebit.rules.due) last month -> why the donor is debited now.
_BACK = {
    "starts_later": "starts_now",
    "verified_late": "verified_late",
    "incomplete": "put_in_force",
    "not_lodged": "put_in_force",
    "not_active": "put_in_force",
    "suspended": "resumed",
    "no_lines": "workers_again",
    "ceiling": "within_ceiling",
    "salary_waiting": "salary_then",
    "salary_not_landed": "salary_then",
    "not_collected": "not_collected_then",
    "unknown_answer": "not_collected_then",
}
# Reason of the exclusion this month -> why the donor is not debited.
_GONE = {
    "revoked": "revoked",
    "suspended": "suspended",
    "not_lodged": "not_in_force",
    "not_active": "not_in_force",
    "incomplete": "not_in_force",
    "verified_late": "not_in_force",
    "starts_later": "not_in_force",
    "ended": "ended",
    "no_lines": "no_lines",
    "ceiling": "ceiling",
    "salary_waiting": "salary",
    "salary_not_landed": "salary",
}
_OVER = {
    "cancelled": "revoked",
    "expired": "ended",
    "replaced": "revoked",
    "rejected": "not_in_force",
    "suspended": "suspended",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about one donor in two months.

    excluded_before, excluded_now   reason of the exclusion in either month, "" for none
    known_before                    the donor had an obligation in some earlier month
    last_state, same_bank           the donor's newest mandate: its state, and whether this bank still debits it
    workers                         by how many the paid workers grew (negative: shrank)
    swapped                         as many workers, but not the same ones
    cover, tariff                   for somebody who stayed: base income or programme changed; the price of the same did
    """

    kind: Kind
    excluded_before: str = ""
    excluded_now: str = ""
    known_before: bool = False
    last_state: str = ""
    same_bank: bool = True
    workers: int = 0
    swapped: bool = False
    cover: bool = False
    tariff: bool = False


def why(facts: Facts) -> tuple[str, ...]:
    """Why, as one or more words of autodebit.labels.DIFFERENCE; never empty. "..._other" is for a person to look at."""
    if facts.kind == "joined":
        return (_why_joined(facts),)
    if facts.kind == "left":
        return (_why_left(facts),)
    reasons = (
        ("more_workers", facts.workers > 0),
        ("fewer_workers", facts.workers < 0),
        ("other_workers", facts.swapped),
        ("other_cover", facts.cover),
        ("other_tariff", facts.tariff),
    )
    return tuple(reason for reason, holds in reasons if holds) or ("changed_other",)


def _why_joined(facts: Facts) -> str:
    known = _BACK.get(facts.excluded_before)
    if known:
        return known
    return "joined_other" if facts.known_before else "new_mandate"


def _why_left(facts: Facts) -> str:
    if facts.excluded_now in _GONE and not (facts.excluded_now == "revoked" and not facts.same_bank):
        return _GONE[facts.excluded_now]
    if not facts.same_bank:
        return "other_bank"
    return _OVER.get(facts.last_state, "left_other")
