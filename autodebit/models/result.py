import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from autodebit.models.bank import BankProfile
from autodebit.models.batch import Batch
from autodebit.models.obligation import Attempt
from autodebit.rules.lifecycle import RESULT_FILE
from autodebit.rules.matching import Verdict
from registry.fields import RupiahField
from registry.guards import only_declared_moves
from registry.models import Document

OUTCOMES = (
    ("succeeded", "Berhasil"),
    ("failed", "Gagal"),
    ("returned", "Dana dikembalikan"),
    ("pending", "Belum diputuskan bank"),
    ("", "Tidak terbaca"),
)


class ResultFile(models.Model):
    """One answer of the bank, kept by its hash: read, looked at, then applied once as a whole or not at all (I11)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    profile = models.ForeignKey(
        BankProfile, models.PROTECT, related_name="result_files", verbose_name="profil bank"
    )
    batch = models.ForeignKey(
        Batch, models.PROTECT, related_name="result_files", verbose_name="kumpulan potongan"
    )
    format = models.CharField("bentuk", max_length=20)
    name = models.CharField("nama", max_length=120)
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name="berkas")
    sha256 = models.CharField("sidik SHA-256", max_length=64)
    state = models.CharField(
        "status", max_length=12, choices=RESULT_FILE.choices(), default=RESULT_FILE.initial
    )
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="diunggah oleh"
    )
    received_at = models.DateTimeField("diunggah")
    read_at = models.DateTimeField("dibaca", null=True)
    head = models.JSONField("kepala berkas", default=dict)
    # Verdict -> {count, total}; what the person sees and what applying has to find again.
    summary = models.JSONField("ringkasan", default=dict)
    findings = models.JSONField("kesalahan", default=list)
    faults = models.PositiveIntegerField("banyaknya kesalahan", default=0)
    count = models.PositiveIntegerField("jumlah baris", default=0)
    total = RupiahField("jumlah rupiah")
    reason = models.CharField("alasan ditolak", max_length=300, blank=True)
    note = models.CharField("catatan", max_length=300, blank=True)
    apply_requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="diterapkan oleh"
    )
    apply_requested_at = models.DateTimeField("penerapan diminta", null=True)
    applied_at = models.DateTimeField("diterapkan", null=True)

    class Meta:
        ordering = ("-received_at",)
        verbose_name = verbose_name_plural = "jawaban bank"
        constraints = [
            # A refused file may be handed in again, for another batch perhaps; the others are there once.
            models.UniqueConstraint(
                fields=["sha256"], condition=~Q(state="quarantined"), name="a_result_file_is_there_once"
            ),
        ]
        triggers = [
            only_declared_moves(RESULT_FILE, "result_file_moves"),
            pgtrigger.ReadOnly(
                name="result_file_is_fixed",
                fields=["profile", "batch", "format", "document", "sha256", "received_by", "received_at"],
            ),
            pgtrigger.Protect(name="result_file_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.name


class ResultLine(models.Model):
    """One line of a bank's answer as it was read, and what it meant when it was looked at, then when it was applied."""

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(
        ResultFile, models.PROTECT, related_name="lines", verbose_name="jawaban bank", db_index=False
    )
    number = models.PositiveIntegerField("nomor baris")
    reference = models.CharField("rujukan", max_length=35)
    outcome = models.CharField("hasil", max_length=10, choices=OUTCOMES, blank=True)
    code = models.CharField("kode", max_length=10, blank=True)
    amount = models.BigIntegerField("jumlah", null=True)
    booked_on = models.DateField("tanggal buku", null=True)
    text = models.CharField("keterangan bank", max_length=140, blank=True)
    attempt = models.ForeignKey(
        Attempt, models.PROTECT, null=True, related_name="answers", verbose_name="baris potongan"
    )
    verdict = models.CharField(
        "arti", max_length=14, choices=[(verdict.value, verdict.value) for verdict in Verdict]
    )

    class Meta:
        ordering = ("number",)
        verbose_name = verbose_name_plural = "baris jawaban bank"
        constraints = [
            models.UniqueConstraint(fields=["file", "number"], name="one_answer_per_line_number"),
        ]
        indexes = [models.Index(fields=["file", "verdict", "number"], name="answers_by_verdict")]
        triggers = [
            pgtrigger.ReadOnly(
                name="an_answer_is_fixed",
                fields=["file", "number", "reference", "outcome", "code", "amount", "booked_on", "text"],
            ),
            pgtrigger.Protect(name="an_answer_is_never_deleted", operation=pgtrigger.Delete),
        ]


class HandAnswer(models.Model):
    """What the bank answered about one line when asked by a person, with the evidence."""

    attempt = models.ForeignKey(
        Attempt, models.PROTECT, related_name="hand_answers", verbose_name="baris potongan"
    )
    outcome = models.CharField("hasil", max_length=10, choices=OUTCOMES)
    code = models.CharField("kode", max_length=10, blank=True)
    reason = models.CharField("penjelasan", max_length=300)
    evidence = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+", verbose_name="bukti")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="oleh")
    at = models.DateTimeField("waktu")

    class Meta:
        verbose_name = verbose_name_plural = "jawaban bank lewat petugas"
        constraints = [
            models.UniqueConstraint(fields=["attempt", "outcome"], name="one_hand_answer_per_outcome"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="hand_answer_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]
