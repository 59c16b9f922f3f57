from django.db import models

from registry.fields import PeriodField, RupiahField
from registry.rules.work import SECTOR_LABELS
from sponsorship.rules.money import rupiah


class TariffLine(models.Model):
    """One tier of the BPU tariff (PP 44/2015 Lampiran II, JHT: PP 46/2015), in force for a span of months."""

    valid_from = PeriodField("berlaku sejak")
    valid_to = PeriodField("berlaku sampai", blank=True, default="")
    income_min = RupiahField("penghasilan dari")
    income_max = models.BigIntegerField("penghasilan sampai", null=True, blank=True)
    base_income = RupiahField("dasar upah")
    jkk = RupiahField("JKK")
    jkm = RupiahField("JKM")
    jht = RupiahField("JHT")
    source = models.CharField("dasar hukum", max_length=200, blank=True)

    class Meta:
        ordering = ("valid_from", "income_min")
        verbose_name = verbose_name_plural = "tarif iuran"
        constraints = [
            models.UniqueConstraint(
                fields=["valid_from", "base_income"], name="one_tariff_per_base_and_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{rupiah(self.base_income)} sejak {self.valid_from}"


class DiscountLine(models.Model):
    """A discount on JKK and JKM by sector and month (PP 50/2025)."""

    sector = models.CharField(
        "sektor", max_length=10, choices=[(s.value, label) for s, label in SECTOR_LABELS.items()]
    )
    valid_from = PeriodField("berlaku sejak")
    valid_to = PeriodField("berlaku sampai")
    jkk_percent = models.PositiveSmallIntegerField("potongan JKK (%)")
    jkm_percent = models.PositiveSmallIntegerField("potongan JKM (%)")
    excluded_sources = models.JSONField("sumber dana yang dikecualikan", default=list, blank=True)
    source = models.CharField("dasar hukum", max_length=200, blank=True)

    class Meta:
        ordering = ("valid_from", "sector")
        verbose_name = verbose_name_plural = "keringanan iuran"
        constraints = [
            models.UniqueConstraint(
                fields=["sector", "valid_from"], name="one_discount_per_sector_and_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_sector_display()} {self.valid_from} sampai {self.valid_to}"


class TariffQuestion(models.Model):
    """What a donor was asked once when their contribution is about to change: pay less, or protect one more."""

    ANSWERS = (("pay_less", "Potongan ikut turun"), ("one_more", "Melindungi satu pekerja lagi"))

    lineage = models.ForeignKey(
        "sponsorship.MandateLineage", models.PROTECT, related_name="questions", verbose_name="surat kuasa"
    )
    # The first month with another amount.
    period = PeriodField("bulan")
    amount_before = RupiahField("iuran sebelumnya")
    amount_after = RupiahField("iuran sesudahnya")
    asked_at = models.DateTimeField("ditanyakan")
    answer = models.CharField("jawaban", max_length=12, blank=True, choices=ANSWERS)
    answered_at = models.DateTimeField("dijawab", null=True)

    class Meta:
        ordering = ("-asked_at",)
        verbose_name = verbose_name_plural = "pertanyaan perubahan iuran"
        constraints = [
            models.UniqueConstraint(fields=["lineage", "period"], name="one_question_per_change"),
        ]
