"""The promise's part of the donor's own page: what was sent, what happens now, what to repair, and the way out."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify

from registry import doors
from registry.actions import documents
from registry.models import DocumentPage
from registry.rules.finding import Finding
from registry.rules.lifecycle import State
from sponsorship import queries
from sponsorship.actions import tariff_clock
from sponsorship.actions.drafts import EDITABLE
from sponsorship.actions.mandates import open_print
from sponsorship.actions.registration import BEING_CHECKED, resume_url, withdraw
from sponsorship.models import Mandate, Registration, Sponsorship
from sponsorship.rules.lifecycle import LIVE_MANDATE, MANDATE, REGISTRATION
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month, indonesian_date, indonesian_weekday_date, wib
from sponsorship.wizard import session
from sponsorship.wizard.own_timeline import STOPPED, told
from sponsorship.wizard.steps import Progress, first_open
from sponsorship.wizard.views.entry import begin
from sponsorship.wizard.views.pages import Visit, once, own
from sponsorship.wizard.views.returned import return_reasons

TITLES = {
    "draft": "Pendaftaran Anda belum dikirim",
    "submitted": "Pendaftaran terkirim",
    "in_check": "Pendaftaran sedang diperiksa",
    "returned": "Ada yang perlu diperbaiki",
    "verified": "Pendaftaran disetujui",
    "withdrawn": "Pendaftaran dibatalkan",
    "expired": "Pendaftaran kedaluwarsa",
}
# A registration that needs nothing more from its donor; another one may begin.
FINISHED = ("verified", "withdrawn", "expired")
NOT_TO_WITHDRAW = "Pendaftaran ini tidak dapat dibatalkan lagi. Hubungi layanan bantuan bila ada pertanyaan."


def status_context(visit: Visit) -> dict[str, Any]:
    """What the promise knows for the donor's own page; the collection adds the money (autodebit.views.own).

    `happenings`: past, oldest first; `ahead`: what comes next, as entries of a timeline; `sponsorships`: the workers of
    this registration and all that run for this donor.
    """
    registration = visit.registration
    state = REGISTRATION.state(registration.state)
    mandate = _mandate(registration)
    stopped = _stopped(registration, mandate)
    return {
        "registration": registration,
        "page_title": STOPPED if stopped else _title(registration),
        "state": {"label": STOPPED, "tone": "ended"} if stopped else _shown(state),
        "happenings": told(visit.donor),
        "ahead": _last_debit(stopped, visit.now) if stopped else _ahead(registration, mandate, visit),
        "sponsorships": _sponsorships(registration),
        "mandate": None if registration.erased_at else mandate,  # what was erased cannot be downloaded
        "ceiling": rupiah(mandate.ceiling) if mandate else "",
        "questions": tariff_questions(visit),
        "returned": return_reasons(registration) if registration.state == "returned" else None,
        "continue_url": first_open(Progress(registration)).url if registration.state in EDITABLE else "",
        "may_withdraw": REGISTRATION.allows(registration.state, "withdraw"),
        "may_start_anew": registration.state in FINISHED,
        "goes_on": registration.state == "verified" and not stopped,
        "stopped": stopped is not None,
        "mandate_state": MANDATE.state(mandate.state) if mandate else None,
        # Also while another registration of the same donor is being filled in: stopping is free at any time.
        "may_stop": Mandate.objects.filter(lineage__donor=visit.donor, state__in=LIVE_MANDATE).exists(),
        "resume_url": resume_url(registration),
        "contact": session.shown_contact(visit.donor),
    }


def _title(registration: Registration) -> str:
    title = TITLES[registration.state]
    return title.replace("Pendaftaran", "Perubahan") if registration.kind == "change" else title


def tariff_questions(visit: Visit) -> list[dict[str, str]]:
    """The changes of the contribution that this donor was asked about and that still lie ahead."""
    return [
        {
            "url": reverse("own_tariff", args=[question.pk]),
            "month": change.month.label(),
            "before": rupiah(change.before),
            "after": rupiah(change.after),
        }
        for question, change in tariff_clock.open_questions(visit.donor, visit.now)
    ]


def _sponsorships(registration: Registration) -> list[Sponsorship]:
    own = queries.own_sponsorships(registration)
    running = Sponsorship.objects.filter(donor_id=registration.donor_id, state__in=queries.RUNNING)
    others = running.exclude(pk__in=[row.pk for row in own]).select_related("worker")
    return [*others.order_by("created_at", "position"), *own]


def _mandate(registration: Registration) -> Mandate | None:
    """The paper in force, also when a later registration has replaced it in the meantime, or it was revoked."""
    current = queries.current_mandate(registration)
    if (
        current or registration.state in EDITABLE
    ):  # a paper of before must not be signed for what is filled in now
        return current
    return registration.mandates.first()


def _stopped(registration: Registration, mandate: Mandate | None) -> Mandate | None:
    """The revoked version that ended what this registration had set going, be it its own paper or a later one."""
    if registration.state != "verified" or mandate is None:
        return None
    # Only a revocation leaves a last month on a cancelled paper, and only retirement on an expired one.
    return mandate.lineage.mandates.filter(state__in=("cancelled", "expired")).exclude(end_period="").first()


def _last_debit(mandate: Mandate, now: datetime) -> list[dict]:
    """The last month that is still debited after a revocation; nothing once its payday is over."""
    last, calendar = Month.parse(mandate.end_period), queries.calendar()
    workers = queries.covered_until(mandate)
    if not workers:
        never = mandate.end_period < mandate.start_period
        words = (
            "Surat kuasa berakhir sebelum bulan pertamanya."
            if never
            else f"Untuk {last.label()} dan sesudahnya tidak ada iuran yang dipotong."
        )
        return [{"title": "Tidak ada potongan", "tone": "info", "text": words}]
    if calendar.payday(last) < calendar.local_date(now):
        return []
    payday = indonesian_weekday_date(calendar.payday(last))
    amount = rupiah(_price_of(workers, last, mandate))
    words = f"Untuk {last.label()}. Sesudah itu tidak ada potongan lagi."
    return [{"title": f"Potongan terakhir: {payday}, {amount}", "tone": "info", "text": words}]


def _ahead(registration: Registration, mandate: Mandate | None, visit: Visit) -> list[dict]:
    """What comes next while the office checks: the check, then about when the first debit is. What runs already has its
    next debit in figures (autodebit.queries_ahead)."""
    if registration.state not in ("submitted", "in_check"):
        return []
    calendar = queries.calendar()
    month = queries.start_month(registration, visit.now, calendar)
    until = calendar.cutoff(month)
    words = (
        f"Bila selesai sebelum {indonesian_date(until)} pukul {wib(until)}, bulan pertamanya {month.label()}."
    )
    checking = {"title": f"{registration.opd.name} memeriksa berkas Anda", "tone": "wait", "text": words}
    first = {
        "title": "Potongan pertama",
        "tone": "info",
        "when": f"Kira-kira {indonesian_weekday_date(calendar.payday(month))}",
    }
    if mandate:
        amount = _price_of(queries.promised_sponsorships(registration), month, mandate)
        first["text"] = f"{rupiah(amount)} per bulan, paling banyak {rupiah(mandate.ceiling)}."
    return [checking, first]


def _price_of(workers: list[Sponsorship], month: Month, mandate: Mandate) -> int:
    """What that month costs. The paper names the month it was printed for: a discount may have ended since."""
    try:
        return queries.amounts_of(workers, month, queries.tariff()).now or mandate.amount_at_issue
    except queries.NoTariff:
        return mandate.amount_at_issue


def _shown(state: State) -> dict[str, str]:
    return {"label": state.label, "tone": state.tone}


@own("GET")
def mandate_pdf(visit: Visit) -> HttpResponse:
    """The kept paper, the same bytes each time, with a line in the journal."""
    mandate = _mandate(visit.registration)
    if mandate is None or visit.registration.erased_at:
        raise Http404
    try:
        data = open_print(mandate=mandate, by=visit.donor, now=visit.now)
    except documents.PaperDamaged:
        messages.error(
            visit.request,
            "Surat kuasa Anda sedang tidak dapat dibuka. Hubungi layanan bantuan; data Anda aman.",
        )
        return redirect("status")
    return private(
        data,
        "application/pdf",
        f"attachment; filename=surat-kuasa-{slugify(mandate.number.replace('/', '-'))}.pdf",
    )


@own("GET")
def paper_page(visit: Visit, pk: int, number: int) -> HttpResponse:
    """One page of a paper the donor handed in, as a picture."""
    page = (
        DocumentPage.objects.select_related("document")
        .filter(
            number=number,
            document__in=visit.registration.papers.filter(pk=pk, set_aside_at=None).values("document"),
        )
        .first()
    )
    if page is None:
        raise Http404
    try:
        data = documents.open_page(page=page, by=visit.donor, now=visit.now, opd_id=visit.registration.opd_id)
    except documents.PaperDamaged:
        raise Http404 from None
    return private(data, "image/jpeg", f"inline; filename=halaman-{number}.jpg")


def private(data: bytes, content_type: str, disposition: str) -> HttpResponse:
    """A paper for its donor's eyes: kept by nobody on the way, and nothing in it runs."""
    response = HttpResponse(data, content_type=content_type)
    response["Content-Disposition"] = disposition
    response["Cache-Control"] = "no-store, private"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return response


@own("GET", "POST")
def give_up(visit: Visit) -> HttpResponse:
    """Takes the registration back, on a page that says what that means."""
    if not REGISTRATION.allows(visit.registration.state, "withdraw"):
        in_check = visit.registration.state == "in_check"
        messages.info(visit.request, BEING_CHECKED.message if in_check else NOT_TO_WITHDRAW)
        return redirect("status")
    if visit.request.method == "POST":
        result = once(
            visit,
            lambda: withdraw(registration_id=visit.registration.pk, by=visit.donor, now=visit.now),
            lambda _: reverse("status"),
        )
        if isinstance(result, Finding):
            messages.error(visit.request, result.message)
        elif result.kind == "change":
            return _back_to_running(visit)
        return redirect("status")
    context = {"registration": visit.registration, "form_token": doors.fresh_token()}
    return render(visit.request, "sponsorship/withdraw.html", context)


def _back_to_running(visit: Visit) -> HttpResponse:
    """After a change was taken back its donor sits before the registration whose mandate goes on."""
    running = queries.running_mandate(visit.donor.pk)
    if running:
        session.come_in(visit.request, running.registration)
        messages.success(visit.request, "Perubahan dibatalkan. Surat kuasa yang lama tetap berlaku.")
    return redirect("status")


@own("POST")
def start_anew(visit: Visit) -> HttpResponse:
    """Another registration of the same donor, once the last one needs nothing from them."""
    if visit.registration.state in FINISHED:
        registration = begin(visit.request, visit.donor)
        session.come_in(visit.request, registration)
        return redirect("wizard_start")
    return redirect("status")


@doors.public("POST")
def leave(request: HttpRequest) -> HttpResponse:
    session.leave(request)
    request.session.pop(session.LAPSED, None)
    messages.success(request, "Anda sudah keluar. Untuk kembali, buka tautan pribadi dari pesan kami.")
    return redirect("home")
