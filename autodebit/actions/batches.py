"""Opening a batch, by the schedule or by hand. Building, approving and sealing have modules of their own.

A batch in state open is the wish: whoever works the queue finds the row and fulfils it (autodebit.tasks).
"""

from datetime import date, datetime

from django.db import transaction

from autodebit.models import BankProfile, Batch
from autodebit.rules.due import collection_day, months_due, remittance_day
from autodebit.rules.lifecycle import ENDED_BATCH
from registry.actions import audit
from registry.actions.audit import Actor
from registry.models import User
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may
from sponsorship.queries import calendar
from sponsorship.rules.months import Calendar, Month, indonesian_date, indonesian_weekday_date, wib

FIRST_WAVE = 1
NOT_YOURS = Finding("right_missing", "Anda tidak berwenang melakukan ini.")


def open_due(*, now: datetime) -> Batch | None:
    """Opens the first batch that is due and was never made: cut-off over, still to be collected in time, no batch yet.

    The schedule asks this every minute. A month that nobody collected in time is left alone, a voided one is for a
    person to open again, and of two schedulers the constraint lets one through. Answers the new batch, or None.
    """
    office = calendar()
    for profile in BankProfile.objects.filter(bank__active=True).order_by("bank_id"):
        for month in months_due(now, office):
            if Batch.objects.filter(profile=profile, period=str(month), wave=FIRST_WAVE).exists():
                continue
            day = collection_day(month, office.local_date(now), office)
            opened = open_wave(profile, month, FIRST_WAVE, day, audit.SYSTEM, now)
            if opened is not None:
                return opened
    return None


def open_by_hand(*, profile: BankProfile, period: str, by: User, now: datetime) -> Batch | Finding:
    """Opens the first wave of a month for one bank, or answers the batch that is there. `period` is "YYYY-MM".

    A Finding says from when it is possible, or that it is too late. Raises ValueError for a period that is no month.
    """
    if not may(by, Right.BUILD_BATCH):
        return NOT_YOURS
    month, office = Month.parse(period), calendar()
    known = _standing(profile, month)
    if known is not None:
        return known
    if now < office.cutoff(month):
        return too_early(month, office)
    day = collection_day(month, office.local_date(now), office)
    if day is None:
        return too_late(month, office)
    return open_wave(profile, month, FIRST_WAVE, day, by, now) or _standing(profile, month)


def too_early(month: Month, office: Calendar) -> Finding:
    cutoff = office.cutoff(month)
    return Finding(
        "before_cutoff",
        f"Potongan {month.label()} baru dapat disusun setelah batas waktunya, {indonesian_weekday_date(cutoff)} "
        f"pukul {wib(cutoff)}.",
        "period",
    )


def too_late(month: Month, office: Calendar) -> Finding:
    return Finding(
        "window_over",
        f"Iuran {month.label()} tidak dapat ditagih lagi: potongan harus selesai sebelum batas setor "
        f"{indonesian_date(remittance_day(month, office))}.",
        "period",
    )


def _standing(profile: BankProfile, month: Month) -> Batch | None:
    return profile.batches.filter(period=str(month), wave=FIRST_WAVE).exclude(state__in=ENDED_BATCH).first()


def open_wave(
    profile: BankProfile, month: Month, wave: int, day: date, by: Actor, now: datetime
) -> Batch | None:
    """A new open batch, to be debited on `day`. None when another process was faster: `one_batch_per_bank_period_wave`
    decides, not a look beforehand."""
    batch = Batch(
        profile=profile,
        period=str(month),
        wave=wave,
        collection_date=day,
        maker=by if isinstance(by, User) else None,
        opened_at=now,
    )
    with transaction.atomic():
        Batch.objects.bulk_create([batch], ignore_conflicts=True)
        if not Batch.objects.filter(pk=batch.pk).exists():
            return None
        audit.record(
            event=Event.BATCH_OPENED, about=batch, by=by, now=now, period=batch.period, wave=batch.wave
        )
    return batch
