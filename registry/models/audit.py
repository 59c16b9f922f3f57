import pgtrigger
from django.conf import settings
from django.db import models

from registry.rules.events import Event


class AuditEvent(models.Model):
    """One line of the journal. The database refuses to change or delete it."""

    at = models.DateTimeField("waktu", db_index=True)
    event = models.CharField(
        "peristiwa", max_length=60, choices=[(event.value, event.label) for event in Event]
    )
    actor_kind = models.CharField(
        "jenis pelaku",
        max_length=10,
        choices=(("staff", "Petugas"), ("donor", "Donatur"), ("system", "Sistem")),
    )
    actor_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="petugas"
    )
    actor_donor = models.ForeignKey(
        "registry.Donor", models.PROTECT, null=True, related_name="+", verbose_name="donatur"
    )
    object_type = models.CharField("jenis data", max_length=60)
    object_id = models.CharField("nomor data", max_length=64)
    opd = models.ForeignKey("registry.Opd", models.PROTECT, null=True, related_name="+", verbose_name="OPD")
    # Facts without identity numbers, accounts or phones.
    detail = models.JSONField("rincian", default=dict)

    class Meta:
        ordering = ("-at", "-id")
        verbose_name = verbose_name_plural = "jurnal"
        indexes = [models.Index(fields=["object_type", "object_id"], name="journal_of_object")]
        triggers = [
            pgtrigger.Protect(name="journal_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return str(self.get_event_display())
