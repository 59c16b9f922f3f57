from django.db import models


class Bank(models.Model):
    """A bank that debits for the programme; its file layouts live with the collection (autodebit.BankProfile)."""

    code = models.CharField("kode bank", max_length=3, primary_key=True)
    name = models.CharField("nama", max_length=60)
    legal_name = models.CharField("nama badan hukum", max_length=120)
    bic = models.CharField("BIC", max_length=11)
    clearing_code = models.CharField("sandi kliring", max_length=7, blank=True)
    account_pattern = models.CharField("pola nomor rekening", max_length=60, default=r"^\d{10}$")
    account_hint = models.CharField("petunjuk nomor rekening", max_length=120)
    requires_lodging = models.BooleanField("surat kuasa harus diterima bank lebih dahulu", default=False)
    active = models.BooleanField("dipakai", default=True)

    class Meta:
        ordering = ("code",)
        verbose_name = verbose_name_plural = "bank"

    def __str__(self) -> str:
        return self.name


class City(models.Model):
    """The one city profile: everything that is true of this city only. There is exactly one row (pk 1)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField("kota", max_length=60)
    government = models.CharField("pemerintah", max_length=80)
    programme = models.CharField("nama gerakan", max_length=120)
    office = models.CharField("dinas pengelola", max_length=120)
    office_opd_code = models.CharField("kode OPD pengelola", max_length=20)
    region_prefix = models.CharField("awalan NIK kota", max_length=4)
    help_phone = models.CharField("telepon bantuan", max_length=30)
    help_whatsapp = models.CharField("WhatsApp bantuan", max_length=30)
    help_email = models.EmailField("surel bantuan")
    help_hours = models.CharField("jam layanan", max_length=80)
    bank = models.ForeignKey(Bank, models.PROTECT, verbose_name="bank")
    cutoff_working_days = models.PositiveSmallIntegerField(
        "batas waktu (hari kerja sebelum gajian)", default=3
    )
    cutoff_hour = models.PositiveSmallIntegerField("batas waktu (pukul, WIB)", default=16)
    salary_gate = models.CharField(
        "gerbang gaji",
        max_length=8,
        choices=(("off", "Tidak dipakai"), ("per_opd", "Bendahara setiap OPD menyatakan gaji sudah masuk")),
        default="off",
    )
    draft_days = models.PositiveSmallIntegerField("umur draf (hari)", default=30)
    ceiling_factor = models.PositiveSmallIntegerField("kelipatan batas tertinggi", default=2)
    meterai_required = models.BooleanField("surat kuasa bermeterai", default=True)
    age_limit = models.PositiveSmallIntegerField("batas usia pekerja (tahun)", default=65)
    niks_per_day = models.PositiveSmallIntegerField("NIK berbeda per donatur per hari", default=10)
    workers_per_registration = models.PositiveSmallIntegerField("pekerja per pendaftaran", default=5)
    reservation_days = models.PositiveSmallIntegerField("simpan pilihan daftar tunggu (hari)", default=7)
    retirement_age = models.PositiveSmallIntegerField("usia pensiun yang diingatkan (tahun)", default=58)
    tariff_notice_days = models.PositiveSmallIntegerField("pemberitahuan tarif (hari sebelumnya)", default=45)
    scan_retention_days = models.PositiveSmallIntegerField("simpan KTP dan buku tabungan (hari)", default=90)
    workers_total = models.PositiveIntegerField("jumlah pekerja", default=0)
    workers_covered = models.PositiveIntegerField("pekerja terlindungi", default=0)
    coverage_target = models.DecimalField("target cakupan (%)", max_digits=5, decimal_places=2, default=0)
    coverage_source = models.CharField("sumber angka cakupan", max_length=200, blank=True)

    class Meta:
        verbose_name = "profil kota"
        verbose_name_plural = "profil kota"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="city_is_one_row")]

    def __str__(self) -> str:
        return self.name

    @property
    def help_email_parts(self) -> tuple[str, str]:
        """The address up to and with its @, and what follows: where a narrow screen may break it."""
        name, sign, host = self.help_email.partition("@")
        return name + sign, host
