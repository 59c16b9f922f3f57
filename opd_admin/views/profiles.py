"""How each bank wants its files and what its answers mean, for reading; changing it is the administrator's."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from autodebit.models import BankProfile, ReasonCode
from autodebit.queries_profile import history_of_profile
from opd_admin.profile_words import change_words, layout_words
from opd_admin.views.batch_page import number
from registry.doors import staff
from registry.rules.display import mask
from registry.rules.roles import Right
from sponsorship.rules.months import indonesian_date, wib

_OWNERS = dict(ReasonCode.OWNERS)


@staff(Right.SEE_PROFILES, "GET")
def profile_list(request: HttpRequest) -> HttpResponse:
    profiles = BankProfile.objects.select_related("bank").order_by("-bank__active", "bank__name")
    rows = [
        {
            "bank": profile.bank.name,
            "url": reverse("bank-profile", args=[profile.pk]),
            "forms": ", ".join(
                layout_words(name, layout)["title"] for name, layout in profile.layouts.items()
            ),
            "revision": profile.revision,
            "active": profile.bank.active,
        }
        for profile in profiles
    ]
    return render(
        request,
        "opd_admin/ceremony/profiles.html",
        {"rows": rows, "back_url": reverse("office-batch-list")},
    )


@staff(Right.SEE_PROFILES, "GET")
def profile_detail(request: HttpRequest, bank: str) -> HttpResponse:
    """One profile: its files column by column, its reason codes, and every revision with what it changed."""
    profile = BankProfile.objects.select_related("bank").filter(pk=bank).first()
    if profile is None:
        raise Http404
    context = {
        "profile": profile,
        "facts": [
            {"label": "Rekening penampung", "value": mask(profile.creditor_account, "account")},
            {"label": "Atas nama", "value": profile.creditor_name},
            {"label": "Nomor pengenal penagih", "value": profile.creditor_id},
            {"label": "Baris terbanyak per berkas", "value": number(profile.max_lines)},
            {"label": "Revisi", "value": str(profile.revision)},
        ],
        "sections": [
            ("Berkas yang dikirim", _layouts(profile.layouts)),
            ("Jawaban bank", _layouts(profile.results)),
            ("Mutasi rekening", _layouts(profile.statements)),
        ],
        "reasons": [(reason, _OWNERS[reason.owner]) for reason in profile.reasons.all()],
        "history": [
            {
                "number": revision.number,
                "when": f"{indonesian_date(revision.at)}, {wib(revision.at)}",
                "who": revision.by.full_name if revision.by else "Data bawaan",
                "sha256": revision.sha256,
                "changes": [change_words(change) for change in changes],
            }
            for revision, changes in history_of_profile(profile)
        ],
        "back_url": reverse("bank-profiles"),
    }
    return render(request, "opd_admin/ceremony/profile.html", context)


def _layouts(layouts: dict) -> list[dict]:
    return [layout_words(name, layout) for name, layout in layouts.items()]
