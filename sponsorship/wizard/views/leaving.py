"""A donor who works elsewhere now, or retires: one page each, and the page after everything was erased."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from config.clock import today
from registry import doors
from registry.models import Opd
from registry.rules.finding import Finding
from registry.tasks import send_soon
from sponsorship import queries
from sponsorship.actions import leaving
from sponsorship.actions.ending import NOTHING_RUNS
from sponsorship.rules.months import Month, indonesian_date, indonesian_weekday_date, wib
from sponsorship.wizard.leaving_forms import MoveForm, RetireForm
from sponsorship.wizard.own_pages import show_own
from sponsorship.wizard.views.amending import HERE, first_month_words
from sponsorship.wizard.views.answers import KIND_ORDER
from sponsorship.wizard.views.changing import passed
from sponsorship.wizard.views.pages import Visit, once, own


@own("GET", "POST")
def move(visit: Visit) -> HttpResponse:
    mandate = queries.running_mandate(visit.donor.pk)
    if mandate is None:
        return _nothing_runs(visit)
    offices = sorted(Opd.objects.open_on(today()), key=lambda opd: (KIND_ORDER.index(opd.kind), opd.name))
    posted = visit.request.method == "POST"
    form = MoveForm(visit.request.POST if posted else None, offices=offices)
    words = first_month_words(visit)
    if posted and not passed(visit, Month.parse(words["month"])) and form.is_valid():
        chosen = form.cleaned_data["opd"]
        result = once(
            visit,
            lambda: leaving.move_opd(by=visit.donor, opd=chosen, now=visit.now),
            lambda _: reverse(HERE),
        )
        if not isinstance(result, Finding):
            send_soon()
            messages.success(
                visit.request, f"Kepindahan ke {chosen.name} dicatat, berlaku mulai {words['first']}."
            )
            return redirect(HERE)
        form.refuse(result)
    context = {"opd": leaving.office_of(mandate.lineage, mandate).name, "form": form, **words}
    return _show(visit, "move", "Saya pindah OPD", **context)


@own("GET", "POST")
def retire(visit: Visit) -> HttpResponse:
    """Two clicks: the day, then what it means. A day noted before may be corrected or taken back."""
    mandate = queries.running_mandate(visit.donor.pk)
    if mandate is None:
        return _nothing_runs(visit)
    if "stay" in visit.request.POST:
        return _stay(visit)
    posted = visit.request.method == "POST"
    form = RetireForm(
        visit.request.POST if posted else None,
        today=queries.calendar().local_date(visit.now),
        initial=_nearest(visit),
    )
    sure = ""
    if posted and form.is_valid():
        day = form.cleaned_data["first_day"]
        last = leaving.last_month_of(day, visit.now)
        sure = str(last)
        if visit.request.POST.get("last") == sure:  # what was confirmed is what counts now
            result = once(
                visit,
                lambda: leaving.retire(by=visit.donor, first_day_without_salary=day, now=visit.now),
                lambda _: reverse(HERE),
            )
            if not isinstance(result, Finding):
                send_soon()
                messages.success(visit.request, f"Tercatat: hari pertama tanpa gaji {form.chosen}.")
                return redirect(HERE)
            form.add_error(None, result.message)
            sure = ""
    noted = visit.donor.retires_on
    context = {
        "form": form,
        "sure": sure,
        "noted": indonesian_date(noted) if noted else "",
        "noted_last": Month.parse(mandate.end_period).label() if noted and mandate.end_period else "",
        "may_take_back": bool(noted) and leaving.may_take_back(mandate, visit.now),
        "take_back_until": _moment(leaving.take_back_until(mandate)) if mandate.end_period else "",
        **(_meaning(visit, form, mandate.start_period) if sure else {}),
    }
    return _show(visit, "retire", "Saya akan pensiun", **context)


def _nearest(visit: Visit) -> dict[str, int]:
    """What the form begins with: the day noted before, else the first of the next month."""
    day = visit.donor.retires_on or Month.of(queries.calendar().local_date(visit.now)).next().first_day()
    return {"day": day.day, "month": day.month, "year": day.year}


def _meaning(visit: Visit, form: RetireForm, starts: str) -> dict[str, object]:
    """What the chosen day means, before it is noted."""
    office = queries.calendar()
    last = leaving.last_month_of(form.cleaned_data["first_day"], visit.now)
    return {
        "chosen": form.chosen,
        "hidden": [(name, form.cleaned_data[name]) for name in ("day", "month", "year")],
        "last": last.label(),
        "none_at_all": bool(starts) and str(last) < starts,
        "payday": indonesian_weekday_date(office.payday(last)),
        "cut_already": last < queries.first_open_month(visit.now, office),
        "next_month": last.next().label(),
    }


def _stay(visit: Visit) -> HttpResponse:
    result = once(visit, lambda: leaving.stay(by=visit.donor, now=visit.now), lambda _: reverse(HERE))
    if isinstance(result, Finding):
        messages.error(visit.request, result.message)
    else:
        messages.success(visit.request, "Catatan pensiun sudah ditarik. Potongan berjalan seperti semula.")
    return redirect(HERE)


@doors.public("GET")
def gone(request: HttpRequest) -> HttpResponse:
    """After everything was erased: what is left, and how to begin anew."""
    return render(request, "sponsorship/amending/gone.html")


def _show(visit: Visit, name: str, title: str, **context: object) -> HttpResponse:
    words = {"page_title": title, "back_url": reverse(HERE), **context}
    return show_own(visit, f"sponsorship/amending/{name}.html", here=HERE, **words)


def _nothing_runs(visit: Visit) -> HttpResponse:
    messages.info(visit.request, NOTHING_RUNS.message)
    return redirect("status")


def _moment(at) -> str:
    return f"{indonesian_weekday_date(at)} pukul {wib(at)}"
