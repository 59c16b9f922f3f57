from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from config.clock import now, today
from opd_admin.forms import LinkForm
from registry.doors import earlier_answer, fresh_token, remember_answer, staff
from registry.rules.finding import Finding
from registry.rules.roles import Right
from sponsorship.actions.links import create_link, revoke_link, usable
from sponsorship.models import InvitationLink

PAGE_SIZE = 25


@staff(Right.MANAGE_LINKS, "GET")
def link_list(request: HttpRequest) -> HttpResponse:
    links = InvitationLink.objects.select_related("opd", "created_by")
    page = Paginator(links, PAGE_SIZE).get_page(request.GET.get("halaman"))
    moment = now()
    rows = [{"link": link, "url": url_of(link), "state": state_of(link, moment)} for link in page]
    return render(request, "opd_admin/links/list.html", {"page": page, "rows": rows})


@staff(Right.MANAGE_LINKS, "GET", "POST")
def link_new(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return _form_page(request, LinkForm(day=today()))
    if (answer := earlier_answer(request)) is not None:
        return answer
    form = LinkForm(request.POST, day=today())
    if form.is_valid():
        with transaction.atomic():
            made = create_link(**form.cleaned_data, by=request.user, now=now())
            if not isinstance(made, Finding):
                remember_answer(request, reverse("links"))
                messages.success(request, f"Tautan untuk {made.opd} siap dibagikan.")
                return redirect("links")
        form.add_error(made.field or None, made.message)
    return _form_page(request, form)


@staff(Right.MANAGE_LINKS, "GET", "POST")
def link_revoke(request: HttpRequest, link_id: int) -> HttpResponse:
    link = InvitationLink.objects.select_related("opd").filter(pk=link_id).first()
    if link is None:
        raise Http404
    if request.method == "GET":
        return render(request, "opd_admin/links/revoke.html", {"link": link, "back_url": reverse("links")})
    done = revoke_link(link_id=link_id, by=request.user, now=now())
    if isinstance(done, Finding):
        messages.info(request, done.message)
    else:
        messages.success(
            request, f"Tautan untuk {link.opd} dicabut. Draf yang sudah dimulai tetap dapat diselesaikan."
        )
    return redirect("links")


def url_of(link: InvitationLink) -> str:
    return f"{settings.BASE_URL}/daftar/{link.token}/"


def state_of(link: InvitationLink, moment) -> tuple[str, str]:
    """Tone and words of a link's state."""
    if usable(link, moment):
        return "good", "Terbuka"
    if link.revoked_at:
        return "stop", "Dicabut"
    return ("ended", "Kedaluwarsa") if moment >= link.expires_at else ("ended", "Kuota habis")


def _form_page(request: HttpRequest, form: LinkForm) -> HttpResponse:
    context = {
        "form": form,
        "form_token": request.POST.get("form_token") or fresh_token(),
        "back_url": reverse("links"),
    }
    return render(request, "opd_admin/links/new.html", context)
