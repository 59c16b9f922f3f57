"""The donor's own data under /saya/data/: see, correct, erase, and who looked at them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from registry.models import Donor
from registry.rules.finding import Finding
from registry.tasks import send_soon
from sponsorship import queries
from sponsorship.actions import privacy
from sponsorship.models import Consent, Mandate, Registration
from sponsorship.queries_openings import openings
from sponsorship.queries_own_data import Part, Row, consent_again, own_data
from sponsorship.rules.lifecycle import LIVE_MANDATE, OPEN_REGISTRATION
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month, indonesian_date, wib
from sponsorship.wizard import limits, session
from sponsorship.wizard.own_pages import show_own
from sponsorship.wizard.privacy_forms import PositionForm
from sponsorship.wizard.views.pages import Visit, once, own

NUMBERS = ("30/h", "600/h")
ERASED_ALL = (
    "Data Anda sudah dihapus dan Anda sudah keluar. Terima kasih. Anda dapat mendaftar lagi kapan saja."
)
ERASED_SOME = "Data yang dapat dihapus sudah dihapus. Yang wajib disimpan tertulis di halaman ini."


@own("GET")
def data(visit: Visit) -> HttpResponse:
    return _show_data(visit, full=False)


@own("POST")
def numbers(visit: Visit) -> HttpResponse:
    """The same page with full numbers; that they were shown stands in the journal."""
    stopped = limits.too_many(visit.request, "nomor-sendiri", str(visit.donor.pk), NUMBERS)
    if stopped:
        return stopped
    privacy.show_numbers(by=visit.donor, now=visit.now)
    return _show_data(visit, full=True)


def _show_data(visit: Visit, full: bool) -> HttpResponse:
    looks = openings(visit.donor)
    context = {
        "page_title": "Data saya",
        "full": full,
        "parts": [shown(part) for part in own_data(visit.donor, full)],
        "openings": [
            {"when": f"{indonesian_date(look.at)}, {wib(look.at)}", "what": look.what, "who": look.who}
            for look in looks
        ],
        "others": sum(not look.own for look in looks),
        "plan": privacy.erasable(visit.donor),
    }
    return show_own(visit, "sponsorship/own/data.html", here="own_data", **context)


def shown(part: Part) -> dict[str, Any]:
    """A part as a page draws it: filled rows only, values in words."""
    rows = [{"label": row.label, "value": in_words(row)} for row in part.rows if row.value not in (None, "")]
    parts = [shown(inner) for inner in part.parts]
    return {"key": part.key, "title": part.title, "rows": rows, "parts": parts, "link": part.link}


def in_words(row: Row) -> str:
    """A fact for people: dates, moments, months and money by their words."""
    value = row.value
    if row.money:
        return rupiah(int(value))
    if row.key in (
        "start",
        "wished_start",
        "start_period",
        "end_period",
        "pause_from",
        "pause_until",
        "active_since",
    ):
        return Month.parse(str(value)).label()
    if hasattr(value, "hour"):
        return f"{indonesian_date(value)}, {wib(value)}"
    return indonesian_date(value) if hasattr(value, "isoformat") else str(value)


@own("GET")
def consent(visit: Visit, pk: int) -> HttpResponse:
    """One consent: when, which text, which figures, and the wording once more."""
    given = get_object_or_404(
        Consent.objects.select_related("registration"), pk=pk, registration__donor=visit.donor
    )
    text, same = consent_again(given)
    context = {
        "page_title": "Persetujuan Anda",
        "back_url": reverse("own_data"),
        "consent": given,
        "given": f"{indonesian_date(given.given_at)}, {wib(given.given_at)}",
        "paragraphs": text.split("\n\n") if text else [],
        "same": same,
    }
    return show_own(visit, "sponsorship/own/consent.html", here="own_data", **context)


@own("GET", "POST")
def position(visit: Visit) -> HttpResponse:
    """What is the donor's own word and stands on no signed paper; what stands there says how it is changed."""
    posted = visit.request.method == "POST"
    form = PositionForm(
        visit.request.POST if posted else None,
        initial={"position": visit.donor.position or visit.registration.position},
    )
    if posted and form.is_valid():
        once(
            visit,
            lambda: privacy.correct_position(
                by=visit.donor, position=form.cleaned_data["position"], now=visit.now
            ),
            lambda _: reverse("own_data"),
        )
        messages.success(visit.request, "Jabatan sudah dibetulkan.")
        return redirect("own_data")
    open_one = Registration.objects.filter(donor=visit.donor, state__in=("draft", "returned")).exists()
    context = {
        "page_title": "Betulkan data",
        "back_url": reverse("own_data"),
        "form": form,
        "open_one": open_one,
        "runs": _runs(visit.donor),
    }
    return show_own(visit, "sponsorship/own/correct.html", here="own_data", **context)


@own("GET", "POST")
def erase(visit: Visit) -> HttpResponse:
    """What goes, what has to stay and until when, before the click; then it is done."""
    if visit.request.method == "POST":
        result = once(visit, lambda: privacy.erase_own(by=visit.donor, now=visit.now), _after_erasing)
        if isinstance(result, Finding):
            messages.error(visit.request, result.message)
            return redirect("own_erase")
        send_soon()
        if result.stays:
            messages.success(visit.request, ERASED_SOME)
            return redirect("own_data")
        session.leave(visit.request)
        visit.request.session.pop(session.LAPSED, None)
        messages.success(visit.request, ERASED_ALL)
        return redirect("home")
    plan = privacy.erasable(visit.donor)
    context = {
        "page_title": "Hapus data saya",
        "back_url": reverse("own_data"),
        "plan": plan,
        "withdrawn": [row for row in plan.goes if row.state in OPEN_REGISTRATION],
        "stays": [(row, indonesian_date(until)) for row, until in plan.stays],
        "runs": _runs(visit.donor),
        "contact": session.shown_contact(visit.donor),
        "first_open": queries.first_open_month(visit.now).label(),
    }
    return show_own(visit, "sponsorship/own/erase.html", here="own_data", **context)


def _after_erasing(plan: privacy.Erasable) -> str:
    return reverse("own_data") if plan.stays else reverse("home")


def _runs(donor: Donor) -> bool:
    return Mandate.objects.filter(lineage__donor=donor, state__in=LIVE_MANDATE).exists()
