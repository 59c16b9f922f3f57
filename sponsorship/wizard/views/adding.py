"""One worker more under the signed ceiling, or another one instead: who, which cover, a last look. Nothing is saved
before the last click; until then what was typed waits sealed in the session."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from config.clock import today
from registry.models import Kelurahan, Occupation, Worker
from registry.queries import city
from registry.rules.display import mask
from registry.rules.finding import Finding
from registry.rules.identity import YOUNGEST_WORKER
from registry.tasks import send_soon
from sponsorship import queries, queries_promise, queries_waiting
from sponsorship.actions import changes, drafts, waiting_list
from sponsorship.models import Mandate, Sponsorship, WaitingWorker
from sponsorship.rules.eligibility import bar_of_finding, explain
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month
from sponsorship.rules.tariff import Price
from sponsorship.wizard import kept as keeping
from sponsorship.wizard import limits
from sponsorship.wizard.effects import effect_of
from sponsorship.wizard.forms import CoverForm, WorkerForm
from sponsorship.wizard.kept import Kept
from sponsorship.wizard.own_pages import show_own
from sponsorship.wizard.views.changing import HERE, change_url, changing, own_promise, passed
from sponsorship.wizard.views.pages import Visit, once
from sponsorship.wizard.views.workers import price_table
from sponsorship.wizard.waiting_cards import choice

CHANGED_ELSEWHERE = "Isian ini berubah di jendela lain. Periksa lagi sebelum menyimpan."
START_AGAIN = "Mulai lagi dari data pekerja; belum ada yang tersimpan."
# A refusal that another worker, not another cover, answers.
ABOUT_WORKER = ("held", "still_yours", "too_old", "too_many_tries")


@changing("GET", "POST")
def worker(visit: Visit, mandate: Mandate, pk: UUID | None = None) -> HttpResponse:
    """Who it is. `pk`: the worker whose place is taken."""
    replaced = _replaced(visit, pk)
    if replaced is not None and replaced.state not in queries.GOING_ON:
        messages.info(visit.request, changes.ENDED_ALREADY.message)
        return redirect(HERE)
    lists = {
        "occupations": Occupation.objects.filter(active=True),
        "wards": Kelurahan.objects.select_related("kecamatan").order_by("kecamatan__name", "name"),
    }
    if visit.request.method == "POST":
        form = WorkerForm(visit.request.POST, **lists)
        answer = _judge(visit, form, pk)
        if answer:
            return answer
    else:
        form = WorkerForm(initial=_typed_before(visit, pk), **lists)
    waiting = queries_waiting.free_to_choose(queries_promise.first_month(mandate, visit.now).first_day())
    title = (
        f"Ganti {replaced.worker.name} dengan siapa?" if replaced else "Siapa pekerja yang Anda tambahkan?"
    )
    context = {
        "form": form,
        "replaced": replaced,
        "left": rupiah(queries_promise.room(mandate, visit.now, replaced).left),
        "list_url": _list_url(pk),
        "waiting": waiting.count(),
        "refused_state": mandate.state not in changes.OPEN_TO_NEW,
    }
    return _page(visit, "worker", title, reverse(HERE), **context)


@changing("GET", "POST")
def from_list(visit: Visit, mandate: Mandate, pk: UUID | None = None) -> HttpResponse:
    """Somebody from the waiting list, without seeing who it is."""
    replaced, month = _replaced(visit, pk), queries_promise.first_month(mandate, visit.now)
    if visit.request.method == "POST":
        stopped = limits.too_many(visit.request, "pilih", str(visit.donor.pk), limits.CHOICES)
        if stopped:
            return stopped
        row = _waiting(visit.request.POST.get("pilih", ""))
        if row is not None:
            kept = Kept(waiting=str(row.pk), replaces=str(pk) if pk else "")
            keeping.keep(visit.request, visit.donor, kept)
            return redirect("own_worker_cover")
        messages.warning(visit.request, waiting_list.GONE.message)
        return redirect(visit.request.get_full_path())
    cards = choice(visit.request.GET, month=month, today=today())
    context = {"replaced": replaced, "own_url": _worker_url(pk), **cards}
    return _page(visit, "from_list", "Pilih pekerja dari daftar tunggu", _worker_url(pk), **context)


@changing("GET", "POST")
def cover(visit: Visit, mandate: Mandate) -> HttpResponse:
    kept = keeping.recall(visit.request, visit.donor)
    promise = _as_promise(kept)
    if kept is None or promise is None:
        return _start_again(visit, kept)
    replaced = _replaced(visit, kept.replaces)
    month, prices = queries_promise.first_month(mandate, visit.now), queries.tariff()
    bases = prices.bases(month)
    first = {"programme": "jkk_jkm", "declared_income": str(bases[0] if bases else ""), **kept.cover}
    posted = visit.request.POST
    form = CoverForm(posted, bases=bases) if posted else CoverForm(initial=first, bases=bases)
    no_room = False
    if visit.request.method == "POST" and form.is_valid() and "hitung" not in posted:
        wanted = (
            prices.base_for(form.cleaned_data["declared_income"], month),
            form.cleaned_data["programme"],
        )
        if queries_promise.fits(wanted, mandate, visit.now, replaced):
            chosen = {name: posted.get(name, "") for name in keeping.COVER}
            keeping.keep(visit.request, visit.donor, _with_cover(kept, chosen))
            return redirect("own_worker_confirm")
        no_room = True
        form.refuse(changes.no_room(mandate, wanted, replaced, visit.now))
    income = form["declared_income"].value()
    base = int(income) if str(income) in {str(each) for each in bases} else None
    context = {
        "form": form,
        "left": rupiah(queries_promise.room(mandate, visit.now, replaced).left),
        "table": price_table(prices, base, promise, month) if base else [],
        "base": rupiah(base) if base else "",
        "for_month": month.label(),
        "change_url": change_url() if no_room else "",
    }
    back = _list_url(kept.replaces) if kept.waiting else _worker_url(kept.replaces)
    return _page(visit, "cover", f"Perlindungan apa untuk {_name(kept, promise)}?", back, **context)


@changing("GET", "POST")
def confirm(visit: Visit, mandate: Mandate) -> HttpResponse:
    """The last look: what is saved, from which month it counts, and what is debited then."""
    kept = keeping.recall(visit.request, visit.donor)
    promise = _as_promise(kept)
    if kept is None or promise is None or not kept.cover:
        return _start_again(visit, kept)
    month = queries_promise.first_month(mandate, visit.now)
    if visit.request.method == "POST":
        if visit.request.POST.get("seen") != kept.seen:
            messages.warning(visit.request, CHANGED_ELSEWHERE)
        elif not passed(visit, month):
            return _add(visit, kept)
    replaced = _replaced(visit, kept.replaces)
    price, full = _prices(promise, kept, month)
    promises = queries_promise.promises_of(visit.donor)
    context = {
        "rows": _rows(kept, promise, replaced, price, full),
        "replaced": replaced,
        "never_debited": replaced is not None and replaced.start_period > str(month.previous()),
        "effect": effect_of(
            mandate,
            promises,
            visit.now,
            month=month,
            without=[replaced] if replaced else [],
            more=price.total,
        ),
        "month": str(month),
        "seen": kept.seen,
    }
    title = "Periksa sebelum mengganti" if replaced else "Periksa sebelum menambahkan"
    return _page(visit, "confirm", title, reverse("own_worker_cover"), **context)


def _add(visit: Visit, kept: Kept) -> HttpResponse:
    values, notes = _values(kept)
    if values is None and not kept.waiting:
        return _start_again(visit, kept)
    result = once(
        visit,
        lambda: changes.add_worker(
            by=visit.donor,
            values=values,
            waiting_id=kept.waiting or None,
            programme=kept.cover["programme"],
            declared_income=int(kept.cover["declared_income"]),
            replaces=kept.replaces or None,
            notes=notes,
            now=visit.now,
        ),
        lambda _: reverse(HERE),
    )
    if isinstance(result, Finding):
        messages.error(visit.request, result.message)
        if result.code == "over_ceiling":
            return redirect("own_worker_cover")
        if kept.waiting and result.code in ("gone", *ABOUT_WORKER):
            return redirect(_list_url(kept.replaces))
        return redirect(_worker_url(kept.replaces) if result.code in ABOUT_WORKER else HERE)
    replaced = _replaced(visit, kept.replaces)
    keeping.forget(visit.request)
    send_soon()
    new, month = result.worker.name, Month.parse(result.start_period).label()
    done = (
        f"{replaced.worker.name} digantikan {new}. Iuran {new}"
        if replaced
        else f"{new} ditambahkan. Iurannya"
    )
    messages.success(visit.request, f"{done} dihitung mulai {month}.")
    return redirect(HERE)


def _judge(visit: Visit, form: WorkerForm, pk: UUID | None) -> HttpResponse | None:
    """Keeps what was typed, or says on a page of its own that this worker cannot join; None: there are mistakes."""
    bar = form.bar
    if bar is None and form.is_valid():
        values = drafts.WorkerValues(**form.cleaned_data)
        fault = changes.check_worker(by=visit.donor, values=values, now=visit.now)
        if fault is None:
            _keep_worker(visit, pk)
            return redirect("own_worker_cover")
        bar = bar_of_finding(fault.code)
        if bar is None:
            form.refuse(fault)
    if bar is None:
        return None
    # Back at the form everything stands there again but the answer that is nobody's business.
    _keep_worker(visit, pk, without=("situation",))
    nik = form.cleaned_data.get("nik")
    born = nik.birth_date if nik else None
    refusal = explain(bar, age_limit=city().age_limit, youngest=YOUNGEST_WORKER, born=born)
    title = "Pekerja ini tidak dapat didaftarkan"
    return _page(visit, "not_eligible", title, _worker_url(pk), refusal=refusal, again_url=_worker_url(pk))


def _keep_worker(visit: Visit, pk: UUID | None, without: tuple[str, ...] = ()) -> None:
    typed = {name: visit.request.POST.get(name, "") for name in keeping.WORKER if name not in without}
    before = keeping.recall(visit.request, visit.donor)
    chosen = before.cover if before else {}
    kept = Kept(worker=typed, replaces=str(pk) if pk else "", cover=chosen)
    keeping.keep(visit.request, visit.donor, kept)


def _page(visit: Visit, name: str, title: str, back_url: str, **context: Any) -> HttpResponse:
    words = {"page_title": title, "back_url": back_url, **context}
    return show_own(visit, f"sponsorship/changes/{name}.html", here=HERE, **words)


def _start_again(visit: Visit, kept: Kept | None) -> HttpResponse:
    if kept and kept.waiting and _waiting(kept.waiting) is None:
        messages.warning(visit.request, waiting_list.GONE.message)
        return redirect(_list_url(kept.replaces))
    messages.info(visit.request, START_AGAIN)
    return redirect("own_worker_add")


def _typed_before(visit: Visit, pk: UUID | None) -> dict[str, str]:
    """What was typed just before a session ended, or earlier on this way."""
    if visit.typed:
        return visit.typed.dict()
    kept = None if "baru" in visit.request.GET else keeping.recall(visit.request, visit.donor)
    return kept.worker if kept and kept.replaces == (str(pk) if pk else "") else {}


def _values(kept: Kept) -> tuple[drafts.WorkerValues | None, list[Finding]]:
    """The kept answers as the form reads them; None when they are none any more (a list changed meanwhile)."""
    form = WorkerForm(
        kept.worker, occupations=Occupation.objects.filter(active=True), wards=Kelurahan.objects.all()
    )
    if kept.waiting or not form.is_valid():
        return None, []
    return drafts.WorkerValues(**form.cleaned_data), form.notes


def _as_promise(kept: Kept | None) -> Sponsorship | None:
    """What is on the way as a promise that was never saved, for prices and names."""
    if kept is None:
        return None
    if kept.waiting:
        row = _waiting(kept.waiting)
        return Sponsorship(worker=Worker(occupation=row.occupation, kelurahan=row.kelurahan)) if row else None
    values, _ = _values(kept)
    if values is None:
        return None
    worker = Worker(
        name=values.name,
        nik=values.nik.digits,
        occupation=values.occupation,
        workplace=values.workplace,
        kelurahan=values.kelurahan,
    )
    return Sponsorship(worker=worker)


def _prices(promise: Sponsorship, kept: Kept, month: Month) -> tuple[Price, Price]:
    """What this worker costs in `month`, and without a discount. Raises NoTariff."""
    prices = queries.tariff()
    promise.programme = kept.cover["programme"]
    promise.base_income = prices.base_for(int(kept.cover["declared_income"]), month) or 0
    return queries.price_of(promise, month, prices), queries.full_price_of(promise, month, prices)


def _price_lines(price: Price, full: Price) -> list[str]:
    lines = [f"{rupiah(price.total)} per bulan"]
    if price.discount_until:
        lines.append(f"sampai {price.discount_until.label()}, sesudah itu {rupiah(full.total)}")
    return lines


def _rows(
    kept: Kept, promise: Sponsorship, replaced: Sponsorship | None, price: Price, full: Price
) -> list[dict[str, Any]]:
    worker = promise.worker
    rows: list[dict[str, Any]] = [{"label": "Pekerja", "value": _name(kept, promise)}]
    if not kept.waiting:
        rows[0]["change_url"] = _worker_url(kept.replaces)
        rows.append({"label": "NIK", "value": mask(worker.nik, "nik")})
        place = f"{worker.workplace}, Kelurahan {worker.kelurahan.name}"
        rows.append({"label": "Pekerjaan", "lines": [worker.occupation.name, place]})
    if replaced:
        rows.append({"label": "Menggantikan", "value": replaced.worker.name})
    cover_url = reverse("own_worker_cover")
    rows.append({"label": "Program", "value": promise.get_programme_display(), "change_url": cover_url})
    rows.append({"label": "Iuran pekerja ini", "lines": _price_lines(price, full)})
    return rows


def _name(kept: Kept, promise: Sponsorship) -> str:
    """A waiting worker's name is shown only after the choice is made."""
    worker = promise.worker
    return f"{worker.occupation.name} di Kelurahan {worker.kelurahan.name}" if kept.waiting else worker.name


def _replaced(visit: Visit, pk: Any) -> Sponsorship | None:
    return own_promise(visit, pk) if pk else None


def _waiting(text: str) -> WaitingWorker | None:
    try:
        chosen = UUID(text)
    except ValueError:
        return None
    waiting = WaitingWorker.objects.filter(pk=chosen, state="waiting")
    return waiting.select_related("occupation", "kelurahan").first()


def _with_cover(kept: Kept, chosen: dict[str, str]) -> Kept:
    return Kept(kept.worker, kept.waiting, kept.replaces, chosen)


def _worker_url(pk: Any) -> str:
    return reverse("own_worker_swap", args=[pk]) if pk else reverse("own_worker_add")


def _list_url(pk: Any) -> str:
    return reverse("own_worker_swap_from_list", args=[pk]) if pk else reverse("own_worker_from_list")
