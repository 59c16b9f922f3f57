"""A worker at their own phone: registering at a poster, agreeing, leaving. Each way ends with a code to that phone."""

from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse

from config.clock import now
from registry import doors
from registry.actions import contacts
from registry.models import ContactCode
from registry.queries import city
from registry.rules.display import mask
from registry.rules.finding import Finding
from registry.rules.identity import YOUNGEST_WORKER
from registry.tasks import send_soon
from sponsorship import queries
from sponsorship import worker_session as session
from sponsorship.actions import waiting_entry, worker_consent
from sponsorship.models import Poster, WaitingWorker
from sponsorship.rules import waiting
from sponsorship.rules.consent import text_hash
from sponsorship.rules.eligibility import Bar
from sponsorship.rules.lifecycle import LIVE_WAITING
from sponsorship.wizard import limits
from sponsorship.wizard.forms import CodeForm
from sponsorship.worker_forms import AgreeForm, SelfForm

STEPS = 3
# The three ways and where each one's text stands: the code page leads back there.
TITLES = {
    session.REGISTER: "Masukkan kode dari SMS",
    session.AGREE: "Masukkan kode untuk menyetujui",
    session.LEAVE: "Masukkan kode untuk keluar",
}


@doors.public("GET", "POST")
def register(request: HttpRequest, token: str) -> HttpResponse:
    """The first page behind a poster's QR: who one is and what one does."""
    stopped = limits.too_many(request, "poster", "", limits.LINKS)
    if stopped:
        return stopped
    poster = _poster(token)
    if poster.revoked_at:
        return _over(request, "Poster ini tidak berlaku lagi", poster=poster)
    if request.method == "POST":
        form = SelfForm(request.POST)
        if bar := _bar(form, now()):
            session.keep_typed(request, token)
            return _not_for_page(request, form, bar)
        if form.is_valid():
            session.keep_typed(request, token)
            return redirect("worker_register_agree", token)
    else:
        before = session.typed(request, token)
        form = SelfForm(initial=before.dict() if before else {"kelurahan": poster.kelurahan_id})
    context = {"step_title": "Daftar tunggu perlindungan", "poster": poster, "form": form, "step_number": 1}
    return _step(request, "worker/register.html", **context)


@doors.public("GET", "POST")
def register_agree(request: HttpRequest, token: str) -> HttpResponse:
    """The second page: the text, in words a worker would use; agreeing sends the code."""
    _poster(token)
    typed = session.typed(request, token)
    form = SelfForm(typed) if typed is not None else None
    if form is None or not form.is_valid() or _bar(form, now()):
        return redirect("worker_register", token)
    return _agree_page(
        request,
        phone=form.cleaned_data["phone"],
        step_title="Baca, lalu setujui bila cocok",
        step_number=2,
        back_url=reverse("worker_register", args=[token]),
    )


@doors.public("GET", "POST")
def agree(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the message to somebody whom an officer entered."""
    row = _linked(request, token, worker_consent.AGREE)
    if not isinstance(row, WaitingWorker):
        return row
    if row.state not in worker_consent.ASKABLE or not row.phone:
        return _over(request)
    if worker_consent.consent_of(row):
        return render(request, "worker/done.html", {"way": "sudah"})
    if request.method == "POST":
        session.begin(request, session.AGREE, str(row.pk), back=request.path)
    return _agree_page(
        request, phone=row.phone, step_title="Setuju masuk daftar tunggu?", office=row.entered_for or city().office,
        leave_url=worker_consent.leave_url(row),
    )  # fmt: skip


@doors.public("GET", "POST")
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """The link in every message to a worker: off the list, by a code."""
    row = _linked(request, token, worker_consent.LEAVE)
    if not isinstance(row, WaitingWorker):
        return row
    if row.state not in LIVE_WAITING or not row.phone:
        return _over(request)
    refused = None
    if request.method == "POST":
        session.begin(request, session.LEAVE, str(row.pk), back=request.path)
        answer = _send(request, row.phone)
        if isinstance(answer, HttpResponse):
            return answer
        refused = answer.message
    context = {"phone": mask(row.phone, "phone"), "refused": refused}
    return render(request, "worker/leave.html", context)


@doors.public("GET", "POST")
def code(request: HttpRequest) -> HttpResponse:
    """Six digits, and the deed that they prove."""
    if request.method == "POST" and (answer := doors.earlier_answer(request)):
        return answer
    kept = session.here(request)
    pending = session.pending_code(kept) if kept else None
    if pending is None:
        return render(request, "worker/quiet.html", status=410)
    again = "ulang" in request.POST
    form = CodeForm(request.POST if request.method == "POST" and not again else None)
    if again:
        answer = _send(request, pending.contact)
        if isinstance(answer, HttpResponseRedirect):
            messages.success(request, "Kode baru sudah dikirim. Kode yang lama tidak berlaku lagi.")
        if isinstance(answer, HttpResponse):
            return answer
        messages.info(request, answer.message)
    elif request.method == "POST" and form.is_valid():
        stopped = limits.too_many(request, "kode", str(pending.pk), limits.TRIES)
        answer = stopped or _deed(request, kept, pending, form)
        if answer is not None:
            return answer
    return _step(
        request, "worker/code.html", form=form, step_title=TITLES[kept["way"]], contact=mask(pending.contact, "phone"),
        step_number=STEPS if kept["way"] == session.REGISTER else None, back_url=kept["back"],
    )  # fmt: skip


@doors.public("GET")
def done(request: HttpRequest) -> HttpResponse:
    """The last page; the same words whoever registered, so that it tells nobody who waits already."""
    said = request.session.get(session.DONE)
    return render(request, "worker/done.html", said) if said else redirect("home")


def _deed(request: HttpRequest, kept: dict, pending: ContactCode, form: CodeForm) -> HttpResponse | None:
    """Does what the code was asked for, once; None when the page is shown again with what is wrong."""
    with transaction.atomic():
        result = _act(request, kept, pending, form.cleaned_data["code"])
        if not isinstance(result, Finding):
            doors.remember_answer(request, reverse("worker_done"))
    if not isinstance(result, Finding):
        tail = pending.contact[-4:] if kept["way"] == session.REGISTER else ""
        session.finish(request, way=kept["way"], tail=tail)
        return redirect("worker_done")
    # The same form sent twice at once: the second waited for the lock and finds the first one's answer.
    if earlier := doors.earlier_answer(request):
        return earlier
    if result is worker_consent.TEXT_CHANGED:
        messages.info(request, result.message)
        return redirect(kept["back"])
    form.refuse(result)
    return None


def _act(request: HttpRequest, kept: dict, pending: ContactCode, digits: str) -> object:
    proof = {"code_id": pending.pk, "typed": digits, "now": now()}
    if kept["way"] == session.LEAVE:
        return waiting_entry.leave(waiting_id=kept["about"], **proof)
    if kept["way"] == session.AGREE:
        return worker_consent.agree(waiting_id=kept["about"], shown=kept["shown"], **proof)
    form = SelfForm(session.typed(request, kept["about"]))
    if not form.is_valid():  # a choice was taken out of its list meanwhile
        return Finding(
            "changed", "Isian Anda perlu diperiksa lagi. Kembali ke halaman pertama, lalu lanjutkan."
        )
    poster = _poster(kept["about"])
    return waiting_entry.register_self(
        poster=poster, values=form.values(), notes=form.notes, shown=kept["shown"], **proof
    )


def _agree_page(request: HttpRequest, *, phone: str, **context) -> HttpResponse:
    paragraphs = waiting.consent_paragraphs(worker_consent.who())
    shown = text_hash("\n\n".join(paragraphs))
    form = AgreeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["shown"] == shown:
            session.remember(request, shown=shown, back=request.path)
            answer = _send(request, phone)
            if isinstance(answer, HttpResponse):
                return answer
            form.refuse(answer)
        else:
            form.refuse(worker_consent.TEXT_CHANGED)
    page = {"form": form, "paragraphs": paragraphs, "shown": shown, "phone": mask(phone, "phone"), **context}
    return _step(request, "worker/agree.html", **page)


def _send(request: HttpRequest, phone: str) -> HttpResponse | Finding:
    """Sends a code to the worker's phone and leads to its page; asked twice at once, the one on its way counts."""
    stopped = limits.too_many(request, "kirim-kode", contacts.contact_index("phone", phone), limits.CODES)
    if stopped:
        return stopped
    sent = contacts.send_code(channel="phone", contact=phone, now=now())
    if isinstance(sent, ContactCode):
        send_soon()
        session.remember_code(request, sent)
        return redirect("worker_code")
    if sent.code == "wait" and "ulang" not in request.POST:
        on_its_way = ContactCode.objects.filter(
            pk=request.session.get(session.LAST_CODE), used_at=None
        ).first()
        if on_its_way and on_its_way.contact == phone:
            session.remember_code(request, on_its_way)
            return redirect("worker_code")
    return sent


def _poster(token: str) -> Poster:
    poster = Poster.objects.filter(token=token).first()
    if poster is None:
        raise Http404
    return poster


def _linked(request: HttpRequest, token: str, purpose: str) -> WaitingWorker | HttpResponse:
    stopped = limits.too_many(request, purpose, "", limits.LINKS)
    if stopped:
        return stopped
    row = worker_consent.by_token(token, purpose)
    if row is None:
        raise Http404
    return row


def _over(request: HttpRequest, title: str = "Tautan ini tidak berlaku lagi", **context) -> HttpResponse:
    return render(request, "worker/over.html", {"title": title, **context}, status=410)


def _bar(form: SelfForm, moment: datetime) -> Bar | None:
    """Why somebody cannot wait, by what they said and by the birth date in their NIK; None when they can."""
    if not form.is_valid() or form.bar:
        return form.bar
    today = queries.calendar().local_date(moment)
    fault = waiting.age_fault(form.cleaned_data["nik"].birth_date, today, city().age_limit)
    return Bar.TOO_OLD if fault else None


def _not_for_page(request: HttpRequest, form: SelfForm, bar: Bar) -> HttpResponse:
    nik = form.cleaned_data.get("nik")
    context = {
        "bar": str(bar),
        "born": nik.birth_date if nik else None,
        "limit": city().age_limit,
        "youngest": YOUNGEST_WORKER,
        "back_url": request.path,
    }
    return render(request, "worker/not_for.html", context)


def _step(request: HttpRequest, template: str, **context) -> HttpResponse:
    page = {"step_total": STEPS, "hide_later": True, "form_token": doors.fresh_token(), **context}
    return render(request, template, page)
