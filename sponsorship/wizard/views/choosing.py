"""Choosing a worker whom nobody protects yet, from the waiting list, without seeing who it is."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from config.clock import today
from registry.queries import city
from registry.rules.finding import Finding
from sponsorship import queries
from sponsorship.actions import choosing
from sponsorship.actions.drafts import too_many_workers
from sponsorship.models import Sponsorship
from sponsorship.wizard import limits
from sponsorship.wizard.views.pages import Visit, at, once
from sponsorship.wizard.views.pages import show as show_step
from sponsorship.wizard.waiting_cards import choice


@at("pekerja")
def choose(visit: Visit) -> HttpResponse:
    profile, own = city(), queries.own_sponsorships(visit.registration)
    if visit.request.method == "POST":
        return _take(visit)
    if len(own) >= profile.workers_per_registration:
        messages.info(visit.request, too_many_workers(profile.workers_per_registration).message)
        return redirect("wizard_pekerja")
    month = queries.start_month(visit.registration, visit.now)
    context = {
        "step_title": "Pilih pekerja dari daftar tunggu",
        "days": profile.reservation_days,
        "back_url": reverse("wizard_pekerja" if own else "wizard_pekerja_baru"),
        "own_url": reverse("wizard_pekerja_baru"),
        **choice(visit.request.GET, month=month, today=today()),
    }
    return show_step(visit, "sponsorship/wizard/choose.html", **context)


def _take(visit: Visit) -> HttpResponse:
    stopped = limits.too_many(visit.request, "pilih", str(visit.donor.pk), limits.CHOICES)
    if stopped:
        return stopped
    chosen = _chosen(visit.request.POST.get("pilih", ""))
    result = once(visit, lambda: _reserve(visit, chosen), lambda taken: _cover_url(visit, taken))
    if isinstance(result, Finding):
        # Somebody was quicker, or the list changed: the same wishes again, with what is left.
        messages.warning(visit.request, result.message)
        return redirect(visit.request.get_full_path())
    return redirect(_cover_url(visit, result))


def _reserve(visit: Visit, chosen: UUID | None) -> Sponsorship | Finding:
    return choosing.reserve(
        registration_id=visit.registration.pk, waiting_id=chosen, by=visit.donor, now=visit.now
    )


def _cover_url(visit: Visit, taken: Sponsorship) -> str:
    way = "?dari=periksa" if visit.from_check else ""
    return reverse("wizard_kepesertaan_pekerja", args=[taken.pk]) + way


def _chosen(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
