"""Coming in: by the start page or an OPD's link, by contact and code, and back again by the personal link."""

import contextlib

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from config.clock import now
from registry import doors
from registry.actions import contacts
from registry.models import ContactCode, Donor
from registry.rules.finding import Finding
from registry.tasks import send_soon
from sponsorship.actions import drafts
from sponsorship.actions.registration import resume_url, tell_donor
from sponsorship.models import InvitationLink, Registration
from sponsorship.rules.lifecycle import OPEN_REGISTRATION
from sponsorship.wizard import limits, session
from sponsorship.wizard.forms import CodeForm, ContactForm
from sponsorship.wizard.steps import BY_SLUG, PARTS
from sponsorship.wizard.views.pages import Visit, own, where_to

ENDED = ("withdrawn", "expired")


@doors.public("GET")
def start(request: HttpRequest) -> HttpResponse:
    registration = session.own_registration(request)
    return redirect(where_to(registration) if registration else "wizard_kontak")


@doors.public("GET")
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """An OPD's own link: valid ones are remembered until the registration starts, the others say what is the matter.

    It opens the start page under the office's name, so that nobody is led into a form before knowing what it is about;
    who is under way already goes on there.
    """
    stopped = limits.too_many(request, "tautan", "", limits.LINKS)
    if stopped:
        return stopped
    link = InvitationLink.objects.select_related("opd").filter(token=token).first()
    if link is None:
        raise Http404
    reason = _link_fault(link)
    if reason:
        return render(
            request, "sponsorship/wizard/link_over.html", {"reason": reason, "opd": link.opd}, status=410
        )
    request.session[session.LINK] = link.pk
    registration = session.own_registration(request)
    return redirect(where_to(registration) if registration else "home")


def greeting(request: HttpRequest) -> str:
    """The name of the office whose link was opened here and still holds; empty for everybody else."""
    link = session.invitation(request)
    return link.opd.name if link and not _link_fault(link) else ""


def _link_fault(link: InvitationLink) -> str:
    if link.revoked_at:
        return "sudah dicabut oleh kantor yang membuatnya"
    if link.expires_at <= now():
        return "sudah lewat masa berlakunya"
    return "sudah mencapai batas pemakaian" if link.uses >= link.max_uses else ""


@doors.public("GET", "POST")
def contact(request: HttpRequest) -> HttpResponse:
    registration = session.own_registration(request)
    if registration:
        return redirect(where_to(registration))
    form = ContactForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        channel, address = form.channel_and_contact
        answer = _send(request, channel, address)
        if isinstance(answer, HttpResponse):
            return answer
        form.refuse(answer)
    return _show(request, "kontak", "sponsorship/wizard/contact.html", form=form)


@doors.public("GET", "POST")
def code(request: HttpRequest) -> HttpResponse:
    pending = session.pending_code(request)
    if pending is None:
        return redirect("wizard_start")
    again = "ulang" in request.POST
    form = CodeForm(request.POST if request.method == "POST" and not again else None)
    if again:
        answer = _send(request, pending.channel, pending.contact)
        if isinstance(answer, HttpResponse):
            messages.success(request, "Kode baru sudah dikirim. Kode yang lama tidak berlaku lagi.")
            return answer
        messages.info(request, answer.message)
    elif request.method == "POST" and form.is_valid():
        stopped = limits.too_many(request, "kode", str(pending.pk), limits.TRIES)
        if stopped:
            return stopped
        donor = contacts.prove(code_id=pending.pk, typed=form.cleaned_data["code"], now=now())
        if isinstance(donor, Donor):
            return _enter(request, donor)
        form.refuse(donor)
    context = {"contact": session.shown_contact(pending), "by_email": pending.channel == "email"}
    if session.lapsed_registration(request):
        context["step_number"] = None  # who comes back is at no step of a way that lies behind
    return _show(request, "kode", "sponsorship/wizard/code.html", form=form, **context)


@doors.public("GET", "POST")
def again(request: HttpRequest) -> HttpResponse:
    """After a session ended: the same registration, the same page, once the contact is proven again."""
    registration = session.lapsed_registration(request)
    if registration is None:
        return redirect("wizard_kontak")
    return _ask_code(request, registration, ended=True)


@doors.public("GET", "POST")
def resume(request: HttpRequest, token: str) -> HttpResponse:
    """The personal link: says to which contact a code goes, and opens nothing by itself."""
    stopped = limits.too_many(request, "lanjut", "", limits.LINKS)
    if stopped:
        return stopped
    registration = _by_personal_link(token)
    if registration is None:
        raise Http404
    if registration.state in ENDED or registration.donor.erased_at:
        return render(
            request, "sponsorship/wizard/resume_over.html", {"registration": registration}, status=410
        )
    here = session.own_registration(request)
    if here and here.pk == registration.pk:
        return redirect(where_to(here))
    request.session[session.LAPSED] = str(registration.pk)
    return _ask_code(request, registration, ended=False)


@own("GET")
def later(visit: Visit) -> HttpResponse:
    """Everything is saved; this is how to come back."""
    context = {
        "registration": visit.registration,
        "resume_url": resume_url(visit.registration),
        "contact": session.shown_contact(visit.donor),
        "continue_url": where_to(visit.registration),
    }
    return render(visit.request, "sponsorship/wizard/later.html", context)


def _by_personal_link(token: str) -> Registration | None:
    with contextlib.suppress(signing.BadSignature, ValidationError, ValueError):
        return (
            Registration.objects.select_related("donor")
            .filter(pk=signing.loads(token, salt="resume"))
            .first()
        )
    return None


def _ask_code(request: HttpRequest, registration: Registration, ended: bool) -> HttpResponse:
    refused = None
    if request.method == "POST":
        donor = registration.donor
        answer = _send(request, donor.channel, donor.contact)
        if isinstance(answer, HttpResponse):
            return answer
        refused = answer.message
    context = {
        "contact": session.shown_contact(registration.donor),
        "by_email": registration.donor.channel == "email",
        "ended": ended,
        "refused": refused,
        "kept_typing": ended and session.TYPED in request.session,
    }
    return render(request, "sponsorship/wizard/again.html", context)


def _send(request: HttpRequest, channel: str, address: str) -> HttpResponse | Finding:
    """Sends a code and leads to its page; asked twice at once, the code on its way is the answer."""
    stopped = limits.too_many(request, "kirim-kode", contacts.contact_index(channel, address), limits.CODES)
    if stopped:
        return stopped
    sent = contacts.send_code(channel=channel, contact=address, now=now())
    if isinstance(sent, ContactCode):
        send_soon()
        request.session[session.CODE] = str(sent.pk)
        return redirect("wizard_kode")
    pending = session.pending_code(request)
    on_its_way = (
        pending and pending.contact == address and sent.code == "wait" and "ulang" not in request.POST
    )
    return redirect("wizard_kode") if on_its_way else sent


def _enter(request: HttpRequest, donor: Donor) -> HttpResponse:
    """The contact is proven: back to the registration it was about, else the open one, the last one, or a new one."""
    known = session.lapsed_registration(request)
    registration = known if known and known.donor_id == donor.pk and known.state not in ENDED else None
    if registration is None:
        registration = _latest(donor)
    if registration is None:
        stopped = limits.too_many(request, "mulai", str(donor.pk), limits.STARTS)
        if stopped:
            return stopped
        registration = begin(request, donor)
    place = session.place_to_go(request)
    session.come_in(request, registration)
    return redirect(place or where_to(registration))


def begin(request: HttpRequest, donor: Donor) -> Registration:
    """The donor's open registration or a new one, and the message with the personal link."""
    moment = now()
    link = session.invitation(request)
    usable = link if link and not _link_fault(link) else None
    registration = drafts.start(donor=donor, link=usable, now=moment)
    if registration.state == "draft":
        tell_donor(registration, "registration_started", moment)
    return registration


def _latest(donor: Donor) -> Registration | None:
    """The open registration, else the last one that was neither given up nor erased."""
    own_ones = Registration.objects.filter(donor=donor, erased_at=None).exclude(state__in=ENDED)
    own_ones = own_ones.order_by("-started_at")
    return own_ones.filter(state__in=OPEN_REGISTRATION).first() or own_ones.first()


def _show(request: HttpRequest, slug: str, template: str, **context) -> HttpResponse:
    step = BY_SLUG[slug]
    page = {
        "step_title": step.title,
        "step_number": step.part,
        "step_total": PARTS,
        "back_url": reverse("home") if slug == "kontak" else BY_SLUG["kontak"].url,
        "opd_name": greeting(request),
        "hide_later": True,
        **context,
    }
    return render(request, template, page)
