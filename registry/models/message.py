import uuid

from django.db import models

from config.clock import now
from registry.fields import PeriodField, SealedTextField


class Message(models.Model):
    """A row of the outbox: what is to be said to whom. Unique on (event, recipient, occasion), so nobody hears
    it twice."""

    QUEUED, SENT, FAILED = "queued", "sent", "failed"
    STATES = ((QUEUED, "Menunggu"), (SENT, "Terkirim"), (FAILED, "Gagal"))
    CHANNELS = (("email", "Surel"), ("sms", "SMS"), ("whatsapp", "WhatsApp"))

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.CharField(max_length=40)
    recipient = models.CharField(
        max_length=64, help_text="Donor or user id, or the blind index of a contact."
    )
    period = PeriodField(blank=True, default="")
    occasion = models.CharField(
        max_length=80, blank=True, help_text="What the event is about when it has no period."
    )
    channel = models.CharField(max_length=10, choices=CHANNELS)
    to = SealedTextField()
    subject = models.CharField(max_length=160)
    body = SealedTextField()
    state = models.CharField(max_length=10, choices=STATES, default=QUEUED)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=now)
    not_before = models.DateTimeField(default=now)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = verbose_name_plural = "pesan"
        constraints = [
            models.UniqueConstraint(fields=["event", "recipient", "period", "occasion"], name="said_once"),
        ]
        indexes = [
            models.Index(fields=["not_before"], condition=models.Q(state="queued"), name="messages_waiting")
        ]

    def __str__(self) -> str:
        return self.subject
