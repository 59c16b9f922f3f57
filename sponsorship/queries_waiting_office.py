"""The waiting list as the offices see it: who may see which worker, the tabs with their counts, and the filters."""

from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from registry.models import User
from registry.rules.roles import OPD_ROLES, RIGHTS, Right
from registry.staff import offices_of, roles_of
from sponsorship.models import Poster, WaitingWorker, WorkerConsent

# The tabs in their order, and which state each one shows.
TABS = {
    "diperiksa": ("Menunggu diperiksa", "entered"),
    "menunggu": ("Menunggu orang tua asuh", "waiting"),
    "dipilih": ("Dipilih, menunggu surat kuasa", "reserved"),
    "terlindungi": ("Mendapat orang tua asuh", "chosen"),
    "ditolak": ("Tidak memenuhi syarat", "refused"),
    "keluar": ("Keluar dari daftar", "withdrawn"),
}
# Where the journal of a closed case matters more than its age: the newest first.
NEWEST_FIRST = ("chosen", "refused", "withdrawn")


@dataclass(frozen=True)
class Filters:
    """What narrows the list; empty means: everything. `words` is looked for in the name."""

    group: str = ""
    kelurahan: str = ""
    occupation: str = ""
    words: str = ""

    @property
    def any(self) -> bool:
        return bool(self.group or self.kelurahan or self.occupation or self.words)


def sees_all(user: User) -> bool:
    """Whether this person sees the whole city's list, and not only what was entered for the own office."""
    return bool((roles_of(user) & RIGHTS[Right.SEE_WAITING]) - OPD_ROLES)


def visible_to(user: User) -> QuerySet[WaitingWorker]:
    if sees_all(user):
        return WaitingWorker.objects.all()
    return WaitingWorker.objects.filter(entered_for__in=offices_of(user, Right.SEE_WAITING))


def listed(user: User, state: str, filters: Filters) -> QuerySet[WaitingWorker]:
    """One tab, oldest first (what is closed: newest first), with `agreed`: whether the worker said yes."""
    rows = visible_to(user).filter(state=state)
    if filters.group:
        rows = rows.filter(group_kind=filters.group)
    if filters.kelurahan:
        rows = rows.filter(kelurahan_id=filters.kelurahan)
    if filters.occupation:
        rows = rows.filter(occupation_id=filters.occupation)
    if filters.words:
        rows = rows.filter(name__icontains=filters.words)
    given = WorkerConsent.objects.filter(waiting=OuterRef("pk"), nik_index=OuterRef("nik_index"))
    order = ("-created_at",) if state in NEWEST_FIRST else ("-first_in_line", "waiting_since", "created_at")
    return (
        rows.annotate(agreed=Exists(given))
        .select_related("occupation", "kelurahan", "entered_for")
        .order_by(*order, "pk")
    )


def counts(user: User) -> dict[str, int]:
    """How many workers lie in each tab."""
    by_state = dict(visible_to(user).order_by().values_list("state").annotate(number=Count("pk")))
    return {tab: by_state.get(state, 0) for tab, (_, state) in TABS.items()}


def to_check(user: User) -> int:
    """How many this person could check now: the worker has agreed, and somebody else entered them."""
    given = WorkerConsent.objects.filter(waiting=OuterRef("pk"), nik_index=OuterRef("nik_index"))
    rows = visible_to(user).filter(Exists(given), state="entered")
    return rows.exclude(entered_by=user).count()


def without_consent(user: User) -> int:
    """How many were entered and have not agreed yet."""
    given = WorkerConsent.objects.filter(waiting=OuterRef("pk"), nik_index=OuterRef("nik_index"))
    return visible_to(user).filter(~Exists(given), state="entered").count()


def posters() -> QuerySet[Poster]:
    """Every poster with how many registered at it; open ones first."""
    return (
        Poster.objects.select_related("kelurahan", "opd", "created_by")
        .annotate(number=Count("workers", filter=Q(workers__erased_at=None)))
        .order_by(F("revoked_at").desc(nulls_first=True), "-created_at")
    )
