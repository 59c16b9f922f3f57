"""Telusur: where one donor's debit of one month is, step by step, each with the file and line that prove it."""

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from autodebit.models import Obligation
from autodebit.queries_trace import MOST_FOUND, TraceStep, find_obligations, trace_of
from autodebit.rules.lifecycle import OBLIGATION
from registry.doors import staff
from registry.rules.roles import Right
from registry.staff import may
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month, indonesian_date, wib

_LONGEST = 40


@staff(Right.SEE_BATCHES, "GET")
def search(request: HttpRequest) -> HttpResponse:
    """By line reference or number of the mandate; a single find leads straight to its page."""
    asked = request.GET.get("rujukan", "").replace("\x00", "")[:_LONGEST].strip()
    found = list(find_obligations(asked)[:MOST_FOUND]) if asked else []
    if len(found) == 1:
        return redirect("office-trace", found[0].pk)
    context = {"asked": asked, "rows": [_row(obligation) for obligation in found]}
    return render(request, "opd_admin/trace/search.html", context)


@staff(Right.SEE_BATCHES, "GET")
def trace(request: HttpRequest, pk: int) -> HttpResponse:
    obligation = (
        Obligation.objects.select_related("mandate__registration__opd", "lineage").filter(pk=pk).first()
    )
    if obligation is None:
        raise Http404
    standing = ("requested", "approved", "paid")
    refundable = obligation.attempts.filter(state="succeeded").exclude(refunds__state__in=standing)
    context = {
        "row": _row(obligation),
        "holder": obligation.mandate.account_holder,
        "office": obligation.mandate.registration.opd,
        "steps": [_step(step) for step in trace_of(obligation)],
        "refundable": refundable.first() if may(request.user, Right.REQUEST_REFUND) else None,
        "back_url": reverse("office-trace-search"),
    }
    return render(request, "opd_admin/trace/trace.html", context)


def _row(obligation: Obligation) -> dict:
    state = OBLIGATION.state(obligation.state)
    return {
        "obligation": obligation,
        "month": Month.parse(obligation.period).label(),
        "mandate": obligation.mandate.number,
        "amount": rupiah(obligation.amount),
        "state": state.label,
        "tone": state.tone,
    }


def _step(step: TraceStep) -> dict:
    moment = f"{indonesian_date(step.when)}, {wib(step.when)}" if isinstance(step.when, datetime) else ""
    when = moment or (indonesian_date(step.when) if step.when else "")
    return {
        "title": step.title,
        "tone": step.tone,
        "when": when,
        "who": step.who,
        "text": step.text,
        "proofs": step.proofs,
    }
