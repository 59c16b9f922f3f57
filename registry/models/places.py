from django.db import models


class Kecamatan(models.Model):
    """A district of the city, by its Kemendagri code (33.74.01)."""

    code = models.CharField("kode", max_length=8, primary_key=True)
    name = models.CharField("nama", max_length=80)

    class Meta:
        ordering = ("name",)
        verbose_name = verbose_name_plural = "kecamatan"

    def __str__(self) -> str:
        return self.name


class Kelurahan(models.Model):
    """A ward of a district, by its Kemendagri code (33.74.01.1001)."""

    code = models.CharField("kode", max_length=13, primary_key=True)
    name = models.CharField("nama", max_length=80)
    kecamatan = models.ForeignKey(
        Kecamatan, models.PROTECT, related_name="kelurahan", verbose_name="kecamatan"
    )

    class Meta:
        ordering = ("name",)
        verbose_name = verbose_name_plural = "kelurahan"

    def __str__(self) -> str:
        return self.name
