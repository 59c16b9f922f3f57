"""Building a batch: every mandate of the bank gets a line or a reason, in one transaction or not at all."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from psycopg2.extras import execute_values

from autodebit.actions import build_sql, progress, waves
from autodebit.actions.batches import FIRST_WAVE, too_late
from autodebit.labels import BUILD_STEPS
from autodebit.models import Batch
from autodebit.queries import Content, content_of
from autodebit.rules.due import MOST_ATTEMPTS, SKIPS, collection_day
from autodebit.rules.lifecycle import BATCH, LIVE_ATTEMPT
from registry.actions import audit
from registry.actions.moves import move
from registry.queries import city
from registry.rules.finding import Finding
from sponsorship.actions.months import freeze_month
from sponsorship.queries import calendar, tariff
from sponsorship.rules.lifecycle import DUE_SPONSORSHIP, LIVE_MANDATE
from sponsorship.rules.months import Month
from sponsorship.rules.tariff import FundingSource, Price, Programme, Sector

BUSY = Finding(
    "being_built",
    "Kumpulan potongan ini sedang disusun. Tunggu sebentar, lalu muat ulang halaman.",
    level="note",
)
_NOTE_LENGTH = Batch._meta.get_field("build_note").max_length


def build(*, batch_id: UUID, now: datetime) -> Batch | Finding:
    """Fulfils an open batch: obligations, lines and exclusions as of the cut-off of its month, then frozen.

    1. One builder at a time; whoever comes second goes away, whoever comes later finds it frozen and changes nothing.
    2. The facts of every mandate are fixed in temporary tables; who wants to change one waits until the build is over.
    3. Obligations, shares of the workers, frozen lines and exclusions are written, four statements for all mandates.
    4. Counted, hashed, frozen, and the month is marked as frozen for everybody.

    Nobody to debit, a tariff that is missing or a month that can no longer be collected leave it open with a note.
    A process that dies leaves nothing; the sweep builds it again.
    """
    with transaction.atomic():
        if not take_turn(batch_id):
            return BUSY
        batch = Batch.objects.select_for_update(of=("self",)).select_related("profile__bank").get(pk=batch_id)
        if batch.state != "open":
            return batch
        problem = _build(batch, now) if batch.wave == FIRST_WAVE else _build_wave(batch, now)
        if problem is not None:
            note(batch, problem)
    progress.done(batch_id)
    return problem or batch


def take_turn(batch_id: UUID) -> bool:
    """A lock on the batch's heavy work, given back with the transaction; False when somebody else holds it."""
    key = int.from_bytes(batch_id.bytes[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [key])
        return cursor.fetchone()[0]


def note(batch: Batch, problem: Finding) -> None:
    """Leaves the reason on the batch's page; written only when it is news."""
    text = problem.message[:_NOTE_LENGTH]
    if batch.build_note != text:
        Batch.objects.filter(pk=batch.pk).update(build_note=text)
        batch.build_note = text


def _build(batch: Batch, now: datetime) -> Finding | None:
    month, office = Month.parse(batch.period), calendar()
    progress.say(batch.pk, 1, BUILD_STEPS)
    day = collection_day(month, office.local_date(now), office)
    if day is None:
        return too_late(month, office)
    Batch.objects.filter(pk=batch.pk).update(collection_date=day)
    with connection.cursor() as cursor:
        values = _parameters(batch, month, now)
        progress.say(batch.pk, 2, BUILD_STEPS)
        _run(cursor, values, build_sql.ROOM, build_sql.DROP, build_sql.MANDATES, build_sql.ANALYZE_MANDATES)
        _run(cursor, values, build_sql.LINES)
        progress.say(batch.pk, 3, BUILD_STEPS)
        missing = _fill_prices(cursor, month)
        if missing is not None:
            return missing
        _run(cursor, values, build_sql.ANALYZE_LINES, build_sql.DUE, build_sql.ANALYZE_DUE)
        if not _count_due(cursor):
            return _nobody(cursor, month)
        _write(cursor, batch, values)
    progress.say(batch.pk, 6, BUILD_STEPS)
    _freeze(batch, content_of(batch), day, now)
    return None


def _build_wave(batch: Batch, now: datetime) -> Finding | None:
    day = waves.build_wave(batch, now)
    if isinstance(day, Finding):
        # Nothing waits for an empty wave: when something is to be tried again, the sweep opens it anew.
        move(row=batch, along=BATCH, event="drop", by=audit.SYSTEM, now=now, reason=day.message)
        return day
    progress.say(batch.pk, 6, BUILD_STEPS)
    _freeze(batch, content_of(batch), day, now)
    return None


def _parameters(batch: Batch, month: Month, now: datetime) -> dict[str, Any]:
    office = calendar()
    cutoff = office.cutoff(month)
    return {
        "batch": batch.pk,
        "revision": batch.revision,
        "bank": batch.profile.bank_id,
        "requires_lodging": batch.profile.bank.requires_lodging,
        "period": batch.period,
        "first_day": month.first_day(),
        "cutoff": cutoff,
        "cutoff_day": office.local_date(cutoff),
        "age_limit": city().age_limit,
        "now": now,
        "most_attempts": MOST_ATTEMPTS,
        "skips": list(SKIPS),
        "live_mandate": list(LIVE_MANDATE),
        "due_sponsorship": list(DUE_SPONSORSHIP),
        "live_attempt": list(LIVE_ATTEMPT),
    }


def _run(cursor, values: dict[str, Any], *statements: str) -> None:
    for statement in statements:
        cursor.execute(statement, values)


def _fill_prices(cursor, month: Month) -> Finding | None:
    """The tariff is a pure rule: it is asked once for each kind of line, and its answers are joined to the lines."""
    prices, rows = tariff(), []
    cursor.execute(build_sql.KINDS_OF_LINES)
    for base, programme, sector, funding in cursor.fetchall():
        price = prices.price(base, Programme(programme), Sector(sector), FundingSource(funding), month)
        if not isinstance(price, Price):
            return Finding(
                "tariff_missing", f"{price.message} Kumpulan disusun setelah tabel tarif dilengkapi."
            )
        rows.append((base, programme, sector, funding, price.jkk, price.jkm, price.jht))
    cursor.execute(build_sql.PRICES)
    if rows:
        execute_values(cursor.cursor, "INSERT INTO cut_price VALUES %s", rows)
    return None


def _count_due(cursor) -> int:
    cursor.execute("SELECT count(*) FROM cut_due WHERE reason IS NULL")
    return cursor.fetchone()[0]


def _nobody(cursor, month: Month) -> Finding:
    cursor.execute("SELECT count(*) FROM cut_due")
    text = f"Belum ada surat kuasa yang dapat ditagih untuk {month.label()}"
    left_out = cursor.fetchone()[0]
    return Finding("nobody_due", f"{text}; {left_out} surat kuasa dikecualikan." if left_out else f"{text}.")


def _write(cursor, batch: Batch, values: dict[str, Any]) -> None:
    cursor.execute("SELECT EXISTS (SELECT 1 FROM cut_due WHERE obligation_id IS NOT NULL)")
    again = cursor.fetchone()[0]
    progress.say(batch.pk, 4, BUILD_STEPS)
    if again:
        _run(
            cursor,
            values,
            build_sql.REPLANNED_OBLIGATIONS,
            build_sql.SKIPPED_OBLIGATIONS,
            build_sql.EMPTIED_LINES,
        )
    _run(cursor, values, build_sql.OWED, build_sql.NEW_OBLIGATIONS, build_sql.ANALYZE_OWED)
    _run(cursor, values, build_sql.OBLIGATION_LINES + (build_sql.RENEWED_LINES if again else ""))
    progress.say(batch.pk, 5, BUILD_STEPS)
    _run(cursor, values, build_sql.ATTEMPTS, build_sql.EXCLUSIONS, build_sql.ANALYZE_WRITTEN)


def _freeze(batch: Batch, content: Content, day, now: datetime) -> None:
    freeze_month(month=Month.parse(batch.period), now=now)
    fixed = {
        "frozen_at": now,
        "collection_date": day,
        "count": content.count,
        "total": content.total,
        "content_hash": content.hash,
        "build_note": "",
    }
    about = {
        "revision": batch.revision,
        "count": content.count,
        "total": content.total,
        "content_hash": content.hash,
    }
    move(row=batch, along=BATCH, event="freeze", by=audit.SYSTEM, now=now, also=fixed, **about)
