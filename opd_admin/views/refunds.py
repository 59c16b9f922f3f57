"""Pengembalian dana: an operator proposes and pays, an approver decides."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from autodebit.actions import refunds as deeds
from autodebit.models import Attempt, Refund
from autodebit.rules.lifecycle import REFUND
from config.clock import now
from opd_admin.books_forms import PayForm, RefundForm, day_text
from registry.doors import earlier_answer, fresh_token, remember_answer, staff
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may
from sponsorship.rules.money import in_words, rupiah
from sponsorship.rules.months import JAKARTA, Month, indonesian_date

PER_PAGE = 50
_DECISIONS = {"setuju": (deeds.approve, "disetujui"), "tolak": (deeds.refuse, "tidak disetujui")}


@staff(Right.SEE_BATCHES, "GET")
def refund_list(request: HttpRequest) -> HttpResponse:
    rows = Refund.objects.select_related("attempt__batch", "requested_by", "decided_by").order_by(
        "-requested_at"
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("halaman"))
    return render(
        request, "opd_admin/books/refunds.html", {"page": page, "rows": [_row(refund) for refund in page]}
    )


@staff(Right.REQUEST_REFUND, "GET", "POST")
def propose(request: HttpRequest, pk) -> HttpResponse:
    """Proposes to give one debit back."""
    if request.method == "POST" and (answer := earlier_answer(request)) is not None:
        return answer
    attempt = Attempt.objects.select_related("batch", "opd").filter(pk=pk).first()
    if attempt is None:
        raise Http404
    form = RefundForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            done = deeds.request(attempt_id=pk, by=request.user, now=now(), **form.cleaned_data)
            if not isinstance(done, Finding):
                messages.success(request, "Usulan dicatat. Orang lain yang memutuskannya.")
                return _done(request, done)
        form.add_error(done.field or None, done.message)
    context = {
        "form": form,
        "reference": attempt.reference,
        "amount": rupiah(attempt.amount),
        "words": in_words(attempt.amount),
        "month": Month.parse(attempt.batch.period).label(),
        "form_token": fresh_token(),
        "back_url": reverse("office-trace", args=[attempt.obligation_id]),
    }
    return render(request, "opd_admin/books/refund_propose.html", context)


@staff(Right.SEE_BATCHES, "GET")
def refund(request: HttpRequest, pk) -> HttpResponse:
    return _refund_page(request, _refund(pk))


@staff(Right.APPROVE_REFUND, "POST")
def decide(request: HttpRequest, pk) -> HttpResponse:
    """The second person's yes or no."""
    if (answer := earlier_answer(request)) is not None:
        return answer
    found = _refund(pk)
    if request.POST.get("keputusan") not in _DECISIONS:
        messages.error(request, "Pilih menyetujui atau tidak.")
        return redirect("office-refund", pk)
    act, word = _DECISIONS[request.POST["keputusan"]]
    with transaction.atomic():
        done = act(refund_id=found.pk, by=request.user, now=now())
        if not isinstance(done, Finding):
            messages.success(request, f"Pengembalian dana {word}.")
            return _done(request, done)
    messages.error(request, done.message)
    return redirect("office-refund", pk)


@staff(Right.REQUEST_REFUND, "GET", "POST")
def pay(request: HttpRequest, pk) -> HttpResponse:
    """Records the payment of an approved refund."""
    if request.method == "POST" and (answer := earlier_answer(request)) is not None:
        return answer
    found = _refund(pk)
    day = now().astimezone(JAKARTA).date()
    form = PayForm(request.POST or None, request.FILES or None, initial={"paid_on": day_text(day)})
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        said["evidence_file"] = said.pop("evidence").file
        with transaction.atomic():
            done = deeds.pay(refund_id=pk, by=request.user, now=now(), **said)
            if not isinstance(done, Finding):
                messages.success(request, f"Pengembalian {rupiah(done.amount)} dicatat.")
                return _done(request, done)
        form.add_error(done.field if done.field in form.fields else None, done.message)
    context = {
        "form": form,
        "row": _row(found),
        "form_token": fresh_token(),
        "back_url": reverse("office-refund", args=[pk]),
    }
    return render(request, "opd_admin/books/refund_pay.html", context)


def _refund_page(request: HttpRequest, found: Refund) -> HttpResponse:
    user = request.user
    context = {
        "row": _row(found),
        "may_decide": REFUND.allows(found.state, "approve")
        and may(user, Right.APPROVE_REFUND)
        and found.requested_by_id != user.pk,
        "may_pay": REFUND.allows(found.state, "pay") and may(user, Right.REQUEST_REFUND),
        "form_token": fresh_token(),
        "back_url": reverse("office-refunds"),
    }
    return render(request, "opd_admin/books/refund.html", context)


def _row(found: Refund) -> dict:
    state = REFUND.state(found.state)
    return {
        "refund": found,
        "reference": found.attempt.reference,
        "obligation": found.attempt.obligation_id,
        "month": Month.parse(found.attempt.batch.period).label(),
        "amount": rupiah(found.amount),
        "requested": f"{found.requested_by.full_name}, {indonesian_date(found.requested_at)}",
        "decided": f"{found.decided_by.full_name}, {indonesian_date(found.decided_at)}"
        if found.decided_by
        else "",
        "paid": f"{indonesian_date(found.paid_on)}, {found.payment_reference}" if found.paid_on else "",
        "state": state.label,
        "tone": state.tone,
    }


def _refund(pk) -> Refund:
    found = (
        Refund.objects.select_related("attempt__batch", "requested_by", "decided_by", "evidence")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404
    return found


def _done(request: HttpRequest, found: Refund) -> HttpResponse:
    url = reverse("office-refund", args=[found.pk])
    remember_answer(request, url)
    return redirect(url)
