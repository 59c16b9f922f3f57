"""What all pages of the wizard share: who is here, whether this step is open to them, and how a step is drawn."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from config.clock import now
from registry import doors
from registry.models import Donor
from registry.rules.finding import Finding
from sponsorship import queries
from sponsorship.actions.drafts import EDITABLE
from sponsorship.models import Registration
from sponsorship.rules.completeness import NOBODY_RUNS
from sponsorship.wizard import session
from sponsorship.wizard.steps import (
    BY_SLUG,
    PARTS,
    TERMS,
    Progress,
    Step,
    barrier,
    first_open,
    following,
    preceding,
)

SENT_ALREADY = (
    "Pendaftaran ini sudah dikirim. Jawabannya tidak dapat diubah lagi, dan tidak ada yang terkirim dua kali."
)
TARIFF_CHANGED = (
    "Tarif iuran berubah sejak Anda mengisi ini. Pilih lagi perkiraan penghasilan pekerja dari "
    "daftar terbaru."
)
TARIFF_AWAY = (
    "Tarif iuran sedang diperbarui. Jawaban Anda tersimpan; silakan lanjutkan nanti atau "
    "hubungi layanan bantuan."
)
# The one page that sends its visitors to other steps and wants them back.
CHECK = "periksa"


@dataclass
class Visit:
    """One request of a donor to one page of their own registration."""

    request: HttpRequest
    registration: Registration
    now: datetime
    step: Step | None = None

    @functools.cached_property
    def progress(self) -> Progress:
        return Progress(self.registration)

    @property
    def donor(self) -> Donor:
        return self.registration.donor

    @functools.cached_property
    def typed(self) -> QueryDict | None:
        """The form as it was sent now, or as it was typed just before a session ended."""
        if self.request.method == "POST":
            return self.request.POST
        return session.typed_before(self.request, self.registration)

    def url_after(self, url: str) -> str:
        """Where a saved page leads: to "later", back to the check page it was opened from, or on."""
        if "later" in self.request.POST:
            return reverse("wizard_later")
        return BY_SLUG[CHECK].url if self.from_check else url

    @property
    def from_check(self) -> bool:
        return self.request.GET.get("dari") == CHECK

    @property
    def next_url(self) -> str:
        return self.url_after(following(self.step, self.progress).url)


def own(*methods: str) -> Callable:
    """A door to the donor's own registration, in whatever state it is."""

    def decorate(view: Callable) -> Callable:
        @functools.wraps(view)
        def found(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            registration = session.own_registration(request)
            if registration is None:
                # Who left with this very form (and its data) is led where it led, and not asked to come in again.
                if request.method == "POST" and (answer := doors.earlier_answer(request)):
                    return answer
                if not methods or "GET" in methods:  # what only takes a form is no page to come back to
                    session.remember_place(request)
                return redirect("wizard_again")
            if request.method == "POST" and (answer := doors.earlier_answer(request)):
                return answer
            return view(Visit(request, registration, now()), *args, **kwargs)

        return doors.donor(*methods)(found)

    return decorate


def at(slug: str, *methods: str) -> Callable:
    """A door to one step of the donor's own draft: out of order it leads to the first step that is not complete."""
    step = BY_SLUG[slug]

    def decorate(view: Callable) -> Callable:
        @functools.wraps(view)
        def in_order(visit: Visit, *args: Any, **kwargs: Any) -> HttpResponse:
            if visit.registration.state not in EDITABLE:
                messages.info(visit.request, SENT_ALREADY)
                return redirect("status")
            if visit.registration.kind == "change" and not visit.progress.facts.workers:
                messages.info(visit.request, NOBODY_RUNS.message)  # stopped or ended meanwhile
                return redirect("status")
            visit.step = step
            if step is not TERMS and not step.applies(visit.progress):
                return redirect(first_open(visit.progress).url)
            closed = barrier(step, visit.progress)
            if closed:
                return redirect(closed.url)
            try:
                return view(visit, *args, **kwargs)
            except queries.NoTariff:
                return _choose_again(visit)

        return own(*(methods or ("GET", "POST")))(in_order)

    return decorate


def _choose_again(visit: Visit) -> HttpResponse:
    """The office changed the tariff under a draft: to the worker whose income has no price any more."""
    month, prices = queries.start_month(visit.registration, visit.now), queries.tariff()
    for sponsorship in queries.own_sponsorships(visit.registration):
        if sponsorship.programme and sponsorship.base_income not in prices.bases(month):
            messages.error(visit.request, TARIFF_CHANGED)
            return redirect("wizard_kepesertaan_pekerja", sponsorship.pk)
    messages.error(visit.request, TARIFF_AWAY)
    return redirect("wizard_later")


def where_to(registration: Registration) -> str:
    """Where a donor who comes back goes on."""
    if registration.state not in EDITABLE:
        return reverse("status")
    step = first_open(Progress(registration))
    # Returned with nothing missing: the office's words are on the status page, and they say what to look at.
    return reverse("status") if registration.state == "returned" and step.slug == "kirim" else step.url


def show(visit: Visit, template: str = "sponsorship/wizard/step.html", **context: Any) -> HttpResponse:
    """One step as a page."""
    before = preceding(visit.step, visit.progress)
    link = visit.registration.link
    page = {
        "registration": visit.registration,
        "step_title": visit.step.title,
        "step_number": visit.step.part,
        "step_total": PARTS,
        "back_url": BY_SLUG[CHECK].url if visit.from_check else before.url if before else reverse("home"),
        "form_token": doors.fresh_token(),
        "session_seconds": settings.DONOR_IDLE_SECONDS,
        "opd_name": link.opd.name if link else "",
        "submit_label": "Simpan dan lanjutkan",
        "later_url": reverse("wizard_later") if "later" in visit.request.POST else "",
        "kept_typing": visit.request.method == "GET" and visit.typed is not None,
        **context,
    }
    return render(visit.request, template, page)


def once(visit: Visit, act: Callable[[], Any], url_of: Callable[[Any], str]) -> Any:
    """Does `act` and remembers where this form led: the same form sent again leads there and does nothing."""
    with transaction.atomic():
        result = act()
        if not refusals(result):
            doors.remember_answer(visit.request, url_of(result))
    return result


def refusals(result: Any) -> list[Finding]:
    """What an action refused, as a list; empty when it did what it was asked."""
    return [result] if isinstance(result, Finding) else result if isinstance(result, list) else []


def gaps_as_links(found: list[Finding]) -> list[dict[str, str]]:
    """Findings whose field names a step, as entries of the error summary that lead there."""
    return [
        {"text": finding.message, "url": BY_SLUG[finding.field].url if finding.field in BY_SLUG else ""}
        for finding in found
    ]
