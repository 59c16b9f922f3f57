"""The salary gate: treasurers say that the salary has landed, the office decides about those who do not, and nothing
leaves for anybody else. With the policy of the city off nothing here holds anything up.

Whoever changes what the gate says takes the locks of the month's batches first, as approving, sealing and narrowing do:
so nobody approves or seals by a word that is being withdrawn.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, OperationalError, connection, transaction

from autodebit import queries, queries_gate
from autodebit.actions.batches import NOT_YOURS, too_late
from autodebit.models import Attempt, Batch, GateDecision, Obligation, SalaryConfirmation
from autodebit.rules import gate
from autodebit.rules.due import collection_day
from autodebit.rules.gate import OfficeFacts
from autodebit.rules.lifecycle import ATTEMPT, LIVE_ATTEMPT, OBLIGATION
from autodebit.rules.reason import reason_of
from registry.actions import audit
from registry.models import User
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may, offices_of
from sponsorship.queries import calendar
from sponsorship.rules.months import Month, indonesian_weekday_date, wib

# A salary may be paid some days before its month begins, not longer.
DAYS_EARLY = 7
SKIPPED = "salary_not_landed"
WAITING = "salary_waiting"
_LOCK_PATIENCE = "5s"

GATE_OFF = Finding("gate_off", "Gerbang gaji tidak dipakai di kota ini.")
BUSY = Finding("busy", "Kumpulan potongan bulan ini sedang dikerjakan. Tunggu sebentar, lalu ulangi.")
_IN_FILE = Finding(
    "already_sealed",
    "Potongan OPD ini sudah ada dalam berkas bank yang disegel, jadi pernyataan gaji tidak dapat dicabut lagi. "
    "Hubungi dinas tenaga kerja.",
)
_SPOKEN = Finding(
    "confirmed", "Bendahara OPD ini sudah memastikan gaji masuk; tidak ada yang perlu diputuskan."
)
_NOTHING = Finding("nothing_waits", "Tidak ada potongan OPD ini yang masih menunggu gaji bulan ini.")
_FINAL = Finding("already_skipped", "OPD ini sudah dilewati bulan ini, dan keputusan itu tidak dapat diubah.")


def confirm(
    *, opd_id: int, period: str, landed_on: date, by: User, now: datetime
) -> SalaryConfirmation | Finding:
    """A treasurer says that the month's salary landed on `landed_on`, for the OPD and every unit below it.

    Said twice, the first word stands. `period` is "YYYY-MM"; raises ValueError for a period that is no month.
    """
    month, today = Month.parse(period), calendar().local_date(now)
    if not offices_of(by, Right.CONFIRM_SALARY).filter(pk=opd_id).exists():
        return NOT_YOURS
    if not queries_gate.is_on():
        return GATE_OFF
    if not month.first_day() - timedelta(days=DAYS_EARLY) <= landed_on <= today:
        return Finding(
            "date_impossible",
            f"Isi tanggal gaji {month.label()} masuk ke rekening pegawai; tanggal itu tidak dapat sesudah hari ini.",
            "landed_on",
        )
    said = SalaryConfirmation(opd_id=opd_id, period=period, landed_on=landed_on, by=by, at=now)
    try:
        with transaction.atomic():
            said.save(force_insert=True)
            audit.record(
                event=Event.SALARY_CONFIRMED,
                about=said,
                by=by,
                now=now,
                opd_id=opd_id,
                period=period,
                landed_on=landed_on.isoformat(),
            )
    except IntegrityError:  # one_word_per_opd_and_period: somebody was faster
        return SalaryConfirmation.objects.get(opd_id=opd_id, period=period, withdrawn_at=None)
    return said


def withdraw(*, confirmation_id: int, by: User, now: datetime) -> SalaryConfirmation | Finding:
    """Takes a word back, by a treasurer of that OPD or of one above it; the row stays, a new word may follow.

    Refused once a debit that it may have opened is in a sealed file. What is frozen or approved by it stays where it
    is, and is held up from now on. Withdrawn twice changes nothing.
    """
    found = SalaryConfirmation.objects.get(pk=confirmation_id)
    if not offices_of(by, Right.CONFIRM_SALARY).filter(pk=found.opd_id).exists():
        return NOT_YOURS
    with transaction.atomic():
        if not _hold_batches(found.period):
            return BUSY
        said = SalaryConfirmation.objects.select_for_update().get(pk=confirmation_id)
        if said.withdrawn_at is not None:
            return said
        if queries_gate.has_sealed_lines(said.opd_id, said.period):
            return _IN_FILE
        said.withdrawn_at, said.withdrawn_by = now, by
        said.save(update_fields=["withdrawn_at", "withdrawn_by"])
        audit.record(
            event=Event.SALARY_WITHDRAWN,
            about=said,
            by=by,
            now=now,
            opd_id=said.opd_id,
            period=said.period,
            landed_on=said.landed_on.isoformat(),
        )
        return said


def decide(
    *, opd_id: int, period: str, decision: str, reason: str, by: User, now: datetime
) -> GateDecision | Finding:
    """What the office decides, after the deadline, about one OPD that nobody spoke for: "wait" for the next wave, or
    "skip" the month, which is final.

    A skip takes effect on each debit as soon as it is in no batch: `narrow` releases those that are in one.
    Raises ValueError for another decision.
    """
    if not may(by, Right.DECIDE_GATE):
        return NOT_YOURS
    if decision not in dict(GateDecision.DECISIONS):
        raise ValueError(f"no such decision: {decision}")
    reason = reason_of(reason, "Tulis alasan keputusan ini")
    if isinstance(reason, Finding):
        return reason
    with transaction.atomic():
        if not _hold_batches(period):
            return BUSY
        problem = _why_not_decide(opd_id, period, now)
        if problem is not None:
            return problem
        decided = GateDecision.objects.create(
            opd_id=opd_id, period=period, decision=decision, reason=reason, by=by, at=now
        )
        audit.record(
            event=Event.SALARY_GATE_DECIDED,
            about=decided,
            by=by,
            now=now,
            opd_id=opd_id,
            period=period,
            decision=decision,
            reason=reason,
            count=_skip(period, [opd_id]) if decision == "skip" else 0,
        )
        return decided


def narrow(*, batch_id: UUID, by: User, now: datetime) -> Batch | Finding:
    """Takes the lines of every OPD that may not be debited yet out of a frozen batch; the others become revision + 1.

    Approvals of the revision before are void, and whoever narrows counts as a maker. What was released waits for the
    next wave, or is skipped where the office decided so. A payday that is over becomes the next working day.
    """
    if not may(by, Right.BUILD_BATCH):
        return NOT_YOURS
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(pk=batch_id)
        held = queries_gate.held_back(batch) if batch.state == "frozen" else []
        day = _debit_day(batch, now)
        problem = _why_not_narrow(batch, held, day)
        if problem is not None:
            return problem
        _release(batch, [office.opd_id for office in held])
        _renew(batch, day, by)
        audit.record(
            event=Event.BATCH_NARROWED,
            about=batch,
            by=by,
            now=now,
            revision=batch.revision,
            count=batch.count,
            total=batch.total,
            released=sum(office.lines for office in held),
            content_hash=batch.content_hash,
        )
        return batch


def may_narrow(batch: Batch, by: User) -> bool:
    """Whether there is something to take out and this person may; `narrow` decides again."""
    return batch.state == "frozen" and may(by, Right.BUILD_BATCH) and bool(queries_gate.held_back(batch))


def why_not_approve(batch: Batch) -> Finding | None:
    """Names the OPDs with a line in this batch whose salary has not landed; None when all have, or the policy is off.

    Call it under the lock of the batch.
    """
    return _closed(batch, "Lepaskan dahulu potongannya lewat halaman gerbang gaji, atau tunggu bendaharanya.")


def why_not_seal(batch: Batch) -> Finding | None:
    """As `why_not_approve`, for an approved batch: a word that was withdrawn since then stops it here."""
    return _closed(batch, "Buka kembali kumpulan ini agar potongannya dapat dilepas.")


def _closed(batch: Batch, advice: str) -> Finding | None:
    closed = queries_gate.held_back(batch)
    if not closed:
        return None
    names = queries_gate.names_of([office.opd_id for office in closed])
    return Finding(SKIPPED, f"Gaji belum dipastikan masuk: {names}. {advice}")


def _hold_batches(period: str) -> bool:
    """The locks of every batch of the month, until the transaction ends; False when a worker keeps one for long."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [_LOCK_PATIENCE])
            list(Batch.objects.select_for_update().filter(period=period).order_by("pk").values_list("pk"))
            cursor.execute("SELECT set_config('lock_timeout', '0', true)")
    except OperationalError:
        return False
    return True


def _why_not_decide(opd_id: int, period: str, now: datetime) -> Finding | None:
    month, office = Month.parse(period), calendar()
    if not queries_gate.is_on():
        return GATE_OFF
    until = gate.deadline(month, office)
    if now < until:
        return Finding(
            "before_deadline",
            f"Bendahara masih dapat memastikan gaji sampai {indonesian_weekday_date(until)} pukul {wib(until)}.",
        )
    if opd_id in queries_gate.skipped_offices(period):
        return _FINAL
    if opd_id in queries_gate.words(period):
        return _SPOKEN
    debits = queries_gate.month_of_offices(period, [opd_id]).get(opd_id)
    return None if debits and debits.waiting else _NOTHING


def _skip(period: str, opd_ids: list[int]) -> int:
    """The planned debits of these OPDs that are in no batch are skipped, all in one line of the journal; how many."""
    planned = Obligation.objects.filter(
        period=period, state="planned", attempts__opd__in=opd_ids, attempts__state="released"
    )
    # Locked first, looked at afterwards: a wave that is being built has them in its hands.
    locked = list(
        Obligation.objects.select_for_update()
        .filter(pk__in=planned.values("pk"))
        .values_list("pk", flat=True)
    )
    live = Attempt.objects.filter(obligation__in=locked, state__in=LIVE_ATTEMPT).values("obligation")
    step = OBLIGATION.transition("skip")
    free = Obligation.objects.filter(pk__in=locked, state__in=step.sources).exclude(pk__in=live)
    return free.update(state=step.target, reason=SKIPPED)


def _why_not_narrow(batch: Batch, held: list[OfficeFacts], day: date | None) -> Finding | None:
    if batch.state != "frozen":
        return Finding(
            "not_frozen",
            f"Kumpulan potongan ini tidak dapat dipersempit: {batch.get_state_display().lower()}.",
        )
    if not held:
        return Finding(
            "nothing_held", "Gaji semua OPD dalam kumpulan ini sudah dipastikan masuk.", level="note"
        )
    if sum(office.lines for office in held) >= batch.count:
        return Finding(
            "nobody_confirmed",
            "Belum ada OPD dalam kumpulan ini yang gajinya dipastikan masuk, jadi tidak ada potongan yang tersisa.",
        )
    month = Month.parse(batch.period)
    return too_late(month, calendar()) if day is None else None


def _debit_day(batch: Batch, now: datetime) -> date | None:
    office = calendar()
    today = office.local_date(now)
    if today <= batch.collection_date:
        return batch.collection_date
    return collection_day(Month.parse(batch.period), today, office)


# The reasons of the revision before go along with it, and everybody who is released now gets one.
_NEW_EXCLUSIONS = """
UPDATE autodebit_exclusion SET revision = revision + 1 WHERE batch_id = %(batch)s AND revision = %(revision)s;
INSERT INTO autodebit_exclusion (batch_id, revision, mandate_id, reason)
SELECT batch_id, revision + 1, mandate_id,
  CASE WHEN opd_id = ANY(%(skipped)s::bigint[]) THEN %(left_out)s ELSE %(waits)s END
FROM autodebit_attempt WHERE batch_id = %(batch)s AND revision = %(revision)s AND opd_id = ANY(%(held)s)
"""


def _release(batch: Batch, opd_ids: list[int]) -> None:
    """Lines of the OPDs given are released where they are; the others move to the next revision."""
    skipped = sorted(queries_gate.skipped_offices(batch.period).intersection(opd_ids))
    values = {
        "batch": batch.pk,
        "revision": batch.revision,
        "held": opd_ids,
        "skipped": skipped,
        "waits": WAITING,
        "left_out": SKIPPED,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NEW_EXCLUSIONS, values)
    lines = Attempt.objects.filter(batch=batch, revision=batch.revision)
    step = ATTEMPT.transition("release")
    lines.filter(opd__in=opd_ids, state__in=step.sources).update(state=step.target)
    lines.exclude(state=step.target).update(revision=batch.revision + 1)
    _skip(batch.period, skipped)


def _renew(batch: Batch, day: date, by: User) -> None:
    """Count, total and hash anew, from the lines of the new revision."""
    changes = {"revision": batch.revision + 1, "collection_date": day, "maker": by}
    Batch.objects.filter(pk=batch.pk).update(**changes)
    batch.refresh_from_db(fields=list(changes))
    content = queries.content_of(batch)
    counted = {"count": content.count, "total": content.total, "content_hash": content.hash}
    Batch.objects.filter(pk=batch.pk).update(**counted)
    batch.refresh_from_db(fields=list(counted))
