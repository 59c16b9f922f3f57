"""The deeds of the ceremony after the sealing: hand over, send, record a refusal, void by two persons."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from kombu.exceptions import OperationalError

from autodebit import tasks
from autodebit.actions import delivery, progress, waves
from autodebit.actions.sending import is_offered
from autodebit.labels import SEND_STEPS
from autodebit.models import Batch
from autodebit.rules.lifecycle import BATCH
from config.clock import now
from opd_admin.ceremony_forms import HandOverForm, RefuseForm, VoidForm
from opd_admin.views.batch_page import head_context
from opd_admin.views.batches import batch_url, find_batch
from opd_admin.views.ceremony_page import void_rows
from registry.doors import earlier_answer, fresh_token, remember_answer, staff
from registry.models import AuditEvent
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.roles import Right
from sponsorship.rules.months import indonesian_date, wib


@staff(Right.HAND_OVER, "GET", "POST")
def hand_over(request: HttpRequest, pk) -> HttpResponse:
    """Records who gave the sealed files to the bank, how and when."""
    if (answer := _earlier(request)) is not None:
        return answer
    batch = find_batch(pk)
    if not BATCH.allows(batch.state, "hand_over"):
        return _not_now(request, batch)
    form = HandOverForm(request.POST or None, initial=HandOverForm.at(now()))
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            done = delivery.hand_over(batch_id=pk, by=request.user, now=now(), **form.said())
            if not isinstance(done, Finding):
                messages.success(request, "Penyerahan dicatat. Sekarang giliran bank menjawab.")
                return _done(request, done)
        if not done.field:
            return _refused(request, batch, done)
        form.refuse(done.field, done.message)
    disputed = waves.why_not_leave(batch)
    facts = {"asked": void_rows(batch), "downloads": _downloads(batch)}
    return _page(request, batch, "hand_over", form, warning=disputed and disputed.message, **facts)


@staff(Right.HAND_OVER, "POST")
def send(request: HttpRequest, pk) -> HttpResponse:
    """Asks the worker to send the files over SFTP in this person's name."""
    if (answer := _earlier(request)) is not None:
        return answer
    batch = find_batch(pk)
    if not is_offered(batch) or batch.void_requested_at:
        return _not_now(request, batch)
    with transaction.atomic():
        progress.say(batch.pk, 1, SEND_STEPS)
        _enqueue_sending(request, batch)
        messages.info(request, "Pengiriman dimulai. Halaman ini memuat ulang sendiri.")
        return _done(request, batch)


@staff(Right.HAND_OVER, "GET", "POST")
def refuse(request: HttpRequest, pk) -> HttpResponse:
    """Records that the bank refused the delivered files as a whole, with the bank's evidence."""
    if (answer := _earlier(request)) is not None:
        return answer
    batch = find_batch(pk)
    problem = delivery.why_not_refuse(batch)
    if problem is not None:
        return _refused(request, batch, problem)
    form = RefuseForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        said = {
            "reason": form.cleaned_data["reason"],
            "evidence": form.cleaned_data["evidence"].read(),
        }
        done = delivery.refuse(batch_id=pk, by=request.user, now=now(), **said)
        if not isinstance(done, Finding):
            messages.success(request, "Penolakan dicatat. Semua baris dilepas dan dapat disusun ulang.")
            return _done(request, done)
        if not done.field:
            return _refused(request, batch, done)
        form.add_error(done.field, done.message)
    return _page(request, batch, "refuse", form)


@staff(Right.VOID_BATCH, "GET", "POST")
def request_void(request: HttpRequest, pk) -> HttpResponse:
    """The first person asks to void a sealed batch."""
    if (answer := _earlier(request)) is not None:
        return answer
    batch = find_batch(pk)
    if not BATCH.allows(batch.state, "void") or batch.void_requested_at:
        return _not_now(request, batch)
    form = VoidForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            done = delivery.request_void(batch_id=pk, by=request.user, now=now(), **form.cleaned_data)
            if not isinstance(done, Finding):
                messages.info(request, "Pembatalan diminta. Orang lain harus menyetujuinya.")
                return _done(request, done)
        if not done.field:
            return _refused(request, batch, done)
        form.add_error(done.field, done.message)
    return _page(request, batch, "void", form, downloads=_downloads(batch))


@staff(Right.VOID_BATCH, "GET", "POST")
def confirm_void(request: HttpRequest, pk) -> HttpResponse:
    """The second person reads who asked and why, and voids the batch."""
    if (answer := _earlier(request)) is not None:
        return answer
    batch = find_batch(pk)
    if not BATCH.allows(batch.state, "void"):
        return _not_now(request, batch)
    problem = delivery.why_not_confirm(batch, request.user)
    if problem is None and request.method == "POST":
        with transaction.atomic():
            problem = delivery.confirm_void(batch_id=pk, by=request.user, now=now())
            if not isinstance(problem, Finding):
                messages.success(request, "Kumpulan dibatalkan dan semua barisnya dilepas.")
                return _done(request, problem)
    if problem is not None:
        return _refused(request, batch, problem)
    return _page(request, batch, "void_confirm", None, asked=void_rows(batch), downloads=_downloads(batch))


def _page(request: HttpRequest, batch: Batch, name: str, form, **more) -> HttpResponse:
    context = {
        **head_context(batch),
        "form": form,
        "form_token": fresh_token(),
        "back_url": batch_url(batch),
        **more,
    }
    return render(request, f"opd_admin/ceremony/{name}.html", context)


def _downloads(batch: Batch) -> list[str]:
    """Who already took the files out of the house: the last ones, for whoever decides that the bank has nothing."""
    taken = AuditEvent.objects.filter(
        object_type=batch._meta.label_lower, object_id=str(batch.pk), event=Event.BANK_FILE_DOWNLOADED
    )
    return [
        f"{line.detail['file']}, {indonesian_date(line.at)} {wib(line.at)}, "
        f"{line.actor_user.full_name}{', lewat SFTP' if line.detail.get('channel') else ''}"
        for line in taken.select_related("actor_user").order_by("-at", "-id")[:6]
    ]


def _earlier(request: HttpRequest) -> HttpResponse | None:
    return earlier_answer(request) if request.method == "POST" else None


def _not_now(request: HttpRequest, batch: Batch) -> HttpResponse:
    label = BATCH.state(batch.state).label.lower()
    messages.error(request, f"Ini tidak dapat dilakukan sekarang: status kumpulan potongan ini {label}.")
    return redirect(batch_url(batch))


def _refused(request: HttpRequest, batch: Batch, problem: Finding) -> HttpResponse:
    messages.error(request, problem.message)
    return redirect(batch_url(batch))


def _done(request: HttpRequest, batch: Batch) -> HttpResponse:
    remember_answer(request, batch_url(batch))
    return redirect(batch_url(batch))


def _enqueue_sending(request: HttpRequest, batch: Batch) -> None:
    def ask() -> None:
        try:
            tasks.send_batch.delay(str(batch.pk), str(request.user.pk))
        except OperationalError:
            progress.done(batch.pk)
            messages.error(request, "Pengiriman belum dapat dimulai. Coba lagi sebentar lagi.")

    transaction.on_commit(ask)
