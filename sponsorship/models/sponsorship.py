import uuid

from django.db import models
from django.db.models import Q

from config.clock import now
from registry.fields import PeriodField, RupiahField
from registry.guards import only_declared_moves
from registry.models import Donor, Worker
from sponsorship.models.mandate import MandateLineage
from sponsorship.models.registration import Registration
from sponsorship.rules.lifecycle import LIVE_SPONSORSHIP, SPONSORSHIP

PROGRAMMES = (("jkk_jkm", "JKK dan JKM"), ("jkk_jkm_jht", "JKK, JKM, dan JHT"))
FUNDING = (("asn_pribadi", "Dana pribadi ASN"), ("apbd", "APBD"), ("dbhcht", "DBHCHT"), ("csr", "CSR"))


class Sponsorship(models.Model):
    """One donor's promise for one worker: programme, declared income, from which month to which."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    registration = models.ForeignKey(
        Registration, models.PROTECT, related_name="sponsorships", verbose_name="pendaftaran"
    )
    donor = models.ForeignKey(Donor, models.PROTECT, related_name="sponsorships", verbose_name="donatur")
    lineage = models.ForeignKey(
        MandateLineage,
        models.PROTECT,
        null=True,
        related_name="sponsorships",
        verbose_name="rangkaian surat kuasa",
    )
    worker = models.OneToOneField(Worker, models.PROTECT, related_name="sponsorship", verbose_name="pekerja")
    position = models.PositiveSmallIntegerField("urutan", default=1)
    state = models.CharField(
        "status", max_length=12, choices=SPONSORSHIP.choices(), default=SPONSORSHIP.initial
    )
    programme = models.CharField("program", max_length=12, choices=PROGRAMMES, blank=True)
    declared_income = RupiahField("penghasilan per bulan")
    base_income = RupiahField("dasar upah")
    funding = models.CharField("sumber dana", max_length=12, choices=FUNDING, default="asn_pribadi")
    # The worker's NIK fingerprint while this promise holds the worker, else NULL: one live sponsorship per NIK (I13).
    holds_nik = models.CharField(max_length=64, null=True, unique=True, editable=False)
    start_period = PeriodField("mulai", blank=True, default="")
    end_period = PeriodField("bulan terakhir", blank=True, default="")
    # Not due from the first of these months on until the month before the second one ("" means open).
    pause_from = PeriodField("jeda sejak", blank=True, default="")
    pause_until = PeriodField("jalan lagi sejak", blank=True, default="")
    # The first month that BPJS confirmed; empty while no month was.
    active_since = PeriodField("terlindungi sejak", blank=True, default="")
    # Who took this worker's place under the same ceiling.
    successor = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessor",
        verbose_name="digantikan oleh",
    )
    # Set when the worker came from the waiting list.
    waiting = models.ForeignKey(
        "sponsorship.WaitingWorker",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sponsorships",
        verbose_name="dari daftar tunggu",
    )
    created_at = models.DateTimeField("dibuat", default=now)

    class Meta:
        ordering = ("position", "created_at")
        verbose_name = verbose_name_plural = "perlindungan"
        constraints = [
            models.CheckConstraint(
                condition=Q(holds_nik=None) | Q(state__in=LIVE_SPONSORSHIP),
                name="only_live_sponsorships_hold_a_nik",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("pending", "withdrawn", "superseded", "ended")) | ~Q(holds_nik=None),
                name="running_sponsorships_hold_their_nik",
            ),
            models.CheckConstraint(
                condition=~Q(state="paused") | ~Q(pause_from=""), name="a_paused_promise_says_since_when"
            ),
            models.CheckConstraint(
                condition=Q(pause_until="") | (~Q(pause_from="") & Q(pause_until__gt=models.F("pause_from"))),
                name="a_pause_ends_after_it_begins",
            ),
        ]
        indexes = [models.Index(fields=["lineage", "state"], name="sponsorships_of_lineage")]
        triggers = [only_declared_moves(SPONSORSHIP, "sponsorship_moves")]

    def __str__(self) -> str:
        return f"{self.worker} {self.get_state_display()}"
