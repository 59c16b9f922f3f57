"""The labour office's page of the salary gate, and what follows from it: narrowing a batch, opening the next wave."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from autodebit import queries_gate, tasks
from autodebit.actions import gate as deeds
from autodebit.actions import waves
from autodebit.models import Batch
from autodebit.queries_gate import OfficeMonth
from autodebit.rules import gate
from config.clock import now
from opd_admin.gate_forms import DecideForm
from opd_admin.replies import month_of_address
from opd_admin.views.batch_page import head_context, number
from opd_admin.views.batches import enqueue, find_batch
from opd_admin.views.treasury import deadline_text, sum_of, word_text
from registry.doors import earlier_answer, fresh_token, remember_answer, staff
from registry.models import Opd
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may
from sponsorship.queries import calendar
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month, indonesian_date, wib

_FIRST = {"stop": 0, "wait": 1, "ended": 2, "good": 3}


@staff(Right.SEE_BATCHES, "GET")
def gate_page(request: HttpRequest, period: str) -> HttpResponse:
    """Which OPDs have said that the salary landed, which have not, and what was decided about those."""
    return _page(request, month_of_address(period))


@staff(Right.DECIDE_GATE, "POST")
def decide(request: HttpRequest, period: str) -> HttpResponse:
    """One decision with one reason for every OPD that was ticked; those that no longer wait are named."""
    if (answer := earlier_answer(request)) is not None:
        return answer
    month = month_of_address(period)
    form = DecideForm(request.POST, choices=_choices(_offices(month)))
    if not form.is_valid():
        return _page(request, month, form)
    said = {name: form.cleaned_data[name] for name in ("decision", "reason")}
    with transaction.atomic():
        chosen = Opd.objects.filter(pk__in=form.cleaned_data["offices"])
        refused = [
            (opd.name, answer.message)
            for opd in chosen
            for answer in [deeds.decide(opd_id=opd.pk, period=period, by=request.user, now=now(), **said)]
            if isinstance(answer, Finding)
        ]
        for name, why in refused:
            messages.error(request, f"{name}: {why}")
        if len(refused) < len(chosen):
            messages.success(request, f"Keputusan untuk {len(chosen) - len(refused)} OPD dicatat.")
        address = reverse("office-gate", args=[period])
        remember_answer(request, address)
        return redirect(address)


@staff(Right.BUILD_BATCH, "GET", "POST")
def narrow(request: HttpRequest, pk) -> HttpResponse:
    """Shows what leaves the batch and what stays, then does it."""
    if request.method == "POST" and (answer := earlier_answer(request)) is not None:
        return answer
    batch = find_batch(pk)
    address = reverse("office-batch-detail", args=[pk])
    if request.method == "POST":
        with transaction.atomic():
            done = deeds.narrow(batch_id=pk, by=request.user, now=now())
            if isinstance(done, Finding):
                messages.error(request, done.message)
                return redirect(address)
            messages.success(request, "Kumpulan dipersempit; yang belum pasti menunggu gelombang berikutnya.")
            remember_answer(request, address)
            return redirect(address)
    held = queries_gate.held_back(batch) if batch.state == "frozen" else []
    names = dict(Opd.objects.filter(pk__in=[office.opd_id for office in held]).values_list("pk", "name"))
    lines, total = sum(office.lines for office in held), sum(office.total for office in held)
    context = {
        **head_context(batch),
        "back_url": address,
        "form_token": fresh_token(),
        "held": [
            {"name": names[office.opd_id], "lines": number(office.lines), "total": rupiah(office.total)}
            for office in sorted(held, key=lambda office: names[office.opd_id])
        ],
        "held_lines": number(lines),
        "held_total": rupiah(total),
        "left_lines": number(batch.count - lines),
        "left_total": rupiah(batch.total - total),
        "something_left": batch.count > lines,
    }
    return render(request, "opd_admin/gate/narrow.html", context)


@staff(Right.BUILD_BATCH, "POST")
def next_wave(request: HttpRequest, pk) -> HttpResponse:
    """Opens the next wave of this batch's month and leaves the building to the queue."""
    if (answer := earlier_answer(request)) is not None:
        return answer
    batch = find_batch(pk)
    with transaction.atomic():
        opened = waves.open_next(profile=batch.profile, period=batch.period, by=request.user, now=now())
        if isinstance(opened, Finding):
            messages.error(request, opened.message)
            return redirect("office-batch-detail", pk)
        if opened.state == "open":
            enqueue(tasks.build_batch, opened)
        address = reverse("office-batch-detail", args=[opened.pk])
        remember_answer(request, address)
        return redirect(address)


def _page(request: HttpRequest, month: Month, form: DecideForm | None = None) -> HttpResponse:
    offices = _offices(month)
    on, until = queries_gate.is_on(), gate.deadline(month, calendar())
    choices = _choices(offices)
    may_decide = on and bool(choices) and may(request.user, Right.DECIDE_GATE)
    frozen = Batch.objects.filter(period=str(month), state="frozen").order_by("profile", "wave")
    context = {
        "month": month.label(),
        "period": str(month),
        "back_url": reverse("office-month", args=[str(month)]),
        "gate_on": on,
        "deadline": deadline_text(month),
        "over": now() >= until,
        "rows": offices,
        "figures": _figures(offices),
        "form": form or (DecideForm(choices=choices) if may_decide and now() >= until else None),
        "form_token": fresh_token(),
        "may_decide": may_decide,
        "narrowable": [batch for batch in frozen if deeds.may_narrow(batch, request.user)],
    }
    return render(request, "opd_admin/gate/office.html", context)


def _offices(month: Month) -> list[dict]:
    """A row for each OPD with debits in the month: first whom somebody has to do something about."""
    period = str(month)
    debits = queries_gate.month_of_offices(period)
    tree = queries_gate.parents() if debits else {}
    words, decided = queries_gate.words(period, tree), queries_gate.decisions(period)
    treasurers = queries_gate.offices_with_treasurer(tree) if debits else set()
    names = dict(Opd.objects.filter(pk__in=debits).values_list("pk", "name"))
    rows = [
        {
            "opd_id": opd,
            "name": names[opd],
            "debit": debit,
            "lines": number(debit.lines),
            "total": rupiah(debit.total),
            "treasurer": opd in treasurers,
            **_standing(words.get(opd), decided.get(opd), debit),
        }
        for opd, debit in debits.items()
    ]
    return sorted(rows, key=lambda row: (_FIRST[row["tone"]], row["name"]))


def _standing(word, decision, debit: OfficeMonth) -> dict:
    """Label, tone and sentence of one OPD, and whether the office may decide about it."""
    why = ""
    if decision:
        who = f"{decision.by.full_name}, {indonesian_date(decision.at)} {wib(decision.at)}"
        why = f"{decision.reason} ({who})"
    if decision and decision.decision == "skip":
        return {"tone": "ended", "label": "Dilewati bulan ini", "text": why, "open": False}
    if word:
        return {"tone": "good", "label": "Gaji sudah masuk", "text": word_text(word), "open": False}
    if not debit.waiting:
        return {"tone": "good", "label": "Sudah dalam berkas bank", "text": "", "open": False}
    if decision:
        return {"tone": "wait", "label": "Menunggu", "text": why, "open": True}
    return {"tone": "stop", "label": "Belum dinyatakan", "text": "", "open": True}


def _choices(offices: list[dict]) -> list[tuple[str, str]]:
    return [(str(row["opd_id"]), _choice(row["name"], row["debit"])) for row in offices if row["open"]]


def _choice(name: str, debit: OfficeMonth) -> str:
    return f"{name}: {number(debit.waiting)} potongan, {rupiah(debit.waiting_total)}"


def _figures(offices: list[dict]) -> list[dict]:
    """(label, OPDs, debits, rupiah) of those who confirmed, who have not, and who were decided about."""
    groups = (
        ("Gaji sudah masuk", ("good",)),
        ("Belum dinyatakan", ("stop",)),
        ("Diputuskan dinas", ("wait", "ended")),
    )
    found = []
    for label, tones in groups:
        mine = [row for row in offices if row["tone"] in tones]
        debits = sum_of(row["debit"] for row in mine)
        found.append(
            {
                "label": label,
                "offices": number(len(mine)),
                "lines": number(debits.lines),
                "total": rupiah(debits.total),
            }
        )
    return found
