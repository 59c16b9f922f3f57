"""The bank's answers at the labour office: upload, look at what it would do, type the figure, apply; or refuse."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from autodebit import queries_results, tasks
from autodebit.actions import results
from autodebit.formats import RESULTS
from autodebit.labels import OUTCOME, VERDICT
from autodebit.models import ResultFile
from config.clock import now
from opd_admin.answer_forms import AnswerForm, ApplyForm, RefuseAnswerForm
from opd_admin.replies import attachment
from opd_admin.views.answer_page import (
    answer_context,
    answer_head,
    line_rows,
    verdict_labels,
    waiting_rows,
)
from opd_admin.views.batch_page import head_context
from opd_admin.views.batches import REFRESH_SECONDS, batch_url, enqueue, find_batch
from registry.actions import documents
from registry.doors import earlier_answer, fresh_token, remember_answer, staff
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.uploads import takes_files_of

LINES_PER_PAGE = 50


@staff(Right.IMPORT_RESULT, "GET", "POST")
@takes_files_of(results.LARGEST_ANSWER)
def upload(request: HttpRequest, pk) -> HttpResponse:
    """One file of the bank for one batch; kept at once, read by a worker."""
    if request.method == "POST" and (answer := earlier_answer(request)) is not None:
        return answer
    batch = find_batch(pk)
    formats = [name for name in batch.profile.results if name in RESULTS]
    form = AnswerForm(request.POST or None, request.FILES or None, formats=formats)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["file"]
        kept = results.receive(
            batch_id=pk,
            format=form.cleaned_data["format"],
            name=given.name,
            data=given.read(),
            by=request.user,
            now=now(),
        )
        if not isinstance(kept, Finding):
            return _received(request, kept, batch)
        form.add_error(kept.field or None, kept.message)
    context = {
        **head_context(batch),
        "form": form,
        "form_token": fresh_token(),
        "back_url": batch_url(batch),
    }
    return render(request, "opd_admin/results/upload.html", context)


def _received(request: HttpRequest, file: ResultFile, batch) -> HttpResponse:
    """An earlier upload of the same bytes is shown as it stands, whatever became of it."""
    with transaction.atomic():
        if file.state == "received":
            enqueue(tasks.read_result, file)
        else:
            messages.info(request, "Berkas yang sama sudah pernah diunggah. Ini keadaannya.")
        if file.batch_id != batch.pk:
            messages.warning(request, "Berkas ini diunggah untuk kumpulan potongan lain.")
        return _done(request, file)


@staff(Right.SEE_BATCHES, "GET")
def answer(request: HttpRequest, pk) -> HttpResponse:
    """One answer; while a worker is at it the page looks again by itself, without JavaScript."""
    return _page(request, _file(pk), ApplyForm())


@staff(Right.IMPORT_RESULT, "POST")
def apply(request: HttpRequest, pk) -> HttpResponse:
    """The figure typed: written down, and carried out by a worker."""
    if (known := earlier_answer(request)) is not None:
        return known
    file, form = _file(pk), ApplyForm(request.POST)
    if not form.is_valid():
        return _page(request, file, form)
    with transaction.atomic():
        typed = form.cleaned_data["typed_total"]
        asked = results.request_apply(file_id=pk, typed_total=typed, by=request.user, now=now())
        if not isinstance(asked, Finding):
            enqueue(tasks.apply_result, asked)
            return _done(request, asked)
    if asked.field:
        form.add_error(asked.field, asked.message)
        return _page(request, _file(pk), form)
    messages.error(request, asked.message)
    return redirect(_url(file))


@staff(Right.IMPORT_RESULT, "GET", "POST")
def refuse(request: HttpRequest, pk) -> HttpResponse:
    """A person sets a file aside that is not to be applied."""
    if request.method == "POST" and (known := earlier_answer(request)) is not None:
        return known
    file, form = _file(pk), RefuseAnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            done = results.quarantine(file_id=pk, by=request.user, now=now(), **form.cleaned_data)
            if not isinstance(done, Finding):
                messages.success(
                    request, "Berkas ditolak dan disimpan sebagai bukti. Tidak ada yang berubah."
                )
                return _done(request, done)
        if not done.field:
            messages.error(request, done.message)
            return redirect(_url(file))
        form.add_error(done.field, done.message)
    context = {**answer_head(file), "form": form, "form_token": fresh_token(), "back_url": _url(file)}
    return render(request, "opd_admin/results/refuse.html", context)


@staff(Right.SEE_BATCHES, "GET")
def lines(request: HttpRequest, pk) -> HttpResponse:
    """The lines of one meaning: ?arti=<verdict>, narrowed by ?hasil=<outcome> and ?kode=<code>."""
    file, verdict = _file(pk), request.GET.get("arti", "")
    outcome, code = request.GET.get("hasil", ""), request.GET.get("kode")
    if verdict not in VERDICT or (outcome and outcome not in OUTCOME) or "\x00" in (code or ""):
        raise Http404
    found = queries_results.lines_of_answer(file, verdict, outcome, code)
    page = Paginator(found, LINES_PER_PAGE).get_page(request.GET.get("halaman"))
    meaning = verdict_labels(file)[verdict]
    chosen = {"arti": verdict, "hasil": outcome or None, "kode": code}
    context = {
        **answer_head(file),
        "title": f"{meaning}: {OUTCOME[outcome].lower()}" if outcome else meaning,
        "page": page,
        "rows": line_rows(list(page), file.profile_id),
        "query": urlencode({name: value for name, value in chosen.items() if value is not None}),
        "back_url": _url(file),
    }
    return render(request, "opd_admin/results/lines.html", context)


@staff(Right.SEE_BATCHES, "GET")
def missing(request: HttpRequest, pk) -> HttpResponse:
    """The lines at the bank that this answer says nothing of."""
    file = _file(pk)
    page = Paginator(queries_results.missing_from(file), LINES_PER_PAGE).get_page(request.GET.get("halaman"))
    context = {**answer_head(file), "page": page, "rows": waiting_rows(list(page)), "back_url": _url(file)}
    return render(request, "opd_admin/results/missing.html", context)


@staff(Right.IMPORT_RESULT, "GET")
def hand_back(request: HttpRequest, pk) -> HttpResponse:
    """The lines that did not match, as a file of the bank's own layout."""
    file = _file(pk)
    try:
        back = results.hand_back(file_id=pk, by=request.user, now=now())
    except documents.PaperDamaged:
        back = Finding(
            "damaged", "Berkas ini rusak atau hilang dan tidak dapat diunduh. Hubungi administrator."
        )
    if isinstance(back, Finding):
        messages.error(request, back.message)
        return redirect(_url(file))
    name, data = back
    return attachment(data, RESULTS[file.format].CONTENT_TYPE, name)


def _page(request: HttpRequest, file: ResultFile, form: ApplyForm) -> HttpResponse:
    context = {
        **answer_context(file, request.user),
        "form": form,
        "form_token": fresh_token(),
        "back_url": batch_url(file.batch),
    }
    response = render(request, "opd_admin/results/answer.html", context)
    if context["works"]:
        response["Refresh"] = REFRESH_SECONDS
    return response


def _file(pk) -> ResultFile:
    file = (
        ResultFile.objects.select_related("batch", "profile__bank", "received_by", "apply_requested_by")
        .filter(pk=pk)
        .first()
    )
    if file is None:
        raise Http404
    return file


def _url(file: ResultFile) -> str:
    return reverse("office-answer", args=[file.pk])


def _done(request: HttpRequest, file: ResultFile) -> HttpResponse:
    remember_answer(request, _url(file))
    return redirect(_url(file))
