"""The verification desk: the queue of one's own OPD, and one case with its papers left and its data right."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import DatabaseError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from config.clock import now, today
from opd_admin import desk_queries
from opd_admin.desk_forms import ReturnForm, VerifyForm
from opd_admin.views.case import case_context
from registry.actions import audit, documents
from registry.doors import earlier_answer, fresh_token, remember_answer, staff
from registry.models import DocumentPage
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.roles import Right
from sponsorship.actions import verification
from sponsorship.models import Registration
from sponsorship.rules.lifecycle import REGISTRATION
from sponsorship.rules.months import indonesian_date
from sponsorship.wizard.views.returned import as_told

PER_PAGE = 25


@staff(Right.CHECK_DOCUMENTS)
def queue(request: HttpRequest) -> HttpResponse:
    """The queue of the verifier's OPD, oldest first; the tab and the filter stay in the address."""
    tab = request.GET.get("status") if request.GET.get("status") in desk_queries.QUEUES else "menunggu"
    words = request.GET.get("q", "").replace("\x00", "").strip()[:60]
    rows = desk_queries.queue_of(request.user, tab, words).select_related("opd", "taken_by")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("halaman"))
    counts = desk_queries.counts_for(request.user)
    context = {
        "tabs": [(key, label, counts[key]) for key, (label, _) in desk_queries.QUEUES.items()],
        "tab": tab,
        "words": words,
        "page": page,
        "rows": [(registration, desk_queries.age_of(registration, today())) for registration in page],
        "query": urlencode({"status": tab, **({"q": words} if words else {})}),
    }
    return render(request, "opd_admin/desk/queue.html", context)


@staff(Right.CHECK_DOCUMENTS)
def case(request: HttpRequest, pk) -> HttpResponse:
    """One case: the paper chosen by `berkas` and `hal`, and what the donor typed, masked."""
    return _show_case(request, _registration(request, pk), VerifyForm())


@staff(Right.CHECK_DOCUMENTS, "POST")
def show_numbers(request: HttpRequest, pk) -> HttpResponse:
    """The same page with full numbers; who asked to see them stands in the journal."""
    registration = _registration(request, pk)
    if registration.erased_at:
        return redirect("desk-case", pk=pk)
    audit.record(
        event=Event.NUMBER_SHOWN, about=registration, by=request.user, now=now(), opd_id=registration.opd_id
    )
    return _show_case(request, registration, VerifyForm(), unmasked=True)


@staff(Right.CHECK_DOCUMENTS, "GET")
def page_picture(request: HttpRequest, pk, page_id: int) -> HttpResponse:
    """The picture of one page of a paper that counts: private, journalled, never kept by a browser.

    A damaged file is a 404; a journal that cannot be written is a 503, and the picture is not shown.
    """
    registration = _registration(request, pk)
    of_this_case = registration.papers.filter(set_aside_at=None).values("document_id")
    picture = get_object_or_404(
        DocumentPage.objects.select_related("document"), pk=page_id, document__in=of_this_case
    )
    try:
        data = documents.open_page(page=picture, by=request.user, now=now(), opd_id=registration.opd_id)
    except documents.PaperDamaged:
        raise Http404 from None
    except DatabaseError:
        return render(request, "503.html", status=503)
    response = HttpResponse(data, content_type="image/jpeg")
    response["Content-Disposition"] = f'inline; filename="{picture.document.kind}-{picture.number}.jpg"'
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    response["Cache-Control"] = "no-store, private"
    return response


@staff(Right.CHECK_DOCUMENTS, "POST")
def take(request: HttpRequest, pk) -> HttpResponse:
    registration = _registration(request, pk)
    return _act(request, registration, lambda **who: verification.take(**who), stay=True)


@staff(Right.CHECK_DOCUMENTS, "POST")
def release(request: HttpRequest, pk) -> HttpResponse:
    registration = _registration(request, pk)
    said = f"Pendaftaran {registration.reference} kembali ke antrean."
    return _act(request, registration, lambda **who: verification.release(**who), said=said)


@staff(Right.CHECK_DOCUMENTS, "POST")
def verify(request: HttpRequest, pk) -> HttpResponse:
    registration = _registration(request, pk)
    form = VerifyForm(request.POST)
    if not form.is_valid():
        return _show_case(request, registration, form, status=400)
    outcome = _act(
        request,
        registration,
        lambda **who: verification.verify(**who, **form.cleaned_data),
        said=f"Pendaftaran {registration.reference} disetujui.",
        here=(verification.UNCHECKED,),
    )
    if isinstance(outcome, Finding):
        form.refuse(outcome)
        return _show_case(request, registration, form, status=400)
    return outcome


@staff(Right.CHECK_DOCUMENTS, "GET", "POST")
def return_case(request: HttpRequest, pk) -> HttpResponse:
    """First the reasons, then the message and the page the donor will see, then the case goes back."""
    earlier = earlier_answer(request)
    if earlier:
        return earlier
    registration = _registration(request, pk)
    form = ReturnForm(request.POST or None, initial={"revision": registration.revision})
    if registration.state != "in_check" or registration.taken_by_id != request.user.pk:
        # The same form sent twice at once: the first may have got through between our two looks.
        earlier = earlier_answer(request)
        if earlier:
            return earlier
        held = verification.held_by_other(registration, request.user, now())
        messages.error(request, (held or verification.STALE).message)
        return redirect("desk-case", pk=pk)
    if request.method == "POST" and form.is_valid():
        words = {"reasons": form.reasons(), "note": form.cleaned_data["note"]}
        fault = verification.return_fault(registration, **words)
        if fault:
            form.refuse(fault)
        elif "kirim" in request.POST:
            return _act(
                request,
                registration,
                lambda **who: verification.return_to_donor(
                    revision=form.cleaned_data["revision"], **words, **who
                ),
                said=f"Pendaftaran {registration.reference} dikembalikan kepada {registration.name}.",
            )
        elif "lihat" in request.POST:
            return _preview(request, registration, form, words)
    status = 400 if form.errors else 200
    return render(request, "opd_admin/desk/return.html", _return_context(registration, form), status=status)


def _preview(request, registration: Registration, form: ReturnForm, words: dict) -> HttpResponse:
    subject, body = verification.return_message(registration, **words)
    told = as_told(verification.reason_codes(words["reasons"]), words["note"], now())
    context = {
        **_return_context(registration, form),
        "subject": subject,
        "body": body,
        "returned": told,
        "plain": True,
    }
    return render(request, "opd_admin/desk/return_preview.html", context)


def _return_context(registration: Registration, form: ReturnForm) -> dict:
    return {"registration": registration, "form": form, "form_token": fresh_token()}


def _registration(request, pk) -> Registration:
    mine = desk_queries.registrations_for(request.user)
    return get_object_or_404(mine.select_related("opd", "taken_by", "verified_by", "bank", "donor"), pk=pk)


def _show_case(request, registration, form, status: int = 200, unmasked: bool = False) -> HttpResponse:
    if (
        registration.erased_at
    ):  # approved once, never debited, and taken back since: nothing is left to look at
        state = REGISTRATION.state(registration.state)
        erased_on = indonesian_date(registration.erased_at)
        context = {"registration": registration, "state": state, "erased_on": erased_on}
        return render(request, "opd_admin/desk/erased.html", context)
    context = case_context(request, registration, boxes=list(form["checks"]), unmasked=unmasked)
    age = desk_queries.age_of(registration, today())
    context.update(form=form, form_token=fresh_token(), unmasked=unmasked, age=age)
    return render(request, "opd_admin/desk/case.html", context, status=status)


def _act(
    request,
    registration,
    action: Callable,
    *,
    said: str = "",
    stay: bool = False,
    here: tuple[Finding, ...] = (),
) -> HttpResponse | Finding:
    """Does one action once: a replayed post gets the first answer, a refusal comes back with the fresh state.

    Refusals named in `here` are handed back instead: the page that was posted shows them itself.
    """
    earlier = earlier_answer(request)
    if earlier:
        return earlier
    with transaction.atomic():
        outcome = action(registration_id=registration.pk, by=request.user, now=now())
        if not isinstance(outcome, Finding):
            answer = reverse("desk-case", args=[registration.pk]) if stay else _onward(request, registration)
            remember_answer(request, answer)
            if said:
                messages.success(request, said)
            return HttpResponseRedirect(answer)
    # The same form sent twice at once: the second waited for the lock and finds the first one's answer.
    earlier = earlier_answer(request)
    if earlier:
        return earlier
    if outcome in here:
        return outcome
    messages.error(request, outcome.message)
    return redirect("desk-case", pk=registration.pk)


def _onward(request, registration: Registration) -> str:
    following = desk_queries.next_case(request.user, after=registration)
    return reverse("desk-case", args=[following.pk]) if following else reverse("desk-queue")
