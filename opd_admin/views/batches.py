"""The labour office's screens of the monthly debit: list, one batch, its lines, and what may be done with it."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from kombu.exceptions import OperationalError

from autodebit import queries, tasks
from autodebit.actions import approval, batches, sealing
from autodebit.formats import FORMATS
from autodebit.labels import EXCLUSION
from autodebit.models import BankProfile, Batch
from autodebit.queries_difference import groups_of
from autodebit.rules.lifecycle import BATCH
from config.clock import now
from opd_admin.batch_forms import ApproveForm, OpenForm, ReopenForm
from opd_admin.replies import attachment
from opd_admin.views.answer_page import batch_answers
from opd_admin.views.batch_page import batch_context, difference_rows, head_context, number, status_of
from registry.actions import documents
from registry.doors import earlier_answer, fresh_token, remember_answer, staff
from registry.rules.display import mask
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month, indonesian_date

BATCHES_PER_PAGE = 24
LINES_PER_PAGE = 50
CONFLICT = 409
REFRESH_SECONDS = 3


@staff(Right.SEE_BATCHES, "GET")
def batch_list(request: HttpRequest) -> HttpResponse:
    page = _page(request, Batch.objects.select_related("profile__bank"), BATCHES_PER_PAGE)
    rows = [
        {
            "batch": batch,
            "month": Month.parse(batch.period).label(),
            "bank": batch.profile.bank.name,
            "state": status_of(batch),
            "count": number(batch.count),
            "total": rupiah(batch.total),
            "collection_day": indonesian_date(batch.collection_date),
        }
        for batch in page
    ]
    choices = _month_choices() if may(request.user, Right.BUILD_BATCH) else []
    context = {"page": page, "rows": rows, "form": OpenForm(choices=choices) if choices else None}
    return render(request, "opd_admin/batches/list.html", {**context, "form_token": fresh_token()})


@staff(Right.BUILD_BATCH, "POST")
def open_batch(request: HttpRequest) -> HttpResponse:
    """Opens a month by hand and leaves the building to the queue."""
    if (answer := earlier_answer(request)) is not None:
        return answer
    form = OpenForm(request.POST, choices=_month_choices())
    if not form.is_valid():
        messages.error(request, form.errors["month"][0])
        return redirect("office-batch-list")
    bank, _, period = form.cleaned_data["month"].partition(":")
    profile = BankProfile.objects.get(bank_id=bank)
    with transaction.atomic():
        opened = batches.open_by_hand(profile=profile, period=period, by=request.user, now=now())
        if isinstance(opened, Finding):
            messages.error(request, opened.message)
            return redirect("office-batch-list")
        enqueue(tasks.build_batch, opened)
        return _done(request, opened)


@staff(Right.SEE_BATCHES, "GET")
def batch_detail(request: HttpRequest, pk) -> HttpResponse:
    """One batch; while a worker is at it the page looks again by itself, without JavaScript."""
    batch = find_batch(pk)
    context = {
        **batch_context(batch, request.user),
        "answers": batch_answers(batch, request.user),
        "back_url": reverse("office-batch-list"),
        "form_token": fresh_token(),
    }
    response = render(request, "opd_admin/batches/detail.html", context)
    if context["works"]:
        response["Refresh"] = REFRESH_SECONDS
    return response


@staff(Right.BUILD_BATCH, "POST")
def build_again(request: HttpRequest, pk) -> HttpResponse:
    """Asks the queue to build an open batch now, when its page says why it could not be built before."""
    if (answer := earlier_answer(request)) is not None:
        return answer
    batch = find_batch(pk)
    with transaction.atomic():
        if batch.state == "open":
            enqueue(tasks.build_batch, batch)
            messages.info(request, "Penyusunan dicoba lagi. Muat ulang halaman ini sebentar lagi.")
        return _done(request, batch)


@staff(Right.APPROVE_BATCH, "GET", "POST")
def approve(request: HttpRequest, pk) -> HttpResponse:
    batch = find_batch(pk)
    if request.method == "GET":
        return _approval_page(request, batch, ApproveForm(initial=_seen(batch)))
    if (answer := earlier_answer(request)) is not None:
        return answer
    form = ApproveForm(request.POST)
    if not form.is_valid():
        return _approval_page(request, batch, form)
    with transaction.atomic():
        done = approval.approve(batch_id=pk, by=request.user, now=now(), **form.cleaned_data)
        if not isinstance(done, Finding):
            messages.success(request, "Persetujuan Anda sudah dicatat.")
            return _done(request, done)
    if done.field:
        form.add_error(done.field, done.message)
        return _approval_page(request, batch, form)
    # The refusal is about the batch, not about what was typed: show how it stands now.
    fresh = find_batch(pk)
    refused = ApproveForm({**_seen(fresh), "typed_total": request.POST["typed_total"]})
    refused.is_valid()
    refused.add_error(None, done.message)
    return _approval_page(request, fresh, refused, status=CONFLICT)


@staff(Right.BUILD_BATCH, "GET", "POST")
def reopen(request: HttpRequest, pk) -> HttpResponse:
    if request.method == "POST" and (answer := earlier_answer(request)) is not None:
        return answer
    batch = find_batch(pk)
    if not BATCH.allows(batch.state, "reopen"):
        return _refuse_reopening(request, batch)
    form = ReopenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            done = approval.reopen(batch_id=pk, by=request.user, now=now(), **form.cleaned_data)
            if not isinstance(done, Finding):
                enqueue(tasks.build_batch, done)
                messages.success(request, "Kumpulan dibuka kembali dan disusun ulang.")
                return _done(request, done)
        if not done.field:  # sealed between our look and the lock
            return _refuse_reopening(request, batch)
        form.add_error(done.field, done.message)
    context = {**head_context(batch), "form": form, "form_token": fresh_token(), "back_url": batch_url(batch)}
    return render(request, "opd_admin/batches/reopen.html", context)


def _refuse_reopening(request: HttpRequest, batch: Batch) -> HttpResponse:
    messages.error(request, approval.TOO_LATE.message)
    return redirect(batch_url(batch))


@staff(Right.SEAL_BATCH, "POST")
def seal(request: HttpRequest, pk) -> HttpResponse:
    if (answer := earlier_answer(request)) is not None:
        return answer
    batch = find_batch(pk)
    with transaction.atomic():
        asked = sealing.request_seal(batch_id=pk, by=request.user, now=now())
        if isinstance(asked, Finding):
            messages.error(request, asked.message)
            return redirect(batch_url(batch))
        enqueue(tasks.seal_batch, asked)
        return _done(request, asked)


@staff(Right.SEE_BATCHES, "GET")
def line_list(request: HttpRequest, pk) -> HttpResponse:
    """The frozen lines, accounts by their last four digits."""
    batch = find_batch(pk)
    page = _page(request, queries.lines_of(batch).select_related("opd"), LINES_PER_PAGE)
    rows = [
        {
            "reference": line.reference,
            "obligation": line.obligation_id,
            "mandate": line.mandate_number,
            "holder": line.account_holder,
            "account": mask(line.account, "account"),
            "office": line.opd.name,
            "amount": rupiah(line.amount),
            "state": line.get_state_display(),
        }
        for line in page
    ]
    context = {**head_context(batch), "page": page, "rows": rows, "back_url": batch_url(batch)}
    return render(request, "opd_admin/batches/lines.html", context)


@staff(Right.SEE_BATCHES, "GET")
def exclusion_list(request: HttpRequest, pk) -> HttpResponse:
    """The mandates without a line, and why."""
    batch = find_batch(pk)
    found = queries.exclusions_of(batch).select_related("mandate__registration__opd")
    page = _page(request, found, LINES_PER_PAGE)
    rows = [
        {
            "mandate": row.mandate.number,
            "holder": row.mandate.account_holder,
            "office": row.mandate.registration.opd,
            "reason": EXCLUSION[row.reason],
        }
        for row in page
    ]
    context = {**head_context(batch), "page": page, "rows": rows, "back_url": batch_url(batch)}
    return render(request, "opd_admin/batches/exclusions.html", context)


@staff(Right.DOWNLOAD_BANK_FILE, "GET")
def download_file(request: HttpRequest, pk, file_id: int) -> HttpResponse:
    """The sealed bytes under the name the bank expects; nobody keeps a copy on the way."""
    batch = find_batch(pk)
    file = batch.files.filter(pk=file_id).first()
    if file is None:
        raise Http404
    try:
        data = sealing.download(file=file, by=request.user, now=now())
    except documents.PaperDamaged:
        messages.error(
            request, "Berkas ini rusak atau hilang dan tidak dapat diunduh. Hubungi administrator."
        )
        return redirect(batch_url(batch))
    return attachment(data, FORMATS[file.format].CONTENT_TYPE, file.name)


def _approval_page(request: HttpRequest, batch: Batch, form: ApproveForm, status: int = 200) -> HttpResponse:
    refusal = approval.why_not_yet(batch, request.user)
    context = {
        **head_context(batch),
        "form": form,
        "form_token": fresh_token(),
        "back_url": batch_url(batch),
        "refusal": refusal.message if refusal else "",
        "difference": difference_rows(groups_of(batch)),
        "before": Month.parse(batch.period).previous().label(),
        "approvals": list(batch.approvals.filter(revision=batch.revision).select_related("by")),
    }
    return render(request, "opd_admin/batches/approve.html", context, status=status)


def _seen(batch: Batch) -> dict:
    return {"revision": batch.revision, "content_hash": batch.content_hash}


def _month_choices() -> list[tuple[str, str]]:
    """The bank is named only where there are several."""
    profiles = list(BankProfile.objects.filter(bank__active=True).select_related("bank"))
    return [
        (f"{profile.pk}:{month}", month.label() + (f", {profile.bank.name}" if len(profiles) > 1 else ""))
        for profile in profiles
        for month in queries.months_to_collect(profile, now())
    ]


def _page(request: HttpRequest, rows, size: int) -> Page:
    return Paginator(rows, size).get_page(request.GET.get("halaman"))


def find_batch(pk) -> Batch:
    """The batch of an address. Raises Http404."""
    batch = Batch.objects.select_related("profile__bank", "maker").filter(pk=pk).first()
    if batch is None:
        raise Http404
    return batch


def batch_url(batch: Batch) -> str:
    return reverse("office-batch-detail", args=[batch.pk])


def _done(request: HttpRequest, batch: Batch) -> HttpResponse:
    remember_answer(request, batch_url(batch))
    return redirect(batch_url(batch))


def enqueue(task: Callable, batch: Batch) -> None:
    """A hint to the queue after the commit. An unreachable broker costs a minute: the sweep finds the row."""

    def send() -> None:
        try:
            task.delay(str(batch.pk))
        except OperationalError:
            return

    transaction.on_commit(send)
