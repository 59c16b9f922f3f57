"""What the rehearsal bank knows of the practice: the batches it was given, and what moved on the collecting account.

The bank keeps no books of its own. Its statement shows what it has answered and the office has applied, what was paid
to BPJS and given back to donors, and one fee for each batch that brought money.
"""

from collections.abc import Collection, Iterator
from datetime import date
from uuid import UUID

from django.db.models import Min, QuerySet, Sum

from autodebit.models import BankFile, BankProfile, Batch, Entry, Remittance
from autodebit.rehearsal.statement import FEE_PER_BATCH, Movement
from sponsorship.rules.months import JAKARTA

AT_THE_BANK = ("delivered", "reconciled", "closed")
_MARK = "LATIHAN"


def batches_at_the_bank() -> QuerySet[Batch]:
    """Newest first."""
    return (
        Batch.objects.filter(state__in=AT_THE_BANK)
        .select_related("profile__bank")
        .order_by("-period", "-wave")
    )


def taken_of(batch: Batch) -> list[str]:
    """References of the lines that have brought money and still do."""
    rows = batch.attempts.filter(revision=batch.revision, state="succeeded")
    return list(rows.values_list("reference", flat=True))


def periods_with_batches(profile: BankProfile) -> list[str]:
    found = profile.batches.filter(state__in=AT_THE_BANK).order_by().values_list("period", flat=True)
    return sorted(set(found), reverse=True)


def movements(profile: BankProfile, period: str, until: date) -> list[Movement]:
    """Every booking of the month on the collecting account up to that day; the same bookings keep their numbers."""
    found = [
        *_collected(profile, period),
        *_given_back(profile, period),
        *_paid_to_bpjs(profile, period),
        *_promised(profile, period),
    ]
    return [movement for movement in found if movement.booked_on <= until]


def _collected(profile: BankProfile, period: str) -> Iterator[Movement]:
    """One credit for each applied answer. The bank keeps its fee back from the first one of a batch, and the office
    replaces it at once: BPJS gets what the donors gave."""
    sums = (
        Entry.objects.filter(profile=profile, period=period, kind="collected")
        .order_by()
        .values("batch_id", "batch__wave", "batch__collection_date", "result_file_id", "hand_answer_id")
        .annotate(total=Sum("amount"), first=Min("id"))
        .order_by("first")
    )
    numbers = _message_ids({row["batch_id"] for row in sums})
    charged: set[UUID] = set()
    for row in sums:
        fee = FEE_PER_BATCH if row["batch_id"] not in charged and row["total"] > FEE_PER_BATCH else 0
        charged.add(row["batch_id"])
        words = f"{_MARK} HASIL AUTODEBET GELOMBANG {row['batch__wave']}"
        yield Movement(
            row["batch__collection_date"],
            row["total"] - fee,
            f"{words} SETELAH BIAYA {fee}" if fee else words,
            f"LTH{row['first']:08d}",
            our_reference=numbers.get(row["batch_id"], ""),
        )
        if fee:
            yield Movement(
                row["batch__collection_date"],
                fee,
                f"{_MARK} SETORAN DINAS PENGGANTI BIAYA BANK",
                f"LTH{row['first']:08d}P",
            )


def _message_ids(batch_ids: Collection[UUID]) -> dict[UUID, str]:
    rows = BankFile.objects.filter(batch__in=batch_ids, part=1).exclude(message_id="")
    return dict(rows.order_by("-format").values_list("batch_id", "message_id"))


def _given_back(profile: BankProfile, period: str) -> Iterator[Movement]:
    entries = Entry.objects.filter(profile=profile, period=period, kind__in=("returned", "refunded"))
    for entry in entries.select_related("attempt").order_by("pk"):
        returned = entry.kind == "returned"
        yield Movement(
            _day(entry),
            entry.amount,
            f"{_MARK} PENARIKAN KEMBALI DEBET" if returned else f"{_MARK} PENGEMBALIAN KEPADA NASABAH",
            f"LTH{entry.pk:08d}",
            kind="reversal" if returned else "debit",
            our_reference=entry.attempt.reference if returned and entry.attempt else "",
        )


def _paid_to_bpjs(profile: BankProfile, period: str) -> Iterator[Movement]:
    rows = Remittance.objects.filter(profile=profile, period=period, withdrawn_at=None).order_by(
        "recorded_at"
    )
    for remittance in rows:
        yield Movement(
            remittance.paid_on,
            -remittance.amount,
            f"{_MARK} PEMBAYARAN BPJS KETENAGAKERJAAN {remittance.payment_reference}",
            f"LTHB{remittance.pk.hex[:8].upper()}",
            kind="debit",
        )


def _promised(profile: BankProfile, period: str) -> Iterator[Movement]:
    """Money that the office has promised to put in place of what a donor took back."""
    entries = Entry.objects.filter(profile=profile, period=period, kind="top_up", allocation=None)
    for entry in entries.order_by("pk"):
        words = f"{_MARK} SETORAN DINAS PENGGANTI DANA YANG KEMBALI"
        yield Movement(_day(entry), entry.amount, words, f"LTH{entry.pk:08d}")


def _day(entry: Entry) -> date:
    return entry.at.astimezone(JAKARTA).date()
