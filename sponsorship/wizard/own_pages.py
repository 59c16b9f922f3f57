"""The pages of a donor's own sponsorship under /saya/: their menu, and how one of them is drawn."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render

from registry import doors
from sponsorship.wizard.views.pages import Visit

# Address names, in the order of the menu.
MENU = (
    ("status", "Ringkasan"),
    ("own_workers", "Pekerja"),
    ("own_money", "Potongan"),
    ("own_change", "Perubahan"),
    ("own_messages", "Pesan"),
    ("own_data", "Data saya"),
)


def show_own(visit: Visit, template: str, here: str, status: int = 200, **context: Any) -> HttpResponse:
    """One page under the donor's menu; `here` is the address name of the menu's entry it belongs to."""
    page = {
        "menu": MENU,
        "here": here,
        "form_token": doors.fresh_token(),
        "session_seconds": settings.DONOR_IDLE_SECONDS,
        **context,
    }
    return render(visit.request, template, page, status=status)
