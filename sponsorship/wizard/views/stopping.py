"""The way out of a running promise: says from which month it counts before the click, then does it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from registry import doors
from registry.rules.finding import Finding
from registry.tasks import send_soon
from sponsorship import queries
from sponsorship.actions.ending import NOTHING_RUNS, last_month, revoke
from sponsorship.models import Mandate, Registration
from sponsorship.rules.lifecycle import LIVE_MANDATE, REGISTRATION
from sponsorship.rules.months import indonesian_weekday_date, wib
from sponsorship.wizard.views.pages import Visit, once, own


@own("GET", "POST")
def stop(visit: Visit) -> HttpResponse:
    mandate = Mandate.objects.filter(lineage__donor=visit.donor, state__in=LIVE_MANDATE).first()
    if visit.request.method == "POST":
        result = once(visit, lambda: revoke(by=visit.donor, now=visit.now), lambda _: reverse("status"))
        if isinstance(result, Finding):
            messages.info(visit.request, _nothing_runs(visit.registration))
        else:
            send_soon()
            messages.success(
                visit.request, "Surat kuasa sudah dihentikan. Konfirmasinya kami kirim ke kontak Anda."
            )
        return redirect("status")
    if mandate is None:
        messages.info(visit.request, _nothing_runs(visit.registration))
        return redirect("status")
    last = last_month(visit.now)
    until = queries.calendar().cutoff(last.next())
    context = {
        "mandate": mandate,
        "workers": queries.running_workers(mandate),
        "under_way": mandate.lineage.mandates.filter(state="signed").exists(),
        "last": last.label() if queries.is_cut(mandate.lineage, last) else "",
        "free": last.next().label(),
        "until": f"{indonesian_weekday_date(until)} pukul {wib(until)}",
        "form_token": doors.fresh_token(),
    }
    return render(visit.request, "sponsorship/stop.html", context)


def _nothing_runs(registration: Registration) -> str:
    """That there is nothing to stop, and the way out of a registration that nobody approved yet."""
    if REGISTRATION.allows(registration.state, "withdraw"):
        return f"{NOTHING_RUNS.message} Pendaftaran yang belum diperiksa dapat Anda batalkan di halaman ini."
    return NOTHING_RUNS.message
