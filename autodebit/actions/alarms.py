"""A step of the month that is late says so by itself, once, to everybody whose step it is."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from autodebit import queries_month
from autodebit.models import BankProfile
from autodebit.rules.runbook import StepView, late_steps, steps
from registry.actions import audit, messages
from registry.models import User
from registry.rules.events import Event
from registry.rules.roles import Role
from sponsorship.queries import calendar
from sponsorship.rules.months import Month, indonesian_weekday_date, wib

# A month whose last step is long overdue is shown in red on the board; no new messages come about it.
MONTHS_BACK = 2


def raise_late(*, now: datetime) -> int:
    """Tells the owners of every late step of the running months; answers how many messages are new.

    A step that is nobody's of the office (the bank's, a treasurer's) is told to the operators, who have to ask.
    """
    told, office = 0, calendar()
    oldest = Month.of(office.local_date(now)).plus(-MONTHS_BACK)
    for profile in BankProfile.objects.select_related("bank").filter(bank__active=True):
        for month in queries_month.open_months(profile, now):
            if month >= oldest:
                views = steps(month, queries_month.facts_of(profile, month), office, now)
                told += sum(_raise(profile, month, view, now) for view in late_steps(views))
    return told


def _raise(profile: BankProfile, month: Month, view: StepView, now: datetime) -> int:
    about = f"{profile.pk} {view.step}"
    with transaction.atomic():
        new = messages.queue_many(
            event="step_late",
            now=now,
            sayings=[
                messages.Saying(recipient, _values(month, view), str(month), about)
                for recipient in _recipients(view.owner)
            ],
        )
        if new:
            audit.record(
                event=Event.ALARM_RAISED, about=profile, by=audit.SYSTEM, now=now, step=str(view.step),
                period=str(month), count=new,
            )  # fmt: skip
    return new


def _recipients(owner: str) -> list[messages.Recipient]:
    role = owner if owner in (Role.LABOUR_OPERATOR, Role.LABOUR_APPROVER) else Role.LABOUR_OPERATOR
    people = User.objects.filter(is_active=True, assignments__role=role).distinct().order_by("pk")
    return [found for found in map(messages.staff_recipient, people) if found]


def _values(month: Month, view: StepView) -> dict:
    return {
        "step": view.label,
        "month": month.label(),
        "deadline": f"{indonesian_weekday_date(view.deadline)} pukul {wib(view.deadline)}",
        "missing": view.missing,
        "link": f"{settings.BASE_URL}/kantor/bulan/{month}/",
    }
