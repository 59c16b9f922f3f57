"""The one question about a contribution that changes by itself, and what was answered."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from registry.rules.finding import Finding
from sponsorship import queries
from sponsorship.actions import tariff_clock
from sponsorship.models import Sponsorship, TariffQuestion
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month, indonesian_weekday_date, wib
from sponsorship.rules.tariff_clock import Change
from sponsorship.wizard.leaving_forms import TariffForm
from sponsorship.wizard.own_pages import show_own
from sponsorship.wizard.views.pages import Visit, once, own

HERE = "own_change"
ANSWERED = {
    "pay_less": "Baik. Potongan ikut turun; Anda tidak perlu berbuat apa-apa lagi.",
    "one_more": "Terima kasih. Sekarang lengkapi pekerja berikutnya.",
}


@own("GET", "POST")
def tariff(visit: Visit, pk: int) -> HttpResponse:
    question = TariffQuestion.objects.filter(pk=pk, lineage__donor=visit.donor).first()
    if question is None:
        raise Http404
    month = Month.parse(question.period)
    change = tariff_clock.change_of(question)
    ahead = month.first_day() > queries.calendar().local_date(visit.now)
    asks = bool(change and ahead and not question.answer and not change.rises)
    posted = visit.request.POST if visit.request.method == "POST" else None
    form = TariffForm(posted, words=_choices(change)) if change and asks else None
    if visit.request.method == "POST" and (form is None or form.is_valid()):
        chosen = form.cleaned_data["answer"] if form else visit.request.POST.get("answer", "")
        return _answer(visit, question, chosen, change)
    context = {
        "page_title": f"Iuran Anda mulai {month.label()}",
        "back_url": reverse(HERE),
        "question": question,
        "answered": question.get_answer_display(),
        "change": change,
        "ahead": ahead,
        "form": form,
        "month": month.label(),
        "rows": _rows(question, change),
        "workers": _workers(question, change),
        **_dates(month),
    }
    return show_own(visit, "sponsorship/amending/tariff.html", here=HERE, **context)


def _answer(visit: Visit, question: TariffQuestion, chosen: str, change: Change | None) -> HttpResponse:
    if change and change.rises:  # nothing to choose: what it becomes was told
        return redirect("own_tariff", question.pk)
    before = question.answer
    result = once(
        visit,
        lambda: tariff_clock.answer(pk=question.pk, by=visit.donor, answer=chosen, now=visit.now),
        lambda saved: _leads_to(saved, change),
    )
    if isinstance(result, Finding):
        messages.info(visit.request, result.message)
        return redirect("own_tariff", question.pk)
    if not before:
        messages.success(visit.request, ANSWERED[result.answer])
    return redirect(_leads_to(result, change))


def _leads_to(question: TariffQuestion, change: Change | None) -> str:
    """One more worker: to its form, or to a higher ceiling first. Else the page says what was answered."""
    if question.answer != "one_more" or change is None:
        return reverse("own_tariff", args=[question.pk])
    return reverse("own_worker_add" if change.more else HERE)


def _choices(change: Change) -> dict[str, str]:
    saved = rupiah(change.before - change.after)
    more = (
        "Lindungi satu pekerja lagi dengan surat kuasa yang sama"
        if change.more
        else "Lindungi satu pekerja lagi; batas tertingginya dinaikkan dulu dengan surat kuasa baru"
    )
    return {"pay_less": f"Bayar lebih sedikit: potongan turun {saved} per bulan", "one_more": more}


def _rows(question: TariffQuestion, change: Change | None) -> list[dict[str, str]]:
    before = change.before if change else question.amount_before
    after = change.after if change else question.amount_after
    rows = [
        {"label": "Iuran sekarang", "value": f"{rupiah(before)} per bulan"},
        {"label": "Iuran sesudahnya", "value": f"{rupiah(after)} per bulan"},
    ]
    if change:
        rows.append(
            {"label": "Batas tertinggi di surat kuasa", "value": f"{rupiah(change.ceiling)} per bulan"}
        )
    return rows


def _workers(question: TariffQuestion, change: Change | None) -> list[dict[str, Any]]:
    """Before and after for each worker, under the worker's name."""
    if change is None:
        return []
    names = dict(Sponsorship.objects.filter(lineage=question.lineage_id).values_list("pk", "worker__name"))
    return [
        {"name": names[cover.key], "before": rupiah(before), "after": rupiah(after)}
        for cover, (before, after) in zip(change.covers, change.workers, strict=True)
        if before != after
    ]


def _dates(month: Month) -> dict[str, str]:
    office = queries.calendar()
    until = office.cutoff(month)
    return {
        "payday": indonesian_weekday_date(office.payday(month)),
        "until": f"{indonesian_weekday_date(until)} pukul {wib(until)}",
        "before_month": month.previous().label(),
    }
