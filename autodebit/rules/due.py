"""Who is due in a month, and why everybody else is not; and when a month is collected.

`why_excluded` is the readable statement of the rules of a cut. The build asks the same of all mandates at once in SQL
(autodebit.actions.build_sql), and a test holds both to the same answers. Periods are "YYYY-MM": they sort by time.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from registry.rules.identity import under_age_limit
from sponsorship.rules.lifecycle import DUE_SPONSORSHIP, LIVE_MANDATE
from sponsorship.rules.months import Calendar, Month
from sponsorship.rules.pause import is_paused

REMITTANCE_DAY = 10
MOST_ATTEMPTS = 9

# Reasons for which the month's obligation is recorded as skipped; the others leave no obligation at all.
SKIPS = ("ceiling", "no_lines")


@dataclass(frozen=True)
class Cut:
    """What a build decides by: the month, the moment and business date of its cut-off, and the age limit in years."""

    month: Month
    cutoff: datetime
    cutoff_day: date
    age_limit: int = 65

    @property
    def period(self) -> str:
        return str(self.month)


@dataclass(frozen=True)
class WorkerFacts:
    """One sponsorship: its state and months, the worker's birth date, and the price of the month in rupiah."""

    state: str
    start_period: str
    end_period: str
    born: date | None
    price: int
    pause_from: str = ""
    pause_until: str = ""


@dataclass(frozen=True)
class MandateFacts:
    """One mandate as it stands when the month is built.

    `complete`: account, signing date and office are known. `obligation` is the state of what is already recorded for
    this lineage and month ("" when nothing is), `obligation_reason` why it was skipped, `attempts` the highest attempt
    number so far, `live_attempt` whether one of them may still take money. `lineage_ended`: the donor has no mandate
    any more, so a version that was replaced pays nothing either.
    """

    state: str
    requires_lodging: bool
    verified_at: datetime | None
    signed_on: date | None
    start_period: str
    end_period: str
    ended_at: datetime | None
    ceiling: int
    workers: tuple[WorkerFacts, ...]
    complete: bool = True
    obligation: str = ""
    obligation_reason: str = ""
    attempts: int = 0
    live_attempt: bool = False
    lineage_ended: bool = False


def is_concerned(facts: MandateFacts, cut: Cut) -> bool:
    """Whether a build has to say anything about this mandate: live now, or live when the month was cut (I4)."""
    if facts.state in LIVE_MANDATE:
        return True
    was_verified = facts.verified_at is not None and facts.verified_at < cut.cutoff
    return was_verified and facts.ended_at is not None and facts.ended_at >= cut.cutoff


def why_excluded(facts: MandateFacts, cut: Cut) -> str | None:
    """Why this mandate has no line in the month, by the first reason that holds; None when it has one.

    A mandate that was revoked after the cut-off but before a late build is left out, although it was live at the
    cut-off: nobody is debited on a mandate that is no longer there (I15). One that a newer version replaced meanwhile
    still pays this month, or its workers would lose it. Nothing that came after the cut-off is added.
    """
    reason = _why_mandate_excluded(facts, cut) or _why_month_excluded(facts)
    if reason:
        return reason
    amount = amount_due(facts, cut)
    if amount == 0:
        return "no_lines"
    return "ceiling" if amount > facts.ceiling else None


def _why_mandate_excluded(facts: MandateFacts, cut: Cut) -> str | None:
    """What the mandate itself says. Only an active one is debited; some banks must accept the paper before that."""
    if facts.state not in LIVE_MANDATE and not _runs_out(facts, cut):
        return "revoked"
    if facts.state == "suspended":
        return "suspended"
    if facts.state == "lodged" or (facts.state == "verified" and facts.requires_lodging):
        return "not_lodged"
    if facts.state == "verified":
        return "not_active"
    if not facts.complete or facts.verified_at is None or facts.signed_on is None:
        return "incomplete"
    if facts.verified_at >= cut.cutoff or facts.signed_on > cut.cutoff_day:
        return "verified_late"
    if not facts.start_period or facts.start_period > cut.period:
        return "starts_later"
    if facts.end_period and facts.end_period < cut.period:
        return "ended"
    return None


def _runs_out(facts: MandateFacts, cut: Cut) -> bool:
    """A mandate that a newer version replaced after the cut-off still pays the months before that version begins."""
    return facts.state == "replaced" and facts.end_period >= cut.period and not facts.lineage_ended


def _why_month_excluded(facts: MandateFacts) -> str | None:
    """What is already recorded for the month: a skip stands, and nothing is collected twice (I1)."""
    if facts.obligation == "skipped":
        return facts.obligation_reason
    if facts.obligation not in ("", "planned") or facts.live_attempt:
        return "in_collection"
    return "attempts_used_up" if facts.attempts >= MOST_ATTEMPTS else None


def amount_due(facts: MandateFacts, cut: Cut) -> int:
    """Rupiah due in the month: the prices of the workers whose line is due."""
    return sum(worker.price for worker in facts.workers if is_line_due(worker, cut))


def is_line_due(worker: WorkerFacts, cut: Cut) -> bool:
    """The sponsorship runs in the month and the worker is under the age limit on its first day (BPU: not yet 65)."""
    runs = worker.state in DUE_SPONSORSHIP and "" < worker.start_period <= cut.period
    if not runs or (worker.end_period and worker.end_period < cut.period):
        return False
    if is_paused(worker.pause_from, worker.pause_until, cut.period):
        return False
    return worker.born is None or under_age_limit(worker.born, cut.month.first_day(), cut.age_limit)


def remittance_day(month: Month, calendar: Calendar) -> date:
    """The day by which the month is paid to BPJS: the 10th, or the working day before."""
    return calendar.working_day_until(month.first_day().replace(day=REMITTANCE_DAY))


def collection_day(month: Month, today: date, calendar: Calendar) -> date | None:
    """The debit date of `month` for a batch built `today`: its payday, or when that is over the next working day.

    None when the day would not lie before the remittance day: then the month is no longer collected.
    """
    day = calendar.payday(month)
    if today > day:
        day = calendar.next_working_day(today + timedelta(days=1))
    return day if day < remittance_day(month, calendar) else None


def months_due(moment: datetime, calendar: Calendar) -> tuple[Month, ...]:
    """The months whose cut-off is over and which can still be collected, earliest first."""
    today = calendar.local_date(moment)
    nearest = Month.of(today)
    return tuple(
        month
        for month in (nearest, nearest.next())
        if calendar.cutoff(month) <= moment and collection_day(month, today, calendar)
    )
