import uuid

import pgtrigger
from django.db import models
from django.db.models import Q

from autodebit.models.batch import Batch
from autodebit.rules.lifecycle import ATTEMPT, LIVE_ATTEMPT, OBLIGATION
from registry.fields import PeriodField, RupiahField, SealedTextField
from registry.guards import only_declared_moves
from registry.models import Opd
from sponsorship.models import Mandate, MandateLineage, Sponsorship
from sponsorship.models.mandate import ACCOUNT_PLACE


class Obligation(models.Model):
    """What one mandate lineage owes for one month: unique, so a second debit of a month has nothing to hang on
    (I1, I2)."""

    id = models.BigAutoField(primary_key=True)
    lineage = models.ForeignKey(
        MandateLineage,
        models.PROTECT,
        related_name="obligations",
        verbose_name="rangkaian surat kuasa",
        db_index=False,  # one_obligation_per_lineage_and_period begins with it; each index costs every line of a month
    )
    mandate = models.ForeignKey(
        Mandate, models.PROTECT, related_name="obligations", verbose_name="surat kuasa"
    )
    period = PeriodField("bulan")
    amount = RupiahField("jumlah")
    state = models.CharField(
        "status", max_length=12, choices=OBLIGATION.choices(), default=OBLIGATION.initial
    )
    reason = models.CharField("alasan dilewati", max_length=30, blank=True)
    planned_at = models.DateTimeField("direncanakan")

    class Meta:
        ordering = ("-period",)
        verbose_name = verbose_name_plural = "kewajiban bulanan"
        constraints = [
            models.UniqueConstraint(
                fields=["lineage", "period"], name="one_obligation_per_lineage_and_period"
            ),
            models.CheckConstraint(condition=~Q(state="skipped") | ~Q(reason=""), name="a_skip_has_a_reason"),
            models.CheckConstraint(
                condition=Q(state__in=("planned", "skipped", "written_off")) | Q(amount__gte=1),
                name="a_debit_has_an_amount",
            ),
        ]
        triggers = [
            only_declared_moves(OBLIGATION, "obligation_moves"),
            pgtrigger.ReadOnly(name="obligation_identity", fields=["lineage", "period"]),
            pgtrigger.Protect(name="obligation_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.lineage.code} {self.period}"


class ObligationLine(models.Model):
    """The share of one worker in an obligation, by programme, as the dated tariff gave it for the month."""

    obligation = models.ForeignKey(
        Obligation, models.PROTECT, related_name="lines", verbose_name="kewajiban bulanan", db_index=False
    )
    sponsorship = models.ForeignKey(
        Sponsorship, models.PROTECT, related_name="obligation_lines", verbose_name="perlindungan"
    )
    base_income = RupiahField("dasar upah")
    jkk = RupiahField("JKK")
    jkm = RupiahField("JKM")
    jht = RupiahField("JHT")
    amount = RupiahField("jumlah")

    class Meta:
        verbose_name = verbose_name_plural = "rincian kewajiban"
        constraints = [
            models.UniqueConstraint(fields=["obligation", "sponsorship"], name="one_line_per_worker"),
            models.CheckConstraint(
                condition=Q(amount=models.F("jkk") + models.F("jkm") + models.F("jht")),
                name="line_is_its_parts",
            ),
        ]


class Attempt(models.Model):
    """One line in one batch: a frozen copy. Later edits of donor, account, amount or tariff do not reach it (I3)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    obligation = models.ForeignKey(
        Obligation,
        models.PROTECT,
        related_name="attempts",
        verbose_name="kewajiban bulanan",
        db_index=False,  # one_attempt_per_number begins with it
    )
    batch = models.ForeignKey(
        Batch,
        models.PROTECT,
        related_name="attempts",
        verbose_name="kumpulan potongan",
        db_index=False,  # lines_of_batch begins with it
    )
    revision = models.PositiveSmallIntegerField("revisi")
    number = models.PositiveSmallIntegerField("penagihan ke")
    reference = models.CharField("rujukan", max_length=16)
    state = models.CharField("status", max_length=10, choices=ATTEMPT.choices(), default=ATTEMPT.initial)
    amount = RupiahField("jumlah")
    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="attempts", verbose_name="surat kuasa")
    mandate_number = models.CharField("nomor surat kuasa", max_length=24)
    signed_on = models.DateField("tanggal tanda tangan")
    account = SealedTextField(bound_by="mandate_id", bound_as=ACCOUNT_PLACE)
    account_holder = models.CharField("nama pemilik rekening", max_length=120)
    opd = models.ForeignKey(Opd, models.PROTECT, related_name="+", verbose_name="OPD", db_index=False)
    code = models.CharField("kode jawaban", max_length=10, blank=True)

    class Meta:
        ordering = ("reference",)
        verbose_name = verbose_name_plural = "baris potongan"
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="a_reference_is_used_once"),
            models.UniqueConstraint(fields=["obligation", "number"], name="one_attempt_per_number"),
            models.UniqueConstraint(
                fields=["obligation"],
                condition=Q(state__in=LIVE_ATTEMPT),
                name="one_live_attempt_per_obligation",
            ),
            models.CheckConstraint(condition=Q(amount__gte=1), name="attempt_has_an_amount"),
            models.CheckConstraint(condition=Q(number__gte=1, number__lte=9), name="attempt_numbers"),
        ]
        indexes = [models.Index(fields=["batch", "state", "reference"], name="lines_of_batch")]
        triggers = [
            only_declared_moves(ATTEMPT, "attempt_moves"),
            pgtrigger.ReadOnly(
                name="a_frozen_line_is_a_copy",
                fields=[
                    "obligation",
                    "batch",
                    "number",
                    "reference",
                    "amount",
                    "mandate",
                    "mandate_number",
                    "signed_on",
                    "account",
                    "account_holder",
                    "opd",
                ],
            ),
            pgtrigger.Protect(name="attempt_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.reference
