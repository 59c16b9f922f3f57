"""The hub of changes under /saya/perubahan/: another account, another ceiling, another office, retirement, the end.

Each says from which month it counts before anything is clicked.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from registry.queries import city
from registry.rules.display import mask
from registry.rules.finding import Finding
from sponsorship import queries
from sponsorship.actions import amendments, leaving
from sponsorship.models import Mandate, Registration
from sponsorship.rules.lifecycle import OPEN_REGISTRATION
from sponsorship.rules.mandate import ceiling_bounds
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month, indonesian_date, indonesian_weekday_date, wib
from sponsorship.wizard import limits, session
from sponsorship.wizard.own_pages import show_own
from sponsorship.wizard.steps import BY_SLUG
from sponsorship.wizard.views.pages import CHECK, Visit, once, own, where_to
from sponsorship.wizard.views.status import tariff_questions

HERE = "own_change"
# What is changed -> the step of the way that asks for it.
WAYS = {"rekening": "rekening", "batas": "ketentuan"}


@own("GET")
def change(visit: Visit) -> HttpResponse:
    mandate = queries.running_mandate(visit.donor.pk)
    context: dict[str, Any] = {"page_title": "Perubahan", "mandate": mandate}
    if mandate:
        context |= _running(visit, mandate)
    return show_own(visit, "sponsorship/amending/change.html", here=HERE, **context)


def _running(visit: Visit, mandate: Mandate) -> dict[str, Any]:
    open_one = Registration.objects.filter(donor=visit.donor, state__in=OPEN_REGISTRATION).first()
    office = leaving.office_of(mandate.lineage, mandate)
    return {
        "questions": tariff_questions(visit),
        "open_change": open_one if open_one and open_one.kind == "change" else None,
        "other_open": open_one is not None and open_one.kind != "change",
        "account": f"{mandate.bank.name} {mask(mandate.account, 'account')}",
        "ceiling": rupiah(mandate.ceiling),
        "opd": office.name,
        "retires_on": indonesian_date(visit.donor.retires_on) if visit.donor.retires_on else "",
        "last": Month.parse(mandate.end_period).label() if mandate.end_period else "",
        **_bounds(mandate, visit),
        **first_month_words(visit),
    }


def _bounds(mandate: Mandate, visit: Visit) -> dict[str, str]:
    """What the workers of today need without any discount, and how far a ceiling may go; empty without a tariff."""
    registration = Registration(donor=visit.donor)
    workers = queries.promised_sponsorships(registration, own=[])
    try:
        full = queries.amounts_of(workers, queries.first_open_month(visit.now), queries.tariff()).full
    except queries.NoTariff:
        return {}
    if not workers:
        return {}
    low, high = ceiling_bounds(full, city().ceiling_factor)
    return {"needed": rupiah(full), "low": rupiah(low), "high": rupiah(high)}


def first_month_words(visit: Visit) -> dict[str, str]:
    """From which month a change made now counts, until when, and what it is afterwards."""
    office = queries.calendar()
    month = queries.first_open_month(visit.now, office)
    until = office.cutoff(month)
    return {
        "month": str(month),
        "first": month.label(),
        "until": f"{indonesian_weekday_date(until)} pukul {wib(until)}",
        "later": month.next().label(),
        "closed": month.previous().label(),
    }


@own("POST")
def start(visit: Visit) -> HttpResponse:
    """Opens the change (or the one that is open) and leads to what is to be changed."""
    stopped = limits.too_many(visit.request, "mulai", str(visit.donor.pk), limits.STARTS)
    if stopped:
        return stopped
    way = WAYS.get(visit.request.POST.get("what", ""), CHECK)
    address = BY_SLUG[way].url + ("" if way == CHECK else f"?dari={CHECK}")
    result = once(visit, lambda: amendments.start_change(by=visit.donor, now=visit.now), lambda _: address)
    if isinstance(result, Registration):
        session.come_in(visit.request, result)
        return redirect(address)
    messages.info(visit.request, result.message)
    return redirect(_back(visit, result))


def _back(visit: Visit, refused: Finding) -> str:
    """A change that the office has in hand is shown with its state; anything else was said on the hub."""
    if refused != amendments.ALREADY_SENT:
        return reverse(HERE)
    sent = Registration.objects.filter(donor=visit.donor, state__in=OPEN_REGISTRATION).first()
    if sent is None:
        return reverse(HERE)
    session.come_in(visit.request, sent)
    return where_to(sent)
