"""From the answers to the sent registration: check, agree, print, hand in, send."""

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from registry.actions import audit
from registry.queries import city
from registry.rules.display import mask, nik_display, nip_display, phone_display
from registry.rules.documents import DocumentKind
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.identity import names_differ
from sponsorship import queries
from sponsorship.actions import mandates, papers
from sponsorship.actions.registration import submit
from sponsorship.models import Mandate, Registration, RegistrationPaper, Sponsorship
from sponsorship.rules import consent
from sponsorship.rules.completeness import REQUIRED_PAPERS
from sponsorship.rules.money import in_words, rupiah
from sponsorship.rules.months import indonesian_date, indonesian_weekday_date, wib
from sponsorship.wizard import fields, limits, session
from sponsorship.wizard.forms import ConsentForm, PapersForm
from sponsorship.wizard.views.pages import Visit, at, gaps_as_links, once, refusals, show
from sponsorship.wizard.views.returned import return_reasons
from sponsorship.wizard.views.workers import price_words


@at("periksa")
def check(visit: Visit) -> HttpResponse:
    if visit.request.method == "POST":
        return redirect(visit.url_after(reverse("wizard_persetujuan")))
    in_full = visit.request.GET.get("nomor") == "lengkap"
    registration = visit.registration
    if in_full:  # every opening of a full number leaves a line, the donor's own look included
        audit.record(
            event=Event.NUMBER_SHOWN, about=registration, by=visit.donor, now=visit.now, page="periksa"
        )
    prices = queries.tariff()
    figures = mandates.figures_of(registration, visit.now, prices)
    own = queries.own_sponsorships(registration)
    workers = [
        {
            "title": f"Pekerja {number}: {sponsorship.worker.name}",
            "rows": worker_rows(sponsorship, in_full),
            "price": price_words(
                queries.price_of(sponsorship, figures.start, prices),
                queries.full_price_of(sponsorship, figures.start, prices),
            ),
        }
        for number, sponsorship in enumerate(own, start=1)
    ]
    context = {
        "contact": session.shown_contact(visit.donor),
        "person": person_rows(visit, in_full),
        "holder_differs": names_differ(registration.name, registration.account_holder),
        "workers": workers,
        "terms": _terms_rows(figures),
        "running": figures.workers - len(own),
        "figures": figures_words(figures),
        "in_full": in_full,
        "submit_label": "Jawaban saya benar, lanjutkan",
    }
    return show(visit, "sponsorship/wizard/check.html", **context)


def person_rows(visit: Visit, in_full: bool) -> list[dict]:
    registration = visit.registration
    account = fields.grouped(registration.account) if in_full else mask(registration.account, "account")
    return [
        _row("Nama", registration.name, "diri"),
        _row("NIP", nip_display(registration.nip) if in_full else mask(registration.nip, "nip"), "diri"),
        _row("Jabatan", registration.position, "diri"),
        _row("OPD", registration.opd.name, "diri"),
        _row("Rekening", f"{registration.bank.name} {account}", "rekening"),
        _row("Pemilik rekening", registration.account_holder, "rekening"),
    ]


def worker_rows(sponsorship: Sponsorship, in_full: bool) -> list[dict]:
    worker, phone = sponsorship.worker, sponsorship.worker.phone
    shown_phone = (phone_display(phone) if in_full else mask(phone, "phone")) if phone else "Tidak diisi"
    data = reverse("wizard_pekerja_ubah", args=[sponsorship.pk])
    cover = reverse("wizard_kepesertaan_pekerja", args=[sponsorship.pk])
    place = (
        f"{worker.workplace}, Kelurahan {worker.kelurahan.name}, Kecamatan {worker.kelurahan.kecamatan.name}"
    )
    return [
        _row("Nama", worker.name, url=data),
        _row("NIK", nik_display(worker.nik) if in_full else mask(worker.nik, "nik"), url=data),
        _row("Nomor ponsel", shown_phone, url=data),
        _row("Jenis pekerjaan", worker.occupation.name, url=data),
        _row("Tempat bekerja", place, url=data),
        _row("Program", sponsorship.get_programme_display(), url=cover),
        _row("Penghasilan sebulan", rupiah(sponsorship.base_income), url=cover),
    ]


def _terms_rows(figures: consent.Figures) -> list[dict]:
    return [
        _row("Bulan pertama", figures.start.label(), "ketentuan"),
        _row("Debet pertama", indonesian_weekday_date(figures.payday)),
        _row("Batas tertinggi per bulan", rupiah(figures.ceiling), "ketentuan"),
    ]


def _row(label: str, value: str, slug: str = "", url: str = "") -> dict:
    address = url or (reverse(f"wizard_{slug}") if slug else "")
    return {"label": label, "value": value, "change_url": f"{address}?dari=periksa" if address else ""}


def figures_words(figures: consent.Figures) -> dict:
    """The sum of a month in figures and words, with the discount it rests on."""
    until = figures.discount_until
    return {
        "amount": rupiah(figures.amount_now),
        "words": in_words(figures.amount_now),
        "full": rupiah(figures.amount_full),
        "ceiling": rupiah(figures.ceiling),
        "ceiling_words": in_words(figures.ceiling),
        "start": figures.start.label(),
        "payday": indonesian_weekday_date(figures.payday),
        "note": f"Keringanan berlaku sampai {until.label()}, sesudah itu {rupiah(figures.amount_full)}."
        if until
        else "",
    }


@at("persetujuan")
def agree(visit: Visit) -> HttpResponse:
    figures = mandates.figures_of(visit.registration, visit.now)
    text = consent.consent_text(figures)
    shown = consent.text_hash(text)
    form = ConsentForm(visit.request.POST if visit.request.method == "POST" else None)
    extra = []
    if "later" in visit.request.POST:
        return redirect("wizard_later")
    if visit.request.method == "POST" and form.is_valid():
        result = _issue(visit, text if form.cleaned_data["shown"] == shown else "")
        if not refusals(result):
            return redirect("wizard_cetak")
        extra = _explain(form, refusals(result))
    context = {
        "paragraphs": text.split("\n\n"),
        "shown": shown,
        "tail": figures.account_tail,
        "bank": figures.bank,
        "figures": figures_words(figures),
        "submit_label": "Setuju dan buat surat kuasa",
        "extra_errors": extra,
        "has_errors": bool(extra),
    }
    return show(visit, "sponsorship/wizard/agree.html", form=form, **context)


def _issue(visit: Visit, agreed_text: str) -> Mandate | list[Finding]:
    def issue() -> Mandate | list[Finding]:
        return mandates.issue(
            registration_id=visit.registration.pk, agreed_text=agreed_text, by=visit.donor, now=visit.now
        )

    return once(visit, issue, lambda _: reverse("wizard_cetak"))


def _explain(form: ConsentForm, found: list[Finding]) -> list[dict]:
    # Whatever was refused, the text may read differently now: a tick is never carried over to it.
    form.data = {name: value for name, value in form.data.items() if name != "agree"}
    for finding in found:
        if finding.field in form.fields:
            form.refuse(finding)
    return gaps_as_links([finding for finding in found if finding.field not in form.fields])


@at("cetak")
def print_out(visit: Visit) -> HttpResponse:
    if visit.request.method == "POST":
        return redirect(visit.url_after(reverse("wizard_unggah")))
    context = {
        "mandate": queries.current_mandate(visit.registration),
        "meterai": city().meterai_required,
        "submit_label": "Saya sudah menandatangani, lanjut unggah",
    }
    return show(visit, "sponsorship/wizard/print.html", **context)


@at("unggah")
def upload(visit: Visit) -> HttpResponse:
    """Each file is judged by itself: what is accepted stays, although another one was refused."""
    posting = visit.request.method == "POST"
    form = PapersForm(visit.request.POST, visit.request.FILES) if posting else PapersForm()
    if posting:
        stopped = limits.too_many(visit.request, "unggah", str(visit.registration.pk), limits.UPLOADS)
        if stopped:
            return stopped
        chosen = form.chosen()
        for kind, files in chosen.items():
            _hand_in(visit, form, kind, files)
    kept = _kept(visit)
    if posting and not form.errors:
        if "later" not in visit.request.POST:
            _name_missing(form, kept)
        if not form.errors:
            return redirect(visit.url_after(reverse("wizard_kirim")))
    form.name_kept(kept)
    context = {
        "sections": [
            {
                "field": form[kind.value],
                "kind": kind.value,
                "kept": kept.get(kind.value, []),
                **_EXAMPLES[kind],
            }
            for kind in DocumentKind
        ],
        "returned": return_reasons(visit.registration) if visit.registration.state == "returned" else None,
        "submit_label": "Unggah dan lanjutkan",
    }
    return show(visit, "sponsorship/wizard/upload.html", form=form, **context)


_EXAMPLES = {
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


def _hand_in(visit: Visit, form: PapersForm, kind: DocumentKind, files: list[UploadedFile]) -> None:
    for number, file in enumerate(files, start=1):
        result = papers.attach(
            registration_id=visit.registration.pk, kind=kind, upload=file, by=visit.donor, now=visit.now
        )
        for finding in refusals(result):
            which = f"Berkas ke-{number}: " if len(files) > 1 else ""
            form.add_error(kind.value, f"{which}{finding.message}")


def _name_missing(form: PapersForm, kept: dict[str, list]) -> None:
    for kind, what in REQUIRED_PAPERS.items():
        if not kept.get(kind):
            form.add_error(kind, f"Unggah {what}.")


def _kept(visit: Visit) -> dict[str, list[dict]]:
    kept: dict[str, list[dict]] = {}
    papers_now = list(queries.papers_of(visit.registration))
    sheets = [paper for paper in papers_now if paper.kind == DocumentKind.SIGNED_MANDATE]
    for paper in papers_now:
        sheet = sheets.index(paper) + 1 if paper in sheets and len(sheets) > 1 else 0
        kept.setdefault(paper.kind, []).append(paper_words(paper, sheet))
    return kept


def paper_words(paper: RegistrationPaper, sheet: int = 0) -> dict:
    """A paper handed in, under a name of ours; the file's own name is never kept.

    `sheet`: which of several files of the mandate it is, from 1; 0 when there is only one.
    """
    pages = [page.number for page in paper.document.pages.all()]
    length = [f"{len(pages)} halaman"] if len(pages) > 1 or not sheet else []
    numbered = [f"lembar {sheet}"] if sheet else []
    return {
        "pk": paper.pk,
        "kind": paper.kind,
        "name": ", ".join([_PAPER_NAMES[paper.kind], *numbered, *length]),
        "when": f"diunggah {indonesian_date(paper.added_at)} pukul {wib(paper.added_at)}",
        "pages": [(number, reverse("paper_page", args=[paper.pk, number])) for number in pages],
    }


_PAPER_NAMES = {"signed_mandate": "Surat kuasa bertanda tangan", "ktp": "KTP", "passbook": "Buku tabungan"}


@at("unggah", "POST")
def remove_paper(visit: Visit, pk: int) -> HttpResponse:
    if not visit.registration.papers.filter(pk=pk).exists():
        raise Http404
    refused = papers.set_aside(
        registration_id=visit.registration.pk, paper_id=pk, by=visit.donor, now=visit.now
    )
    if refused:
        messages.error(visit.request, refused.message)
    else:
        messages.success(visit.request, "Berkas sudah dihapus. Silakan unggah penggantinya.")
    return redirect("wizard_unggah")


@at("kirim")
def send(visit: Visit) -> HttpResponse:
    extra = []
    if "later" in visit.request.POST:
        return redirect("wizard_later")
    if visit.request.method == "POST":
        stopped = limits.too_many(visit.request, "kirim", str(visit.registration.pk), limits.SENDS)
        if stopped:
            return stopped
        result = once(visit, lambda: _submit(visit), lambda _: reverse("status"))
        if not refusals(result):
            return redirect("status")
        extra = gaps_as_links(refusals(result))
    kept = [paper for each in _kept(visit).values() for paper in each]
    context = {
        "papers": kept,
        "figures": figures_words(mandates.figures_of(visit.registration, visit.now)),
        "opd": visit.registration.opd.name,
        "extra_errors": extra,
        "has_errors": bool(extra),
        "submit_label": "Kirim pendaftaran",
    }
    return show(visit, "sponsorship/wizard/send.html", **context)


def _submit(visit: Visit) -> Registration | list[Finding]:
    return submit(registration_id=visit.registration.pk, by=visit.donor, now=visit.now)
