from django.db import models


class FormToken(models.Model):
    """A one-time token that a form carried: the same token with the same body gets the same answer, with
    another body 409."""

    token = models.CharField("kode", max_length=64, primary_key=True)
    body_digest = models.CharField("sidik isi", max_length=64)
    # Where the first answer led.
    answer = models.CharField("jawaban", max_length=300)
    used_at = models.DateTimeField("dipakai")

    class Meta:
        verbose_name = verbose_name_plural = "kode formulir"
