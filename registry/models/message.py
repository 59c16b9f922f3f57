import uuid

from django.db import models

from config.clock import now
from registry.fields import PeriodField, SealedTextField


class Message(models.Model):
    """A row of the outbox: what is to be said to whom. Unique on (event, recipient, occasion), so nobody hears
    it twice."""

    QUEUED, SENT, FAILED = "queued", "sent", "failed"
    STATES = ((QUEUED, "Menunggu"), (SENT, "Terkirim"), (FAILED, "Gagal"))
    EVENTS = (
        ("one_time_code", "Kode sekali pakai"),
        ("registration_started", "Pendaftaran dimulai"),
        ("registration_submitted", "Pendaftaran dikirim"),
        ("registration_returned", "Pendaftaran dikembalikan"),
        ("registration_verified", "Pendaftaran disetujui"),
        ("registration_withdrawn", "Pendaftaran dibatalkan"),
        ("mandate_revoked", "Surat kuasa dicabut"),
        ("debit_notice", "Pemberitahuan potongan"),
        ("debit_receipt", "Tanda terima potongan"),
        ("debit_failed", "Potongan gagal, akan dicoba lagi"),
        ("debit_failed_finally", "Potongan gagal"),
        ("debit_returned", "Potongan dikembalikan bank"),
        ("debit_refunded", "Dana dikembalikan"),
        ("salary_skipped", "Potongan dilewati karena gaji"),
        ("salary_reminder", "Pengingat konfirmasi gaji"),
        ("step_late", "Langkah bulanan terlambat"),
        ("draft_reminder", "Pengingat pendaftaran belum selesai"),
        ("signature_reminder", "Pengingat surat kuasa belum ditandatangani"),
        ("tariff_change", "Iuran akan berubah"),
        ("retirement_near", "Menjelang pensiun"),
        ("promise_changed", "Perubahan perlindungan"),
        ("donor_moved", "Pindah OPD"),
        ("donor_retires", "Berhenti karena pensiun"),
        ("cooling_off", "Dibatalkan sebelum potongan pertama"),
        ("data_erased", "Data dihapus"),
        ("contact_changed", "Kontak untuk masuk diganti"),
        ("reservation_over", "Pilihan dari daftar tunggu dilepas"),
        ("waiting_verified", "Masuk daftar tunggu"),
        ("waiting_refused", "Tidak dapat masuk daftar tunggu"),
        ("worker_consent_asked", "Permintaan persetujuan pekerja"),
        ("worker_protected", "Pekerja terlindungi"),
    )
    CHANNELS = (("email", "Surel"), ("sms", "SMS"), ("whatsapp", "WhatsApp"))

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.CharField("jenis pesan", max_length=40, choices=EVENTS)
    # Donor or user id, or the blind index of a contact.
    recipient = models.CharField("penerima", max_length=64)
    period = PeriodField("bulan", blank=True, default="")
    # What the event is about when it has no period.
    occasion = models.CharField("perihal", max_length=80, blank=True)
    channel = models.CharField("saluran", max_length=10, choices=CHANNELS)
    to = SealedTextField()
    subject = models.CharField("judul", max_length=160)
    body = SealedTextField()
    state = models.CharField("status", max_length=10, choices=STATES, default=QUEUED)
    tries = models.PositiveSmallIntegerField("percobaan", default=0)
    error = models.CharField("kendala", max_length=200, blank=True)
    created_at = models.DateTimeField("dibuat", default=now)
    not_before = models.DateTimeField("dikirim paling cepat", default=now)
    sent_at = models.DateTimeField("terkirim", null=True)

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
