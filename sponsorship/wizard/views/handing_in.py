"""The papers: handing them in, taking one back, and what was seen on them.

One address, two ways to speak: a form that answers with a page, and the same form sent file by file by a script
(`Accept: application/json`), which gets the lists of what is kept as pieces of that page.
"""

from datetime import timedelta

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse

from registry.rules.documents import DocumentKind, limits_for
from registry.rules.finding import Finding
from sponsorship import queries, tasks
from sponsorship.actions import paper_checks, papers
from sponsorship.actions.e_signature import CERTIFIED
from sponsorship.actions.mandates import pages_printed
from sponsorship.models import Mandate, RegistrationPaper
from sponsorship.rules.completeness import REQUIRED_PAPERS
from sponsorship.rules.e_signature import UNKNOWN, UNREADABLE
from sponsorship.rules.months import indonesian_date, wib
from sponsorship.rules.paper_checks import (
    NO_CODE,
    Seen,
    code_is_missing,
    code_is_right,
    told_hints,
    wrong_paper,
)
from sponsorship.wizard import limits
from sponsorship.wizard.forms import PapersForm
from sponsorship.wizard.views.pages import Visit, at, refusals, show
from sponsorship.wizard.views.returned import return_reasons

REMOVED = "Berkas sudah dihapus. Silakan unggah penggantinya."
TOO_OFTEN = f"Terlalu banyak unggahan. Berkas yang sudah diterima aman; coba lagi {limits.WHEN}."
# As long as a paper was handed in just now, its donor is told that somebody is looking at it.
SOON = timedelta(minutes=2)
EXAMPLES = {
    DocumentKind.SIGNED_MANDATE: {
        "heading": "1. Surat kuasa",
        "example": "img/contoh-surat.svg",
        "example_text": "Semua halaman, datar dan terang, tanda tangan terlihat.",
    },
    DocumentKind.KTP: {
        "heading": "2. KTP",
        "example": "img/contoh-ktp.svg",
        "example_text": "Seluruh kartu terlihat, tidak silau, tulisan terbaca.",
    },
    DocumentKind.PASSBOOK: {
        "heading": "3. Buku tabungan",
        "example": "img/contoh-tabungan.svg",
        "example_text": "Nama dan nomor rekening terbaca.",
    },
}
# What is told of an electronic signature: code of the note -> tone.
_SIGNATURE_TONES = {CERTIFIED: "good", UNKNOWN.code: "wait", UNREADABLE.code: "wait"}
_NAMES = {"signed_mandate": "Surat kuasa bertanda tangan", "ktp": "KTP", "passbook": "Buku tabungan"}


@at("unggah")
def upload(visit: Visit) -> HttpResponse:
    """Each file is judged by itself: what is accepted stays, although another one was refused."""
    if visit.request.method == "POST":
        too_many = limits.too_many(visit.request, "unggah", str(visit.registration.pk), limits.UPLOADS)
        if _by_script(visit.request):
            return JsonResponse({"error": TOO_OFTEN}, status=429) if too_many else _receive(visit)
        return too_many or _posted(visit)
    return JsonResponse(_pieces(visit)) if _by_script(visit.request) else _page(visit, PapersForm())


@at("unggah", "POST")
def remove_paper(visit: Visit, pk: int) -> HttpResponse:
    if not visit.registration.papers.filter(pk=pk).exists():
        raise Http404
    refused = papers.set_aside(
        registration_id=visit.registration.pk, paper_id=pk, by=visit.donor, now=visit.now
    )
    if _by_script(visit.request):
        if refused:
            return JsonResponse({"error": refused.message}, status=422)
        return JsonResponse({"said": REMOVED, **_pieces(visit)})
    if refused:
        messages.error(visit.request, refused.message)
    else:
        messages.success(visit.request, REMOVED)
    return redirect("wizard_unggah")


def kept_papers(visit: Visit) -> tuple[dict[str, list[dict]], dict | None]:
    """The papers handed in, by kind, each under a name of ours (the file's own name is never kept); and what the pages
    of the signed mandate say as a whole, as a notice: sheets that are missing, then its QR."""
    kept: dict[str, list[dict]] = {}
    papers_now = list(queries.papers_of(visit.registration))
    sheets = [paper for paper in papers_now if paper.kind == DocumentKind.SIGNED_MANDATE]
    seen = [paper_checks.seen_of(paper) for paper in sheets]
    said = code_is_missing(seen) or any(page.qr for sheet in seen for page in sheet.pages)
    mandate = queries.current_mandate(visit.registration) if said else None
    for paper in papers_now:
        sheet = sheets.index(paper) + 1 if paper in sheets and len(sheets) > 1 else 0
        words = _words(paper, sheet, mandate.version if mandate else 0)
        words["looking"] = paper.looked_at is None and visit.now - paper.added_at < SOON
        kept.setdefault(paper.kind, []).append(words)
    return kept, _code_words(sheets, seen, mandate) if mandate else None


def _code_words(sheets: list[RegistrationPaper], seen: list[Seen], mandate: Mandate) -> dict | None:
    if code_is_right(seen):
        return {"tone": "good", "text": "Kode QR cocok dengan surat kuasa Anda."}
    if not code_is_missing(seen):
        return None
    printed = pages_printed(mandate)
    handed_in = sum(len(paper.document.pages.all()) for paper in sheets)
    if printed and handed_in < printed:
        words = f"Surat kuasa Anda {printed} halaman; yang sudah diunggah {handed_in}."
        return {"tone": "info", "text": words}
    return {"tone": "info", "text": NO_CODE}


def _words(paper: RegistrationPaper, sheet: int, version: int) -> dict:
    """`sheet`: which of several files of the mandate it is, from 1; 0 when there is only one."""
    pages = [page.number for page in paper.document.pages.all()]
    length = [f"{len(pages)} halaman"] if len(pages) > 1 or not sheet else []
    numbered = [f"lembar {sheet}"] if sheet else []
    seen = paper_checks.seen_of(paper)
    wrong = wrong_paper(seen, version)
    return {
        "pk": paper.pk,
        "kind": paper.kind,
        "name": ", ".join([_NAMES[paper.kind], *numbered, *length]),
        "when": f"diunggah {indonesian_date(paper.added_at)} pukul {wib(paper.added_at)}",
        "pages": [(number, reverse("paper_page", args=[paper.pk, number])) for number in pages],
        "wrong": wrong.message if wrong else "",
        "hints": told_hints(seen),
        "signature": [
            {"tone": _SIGNATURE_TONES[note["code"]], "text": note["message"]}
            for note in paper.notes
            if note["code"] in _SIGNATURE_TONES
        ],
    }


def _posted(visit: Visit) -> HttpResponse:
    form = PapersForm(visit.request.POST, visit.request.FILES)
    for kind, files in form.chosen().items():
        for number, file in enumerate(files, start=1):
            which = f"Berkas ke-{number}: " if len(files) > 1 else ""
            for finding in refusals(_attach(visit, kind, file)):
                form.add_error(kind.value, f"{which}{finding.message}")
    if not form.errors and "later" not in visit.request.POST:
        kept, _ = kept_papers(visit)
        for kind, what in REQUIRED_PAPERS.items():
            if not kept.get(kind):
                form.add_error(kind, f"Unggah {what}.")
        for finding in paper_checks.wrong_papers(visit.registration):
            form.add_error(DocumentKind.SIGNED_MANDATE.value, finding.message)
    if not form.errors:
        return redirect(visit.url_after(reverse("wizard_kirim")))
    return _page(visit, form)


def _receive(visit: Visit) -> JsonResponse:
    """One file by script. Sent again after its answer was lost, it is the paper it was before."""
    chosen = PapersForm(visit.request.POST, visit.request.FILES).chosen()
    if sum(len(files) for files in chosen.values()) != 1:
        return JsonResponse({"error": "Kirim satu berkas saja."}, status=400)
    [(kind, [file])] = chosen.items()
    result = _attach(visit, kind, file)
    for finding in refusals(result):
        status = 413 if finding.code == "document_too_large" else 422
        return JsonResponse({"error": finding.message}, status=status)
    again = result.added_at < visit.now
    name = kind.label[0].upper() + kind.label[1:]
    said = f"{name}: berkas ini sudah diterima sebelumnya." if again else f"{name}: berkas sudah diterima."
    return JsonResponse({"said": said, "paper": result.pk, **_pieces(visit)})


def _attach(visit: Visit, kind: DocumentKind, file: UploadedFile) -> RegistrationPaper | Finding:
    result = papers.attach(
        registration_id=visit.registration.pk, kind=kind, upload=file, by=visit.donor, now=visit.now
    )
    if isinstance(result, RegistrationPaper) and result.looked_at is None:
        tasks.look_soon(result.pk)
    return result


def _page(visit: Visit, form: PapersForm) -> HttpResponse:
    context = {
        "sections": _sections(visit, form),
        "largest": limits_for(DocumentKind.KTP).max_bytes,
        "returned": return_reasons(visit.registration) if visit.registration.state == "returned" else None,
        "submit_label": "Unggah dan lanjutkan",
    }
    return show(visit, "sponsorship/wizard/upload.html", form=form, **context)


def _sections(visit: Visit, form: PapersForm) -> list[dict]:
    kept, code = kept_papers(visit)
    form.name_kept(kept)
    return [
        {
            "field": form[kind.value],
            "kind": kind.value,
            "kept": kept.get(kind.value, []),
            "code": code if kind is DocumentKind.SIGNED_MANDATE else None,
            **EXAMPLES[kind],
        }
        for kind in DocumentKind
    ]


def _pieces(visit: Visit) -> dict:
    """`sections`: per kind the label of its field and the list of what is kept; `waiting`: whether more may be said."""
    sections = _sections(visit, PapersForm())
    return {
        "sections": {
            section["kind"]: {
                "label": section["field"].label,
                "html": render_to_string("sponsorship/wizard/kept_papers.html", {"section": section}),
            }
            for section in sections
        },
        "waiting": any(paper["looking"] for section in sections for paper in section["kept"]),
    }


def _by_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")
