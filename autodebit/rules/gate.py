"""The salary gate: nobody is debited before the treasurer of the own OPD said that the salary has landed.

Read when a wave is sealed. The policy of a city may be off; then nothing is held up and nothing stays behind.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sponsorship.rules.months import Calendar, Month

DEADLINE_HOUR = 12


@dataclass(frozen=True)
class OfficeFacts:
    """One OPD in one wave: its lines and their rupiah, whether its treasurer confirmed the month, and what the labour
    office decided while they had not: "wait" for the next wave, "skip" the month, or "" nothing yet."""

    opd_id: int
    lines: int
    total: int
    confirmed: bool
    decision: Literal["", "wait", "skip"]


def may_seal(offices: Iterable[OfficeFacts], gate_on: bool) -> list[int]:
    """The OPDs that hold up sealing: they have lines, and neither their treasurer nor the office has spoken."""
    return [
        office.opd_id
        for office in offices
        if gate_on and office.lines and not office.confirmed and not office.decision
    ]


def stays_behind(offices: Iterable[OfficeFacts], gate_on: bool) -> list[int]:
    """The OPDs whose lines are released when the wave is sealed.

    A confirmation ends the waiting. It does not undo a month that was skipped: its donors have been told.
    """
    return [
        office.opd_id
        for office in offices
        if gate_on
        and office.lines
        and (office.decision == "skip" or (office.decision == "wait" and not office.confirmed))
    ]


def is_ready(offices: Iterable[OfficeFacts], gate_on: bool) -> bool:
    """Whether the wave may be sealed as far as the gate goes: nobody holds it up, and a line is left to send."""
    offices = tuple(offices)
    behind = stays_behind(offices, gate_on)
    leaves = any(office.lines and office.opd_id not in behind for office in offices)
    return leaves and not may_seal(offices, gate_on)


def deadline(month: Month, calendar: Calendar) -> datetime:
    """Until when treasurers confirm: payday, 12.00. From then on the labour office decides."""
    return calendar.at(calendar.payday(month), DEADLINE_HOUR)
