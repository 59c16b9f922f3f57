"""Whether a debit that brought no money may be tried again in its month, and on which day.

At most two more attempts, only after an answer of the bank that can change, never after silence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from autodebit.rules.due import remittance_day
from autodebit.rules.lifecycle import LIVE_ATTEMPT
from sponsorship.rules.months import Calendar, Month

MOST_RETRIES = 2

SETTLED = ("met", "written_off", "skipped")
# Kinds of follow-up that leave open whether the debit took money after all.
DISPUTES = ("contradiction", "wrong_amount")
ENDED_MANDATE = ("cancelled", "expired", "rejected")


@dataclass(frozen=True)
class Tried:
    """An attempt that was not released: its state, and whether its code may be retried (profile of the bank)."""

    state: str
    retryable: bool


def why_no_retry(
    tried: Sequence[Tried],
    *,
    mandate_state: str,
    mandate_ended: bool,
    obligation_state: str,
    decided: bool,
    disputed: bool,
    most_retries: int = MOST_RETRIES,
) -> str | None:
    """Why the obligation is not in the next wave, by the first reason that holds; None when it may be.

    `tried`: oldest first, without the released ones; empty when nothing ever left (then the salary gate held it back,
    or a file was voided). `mandate_ended`: its last month lies before this one; a version that was merely replaced
    still pays the months before the next begins. `decided`: a person said that the returned debit is tried again.
    `disputed`: the bank contradicted itself about a debit of the month and nobody has cleared it up; it may be paid.
    The reasons that a person can lift come last, so that nobody decides about what cannot be.
    """
    last = tried[-1].state if tried else ""
    if obligation_state in SETTLED:
        return "settled"
    if last == "unknown":
        return "unknown_answer"
    if obligation_state == "open" or any(attempt.state in LIVE_ATTEMPT for attempt in tried):
        return "in_collection"
    if mandate_ended or mandate_state in ENDED_MANDATE:
        return "revoked"
    if last == "failed" and not tried[-1].retryable:
        return "not_retryable"
    if len(tried) > most_retries:
        return "attempts_used_up"
    if mandate_state not in ("active", "replaced"):
        return "suspended"
    if (last == "returned" or obligation_state == "reopened") and not decided:
        return "needs_decision"
    return "disputed" if disputed else None


def retry_day(month: Month, today: date, calendar: Calendar) -> date | None:
    """The debit date of a further wave made `today`: the next working day, payday at the earliest.

    None when it would not lie before the remittance day: then the month is no longer collected.
    """
    day = max(calendar.next_working_day(today + timedelta(days=1)), calendar.payday(month))
    return day if day < remittance_day(month, calendar) else None


def last_day_to_retry(month: Month, calendar: Calendar) -> date:
    """The last working day on which `retry_day` still names a day."""
    return calendar.working_days_before(remittance_day(month, calendar), 2)
