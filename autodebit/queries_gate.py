"""Reading the salary gate: which OPDs a month waits for, with totals only, never a name.

A confirmation counts for the OPD that gave it and for every unit below it; a decision counts for its own OPD alone.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import Count, Sum

from autodebit.models import Batch, GateDecision, SalaryConfirmation
from autodebit.rules import gate
from autodebit.rules.gate import OfficeFacts
from autodebit.rules.retry import last_day_to_retry
from registry.models import Opd, RoleAssignment
from registry.queries import city
from registry.rules.roles import Role
from sponsorship.queries import calendar
from sponsorship.rules.months import Month

POLICY_ON = "per_opd"
# A batch in one of these has not become a file yet: its lines can still be held back.
NOT_SEALED = ("open", "frozen", "approved")
SEALED = ("sealed", "delivered", "reconciled", "closed")

# One row for each debit of the month, by its last attempt. It waits while it is owed and is in no sealed file.
_LINES = """
    SELECT a.opd_id, count(*) FILTER (WHERE o.state <> 'skipped'),
      coalesce(sum(a.amount) FILTER (WHERE o.state <> 'skipped'), 0)::bigint,
      count(*) FILTER (WHERE waits.yes), coalesce(sum(a.amount) FILTER (WHERE waits.yes), 0)::bigint
    FROM autodebit_batch b
    JOIN autodebit_attempt a ON a.batch_id = b.id
    JOIN autodebit_obligation o ON o.id = a.obligation_id
    CROSS JOIN LATERAL (
      SELECT o.state = 'planned' AND (a.state = 'released' OR b.state = ANY(%(not_sealed)s)) AS yes) waits
    WHERE b.period = %(period)s AND (%(everywhere)s OR a.opd_id = ANY(%(offices)s))
      AND NOT EXISTS (
        SELECT 1 FROM autodebit_attempt later WHERE later.obligation_id = o.id AND later.number > a.number)
    GROUP BY a.opd_id
"""


@dataclass(frozen=True)
class OfficeMonth:
    """The debits of one OPD in one month, in lines and rupiah: all that are collected, and those among them that are in
    no sealed file yet."""

    lines: int = 0
    total: int = 0
    waiting: int = 0
    waiting_total: int = 0


@dataclass(frozen=True)
class Word:
    """Who said, for which OPD, that the salary landed, and on which day; it covers that OPD's units too."""

    confirmation_id: int
    opd_id: int
    landed_on: date
    by: str
    at: datetime


def is_on() -> bool:
    """Whether the city waits for its treasurers before it debits anybody."""
    return city().salary_gate == POLICY_ON


def parents() -> dict[int, int | None]:
    """OPD id -> the OPD above it: the tree, small enough to walk in memory."""
    return dict(Opd.objects.order_by().values_list("pk", "parent_id"))


def words(period: str, tree: dict[int, int | None] | None = None) -> dict[int, Word]:
    """OPD id -> the word that covers it: its own treasurer's, else that of the nearest OPD above it."""
    standing = SalaryConfirmation.objects.filter(period=period, withdrawn_at=None).select_related("by")
    given = {
        row.opd_id: Word(row.pk, row.opd_id, row.landed_on, row.by.full_name, row.at) for row in standing
    }
    tree = parents() if given and tree is None else tree or {}
    found = {opd: nearest(opd, given, tree) for opd in tree}
    return {opd: given[root] for opd, root in found.items() if root is not None}


def nearest(opd: int | None, given, tree: dict[int, int | None]) -> int | None:
    """The OPD itself or the first one above it that is in `given`; None when there is none."""
    while opd is not None and opd not in given:
        opd = tree.get(opd)
    return opd


def decisions(period: str) -> dict[int, GateDecision]:
    """OPD id -> what the labour office decided about it for the month; the last decision holds."""
    found = GateDecision.objects.filter(period=period).select_related("by").order_by("at", "pk")
    return {decision.opd_id: decision for decision in found}


def skipped_offices(period: str) -> set[int]:
    return {opd for opd, decision in decisions(period).items() if decision.decision == "skip"}


def open_offices(period: str) -> list[int]:
    """The OPDs that may be debited for the month: their salary has landed and they were not skipped."""
    return sorted(set(words(period)) - skipped_offices(period))


def offices_of_batch(batch: Batch) -> list[OfficeFacts]:
    """Every OPD with a line in the present revision, with what its treasurer and the office have said."""
    covered, decided = words(batch.period), decisions(batch.period)
    lines = batch.attempts.filter(revision=batch.revision).order_by().values("opd_id")
    return [
        OfficeFacts(
            opd_id=row["opd_id"],
            lines=row["lines"],
            total=row["total"],
            confirmed=row["opd_id"] in covered,
            decision=decided[row["opd_id"]].decision if row["opd_id"] in decided else "",
        )
        for row in lines.annotate(lines=Count("pk"), total=Sum("amount")).order_by("opd_id")
    ]


def held_back(batch: Batch) -> list[OfficeFacts]:
    """The OPDs whose lines must not leave with this batch; none while the policy is off."""
    if not is_on():
        return []
    offices = offices_of_batch(batch)
    closed = {*gate.may_seal(offices, True), *gate.stays_behind(offices, True)}
    return [office for office in offices if office.opd_id in closed]


def month_of_offices(period: str, offices: list[int] | None = None) -> dict[int, OfficeMonth]:
    """OPD id -> its debits of the month, for the OPDs given or for all that have any. Totals only (I23)."""
    values = {
        "period": period,
        "everywhere": offices is None,
        "offices": offices or [],
        "not_sealed": list(NOT_SEALED),
    }
    with connection.cursor() as cursor:
        cursor.execute(_LINES, values)
        return {opd: OfficeMonth(*rest) for opd, *rest in cursor.fetchall()}


def unspoken_offices(period: str) -> list[int]:
    """The OPDs a month waits for: debits in no sealed file, no word of a treasurer, no decision of the office."""
    if not is_on():
        return []
    covered, decided = words(period), decisions(period)
    return sorted(
        opd
        for opd, month in month_of_offices(period).items()
        if month.waiting and opd not in covered and opd not in decided
    )


def has_sealed_lines(opd_id: int, period: str) -> bool:
    """Whether a debit of the OPD, or of a unit below it, is in a file that was sealed for the month."""
    batches = Batch.objects.filter(period=period, state__in=SEALED)
    below = Opd.objects.at_or_below([opd_id])
    return any(batch.attempts.filter(opd__in=below).exclude(state="released").exists() for batch in batches)


def months_past_deadline(now: datetime) -> list[Month]:
    """The months with a batch whose treasurers had their time and which can still be collected."""
    office = calendar()
    today = office.local_date(now)
    periods = (
        Batch.objects.filter(state__in=(*NOT_SEALED, *SEALED)).order_by().values_list("period", flat=True)
    )
    months = [Month.parse(period) for period in sorted(set(periods.distinct()))]
    return [
        month
        for month in months
        if gate.deadline(month, office) <= now and today <= last_day_to_retry(month, office)
    ]


def offices_with_treasurer(tree: dict[int, int | None]) -> set[int]:
    """The OPDs of `tree` for which some active treasurer can speak, as their own or from above."""
    held = RoleAssignment.objects.filter(role=Role.OPD_TREASURER, user__is_active=True)
    roots = set(held.values_list("opd_id", flat=True))
    return {opd for opd in tree if nearest(opd, roots, tree) is not None}


def names_of(opd_ids: list[int], most: int = 3) -> str:
    """A few names and how many more: "Dinas A, Dinas B, Dinas C dan 4 OPD lain"."""
    names = list(Opd.objects.filter(pk__in=opd_ids).order_by("name").values_list("name", flat=True))
    more = len(names) - most
    return ", ".join(names[:most]) + (f" dan {more} OPD lain" if more > 0 else "")
