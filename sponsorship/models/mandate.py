import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from config.clock import now
from registry.fields import BlindIndexField, PeriodField, RupiahField, SealedTextField
from registry.guards import only_declared_moves
from registry.models import Bank, Document, Donor, Opd
from sponsorship.models.registration import Registration
from sponsorship.rules.lifecycle import LIVE_MANDATE, MANDATE

# The place a mandate's account is sealed to; frozen copies of it carry the same binding.
ACCOUNT_PLACE = "sponsorship_mandate.account"
_PRINTED = (
    "lineage", "version", "number", "bank", "account", "account_index", "account_holder", "ceiling", "amount_at_issue",
    "text_version", "printed", "checksum", "pdf", "pdf_sha256", "issued_at",
)  # fmt: skip


# One way out of "never changes": a mandate that ended without a single debit is emptied once, and only emptied
# (UU 27/2022 article 43). Number, version, dates and fingerprints stay.
_ONLY_ERASING = """
    IF OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.state IN ('cancelled', 'replaced', 'expired', 'rejected')
        AND length(NEW.account) = 0 AND NEW.account_index = '' AND NEW.account_holder = ''
        AND length(NEW.printed) = 0
        AND ROW(NEW.lineage_id, NEW.version, NEW.number, NEW.bank_id, NEW.ceiling, NEW.amount_at_issue,
                NEW.text_version, NEW.checksum, NEW.pdf_id, NEW.pdf_sha256, NEW.issued_at)
          = ROW(OLD.lineage_id, OLD.version, OLD.number, OLD.bank_id, OLD.ceiling, OLD.amount_at_issue,
                OLD.text_version, OLD.checksum, OLD.pdf_id, OLD.pdf_sha256, OLD.issued_at)
    THEN RETURN NEW;
    END IF;
    RAISE EXCEPTION 'pgtrigger: what is printed on a mandate never changes (%)', TG_TABLE_NAME;
"""  # noqa: E501 - a line break would be another trigger


class MandateLineage(models.Model):
    """The mandates of one donor that follow each other; its code opens every reference the bank ever sees of
    this donor."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    donor = models.ForeignKey(Donor, models.PROTECT, related_name="lineages", verbose_name="donatur")
    code = models.CharField("kode", max_length=8, unique=True)
    created_at = models.DateTimeField("dibuat", default=now)
    ended_at = models.DateTimeField("berakhir", null=True)
    # Where the donor works now, when they moved after the mandate was signed; else the registration's office counts.
    opd = models.ForeignKey(Opd, models.PROTECT, null=True, related_name="+", verbose_name="OPD sekarang")

    class Meta:
        verbose_name = verbose_name_plural = "rangkaian surat kuasa"
        constraints = [
            models.UniqueConstraint(
                fields=["donor"], condition=Q(ended_at=None), name="one_live_lineage_per_donor"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Mandate(models.Model):
    """One printed `Surat Kuasa Pendebetan Rekening`. What is printed never changes: a change is a new version."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lineage = models.ForeignKey(
        MandateLineage, models.PROTECT, related_name="mandates", verbose_name="rangkaian surat kuasa"
    )
    version = models.PositiveSmallIntegerField("versi")
    number = models.CharField("nomor surat", max_length=24, unique=True)
    registration = models.ForeignKey(
        Registration, models.PROTECT, related_name="mandates", verbose_name="pendaftaran"
    )
    state = models.CharField("status", max_length=12, choices=MANDATE.choices(), default=MANDATE.initial)
    bank = models.ForeignKey(Bank, models.PROTECT, related_name="+", verbose_name="bank")
    account = SealedTextField()
    account_index = BlindIndexField()
    account_holder = models.CharField("nama pemilik rekening", max_length=120)
    ceiling = RupiahField("batas tertinggi per bulan")
    amount_at_issue = RupiahField("iuran bulan pertama")
    text_version = models.CharField("versi naskah", max_length=20)
    printed = SealedTextField()
    checksum = models.CharField("kode periksa", max_length=64)
    pdf = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name="berkas PDF")
    pdf_sha256 = models.CharField("sidik SHA-256 berkas", max_length=64)
    issued_at = models.DateTimeField("diterbitkan")
    start_period = PeriodField("mulai", blank=True, default="")
    end_period = PeriodField("bulan terakhir", blank=True, default="")
    signing_method = models.CharField(
        "cara tanda tangan",
        max_length=12,
        blank=True,
        choices=(("wet_scan", "Tanda tangan basah"), ("pades", "Tanda tangan elektronik tersertifikasi")),
    )
    signed_on = models.DateField("tanggal tanda tangan", null=True)
    verified_at = models.DateTimeField("disetujui", null=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="disetujui oleh"
    )
    ended_at = models.DateTimeField("berakhir", null=True)
    erased_at = models.DateTimeField("data dihapus", null=True)

    class Meta:
        ordering = ("-issued_at",)
        verbose_name = verbose_name_plural = "surat kuasa"
        constraints = [
            models.UniqueConstraint(fields=["lineage", "version"], name="one_mandate_per_version"),
            models.UniqueConstraint(
                fields=["lineage"], condition=Q(state__in=LIVE_MANDATE), name="one_live_mandate_per_lineage"
            ),
            models.CheckConstraint(condition=Q(ceiling__gte=1), name="ceiling_is_positive"),
        ]
        indexes = [models.Index(fields=["state", "start_period"], name="mandates_by_state")]
        triggers = [
            only_declared_moves(MANDATE, "mandate_moves"),
            pgtrigger.Trigger(
                name="printed_never_changes",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(*_PRINTED),
                func=_ONLY_ERASING,
            ),
            pgtrigger.Protect(name="mandate_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.number
