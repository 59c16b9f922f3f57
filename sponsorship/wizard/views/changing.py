"""The donor's own workers: who they are, ending one, pausing and going on. Each page says before the click from which
month it counts, and a click after the cut-off that the page named is asked again."""

import functools
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse

from registry.queries import city
from registry.rules.finding import Finding
from registry.tasks import send_soon
from sponsorship import queries, queries_promise
from sponsorship.actions import changes, pausing
from sponsorship.actions.ending import NOTHING_RUNS
from sponsorship.models import Mandate, Sponsorship
from sponsorship.rules.lifecycle import SPONSORSHIP
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month, indonesian_date
from sponsorship.rules.pause import is_paused
from sponsorship.wizard.changing_forms import OPEN_END, ChosenForm, PauseForm
from sponsorship.wizard.effects import effect_of
from sponsorship.wizard.own_pages import show_own
from sponsorship.wizard.views.pages import Visit, once, own

HERE = "own_workers"
TARIFF_AWAY = "Tarif iuran sedang diperbarui. Silakan coba lagi nanti, atau hubungi layanan bantuan."
TOO_LATE = "Batas waktu yang tertulis di halaman tadi sudah lewat, jadi belum ada yang diubah. Periksa bulannya lagi."
# BPJS Ketenagakerjaan: paid through a month, protected until the end of the third month after it.
GRACE_MONTHS = 3


def changing(*methods: str) -> Callable:
    """A door to the donor's running promise; without one it leads to the overview."""

    def decorate(view: Callable) -> Callable:
        @functools.wraps(view)
        def running(visit: Visit, *args: Any, **kwargs: Any) -> HttpResponse:
            mandate = queries_promise.live_mandate(visit.donor)
            if mandate is None:
                messages.info(visit.request, NOTHING_RUNS.message)
                return redirect("status")
            try:
                return view(visit, mandate, *args, **kwargs)
            except queries.NoTariff:
                messages.error(visit.request, TARIFF_AWAY)
                return redirect("status")

        return own(*methods)(running)

    return decorate


@own("GET")
def workers(visit: Visit) -> HttpResponse:
    mandate = queries_promise.live_mandate(visit.donor)
    context: dict[str, Any] = {"mandate": mandate, "page_title": "Pekerja yang Anda lindungi"}
    context["past"] = _past(visit)
    if mandate:
        context |= _list(visit, mandate)
    return show_own(visit, "sponsorship/changes/workers.html", here=HERE, **context)


@changing("GET", "POST")
def end(visit: Visit, mandate: Mandate, pk: UUID) -> HttpResponse:
    promise = own_promise(visit, pk)
    promises, month = (
        queries_promise.promises_of(visit.donor),
        queries_promise.first_month(mandate, visit.now),
    )
    if visit.request.method == "POST" and not passed(visit, month):
        return _answer(
            visit,
            lambda: changes.end_worker(by=visit.donor, sponsorship_id=pk, now=visit.now),
            f"Perlindungan {promise.worker.name} diakhiri. Konfirmasinya kami kirim ke kontak Anda.",
        )
    if promise.state not in queries.GOING_ON:
        messages.info(visit.request, f"Perlindungan {promise.worker.name} sudah diakhiri.")
        return redirect(HERE)
    context = {
        "promise": promise,
        "effect": effect_of(mandate, promises, visit.now, month=month, without=[promise]),
        "last_one": sum(each.state in queries.GOING_ON for each in promises) == 1,
        "never_debited": not _was_due(promise, month.previous()),
    }
    return _page(visit, "end", f"Akhiri perlindungan {promise.worker.name}?", month, **context)


@changing("GET", "POST")
def pause(visit: Visit, mandate: Mandate) -> HttpResponse:
    going_on, first = _going_on(visit), queries.first_open_month(visit.now)
    if not going_on or _over(visit, mandate, first):
        return redirect(HERE)
    form = PauseForm(
        visit.request.POST or None,
        offered=going_on,
        first=first,
        initial=_chosen(visit, going_on) | {"until": ""},
    )
    if visit.request.method == "POST" and not passed(visit, first) and form.is_valid():
        chosen, until = form.cleaned_data["workers"], form.cleaned_data["until"]
        return _answer(
            visit,
            lambda: pausing.pause(by=visit.donor, sponsorship_ids=chosen, until=until, now=visit.now),
            f"Iuran dijeda mulai {first.label()}. Anda dapat melanjutkannya kapan saja di halaman ini.",
        )
    lapse = first.previous().plus(GRACE_MONTHS)
    context = {
        "form": form,
        "effect": effect_of(
            mandate,
            queries_promise.promises_of(visit.donor),
            visit.now,
            month=first,
            without=going_on,
            when="bila semua dijeda",
        ),
        "paid_through": first.previous().label(),
        "covered_until": indonesian_date(lapse.last_day()),
        "lapsed": lapse.next().label(),
        "confirmed": any(each.active_since for each in going_on),
        "open_end": OPEN_END,
    }
    return _page(visit, "pause", "Jeda iuran", first, **context)


@changing("GET", "POST")
def resume(visit: Visit, mandate: Mandate) -> HttpResponse:
    paused = [each for each in _going_on(visit) if each.state == "paused"]
    if not paused:
        messages.info(visit.request, "Tidak ada iuran yang sedang dijeda.")
        return redirect(HERE)
    first = queries.first_open_month(visit.now)
    if _over(visit, mandate, first):
        return redirect(HERE)
    form = ChosenForm(visit.request.POST or None, offered=paused, initial=_chosen(visit, paused))
    if visit.request.method == "POST" and not passed(visit, first) and form.is_valid():
        chosen = form.cleaned_data["workers"]
        return _answer(
            visit,
            lambda: pausing.resume(by=visit.donor, sponsorship_ids=chosen, now=visit.now),
            f"Iuran dilanjutkan mulai {first.label()}.",
        )
    context = {
        "form": form,
        "effect": effect_of(
            mandate,
            queries_promise.promises_of(visit.donor),
            visit.now,
            month=first,
            more=_still_out(paused, first),
            when="bila semua dilanjutkan",
        ),
    }
    return _page(visit, "resume", "Lanjutkan iuran", first, **context)


def _over(visit: Visit, mandate: Mandate, first: Month) -> bool:
    """Whether the last month of a donor who retires is closed, so that a pause reaches nothing; says so."""
    over = not queries_promise.pays(mandate, first)
    if over:
        messages.info(visit.request, pausing.OVER.message)
    return over


def own_promise(visit: Visit, pk: UUID) -> Sponsorship:
    """One of the donor's verified promises. Raises Http404 for anything else."""
    mine = Sponsorship.objects.filter(donor=visit.donor).exclude(state__in=("pending", "withdrawn"))
    promise = mine.select_related("worker__occupation").filter(pk=pk).first()
    if promise is None:
        raise Http404
    return promise


def passed(visit: Visit, month: Month) -> bool:
    """Whether the page that was clicked named another month than the one that counts now; says so when it did."""
    other = visit.request.POST.get("month", "") != str(month)
    if other:
        messages.warning(visit.request, TOO_LATE)
    return other


def change_url() -> str:
    """Where the ceiling is changed; empty while that door is closed."""
    try:
        return reverse("own_change")
    except NoReverseMatch:
        return ""


def _answer(visit: Visit, act: Callable[[], Any], done: str) -> HttpResponse:
    result = once(visit, lambda: _as_one(act()), lambda _: reverse(HERE))
    if isinstance(result, Finding):
        messages.error(visit.request, result.message)
    else:
        send_soon()
        messages.success(visit.request, done)
    return redirect(HERE)


def _as_one(result: Any) -> Any:
    """Several promises are one answer; a list would be read as refusals."""
    return tuple(result) if isinstance(result, list) else result


def _page(visit: Visit, name: str, title: str, month: Month, **context: Any) -> HttpResponse:
    """`month` travels in the form: a click that arrives after another cut-off is asked again."""
    words = {"page_title": title, "month": str(month), "back_url": reverse(HERE), **context}
    return show_own(visit, f"sponsorship/changes/{name}.html", here=HERE, **words)


def _going_on(visit: Visit) -> list[Sponsorship]:
    promises = queries_promise.promises_of(visit.donor)
    return [each for each in promises if each.state in queries.GOING_ON]


def _chosen(visit: Visit, offered: Sequence[Sponsorship]) -> dict[str, list[str]]:
    """The worker whose link was followed, or all of them."""
    keys = [str(each.pk) for each in offered]
    asked = visit.request.GET.get("pekerja", "")
    return {"workers": [asked] if asked in keys else keys}


def _was_due(promise: Sponsorship, month: Month) -> bool:
    return bool(promise.start_period) and promise.start_period <= str(month)


def _still_out(paused: Sequence[Sponsorship], month: Month) -> int:
    """Rupiah that come back in `month`: of those whose pause reaches it."""
    out = [each for each in paused if is_paused(each.pause_from, each.pause_until, str(month))]
    return queries.amounts_of(out, month, queries.tariff()).now


def _list(visit: Visit, mandate: Mandate) -> dict[str, Any]:
    promises = queries_promise.promises_of(visit.donor)
    this = Month.of(queries.calendar().local_date(visit.now))
    months, limit = (this, this.next()), city().age_limit
    try:
        room, prices = queries_promise.room(mandate, visit.now), queries.tariff()
        cheapest = min(
            (line.jkk + line.jkm for line in prices.lines if line.in_force(this.next())), default=0
        )
        amounts: dict[str, Any] = {
            "totals": [
                (month.label(), rupiah(queries_promise.amount_under(mandate, promises, month, prices)))
                for month in months
            ],
            "ceiling": rupiah(room.ceiling),
            "left": rupiah(room.left),
            "room": 0 < cheapest <= room.left,
        }
        cards = [_card(mandate, each, months, prices, limit) for each in promises]
    except queries.NoTariff:
        amounts = {"tariff_away": TARIFF_AWAY}
        cards = [_card(mandate, each, (), None, limit) for each in promises]
    return {
        "cards": cards,
        "any_paused": any(each.state == "paused" for each in promises),
        "any_going_on": any(each.state in queries.GOING_ON and each.state != "paused" for each in promises),
        "change_url": change_url(),
        "open_to_new": mandate.state in changes.OPEN_TO_NEW and not mandate.end_period,
        **amounts,
    }


def _past(visit: Visit) -> list[dict[str, Any]]:
    """Whom the donor had under any mandate: worker, and until when. After a stop that is everybody at once."""
    over = Q(state__in=("ended", "superseded")) | Q(state="ending", lineage__ended_at__isnull=False)
    past = Sponsorship.objects.filter(over, donor=visit.donor, worker__erased_at=None)
    return [
        {"promise": each, "until": Month.parse(each.end_period).label() if each.end_period else ""}
        for each in past.select_related("worker", "successor__worker").order_by("created_at")
    ]


def _card(
    mandate: Mandate, promise: Sponsorship, months: Sequence[Month], prices: Any, limit: int
) -> dict[str, Any]:
    return {
        "promise": promise,
        "state": SPONSORSHIP.state(promise.state),
        "words": _state_words(promise),
        "going_on": promise.state in queries.GOING_ON,
        "amounts": [
            (
                month.label(),
                rupiah(queries.price_of(promise, month, prices).total)
                if queries_promise.due_in(promise, month, limit) and queries_promise.pays(mandate, month)
                else "tidak dipotong",
            )
            for month in months
        ],
    }


def _state_words(promise: Sponsorship) -> str:
    """The months that belong to the state: since when, until when."""
    if promise.state == "paused":
        began = f"Dijeda mulai {Month.parse(promise.pause_from).label()}"
        again = Month.parse(promise.pause_until).label() if promise.pause_until else ""
        return f"{began}; dipotong lagi mulai {again}" if again else f"{began} sampai Anda lanjutkan"
    if promise.state == "ending" and promise.end_period:
        return f"Bulan terakhir {Month.parse(promise.end_period).label()}"
    if promise.active_since:
        return f"Terlindungi sejak {Month.parse(promise.active_since).label()}"
    return f"Mulai {Month.parse(promise.start_period).label()}" if promise.start_period else ""
