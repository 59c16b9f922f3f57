import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from registry.models import Bank


class BankProfile(models.Model):
    """How one bank wants its debit files and how it answers: tables, not code (autodebit.formats).

    `layouts`, `results`, `statements`: name of a format -> its layout. What is written is every format in `layouts`.
    """

    bank = models.OneToOneField(
        Bank, models.PROTECT, primary_key=True, related_name="profile", verbose_name="bank"
    )
    layouts = models.JSONField("berkas yang dikirim", default=dict)
    results = models.JSONField("jawaban bank", default=dict, blank=True)
    statements = models.JSONField("mutasi rekening", default=dict, blank=True)
    max_lines = models.PositiveIntegerField("baris terbanyak per berkas", default=50_000)
    creditor_name = models.CharField("nama rekening penampung", max_length=70)
    creditor_account = models.CharField("nomor rekening penampung", max_length=34)
    creditor_id = models.CharField("nomor pengenal penagih", max_length=35)
    note = models.TextField("catatan", blank=True)
    revision = models.PositiveIntegerField("revisi", default=0, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "profil bank"
        constraints = [models.CheckConstraint(condition=Q(max_lines__gte=1), name="a_file_has_lines")]

    def __str__(self) -> str:
        return self.bank.name


class ReasonCode(models.Model):
    """What a bank's answer means: whose turn it is, what the donor reads, and whether a retry makes sense."""

    OWNERS = (("donor", "Donatur"), ("office", "Dinas"), ("bank", "Bank"), ("opd", "OPD"))

    profile = models.ForeignKey(
        BankProfile, models.PROTECT, related_name="reasons", verbose_name="profil bank"
    )
    code = models.CharField("kode", max_length=10)
    meaning = models.CharField("arti", max_length=120)
    donor_text = models.CharField("yang dibaca donatur", max_length=300)
    owner = models.CharField("giliran", max_length=8, choices=OWNERS)
    next_action = models.CharField("langkah berikutnya", max_length=200)
    retryable = models.BooleanField("boleh dicoba lagi", default=False)
    hard = models.BooleanField("surat kuasa ditangguhkan", default=False)

    class Meta:
        ordering = ("profile", "code")
        verbose_name = verbose_name_plural = "kode jawaban bank"
        constraints = [
            models.UniqueConstraint(fields=["profile", "code"], name="one_meaning_per_code"),
            models.CheckConstraint(
                condition=~Q(retryable=True, hard=True), name="a_hard_code_is_not_retried"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.meaning}"


class ProfileRevision(models.Model):
    """A bank profile with its reason codes as it stood from `at` on; a sealed batch names the one it was written by."""

    profile = models.ForeignKey(
        BankProfile, models.PROTECT, related_name="revisions", verbose_name="profil bank"
    )
    number = models.PositiveIntegerField("revisi")
    content = models.JSONField("isi")
    sha256 = models.CharField("sidik SHA-256", max_length=64)
    # NULL: the reference data that came with the product.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="oleh"
    )
    at = models.DateTimeField("waktu")

    class Meta:
        ordering = ("profile", "-number")
        verbose_name = verbose_name_plural = "riwayat profil bank"
        constraints = [
            models.UniqueConstraint(fields=["profile", "number"], name="one_content_per_revision"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="profile_revision_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]

    def __str__(self) -> str:
        return f"{self.profile} revisi {self.number}"
