"""The month board: the collection month as a runbook, with what is missing in red. One glance says where it stands."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from autodebit import queries_books, queries_month
from autodebit.models import BankProfile, Batch, FollowUp
from autodebit.rules.books import Books
from autodebit.rules.lifecycle import BATCH, ENDED_BATCH
from autodebit.rules.runbook import Step, StepView, steps, where
from config.clock import now
from opd_admin.replies import month_of_address
from opd_admin.views.batch_page import number
from registry.doors import staff
from registry.models import User
from registry.rules.roles import LABELS, Right, Role
from registry.staff import may, roles_of
from sponsorship.queries import calendar
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month, indonesian_weekday_date, wib

STATE_WORDS = {
    "done": ("Selesai", "good"),
    "now": ("Giliran sekarang", "wait"),
    "late": ("Terlambat", "stop"),
    "later": ("Nanti", "info"),
    "not_needed": ("Tidak perlu", "ended"),
}
_OWNERS = {"system": "Sistem, terjadwal", "bank": "Bank"}
# Who may look into a step from the board, and where that is; a batch's own steps lead to the batch.
_OF_A_BATCH = (Step.BUILD, Step.APPROVE, Step.SEAL, Step.HAND_OVER, Step.RESULTS, Step.RETRY)


@staff(Right.SEE_BATCHES, "GET")
def month_home(request: HttpRequest) -> HttpResponse:
    """The oldest month with something left to do; without any, the month whose cut-off comes next."""
    moment = now()
    for profile in _profiles():
        waiting = queries_month.open_months(profile, moment)
        if waiting:
            return redirect("office-month", waiting[0])
    return redirect("office-month", calendar().first_open_month(moment))


@staff(Right.SEE_BATCHES, "GET")
def month_board(request: HttpRequest, period: str) -> HttpResponse:
    month, moment = month_of_address(period), now()
    profiles = _profiles()
    shown = sorted(
        {month, *(known for profile in profiles for known in queries_month.months_shown(profile, moment))},
        reverse=True,
    )
    context = {
        "month": month.label(),
        "period": str(month),
        "months": [(str(known), known.label(), known == month) for known in shown[:18]],
        "banks": [_bank(profile, month, request.user, len(profiles) > 1) for profile in profiles],
        "moment": f"{indonesian_weekday_date(moment)}, {wib(moment)}",
    }
    return render(request, "opd_admin/month/board.html", context)


def _profiles() -> list[BankProfile]:
    return list(BankProfile.objects.filter(bank__active=True).select_related("bank").order_by("bank_id"))


def _bank(profile: BankProfile, month: Month, user: User, several: bool) -> dict:
    money = queries_books.books_of(profile, str(month))
    facts = queries_month.facts_of(profile, month, money)
    views = steps(month, facts, calendar(), now())
    batches = list(Batch.objects.filter(profile=profile, period=str(month)).order_by("wave", "opened_at"))
    nearest = where(views)
    return {
        "name": profile.bank.name if several else "",
        "where": _step_row(nearest, month, batches, user),
        "steps": [_step_row(view, month, batches, user) for view in views],
        "done": sum(view.state in ("done", "not_needed") for view in views),
        "of": len(views),
        "waves": [_wave_row(batch) for batch in batches],
        "money": _money(money),
        "follow_ups": FollowUp.objects.filter(profile=profile, period=str(month), state="open").count(),
        "closed": facts.closed,
    }


def _step_row(view: StepView, month: Month, batches: list[Batch], user: User) -> dict:
    label, tone = STATE_WORDS[view.state]
    owner = _OWNERS.get(view.owner) or LABELS[Role(view.owner)]
    return {
        "label": view.label,
        "owner": owner,
        "yours": view.owner in roles_of(user) and view.state in ("now", "late"),
        "deadline": f"{indonesian_weekday_date(view.deadline)}, {wib(view.deadline)}",
        "state": label,
        "tone": tone,
        "late": view.state == "late",
        "missing": view.missing if view.state in ("now", "late") else (),
        "url": _address(view.step, month, batches, user),
    }


def _address(step: Step, month: Month, batches: list[Batch], user: User) -> str:
    """Where this step is done; empty when there is nothing to open yet."""
    if step in _OF_A_BATCH:
        standing = [batch for batch in batches if batch.state not in ENDED_BATCH]
        running = [batch for batch in standing if BATCH.state(batch.state).owner != "nobody"] or standing
        if not running:  # the list is where a month is built anew
            return reverse("office-batch-list")
        return reverse("office-batch-detail", args=[(running[-1] if step == Step.RETRY else running[0]).pk])
    if step == Step.GATE:
        return reverse("office-gate", args=[str(month)]) if may(user, Right.DECIDE_GATE) else ""
    return reverse("office-books", args=[str(month)])


def _wave_row(batch: Batch) -> dict:
    state = BATCH.state(batch.state)
    return {
        "batch": batch,
        "state": state.label,
        "tone": state.tone,
        "count": number(batch.count),
        "total": rupiah(batch.total),
        "day": indonesian_weekday_date(batch.collection_date),
    }


def _money(books: Books) -> list[tuple[str, str]]:
    return [
        ("Terpotong", rupiah(books.collected)),
        ("Dikembalikan", rupiah(books.returned_before + books.returned_after + books.refunded)),
        ("Harus disetor", rupiah(books.to_remit)),
        ("Sudah disetor", rupiah(books.remitted)),
        ("Belum terjelaskan", rupiah(books.unexplained)),
    ]
