"""The practice bank: what a bank would answer to a delivered batch, its statement, and the practice month as a list.

Like every page below /demo/ it exists only where all people are made up. It reads, and changes nothing.
"""

from datetime import datetime, time
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from autodebit import queries_month, queries_rehearsal
from autodebit.formats import RESULTS, STATEMENTS
from autodebit.formats.lines import WIB, bank_word
from autodebit.labels import RESULT_FORMAT
from autodebit.models import BankProfile, Batch
from autodebit.rehearsal import statement
from autodebit.rehearsal.answers import (
    MARK,
    AnswerFile,
    Asked,
    Bank,
    SealedFile,
    TooLarge,
    answer_files,
)
from autodebit.rehearsal.csv_twin import Codes
from autodebit.rehearsal.scenarios import TOLD, Scenario
from autodebit.rules.lifecycle import BATCH
from autodebit.rules.runbook import steps
from config.clock import now
from opd_admin.practice import PRACTICE
from opd_admin.replies import attachment
from opd_admin.views.batch_page import number
from opd_admin.views.demo import jumps, only_in_demo
from opd_admin.views.month import STATE_WORDS
from registry.actions import documents
from registry.doors import public
from registry.queries import city
from sponsorship.models import Holiday
from sponsorship.queries import calendar
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month, indonesian_date, indonesian_weekday_date, wib

DELAY_OF_A_RETURN = 2
_STATEMENTS = {"statement_csv": "Mutasi CSV", "camt053": "Mutasi camt.053"}


@public("GET")
@only_in_demo
def practice(request: HttpRequest) -> HttpResponse:
    """The practice month from the cut-off to the closed books, and the batches the bank has."""
    moment, profile = now(), city().bank.profile
    months = queries_month.open_months(profile, moment) or [calendar().first_open_month(moment)]
    month = Month.parse(str(months[0]))
    context = {
        "month": month.label(),
        "todo": _todo(profile, month),
        "batches": [_batch_row(batch) for batch in queries_rehearsal.batches_at_the_bank()[:12]],
        "statements": _statement_rows(),
        "jumps": jumps(),
        "gate_on": city().salary_gate != "off",
        "moment": f"{indonesian_weekday_date(moment)}, {wib(moment)}",
    }
    return render(request, "opd_admin/rehearsal/practice.html", context)


@public("GET")
@only_in_demo
def batch_at_the_bank(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Which answers the bank can give to this batch: in plain words first, then the files."""
    batch = _batch(pk)
    context = {
        **_batch_row(batch),
        "scenarios": [(scenario.value, TOLD[scenario]) for scenario in Scenario],
        "too_early": _too_early(batch),
        "collection_day": indonesian_weekday_date(batch.collection_date),
        "back_url": reverse("demo_bank"),
    }
    return render(request, "opd_admin/rehearsal/batch.html", context)


@public("GET")
@only_in_demo
def scenario_page(request: HttpRequest, pk: UUID, scenario: str) -> HttpResponse:
    """What will happen, what the office has to do about it, and the files to fetch."""
    batch = _batch(pk)
    if scenario not in list(Scenario) or _too_early(batch):
        raise Http404
    context = {
        **_batch_row(batch),
        **_scenario(batch, Scenario(scenario)),
        "back_url": reverse("demo_bank_batch", args=[pk]),
    }
    return render(request, "opd_admin/rehearsal/scenario.html", context)


@public("GET")
@only_in_demo
def answer(request: HttpRequest, pk: UUID, scenario: str, name: str) -> HttpResponse:
    """One answer file, as the bank would send it. Fetched again it has the same bytes."""
    batch = _batch(pk)
    if scenario not in list(Scenario) or _too_early(batch):
        raise Http404
    files = _files(batch, Scenario(scenario))
    found = next((file for file in files if file.name == name), None)
    if found is None:
        raise Http404
    return attachment(found.data, RESULTS[found.format].CONTENT_TYPE, found.name)


@public("GET")
@only_in_demo
def statement_file(request: HttpRequest, bank: str, period: str, format: str) -> HttpResponse:
    """The statement of the collecting account for one month, up to today."""
    profile = get_object_or_404(BankProfile.objects.select_related("bank"), pk=bank)
    if format not in profile.statements or period not in queries_rehearsal.periods_with_batches(profile):
        raise Http404
    today = calendar().local_date(now())
    moved = queries_rehearsal.movements(profile, period, today)
    if not moved:
        raise Http404
    about = {
        "account": profile.creditor_account,
        "number": f"{MARK}-{period}-{today:%Y%m%d}",
        "until": today,
    }
    if format == "camt053":
        data = statement.as_camt053(moved, made_at=datetime.combine(today, time(18), WIB), **about)
    else:
        data = statement.as_table(moved, layout=profile.statements[format], **about)
    module = STATEMENTS[format]
    return attachment(data, module.CONTENT_TYPE, f"{MARK}_MUTASI_{period}_{today:%Y%m%d}.{module.EXTENSION}")


def _batch(pk: UUID) -> Batch:
    return get_object_or_404(queries_rehearsal.batches_at_the_bank(), pk=pk)


def _batch_row(batch: Batch) -> dict:
    state = BATCH.state(batch.state)
    return {
        "batch": batch,
        "title": f"{Month.parse(batch.period).label()} gelombang {batch.wave}",
        "bank": batch.profile.bank.name,
        "state": state.label,
        "tone": state.tone,
        "count": number(batch.count),
        "total": rupiah(batch.total),
    }


def _too_early(batch: Batch) -> bool:
    """No bank knows before the day of the debit how it went."""
    return calendar().local_date(now()) < batch.collection_date


def _scenario(batch: Batch, scenario: Scenario) -> dict:
    problem, files = "", []
    try:
        files = _files(batch, scenario)
    except TooLarge:
        problem = "Kumpulan ini terlalu besar untuk latihan: paling banyak 5.000 baris setiap berkas."
    if not files and not problem and scenario == Scenario.LATE_RETURN:
        problem = "Belum ada potongan yang berhasil, jadi belum ada yang dapat ditarik kembali."
    return {
        "key": scenario.value,
        "told": TOLD[scenario],
        "files": [(file, RESULT_FORMAT.get(file.format, file.format)) for file in files],
        "problem": problem,
    }


def _files(batch: Batch, scenario: Scenario) -> list[AnswerFile]:
    profile = batch.profile
    layouts = batch.profile_revision.content.get("layouts") if batch.profile_revision else None
    sealed = [
        SealedFile(
            file.format,
            (layouts or profile.layouts)[file.format],
            file.part,
            documents.read(file.sha256),
        )
        for file in batch.files.order_by("part", "format")
    ]
    office = calendar()
    taken = queries_rehearsal.taken_of(batch) if scenario == Scenario.LATE_RETURN else []
    bank = Bank(
        bank_word(profile.bank.name),
        profile.results,
        Codes(tuple(profile.reasons.values_list("meaning", "code"))),
        tuple(Holiday.objects.filter(works=False).values_list("day", flat=True)),
    )
    returned_on = min(
        office.working_days_after(batch.collection_date, DELAY_OF_A_RETURN),
        calendar().working_day_until(office.local_date(now())),
    )
    asked = Asked(batch.period, batch.wave, batch.collection_date, returned_on, tuple(taken))
    return answer_files(sealed, scenario, bank=bank, asked=asked)


def _statement_rows() -> list[dict]:
    rows = []
    today = calendar().local_date(now())
    for profile in BankProfile.objects.select_related("bank").order_by("bank_id"):
        for period in queries_rehearsal.periods_with_batches(profile)[:3]:
            moved = queries_rehearsal.movements(profile, period, today)
            links = [
                (_STATEMENTS.get(name, name), reverse("demo_bank_statement", args=[profile.pk, period, name]))
                for name in profile.statements
            ]
            rows.append(
                {
                    "month": Month.parse(period).label(),
                    "bank": profile.bank.name,
                    "bookings": [
                        (indonesian_date(m.booked_on), m.text, rupiah(m.amount))
                        for m in statement.in_order(moved)
                    ],
                    "links": links if moved else [],
                }
            )
    return rows


def _todo(profile: BankProfile, month: Month) -> list[dict]:
    """The practice month step by step; its state is what the month board says."""
    views = {
        view.step: view for view in steps(month, queries_month.facts_of(profile, month), calendar(), now())
    }
    rows = []
    for step, title, who, text, links in PRACTICE:
        label, tone = STATE_WORDS[views[step].state] if step else ("Latihan tambahan", "info")
        # In a practice nobody is late: the clock is moved by hand.
        label, tone = ("Giliran sekarang", "wait") if tone == "stop" else (label, tone)
        addresses = [(words, where.format(period=month)) for words, where in links]
        rows.append(
            {"title": title, "who": who, "text": text, "links": addresses, "state": label, "tone": tone}
        )
    return rows
