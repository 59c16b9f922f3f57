from django.db import models

from registry.models import Bank


class BankProfile(models.Model):
    """How one bank wants its debit files: the column table is data, its writer is dumb (autodebit.formats)."""

    bank = models.OneToOneField(
        Bank, models.PROTECT, primary_key=True, related_name="profile", verbose_name="bank"
    )
    csv_layout = models.JSONField("tata letak CSV")
    pain008_layout = models.JSONField("tata letak pain.008", default=dict)
    creditor_name = models.CharField("nama rekening penampung", max_length=70)
    creditor_account = models.CharField("nomor rekening penampung", max_length=34)
    creditor_id = models.CharField("nomor pengenal penagih", max_length=35)
    note = models.TextField("catatan", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "profil bank"

    def __str__(self) -> str:
        return self.bank.name
