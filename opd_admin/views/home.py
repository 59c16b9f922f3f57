from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from config.clock import now
from opd_admin.queries import waiting_for
from registry.doors import staff
from registry.models import RoleAssignment
from registry.rules.roles import LABELS, Role


@staff(None, "GET")
def home(request: HttpRequest) -> HttpResponse:
    """The start page of the office: what waits for this person, by role."""
    held = RoleAssignment.objects.filter(user=request.user).select_related("opd")
    roles = [LABELS[Role(one.role)] + (f", {one.opd.name}" if one.opd else "") for one in held]
    lines = waiting_for(request.user, now())
    return render(
        request,
        "opd_admin/home.html",
        {
            "urgent": [line for line in lines if line.urgent],
            "others": [line for line in lines if not line.urgent],
            "roles": roles,
        },
    )
