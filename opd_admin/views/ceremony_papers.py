"""The papers around a sealed batch: the difference from last month, the cover letter, the bank's refusal."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from autodebit import queries_difference
from autodebit.actions import cover_letter
from autodebit.labels import DIFFERENCE_KIND
from autodebit.models import Batch
from config.clock import now
from opd_admin import sheets
from opd_admin.replies import attachment
from opd_admin.views.batch_page import difference_rows, head_context, signed
from opd_admin.views.batches import LINES_PER_PAGE, batch_url, find_batch
from registry.actions import documents
from registry.doors import staff
from registry.rules.finding import Finding
from registry.rules.roles import Right
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month

_DAMAGED = "Berkas ini rusak atau hilang dan tidak dapat diunduh. Hubungi administrator."


@staff(Right.SEE_BATCHES, "GET")
def difference_list(request: HttpRequest, pk) -> HttpResponse:
    """Donor by donor: who joined, who left, who pays another amount, and why."""
    batch = find_batch(pk)
    page = Paginator(_Lines(batch), LINES_PER_PAGE).get_page(request.GET.get("halaman"))
    rows = [
        {
            "kind": DIFFERENCE_KIND[line.kind],
            "why": sheets.reason_words(line),
            "reference": line.reference,
            "mandate": line.mandate_number,
            "holder": line.holder,
            "office": line.office,
            "before": rupiah(line.before),
            "after": rupiah(line.after),
            "delta": signed(line.after - line.before),
        }
        for line in page
    ]
    context = {
        **head_context(batch),
        "page": page,
        "rows": rows,
        "difference": page.paginator.object_list.summary,
        "before": Month.parse(batch.period).previous().label(),
        "sheet_url": reverse("office-batch-difference-sheet", args=[batch.pk]),
        "back_url": batch_url(batch),
    }
    return render(request, "opd_admin/ceremony/difference.html", context)


@staff(Right.SEE_BATCHES, "GET")
def difference_sheet(request: HttpRequest, pk) -> HttpResponse:
    """The whole list as a workbook."""
    batch = find_batch(pk)
    data = sheets.difference_sheet(queries_difference.all_lines(batch))
    name = f"selisih_{batch.period}_G{batch.wave:02d}_R{batch.revision}.xlsx"
    return attachment(data, sheets.CONTENT_TYPE, name)


@staff(Right.DOWNLOAD_BANK_FILE, "GET")
def letter(request: HttpRequest, pk) -> HttpResponse:
    """The cover letter for the bank; made on the first demand, the same for ever."""
    batch = find_batch(pk)
    try:
        data = cover_letter.open_letter(batch_id=pk, by=request.user, now=now())
    except documents.PaperDamaged:
        data = Finding("damaged", _DAMAGED)
    if isinstance(data, Finding):
        messages.error(request, data.message)
        return redirect(batch_url(batch))
    return attachment(data, "application/pdf", f"surat_pengantar_{cover_letter.number_of(batch)}.pdf")


@staff(Right.DOWNLOAD_BANK_FILE, "GET")
def refusal_evidence(request: HttpRequest, pk) -> HttpResponse:
    """What the bank sent with its refusal, after the journal has its line."""
    batch = find_batch(pk)
    if batch.state != "bank_rejected":
        raise Http404
    paper = batch.refusal.evidence
    try:
        data = documents.open_document(document=paper, by=request.user, now=now())
    except documents.PaperDamaged:
        messages.error(request, _DAMAGED)
        return redirect(batch_url(batch))
    endings = {"application/pdf": "pdf", "image/jpeg": "jpg"}
    ending = endings.get(paper.content_type, "bin")
    return attachment(data, paper.content_type, f"penolakan_{cover_letter.number_of(batch)}.{ending}")


class _Lines:
    """The difference as Django's Paginator wants a list: its length from the summary, a part by one query."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.groups = queries_difference.groups_of(batch)
        self.summary = difference_rows(self.groups)

    def __len__(self) -> int:
        return sum(group.count for group in self.groups)

    def __getitem__(self, part: slice) -> list[queries_difference.Line]:
        return queries_difference.lines_between(self.batch, part.start, part.stop - part.start)
