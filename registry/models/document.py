import uuid

from django.db import models

from config.clock import now

KINDS = (
    ("signed_mandate", "Surat kuasa yang ditandatangani"),
    ("ktp", "KTP"),
    ("passbook", "Buku tabungan"),
    ("mandate_print", "Surat kuasa untuk dicetak"),
    ("bank_file", "Berkas bank"),
    ("bank_answer", "Jawaban bank"),
    ("statement", "Mutasi rekening"),
    ("evidence", "Bukti"),
    ("cover_letter", "Surat pengantar"),
    ("signed_original", "Surat kuasa bertanda tangan elektronik"),
    ("worker_consent", "Persetujuan pekerja"),
)


class Document(models.Model):
    """One kept file. The bytes lie encrypted under their SHA-256 in PAPERS_DIR and never change."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("jenis", max_length=20, choices=KINDS)
    sha256 = models.CharField("sidik SHA-256", max_length=64, db_index=True)
    size = models.PositiveIntegerField("ukuran (bita)")
    content_type = models.CharField("jenis berkas", max_length=100)
    created_at = models.DateTimeField("disimpan", default=now)
    purged_at = models.DateTimeField("dihapus", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "berkas"

    def __str__(self) -> str:
        return self.get_kind_display()


class DocumentPage(models.Model):
    """A picture of one page, for looking at on a screen: JPEG, at most 1600 px on the longer side."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="pages", verbose_name="berkas")
    number = models.PositiveSmallIntegerField("halaman")
    sha256 = models.CharField("sidik SHA-256", max_length=64)
    size = models.PositiveIntegerField("ukuran (bita)")

    class Meta:
        verbose_name = verbose_name_plural = "halaman berkas"
        ordering = ("number",)
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="one_picture_per_page")]
