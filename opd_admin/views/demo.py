"""Pages that exist only where all people are made up: accounts with their codes, every message, and the clock."""

import functools
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from config import clock
from opd_admin.forms import ClockForm
from registry.actions import audit
from registry.actions.demo_accounts import ACCOUNTS, PASSWORD, PERIOD_SECONDS
from registry.doors import public
from registry.models import Message
from registry.queries import city
from registry.rules.events import Event
from registry.rules.roles import LABELS
from sponsorship.models import InvitationLink
from sponsorship.queries import calendar
from sponsorship.rules.months import JAKARTA, Month, indonesian_weekday_date, wib

PAGE_SIZE = 30
AFTER_CUTOFF = timedelta(minutes=30)
OFFICE_OPENS = 8


def only_in_demo(view: Callable) -> Callable:
    """In production the page does not exist."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if settings.PRODUCTION:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@public("GET")
@only_in_demo
def demo_home(request: HttpRequest) -> HttpResponse:
    return _home(request, ClockForm())


@public("POST")
@only_in_demo
def demo_clock(request: HttpRequest) -> HttpResponse:
    """Moves the clock of every process forward: to one of the offered moments, or to the one typed."""
    if offered := request.POST.get("offered"):
        moment = next((jump["moment"] for jump in jumps() if jump["key"] == offered), None)
        if moment is None:
            raise Http404
    else:
        form = ClockForm(request.POST)
        if not form.is_valid():
            return _home(request, form)
        moment = form.cleaned_data["moment"]
    if moment < clock.now():
        messages.error(request, "Jam peragaan hanya dapat maju. Pilih saat yang lebih kemudian.")
        return redirect(_origin(request))
    before = clock.now()
    clock.move_to(moment)
    audit.record(
        event=Event.CLOCK_MOVED, about=city(), by=audit.SYSTEM, now=clock.now(), source=before.isoformat(),
        target=moment.isoformat(),
    )  # fmt: skip
    messages.success(request, f"Jam peragaan sekarang {indonesian_weekday_date(moment)}, {wib(moment)}.")
    return redirect(_origin(request))


def _origin(request: HttpRequest) -> str:
    """The page the clock was moved from."""
    return "demo_bank" if request.POST.get("back") == "bank" else "demo"


@public("GET")
@only_in_demo
def demo_messages(request: HttpRequest) -> HttpResponse:
    """Every message of the outbox, newest first, with its words: nobody has to own the mailbox."""
    page = Paginator(Message.objects.all(), PAGE_SIZE).get_page(request.GET.get("halaman"))
    return render(request, "opd_admin/demo/messages.html", {"page": page})


def jumps() -> list[dict]:
    """Moments worth going to: half an hour after the next cut-off, the next payday at opening time, an hour, a day."""
    present, office = clock.now(), calendar()
    month = office.first_open_month(present)
    cutoff = office.cutoff(month) + AFTER_CUTOFF
    payday = office.payday(
        month if _opening(office.payday(month.previous())) <= present else month.previous()
    )
    offers = [
        ("batas", f"Setelah batas waktu {month.label()}", cutoff),
        ("potong", f"Hari potongan {Month.of(payday).label()}", _opening(payday)),
        ("jam", "Satu jam lagi", present + timedelta(hours=1)),
        ("hari", "Satu hari lagi", present + timedelta(days=1)),
        (
            "kerja",
            "Hari kerja berikutnya",
            _opening(office.working_days_after(office.local_date(present), 1)),
        ),
        ("bank", "Tiga hari kerja lagi", _opening(office.working_days_after(office.local_date(present), 3))),
    ]
    return [
        {
            "key": key,
            "label": label,
            "moment": moment,
            "when": f"{indonesian_weekday_date(moment)}, {wib(moment)}",
        }
        for key, label, moment in sorted(offers, key=lambda offer: offer[2])
    ]


def _opening(day) -> datetime:
    return datetime(day.year, day.month, day.day, OFFICE_OPENS, tzinfo=JAKARTA)


def _home(request: HttpRequest, form: ClockForm) -> HttpResponse:
    current = time.time()
    accounts = [
        {
            "username": account.username,
            "nip": account.nip,
            "role": LABELS[account.role],
            "opd": account.opd_code,
            "code": account.code(current),
            "secret": account.secret,
        }
        for account in ACCOUNTS
    ]
    context = {
        "accounts": accounts,
        "password": PASSWORD,
        "seconds_left": PERIOD_SECONDS - int(current) % PERIOD_SECONDS,
        "jumps": jumps(),
        "form": form,
        "link": InvitationLink.objects.filter(token="contoh-dinkes").first(),
    }
    return render(request, "opd_admin/demo/home.html", context, status=200 if not form.errors else 422)
