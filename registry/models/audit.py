import pgtrigger
from django.conf import settings
from django.db import models


class AuditEvent(models.Model):
    """One line of the journal. The database refuses to change or delete it."""

    at = models.DateTimeField(db_index=True)
    event = models.CharField(max_length=60)
    actor_kind = models.CharField(
        max_length=10, choices=(("staff", "Petugas"), ("donor", "Donatur"), ("system", "Sistem"))
    )
    actor_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    actor_donor = models.ForeignKey("registry.Donor", models.PROTECT, null=True, related_name="+")
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=64)
    opd = models.ForeignKey("registry.Opd", models.PROTECT, null=True, related_name="+")
    detail = models.JSONField(default=dict, help_text="Facts without identity numbers, accounts or phones.")

    class Meta:
        ordering = ("-at", "-id")
        verbose_name = verbose_name_plural = "jurnal"
        indexes = [models.Index(fields=["object_type", "object_id"], name="journal_of_object")]
        triggers = [
            pgtrigger.Protect(name="journal_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.object_type}"
