"""What the desk of the OPD looks at. The office is part of every query: what is foreign does not exist (I18)."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from registry.models import User
from registry.rules.roles import Right
from registry.staff import offices_of
from sponsorship.models import Registration

# The tabs of the queue: what each is called, and which states it shows.
QUEUES = {
    "menunggu": ("Menunggu", ("submitted",)),
    "diperiksa": ("Sedang diperiksa", ("in_check",)),
    "dikembalikan": ("Dikembalikan", ("returned",)),
    "disetujui": ("Disetujui", ("verified",)),
}
VISIBLE = tuple(state for _, states in QUEUES.values() for state in states)
# Within so many days a case should be answered; later it is marked as late.
ANSWER_WITHIN_DAYS = 5
NEAR_DAYS = 1


@dataclass(frozen=True)
class Age:
    """How long a case has been waiting, and how many days are left to answer it (negative: late)."""

    days: int
    left: int

    @property
    def words(self) -> str:
        return f"{self.days} hari" if self.days else "hari ini"

    @property
    def mark(self) -> str:
        """What must be said beside the age, or nothing."""
        if self.left < 0:
            return f"terlambat {-self.left} hari"
        if self.left > NEAR_DAYS:
            return ""
        return "batas hari ini" if self.left == 0 else "batas besok"

    @property
    def late(self) -> bool:
        return self.left < 0


def age_of(registration: Registration, today: date) -> Age:
    """Counted in days of the office's calendar, not in hours."""
    sent = registration.submitted_at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    days = (today - sent).days
    return Age(days, ANSWER_WITHIN_DAYS - days)


def registrations_for(user: User) -> QuerySet[Registration]:
    """Every registration this verifier may see: sent in, and in their OPD or a unit below it."""
    return Registration.objects.filter(opd__in=offices_of(user, Right.CHECK_DOCUMENTS), state__in=VISIBLE)


def queue_of(user: User, tab: str, words: str) -> QuerySet[Registration]:
    """One tab of the queue, oldest first (what is approved: newest first), narrowed by name or reference."""
    rows = registrations_for(user).filter(state__in=QUEUES[tab][1])
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(reference__icontains=words))
    return rows.order_by("-verified_at", "pk") if tab == "disetujui" else rows.order_by("submitted_at", "pk")


def counts_for(user: User) -> dict[str, int]:
    """How many registrations lie in each tab."""
    by_state = dict(registrations_for(user).order_by().values_list("state").annotate(number=Count("pk")))
    return {tab: sum(by_state.get(state, 0) for state in states) for tab, (_, states) in QUEUES.items()}


def next_case(user: User, after: Registration) -> Registration | None:
    """The case to go on with: the next that waits behind `after`, else the oldest; never one's own."""
    waiting = _others_waiting(user, after)
    return waiting.filter(_behind(after.submitted_at, after.pk)).first() or waiting.first()


def previous_case(user: User, before: Registration) -> Registration | None:
    """The one that waits just before, or nothing at the head of the queue."""
    waiting = _others_waiting(user, before).exclude(_behind(before.submitted_at, before.pk))
    return waiting.order_by("-submitted_at", "-pk").first()


def _others_waiting(user: User, case: Registration) -> QuerySet[Registration]:
    waiting = queue_of(user, "menunggu", "").exclude(pk=case.pk)
    return waiting.exclude(nip_index=user.nip_index) if user.nip_index else waiting


def _behind(moment: datetime, pk) -> Q:
    return Q(submitted_at__gt=moment) | Q(submitted_at=moment, pk__gt=pk)
