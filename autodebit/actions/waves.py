"""Waves after the first: what failed or was held back is tried again, as long as the month can still be collected.

Silence of the bank is no answer: what it leaves unanswered becomes unknown and goes to a person, never into a wave.
"""

from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from autodebit.actions import progress, wave_sql
from autodebit.actions.batches import FIRST_WAVE, NOT_YOURS, open_wave, too_late
from autodebit.labels import BUILD_STEPS, EXCLUSION
from autodebit.models import Attempt, BankProfile, Batch, Delivery, MonthClosing
from autodebit.queries_books import standing_batches
from autodebit.queries_waves import ROOM, disputed_lines, next_wave, parameters
from autodebit.rules.lifecycle import ENDED_BATCH
from autodebit.rules.retry import retry_day
from autodebit.rules.runbook import results_due
from registry.actions import audit
from registry.actions.audit import Actor
from registry.models import User
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may
from sponsorship.queries import calendar
from sponsorship.rules.months import Calendar, Month

PREPARED = ("open", "frozen", "approved", "sealed")
HANDED_OVER = ("delivered", "reconciled")


def open_next(*, profile: BankProfile, period: str, by: Actor, now: datetime) -> Batch | Finding:
    """Opens the next wave of a month whose last wave is with the bank; the queue fills it (`build_wave`).

    Asked again, or by many at once, it answers the wave that is there and not handed over yet. A Finding says why there
    is nothing to open. `period` is "YYYY-MM"; raises ValueError for a period that is no month.
    """
    if isinstance(by, User) and not may(by, Right.BUILD_BATCH):
        return NOT_YOURS
    month, office = Month.parse(period), calendar()
    standing = _standing(profile, period)
    if not standing:
        return Finding("no_first_wave", f"Gelombang pertama {month.label()} belum ada.")
    unfinished = [batch for batch in standing if batch.state in PREPARED]
    if unfinished:
        return unfinished[0] if unfinished[0].wave > FIRST_WAVE else _in_hand(unfinished[0])
    day = retry_day(month, office.local_date(now), office)
    problem = _why_not(profile, month, day, office)
    if problem is not None:
        return problem
    wave = standing[0].wave + 1
    opened = open_wave(profile, month, wave, day, by, now)
    return opened or next(batch for batch in _standing(profile, period) if batch.wave == wave)


def may_open_next(batch: Batch, by: User) -> bool:
    """Whether the page of this batch offers the next wave; `open_next` decides again."""
    return (
        may(by, Right.BUILD_BATCH)
        and batch.state in HANDED_OVER
        and batch.attempts.filter(state__in=("failed", "returned", "released")).exists()
        and not batch.profile.batches.filter(period=batch.period, wave__gt=batch.wave)
        .exclude(state__in=ENDED_BATCH)
        .exists()
    )


def open_due(*, now: datetime) -> list[Batch]:
    """Opens, by itself, the next wave of every month that is answered, has something to try, and a day left for it."""
    office, opened = calendar(), []
    today = office.local_date(now)
    for profile in BankProfile.objects.filter(bank__active=True).order_by("bank_id"):
        for period in _answered(profile):
            if retry_day(Month.parse(period), today, office) is None:
                continue
            wave = open_next(profile=profile, period=period, by=audit.SYSTEM, now=now)
            if isinstance(wave, Batch):
                opened.append(wave)
    return opened


def why_not_leave(batch: Batch) -> Finding | None:
    """A further wave does not leave while the bank contradicts its earlier "failed": the money may be taken already.

    Call it under the lock of the batch; the settled follow-up, or opening the batch again, lets it go.
    """
    lines = disputed_lines(batch) if batch.wave > FIRST_WAVE else 0
    if not lines:
        return None
    return Finding(
        "disputed",
        f"{lines} potongan mungkin sudah terpotong: jawaban bank bertentangan dan belum dijelaskan. Selesaikan tindak "
        "lanjutnya, atau buka kembali kumpulan ini (batalkan bila sudah disegel).",
    )


def build_wave(batch: Batch, now: datetime) -> date | Finding:
    """Fills an open wave, inside the build's transaction and under its lock; answers the debit date.

    1. The debits still owed are locked, then judged: retry rules, mandates as they stand now, salary gate.
    2. Who may be tried gets a copy of the last line, with the next number and its reference.
    3. Who is owed and may not gets an exclusion with the reason; nothing at all to try is a Finding.
    """
    month, office = Month.parse(batch.period), calendar()
    progress.say(batch.pk, 1, BUILD_STEPS)
    day = retry_day(month, office.local_date(now), office)
    if day is None:
        return too_late(month, office)
    Batch.objects.filter(pk=batch.pk).update(collection_date=day)
    values = {**parameters(batch.profile, batch.period), "batch": batch.pk, "revision": batch.revision}
    with connection.cursor() as cursor:
        progress.say(batch.pk, 2, BUILD_STEPS)
        for statement in (
            ROOM,
            wave_sql.DROP,
            wave_sql.OWED,
            wave_sql.ANALYZE_OWED,
            wave_sql.STANDINGS,
            wave_sql.ANALYZE_WAVE,
        ):
            cursor.execute(statement, values)
        cursor.execute("SELECT reason, count(*) FROM cut_wave GROUP BY reason")
        found = dict(cursor.fetchall())
        if None not in found:
            return _nobody(month, found)
        progress.say(batch.pk, 5, BUILD_STEPS)
        cursor.execute(wave_sql.ATTEMPTS, values)
        cursor.execute(wave_sql.EXCLUSIONS, values)
    return day


def mark_unknown(*, now: datetime) -> list[Batch]:
    """Lines that the bank left unanswered beyond its time become unknown, each with a follow-up for a person."""
    office, marked = calendar(), []
    unanswered = Attempt.objects.filter(batch=OuterRef("batch"), state="sent")
    waiting = Delivery.objects.filter(Exists(unanswered), batch__state="delivered").order_by("handed_at")
    for delivery in waiting.select_related("batch"):
        if now < results_due(Month.parse(delivery.batch.period), office, delivery.handed_at):
            continue
        batch = _lose(delivery.batch_id, now)
        if batch is not None:
            marked.append(batch)
    return marked


def _standing(profile: BankProfile, period: str) -> list[Batch]:
    """The batches of the month that still count, the last wave first."""
    return list(standing_batches(profile, period).order_by("-wave"))


def _in_hand(batch: Batch) -> Finding:
    return Finding(
        "wave_in_hand",
        f"Gelombang {batch.wave} belum diserahkan ke bank: {batch.get_state_display().lower()}. "
        "Gelombang berikutnya dapat dibuka sesudahnya.",
    )


def _why_not(profile: BankProfile, month: Month, day: date | None, office: Calendar) -> Finding | None:
    if MonthClosing.objects.filter(profile=profile, period=str(month)).exists():
        return Finding("month_closed", f"{month.label()} sudah ditutup.")
    if day is None:
        return too_late(month, office)
    found = next_wave(profile, str(month))
    return None if found.get(None) else _nobody(month, found)


def _nobody(month: Month, found: dict[str | None, int]) -> Finding:
    """Nothing may be tried: why, with numbers."""
    reasons = [
        f"{EXCLUSION[reason].lower()}: {number}"
        for reason, number in sorted(found.items(), key=lambda item: -item[1])
        if reason in EXCLUSION and reason != "in_collection"
    ]
    text = f"Tidak ada potongan {month.label()} yang dapat ditagih lagi"
    return Finding("nothing_to_retry", f"{text} ({'; '.join(reasons)})." if reasons else f"{text}.")


def _answered(profile: BankProfile) -> list[str]:
    """The months with a wave at the bank, none under way before it, and no line that still waits for its answer."""
    periods = profile.batches.filter(state__in=HANDED_OVER).order_by().values_list("period", flat=True)
    return [
        period
        for period in sorted(set(periods))
        if not profile.batches.filter(period=period, state__in=PREPARED).exists()
        and not Attempt.objects.filter(
            batch__profile=profile, batch__period=period, batch__state="delivered", state="sent"
        ).exists()
    ]


def _lose(batch_id: UUID, now: datetime) -> Batch | None:
    with transaction.atomic(), connection.cursor() as cursor:
        # Whoever holds it reads an answer in at this moment; the next sweep asks again.
        batch = (
            Batch.objects.select_for_update(skip_locked=True).filter(pk=batch_id, state="delivered").first()
        )
        if batch is None:
            return None
        cursor.execute(
            wave_sql.LOSE,
            {"batch": batch.pk, "profile": batch.profile_id, "period": batch.period, "now": now},
        )
        count, total = cursor.fetchone()
        if not count:
            return None
        audit.record(
            event=Event.ATTEMPT_UNKNOWN,
            about=batch,
            by=audit.SYSTEM,
            now=now,
            revision=batch.revision,
            count=count,
            total=total,
        )
        return batch
