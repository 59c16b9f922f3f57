"""The month's books: what came in and went out against the statement, the payment to BPJS, and the closing."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from autodebit import queries_books
from autodebit.actions import books as deeds
from autodebit.actions import remittance as payments
from autodebit.models import BankProfile, Batch, FollowUp, Remittance
from autodebit.rules.books import LABEL, Books, Kind
from autodebit.rules.lifecycle import BATCH
from config.clock import now
from opd_admin.books_forms import ConfirmForm, RemitForm, WithdrawForm, day_text
from opd_admin.replies import month_of_address
from opd_admin.views.batch_page import number
from registry.doors import earlier_answer, fresh_token, remember_answer, staff
from registry.models import User
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may
from sponsorship.rules.money import in_words, rupiah
from sponsorship.rules.months import JAKARTA, Month, indonesian_date, wib

CONFLICT = 409


@staff(Right.SEE_BATCHES, "GET")
def books(request: HttpRequest, period: str) -> HttpResponse:
    """The books of one month, for each bank that collects."""
    month = month_of_address(period)
    profiles = BankProfile.objects.filter(bank__active=True).select_related("bank").order_by("bank_id")
    context = {
        "month": month.label(),
        "period": period,
        "banks": [_bank(profile, period, request.user, len(profiles) > 1) for profile in profiles],
        "may_remit": may(request.user, Right.REMIT),
        "may_reconcile": may(request.user, Right.RECONCILE),
        "back_url": reverse("office-month", args=[period]),
        "form_token": fresh_token(),
    }
    return render(request, "opd_admin/books/month.html", context)


@staff(Right.REMIT, "GET", "POST")
def remit(request: HttpRequest, period: str, bank: str) -> HttpResponse:
    """Records a payment to BPJS of exactly what the month holds."""
    if request.method == "POST" and (answer := earlier_answer(request)) is not None:
        return answer
    month, profile = month_of_address(period), _profile(bank)
    held = queries_books.books_of(profile, period).held
    form = RemitForm(request.POST or None, request.FILES or None, initial={"paid_on": _today()})
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        said["evidence_file"] = said.pop("evidence").file
        with transaction.atomic():
            done = payments.record(profile=profile, period=period, by=request.user, now=now(), **said)
            if not isinstance(done, Finding):
                messages.success(request, f"Setoran {rupiah(done.amount)} dicatat.")
                return _done(request, period)
        _refuse(form, done)
    context = {
        "form": form,
        "month": month.label(),
        "held": rupiah(max(held, 0)),
        "held_words": in_words(max(held, 0)),
        "nothing": held <= 0,
    }
    return _form_page(request, "opd_admin/books/remit.html", context, _books_url(period))


@staff(Right.REMIT, "GET", "POST")
def confirm(request: HttpRequest, pk) -> HttpResponse:
    """BPJS's word that a payment arrived."""
    remittance = _remittance(pk)
    form = ConfirmForm(request.POST or None, initial={"confirmed_on": _today()})
    return _about_payment(
        request, remittance, form, payments.confirm, "opd_admin/books/confirm.html", "dikonfirmasi"
    )


@staff(Right.REMIT, "GET", "POST")
def withdraw(request: HttpRequest, pk) -> HttpResponse:
    """Takes back a payment that was recorded wrongly."""
    remittance = _remittance(pk)
    form = WithdrawForm(request.POST or None)
    return _about_payment(
        request, remittance, form, payments.withdraw, "opd_admin/books/withdraw.html", "dibatalkan"
    )


@staff(Right.CLOSE_MONTH, "GET", "POST")
def close(request: HttpRequest, period: str, bank: str) -> HttpResponse:
    """What is missing, or the button that closes the month."""
    if request.method == "POST" and (answer := earlier_answer(request)) is not None:
        return answer
    month, profile = month_of_address(period), _profile(bank)
    missing = deeds.why_not_close(profile, period, request.user, now())
    if request.method == "POST":
        with transaction.atomic():
            done = deeds.close(profile=profile, period=period, by=request.user, now=now())
            if not isinstance(done, Finding | tuple):
                messages.success(request, f"{month.label()} ditutup. Sidik angkanya {done.sha256[:16]}…")
                return _done(request, period)
        missing = (done,) if isinstance(done, Finding) else done
    context = {
        "month": month.label(),
        "missing": [finding.message for finding in missing],
        "figures": _figures(queries_books.books_of(profile, period)),
        "closing": queries_books.closing_of(profile, period),
        "bank": profile.bank.name,
    }
    status = CONFLICT if request.method == "POST" else 200
    return _form_page(request, "opd_admin/books/close.html", context, _books_url(period), status)


def _about_payment(
    request: HttpRequest, remittance: Remittance, form, act, template: str, word: str
) -> HttpResponse:
    if request.method == "POST":
        if (answer := earlier_answer(request)) is not None:
            return answer
        if form.is_valid():
            with transaction.atomic():
                done = act(remittance_id=remittance.pk, by=request.user, now=now(), **form.cleaned_data)
                if not isinstance(done, Finding):
                    messages.success(request, f"Setoran {rupiah(done.amount)} {word}.")
                    return _done(request, remittance.period)
            _refuse(form, done)
    context = {
        "form": form,
        "payment": _payment_row(remittance),
        "month": Month.parse(remittance.period).label(),
    }
    return _form_page(request, template, context, _books_url(remittance.period))


def _bank(profile: BankProfile, period: str, user: User, several: bool) -> dict:
    sums = queries_books.books_of(profile, period)
    closing = queries_books.closing_of(profile, period)
    payments_ = Remittance.objects.filter(profile=profile, period=period).select_related(
        "recorded_by", "confirmed_by"
    )
    claims = FollowUp.objects.filter(profile=profile, period=period, kind="receivable", state="open")
    return {
        "code": profile.pk,
        "name": profile.bank.name if several else "",
        "figures": _figures(sums),
        "rows": _rows(sums),
        "suspense": rupiah(sums.unexplained),
        "has_suspense": bool(sums.unexplained),
        "batches": _batches(profile, period),
        "payments": [_payment_row(payment) for payment in payments_],
        "held": sums.held > 0 and not closing,
        "claims": claims.count(),
        "claims_total": rupiah(sums.receivables_open),
        "missing": []
        if closing
        else [finding.message for finding in deeds.why_not_close(profile, period, user, now())],
        "closing": closing and _closing_row(closing),
        "may_close": not closing and may(user, Right.CLOSE_MONTH),
    }


def _figures(sums: Books) -> list[dict]:
    return [
        {"label": "Harus disetor ke BPJS", "value": rupiah(sums.to_remit)},
        {"label": "Sudah disetor", "value": rupiah(sums.remitted)},
        {"label": "Belum terjelaskan", "value": rupiah(sums.unexplained)},
        {"label": "Piutang terbuka", "value": rupiah(sums.receivables_open)},
    ]


def _rows(sums: Books) -> list[dict]:
    """Each kind of money: the books against what the statement explains."""
    rows = []
    for kind, amount in sums.entries().items():
        in_bank = sums.in_bank.get(kind, 0)
        if amount or in_bank or kind in (Kind.COLLECTED, Kind.REMITTED):
            rows.append(
                {
                    "label": LABEL[kind],
                    "books": rupiah(amount),
                    "bank": rupiah(in_bank),
                    "differs": amount != in_bank,
                    "difference": rupiah(amount - in_bank),
                }
            )
    return rows


def _batches(profile: BankProfile, period: str) -> list[dict]:
    batches = list(Batch.objects.filter(profile=profile, period=period).order_by("wave", "opened_at"))
    sums = queries_books.by_kind_of_batch(batch.pk for batch in batches)
    rows = []
    for batch in batches:
        state = BATCH.state(batch.state)
        collected, credited = sums.get((batch.pk, Kind.COLLECTED), (0, 0))
        rows.append(
            {
                "batch": batch,
                "state": state.label,
                "tone": state.tone,
                "count": number(batch.count),
                "asked": rupiah(batch.total),
                "collected": rupiah(collected),
                "credited": rupiah(credited),
            }
        )
    return rows


def _payment_row(payment: Remittance) -> dict:
    if payment.withdrawn_at:
        state, tone = f"Dibatalkan: {payment.withdrawn_reason}", "ended"
    elif payment.confirmed_on:
        state, tone = f"Dikonfirmasi {indonesian_date(payment.confirmed_on)}, {payment.confirmation}", "good"
    else:
        state, tone = "Menunggu konfirmasi BPJS", "wait"
    return {
        "payment": payment,
        "amount": rupiah(payment.amount),
        "paid_on": indonesian_date(payment.paid_on),
        "by": payment.recorded_by.full_name,
        "state": state,
        "tone": tone,
        "waits": tone == "wait",
    }


def _closing_row(closing) -> dict:
    return {
        "when": f"{indonesian_date(closing.at)}, {wib(closing.at)}",
        "who": closing.by.full_name,
        "sha256": closing.sha256,
    }


def _form_page(
    request: HttpRequest, template: str, context: dict, back: str, status: int = 200
) -> HttpResponse:
    return render(
        request, template, {**context, "form_token": fresh_token(), "back_url": back}, status=status
    )


def _refuse(form, finding: Finding) -> None:
    form.add_error(finding.field if finding.field in form.fields else None, finding.message)


def _done(request: HttpRequest, period: str) -> HttpResponse:
    remember_answer(request, _books_url(period))
    return redirect(_books_url(period))


def _books_url(period: str) -> str:
    return reverse("office-books", args=[period])


def _profile(bank: str) -> BankProfile:
    profile = BankProfile.objects.select_related("bank").filter(pk=bank).first()
    if profile is None:
        raise Http404
    return profile


def _remittance(pk) -> Remittance:
    found = Remittance.objects.select_related("recorded_by", "confirmed_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _today() -> str:
    return day_text(now().astimezone(JAKARTA).date())
