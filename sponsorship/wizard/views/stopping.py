"""The way out of a running promise: says from which month it counts before the click, then does it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from registry import doors
from registry.rules.finding import Finding
from registry.tasks import send_soon
from sponsorship import queries
from sponsorship.actions.ending import NOTHING_RUNS, last_month_under, revoke
from sponsorship.actions.leaving import withdraw_in_cooling_off, within_cooling_off
from sponsorship.models import Mandate, Registration
from sponsorship.rules.lifecycle import LIVE_MANDATE, REGISTRATION
from sponsorship.rules.months import indonesian_weekday_date, wib
from sponsorship.wizard import session
from sponsorship.wizard.views.pages import Visit, once, own

SOMETHING_LEFT = (
    "Surat kuasa dibatalkan sebelum potongan pertama, dan data untuk surat kuasa itu sudah dihapus. Pendaftaran Anda "
    "yang lain tetap ada."
)


@own("GET", "POST")
def stop(visit: Visit) -> HttpResponse:
    mandate = Mandate.objects.filter(lineage__donor=visit.donor, state__in=LIVE_MANDATE).first()
    if "cooling_off" in visit.request.POST:
        return _without_trace(visit)
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
    last = last_month_under(mandate, visit.now)
    until = queries.calendar().cutoff(last.next())
    context = {
        "mandate": mandate,
        "workers": queries.running_workers(mandate),
        "under_way": mandate.lineage.mandates.filter(state="signed").exists(),
        "last": last.label() if queries.is_cut(mandate.lineage, last) else "",
        "begun": queries.ever_cut(mandate.lineage, last),
        "free": last.next().label(),
        "until": f"{indonesian_weekday_date(until)} pukul {wib(until)}",
        "cooling_off": within_cooling_off(visit.donor, visit.now),
        "others_go": Registration.objects.filter(
            donor=visit.donor, state__in=("draft", "returned", "submitted")
        ).exists(),
        "form_token": doors.fresh_token(),
    }
    return render(visit.request, "sponsorship/stop.html", context)


def _without_trace(visit: Visit) -> HttpResponse:
    """Before the first debit: revoked and erased. Who has nothing left here is signed out to a plain page."""
    result = once(
        visit, lambda: withdraw_in_cooling_off(by=visit.donor, now=visit.now), lambda _: reverse("own_gone")
    )
    if isinstance(result, Finding):
        messages.info(visit.request, result.message)
        return redirect("status" if result == NOTHING_RUNS else "stop")
    send_soon()
    left = Registration.objects.filter(donor=visit.donor, erased_at=None).order_by("-started_at").first()
    if left:
        session.come_in(visit.request, left)
        messages.success(visit.request, SOMETHING_LEFT)
        return redirect("status")
    session.leave(visit.request)
    visit.request.session.pop(session.LAPSED, None)
    return redirect("own_gone")


def _nothing_runs(registration: Registration) -> str:
    """That there is nothing to stop, and the way out of a registration that nobody approved yet."""
    if REGISTRATION.allows(registration.state, "withdraw"):
        return f"{NOTHING_RUNS.message} Pendaftaran yang belum diperiksa dapat Anda batalkan di halaman ini."
    return NOTHING_RUNS.message
