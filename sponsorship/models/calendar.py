from django.db import models

from registry.fields import PeriodField


class Holiday(models.Model):
    """A day on which the city does not work. `works` is the office's own word against the package's calendar."""

    day = models.DateField("tanggal", primary_key=True)
    name = models.CharField("keterangan", max_length=160)
    works = models.BooleanField("tetap hari kerja", default=False)
    source = models.CharField("sumber", max_length=40, default="kantor", editable=False)

    class Meta:
        ordering = ("day",)
        verbose_name = verbose_name_plural = "hari libur"

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class FrozenMonth(models.Model):
    """A month whose collection has been cut: from its first wave on nobody's change reaches it any more."""

    period = PeriodField("bulan", primary_key=True)
    frozen_at = models.DateTimeField("dibekukan")

    class Meta:
        verbose_name = verbose_name_plural = "bulan yang dibekukan"
