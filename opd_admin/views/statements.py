"""Mutasi rekening: taking statements in, and explaining every booking until nothing is left in suspense."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count
from django.forms import formset_factory
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from autodebit import queries_books
from autodebit.actions import books as deeds
from autodebit.actions import statements as intake
from autodebit.actions.books import Part
from autodebit.models import Allocation, BankProfile, Batch, Statement, StatementLine
from autodebit.queries_suggestions import Suggestion, suggest
from autodebit.rules.books import LABEL, Kind
from config.clock import now
from opd_admin.books_forms import (
    MOST_PARTS,
    MOST_TYPED,
    PartForm,
    TypedForm,
    TypeInForm,
    UndoForm,
    UploadForm,
)
from registry.doors import earlier_answer, fresh_token, remember_answer, staff
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month, indonesian_date, wib

LINES_PER_PAGE = 50
CONFLICT = 409
_SHOWN_FAULTS = 50
_FORMATS = {"statement_csv": "CSV dari bank", "camt053": "camt.053 (ISO 20022)"}
_Typed = formset_factory(TypedForm, extra=MOST_TYPED, max_num=MOST_TYPED, absolute_max=MOST_TYPED)
_Parts = formset_factory(PartForm, extra=MOST_PARTS, max_num=MOST_PARTS, absolute_max=MOST_PARTS)


@staff(Right.SEE_BATCHES, "GET")
def statement_list(request: HttpRequest) -> HttpResponse:
    """Suspense first, then the statements with what each brought."""
    everything, profiles = request.GET.get("tampil") == "semua", _profiles()
    lines = (
        StatementLine.objects.select_related("profile__bank").order_by("-booked_on", "-id")
        if everything
        else queries_books.unexplained_lines(*profiles).select_related("profile__bank")
    )
    page = Paginator(lines, LINES_PER_PAGE).get_page(request.GET.get("halaman"))
    context = {
        "page": page,
        "rows": [_line_row(line) for line in page],
        "everything": everything,
        "suspense": rupiah(queries_books.suspense_of(*profiles)),
        "statements": [_statement_row(statement) for statement in _statements()],
        "may_reconcile": may(request.user, Right.RECONCILE),
    }
    return render(request, "opd_admin/books/statements.html", context)


@staff(Right.RECONCILE, "GET", "POST")
def upload(request: HttpRequest) -> HttpResponse:
    """A statement file of the bank; one with faults is refused as a whole, with every line number."""
    if request.method == "POST" and (answer := earlier_answer(request)) is not None:
        return answer
    form = UploadForm(request.POST or None, request.FILES or None, choices=_sources())
    faults: list[Finding] = []
    if request.method == "POST" and form.is_valid():
        bank, _, format = form.cleaned_data["source"].partition(":")
        file = form.cleaned_data["data"]
        with transaction.atomic():
            done = intake.receive(
                profile=BankProfile.objects.get(pk=bank),
                format=format,
                name=file.name,
                data=file.read(),
                by=request.user,
                now=now(),
            )
            if isinstance(done, Statement):
                return _taken_in(request, done)
        if isinstance(done, Finding):
            form.add_error("data", done.message)
        else:
            form.add_error(
                "data", f"Berkas ini memuat {done.faults} kesalahan, jadi tidak ada yang dicatat darinya."
            )
            faults = list(done.findings[:_SHOWN_FAULTS])
    context = {"form": form, "faults": [finding.message for finding in faults]}
    return _page(request, "opd_admin/books/upload.html", context, reverse("office-statements"))


@staff(Right.RECONCILE, "GET", "POST")
def type_in(request: HttpRequest) -> HttpResponse:
    """Bookings read from a paper statement, with a picture of it."""
    if request.method == "POST" and (answer := earlier_answer(request)) is not None:
        return answer
    choices = [(profile.pk, profile.bank.name) for profile in _profiles()]
    form = TypeInForm(request.POST or None, request.FILES or None, choices=choices)
    rows = _Typed(request.POST or None, prefix="mutasi")
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        bookings = [row.booking() for row in rows if row.booking()]
        with transaction.atomic():
            done = intake.type_in(
                profile=BankProfile.objects.get(pk=form.cleaned_data["source"]),
                bookings=bookings,
                evidence_file=form.cleaned_data["evidence"].file,
                by=request.user,
                now=now(),
            )
            if isinstance(done, Statement):
                return _taken_in(request, done)
        form.add_error("evidence" if done.field == "evidence" else None, done.message)
    context = {"form": form, "rows": rows}
    return _page(request, "opd_admin/books/type_in.html", context, reverse("office-statements"))


@staff(Right.SEE_BATCHES, "GET", "POST")
def line(request: HttpRequest, pk: int) -> HttpResponse:
    """One booking: what it was for, and, for who reconciles, the proposals and the form."""
    booking = _line(pk)
    reconciles = may(request.user, Right.RECONCILE)
    if request.method == "POST" and not reconciles:
        raise PermissionDenied
    forms = _Parts(request.POST or None, prefix="bagian", form_kwargs={"abouts": _abouts(booking)})
    refusal = None
    if request.method == "POST":
        if (answer := earlier_answer(request)) is not None:
            return answer
        if forms.is_valid():
            parts = [form.part() for form in forms if form.part()]
            refusal = _explain(request, booking, parts)
            if isinstance(refusal, HttpResponse):
                return refusal
    return _line_page(request, booking, forms, refusal, reconciles)


@staff(Right.RECONCILE, "POST")
def take_suggestion(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes one of the proposals, worked out anew: what the page showed must still be proposed."""
    if (answer := earlier_answer(request)) is not None:
        return answer
    booking = _line(pk)
    chosen = next((each for each in suggest(booking) if _key(each) == request.POST.get("usulan")), None)
    if chosen is None:
        messages.error(request, "Usulan ini tidak berlaku lagi. Periksa keadaan terbaru.")
        return redirect("office-statement-line", pk)
    parts = [Part(part.period, part.kind, part.batch_id, part.amount) for part in chosen.parts]
    refusal = _explain(request, booking, parts)
    if isinstance(refusal, HttpResponse):
        return refusal
    messages.error(request, refusal.message)
    return redirect("office-statement-line", pk)


@staff(Right.RECONCILE, "GET", "POST")
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes an explanation back by its opposite."""
    if request.method == "POST" and (answer := earlier_answer(request)) is not None:
        return answer
    allocation = Allocation.objects.select_related("line", "batch", "by", "undone_by").filter(pk=pk).first()
    if allocation is None:
        raise Http404
    url = reverse("office-statement-line", args=[allocation.line_id])
    form = UndoForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            done = deeds.undo(allocation_id=pk, by=request.user, now=now(), **form.cleaned_data)
            if not isinstance(done, Finding):
                messages.success(request, "Penjelasan dibatalkan.")
                remember_answer(request, url)
                return redirect(url)
        form.add_error(done.field or None, done.message)
    context = {"form": form, "allocation": _allocation_row(allocation), "line": _line_row(allocation.line)}
    return _page(request, "opd_admin/books/undo.html", context, url)


def _explain(request: HttpRequest, booking: StatementLine, parts: list[Part]) -> HttpResponse | Finding:
    with transaction.atomic():
        done = deeds.explain(line_id=booking.pk, parts=parts, by=request.user, now=now())
        if isinstance(done, Finding):
            return done
        messages.success(request, "Mutasi ini sekarang terjelaskan.")
        url = reverse("office-statement-line", args=[booking.pk])
        remember_answer(request, url)
        return redirect(url)


def _line_page(
    request: HttpRequest, booking, forms, refusal: Finding | None, reconciles: bool
) -> HttpResponse:
    left = queries_books.left_of(booking)
    allocations = booking.allocations.select_related("batch", "by", "undoes", "undone_by").order_by("pk")
    context = {
        "line": _line_row(booking),
        "left": rupiah(left),
        "is_open": bool(left),
        "allocations": [_allocation_row(allocation) for allocation in allocations],
        "suggestions": [_suggestion_row(each) for each in suggest(booking)] if left and reconciles else [],
        "forms": forms if left and reconciles else None,
        "refusal": refusal and refusal.message,
        "may_reconcile": reconciles,
    }
    status = CONFLICT if refusal is not None and not refusal.field else 200
    return _page(request, "opd_admin/books/line.html", context, reverse("office-statements"), status)


def _taken_in(request: HttpRequest, statement: Statement) -> HttpResponse:
    new = statement.lines.count()
    messages.success(
        request, f"{statement.name} tercatat: {new} mutasi baru; yang sudah ada tidak dicatat dua kali."
    )
    url = reverse("office-statements")
    remember_answer(request, url)
    return redirect(url)


def _profiles() -> list[BankProfile]:
    return list(BankProfile.objects.filter(bank__active=True).select_related("bank").order_by("bank_id"))


def _sources() -> list[tuple[str, str]]:
    return [
        (f"{profile.pk}:{format}", f"{profile.bank.name}, {_FORMATS.get(format, format)}")
        for profile in _profiles()
        for format in profile.statements
    ]


def _statements():
    rows = Statement.objects.select_related("received_by", "profile__bank").annotate(new=Count("lines"))
    return rows.order_by("-received_at")[:12]


def _line(pk: int) -> StatementLine:
    found = StatementLine.objects.select_related("profile__bank", "statement").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _abouts(booking: StatementLine) -> list[tuple[str, str]]:
    """Months and batches a booking may be about, newest first."""
    states = ("delivered", "reconciled", "closed")
    batches = list(
        Batch.objects.filter(profile=booking.profile, state__in=states).order_by("-period", "-wave")[:24]
    )
    periods = sorted({batch.period for batch in batches}, reverse=True)
    choices = []
    for period in periods:
        month = Month.parse(period).label()
        choices += [
            (f"{period}:{batch.pk}", f"{month}, gelombang {batch.wave}")
            for batch in batches
            if batch.period == period
        ]
        choices.append((period, f"{month}, seluruh bulan"))
    return choices


def _line_row(booking: StatementLine) -> dict:
    left = getattr(booking, "left", None)
    return {
        "line": booking,
        "day": indonesian_date(booking.booked_on),
        "amount": rupiah(booking.amount),
        "direction": "Masuk" if booking.amount > 0 else "Keluar",
        "text": booking.text,
        "left": rupiah(left) if left is not None else "",
    }


def _statement_row(statement: Statement) -> dict:
    closing = statement.head.get("closing")
    return {
        "statement": statement,
        "when": f"{indonesian_date(statement.received_at)}, {wib(statement.received_at)}",
        "who": statement.received_by.full_name,
        "lines": statement.new,
        "closing": rupiah(closing) if isinstance(closing, int) else "",
    }


def _allocation_row(allocation: Allocation) -> dict:
    batch = f", gelombang {allocation.batch.wave}" if allocation.batch else ""
    return {
        "allocation": allocation,
        "kind": LABEL[Kind(allocation.kind)],
        "about": Month.parse(allocation.period).label() + batch,
        "amount": rupiah(allocation.amount),
        "reason": allocation.reason,
        "by": allocation.by.full_name if allocation.by else "Sistem",
        "when": indonesian_date(allocation.at),
        "is_undo": bool(allocation.undoes_id),
        "undone": hasattr(allocation, "undone_by"),
    }


def _suggestion_row(suggestion: Suggestion) -> dict:
    return {
        "why": suggestion.why,
        "key": _key(suggestion),
        "parts": [
            {
                "kind": LABEL[part.kind],
                "month": Month.parse(part.period).label(),
                "amount": rupiah(part.amount),
            }
            for part in suggestion.parts
        ],
    }


def _key(suggestion: Suggestion) -> str:
    """What a proposal says, so that another one is never taken in its place."""
    return ";".join(f"{part.period},{part.kind},{part.batch_id},{part.amount}" for part in suggestion.parts)


def _page(request: HttpRequest, template: str, context: dict, back: str, status: int = 200) -> HttpResponse:
    return render(
        request, template, {**context, "form_token": fresh_token(), "back_url": back}, status=status
    )
