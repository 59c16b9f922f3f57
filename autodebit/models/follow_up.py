import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from autodebit.models.bank import BankProfile
from autodebit.models.obligation import Attempt
from autodebit.models.result import ResultLine
from autodebit.rules.lifecycle import FOLLOW_UP
from registry.fields import PeriodField, RupiahField
from registry.guards import only_declared_moves


class FollowUp(models.Model):
    """Something about one debit that no rule may decide: it waits for a person, who says what was done."""

    KINDS = (
        ("hard_code", "Surat kuasa ditangguhkan oleh jawaban bank"),
        ("unknown_answer", "Bank belum menjawab"),
        ("contradiction", "Jawaban bank bertentangan"),
        ("wrong_amount", "Jumlah di jawaban bank berbeda"),
        ("late_return", "Dana dikembalikan setelah berhasil"),
        ("receivable", "Dana dikembalikan setelah disetor ke BPJS"),
    )
    OUTCOMES = (
        ("noted", "Sudah dicatat, tidak ada yang perlu diubah"),
        ("answered", "Jawaban bank sudah dicatat"),
        ("mandate_resumed", "Surat kuasa dilanjutkan"),
        ("mandate_ended", "Surat kuasa diakhiri"),
        ("collect_again", "Ditagih lagi"),
        ("bridged", "Ditutup dana lain"),
        ("written_off", "Tidak ditagih lagi"),
    )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("jenis", max_length=14, choices=KINDS)
    state = models.CharField("status", max_length=4, choices=FOLLOW_UP.choices(), default=FOLLOW_UP.initial)
    profile = models.ForeignKey(BankProfile, models.PROTECT, related_name="+", verbose_name="profil bank")
    period = PeriodField("bulan")
    attempt = models.ForeignKey(
        Attempt, models.PROTECT, related_name="follow_ups", verbose_name="baris potongan"
    )
    answer = models.ForeignKey(
        ResultLine, models.PROTECT, null=True, related_name="+", verbose_name="baris jawaban bank"
    )
    amount = RupiahField("jumlah")
    opened_at = models.DateTimeField("dibuka")
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="diselesaikan oleh",
    )
    done_at = models.DateTimeField("selesai", null=True)
    outcome = models.CharField("penyelesaian", max_length=16, choices=OUTCOMES, blank=True)
    reason = models.CharField("penjelasan", max_length=300, blank=True)

    class Meta:
        ordering = ("opened_at", "id")
        verbose_name = verbose_name_plural = "tindak lanjut"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "attempt"], condition=Q(state="open"), name="one_open_follow_up_of_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(state="open", outcome="")
                | Q(state="done", done_by__isnull=False) & ~Q(outcome=""),
                name="a_settled_follow_up_says_how",
            ),
        ]
        indexes = [models.Index(fields=["state", "period"], name="follow_ups_waiting")]
        triggers = [
            only_declared_moves(FOLLOW_UP, "follow_up_moves"),
            pgtrigger.Protect(name="follow_up_is_never_deleted", operation=pgtrigger.Delete),
        ]
