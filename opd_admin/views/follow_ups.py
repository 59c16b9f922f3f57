"""What no rule may decide: the work list, one case with all that a person needs, its end, an answer by hand."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from autodebit import queries_results
from autodebit.actions import answers, follow_ups
from autodebit.labels import OUTCOME
from autodebit.models import Attempt, FollowUp, ReasonCode
from autodebit.rules.lifecycle import ATTEMPT, FOLLOW_UP, OBLIGATION
from config.clock import now
from opd_admin.answer_forms import HandAnswerForm, SettleForm
from opd_admin.views.answer_page import history_entry, meaning_of
from opd_admin.views.batch_page import number
from opd_admin.views.batches import batch_url
from registry.doors import earlier_answer, fresh_token, remember_answer, staff
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may
from sponsorship.rules.lifecycle import MANDATE
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month, indonesian_date, wib

ROWS_PER_PAGE = 50
KINDS, WAYS = dict(FollowUp.KINDS), dict(FollowUp.OUTCOMES)
# What may be told by hand about a line in this state.
_MAY_BE_SAID = {
    "sent": ["succeeded", "failed"],
    "unknown": ["succeeded", "failed"],
    "succeeded": ["returned"],
}
_PROVEN = "Berhasil: bank membuktikan bahwa potongan ini terjadi"
_STANDS = "Jawaban yang tercatat tetap berlaku; yang tercatat gagal dapat ditagih lagi"
_HELP = {
    "hard_code": "Hubungi donatur. Bila rekeningnya dapat dipakai lagi, lanjutkan surat kuasanya; bila tidak, akhiri.",
    "unknown_answer": "Tanyakan kepada bank apa yang terjadi dengan baris ini, lalu catat jawabannya.",
    "contradiction": "Minta bank menjelaskan secara tertulis. Bila bank membuktikan bahwa potongan yang tercatat gagal "
    "ternyata terjadi, catat jawabannya dengan bukti; bila tidak, yang tercatat tetap berlaku.",
    "wrong_amount": "Tanyakan kepada bank jumlah yang benar-benar dipotong. Potongan sebagian tidak dicatat.",
    "late_return": "Putuskan apakah bulan ini ditagih lagi. Tanpa keputusan, tidak ada penagihan ulang.",
    "receivable": "BPJS sudah dibayar untuk bulan ini. Tagih lagi, tutup dengan dana lain, atau hapuskan.",
}


@staff(Right.SEE_BATCHES, "GET")
def work_list(request: HttpRequest) -> HttpResponse:
    """Open follow-ups, the longest waiting first: ?jenis=<kind>&bulan=<YYYY-MM>; ?status=done shows settled ones."""
    kind, period = request.GET.get("jenis", ""), request.GET.get("bulan", "").replace("\x00", "")
    state = "done" if request.GET.get("status") == "done" else "open"
    kind = kind if kind in KINDS else ""
    found = queries_results.follow_ups(state=state, kind=kind, period=period)
    page = Paginator(found, ROWS_PER_PAGE).get_page(request.GET.get("halaman"))
    counts = queries_results.follow_up_counts(period)
    chosen = {"jenis": kind, "bulan": period, "status": "done" if state == "done" else ""}
    context = {
        "page": page,
        "rows": _rows(list(page)),
        "kinds": [
            (value, label, number(counts.get(value, 0)), value == kind) for value, label in KINDS.items()
        ],
        "months": [
            (value, Month.parse(value).label(), value == period)
            for value in queries_results.follow_up_periods()
        ],
        "done": state == "done",
        "query": urlencode({name: value for name, value in chosen.items() if value}),
        "back_url": reverse("office"),
    }
    return render(request, "opd_admin/follow_ups/list.html", context)


@staff(Right.SEE_BATCHES, "GET")
def follow_up(request: HttpRequest, pk) -> HttpResponse:
    case = _follow_up(pk)
    return _page(request, case, SettleForm(ways=_ways(case)))


@staff(Right.FOLLOW_UP, "POST")
def settle(request: HttpRequest, pk) -> HttpResponse:
    if (answer := earlier_answer(request)) is not None:
        return answer
    case = _follow_up(pk)
    form = SettleForm(request.POST, ways=_ways(case))
    if not form.is_valid():
        return _page(request, case, form)
    with transaction.atomic():
        done = follow_ups.settle(follow_up_id=pk, by=request.user, now=now(), **form.cleaned_data)
        if not isinstance(done, Finding):
            messages.success(request, "Tindak lanjut selesai.")
            remember_answer(request, _url(done))
            return redirect(_url(done))
    if not done.field:
        messages.error(request, done.message)
        return redirect(_url(case))
    form.add_error(done.field, done.message)
    return _page(request, _follow_up(pk), form)


@staff(Right.IMPORT_RESULT, "GET", "POST")
def answer_by_hand(request: HttpRequest, pk) -> HttpResponse:
    """What the bank said of one line. Coming from a follow-up (?dari=) it leads back there."""
    if request.method == "POST" and (answer := earlier_answer(request)) is not None:
        return answer
    line = Attempt.objects.select_related("batch__profile__bank", "opd").filter(pk=pk).first()
    if line is None:
        raise Http404
    back = _back(request, line)
    outcomes = _may_be_said(line)
    if not outcomes:
        messages.info(request, "Jawaban bank untuk baris ini sudah tercatat.")
        return redirect(back)
    codes = _codes(line.batch.profile_id)
    form = HandAnswerForm(request.POST or None, request.FILES or None, outcomes=outcomes, codes=codes)
    if request.method == "POST" and form.is_valid():
        problem = _record(request, line, form)
        if problem is None:
            remember_answer(request, back)
            messages.success(request, "Jawaban bank dicatat.")
            return redirect(back)
        form.add_error(problem.field or None, problem.message)
    context = {
        "form": form,
        "form_token": fresh_token(),
        "rows": _line_rows(line),
        "proves": line.state == "failed",
        "month": Month.parse(line.batch.period).label(),
        "back_url": back,
    }
    return render(request, "opd_admin/follow_ups/answer.html", context)


def _may_be_said(line: Attempt) -> list[tuple[str, str]]:
    """The answers that may be recorded now; that a failed line was paid only while the bank contradicts itself."""
    if line.state == "failed":
        return [] if answers.why_not_prove(line) else [("succeeded", _PROVEN)]
    return [(outcome, OUTCOME[outcome]) for outcome in _MAY_BE_SAID.get(line.state, [])]


def _record(request: HttpRequest, line: Attempt, form: HandAnswerForm) -> Finding | None:
    said, paper = form.cleaned_data, form.cleaned_data["evidence"]
    done = answers.answer_by_hand(
        attempt_id=line.pk,
        outcome=said["outcome"],
        code=said["code"],
        reason=said["reason"],
        evidence_file=paper.read() if paper else None,
        by=request.user,
        now=now(),
    )
    return done if isinstance(done, Finding) else None


def _page(request: HttpRequest, case: FollowUp, form: SettleForm) -> HttpResponse:
    state, line = FOLLOW_UP.state(case.state), case.attempt
    ways = _ways(case)
    context = {
        "case": case,
        "kind": KINDS[case.kind],
        "help": _HELP[case.kind],
        "not_proven": _why_not_proven(case),
        "state": {"label": state.label, "tone": state.tone},
        "month": Month.parse(case.period).label(),
        "rows": _case_rows(case),
        "settled": _settled_rows(case) if case.state == "done" else None,
        "answer": case.answer,
        "form": form,
        "form_token": fresh_token(),
        "may_settle": case.state == "open" and bool(ways) and may(request.user, Right.FOLLOW_UP),
        "answer_url": _answer_url(case) if may(request.user, Right.IMPORT_RESULT) else "",
        "batch_url": batch_url(line.batch),
        "history": [history_entry(event) for event in queries_results.history_of_follow_up(case)],
        "back_url": reverse("office-follow-ups"),
    }
    return render(request, "opd_admin/follow_ups/case.html", context)


def _ways(case: FollowUp) -> list[tuple[str, str]]:
    """The ways out that are open now: what waits for the bank's answer is not called answered before, and a failure
    that the bank contradicts ends by the answer itself."""
    waits = ("sent", "unknown", "failed") if case.kind == "contradiction" else ("sent", "unknown")
    offered = [
        way for way in follow_ups.WAYS[case.kind] if not (way == "answered" and case.attempt.state in waits)
    ]
    return [(way, _way(case, way)) for way in offered]


def _way(case: FollowUp, way: str) -> str:
    return _STANDS if (case.kind, way) == ("contradiction", "noted") else WAYS[way]


def _why_not_proven(case: FollowUp) -> str:
    """Why a failed line with an open contradiction cannot be recorded as paid at this moment."""
    if case.state != "open" or case.kind != "contradiction" or case.attempt.state != "failed":
        return ""
    problem = answers.why_not_prove(case.attempt)
    return problem.message if problem else ""


def _answer_url(case: FollowUp) -> str:
    """Where the bank's word about the line is recorded, while one can still be."""
    asks = case.kind in ("unknown_answer", "contradiction", "wrong_amount")
    if case.state != "open" or not asks or not _may_be_said(case.attempt):
        return ""
    return f"{reverse('office-line-answer', args=[case.attempt_id])}?dari={case.pk}"


def _rows(cases: list[FollowUp]) -> list[dict]:
    return [
        {
            "url": _url(case),
            "kind": KINDS[case.kind],
            "reference": case.attempt.reference,
            "office": case.attempt.opd.name,
            "month": Month.parse(case.period).label(),
            "amount": rupiah(case.amount),
            "since": indonesian_date(case.opened_at),
            "end": WAYS.get(case.outcome, ""),
            "who": case.done_by.full_name if case.done_by else "",
        }
        for case in cases
    ]


def _line_rows(line: Attempt) -> list[dict]:
    rows = [
        {"label": "Rujukan", "value": line.reference},
        {"label": "Surat kuasa", "value": line.mandate_number},
        {"label": "Pemilik rekening", "value": line.account_holder},
        {"label": "OPD", "value": line.opd.name},
        {"label": "Jumlah", "value": rupiah(line.amount)},
        {"label": "Keadaan potongan", "value": ATTEMPT.state(line.state).label},
    ]
    if line.code:
        known = queries_results.reasons_of(line.batch.profile_id, [line.code])
        rows.append({"label": "Kode bank", "value": f"{line.code}: {meaning_of(line.code, known)}"})
    return rows


def _case_rows(case: FollowUp) -> list[dict]:
    line = case.attempt
    rows = [
        *_line_rows(line),
        {"label": "Kewajiban bulan ini", "value": OBLIGATION.state(line.obligation.state).label},
        {"label": "Surat kuasa saat ini", "value": MANDATE.state(line.mandate.state).label},
        {"label": "Dibuka", "value": f"{indonesian_date(case.opened_at)}, {wib(case.opened_at)}"},
    ]
    if case.answer:
        said = case.answer
        amount = "" if said.amount is None else f", {rupiah(said.amount)}"
        known = queries_results.reasons_of(case.profile_id, [said.code])
        code = f", {said.code}: {meaning_of(said.code, known)}" if said.code else ""
        rows.append({"label": "Kata bank", "value": f"{OUTCOME[said.outcome]}{amount}{code}"})
        if said.text:
            rows.append({"label": "Keterangan bank", "value": said.text})
    return rows


def _settled_rows(case: FollowUp) -> list[dict]:
    return [
        {"label": "Penyelesaian", "value": _way(case, case.outcome)},
        {"label": "Oleh", "value": case.done_by.full_name},
        {"label": "Pada", "value": f"{indonesian_date(case.done_at)}, {wib(case.done_at)}"},
        {"label": "Penjelasan", "value": case.reason},
    ]


def _codes(profile_id: str) -> list[tuple[str, str]]:
    known = ReasonCode.objects.filter(profile_id=profile_id).order_by("code")
    return [(reason.code, f"{reason.code}: {reason.meaning}") for reason in known]


def _back(request: HttpRequest, line: Attempt) -> str:
    try:
        wanted = UUID(request.GET.get("dari", ""))
    except ValueError:
        return batch_url(line.batch)
    case = FollowUp.objects.filter(pk=wanted, attempt=line).first()
    return _url(case) if case else batch_url(line.batch)


def _follow_up(pk) -> FollowUp:
    case = (
        FollowUp.objects.select_related(
            "attempt__opd",
            "attempt__batch",
            "attempt__obligation",
            "attempt__mandate",
            "answer__file",
            "done_by",
        )
        .filter(pk=pk)
        .first()
    )
    if case is None:
        raise Http404
    return case


def _url(case: FollowUp) -> str:
    return reverse("office-follow-up", args=[case.pk])
