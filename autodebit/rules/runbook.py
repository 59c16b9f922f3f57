"""The month as a list of steps: who is at it, until when, what is missing. Nothing is stored, all of it is computed.

The deadlines follow the calendar of the office: payday is the first working day of the month, the remittance day
the 10th or the working day before. Days are Asia/Jakarta days, deadlines are moments in UTC.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from autodebit.rules import gate
from autodebit.rules.due import collection_day, remittance_day
from autodebit.rules.lifecycle import ENDED_BATCH
from autodebit.rules.retry import last_day_to_retry
from registry.rules.roles import Role
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Calendar, Month

RESULT_WORKING_DAYS = 3
CLOSE_WORKING_DAYS = 5
APPROVALS_NEEDED = 2

State = Literal["done", "now", "late", "later", "not_needed"]


class Step(StrEnum):
    BUILD = "build"
    GATE = "gate"
    APPROVE = "approve"
    SEAL = "seal"
    HAND_OVER = "hand_over"
    RESULTS = "results"
    RETRY = "retry"
    RECONCILE = "reconcile"
    REMIT = "remit"
    CLOSE = "close"


LABEL = {
    Step.BUILD: "Menyusun kumpulan potongan",
    Step.GATE: "Memastikan gaji sudah masuk",
    Step.APPROVE: "Menyetujui",
    Step.SEAL: "Menyegel berkas",
    Step.HAND_OVER: "Menyerahkan ke bank",
    Step.RESULTS: "Menerima jawaban bank",
    Step.RETRY: "Menagih ulang yang gagal",
    Step.RECONCILE: "Mencocokkan dengan mutasi rekening",
    Step.REMIT: "Menyetor ke BPJS Ketenagakerjaan",
    Step.CLOSE: "Menutup bulan",
}

OWNER = {
    Step.BUILD: "system",
    Step.GATE: Role.OPD_TREASURER,
    Step.APPROVE: Role.LABOUR_APPROVER,
    Step.SEAL: Role.LABOUR_OPERATOR,
    Step.HAND_OVER: Role.LABOUR_OPERATOR,
    Step.RESULTS: "bank",
    Step.RETRY: Role.LABOUR_OPERATOR,
    Step.RECONCILE: Role.LABOUR_OPERATOR,
    Step.REMIT: Role.LABOUR_OPERATOR,
    Step.CLOSE: Role.LABOUR_APPROVER,
}
# Once late, these are the office's turn: it starts the build, decides about the OPD, asks the bank.
_OFFICE_TAKES_OVER = (Step.BUILD, Step.GATE, Step.RESULTS)

_AFTER = {
    Step.BUILD: (),
    Step.GATE: (Step.BUILD,),
    Step.APPROVE: (Step.BUILD, Step.GATE),
    Step.SEAL: (Step.APPROVE, Step.GATE),
    Step.HAND_OVER: (Step.SEAL,),
    Step.RESULTS: (Step.HAND_OVER,),
    Step.RETRY: (Step.HAND_OVER,),
    Step.RECONCILE: (Step.RESULTS, Step.RETRY),
    Step.REMIT: (Step.RETRY, Step.RECONCILE),
    Step.CLOSE: (Step.RECONCILE, Step.REMIT),
}

_HANDED_OVER = ("delivered", "reconciled", "closed")
_SEALED = ("sealed", *_HANDED_OVER)
_APPROVED = ("approved", *_SEALED)


@dataclass(frozen=True)
class WaveFacts:
    """One batch of the month: wave, state, approvals of its present revision, when it was sealed and handed over (UTC),
    lines without a final answer, lines, rupiah, why it could not be built, and the bank when the city has several."""

    wave: int
    state: str
    approvals: int = 0
    sealed_at: datetime | None = None
    delivered_at: datetime | None = None
    unanswered: int = 0
    lines: int = 0
    total: int = 0
    build_note: str = ""
    bank: str = ""

    @property
    def name(self) -> str:
        return f"Gelombang {self.wave} ({self.bank})" if self.bank else f"Gelombang {self.wave}"


@dataclass(frozen=True)
class MonthFacts:
    """What the steps are computed from.

    `opd_waiting`: OPDs with lines that neither confirmed nor were decided about (`gate.may_seal`); `opd_let_go`: those
    without a line in the first wave. `open_follow_ups`: tasks for a person, those about a receivable apart, which the
    month may close with. `retry_candidates`: debits that `retry.why_no_retry` lets through. `suspense`: rupiah on the
    statement without an explanation, without sign. `books_differ`: number of `books.differences`. `held`: rupiah
    collected and not yet remitted.
    """

    gate_on: bool
    waves: tuple[WaveFacts, ...] = ()
    opd_waiting: int = 0
    open_follow_ups: int = 0
    retry_candidates: int = 0
    suspense: int = 0
    books_differ: int = 0
    remitted: bool = False
    remittance_confirmed: bool = False
    held: int = 0
    closed: bool = False
    opd_let_go: int = 0

    @property
    def live(self) -> tuple[WaveFacts, ...]:
        return tuple(wave for wave in self.waves if wave.state not in ENDED_BATCH)

    @property
    def first(self) -> tuple[WaveFacts, ...]:
        """The first wave of each bank; a rejected or voided one is followed by another."""
        firsts: dict[str, WaveFacts] = {}
        for wave in self.live:
            known = firsts.setdefault(wave.bank, wave)
            if wave.wave < known.wave:
                firsts[wave.bank] = wave
        return tuple(firsts.values())

    @property
    def further(self) -> tuple[WaveFacts, ...]:
        return tuple(wave for wave in self.live if wave not in self.first)

    @property
    def handed_over(self) -> tuple[WaveFacts, ...]:
        return tuple(wave for wave in self.live if wave.state in _HANDED_OVER)


@dataclass(frozen=True)
class StepView:
    """One step: `owner` is a Role, "system" or "bank"; `deadline` UTC; `missing` Indonesian; `aside`: nobody waits."""

    step: Step
    owner: str
    deadline: datetime
    state: State
    missing: tuple[str, ...] = ()
    aside: bool = False

    @property
    def label(self) -> str:
        return LABEL[self.step]


@dataclass(frozen=True)
class _Standing:
    """How far a step is, before the clock and the steps before it are asked."""

    done: bool
    missing: tuple[str, ...] = ()
    needed: bool = True
    begun: bool = True
    aside: bool = False


def results_due(month: Month, calendar: Calendar, delivered_at: datetime | None) -> datetime:
    """Until when the bank's answers are awaited: three working days after the hand over, 16.00.

    Without a hand over it is counted from payday; with an early one the bank still has the working day after payday.
    """
    payday = calendar.payday(month)
    if delivered_at is None:
        return calendar.at(calendar.working_days_after(payday, RESULT_WORKING_DAYS), 16)
    day = calendar.working_days_after(calendar.local_date(delivered_at), RESULT_WORKING_DAYS)
    return calendar.at(max(day, calendar.working_days_after(payday, 1)), 16)


def deadlines(
    month: Month, calendar: Calendar, gate_on: bool, delivered_at: datetime | None = None
) -> dict[Step, datetime]:
    """Until when (UTC) each step has to be done; the moment itself is late.

    With the salary gate the batch leaves on payday, else the working day before. No step up to the hand over is due
    before the one it follows, also when a city cuts off late.
    """
    payday, remittance = calendar.payday(month), remittance_day(month, calendar)
    leaves = payday if gate_on else calendar.working_days_before(payday, 1)
    approve, seal, hand_over = (14, 15, 16) if gate_on else (12, 14, 15)
    built = calendar.cutoff(month) + timedelta(hours=1)
    return {
        Step.BUILD: built,
        Step.APPROVE: max(built, calendar.at(leaves, approve)),
        Step.GATE: gate.deadline(month, calendar),
        Step.SEAL: max(built, calendar.at(leaves, seal)),
        Step.HAND_OVER: max(built, calendar.at(leaves, hand_over)),
        Step.RESULTS: results_due(month, calendar, delivered_at),
        Step.RETRY: calendar.at(last_day_to_retry(month, calendar), 12),
        Step.RECONCILE: calendar.at(calendar.working_days_before(remittance, 1), 16),
        Step.REMIT: calendar.at(remittance, 12),
        Step.CLOSE: calendar.at(calendar.working_days_after(remittance, CLOSE_WORKING_DAYS), 16),
    }


def steps(month: Month, facts: MonthFacts, calendar: Calendar, now: datetime) -> tuple[StepView, ...]:
    """All ten steps in their order, as they stand at `now` (aware)."""
    due = deadlines(month, calendar, facts.gate_on, _awaited(facts))
    standings = _standings(month, facts, calendar, now)
    return tuple(_view(step, standings, due[step], now, facts.closed) for step in Step)


def where(views: Iterable[StepView]) -> StepView:
    """The one glance: the first late step, else the first to be done now, else the next, else the last; asides last."""
    views = sorted(views, key=lambda view: view.aside)
    for state in ("late", "now", "later"):
        for view in views:
            if view.state == state:
                return view
    return views[-1]


def late_steps(views: Iterable[StepView]) -> tuple[StepView, ...]:
    """The steps that raise an alarm to their owner."""
    return tuple(view for view in views if view.state == "late")


def _awaited(facts: MonthFacts) -> datetime | None:
    """The hand over that the next answer is counted from: the earliest with lines unanswered, else the earliest."""
    handed_over = [wave for wave in facts.handed_over if wave.delivered_at]
    waiting = [wave for wave in handed_over if wave.unanswered] or handed_over
    return min((wave.delivered_at for wave in waiting if wave.delivered_at), default=None)


def _view(
    step: Step, standings: dict[Step, _Standing], deadline: datetime, now: datetime, closed: bool
) -> StepView:
    standing, owner = standings[step], OWNER[step]
    if not standing.needed:
        return StepView(step, owner, deadline, "not_needed", standing.missing)
    if standing.done or closed:
        return StepView(step, owner, deadline, "done")
    ahead = {s: standings[s] for s in _AFTER[step]}
    before = next((s for s, its in ahead.items() if its.needed and not (its.done or its.aside)), None)
    missing = (f"Menunggu langkah sebelumnya: {LABEL[before]}.",) if before else standing.missing
    if now >= deadline and missing:
        owner = Role.LABOUR_OPERATOR if step in _OFFICE_TAKES_OVER else owner
        return StepView(step, owner, deadline, "late", missing, standing.aside)
    if before or not standing.begun:
        return StepView(step, owner, deadline, "later")
    return StepView(step, owner, deadline, "now", missing, standing.aside)


def _standings(month: Month, facts: MonthFacts, calendar: Calendar, now: datetime) -> dict[Step, _Standing]:
    built = _build(month, facts, calendar, now)
    results = _results(facts)
    retry = _retry(month, facts, calendar, now, results.done)
    reconcile = _reconcile(facts, results.done)
    settled = reconcile.done and (retry.done or not retry.needed)
    return {
        Step.BUILD: built,
        Step.APPROVE: _approve(facts),
        Step.GATE: _gate(month, facts, calendar, now, built.done),
        Step.SEAL: _reached(facts.first, _SEALED, "sudah disetujui dan belum disegel"),
        Step.HAND_OVER: _reached(facts.first, _HANDED_OVER, "sudah disegel dan belum diserahkan ke bank"),
        Step.RESULTS: results,
        Step.RETRY: retry,
        Step.RECONCILE: reconcile,
        Step.REMIT: _remit(facts, settled),
        Step.CLOSE: _close(facts),
    }


def _build(month: Month, facts: MonthFacts, calendar: Calendar, now: datetime) -> _Standing:
    begun = now >= calendar.cutoff(month)
    unbuilt = [wave for wave in facts.first if wave.state == "open"]
    if facts.first and not unbuilt:
        return _Standing(True)
    if unbuilt:
        missing = [
            f"{wave.name} belum dapat disusun: {wave.build_note}"
            if wave.build_note
            else f"{wave.name} sedang disusun."
            for wave in unbuilt
        ]
        return _Standing(False, tuple(missing), begun=begun)
    missing = [f"{wave.name} ditolak bank." for wave in facts.waves if wave.state == "bank_rejected"]
    missing += [f"{wave.name} dibatalkan." for wave in facts.waves if wave.state == "voided"]
    if collection_day(month, calendar.local_date(now), calendar) is None:
        missing.append(f"{month.label()} tidak dapat lagi ditagih sebelum batas setor.")
    else:
        missing.append(f"Kumpulan potongan {month.label()} belum disusun.")
    return _Standing(False, tuple(missing), begun=begun)


def _approve(facts: MonthFacts) -> _Standing:
    missing = tuple(_approval_missing(wave) for wave in facts.first if wave.state == "frozen")
    done = bool(facts.first) and all(wave.state in _APPROVED for wave in facts.first)
    return _Standing(done, missing)


def _approval_missing(wave: WaveFacts) -> str:
    wanted = APPROVALS_NEEDED - wave.approvals
    content = f"{_count(wave.lines)} potongan, {rupiah(wave.total)}"
    return f"{wave.name} menunggu {wanted} persetujuan: {content}."


def _gate(month: Month, facts: MonthFacts, calendar: Calendar, now: datetime, built: bool) -> _Standing:
    if not facts.gate_on:
        return _Standing(False, needed=False)
    begun, aside = calendar.local_date(now) >= calendar.payday(month), facts.opd_waiting == facts.opd_let_go
    missing = f"{facts.opd_waiting} OPD belum memastikan gaji {month.label()} sudah masuk."
    return _Standing(built and not facts.opd_waiting, (missing,), True, begun, aside)


def _reached(waves: tuple[WaveFacts, ...], states: tuple[str, ...], words: str) -> _Standing:
    behind = tuple(f"{wave.name} {words}." for wave in waves if wave.state not in states)
    return _Standing(bool(waves) and not behind, behind)


def _results(facts: MonthFacts) -> _Standing:
    missing = tuple(
        f"{wave.name}: {_count(wave.unanswered)} dari {_count(wave.lines)} potongan belum dijawab bank."
        for wave in facts.handed_over
        if wave.unanswered
    )
    all_out = bool(facts.first) and all(wave.state in _HANDED_OVER for wave in facts.first)
    return _Standing(all_out and not missing, missing)


def _retry(month: Month, facts: MonthFacts, calendar: Calendar, now: datetime, answered: bool) -> _Standing:
    """Every wave after the first, until it is with the bank. When the last day is over nothing more can be tried."""
    over = calendar.local_date(now) > last_day_to_retry(month, calendar)
    missing = [_wave_missing(wave) for wave in facts.further if wave.state not in _HANDED_OVER]
    if missing or (facts.retry_candidates and not over):
        if facts.retry_candidates and not over:
            missing.append(f"{_count(facts.retry_candidates)} potongan dapat ditagih lagi.")
        return _Standing(False, tuple(missing))
    if facts.further:
        return _Standing(True)
    if facts.retry_candidates:
        words = f"{_count(facts.retry_candidates)} potongan tidak sempat ditagih lagi bulan ini."
        return _Standing(False, (words,), needed=False)
    return _Standing(False, needed=not (answered or over), begun=False)


def _wave_missing(wave: WaveFacts) -> str:
    words = {
        "open": f"sedang disusun: {wave.build_note}" if wave.build_note else "sedang disusun.",
        "approved": "sudah disetujui dan belum disegel.",
        "sealed": "sudah disegel dan belum diserahkan ke bank.",
    }
    return _approval_missing(wave) if wave.state == "frozen" else f"{wave.name} {words[wave.state]}"


def _reconcile(facts: MonthFacts, answered: bool) -> _Standing:
    missing = [
        f"{wave.name} belum cocok dengan mutasi rekening."
        for wave in facts.handed_over
        if wave.state == "delivered"
    ]
    if facts.suspense:
        missing.append(f"{rupiah(facts.suspense)} pada mutasi rekening belum terjelaskan.")
    if facts.books_differ:
        missing.append(f"{facts.books_differ} selisih dalam buku bulan ini.")
    return _Standing(answered and not missing, tuple(missing))


def _remit(facts: MonthFacts, settled: bool) -> _Standing:
    if settled and not facts.remitted and facts.held == 0:
        return _Standing(False, ("Tidak ada potongan yang harus disetor.",), needed=False)
    done = facts.remitted and facts.held <= 0
    return _Standing(done, (f"{rupiah(facts.held)} belum disetor ke BPJS Ketenagakerjaan.",))


def _close(facts: MonthFacts) -> _Standing:
    missing = []
    if facts.open_follow_ups:
        missing.append(f"{_count(facts.open_follow_ups)} tindak lanjut belum selesai.")
    if facts.remitted and not facts.remittance_confirmed:
        missing.append("BPJS Ketenagakerjaan belum mengonfirmasi setoran bulan ini.")
    return _Standing(facts.closed, tuple(missing) or ("Bulan ini belum ditutup.",))


def _count(number: int) -> str:
    return f"{number:,}".replace(",", ".")
