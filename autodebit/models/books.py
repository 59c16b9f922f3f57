import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from autodebit.models.bank import BankProfile
from autodebit.models.batch import Batch
from autodebit.models.obligation import Attempt
from autodebit.models.result import HandAnswer, ResultFile
from autodebit.rules.books import LABEL, Kind
from autodebit.rules.lifecycle import REFUND
from registry.fields import PeriodField, RupiahField
from registry.guards import only_declared_moves
from registry.models import Document

# What moves money on the collecting account, and how the office calls it (autodebit.rules.books says the signs).
KINDS = tuple((kind.value, LABEL[kind]) for kind in Kind)
_APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete


class Statement(models.Model):
    """One statement of the collecting account, uploaded or typed from paper, kept by its hash."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    profile = models.ForeignKey(
        BankProfile, models.PROTECT, related_name="statement_files", verbose_name="profil bank"
    )
    format = models.CharField("bentuk", max_length=20)
    name = models.CharField("nama", max_length=120)
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+", verbose_name="berkas")
    sha256 = models.CharField("sidik SHA-256", max_length=64, unique=True)
    head = models.JSONField("kepala berkas", default=dict)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="diunggah oleh"
    )
    received_at = models.DateTimeField("diunggah")

    class Meta:
        ordering = ("-received_at",)
        verbose_name = verbose_name_plural = "mutasi rekening"
        triggers = [pgtrigger.Protect(name="statement_is_append_only", operation=_APPEND_ONLY)]

    def __str__(self) -> str:
        return self.name


class StatementLine(models.Model):
    """One booking on the collecting account; positive is a credit. The same booking in two statements is one line."""

    id = models.BigAutoField(primary_key=True)
    statement = models.ForeignKey(
        Statement, models.PROTECT, related_name="lines", verbose_name="mutasi rekening"
    )
    profile = models.ForeignKey(BankProfile, models.PROTECT, related_name="+", verbose_name="profil bank")
    number = models.PositiveIntegerField("nomor baris")
    booked_on = models.DateField("tanggal buku")
    amount = models.BigIntegerField("jumlah")
    bank_reference = models.CharField("rujukan bank", max_length=60, blank=True)
    our_reference = models.CharField("rujukan kami", max_length=35, blank=True)
    text = models.CharField("keterangan", max_length=200, blank=True)
    fingerprint = models.CharField("sidik baris", max_length=64)

    class Meta:
        ordering = ("booked_on", "id")
        verbose_name = verbose_name_plural = "baris mutasi rekening"
        constraints = [
            models.UniqueConstraint(fields=["profile", "fingerprint"], name="a_booking_is_there_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="a_booking_moves_money"),
        ]
        triggers = [pgtrigger.Protect(name="statement_line_is_append_only", operation=_APPEND_ONLY)]


class Refund(models.Model):
    """A wrong debit given back to the donor: proposed by one person, approved by another, then paid."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    attempt = models.ForeignKey(
        Attempt, models.PROTECT, related_name="refunds", verbose_name="baris potongan"
    )
    state = models.CharField("status", max_length=10, choices=REFUND.choices(), default=REFUND.initial)
    amount = RupiahField("jumlah")
    reason = models.CharField("alasan", max_length=300)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="diusulkan oleh"
    )
    requested_at = models.DateTimeField("diusulkan")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="diputuskan oleh"
    )
    decided_at = models.DateTimeField("diputuskan", null=True)
    paid_on = models.DateField("dibayar tanggal", null=True)
    payment_reference = models.CharField("nomor bukti bayar", max_length=60, blank=True)
    evidence = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+", verbose_name="bukti")

    class Meta:
        ordering = ("-requested_at",)
        verbose_name = verbose_name_plural = "pengembalian dana"
        constraints = [
            models.UniqueConstraint(
                fields=["attempt"], condition=~Q(state="refused"), name="one_refund_per_attempt"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("requested_by")), name="two_persons_refund"
            ),
            models.CheckConstraint(condition=Q(amount__gte=1), name="a_refund_has_an_amount"),
        ]
        triggers = [
            only_declared_moves(REFUND, "refund_moves"),
            pgtrigger.ReadOnly(
                name="refund_is_fixed", fields=["attempt", "amount", "reason", "requested_by", "requested_at"]
            ),
            pgtrigger.Protect(name="refund_is_never_deleted", operation=pgtrigger.Delete),
        ]


class Remittance(models.Model):
    """A payment to BPJS Ketenagakerjaan of what one month collected, and BPJS's word that it arrived."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    profile = models.ForeignKey(
        BankProfile, models.PROTECT, related_name="remittances", verbose_name="profil bank"
    )
    period = PeriodField("bulan")
    amount = RupiahField("jumlah")
    paid_on = models.DateField("dibayar tanggal")
    payment_reference = models.CharField("nomor bukti bayar", max_length=60)
    evidence = models.ForeignKey(
        Document, models.PROTECT, null=True, related_name="+", verbose_name="bukti bayar"
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="dicatat oleh"
    )
    recorded_at = models.DateTimeField("dicatat")
    confirmed_on = models.DateField("dikonfirmasi BPJS", null=True)
    confirmation = models.CharField("nomor konfirmasi BPJS", max_length=60, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="konfirmasi dicatat",
    )
    withdrawn_at = models.DateTimeField("dibatalkan", null=True)
    withdrawn_reason = models.CharField("alasan dibatalkan", max_length=300, blank=True)

    class Meta:
        ordering = ("-period", "paid_on")
        verbose_name = verbose_name_plural = "setoran BPJS"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=1), name="a_remittance_has_an_amount"),
            models.UniqueConstraint(
                fields=["profile", "payment_reference"],
                condition=Q(withdrawn_at=None),
                name="one_remittance_per_payment",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="remittance_is_fixed",
                fields=["profile", "period", "amount", "paid_on", "payment_reference", "recorded_by"],
            ),
            pgtrigger.Protect(name="remittance_is_never_deleted", operation=pgtrigger.Delete),
        ]


class Allocation(models.Model):
    """What a booking on the account was for. A wrong explanation is undone by its opposite, never edited.

    `amount` has the booking's sign; the allocations of a booking add up to it when it is explained.
    """

    id = models.BigAutoField(primary_key=True)
    line = models.ForeignKey(
        StatementLine, models.PROTECT, related_name="allocations", verbose_name="baris mutasi rekening"
    )
    profile = models.ForeignKey(BankProfile, models.PROTECT, related_name="+", verbose_name="profil bank")
    period = PeriodField("bulan")
    batch = models.ForeignKey(
        Batch, models.PROTECT, null=True, related_name="allocations", verbose_name="kumpulan potongan"
    )
    kind = models.CharField("untuk", max_length=12, choices=KINDS)
    amount = models.BigIntegerField("jumlah")
    reason = models.CharField("penjelasan", max_length=300, blank=True)
    undoes = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="undone_by", verbose_name="membatalkan"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="oleh"
    )
    at = models.DateTimeField("waktu")

    class Meta:
        ordering = ("id",)
        verbose_name = verbose_name_plural = "penjelasan mutasi"
        indexes = [models.Index(fields=["profile", "period", "kind"], name="allocations_of_month")]
        triggers = [pgtrigger.Protect(name="allocation_is_append_only", operation=_APPEND_ONLY)]


class Entry(models.Model):
    """One line of the month's books: money that came to or left the collecting account, and by which record.

    `amount` is signed: what the account gains. Written once; a correction is another entry.
    """

    id = models.BigAutoField(primary_key=True)
    profile = models.ForeignKey(
        BankProfile, models.PROTECT, related_name="+", verbose_name="profil bank", db_index=False
    )
    period = PeriodField("bulan")
    kind = models.CharField("untuk", max_length=12, choices=KINDS)
    amount = models.BigIntegerField("jumlah")
    batch = models.ForeignKey(
        Batch, models.PROTECT, null=True, related_name="entries", verbose_name="kumpulan potongan"
    )
    attempt = models.ForeignKey(
        Attempt, models.PROTECT, null=True, related_name="entries", verbose_name="baris potongan"
    )
    # A return after the month was paid to BPJS leaves a claim on the donor instead of a hole in the cover.
    after_remittance = models.BooleanField("setelah disetor", default=False)
    result_file = models.ForeignKey(
        ResultFile,
        models.PROTECT,
        null=True,
        related_name="entries",
        verbose_name="jawaban bank",
        db_index=False,
    )
    result_line = models.PositiveIntegerField("nomor baris jawaban", null=True)
    hand_answer = models.ForeignKey(
        HandAnswer, models.PROTECT, null=True, related_name="entries", verbose_name="jawaban lewat petugas"
    )
    allocation = models.ForeignKey(
        Allocation, models.PROTECT, null=True, related_name="entries", verbose_name="penjelasan mutasi"
    )
    refund = models.ForeignKey(
        Refund, models.PROTECT, null=True, related_name="entries", verbose_name="pengembalian dana"
    )
    remittance = models.ForeignKey(
        Remittance, models.PROTECT, null=True, related_name="entries", verbose_name="setoran BPJS"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="oleh",
        db_index=False,
    )
    at = models.DateTimeField("waktu")
    note = models.CharField("catatan", max_length=300, blank=True)

    class Meta:
        ordering = ("id",)
        verbose_name = verbose_name_plural = "buku bulan"
        constraints = [
            models.UniqueConstraint(
                fields=["attempt", "kind"],
                condition=Q(kind__in=("collected", "returned", "refunded")),
                name="an_attempt_pays_and_returns_once",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("collected", "returned"), attempt__isnull=False)
                | ~Q(kind__in=("collected", "returned")),
                name="money_of_a_donor_names_the_line",
            ),
        ]
        indexes = [models.Index(fields=["profile", "period", "kind"], name="entries_of_month")]
        triggers = [pgtrigger.Protect(name="entry_is_append_only", operation=_APPEND_ONLY)]


class MonthClosing(models.Model):
    """The month's books as they were closed: figures and their hash. There is no reopening; a correction is new."""

    profile = models.ForeignKey(
        BankProfile, models.PROTECT, related_name="closings", verbose_name="profil bank"
    )
    period = PeriodField("bulan")
    figures = models.JSONField("angka")
    sha256 = models.CharField("sidik SHA-256", max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="oleh")
    at = models.DateTimeField("waktu")

    class Meta:
        ordering = ("-period",)
        verbose_name = verbose_name_plural = "penutupan bulan"
        constraints = [models.UniqueConstraint(fields=["profile", "period"], name="a_month_closes_once")]
        triggers = [pgtrigger.Protect(name="closing_is_append_only", operation=_APPEND_ONLY)]
