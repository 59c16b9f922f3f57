"""From the answers to the sent registration: check, agree, print, hand in, send."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from config.clock import today
from registry import signatures
from registry.actions import audit
from registry.queries import city
from registry.rules.display import mask, nik_display, nip_display, phone_display
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.identity import names_differ
from sponsorship import queries
from sponsorship.actions import mandates
from sponsorship.actions.registration import submit
from sponsorship.models import Mandate, Registration, Sponsorship
from sponsorship.rules import consent
from sponsorship.rules.money import in_words, rupiah
from sponsorship.rules.months import indonesian_weekday_date
from sponsorship.wizard import fields, limits, session
from sponsorship.wizard.forms import ConsentForm
from sponsorship.wizard.numbers import age_words, born_words, nip_name, nip_words
from sponsorship.wizard.views.handing_in import kept_papers
from sponsorship.wizard.views.pages import Visit, at, gaps_as_links, once, refusals, show
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
        "terms": _terms_rows(figures, registration),
        "running": figures.workers - len(own),
        "figures": figures_words(figures),
        "in_full": in_full,
        "submit_label": "Jawaban saya benar, lanjutkan",
    }
    return show(visit, "sponsorship/wizard/check.html", **context)


def person_rows(visit: Visit, in_full: bool) -> list[dict]:
    registration = visit.registration
    account = fields.grouped(registration.account) if in_full else mask(registration.account, "account")
    number = nip_name(registration.employment)
    return [
        _row("Nama", registration.name, "diri"),
        _row(number, nip_display(registration.nip) if in_full else mask(registration.nip, "nip"), "diri"),
        _row(f"Menurut {number}", nip_words(registration.nip, today(), in_full=in_full), "diri"),
        _row("Jabatan", registration.position, "diri"),
        _row("OPD", registration.opd.name, "diri"),
        _row("Rekening", f"{registration.bank.name} {account}", "rekening"),
        _row("Pemilik rekening", registration.account_holder, "rekening"),
    ]


def worker_rows(sponsorship: Sponsorship, in_full: bool) -> list[dict]:
    worker = sponsorship.worker
    cover = reverse("wizard_kepesertaan_pekerja", args=[sponsorship.pk])
    place = (
        f"{worker.workplace}, Kelurahan {worker.kelurahan.name}, Kecamatan {worker.kelurahan.kecamatan.name}"
    )
    # A worker from the waiting list agreed to be named; numbers stay with the office that checked them.
    data = "" if sponsorship.waiting_id else reverse("wizard_pekerja_ubah", args=[sponsorship.pk])
    return [
        _row("Nama", worker.name, url=data),
        *([] if sponsorship.waiting_id else _number_rows(sponsorship, in_full, data)),
        _row("Jenis pekerjaan", worker.occupation.name, url=data),
        _row("Tempat bekerja", place, url=data),
        _row("Program", sponsorship.get_programme_display(), url=cover),
        _row("Penghasilan sebulan", rupiah(sponsorship.base_income), url=cover),
    ]


def _number_rows(sponsorship: Sponsorship, in_full: bool, url: str) -> list[dict]:
    worker, phone = sponsorship.worker, sponsorship.worker.phone
    shown_phone = (phone_display(phone) if in_full else mask(phone, "phone")) if phone else "Tidak diisi"
    says = (
        born_words(worker.birth_date, worker.sex)
        if in_full
        else age_words(worker.birth_date, worker.sex, today())
    )
    return [
        _row("NIK", nik_display(worker.nik) if in_full else mask(worker.nik, "nik"), url=url),
        _row("Menurut NIK", says, url=url),
        _row("Nomor ponsel", shown_phone, url=url),
    ]


def _terms_rows(figures: consent.Figures, registration: Registration) -> list[dict]:
    # The month of a change is not chosen.
    month = "" if registration.kind == "change" else "ketentuan"
    return [
        _row("Bulan pertama", figures.start.label(), month),
        _row("Debet pertama", indonesian_weekday_date(figures.payday)),
        _row("Batas tertinggi per bulan", rupiah(figures.ceiling), "ketentuan"),
    ]


def _row(label: str, value: str, slug: str = "", url: str = "") -> dict:
    address = url or (reverse(f"wizard_{slug}") if slug else "")
    return {"label": label, "value": value, "change_url": f"{address}?dari=periksa" if address else ""}


def figures_words(figures: consent.Figures) -> dict:
    """The sum of a month in figures and words, with the discount it rests on."""
    return {
        "amount": rupiah(figures.amount_now),
        "words": in_words(figures.amount_now),
        "full": rupiah(figures.amount_full),
        "ceiling": rupiah(figures.ceiling),
        "ceiling_words": in_words(figures.ceiling),
        "start": figures.start.label(),
        "payday": indonesian_weekday_date(figures.payday),
        "note": f"Dengan keringanan {consent.later_words(figures)}." if figures.discount_until else "",
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
        "e_signature": signatures.available(),
        "submit_label": "Saya sudah menandatangani, lanjut unggah",
    }
    return show(visit, "sponsorship/wizard/print.html", **context)


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
    kept, code = kept_papers(visit)
    context = {
        "papers": [paper for each in kept.values() for paper in each],
        "code": code,
        "figures": figures_words(mandates.figures_of(visit.registration, visit.now)),
        "opd": visit.registration.opd.name,
        "extra_errors": extra,
        "has_errors": bool(extra),
        "submit_label": "Kirim pendaftaran",
    }
    return show(visit, "sponsorship/wizard/send.html", **context)


def _submit(visit: Visit) -> Registration | list[Finding]:
    return submit(registration_id=visit.registration.pk, by=visit.donor, now=visit.now)
