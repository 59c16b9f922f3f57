import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from autodebit.models.bank import BankProfile, ProfileRevision
from autodebit.rules.lifecycle import BATCH, ENDED_BATCH
from config.clock import now
from registry.fields import PeriodField, RupiahField
from registry.guards import only_declared_moves
from registry.models import Document


class Batch(models.Model):
    """One month's debit of one bank in one wave. In state open it is the wish that a worker finds and fulfils."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    profile = models.ForeignKey(BankProfile, models.PROTECT, related_name="batches", verbose_name="bank")
    period = PeriodField("bulan")
    wave = models.PositiveSmallIntegerField("gelombang", default=1)
    revision = models.PositiveSmallIntegerField("revisi", default=1)
    state = models.CharField("status", max_length=14, choices=BATCH.choices(), default=BATCH.initial)
    collection_date = models.DateField("tanggal potong")
    # NULL: the scheduled job made it (then any two approvers will do).
    maker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="dibuat oleh"
    )
    opened_at = models.DateTimeField("dibuka", default=now)
    frozen_at = models.DateTimeField("dibekukan", null=True)
    count = models.PositiveIntegerField("jumlah baris", default=0)
    total = RupiahField("jumlah rupiah")
    content_hash = models.CharField("sidik isi", max_length=64, blank=True)
    build_note = models.CharField("catatan penyusunan", max_length=200, blank=True)
    seal_requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="penyegelan diminta oleh",
    )
    seal_requested_at = models.DateTimeField("penyegelan diminta", null=True)
    sealed_at = models.DateTimeField("disegel", null=True)
    # The profile's revision that the sealed files were written by.
    profile_revision = models.ForeignKey(
        ProfileRevision, models.PROTECT, null=True, related_name="+", verbose_name="revisi profil bank"
    )
    cover_letter = models.ForeignKey(
        Document, models.PROTECT, null=True, related_name="+", verbose_name="surat pengantar"
    )
    void_requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="pembatalan diminta oleh",
    )
    void_requested_at = models.DateTimeField("pembatalan diminta", null=True)
    void_reason = models.CharField("alasan pembatalan", max_length=300, blank=True)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="dibatalkan oleh"
    )
    reconciled_at = models.DateTimeField("cocok dengan bank", null=True)

    class Meta:
        ordering = ("-period", "-wave")
        verbose_name = verbose_name_plural = "kumpulan potongan"
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "period", "wave"],
                condition=~Q(state__in=ENDED_BATCH),
                name="one_batch_per_bank_period_wave",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("open", *ENDED_BATCH)) | Q(count__gte=1, total__gte=1),
                name="a_frozen_batch_has_lines",
            ),
            models.CheckConstraint(
                condition=~Q(state="voided")
                | Q(count=0)
                | Q(voided_by__isnull=False, void_requested_by__isnull=False)
                & ~Q(voided_by=F("void_requested_by")),
                name="two_persons_void",
            ),
        ]
        triggers = [
            only_declared_moves(BATCH, "batch_moves"),
            pgtrigger.ReadOnly(name="batch_identity", fields=["profile", "period", "wave"]),
            pgtrigger.Protect(name="batch_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.period} gelombang {self.wave}"


class Approval(models.Model):
    """One person's yes to one revision and its content. Two of them, neither the maker (I5, I6)."""

    batch = models.ForeignKey(
        Batch, models.PROTECT, related_name="approvals", verbose_name="kumpulan potongan"
    )
    revision = models.PositiveSmallIntegerField("revisi")
    content_hash = models.CharField("sidik isi", max_length=64)
    slot = models.PositiveSmallIntegerField("urutan")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="oleh")
    maker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="dibuat oleh"
    )
    at = models.DateTimeField("waktu")

    class Meta:
        verbose_name = verbose_name_plural = "persetujuan potongan"
        ordering = ("revision", "slot")
        constraints = [
            models.UniqueConstraint(fields=["batch", "revision", "by"], name="one_approval_per_person"),
            models.UniqueConstraint(fields=["batch", "revision", "slot"], name="two_approvals_at_most"),
            models.CheckConstraint(condition=Q(slot__in=(1, 2)), name="approval_slots"),
            models.CheckConstraint(
                condition=Q(maker=None) | ~Q(by=F("maker")), name="maker_does_not_approve"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="approval_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]


class Exclusion(models.Model):
    """A mandate that has no line in this batch, and why (I4)."""

    batch = models.ForeignKey(
        Batch, models.PROTECT, related_name="exclusions", verbose_name="kumpulan potongan", db_index=False
    )
    revision = models.PositiveSmallIntegerField("revisi")
    mandate = models.ForeignKey(
        "sponsorship.Mandate", models.PROTECT, related_name="+", verbose_name="surat kuasa"
    )
    reason = models.CharField("alasan", max_length=30)

    class Meta:
        verbose_name = verbose_name_plural = "surat kuasa yang dikecualikan"
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "revision", "mandate"], name="one_exclusion_per_mandate"
            ),
        ]


class BankFile(models.Model):
    """A sealed file: rendered once, parsed back, kept by its hash; every download gives the same bytes (I7)."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="files", verbose_name="kumpulan potongan")
    format = models.CharField("bentuk", max_length=20)
    part = models.PositiveSmallIntegerField("bagian", default=1)
    parts = models.PositiveSmallIntegerField("jumlah bagian", default=1)
    name = models.CharField("nama", max_length=120)
    # Our number of this file, which the bank's answers name.
    message_id = models.CharField("nomor berkas", max_length=35, blank=True, db_index=True)
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name="berkas")
    sha256 = models.CharField("sidik SHA-256", max_length=64)
    count = models.PositiveIntegerField("jumlah baris")
    total = RupiahField("jumlah rupiah")

    class Meta:
        verbose_name = verbose_name_plural = "berkas bank"
        ordering = ("format", "part")
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "format", "part"], name="one_bank_file_per_format_and_part"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="bank_file_never_changes", operation=pgtrigger.Update | pgtrigger.Delete),
        ]


class Delivery(models.Model):
    """The hand-over of a sealed batch: who gave it to whom, by which way, when."""

    CHANNELS = (
        ("portal", "Diunggah ke portal bank"),
        ("branch", "Diserahkan di cabang"),
        ("sftp", "Dikirim lewat SFTP"),
        ("other", "Cara lain"),
    )

    batch = models.OneToOneField(
        Batch, models.PROTECT, related_name="delivery", verbose_name="kumpulan potongan"
    )
    channel = models.CharField("cara", max_length=8, choices=CHANNELS)
    receiver = models.CharField("diterima oleh", max_length=120)
    receipt = models.CharField("nomor tanda terima", max_length=60, blank=True)
    note = models.CharField("catatan", max_length=300, blank=True)
    # NULL: delivered by the adapter.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="oleh"
    )
    handed_at = models.DateTimeField("diserahkan")
    recorded_at = models.DateTimeField("dicatat")

    class Meta:
        verbose_name = verbose_name_plural = "penyerahan ke bank"
        triggers = [
            pgtrigger.Protect(name="delivery_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]


class BankRefusal(models.Model):
    """The bank refused a delivered file as a whole; its evidence is kept, the lines are free again."""

    batch = models.OneToOneField(
        Batch, models.PROTECT, related_name="refusal", verbose_name="kumpulan potongan"
    )
    reason = models.CharField("alasan bank", max_length=300)
    evidence = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name="bukti")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="oleh")
    at = models.DateTimeField("waktu")

    class Meta:
        verbose_name = verbose_name_plural = "penolakan berkas oleh bank"
        triggers = [
            pgtrigger.Protect(name="refusal_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]
