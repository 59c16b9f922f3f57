from django.db import models


class FormToken(models.Model):
    """A one-time token that a form carried: the same token with the same body gets the same answer, with
    another body 409."""

    token = models.CharField(max_length=64, primary_key=True)
    body_digest = models.CharField(max_length=64)
    answer = models.CharField(max_length=300, help_text="Where the first answer led.")
    used_at = models.DateTimeField()
