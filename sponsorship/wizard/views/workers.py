"""The workers of a registration, one or several: the list, one worker's data, and the cover chosen for each."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from config.clock import today
from registry.models import Kelurahan, Occupation
from registry.queries import city
from registry.rules.display import mask
from registry.rules.finding import Finding
from registry.rules.identity import YOUNGEST_WORKER
from registry.rules.work import Sector
from sponsorship import queries
from sponsorship.actions import drafts
from sponsorship.models import Sponsorship
from sponsorship.rules.eligibility import Bar, bar_of_finding, explain
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month
from sponsorship.rules.tariff import FundingSource, Price, Programme, Tariff
from sponsorship.wizard.forms import PROGRAMME_NAMES, CoverForm, WorkerForm
from sponsorship.wizard.numbers import age_words, born_words
from sponsorship.wizard.views.answers import bound
from sponsorship.wizard.views.pages import Visit, at, once, refusals, show
from sponsorship.wizard.waiting_cards import say_until_when

PARTS = ("jkk", "jkm", "jht")


@at("pekerja")
def workers(visit: Visit) -> HttpResponse:
    own = queries.own_sponsorships(visit.registration)
    if not own:
        return redirect("wizard_pekerja_baru")
    uncovered = next((s for s in own if not s.programme), None)
    if visit.request.method == "POST":
        return redirect(visit.url_after(_cover_url(uncovered) if uncovered else reverse("wizard_periksa")))
    profile = city()
    month, prices = queries.start_month(visit.registration, visit.now), queries.tariff()
    cards = [_card(sponsorship, month, prices) for sponsorship in own]
    say_until_when(cards, own)
    context = {
        "step_title": "Pekerja yang Anda lindungi",
        "cards": cards,
        "month": month.label(),
        "total": rupiah(sum(card["total"] for card in cards)) if not uncovered else "",
        "may_add": len(own) < profile.workers_per_registration,
        "most": profile.workers_per_registration,
        "submit_label": "Lanjutkan",
    }
    return show(visit, "sponsorship/wizard/workers.html", **context)


@at("pekerja")
def worker(visit: Visit, pk: UUID | None = None) -> HttpResponse:
    """One worker's data, new (`pk` None) or changed."""
    own = queries.own_sponsorships(visit.registration)
    changed = _one_of(own, pk) if pk else None
    if (
        changed and changed.waiting_id
    ):  # what the office checked is not the donor's to change, nor wholly to read
        messages.info(visit.request, drafts.FROM_LIST.message)
        return redirect("wizard_pekerja")
    lists = {
        "occupations": Occupation.objects.filter(active=True),
        "wards": Kelurahan.objects.select_related("kecamatan").order_by("kecamatan__name", "name"),
    }
    posted, near = visit.request.POST, None if changed else _near(own)
    same_place = "tempat" in visit.request.GET and near
    form = bound(visit, WorkerForm, _worker_initial(changed, near if same_place else None), **lists)
    if "perbaiki" in posted:  # back from the page that said why this worker cannot join
        form = WorkerForm(initial=posted.dict(), **lists)
    elif visit.request.method == "POST":
        answer = _judge_worker(visit, form, pk)
        if answer:
            return answer
    started, touched = visit.registration.started_at, visit.registration.touched_at
    context = {
        "changed": changed,
        "number": len(own) + 1,
        "near": None if same_place else near,
        # Nothing was saved since the start, and yet this step is open: all before it came from the last registration.
        "prefilled": not own and started == touched,
    }
    if own and not visit.from_check:
        context["back_url"] = reverse("wizard_pekerja")
    return show(visit, "sponsorship/wizard/worker.html", form=form, **context)


def _judge_worker(visit: Visit, form: WorkerForm, pk: UUID | None) -> HttpResponse | None:
    """Saves what was sent, or says on a page of its own that this worker cannot join; None: the form has mistakes."""
    bar = form.bar
    if bar is None and form.is_valid():
        result = _save_worker(visit, form, pk)
        if isinstance(result, Sponsorship):
            return redirect(_after_worker(visit, result))
        bar = bar_of_finding(result.code)
        if bar is None:
            form.refuse(result)
    return _not_eligible(visit, form, bar) if bar else None


def _worker_initial(changed: Sponsorship | None, near: Sponsorship | None) -> dict:
    """What stands in the form at first: what is saved, or the place of the worker entered before."""
    if changed:
        return WorkerForm.initial_of(changed)
    return {"workplace": near.worker.workplace, "kelurahan": near.worker.kelurahan_id} if near else {}


def _near(own: list[Sponsorship]) -> Sponsorship | None:
    """The worker entered last: several workers of one donor often work at one place."""
    typed = [sponsorship for sponsorship in own if not sponsorship.waiting_id]
    return typed[-1] if typed else None


def _save_worker(visit: Visit, form: WorkerForm, pk: UUID | None) -> Sponsorship | Finding:
    def save() -> Sponsorship | Finding:
        return drafts.save_worker(
            registration_id=visit.registration.pk,
            sponsorship_id=pk,
            values=drafts.WorkerValues(**form.cleaned_data),
            notes=form.notes,
            by=visit.donor,
            now=visit.now,
        )

    # A refusal is answered, not raised: the try of this NIK that the action noted stays on record.
    return once(visit, save, lambda saved: _after_worker(visit, saved))


def _after_worker(visit: Visit, saved: Sponsorship) -> str:
    return visit.url_after(reverse("wizard_pekerja") if saved.programme else _cover_url(saved))


def _not_eligible(visit: Visit, form: WorkerForm, bar: Bar) -> HttpResponse:
    """Why this worker cannot join and what to do; the typed answers travel in the page and are kept nowhere."""
    nik = form.cleaned_data.get("nik")
    refusal = explain(
        bar, age_limit=city().age_limit, youngest=YOUNGEST_WORKER, born=nik.birth_date if nik else None
    )
    return show(
        visit,
        "sponsorship/wizard/not_eligible.html",
        step_title="Pekerja ini tidak dapat didaftarkan",
        typed=[(name, visit.request.POST.get(name, "")) for name in form.fields],
        refusal=refusal,
        step_number=None,
    )


@at("pekerja")
def remove_worker(visit: Visit, pk: UUID) -> HttpResponse:
    removed = _one_of(
        queries.own_sponsorships(visit.registration), pk, missing_is_done=visit.request.method == "POST"
    )
    if visit.request.method == "POST":
        name = removed.worker.name if removed else ""
        result = drafts.remove_worker(
            registration_id=visit.registration.pk, sponsorship_id=pk, by=visit.donor, now=visit.now
        )
        if refusals(result):
            messages.error(visit.request, result.message)
        elif name:
            messages.success(visit.request, f"{name} sudah dihapus dari pendaftaran ini.")
        return redirect("wizard_pekerja")
    return show(
        visit,
        "sponsorship/wizard/remove_worker.html",
        step_title=f"Hapus {removed.worker.name} dari pendaftaran?",
        worker=removed.worker,
        step_number=None,
        back_url=reverse("wizard_pekerja"),
    )


@at("kepesertaan", "GET")
def next_cover(visit: Visit) -> HttpResponse:
    """The first worker without a programme, or the list when all have one."""
    own = queries.own_sponsorships(visit.registration)
    return redirect(next((_cover_url(s) for s in own if not s.programme), reverse("wizard_pekerja")))


@at("kepesertaan")
def cover(visit: Visit, pk: UUID) -> HttpResponse:
    sponsorship = _one_of(queries.own_sponsorships(visit.registration), pk)
    month, prices = queries.start_month(visit.registration, visit.now), queries.tariff()
    bases = prices.bases(month)
    initial = {
        "programme": sponsorship.programme or "jkk_jkm",
        "declared_income": str(sponsorship.base_income or (bases[0] if bases else "")),
    }
    form = bound(visit, CoverForm, initial, bases=bases)
    if visit.request.method == "POST" and form.is_valid() and "hitung" not in visit.request.POST:
        result = drafts.save_cover(
            registration_id=visit.registration.pk,
            sponsorship_id=pk,
            **form.cleaned_data,
            by=visit.donor,
            now=visit.now,
        )
        if not refusals(result):
            return redirect(visit.url_after(reverse("wizard_pekerja")))
        form.refuse(result)
    income = form["declared_income"].value()
    base = int(income) if str(income) in {str(each) for each in bases} else None
    worker = sponsorship.worker
    context = {
        "step_title": f"Perlindungan apa untuk {worker.name}?",
        "back_url": reverse("wizard_periksa" if visit.from_check else "wizard_pekerja"),
        "table": price_table(prices, base, sponsorship, month) if base else [],
        "base": rupiah(base) if base else "",
        "month": month.label(),
        "born": "" if sponsorship.waiting_id else born_words(worker.birth_date, worker.sex),
        "change_url": _change_url(sponsorship),
    }
    return show(visit, "sponsorship/wizard/cover.html", form=form, **context)


def price_table(prices: Tariff, base: int, sponsorship: Sponsorship, month: Month) -> list[dict]:
    """Both programmes at one income: their parts, the sum of this month and the sum without a discount."""
    sector = Sector(sponsorship.worker.occupation.sector)
    rows = []
    for programme in Programme:
        price = prices.price(base, programme, sector, FundingSource(sponsorship.funding), month)
        full = prices.full_price(base, programme, month)
        if isinstance(price, Price) and isinstance(full, Price):
            rows.append({"name": PROGRAMME_NAMES[programme].split(":")[0], **price_words(price, full)})
    return rows


def price_words(price: Price, full: Price) -> dict:
    """A price as people read it; `normal` and `until` are empty when no discount holds."""
    return {
        "parts": [(part.upper(), rupiah(getattr(price, part))) for part in PARTS if getattr(full, part)],
        "total": price.total,
        "amount": rupiah(price.total),
        "normal": rupiah(full.total) if full.total != price.total else "",
        "until": price.discount_until.label() if price.discount_until else "",
    }


def _card(sponsorship: Sponsorship, month: Month, prices: Tariff) -> dict:
    worker = sponsorship.worker
    listed = sponsorship.waiting_id is not None
    card = {
        "pk": sponsorship.pk,
        "name": worker.name,
        "from_list": listed,
        "nik": "" if listed else mask(worker.nik, "nik"),
        "age": "" if listed else age_words(worker.birth_date, worker.sex, today()),
        "work": f"{worker.occupation.name}, {worker.workplace}, Kelurahan {worker.kelurahan.name}",
        "total": 0,
    }
    if sponsorship.programme:
        price = queries.price_of(sponsorship, month, prices)
        card |= price_words(price, queries.full_price_of(sponsorship, month, prices))
        card["programme"] = sponsorship.get_programme_display()
    return card


def _cover_url(sponsorship: Sponsorship) -> str:
    return reverse("wizard_kepesertaan_pekerja", args=[sponsorship.pk])


def _change_url(sponsorship: Sponsorship) -> str:
    return reverse("wizard_pekerja_ubah", args=[sponsorship.pk])


def _one_of(own: list[Sponsorship], pk: UUID, missing_is_done: bool = False) -> Sponsorship | None:
    found = next((sponsorship for sponsorship in own if sponsorship.pk == pk), None)
    if found is None and not missing_is_done:
        raise Http404
    return found
