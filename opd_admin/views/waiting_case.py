"""One waiting worker: what was typed, what the product compared, the worker's yes, and the office's decision."""

from collections.abc import Callable

from django.contrib import messages
from django.db import DatabaseError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from config.clock import now, today
from opd_admin.replies import attachment
from opd_admin.waiting_forms import FormUpload, RefuseForm
from registry.actions import audit, documents
from registry.doors import earlier_answer, fresh_token, remember_answer, staff
from registry.models import AuditEvent, DocumentPage
from registry.queries import city
from registry.rules.display import mask, nik_display, phone_display
from registry.rules.events import LABELS, Event
from registry.rules.finding import Finding
from registry.rules.identity import age_on
from registry.rules.roles import Right
from registry.staff import may
from registry.tasks import send_soon
from sponsorship import queries
from sponsorship import queries_waiting_office as office_queries
from sponsorship.actions import waiting_entry, worker_consent
from sponsorship.models import WaitingWorker
from sponsorship.printing_waiting import ConsentForm, render_consent_form
from sponsorship.rules import waiting
from sponsorship.rules.checks import Compared
from sponsorship.rules.lifecycle import WAITING
from sponsorship.rules.months import indonesian_date, wib


@staff(Right.SEE_WAITING, "GET")
def case(request: HttpRequest, pk) -> HttpResponse:
    return _show(request, _worker(request, pk))


@staff(Right.VERIFY_WAITING, "POST")
def show_numbers(request: HttpRequest, pk) -> HttpResponse:
    """The same page with full numbers; who asked to see them stands in the journal."""
    row = _worker(request, pk)
    audit.record(event=Event.NUMBER_SHOWN, about=row, by=request.user, now=now(), opd_id=row.entered_for_id)
    return _show(request, row, unmasked=True)


@staff(Right.VERIFY_WAITING, "POST")
def verify(request: HttpRequest, pk) -> HttpResponse:
    row = _worker(request, pk)
    return _act(request, row, waiting_entry.verify, f"{row.name} masuk daftar tunggu.")


@staff(Right.VERIFY_WAITING, "GET", "POST")
def refuse(request: HttpRequest, pk) -> HttpResponse:
    if request.method == "POST" and (answer := earlier_answer(request)):
        return answer
    row = _worker(request, pk)
    form = RefuseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        told = " dan diberi tahu" if row.phone else ""
        outcome = _act(
            request, row, waiting_entry.refuse, f"{row.name} ditolak{told}.",
            here=("note_number", "reason"), **form.cleaned_data,
        )  # fmt: skip
        if not isinstance(outcome, Finding):
            return outcome
        form.refuse(outcome)
    return _question(request, row, "opd_admin/waiting/refuse.html", form=form)


@staff(Right.VERIFY_WAITING, "GET", "POST")
def withdraw(request: HttpRequest, pk) -> HttpResponse:
    """The worker asked the office to take them off the list."""
    if request.method == "POST" and (answer := earlier_answer(request)):
        return answer
    row = _worker(request, pk)
    if request.method == "POST":
        return _act(request, row, waiting_entry.withdraw, "Pekerja dikeluarkan dan datanya dihapus.")
    return _question(request, row, "opd_admin/waiting/withdraw.html")


@staff(Right.ENTER_WAITING, "POST")
def ask_consent(request: HttpRequest, pk) -> HttpResponse:
    row = _worker(request, pk)
    answer = _act(request, row, worker_consent.ask, "Tautan persetujuan dikirim ke ponsel pekerja.")
    send_soon()
    return answer


@staff(Right.ENTER_WAITING, "GET")
def consent_form(request: HttpRequest, pk) -> HttpResponse:
    """The form to print, with the numbers masked: only somebody who still has to agree needs one."""
    row = _worker(request, pk)
    if row.state not in worker_consent.ASKABLE:
        raise Http404
    profile = city()
    sheet = ConsentForm(
        government=profile.government,
        programme=profile.programme,
        office=profile.office,
        help_phone=profile.help_phone,
        place=profile.name.removeprefix("Kota ").removeprefix("Kabupaten "),
        number=waiting.form_number(row.pk.hex),
        text_version=waiting.CONSENT_VERSION,
        printed_on=today(),
        name=row.name,
        nik=mask(row.nik, "nik"),
        phone=mask(row.phone, "phone") if row.phone else "",
        occupation=row.occupation.name,
        workplace=row.workplace,
        kelurahan=row.kelurahan.name,
        paragraphs=waiting.consent_paragraphs(worker_consent.who()),
    )
    return attachment(render_consent_form(sheet), "application/pdf", f"persetujuan-{sheet.number}.pdf")


@staff(Right.ENTER_WAITING, "GET", "POST")
def upload_form(request: HttpRequest, pk) -> HttpResponse:
    if request.method == "POST" and (answer := earlier_answer(request)):
        return answer
    row = _worker(request, pk)
    form = FormUpload(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "POST" and form.is_valid():
        outcome = _act(
            request, row, worker_consent.keep_form, "Persetujuan pekerja dicatat.",
            here=("not_kept", "document_"), upload=form.cleaned_data["paper"],
        )  # fmt: skip
        if not isinstance(outcome, Finding):
            return outcome
        form.refuse(outcome)
    context = {"form": form, "number": waiting.form_number(row.pk.hex)}
    return _question(request, row, "opd_admin/waiting/upload.html", **context)


@staff(Right.ENTER_WAITING, "GET")
def form_page(request: HttpRequest, pk, page_id: int) -> HttpResponse:
    """The picture of the worker's form: private, journalled, never kept by a browser."""
    row = _worker(request, pk)
    of_this_worker = row.consents.exclude(document=None).values("document_id")
    picture = get_object_or_404(
        DocumentPage.objects.select_related("document"), pk=page_id, document__in=of_this_worker
    )
    try:
        data = documents.open_page(page=picture, by=request.user, now=now(), opd_id=row.entered_for_id)
    except documents.PaperDamaged:
        raise Http404 from None
    except DatabaseError:
        return render(request, "503.html", status=503)
    response = HttpResponse(data, content_type="image/jpeg")
    response["Content-Disposition"] = f'inline; filename="persetujuan-{picture.number}.jpg"'
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    response["Cache-Control"] = "no-store, private"
    return response


def _worker(request: HttpRequest, pk) -> WaitingWorker:
    """This worker, when this person may see them. Raises Http404."""
    rows = office_queries.visible_to(request.user).select_related(
        "occupation", "kelurahan__kecamatan", "entered_for", "entered_by", "verified_by", "poster"
    )
    return get_object_or_404(rows, pk=pk)


def _act(
    request: HttpRequest, row: WaitingWorker, action: Callable, said: str, here: tuple[str, ...] = (), **more
) -> HttpResponse | Finding:
    """Does one action once: a replayed post gets the first answer, a refusal comes back with the fresh state.

    Refusals whose code begins with one of `here` are handed back: the page that was posted shows them itself.
    """
    if earlier := earlier_answer(request):
        return earlier
    answer = reverse("waiting_case", args=[row.pk])
    with transaction.atomic():
        outcome = action(waiting_id=row.pk, by=request.user, now=now(), **more)
        if not isinstance(outcome, Finding):
            remember_answer(request, answer)
            messages.success(request, said)
            return HttpResponseRedirect(answer)
    # The same form sent twice at once: the second waited for the lock and finds the first one's answer.
    if earlier := earlier_answer(request):
        return earlier
    if outcome.code.startswith(here or ("-",)):
        return outcome
    messages.error(request, outcome.message)
    return redirect(answer)


def _question(request: HttpRequest, row: WaitingWorker, template: str, **context) -> HttpResponse:
    page = {"row": row, "form_token": fresh_token(), "back_url": reverse("waiting_case", args=[row.pk])}
    return render(request, template, {**page, **context})


def _show(request: HttpRequest, row: WaitingWorker, unmasked: bool = False) -> HttpResponse:
    user, given = request.user, worker_consent.consent_of(row)
    may_verify, may_enter = may(user, Right.VERIFY_WAITING), may(user, Right.ENTER_WAITING)
    open_case = row.state == "entered"
    context = {
        "row": row,
        "state": WAITING.state(row.state),
        "rows": [] if row.erased_at else _rows(row, user, unmasked),
        "origin": _origin(row),
        "consent": given,
        "consent_pages": list(given.document.pages.all()) if given and given.document and may_enter else [],
        "number": waiting.form_number(row.pk.hex),
        "own_entry": row.entered_by_id == user.pk,
        "may_verify": may_verify and open_case and bool(given) and row.entered_by_id != user.pk,
        "may_refuse": may_verify and open_case,
        "may_withdraw": may_verify and WAITING.allows(row.state, "withdraw"),
        "may_ask": may_enter and given is None and row.state in worker_consent.ASKABLE,
        "may_unmask": may_verify and not unmasked and not row.erased_at,
        "unmasked": unmasked,
        "history": _history(row),
        "form_token": fresh_token(),
        "back_url": reverse("waiting"),
    }
    return render(request, "opd_admin/waiting/case.html", context)


def _rows(row: WaitingWorker, user, unmasked: bool) -> list[dict]:
    held = (
        bool(queries.held_by(row.nik_index))
        if office_queries.sees_all(user) and row.state == "entered"
        else None
    )
    found = waiting.checked(
        birth=row.birth_date, today=today(), age_limit=city().age_limit, notes=row.notes, held=held
    )
    phone = "tidak ada"
    if row.phone:
        phone = phone_display(row.phone) if unmasked else mask(row.phone, "phone")
    age = f"{age_on(row.birth_date, today())} tahun menurut NIK" if row.birth_date else "tidak diketahui"
    rows = [
        _row("NIK", nik_display(row.nik) if unmasked else mask(row.nik, "nik"), found, "nik"),
        _row("Usia", age, found, "age"),
        _row("Ponsel", phone, found, "phone"),
        _row("Pekerjaan", row.occupation.name),
        _row("Tempat kerja", row.workplace),
        _row("Kelurahan", f"{row.kelurahan.name}, {row.kelurahan.kecamatan.name}"),
        _row("Kelompok", row.group_name or "tidak ada"),
    ]
    if held is not None:
        rows.append(_row("Perlindungan lain", "ada" if held else "tidak ada", found, "held"))
    if any(result.field == "again" for result in found):
        rows.append(_row("Didaftarkan lagi", "NIK yang sama", found, "again"))
    return rows


def _row(label: str, value: str, found: list[Compared] | tuple = (), field: str = "") -> dict:
    """A row of the data with what the product compared about it: fits, or wants a look with the reason."""
    about = [result for result in found if field and result.field == field]
    doubts = [result.words for result in about if not result.fits]
    row = {"label": label, "value": value, "note": " ".join(doubts)}
    if about:
        row.update(tone="wait" if doubts else "good", word="periksa" if doubts else "cocok")
    return row


def _origin(row: WaitingWorker) -> str:
    """Who brought this worker, in words."""
    if row.source == "self":
        return (
            f"Mendaftar sendiri lewat poster {row.poster.group_name}" if row.poster else "Mendaftar sendiri"
        )
    office = f", {row.entered_for}" if row.entered_for else ""
    return f"Dimasukkan {row.entered_by}{office}"


def _history(row: WaitingWorker) -> list[dict]:
    """The journal of this worker, newest first: what, who, when."""
    lines = AuditEvent.objects.filter(object_type=row._meta.label_lower, object_id=str(row.pk))
    return [
        {
            "title": LABELS[Event(line.event)],
            "tone": "info",
            "when": f"{indonesian_date(line.at)}, {wib(line.at)}",
            "who": str(line.actor_user) if line.actor_user else "",
            "text": "NIK yang sama didaftarkan lagi." if line.detail.get("repeated") else "",
        }
        for line in lines.select_related("actor_user").order_by("-at", "-id")
    ]
