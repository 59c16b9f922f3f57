"""Daftar pegawai: an OPD hands in the list of its civil servants, against which its verifiers check."""

import hashlib

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from autodebit.formats.reading import Unreadable
from config.clock import now, today
from opd_admin.roster_file import LARGEST_FILE, rows_of
from opd_admin.roster_forms import RosterForm
from registry.actions.rosters import replace_roster
from registry.doors import earlier_answer, fresh_token, remember_answer, staff
from registry.models import Roster
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.rules.roster import read_roster
from registry.staff import offices_of
from registry.uploads import takes_files_of


@staff(Right.UPLOAD_ROSTER, "GET", "POST")
@takes_files_of(LARGEST_FILE)
def rosters(request: HttpRequest) -> HttpResponse:
    """The lists of one's own offices, and the form for a new one. One with faults is refused as a whole."""
    if request.method == "POST" and (answer := earlier_answer(request)) is not None:
        return answer
    offices = offices_of(request.user, Right.UPLOAD_ROSTER)
    form = RosterForm(request.POST or None, request.FILES or None, offices=offices)
    faults: tuple[Finding, ...] = ()
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data["file"].read()
        try:
            lines, faults = read_roster(rows_of(data), today=today())
        except Unreadable as why:
            lines, faults = (), (Finding("file", str(why)),)
        if not faults and _keep(request, form, lines, hashlib.sha256(data).hexdigest()):
            return redirect("rosters")
    context = {
        "form": form,
        "faults": faults,
        "kept": Roster.objects.filter(opd__in=offices).select_related("opd", "uploaded_by")[:50],
        "form_token": fresh_token(),
        "has_errors": bool(faults),
    }
    return render(
        request, "opd_admin/roster/list.html", context, status=400 if faults or form.errors else 200
    )


def _keep(request: HttpRequest, form: RosterForm, lines: tuple, sha256: str) -> bool:
    with transaction.atomic():
        made = replace_roster(
            opd=form.cleaned_data["opd"], lines=lines, sha256=sha256, by=request.user, now=now()
        )
        if isinstance(made, Finding):
            form.add_error("opd", made.message)
            return False
        remember_answer(request, reverse("rosters"))
        messages.success(request, f"Daftar {made.opd} diterima: {made.lines_count} pegawai.")
        return True
