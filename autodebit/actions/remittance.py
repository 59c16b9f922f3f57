"""Paying a month to BPJS Ketenagakerjaan: recorded with evidence, confirmed by BPJS, or taken back with a reason."""

from datetime import date, datetime, timedelta
from typing import BinaryIO
from uuid import UUID

from django.db import IntegrityError, transaction

from autodebit.actions.batches import NOT_YOURS
from autodebit.actions.books import hold_month
from autodebit.models import BankProfile, Entry, Remittance
from autodebit.queries_books import books_of, closing_of
from autodebit.rules.books import Kind
from autodebit.rules.reason import reason_of
from registry.actions import audit, evidence
from registry.intake import Accepted
from registry.models import User
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may
from sponsorship.queries import calendar
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import JAKARTA, Month, indonesian_date

REFERENCE_LENGTH = (3, 60)

# An earlier day is a slip of the year or the month: the debits come on payday, a holiday may move the bank's booking.
_BEFORE_PAYDAY = timedelta(days=7)

CLOSED = Finding("month_closed", "Bulan ini sudah ditutup; setorannya tidak dapat diubah lagi.")
_CONFIRMED = Finding(
    "confirmed", "BPJS sudah mengonfirmasi setoran ini, jadi catatannya tidak dapat dibatalkan."
)


def record(
    *,
    profile: BankProfile,
    period: str,
    amount: int,
    paid_on: date,
    payment_reference: str,
    evidence_file: BinaryIO | bytes,
    by: User,
    now: datetime,
) -> Remittance | Finding:
    """Records a payment to BPJS: exactly what the month holds, collected less what had gone back.

    When more is collected after it, another payment of that difference follows. Finding fields: the parameters' names.
    """
    if not may(by, Right.REMIT):
        return NOT_YOURS
    reference = " ".join(payment_reference.split())
    if not REFERENCE_LENGTH[0] <= len(reference) <= REFERENCE_LENGTH[1]:
        return Finding("reference", "Tulis nomor bukti bayarnya, 3 sampai 60 huruf.", "payment_reference")
    if paid_on > _today(now):
        return Finding("paid_on", "Tanggal bayar tidak boleh setelah hari ini.", "paid_on")
    earliest = calendar().payday(Month.parse(period)) - _BEFORE_PAYDAY
    if paid_on < earliest:
        return Finding(
            "paid_on", f"Tanggal bayar bulan ini paling awal {indonesian_date(earliest)}.", "paid_on"
        )
    looked_at = evidence.look_at(evidence_file)
    if isinstance(looked_at, Finding):
        return looked_at
    payment = Remittance(
        profile=profile,
        period=period,
        amount=amount,
        paid_on=paid_on,
        payment_reference=reference,
        recorded_by=by,
        recorded_at=now,
    )
    try:
        with transaction.atomic():
            hold_month(profile.pk, period)
            return _why_not_record(profile, period, amount) or _record(payment, looked_at, by, now)
    except IntegrityError:
        return Finding("known", "Nomor bukti bayar ini sudah pernah dicatat.", "payment_reference")


def _record(payment: Remittance, looked_at: Accepted, by: User, now: datetime) -> Remittance | Finding:
    paper = evidence.put_away(looked_at=looked_at, by=by, now=now)
    if isinstance(paper, Finding):
        return paper
    payment.evidence = paper
    payment.save(force_insert=True)
    _enter(payment, -payment.amount, by, now)
    audit.record(
        event=Event.REMITTANCE_RECORDED,
        about=payment,
        by=by,
        now=now,
        period=payment.period,
        amount=payment.amount,
        paid_on=payment.paid_on.isoformat(),
        reference=payment.payment_reference,
    )
    return payment


def confirm(
    *, remittance_id: UUID, confirmation: str, confirmed_on: date, by: User, now: datetime
) -> Remittance | Finding:
    """Records BPJS's word that the payment arrived, with its number and day. Said twice the first stands."""
    if not may(by, Right.REMIT):
        return NOT_YOURS
    number = " ".join(confirmation.split())
    if not REFERENCE_LENGTH[0] <= len(number) <= REFERENCE_LENGTH[1]:
        return Finding("confirmation", "Tulis nomor konfirmasi BPJS, 3 sampai 60 huruf.", "confirmation")
    with transaction.atomic():
        remittance = Remittance.objects.select_for_update(of=("self",)).get(pk=remittance_id)
        if remittance.withdrawn_at:
            return Finding("withdrawn", "Catatan setoran ini sudah dibatalkan.")
        if remittance.confirmed_on:
            return remittance
        if not remittance.paid_on <= confirmed_on <= _today(now):
            paid = indonesian_date(remittance.paid_on)
            return Finding(
                "confirmed_on", f"Tanggal konfirmasi harus dari {paid} sampai hari ini.", "confirmed_on"
            )
        said = {"confirmation": number, "confirmed_on": confirmed_on, "confirmed_by": by}
        Remittance.objects.filter(pk=remittance.pk).update(**said)
        remittance.refresh_from_db(fields=list(said))
        audit.record(
            event=Event.REMITTANCE_CONFIRMED,
            about=remittance,
            by=by,
            now=now,
            period=remittance.period,
            reference=number,
        )
        return remittance


def withdraw(*, remittance_id: UUID, reason: str, by: User, now: datetime) -> Remittance | Finding:
    """Takes back a payment that was recorded wrongly, while its month is open and BPJS has not confirmed it: the record
    stays, its entry gets its opposite."""
    if not may(by, Right.REMIT):
        return NOT_YOURS
    reason = reason_of(reason, "Tulis alasan pembatalan")
    if isinstance(reason, Finding):
        return reason
    with transaction.atomic():
        known = Remittance.objects.get(pk=remittance_id)
        hold_month(known.profile_id, known.period)
        remittance = Remittance.objects.select_for_update(of=("self",)).get(pk=remittance_id)
        if remittance.withdrawn_at:
            return remittance
        if closing_of(remittance.profile, remittance.period):
            return CLOSED
        if remittance.confirmed_on:
            return _CONFIRMED
        said = {"withdrawn_at": now, "withdrawn_reason": reason}
        Remittance.objects.filter(pk=remittance.pk).update(**said)
        remittance.refresh_from_db(fields=list(said))
        _enter(remittance, remittance.amount, by, now, note=reason)
        audit.record(
            event=Event.REMITTANCE_WITHDRAWN,
            about=remittance,
            by=by,
            now=now,
            period=remittance.period,
            amount=remittance.amount,
            reason=reason,
        )
        return remittance


def _why_not_record(profile: BankProfile, period: str, amount: int) -> Finding | None:
    if closing_of(profile, period):
        return CLOSED
    held = books_of(profile, period).held
    if held <= 0:
        return Finding("nothing_held", "Tidak ada dana bulan ini yang harus disetor.")
    if amount != held:
        return Finding(
            "amount_differs",
            f"Jumlah setoran harus {rupiah(held)}: potongan berhasil dikurangi yang sudah kembali.",
            "amount",
        )
    return None


def _enter(remittance: Remittance, amount: int, by: User, now: datetime, note: str = "") -> None:
    Entry.objects.create(
        profile=remittance.profile,
        period=remittance.period,
        kind=Kind.REMITTED,
        amount=amount,
        remittance=remittance,
        by=by,
        at=now,
        note=note,
    )


def _today(now: datetime) -> date:
    return now.astimezone(JAKARTA).date()
