"""Reminding donors who stopped half-way: an unfinished registration, or a mandate that was printed and not handed in.

The rows of the outbox are the memory of what was said: a scheduler that was off, or two at once, change nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from registry.actions import messages
from registry.actions.messages import Saying
from registry.models import City, Message
from registry.queries import city
from sponsorship.actions.drafts import EDITABLE
from sponsorship.actions.registration import resume_url
from sponsorship.models import Mandate, Registration, RegistrationPaper
from sponsorship.rules.reminders import STEPS, Reminded, due_step, in_daytime

DRAFT, SIGNATURE = "draft_reminder", "signature_reminder"
AT_ONCE = 200


@dataclass(frozen=True)
class _Case:
    """A registration that waits for its donor: what is missing, and since when nothing happened."""

    registration: Registration
    event: str
    touched: datetime

    @property
    def since(self) -> str:
        """Names this pause of the donor: another touch is another one, with reminders of its own."""
        return f"{self.registration.reference}/{self.touched:%Y%m%d%H%M%S}"


def remind(*, now: datetime) -> int:
    """Queues the reminders whose turn it is, by day only; answers how many are new. Safe to run at any time, twice.

    A reminder that still waits although its donor has gone on, sent or withdrawn is dropped.
    """
    profile = city()
    waiting = _waiting_for_donor(profile, now)
    _drop_overtaken()
    if not in_daytime(now):
        return 0
    told = 0
    said = _said_since(now - timedelta(days=profile.draft_days))
    for event in (DRAFT, SIGNATURE):
        of_kind = [case for case in waiting if case.event == event]
        due = [
            (case, step) for case in of_kind if (step := due_step(case.touched, said.get(case.since), now))
        ]
        for start in range(0, len(due), AT_ONCE):
            sayings = [_saying(case, step, profile, now) for case, step in due[start : start + AT_ONCE]]
            told += messages.queue_many(event=event, sayings=sayings, now=now)
    return told


def _waiting_for_donor(profile: City, now: datetime) -> list[_Case]:
    """Open registrations in their donors' hands that lie still for a day or longer, and are not given up yet."""
    oldest, newest = now - timedelta(days=profile.draft_days), now - timedelta(days=STEPS[0])
    lying = Registration.objects.filter(state__in=EDITABLE, touched_at__gt=oldest, touched_at__lte=newest)
    lying = lying.exclude(donor__muted__contains="reminders").filter(donor__erased_at=None)
    return [_case(row) for row in _with_paper(lying).select_related("donor")]


def _with_paper(rows):
    """Adds whether a mandate is printed and unsigned, and whether pages of it were handed in."""
    unsigned = Mandate.objects.filter(registration=OuterRef("pk"), state="issued", lineage__ended_at=None)
    handed_in = RegistrationPaper.objects.filter(
        registration=OuterRef("pk"), kind="signed_mandate", set_aside_at=None
    )
    return rows.annotate(
        printed_at=unsigned.order_by("-version").values("issued_at")[:1], handed_in=Exists(handed_in)
    )


def _case(registration: Registration) -> _Case:
    printed_at = registration.printed_at
    touched = max(registration.touched_at, printed_at) if printed_at else registration.touched_at
    event = SIGNATURE if printed_at and not registration.handed_in else DRAFT
    return _Case(registration, event, touched)


def _said_since(moment: datetime) -> dict[str, Reminded]:
    """The last reminder of each pause."""
    last = {}
    said = Message.objects.filter(event__in=(DRAFT, SIGNATURE), created_at__gte=moment)
    for occasion, at in said.order_by("created_at").values_list("occasion", "created_at"):
        since, _, step = occasion.rpartition("/")
        last[since] = Reminded(int(step), at)
    return last


def _saying(case: _Case, step: int, profile: City, now: datetime) -> Saying:
    registration = case.registration
    lapses = registration.touched_at + timedelta(days=profile.draft_days)
    return Saying(
        messages.donor_recipient(registration.donor),
        {
            "registration": registration,
            "link": resume_url(registration),
            "days_left": max((lapses - now).days, 1),
            "last": step == len(STEPS),
            "preferences": f"{settings.BASE_URL}/saya/pesan/",
        },
        occasion=f"{case.since}/{step}",
    )


def _drop_overtaken() -> None:
    """Deletes reminders that could not be sent yet and would say what is not true any more."""
    queued = Message.objects.filter(event__in=(DRAFT, SIGNATURE), state=Message.QUEUED)
    if not queued.exists():
        return
    references = {said.occasion.partition("/")[0] for said in queued}
    rows = _with_paper(Registration.objects.filter(reference__in=references, state__in=EDITABLE))
    rows = rows.exclude(donor__muted__contains="reminders").select_related("donor")
    standing = Q(pk=None)
    for case in map(_case, rows):
        standing |= Q(event=case.event, occasion__startswith=f"{case.since}/")
    queued.exclude(standing).delete()
