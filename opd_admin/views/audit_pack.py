"""The audit pack of a batch, served from memory; no copy of it stays anywhere."""

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect

from autodebit.actions.audit_pack import make
from autodebit.queries_difference import all_lines
from config.clock import now
from opd_admin.sheets import difference_sheet
from opd_admin.views.batches import find_batch
from registry.doors import staff
from registry.rules.finding import Finding
from registry.rules.roles import Right


@staff(Right.MAKE_AUDIT_PACK, "POST")
def download(request: HttpRequest, pk) -> HttpResponse:
    """Made anew each time and streamed; the journal keeps the hash of its manifest."""
    batch = find_batch(pk)
    with transaction.atomic():
        sheet = difference_sheet(all_lines(batch)) if batch.sealed_at else b""
        pack = make(batch_id=pk, attachments={"selisih.xlsx": sheet}, by=request.user, now=now())
    if isinstance(pack, Finding):
        messages.error(request, pack.message)
        return redirect("office-batch-detail", pk)
    response = FileResponse(pack.file, as_attachment=True, filename=pack.name, content_type="application/zip")
    response["Content-Length"] = pack.size
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response
