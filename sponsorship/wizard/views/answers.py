"""The donor's own answers: who they are, which account, and the terms of the mandate."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from config.clock import today
from registry.models import Opd
from registry.queries import city
from sponsorship import queries
from sponsorship.actions import drafts
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month, indonesian_date
from sponsorship.wizard.forms import AccountForm, PersonForm, StepForm, TermsForm
from sponsorship.wizard.numbers import nip_name, nip_words
from sponsorship.wizard.views.pages import Visit, at, refusals, show

# Kinds of offices in the order in which the list shows them.
KIND_ORDER = [kind for kind, _ in Opd.KINDS]


@at("diri")
def person(visit: Visit) -> HttpResponse:
    offices = sorted(Opd.objects.open_on(today()), key=lambda opd: (KIND_ORDER.index(opd.kind), opd.name))
    form = bound(visit, PersonForm, PersonForm.initial_of(visit.registration), offices=offices)
    if visit.request.method == "POST" and form.is_valid():
        result = drafts.save_person(
            registration_id=visit.registration.pk,
            **form.cleaned_data,
            notes=form.notes,
            by=visit.donor,
            now=visit.now,
        )
        if not refusals(result):
            return redirect(visit.next_url)
        form.refuse(result)
    return show(visit, "sponsorship/wizard/person.html", form=form)


@at("diri", "GET")
def not_asn(visit: Visit) -> HttpResponse:
    """Who is neither PNS nor PPPK learns why that is asked for, and another way to protect somebody."""
    words = {"step_title": "Gerakan ini untuk ASN", "step_number": None, "back_url": reverse("wizard_diri")}
    return show(visit, "sponsorship/wizard/not_asn.html", **words)


@at("rekening")
def account(visit: Visit) -> HttpResponse:
    bank = city().bank
    form = bound(visit, AccountForm, AccountForm.initial_of(visit.registration), bank=bank)
    if visit.request.method == "POST" and form.is_valid():
        result = drafts.save_account(
            registration_id=visit.registration.pk,
            bank=bank,
            account=form.cleaned_data["account"],
            holder=form.cleaned_data["holder"],
            notes=form.notes_for(visit.registration.name),
            by=visit.donor,
            now=visit.now,
        )
        if not refusals(result):
            return redirect(visit.next_url)
        form.refuse(result)
    context = {
        "nip_says": "" if visit.from_check else nip_words(visit.registration.nip, today(), in_full=True),
        "nip_name": nip_name(visit.registration.employment),
    }
    return show(visit, "sponsorship/wizard/account.html", form=form, bank=bank, **context)


@at("rekening", "GET")
def no_account(visit: Visit) -> HttpResponse:
    """Not everybody can go on; this page says why and what to do, and leaves the answers where they are."""
    return show(
        visit, "sponsorship/wizard/no_account.html", bank=city().bank, back_url=reverse("wizard_rekening")
    )


@at("ketentuan")
def terms(visit: Visit) -> HttpResponse:
    registration = visit.registration
    profile, calendar = city(), queries.calendar()
    first = queries.first_open_month(visit.now, calendar)
    wished = Month.parse(registration.wished_start) if registration.wished_start else first
    workers = queries.promised_sponsorships(registration)
    full = queries.amounts_of(workers, max(first, wished), queries.tariff()).full
    initial = {
        "wished_start": str(wished) if wished > first else "",
        "ceiling": rupiah(max(registration.ceiling, full)),
    }
    # Who runs already goes on without a gap, so a new paper for them counts from the first month that is open.
    offered = None if registration.kind == "change" else first
    form = bound(visit, TermsForm, initial, first=offered, full_total=full, factor=profile.ceiling_factor)
    if visit.request.method == "POST" and form.is_valid():
        chosen = {"wished_start": None, **form.cleaned_data}
        result = drafts.save_terms(registration_id=registration.pk, **chosen, by=visit.donor, now=visit.now)
        if not refusals(result):
            return redirect(visit.url_after(reverse("wizard_periksa")))
        form.refuse(result)
    context = {"first": first.label(), "payday": indonesian_date(calendar.payday(first))}
    if offered is None:
        context["step_title"] = "Berapa batas tertingginya?"
    return show(visit, "sponsorship/wizard/terms.html", form=form, **context)


def bound(visit: Visit, form_class: type[StepForm], initial: dict, **lists: Any) -> Any:
    """The form with what was sent; else with what was typed before the session ended; else with what is saved."""
    if visit.request.method == "POST":
        return form_class(visit.request.POST, initial=initial, **lists)
    return form_class(initial={**initial, **(visit.typed.dict() if visit.typed else {})}, **lists)
