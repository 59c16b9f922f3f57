"""The donor's own page: what was sent, what happens now, what to repair, and the way out."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify

from registry import doors
from registry.actions import documents
from registry.models import AuditEvent, DocumentPage
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.lifecycle import State
from sponsorship import queries
from sponsorship.actions.drafts import EDITABLE
from sponsorship.actions.mandates import open_print
from sponsorship.actions.registration import BEING_CHECKED, resume_url, withdraw
from sponsorship.models import Mandate, Registration, Sponsorship
from sponsorship.rules.lifecycle import LIVE_MANDATE, MANDATE, REGISTRATION, SPONSORSHIP
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Calendar, Month, indonesian_date, indonesian_weekday_date, wib
from sponsorship.wizard import session
from sponsorship.wizard.steps import Progress, first_open
from sponsorship.wizard.views.entry import begin
from sponsorship.wizard.views.pages import Visit, once, own
from sponsorship.wizard.views.returned import return_reasons

# Lines of the journal that a donor reads, with the words for them; who is named by office, never by person.
TOLD = {
    Event.REGISTRATION_STARTED: ("Pendaftaran dimulai", "info", "Anda"),
    Event.REGISTRATION_SUBMITTED: ("Dikirim ke OPD", "good", "Anda"),
    Event.REGISTRATION_TAKEN: ("Mulai diperiksa", "info", "OPD"),
    Event.REGISTRATION_RETURNED: ("Dikembalikan untuk diperbaiki", "wait", "OPD"),
    Event.REGISTRATION_VERIFIED: ("Disetujui", "good", "OPD"),
    Event.REGISTRATION_WITHDRAWN: ("Dibatalkan", "stop", "Anda"),
    Event.REGISTRATION_EXPIRED: ("Kedaluwarsa karena lama tidak dilanjutkan", "stop", ""),
}
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
STOPPED = "Surat kuasa dihentikan"
NOT_TO_WITHDRAW = "Pendaftaran ini tidak dapat dibatalkan lagi. Hubungi layanan bantuan bila ada pertanyaan."


@own("GET")
def status(visit: Visit) -> HttpResponse:
    registration = visit.registration
    state = REGISTRATION.state(registration.state)
    mandate = _mandate(registration)
    stopped = _stopped(registration, mandate)
    context = {
        "registration": registration,
        "title": STOPPED if stopped else TITLES[registration.state],
        "state": {"label": STOPPED, "tone": "ended"} if stopped else _shown(state),
        "timeline": _told(registration)
        + (_the_end(stopped) if stopped else _ahead(registration, mandate, visit)),
        "workers": [_worker_row(sponsorship) for sponsorship in queries.own_sponsorships(registration)],
        "mandate": mandate,
        "ceiling": rupiah(mandate.ceiling) if mandate else "",
        "returned": return_reasons(registration) if registration.state == "returned" else None,
        "continue_url": first_open(Progress(registration)).url if registration.state in EDITABLE else "",
        "may_withdraw": REGISTRATION.allows(registration.state, "withdraw"),
        "may_start_anew": registration.state in FINISHED,
        "goes_on": registration.state == "verified" and not stopped,
        "mandate_state": MANDATE.state(mandate.state) if mandate else None,
        # Also while another registration of the same donor is being filled in: stopping is free at any time.
        "may_stop": Mandate.objects.filter(lineage__donor=visit.donor, state__in=LIVE_MANDATE).exists(),
        "resume_url": resume_url(registration),
        "contact": session.shown_contact(visit.donor),
        "form_token": doors.fresh_token(),
    }
    return render(visit.request, "sponsorship/status.html", context)


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
    # Only a revocation leaves a last month on a cancelled paper.
    return mandate.lineage.mandates.filter(state="cancelled").exclude(end_period="").first()


def _told(registration: Registration) -> list[dict]:
    lines = AuditEvent.objects.filter(
        object_type=registration._meta.label_lower,
        object_id=str(registration.pk),
        event__in=[str(event) for event in TOLD],
    ).order_by("at", "id")
    entries = []
    for line in lines:
        title, tone, who = TOLD[Event(line.event)]
        entries.append(
            {"title": title, "tone": tone, "who": who, "when": f"{indonesian_date(line.at)}, {wib(line.at)}"}
        )
    return entries


def _the_end(mandate: Mandate) -> list[dict]:
    """The revocation, and the last month that is still debited after it."""
    at, last = mandate.ended_at, Month.parse(mandate.end_period)
    end = {
        "title": STOPPED,
        "tone": "stop",
        "who": "Anda",
        "when": f"{indonesian_date(at)}, {wib(at)}",
    }
    workers = queries.covered_until(mandate)
    if not workers:
        words = "Surat kuasa berakhir sebelum bulan pertamanya."
        return [end, {"title": "Tidak ada potongan", "tone": "info", "text": words}]
    payday = indonesian_weekday_date(queries.calendar().payday(last))
    amount = rupiah(_price_of(workers, last, mandate))
    words = f"Untuk {last.label()}. Sesudah itu tidak ada potongan lagi."
    return [end, {"title": f"Potongan terakhir: {payday}, {amount}", "tone": "info", "text": words}]


def _ahead(registration: Registration, mandate: Mandate | None, visit: Visit) -> list[dict]:
    """What comes next and when: the check by the office, then the first debit."""
    if registration.state in ("submitted", "in_check"):
        calendar = queries.calendar()
        month = queries.start_month(registration, visit.now, calendar)
        until = calendar.cutoff(month)
        words = f"Bila selesai sebelum {indonesian_date(until)} pukul {wib(until)}, bulan pertamanya {month.label()}."
        checking = {"title": f"{registration.opd.name} memeriksa berkas Anda", "tone": "wait", "text": words}
        return [checking, _first_debit(registration, calendar, month, mandate, "Kira-kira ")]
    if (
        registration.state == "verified"
        and mandate
        and mandate.start_period
        and mandate.state in LIVE_MANDATE
    ):
        month = Month.parse(mandate.start_period)
        return [_first_debit(registration, queries.calendar(), month, mandate, "")]
    return []


def _first_debit(
    registration: Registration, calendar: Calendar, month: Month, mandate: Mandate | None, about: str
) -> dict:
    words = ""
    if mandate:
        amount = _price_of(queries.promised_sponsorships(registration), month, mandate)
        words = f"{rupiah(amount)} per bulan, paling banyak {rupiah(mandate.ceiling)}."
    return {
        "title": "Debet pertama",
        "tone": "info",
        "when": f"{about}{indonesian_weekday_date(calendar.payday(month))}",
        "text": words,
    }


def _price_of(workers: list[Sponsorship], month: Month, mandate: Mandate) -> int:
    """What that month costs. The paper names the month it was printed for: a discount may have ended since."""
    try:
        return queries.amounts_of(workers, month, queries.tariff()).now or mandate.amount_at_issue
    except queries.NoTariff:
        return mandate.amount_at_issue


def _worker_row(sponsorship: Sponsorship) -> dict:
    return {
        "name": sponsorship.worker.name,
        "programme": sponsorship.get_programme_display() or "Program belum dipilih",
        "state": _shown(SPONSORSHIP.state(sponsorship.state)),
    }


def _shown(state: State) -> dict[str, str]:
    return {"label": state.label, "tone": state.tone}


@own("GET")
def mandate_pdf(visit: Visit) -> HttpResponse:
    """The kept paper, the same bytes each time, with a line in the journal."""
    mandate = _mandate(visit.registration)
    if mandate is None:
        raise Http404
    try:
        data = open_print(mandate=mandate, by=visit.donor, now=visit.now)
    except documents.PaperDamaged:
        messages.error(
            visit.request,
            "Surat kuasa Anda sedang tidak dapat dibuka. Hubungi layanan bantuan; data Anda aman.",
        )
        return redirect("status")
    return _private(
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
    return _private(data, "image/jpeg", f"inline; filename=halaman-{number}.jpg")


def _private(data: bytes, content_type: str, disposition: str) -> HttpResponse:
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
        return redirect("status")
    context = {"registration": visit.registration, "form_token": doors.fresh_token()}
    return render(visit.request, "sponsorship/withdraw.html", context)


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
