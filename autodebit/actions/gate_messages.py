"""What the salary gate says by itself: a reminder to the treasurers, and a word to donors whose month is skipped."""

from datetime import datetime

from autodebit import queries_gate
from autodebit.actions.gate import SKIPPED
from autodebit.models import Obligation
from registry.actions import messages
from registry.actions.messages import Recipient
from registry.models import Message, Opd, RoleAssignment
from registry.rules.roles import Role
from sponsorship.rules.months import Month

AT_ONCE = 200
REMINDER, TOLD = "salary_reminder", "salary_skipped"


def remind(*, now: datetime) -> int:
    """From the deadline on: one message per month to each treasurer of an OPD that has debits and no word yet.

    Answers how many were queued. The office's own decision ends the waiting, and with it the reminding.
    """
    if not queries_gate.is_on():
        return 0
    queued = 0
    for month in queries_gate.months_past_deadline(now):
        waiting = queries_gate.unspoken_offices(str(month))
        for treasurer, offices in _treasurers(waiting).items():
            queued += _remind_one(treasurer, offices, month, now)
    return queued


def tell_skipped(*, now: datetime) -> int:
    """Queues the word for donors whose month was skipped and who were not told, some at a time; answers how many."""
    if not queries_gate.is_on():
        return 0
    told = 0
    for month in queries_gate.months_past_deadline(now):
        if queries_gate.skipped_offices(str(month)):
            told += sum(_tell_one(row, month, now) for row in _not_told(str(month)))
    return told


def _treasurers(opd_ids: list[int]) -> dict[RoleAssignment, list[int]]:
    """Each active treasurer's assignment with the waiting OPDs that it speaks for."""
    if not opd_ids:
        return {}
    tree = queries_gate.parents()
    held = RoleAssignment.objects.filter(role=Role.OPD_TREASURER, user__is_active=True)
    found: dict[RoleAssignment, list[int]] = {}
    for assignment in held.exclude(user__email="").select_related("user").order_by("pk"):
        mine = [opd for opd in opd_ids if queries_gate.nearest(opd, {assignment.opd_id}, tree) is not None]
        if mine:
            found[assignment] = mine
    return found


def _remind_one(assignment: RoleAssignment, offices: list[int], month: Month, now: datetime) -> int:
    user = assignment.user
    period = str(month)
    if Message.objects.filter(event=REMINDER, recipient=str(user.pk), period=period).exists():
        return 0
    said = messages.queue(
        event=REMINDER,
        to=Recipient(str(user.pk), "email", user.email),
        period=period,
        now=now,
        name=user.full_name,
        month=month.label(),
        offices=list(Opd.objects.filter(pk__in=offices).order_by("name").values_list("name", flat=True)),
    )
    return int(said is not None)


def _not_told(period: str) -> list[Obligation]:
    skipped = Obligation.objects.filter(period=period, state="skipped", reason=SKIPPED)
    recipients = Message.objects.filter(event=TOLD, period=period).values_list("recipient", flat=True)
    told = set(recipients)
    rows = skipped.select_related("lineage__donor", "mandate").order_by("pk")
    return [row for row in rows if str(row.lineage.donor_id) not in told][:AT_ONCE]


def _tell_one(obligation: Obligation, month: Month, now: datetime) -> int:
    donor = obligation.lineage.donor
    said = messages.queue(
        event=TOLD,
        to=messages.donor_recipient(donor),
        period=obligation.period,
        now=now,
        name=donor.name,
        month=month.label(),
        number=obligation.mandate.number,
    )
    return int(said is not None)
