"""Following one obligation through the month: planned, frozen, sent, answered, debited, remitted, confirmed; each step
with its moment, its person, and the file and line that prove it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from autodebit.models import (
    Attempt,
    BankFile,
    Entry,
    MonthClosing,
    Obligation,
    Refund,
    Remittance,
    ResultLine,
)
from autodebit.queries import lines_of
from autodebit.rules.books import Kind
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month, indonesian_date

MOST_FOUND = 50
_GOOD, _STOP, _WAIT, _INFO = "good", "stop", "wait", "info"


@dataclass(frozen=True)
class Proof:
    """A file that proves a step: its name, hash, and the line in it. `url` is a kind and an id for the page to link."""

    name: str
    sha256: str = ""
    line: int | None = None
    part: str = ""
    result_id: UUID | None = None


@dataclass(frozen=True)
class TraceStep:
    """`kind`: planned, frozen, approved, sealed, sent, answered, debited, returned, refunded, released, remitted,
    confirmed, closed. `tone`: good, stop, wait, info. `when` is None for what has not happened yet."""

    kind: str
    title: str
    tone: str
    when: datetime | date | None = None
    who: str = ""
    text: str = ""
    proofs: tuple[Proof, ...] = ()


def find_obligations(text: str) -> QuerySet[Obligation]:
    """By line reference (16 symbols, blanks and hyphens do not matter) or by number of the mandate; newest first."""
    wanted = text.strip().upper()
    reference = wanted.replace(" ", "").replace("-", "")
    rows = Obligation.objects.select_related("mandate", "lineage").order_by("-period", "-id")
    found = rows.filter(attempts__reference=reference).distinct()
    return found if found.exists() else rows.filter(mandate__number=wanted)


def trace_of(obligation: Obligation) -> tuple[TraceStep, ...]:
    """Everything that happened to what one donor owed for one month, in the order of the process."""
    steps = [_planned(obligation)]
    attempts = obligation.attempts.select_related("batch__profile__bank", "batch__maker", "opd")
    for attempt in attempts.order_by("number"):
        steps.extend(_attempt(attempt))
    steps.extend(_month(obligation))
    return tuple(steps)


def line_in_files(attempt: Attempt) -> list[tuple[BankFile, int]]:
    """The sealed files that hold the line, and its number among the lines of that part (from 1)."""
    files = list(attempt.batch.files.all())
    if not files or attempt.revision != attempt.batch.revision:
        return []
    rank = lines_of(attempt.batch).filter(reference__lte=attempt.reference).count()
    found, passed = [], {}
    for file in files:  # by format and part
        before = passed.get(file.format, 0)
        if before < rank <= before + file.count:
            found.append((file, rank - before))
        passed[file.format] = before + file.count
    return found


def _planned(obligation: Obligation) -> TraceStep:
    skipped = obligation.state == "skipped"
    return TraceStep(
        "planned",
        "Tidak ditagih bulan ini" if skipped else "Direncanakan",
        _STOP if skipped else _INFO,
        obligation.planned_at,
        "Sistem",
        f"{rupiah(obligation.amount)} untuk {Month.parse(obligation.period).label()}.",
    )


def _attempt(attempt: Attempt) -> Iterator[TraceStep]:
    batch = attempt.batch
    name = f"gelombang {batch.wave}, penagihan ke-{attempt.number}"
    maker = batch.maker.full_name if batch.maker else "Sistem (terjadwal)"
    if attempt.revision != batch.revision:
        maker = ""  # the batch knows only who made its present revision
    yield TraceStep(
        "frozen", f"Dibekukan, {name}", _INFO, batch.frozen_at, maker,
        f"Rujukan {attempt.reference}, {rupiah(attempt.amount)}.",
    )  # fmt: skip
    if attempt.state == "released":
        yield TraceStep("released", "Dilepas, tidak dipotong", _STOP, text=_why_released(attempt))
        return
    approvals = list(batch.approvals.filter(revision=attempt.revision).select_related("by"))
    if approvals:
        yield TraceStep(
            "approved", "Disetujui", _GOOD, approvals[-1].at,
            " dan ".join(approval.by.full_name for approval in approvals),
            f"Sidik isi {batch.content_hash[:16]}…",
        )  # fmt: skip
    yield from _sent(attempt)
    yield from _answers(attempt)
    yield from _money(attempt)


def _why_released(attempt: Attempt) -> str:
    if attempt.revision != attempt.batch.revision:
        return "Kumpulannya disusun ulang atau dipersempit tanpa baris ini."
    ended = {"voided": "Kumpulannya dibatalkan.", "bank_rejected": "Bank menolak seluruh berkasnya."}
    return ended.get(attempt.batch.state, "Baris ini tidak dijalankan bank.")


def _sent(attempt: Attempt) -> Iterator[TraceStep]:
    batch = attempt.batch
    if batch.sealed_at is None:
        return
    proofs = tuple(
        Proof(file.name, file.sha256, line, f"bagian {file.part} dari {file.parts}")
        for file, line in line_in_files(attempt)
    )
    yield TraceStep("sealed", "Ditulis ke berkas bank", _GOOD, batch.sealed_at, "Sistem", proofs=proofs)
    delivery = getattr(batch, "delivery", None)
    if delivery is None:
        yield TraceStep("sent", "Belum diserahkan ke bank", _WAIT)
        return
    who = delivery.by.full_name if delivery.by else "Sistem (SFTP)"
    text = f"{delivery.get_channel_display()}, diterima {delivery.receiver}."
    yield TraceStep("sent", "Diserahkan ke bank", _GOOD, delivery.handed_at, who, text)


def _answers(attempt: Attempt) -> Iterator[TraceStep]:
    """What the bank said about the line, in files that were applied, and what a person was told by the bank."""
    told = ResultLine.objects.filter(attempt=attempt, file__state="applied", verdict="applies")
    for line in told.select_related("file__apply_requested_by").order_by("file__applied_at", "number"):
        file = line.file
        yield TraceStep(
            "answered",
            f"Jawaban bank: {line.get_outcome_display().lower()}",
            _GOOD if line.outcome == "succeeded" else _STOP,
            file.applied_at,
            file.apply_requested_by.full_name,
            " ".join(part for part in (line.code, line.text) if part),
            (Proof(file.name, file.sha256, line.number, result_id=file.pk),),
        )
    for answer in attempt.hand_answers.select_related("by", "evidence").order_by("at"):
        proofs = (Proof("Bukti", answer.evidence.sha256),) if answer.evidence else ()
        yield TraceStep(
            "answered",
            f"Jawaban bank lewat petugas: {answer.get_outcome_display().lower()}",
            _GOOD if answer.outcome == "succeeded" else _STOP,
            answer.at,
            answer.by.full_name,
            answer.reason,
            proofs,
        )
    if attempt.state in ("sent", "unknown"):
        yield TraceStep("answered", "Belum dijawab bank", _WAIT if attempt.state == "sent" else _STOP)


def _money(attempt: Attempt) -> Iterator[TraceStep]:
    titles = {
        Kind.COLLECTED: ("debited", "Terpotong", _GOOD),
        Kind.RETURNED: ("returned", "Ditarik kembali oleh bank", _STOP),
        Kind.REFUNDED: ("refunded", "Dikembalikan kepada donatur", _INFO),
    }
    for entry in attempt.entries.select_related("by", "refund__evidence").order_by("id"):
        kind, title, tone = titles[Kind(entry.kind)]
        text = rupiah(abs(entry.amount)) + (", setelah disetor ke BPJS." if entry.after_remittance else ".")
        yield TraceStep(kind, title, tone, entry.at, _name(entry), text, _refund_proofs(entry.refund))


def _refund_proofs(refund: Refund | None) -> tuple[Proof, ...]:
    if refund is None or refund.evidence is None:
        return ()
    return (Proof(f"Bukti bayar {refund.payment_reference}", refund.evidence.sha256),)


def _month(obligation: Obligation) -> Iterator[TraceStep]:
    """What happened to the money of the month as a whole; only for an obligation whose debit succeeded."""
    collected = Entry.objects.filter(attempt__obligation=obligation, kind=Kind.COLLECTED).first()
    if collected is None:
        return
    gone_before = Entry.objects.filter(
        attempt__obligation=obligation, kind__in=(Kind.RETURNED, Kind.REFUNDED), after_remittance=False
    ).exists()
    if gone_before:
        return
    of_month = {"profile": collected.profile, "period": obligation.period}
    standing = Remittance.objects.filter(**of_month, withdrawn_at=None, recorded_at__gte=collected.at)
    remittance = (
        standing.select_related("recorded_by", "confirmed_by", "evidence").order_by("recorded_at").first()
    )
    if remittance is None:
        yield TraceStep("remitted", "Belum disetor ke BPJS Ketenagakerjaan", _WAIT)
        return
    yield from _remitted(remittance)
    closing = MonthClosing.objects.filter(**of_month).select_related("by").first()
    if closing is not None:
        text = f"Sidik angka {closing.sha256[:16]}…"
        yield TraceStep("closed", "Bulan ditutup", _GOOD, closing.at, closing.by.full_name, text)


def _remitted(remittance: Remittance) -> Iterator[TraceStep]:
    proofs = (Proof("Bukti bayar", remittance.evidence.sha256),) if remittance.evidence else ()
    yield TraceStep(
        "remitted",
        "Disetor ke BPJS Ketenagakerjaan",
        _GOOD,
        remittance.paid_on,
        remittance.recorded_by.full_name,
        f"Bagian dari setoran {rupiah(remittance.amount)}, nomor bukti {remittance.payment_reference}.",
        proofs,
    )
    if remittance.confirmed_on is None:
        yield TraceStep("confirmed", "Belum dikonfirmasi BPJS Ketenagakerjaan", _WAIT)
        return
    yield TraceStep(
        "confirmed",
        "Dikonfirmasi BPJS Ketenagakerjaan",
        _GOOD,
        remittance.confirmed_on,
        remittance.confirmed_by.full_name,
        f"Nomor konfirmasi {remittance.confirmation}, {indonesian_date(remittance.confirmed_on)}.",
    )


def _name(entry: Entry) -> str:
    return entry.by.full_name if entry.by else "Sistem"
