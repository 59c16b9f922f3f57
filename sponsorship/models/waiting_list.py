import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from config.clock import now
from registry.fields import BlindIndexField, SealedTextField
from registry.guards import only_declared_moves
from registry.models import Document, Donor, Kelurahan, Occupation, Opd
from sponsorship.rules.lifecycle import LIVE_WAITING, WAITING

GROUPS = (
    ("kelurahan", "Kelurahan"),
    ("pasar", "Pasar"),
    ("ojek", "Pangkalan ojek"),
    ("lain", "Kelompok lain"),
)


class Poster(models.Model):
    """A poster with a QR code by which workers register themselves: a market, a kelurahan, a motorcycle taxi stand."""

    token = models.CharField("kode poster", max_length=32, unique=True, editable=False)
    group_kind = models.CharField("jenis kelompok", max_length=12, choices=GROUPS)
    group_name = models.CharField("nama kelompok", max_length=120)
    kelurahan = models.ForeignKey(
        Kelurahan, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="kelurahan"
    )
    opd = models.ForeignKey(
        Opd, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="dipasang oleh"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False, verbose_name="dibuat oleh"
    )
    created_at = models.DateTimeField("dibuat", default=now, editable=False)
    revoked_at = models.DateTimeField("dicabut", null=True, blank=True, editable=False)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = verbose_name_plural = "poster pendaftaran pekerja"

    def __str__(self) -> str:
        return self.group_name


class WaitingWorker(models.Model):
    """A worker without a sponsor: registered at a poster or entered by an officer, checked by the office, then chosen.

    Donors see no identity here, only the kind of work, the ward and since when somebody waits.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField("didaftarkan", default=now, editable=False)
    source = models.CharField(
        "sumber", max_length=8, choices=(("self", "Mendaftar sendiri"), ("officer", "Dimasukkan petugas"))
    )
    poster = models.ForeignKey(
        Poster, models.PROTECT, null=True, blank=True, related_name="workers", verbose_name="poster"
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="dimasukkan oleh"
    )
    entered_for = models.ForeignKey(
        Opd, models.PROTECT, null=True, related_name="+", verbose_name="dimasukkan untuk"
    )
    group_kind = models.CharField("jenis kelompok", max_length=12, choices=GROUPS, blank=True)
    group_name = models.CharField("nama kelompok", max_length=120, blank=True)
    name = models.CharField("nama", max_length=120)
    nik = SealedTextField()
    nik_index = BlindIndexField(db_index=True)
    birth_date = models.DateField("tanggal lahir", null=True)
    sex = models.CharField(
        "jenis kelamin", max_length=1, blank=True, choices=(("L", "Laki-laki"), ("P", "Perempuan"))
    )
    phone = SealedTextField()
    phone_index = BlindIndexField()
    occupation = models.ForeignKey(Occupation, models.PROTECT, verbose_name="jenis pekerjaan")
    workplace = models.CharField("tempat kerja sehari-hari", max_length=160)
    kelurahan = models.ForeignKey(Kelurahan, models.PROTECT, verbose_name="kelurahan tempat kerja")
    notes = models.JSONField("catatan", default=list)
    state = models.CharField("status", max_length=12, choices=WAITING.choices(), default=WAITING.initial)
    # Since when this worker waits; who lost a sponsor goes first.
    waiting_since = models.DateTimeField("menunggu sejak", null=True)
    first_in_line = models.BooleanField("didahulukan", default=False)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="diperiksa oleh"
    )
    verified_at = models.DateTimeField("diperiksa", null=True)
    refused_because = models.CharField("alasan penolakan", max_length=300, blank=True)
    reserved_by = models.ForeignKey(
        Donor, models.PROTECT, null=True, related_name="+", verbose_name="dipilih oleh"
    )
    reserved_until = models.DateTimeField("disimpan sampai", null=True)
    erased_at = models.DateTimeField("data dihapus", null=True)

    class Meta:
        ordering = ("-first_in_line", "waiting_since", "created_at")
        verbose_name = verbose_name_plural = "daftar tunggu pekerja"
        constraints = [
            models.UniqueConstraint(
                fields=["nik_index"], condition=Q(state__in=LIVE_WAITING), name="one_live_wait_per_nik"
            ),
            models.CheckConstraint(
                condition=~Q(state="reserved") | Q(reserved_by__isnull=False, reserved_until__isnull=False),
                name="a_reservation_names_its_donor_and_its_end",
            ),
        ]
        indexes = [models.Index(fields=["state", "first_in_line", "waiting_since"], name="waiting_in_line")]
        triggers = [only_declared_moves(WAITING, "waiting_moves")]

    def __str__(self) -> str:
        return self.name


class WorkerConsent(models.Model):
    """The worker's own yes (UU 27/2022 articles 20 to 22): by a code to their phone, or by a thumb print on paper."""

    METHODS = (("code", "Tautan dan kode ke ponsel"), ("thumb_print", "Formulir dengan cap jempol"))

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    nik_index = BlindIndexField(db_index=True)
    waiting = models.ForeignKey(
        WaitingWorker, models.PROTECT, null=True, related_name="consents", verbose_name="daftar tunggu"
    )
    sponsorship = models.ForeignKey(
        "sponsorship.Sponsorship",
        models.PROTECT,
        null=True,
        related_name="consents",
        verbose_name="perlindungan",
    )
    method = models.CharField("cara", max_length=12, choices=METHODS)
    text_version = models.CharField("versi naskah", max_length=20)
    text_sha256 = models.CharField("sidik SHA-256 naskah", max_length=64)
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, related_name="+", verbose_name="formulir"
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="dicatat oleh"
    )
    given_at = models.DateTimeField("disetujui")

    class Meta:
        verbose_name = verbose_name_plural = "persetujuan pekerja"
        ordering = ("-given_at",)
        triggers = [
            pgtrigger.Protect(
                name="worker_consent_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]
