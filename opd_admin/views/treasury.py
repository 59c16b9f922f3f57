"""The treasurer's page: the own OPD's debits of the month in totals, and the word that the salary has landed.

Totals only: neither a treasurer nor a head sees who takes part (I23).
"""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from autodebit import queries_gate
from autodebit.actions import gate as deeds
from autodebit.models import Batch, GateDecision, SalaryConfirmation
from autodebit.queries_gate import OfficeMonth, Word
from autodebit.rules import gate
from autodebit.rules.lifecycle import ENDED_BATCH
from config.clock import now
from opd_admin.gate_forms import LandedForm
from opd_admin.replies import month_of_address
from opd_admin.views.batch_page import number
from registry.doors import earlier_answer, fresh_token, remember_answer, staff
from registry.models import Opd, RoleAssignment, User
from registry.rules.finding import Finding
from registry.rules.roles import RIGHTS, Right
from registry.staff import offices_of
from sponsorship.queries import calendar
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month, indonesian_date, indonesian_weekday_date, wib


@dataclass(frozen=True)
class _Scope:
    """The OPDs that this person sees, those for which they may speak (a head sees and does not), and the tree."""

    offices: dict[int, Opd]
    spoken_for: frozenset[int]
    tree: dict[int, int | None]


@dataclass(frozen=True)
class _Said:
    """What treasurers and the office said about one month."""

    words: dict[int, Word]
    decisions: dict[int, GateDecision]


@staff(Right.SEE_OFFICE_TOTALS, "GET")
def treasury(request: HttpRequest) -> HttpResponse:
    on = queries_gate.is_on()
    mine = offices_of(request.user, Right.CONFIRM_SALARY).values_list("pk", flat=True) if on else ()
    scope = _Scope(
        offices={opd.pk: opd for opd in offices_of(request.user, Right.SEE_OFFICE_TOTALS)},
        spoken_for=frozenset(mine),
        tree=queries_gate.parents(),
    )
    roots = [scope.offices[opd] for opd in _roots(request.user)]
    context = {"gate_on": on, "months": [_month_rows(month, roots, scope) for month in _months(now())]}
    return render(request, "opd_admin/gate/treasury.html", context)


@staff(Right.CONFIRM_SALARY, "GET", "POST")
def confirm(request: HttpRequest, period: str, opd_id: int) -> HttpResponse:
    """The word for one OPD and the units below it: the salary has landed."""
    if request.method == "POST" and (answer := earlier_answer(request)) is not None:
        return answer
    month, opd = month_of_address(period), _own(request.user, opd_id)
    payday = calendar().payday(month)
    form = LandedForm(request.POST or None, initial={"landed_on": f"{payday:%d-%m-%Y}"})
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            said = deeds.confirm(
                opd_id=opd.pk, period=period, by=request.user, now=now(), **form.cleaned_data
            )
            if not isinstance(said, Finding):
                messages.success(request, f"Gaji {month.label()} di {opd.name} dinyatakan sudah masuk.")
                return _done(request)
        form.add_error(said.field or None, said.message)
    below = sum_of(queries_gate.month_of_offices(period, _subtree(opd.pk)).values())
    context = {
        "form": form,
        "form_token": fresh_token(),
        "back_url": reverse("treasury"),
        "opd": opd,
        "month": month.label(),
        "payday": indonesian_weekday_date(payday),
        "lines": number(below.lines),
        "total": rupiah(below.total),
    }
    return render(request, "opd_admin/gate/confirm.html", context)


@staff(Right.CONFIRM_SALARY, "GET", "POST")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    if request.method == "POST" and (answer := earlier_answer(request)) is not None:
        return answer
    said = SalaryConfirmation.objects.select_related("opd", "by").filter(pk=pk).first()
    if said is None:
        raise Http404
    _own(request.user, said.opd_id)
    if request.method == "POST":
        with transaction.atomic():
            answer = deeds.withdraw(confirmation_id=pk, by=request.user, now=now())
            if isinstance(answer, Finding):
                messages.error(request, answer.message)
                return redirect("treasury")
            messages.success(request, f"Pernyataan gaji {said.opd.name} dicabut.")
            return _done(request)
    context = {
        "said": said,
        "month": Month.parse(said.period).label(),
        "landed_on": indonesian_date(said.landed_on),
        "form_token": fresh_token(),
        "back_url": reverse("treasury"),
    }
    return render(request, "opd_admin/gate/withdraw.html", context)


def sum_of(months) -> OfficeMonth:
    """Several OPDs as one."""
    found = [(one.lines, one.total, one.waiting, one.waiting_total) for one in months]
    return OfficeMonth(*(sum(column) for column in zip(*found, strict=True))) if found else OfficeMonth()


def word_text(word: Word) -> str:
    said = f"dinyatakan {word.by}, {indonesian_date(word.at)} {wib(word.at)}"
    return f"Gaji masuk {indonesian_date(word.landed_on)}, {said}."


def deadline_text(month: Month) -> str:
    until = gate.deadline(month, calendar())
    return f"{indonesian_weekday_date(until)} pukul {wib(until)}"


def _done(request: HttpRequest) -> HttpResponse:
    remember_answer(request, reverse("treasury"))
    return redirect("treasury")


def _own(user: User, opd_id: int) -> Opd:
    """An OPD for which this treasurer may speak; a foreign one is not there (I18)."""
    opd = offices_of(user, Right.CONFIRM_SALARY).filter(pk=opd_id).first()
    if opd is None:
        raise Http404
    return opd


def _subtree(opd_id: int) -> list[int]:
    return list(Opd.objects.at_or_below([opd_id]).values_list("pk", flat=True))


def _roots(user: User) -> list[int]:
    """The OPDs that this person holds the right for, in the order of their names."""
    held = RoleAssignment.objects.filter(user=user, role__in=RIGHTS[Right.SEE_OFFICE_TOTALS])
    return list(dict.fromkeys(held.order_by("opd__name").values_list("opd_id", flat=True)))


def _months(moment: datetime) -> list[Month]:
    """The running month, and the next one as soon as it was cut."""
    running = Month.of(calendar().local_date(moment))
    coming = running.next()
    built = Batch.objects.filter(period=str(coming)).exclude(state__in=ENDED_BATCH).exists()
    return [running, coming] if built else [running]


def _month_rows(month: Month, roots: list[Opd], scope: _Scope) -> dict:
    debits = queries_gate.month_of_offices(str(month), list(scope.offices))
    said = _Said(queries_gate.words(str(month), scope.tree), queries_gate.decisions(str(month)))
    return {
        "month": month.label(),
        "period": str(month),
        "deadline": deadline_text(month),
        "roots": [_root_row(root, debits, said, scope) for root in roots],
    }


def _root_row(root: Opd, debits: dict[int, OfficeMonth], said: _Said, scope: _Scope) -> dict:
    below = [opd for opd in debits if queries_gate.nearest(opd, {root.pk}, scope.tree) is not None]
    all_of_it, word = sum_of(debits[opd] for opd in below), said.words.get(root.pk)
    tone, label, text = _status(root.pk, said)
    # Whatever is not waiting any more is in a file: then the word stands.
    withdrawable = word and word.opd_id in scope.spoken_for and all_of_it.waiting == all_of_it.lines
    units = sorted((scope.offices[opd] for opd in below if opd != root.pk), key=lambda unit: unit.name)
    return {
        "opd": root,
        "lines": number(all_of_it.lines),
        "total": rupiah(all_of_it.total),
        "tone": tone,
        "label": label,
        "text": text,
        "confirmed": word is not None,
        "confirmable": word is None and root.pk in scope.spoken_for,
        "withdrawable": word if withdrawable else None,
        "units": [_unit_row(unit, debits[unit.pk], said) for unit in units],
    }


def _unit_row(opd: Opd, debit: OfficeMonth, said: _Said) -> dict:
    tone, label, _ = _status(opd.pk, said)
    return {
        "name": opd.name,
        "lines": number(debit.lines),
        "total": rupiah(debit.total),
        "tone": tone,
        "label": label,
    }


def _status(opd_id: int, said: _Said) -> tuple[str, str, str]:
    """(tone, label, sentence) of one OPD."""
    decision, word = said.decisions.get(opd_id), said.words.get(opd_id)
    if decision and decision.decision == "skip":
        return "ended", "Dilewati bulan ini", f"Diputuskan dinas tenaga kerja: {decision.reason}"
    if word:
        return "good", "Gaji sudah masuk", word_text(word)
    if decision:
        return "wait", "Menunggu", f"Diputuskan dinas tenaga kerja: {decision.reason}"
    return "wait", "Belum dinyatakan", ""
