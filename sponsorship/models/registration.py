import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from config.clock import now
from registry.fields import BlindIndexField, PeriodField, RupiahField, SealedTextField
from registry.guards import only_declared_moves
from registry.models import Bank, Document, Donor, Opd
from sponsorship.rules.lifecycle import OPEN_REGISTRATION, REGISTRATION


class InvitationLink(models.Model):
    """An OPD's own link to the registration: expires, is capped, can be revoked, and presets the OPD."""

    token = models.CharField("kode tautan", max_length=32, unique=True, editable=False)
    opd = models.ForeignKey(Opd, models.PROTECT, verbose_name="OPD")
    label = models.CharField("keterangan", max_length=120, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, verbose_name="dibuat oleh"
    )
    created_at = models.DateTimeField("dibuat", default=now, editable=False)
    expires_at = models.DateTimeField("berlaku sampai")
    max_uses = models.PositiveIntegerField("batas pemakaian", default=500)
    uses = models.PositiveIntegerField("dipakai", default=0, editable=False)
    revoked_at = models.DateTimeField("dicabut", null=True, blank=True, editable=False)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = verbose_name_plural = "tautan pendaftaran"

    def __str__(self) -> str:
        return f"{self.opd} {self.label}".strip()


class Registration(models.Model):
    """What one donor fills in and the OPD checks: the real record from the first saved step on, in state draft."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField("nomor pendaftaran", max_length=14, unique=True, editable=False)
    donor = models.ForeignKey(Donor, models.PROTECT, related_name="registrations", verbose_name="donatur")
    link = models.ForeignKey(
        InvitationLink, models.PROTECT, null=True, related_name="registrations", verbose_name="tautan"
    )
    # A change carries no new worker: another account or a higher ceiling for what already runs.
    kind = models.CharField(
        "jenis", max_length=8, default="new", choices=(("new", "Pendaftaran"), ("change", "Perubahan"))
    )
    state = models.CharField(
        "status", max_length=12, choices=REGISTRATION.choices(), default=REGISTRATION.initial
    )
    # Counts every change of state; a stale post names an old one.
    revision = models.PositiveIntegerField("revisi", default=1)
    started_at = models.DateTimeField("dimulai", default=now)
    touched_at = models.DateTimeField("terakhir diubah", default=now)

    name = models.CharField("nama", max_length=120, blank=True)
    nip = SealedTextField()
    nip_index = BlindIndexField(db_index=True)
    employment = models.CharField(
        "status kepegawaian", max_length=4, blank=True, choices=(("pns", "PNS"), ("pppk", "PPPK"))
    )
    position = models.CharField("jabatan", max_length=120, blank=True)
    opd = models.ForeignKey(Opd, models.PROTECT, null=True, related_name="+", verbose_name="OPD")
    bank = models.ForeignKey(Bank, models.PROTECT, null=True, related_name="+", verbose_name="bank")
    account = SealedTextField()
    account_index = BlindIndexField()
    account_holder = models.CharField("nama pemilik rekening", max_length=120, blank=True)
    ceiling = RupiahField("batas tertinggi per bulan")
    wished_start = PeriodField("mulai yang dipilih", blank=True, default="")
    # Odd but possible input, for the verifier: [{field, message}].
    notes = models.JSONField("catatan", default=list)

    submitted_at = models.DateTimeField("dikirim", null=True)
    taken_at = models.DateTimeField("diambil", null=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="diambil oleh"
    )
    verified_at = models.DateTimeField("disetujui", null=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="disetujui oleh"
    )
    # The codes of what the verifier ticked.
    checks = models.JSONField("hasil pemeriksaan", default=list)
    ended_at = models.DateTimeField("berakhir", null=True)
    erased_at = models.DateTimeField("data dihapus", null=True)

    class Meta:
        ordering = ("submitted_at", "started_at")
        verbose_name = verbose_name_plural = "pendaftaran"
        constraints = [
            models.UniqueConstraint(
                fields=["donor"],
                condition=Q(state__in=OPEN_REGISTRATION),
                name="one_open_registration_per_donor",
            ),
            models.CheckConstraint(
                condition=~Q(state="in_check") | Q(taken_by__isnull=False), name="in_check_names_its_verifier"
            ),
        ]
        indexes = [models.Index(fields=["state", "opd", "submitted_at"], name="desk_queue")]
        triggers = [
            only_declared_moves(REGISTRATION, "registration_moves"),
        ]

    def __str__(self) -> str:
        return self.reference


class RegistrationPaper(models.Model):
    """A paper handed in with a registration. A replaced paper stays until it is purged, marked with when it
    was set aside."""

    registration = models.ForeignKey(
        Registration, models.PROTECT, related_name="papers", verbose_name="pendaftaran"
    )
    kind = models.CharField("jenis", max_length=20)
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name="berkas")
    position = models.PositiveSmallIntegerField("urutan", default=1)
    notes = models.JSONField("catatan", default=list)
    # The bytes exactly as they were handed in, when they carry an electronic signature; `document` is what is shown.
    original = models.ForeignKey(
        Document, models.PROTECT, null=True, related_name="+", verbose_name="berkas asli"
    )
    # What the worker process saw (sponsorship.rules.paper_checks); empty until it has looked.
    seen = models.JSONField("hasil pembacaan", default=dict)
    looked_at = models.DateTimeField("dibaca", null=True)
    added_at = models.DateTimeField("diunggah", default=now)
    set_aside_at = models.DateTimeField("diganti", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "berkas pendaftaran"
        ordering = ("kind", "position", "id")


class ReturnNote(models.Model):
    """Why a registration went back to its donor: reasons from the list per document, and a note."""

    registration = models.ForeignKey(
        Registration, models.PROTECT, related_name="return_notes", verbose_name="pendaftaran"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="oleh")
    at = models.DateTimeField("waktu")
    # {kind of paper: [reason codes]}
    reasons = models.JSONField("alasan")
    note = models.TextField("catatan", blank=True, max_length=600)

    class Meta:
        verbose_name = verbose_name_plural = "catatan pengembalian"
        ordering = ("-at",)


class Consent(models.Model):
    """What a donor agreed to: the version and hash of the text, and the figures it named. UU 27/2022 articles
    20 to 22."""

    registration = models.ForeignKey(
        Registration, models.PROTECT, related_name="consents", verbose_name="pendaftaran"
    )
    purpose = models.CharField("tujuan", max_length=30)
    text_version = models.CharField("versi naskah", max_length=20)
    text_sha256 = models.CharField("sidik SHA-256 naskah", max_length=64)
    figures = models.JSONField("angka yang disetujui", default=dict)
    given_at = models.DateTimeField("disetujui")

    class Meta:
        verbose_name = verbose_name_plural = "persetujuan"
        ordering = ("-given_at",)
        triggers = [
            pgtrigger.Protect(name="consent_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]


class NikTry(models.Model):
    """Which NIKs a donor tried on a day, as fingerprints: more than a few a day is fishing, not sponsoring."""

    donor = models.ForeignKey(Donor, models.CASCADE, related_name="+", verbose_name="donatur")
    day = models.DateField("tanggal")
    nik_index = BlindIndexField()

    class Meta:
        verbose_name = verbose_name_plural = "NIK yang dicoba"
        constraints = [
            models.UniqueConstraint(fields=["donor", "day", "nik_index"], name="one_try_per_nik_and_day")
        ]
