"""The waiting list in the office: the list, entering a worker, and the posters. One worker's page: waiting_case.py."""

from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from config.clock import now, today
from opd_admin.replies import attachment
from opd_admin.waiting_forms import LINK, EnterForm, PosterForm
from registry.doors import earlier_answer, fresh_token, remember_answer, staff
from registry.models import Kelurahan, Occupation, Opd, User
from registry.queries import city
from registry.rules.display import mask
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may, offices_of
from registry.tasks import send_soon
from registry.vault import blind_index
from sponsorship import queries_waiting_office as office_queries
from sponsorship.actions import waiting_entry, worker_consent
from sponsorship.models import Poster, WaitingWorker
from sponsorship.models.waiting_list import GROUPS
from sponsorship.printing_waiting import PosterSheet, render_poster
from sponsorship.rules.lifecycle import LIVE_WAITING

PER_PAGE = 25
RECEIVED = "Data pekerja diterima. Dinas tenaga kerja memeriksanya lebih dahulu dan mengabari Anda bila ada yang perlu."


@staff(Right.SEE_WAITING, "GET")
def waiting_list(request: HttpRequest) -> HttpResponse:
    """The list, oldest first; the tab and the filters stay in the address."""
    tab = request.GET.get("status") if request.GET.get("status") in office_queries.TABS else "diperiksa"
    filters = _filters(request)
    rows = office_queries.listed(request.user, office_queries.TABS[tab][1], filters)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("halaman"))
    counts = office_queries.counts(request.user)
    kept = {name: value for name, value in _named(filters).items() if value}
    context = {
        "tabs": [(key, label, counts[key]) for key, (label, _) in office_queries.TABS.items()],
        "tab": tab,
        "filters": filters,
        "page": page,
        "rows": [_line(row) for row in page],
        "kept": urlencode(kept),
        "query": urlencode({"status": tab, **kept}),
        "groups": GROUPS,
        "wards": Kelurahan.objects.select_related("kecamatan").order_by("kecamatan__name", "name"),
        "occupations": Occupation.objects.all(),
        "may_enter": may(request.user, Right.ENTER_WAITING),
        "may_make_posters": may(request.user, Right.VERIFY_WAITING),
    }
    return render(request, "opd_admin/waiting/list.html", context)


@staff(Right.ENTER_WAITING, "GET", "POST")
def enter(request: HttpRequest) -> HttpResponse:
    """An officer enters a worker and says how the worker will agree."""
    if request.method == "POST" and (answer := earlier_answer(request)):
        return answer
    form = EnterForm(request.POST if request.method == "POST" else None, offices=offices_for(request.user))
    if request.method == "POST" and form.is_valid():
        answer = _enter(request, form)
        if answer is not None:
            return answer
    context = {"form": form, "back_url": reverse("waiting")}
    context["form_token"] = request.POST.get("form_token") or fresh_token()
    return render(request, "opd_admin/waiting/enter.html", context)


@staff(Right.VERIFY_WAITING, "GET")
def posters(request: HttpRequest) -> HttpResponse:
    page = Paginator(office_queries.posters(), PER_PAGE).get_page(request.GET.get("halaman"))
    return render(request, "opd_admin/waiting/posters.html", {"page": page, "back_url": reverse("waiting")})


@staff(Right.VERIFY_WAITING, "GET", "POST")
def poster_new(request: HttpRequest) -> HttpResponse:
    if request.method == "POST" and (answer := earlier_answer(request)):
        return answer
    form = PosterForm(
        request.POST if request.method == "POST" else None, day=today(), initial={"group_kind": "pasar"}
    )
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            made = waiting_entry.make_poster(**form.cleaned_data, by=request.user, now=now())
            remember_answer(request, reverse("waiting_posters"))
        messages.success(request, f"Poster untuk {made.group_name} siap dicetak.")
        return redirect("waiting_posters")
    context = {"form": form, "back_url": reverse("waiting_posters")}
    context["form_token"] = request.POST.get("form_token") or fresh_token()
    return render(request, "opd_admin/waiting/poster_new.html", context)


@staff(Right.VERIFY_WAITING, "GET")
def poster_print(request: HttpRequest, pk: int) -> HttpResponse:
    """The poster as a PDF; a revoked one is not printed any more."""
    poster = get_object_or_404(Poster, pk=pk, revoked_at=None)
    profile = city()
    pdf = render_poster(
        PosterSheet(
            government=profile.government,
            programme=profile.programme,
            office=profile.office,
            help_phone=profile.help_phone,
            help_hours=profile.help_hours,
            group=poster.group_name,
            address=f"{settings.BASE_URL}/pekerja/daftar/{poster.token}/",
            age_limit=profile.age_limit,
        )
    )
    return attachment(pdf, "application/pdf", f"poster-daftar-tunggu-{poster.pk}.pdf")


@staff(Right.VERIFY_WAITING, "GET", "POST")
def poster_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    poster = get_object_or_404(Poster, pk=pk)
    if request.method == "GET":
        context = {"poster": poster, "back_url": reverse("waiting_posters")}
        return render(request, "opd_admin/waiting/poster_revoke.html", context)
    done = waiting_entry.revoke_poster(poster_id=pk, by=request.user, now=now())
    if isinstance(done, Finding):
        messages.info(request, done.message)
    else:
        messages.success(request, f"Poster untuk {poster.group_name} dicabut.")
    return redirect("waiting_posters")


def offices_for(user: User) -> list[Opd]:
    """For whom this person may enter workers; none for somebody who enters for the whole city."""
    return [] if office_queries.sees_all(user) else list(offices_of(user, Right.ENTER_WAITING))


def _enter(request: HttpRequest, form: EnterForm) -> HttpResponse | None:
    moment = now()
    group = waiting_entry.Group(form.cleaned_data["group_kind"], form.cleaned_data["group_name"])
    with transaction.atomic():
        made = waiting_entry.enter(
            values=form.values(),
            group=group,
            notes=form.notes,
            entered_for=form.entered_for,
            by=request.user,
            now=moment,
        )
        if isinstance(made, WaitingWorker):
            answer = reverse("waiting_case", args=[made.pk])
            if form.cleaned_data["way"] == LINK:
                worker_consent.ask(waiting_id=made.pk, by=request.user, now=moment)
                send_soon()
            remember_answer(request, answer)
            messages.success(request, _what_next(made, form.cleaned_data["way"]))
            return redirect(answer)
    if made is waiting_entry.ALREADY:
        return _known_already(request, form)
    form.refuse(made)
    return None


def _what_next(made: WaitingWorker, way: str) -> str:
    if way == LINK:
        return f"{made.name} dimasukkan. Tautan persetujuan dikirim ke ponselnya."
    return f"{made.name} dimasukkan. Cetak formulirnya, minta cap jempol, lalu unggah fotonya."


def _known_already(request: HttpRequest, form: EnterForm) -> HttpResponse:
    """To the worker's page for whoever may see it; nobody else learns that this NIK waits."""
    if earlier := earlier_answer(request):  # the same form sent twice at once
        return earlier
    index = blind_index("nik", form.cleaned_data["nik"].digits)
    known = office_queries.visible_to(request.user).filter(nik_index=index, state__in=LIVE_WAITING).first()
    answer = reverse("waiting_case", args=[known.pk]) if known else reverse("waiting")
    remember_answer(request, answer)
    messages.info(request, waiting_entry.ALREADY.message if known else RECEIVED)
    return redirect(answer)


def _filters(request: HttpRequest) -> office_queries.Filters:
    asked = {name: request.GET.get(name, "").replace("\x00", "").strip()[:60] for name in _NAMES.values()}
    return office_queries.Filters(**{field: asked[name] for field, name in _NAMES.items()})


def _named(filters: office_queries.Filters) -> dict[str, str]:
    return {name: getattr(filters, field) for field, name in _NAMES.items()}


_NAMES = {"group": "kelompok", "kelurahan": "kelurahan", "occupation": "pekerjaan", "words": "q"}


def _line(row: WaitingWorker) -> dict:
    return {
        "row": row,
        "nik": mask(row.nik, "nik") if row.nik else "",
        "phone": mask(row.phone, "phone") if row.phone else "",
        "since": row.waiting_since or row.created_at,
    }
