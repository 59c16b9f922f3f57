"""The rehearsal signing service: what a civil servant does in a certified signing application."""

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from opd_admin.forms import SigningForm
from opd_admin.replies import attachment
from opd_admin.views.demo import only_in_demo
from registry.doors import public
from registry.rehearsal_signing import sign


@public("GET", "POST")
@only_in_demo
def demo_signing(request: HttpRequest) -> HttpResponse:
    """Takes a PDF and a name, hands the signed PDF back; nothing is kept."""
    form = SigningForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        folder = Path(settings.SIGNATURE_ROOTS).parent
        try:
            signed = sign(form.cleaned_data["file"].read(), signer=form.cleaned_data["name"], folder=folder)
            return attachment(signed, "application/pdf", "surat-kuasa-bertanda-tangan.pdf")
        except ValueError:
            form.add_error(
                "file", "Berkas ini bukan PDF yang dapat ditandatangani. Unduh lagi surat kuasanya."
            )
    return render(request, "opd_admin/demo/signing.html", {"form": form}, status=400 if form.errors else 200)
