import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from registry.fields import PeriodField
from registry.models import Opd


class SalaryConfirmation(models.Model):
    """An OPD treasurer says that the month's salary has landed, for the OPD and the units below it."""

    opd = models.ForeignKey(Opd, models.PROTECT, related_name="+", verbose_name="OPD")
    period = PeriodField("bulan")
    landed_on = models.DateField("gaji masuk tanggal")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="oleh")
    at = models.DateTimeField("dinyatakan")
    withdrawn_at = models.DateTimeField("dicabut", null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="dicabut oleh"
    )

    class Meta:
        ordering = ("-period", "opd")
        verbose_name = verbose_name_plural = "pernyataan gaji masuk"
        constraints = [
            models.UniqueConstraint(
                fields=["opd", "period"], condition=Q(withdrawn_at=None), name="one_word_per_opd_and_period"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None) | Q(withdrawn_at__gte=F("at")),
                name="a_word_is_withdrawn_after_it_was_given",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="salary_word_is_fixed", fields=["opd", "period", "landed_on", "by", "at"]
            ),
            pgtrigger.Protect(name="salary_word_is_never_deleted", operation=pgtrigger.Delete),
        ]


class GateDecision(models.Model):
    """What the office decides about an OPD whose salary nobody confirmed by the deadline. The last one holds."""

    DECISIONS = (("wait", "Tunggu gelombang berikutnya"), ("skip", "Lewati bulan ini"))

    opd = models.ForeignKey(Opd, models.PROTECT, related_name="+", verbose_name="OPD")
    period = PeriodField("bulan")
    decision = models.CharField("keputusan", max_length=4, choices=DECISIONS)
    reason = models.CharField("alasan", max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="oleh")
    at = models.DateTimeField("waktu")

    class Meta:
        ordering = ("at",)
        verbose_name = verbose_name_plural = "keputusan gerbang gaji"
        triggers = [
            pgtrigger.Protect(
                name="gate_decision_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]
