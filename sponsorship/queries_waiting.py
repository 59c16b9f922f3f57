"""The waiting list as donors see it: the kind of work, the ward and since when somebody waits; never who it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.timezone import localdate

from registry.models import Kelurahan, Occupation
from registry.queries import city
from sponsorship.models import Sponsorship, WaitingWorker
from sponsorship.models.waiting_list import GROUPS
from sponsorship.rules.months import Month

A_PAGE = 12
# What leaves the row: nothing by which a person is known.
SHOWN = ("pk", "occupation__name", "kelurahan__name", "kelurahan__kecamatan__name", "group_kind", "waiting_since",
         "first_in_line")  # fmt: skip


@dataclass(frozen=True)
class Card:
    """One waiting worker without identity. `pk` says nothing by itself; `days` since the office accepted them."""

    pk: UUID
    occupation: str
    kelurahan: str
    kecamatan: str
    group: str
    days: int
    first_in_line: bool


@dataclass(frozen=True)
class Wish:
    """What a donor looks for; an empty word means any."""

    occupation: str = ""
    kecamatan: str = ""
    kelurahan: str = ""


@dataclass(frozen=True)
class Offer:
    """What can be wished for: only kinds of work and places where somebody waits."""

    occupations: list[Occupation]
    wards: list[Kelurahan]

    @property
    def districts(self) -> dict[str, str]:
        """Code and name of each kecamatan, in the order of their names."""
        return {ward.kecamatan_id: ward.kecamatan.name for ward in self.wards}


def free_to_choose(first_day: date) -> QuerySet[WaitingWorker]:
    """Who waits and could be chosen now: held by nobody, under the age limit on the first day of the first month."""
    held = Sponsorship.objects.filter(holds_nik=OuterRef("nik_index"))
    youngest_refused = first_day.replace(year=first_day.year - city().age_limit)
    return WaitingWorker.objects.filter(
        ~Exists(held), state="waiting", erased_at=None, birth_date__gt=youngest_refused
    )


def cards(wish: Wish, *, month: Month, number: str, today: date) -> Page:
    """One page of cards: who lost a sponsor first, then who waits longest. `month`: the first month of cover."""
    found = free_to_choose(month.first_day())
    wanted = {
        "occupation_id": wish.occupation,
        "kelurahan__kecamatan_id": wish.kecamatan,
        "kelurahan_id": wish.kelurahan,
    }
    rows = found.filter(**{name: value for name, value in wanted.items() if value})
    ordered = rows.order_by("-first_in_line", "waiting_since", "pk").values(*SHOWN)
    page = Paginator(ordered, A_PAGE).get_page(number)
    page.object_list = [_card(row, today) for row in page.object_list]
    return page


def offer(*, month: Month) -> Offer:
    """The kinds of work and the wards of everybody who can be chosen."""
    found = free_to_choose(month.first_day())
    wards = Kelurahan.objects.filter(pk__in=found.values("kelurahan_id")).select_related("kecamatan")
    return Offer(
        occupations=list(Occupation.objects.filter(pk__in=found.values("occupation_id"))),
        wards=list(wards.order_by("kecamatan__name", "name")),
    )


def kept_until(sponsorships: Iterable[Sponsorship]) -> dict[UUID, datetime]:
    """Until when each worker chosen from the list is kept for a registration that was not sent yet."""
    chosen = [sponsorship.waiting_id for sponsorship in sponsorships if sponsorship.waiting_id]
    if not chosen:
        return {}
    reserved = WaitingWorker.objects.filter(pk__in=chosen, state="reserved")
    return dict(reserved.values_list("pk", "reserved_until"))


def _card(row: dict, today: date) -> Card:
    return Card(
        pk=row["pk"],
        occupation=row["occupation__name"],
        kelurahan=row["kelurahan__name"],
        kecamatan=row["kelurahan__kecamatan__name"],
        group=dict(GROUPS).get(row["group_kind"], ""),
        days=(today - localdate(row["waiting_since"])).days,
        first_in_line=row["first_in_line"],
    )
