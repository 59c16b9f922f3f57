"""A donor's own sponsorship with its money: the summary, every debit, and the papers to take home."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from autodebit import labels_own, queries_own
from autodebit.models import Attempt
from autodebit.printing_own import (
    Certificate,
    Receipt,
    ReceiptLine,
    Sender,
    YearLine,
    YearStatement,
    render_certificate,
    render_receipt,
    render_year,
)
from autodebit.queries_ahead import NextDebit, next_debit
from autodebit.queries_own import OwnDebit, OwnMonth, covers_of, own_months
from autodebit.views import own_words
from autodebit.views.own_cover import warnings_of, worker_rows
from registry.queries import city
from registry.rules.display import mask
from sponsorship.printing import PrintingError
from sponsorship.queries import calendar
from sponsorship.rules.money import in_words, rupiah
from sponsorship.rules.months import indonesian_weekday_date
from sponsorship.wizard import limits
from sponsorship.wizard.own_pages import show_own
from sponsorship.wizard.views.pages import Visit, own
from sponsorship.wizard.views.status import private, status_context

LAST_SHOWN = 3
NOT_NOW = (
    "Berkas ini sedang tidak dapat dibuat. Coba lagi nanti, atau hubungi layanan bantuan; data Anda aman."
)
NO_CERTIFICATE = "Piagam Anda tersedia sesudah potongan pertama berhasil."


@own("GET")
def status(visit: Visit) -> HttpResponse:
    office = calendar()
    months = own_months(visit.donor, office, visit.now)
    promise = status_context(visit)
    covers = covers_of(months, office, visit.now)
    runs = promise["goes_on"] and any(month.protected for month in months)
    if runs:
        word = promise["mandate_state"]
        promise["page_title"] = "Perlindungan Anda"
        promise["state"] = {"label": f"Surat kuasa {word.label.lower()}", "tone": word.tone}
    workers = worker_rows(promise["sponsorships"], covers, months)
    context = {
        **promise,
        "runs": runs,
        "next": _next(next_debit(visit.donor, months, office, visit.now), months, promise),
        "workers": workers,
        "warnings": warnings_of(workers),
        "last_months": [own_words.row_of(month) for month in months[:LAST_SHOWN]],
        "more_months": len(months) > LAST_SHOWN,
        "years": own_words.timeline(promise["happenings"], months, office),
        "has_certificate": any(month.kept for month in months),
    }
    return show_own(visit, "autodebit/own/status.html", here="status", **context)


def _next(ahead: NextDebit, months: list[OwnMonth], promise: dict[str, Any]) -> dict[str, Any] | None:
    """The card of the next debit; None while a first registration is only being filled in."""
    if ahead.why == "not_sent" or (promise["stopped"] and not ahead.day):
        return None
    card = {
        "day": indonesian_weekday_date(ahead.day) if ahead.day else "",
        "month": ahead.month.label() if ahead.month else "",
        "amount": rupiah(ahead.amount),
        "amount_words": in_words(ahead.amount),
        "workers": ahead.workers,
        "fixed": ahead.fixed,
        "asked": ahead.asked,
    }
    if not ahead.why:
        return card
    headline, what_to_do = labels_own.NO_DEBIT[ahead.why]
    hard = next((month.last for month in months if month.last and month.last.hard), None)
    if ahead.why == "suspended" and hard:
        what_to_do = f"{what_to_do} {' '.join(own_words.words_of_bank(hard))}"
    return {**card, "why": headline, "what_to_do": what_to_do}


@own("GET")
def money(visit: Visit) -> HttpResponse:
    """Every month, one year at a time; without a year the latest."""
    office = calendar()
    months = own_months(visit.donor, office, visit.now)
    years = sorted({month.month.year for month in months}, reverse=True)
    asked = visit.request.GET.get("tahun", "")
    year = next((known for known in years if str(known) == asked), years[0] if years else None)
    shown = [month for month in months if month.month.year == year]
    context = {
        "years": years,
        "year": year,
        "rows": [own_words.row_of(month) for month in shown],
        "kept": rupiah(sum(month.kept for month in shown)),
        "kept_in_all": rupiah(sum(month.kept for month in months)),
        "has_year": any(month.debited for month in shown),
        "has_certificate": any(month.kept for month in months),
    }
    return show_own(
        visit, "autodebit/own/money.html", here="own_money", page_title="Potongan dan tanda terima", **context
    )


@own("GET")
def receipt(visit: Visit, reference: str) -> HttpResponse:
    """The receipt of one line of this donor that brought money; any other reference is unknown here."""
    months = own_months(visit.donor, calendar(), visit.now)
    found = queries_own.collected_debits(months).get(reference)
    if found is None:
        raise Http404
    return _paper(visit, f"tanda-terima-{reference}", lambda: render_receipt(_receipt(visit, *found)))


def _receipt(visit: Visit, month: OwnMonth, debit: OwnDebit) -> Receipt:
    attempt = Attempt.objects.select_related("batch__profile__bank").get(pk=debit.attempt_id)
    return Receipt(
        sender=_sender(),
        reference=debit.reference,
        donor=visit.donor.name or attempt.account_holder,
        month=month.month.label(),
        day=debit.day,
        amount=debit.amount,
        lines=tuple(ReceiptLine(share.worker, share.programme, share.amount) for share in month.shares),
        bank=attempt.batch.profile.bank.name,
        account=mask(attempt.account, "account"),
        mandate=attempt.mandate_number,
        confirmed_on=month.confirmed_on if not debit.gone else None,
        gone=debit.gone,
        gone_on=debit.gone_on,
        printed_on=calendar().local_date(visit.now),
    )


@own("GET")
def year_statement(visit: Visit, year: int) -> HttpResponse:
    """The statement of a year in which something was debited."""
    office = calendar()
    months = [month for month in own_months(visit.donor, office, visit.now) if month.month.year == year]
    if not any(month.debited for month in months):
        raise Http404
    statement = YearStatement(
        sender=_sender(),
        year=year,
        donor=visit.donor.name,
        lines=tuple(
            YearLine(
                month.month.label(),
                month.last.reference if month.last and month.debited else "",
                month.debited,
                month.given_back,
                labels_own.STANDING[month.standing][0],
            )
            for month in reversed(months)
        ),
        workers=tuple(queries_own.kept_by_worker(months)),
        printed_on=office.local_date(visit.now),
    )
    return _paper(visit, f"rekap-{year}", lambda: render_year(statement))


@own("GET")
def certificate(visit: Visit) -> HttpResponse:
    """Worth sharing: the donor's name, since when, how many workers; nothing about any of them."""
    office = calendar()
    kept = [month for month in own_months(visit.donor, office, visit.now) if month.kept]
    if not kept:
        messages.info(visit.request, NO_CERTIFICATE)
        return redirect("status")
    sheet = Certificate(
        sender=_sender(),
        donor=visit.donor.name or visit.registration.name,
        since=kept[-1].month.label(),
        months=len(kept),
        workers=len({share.sponsorship_id for month in kept for share in month.shares}),
        printed_on=office.local_date(visit.now),
    )
    return _paper(visit, "piagam-orang-tua-asuh", lambda: render_certificate(sheet))


def _sender() -> Sender:
    profile = city()
    return Sender(
        government=profile.government,
        programme=profile.programme,
        office=profile.office,
        help_phone=profile.help_phone,
        help_hours=profile.help_hours,
        city=profile.name,
    )


def _paper(visit: Visit, name: str, print_it: Callable[[], bytes]) -> HttpResponse:
    over = limits.too_many(visit.request, "cetak", str(visit.donor.pk), limits.PAPERS)
    if over:
        return over
    try:
        data = print_it()
    except PrintingError:
        messages.error(visit.request, NOT_NOW)
        return redirect("own_money")
    return private(data, "application/pdf", f"attachment; filename={name}.pdf")
