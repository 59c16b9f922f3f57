import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL

from config.clock import now
from registry.fields import BlindIndexField, SealedTextField
from registry.rules.roles import LABELS, OPD_ROLES, Role
from registry.rules.work import SECTOR_LABELS

_SUBTREE = """
    WITH RECURSIVE below AS (
        SELECT id FROM registry_opd WHERE id = ANY(%s)
        UNION SELECT child.id FROM registry_opd child JOIN below ON child.parent_id = below.id
    ) SELECT id FROM below
"""


class OpdQuerySet(models.QuerySet):
    def at_or_below(self, roots: list[int]) -> "OpdQuerySet":
        """The given units and every unit below them."""
        return self.filter(id__in=RawSQL(_SUBTREE, [list(roots)]))

    def open_on(self, day) -> "OpdQuerySet":
        return self.filter(
            Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gte=day)
        )


class Opd(models.Model):
    """A unit of the city government, as a tree: perangkat daerah, Bagian Setda, kecamatan, and units below them."""

    KINDS = (
        ("perangkat_daerah", "Perangkat daerah"),
        ("bagian", "Bagian Setda"),
        ("kecamatan", "Kecamatan"),
        ("unit", "Unit di bawahnya"),
    )
    code = models.CharField("kode", max_length=30, unique=True)
    name = models.CharField("nama", max_length=160)
    abbreviation = models.CharField("singkatan", max_length=60, blank=True)
    kind = models.CharField("jenis", max_length=20, choices=KINDS)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="units", verbose_name="induk"
    )
    valid_from = models.DateField("berlaku sejak", null=True, blank=True)
    valid_to = models.DateField("berlaku sampai", null=True, blank=True)

    objects = OpdQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        verbose_name = verbose_name_plural = "OPD"

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A member of staff. Signs in with the user name or the NIP, a password and a second factor."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    first_name = None
    last_name = None
    full_name = models.CharField("nama lengkap", max_length=120)
    nip = SealedTextField()
    nip_index = BlindIndexField()
    is_demo = models.BooleanField("akun demo", default=False, editable=False)

    REQUIRED_FIELDS = ["full_name"]

    class Meta(AbstractUser.Meta):
        verbose_name = "petugas"
        verbose_name_plural = "petugas"
        constraints = [
            models.UniqueConstraint(
                fields=["nip_index"], condition=~Q(nip_index=""), name="one_user_per_nip"
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name


class RoleAssignment(models.Model):
    """A right to act: for the whole city, or for one OPD and the units below it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="assignments", verbose_name="petugas")
    role = models.CharField(
        "peran", max_length=30, choices=[(r.value, LABELS[r]) for r in Role if r != Role.DONOR]
    )
    opd = models.ForeignKey(Opd, models.PROTECT, null=True, blank=True, verbose_name="OPD")

    class Meta:
        verbose_name = verbose_name_plural = "peran"
        constraints = [
            models.UniqueConstraint(fields=["user", "role", "opd"], name="role_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=Q(role__in=sorted(OPD_ROLES), opd__isnull=False)
                | Q(~Q(role__in=sorted(OPD_ROLES)), opd__isnull=True),
                name="opd_roles_have_an_opd",
            ),
        ]

    def __str__(self) -> str:
        return LABELS[Role(self.role)]


class Donor(models.Model):
    """An ASN known by a proven contact. Name, NIP and office are copied here when an OPD has verified them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField("dibuat", default=now, editable=False)
    channel = models.CharField("saluran", max_length=10, choices=(("email", "Surel"), ("phone", "Ponsel")))
    contact = SealedTextField()
    contact_index = BlindIndexField(unique=True)
    name = models.CharField("nama", max_length=120, blank=True)
    nip = SealedTextField()
    nip_index = BlindIndexField()
    position = models.CharField("jabatan", max_length=120, blank=True)
    opd = models.ForeignKey(Opd, models.PROTECT, null=True, blank=True, verbose_name="OPD")
    # A second proven contact, for messages only: nobody comes in by it.
    second_channel = models.CharField(
        "saluran kedua", max_length=10, blank=True, choices=(("email", "Surel"), ("phone", "Ponsel"))
    )
    second_contact = SealedTextField()
    # How messages go out; empty: e-mail to an e-mail address, SMS to a mobile number.
    preferred = models.CharField(
        "saluran pesan", max_length=10, blank=True,
        choices=(("email", "Surel"), ("sms", "SMS"), ("whatsapp", "WhatsApp")),
    )  # fmt: skip
    # Kinds of messages this donor does not want (registry.rules.preferences); what the law or money needs is none.
    muted = models.JSONField("pesan yang dimatikan", default=list, blank=True)
    # First day without salary, as the donor said; nothing is debited on or after it.
    retires_on = models.DateField("TMT pensiun", null=True, blank=True)
    erased_at = models.DateTimeField("data dihapus", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "donatur"
        constraints = [
            models.UniqueConstraint(
                fields=["nip_index"], condition=~Q(nip_index=""), name="one_donor_per_nip"
            ),
        ]

    def __str__(self) -> str:
        return self.name or ("Data sudah dihapus" if self.erased_at else "Donatur baru")


class Occupation(models.Model):
    """A kind of work; its sector decides which discount of PP 50/2025 applies."""

    code = models.SlugField("kode", max_length=40, primary_key=True)
    name = models.CharField("nama", max_length=80)
    sector = models.CharField(
        "sektor", max_length=10, choices=[(s.value, label) for s, label in SECTOR_LABELS.items()]
    )
    active = models.BooleanField("dipakai", default=True)

    class Meta:
        ordering = ("name",)
        verbose_name = verbose_name_plural = "jenis pekerjaan"

    def __str__(self) -> str:
        return self.name


class Worker(models.Model):
    """A vulnerable worker as one donor declared them. The person behind several rows is recognised by `nik_index`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField("dibuat", default=now, editable=False)
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
    kelurahan = models.ForeignKey("registry.Kelurahan", models.PROTECT, verbose_name="kelurahan tempat kerja")
    erased_at = models.DateTimeField("data dihapus", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "pekerja"

    def __str__(self) -> str:
        return self.name or "Data sudah dihapus"


class ContactCode(models.Model):
    """A one-time code that was sent to prove an e-mail address or a mobile number."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    channel = models.CharField("saluran", max_length=10)
    contact = SealedTextField()
    contact_index = BlindIndexField(db_index=True)
    digest = models.CharField("sidik kode", max_length=64)
    sent_at = models.DateTimeField("terkirim")
    expires_at = models.DateTimeField("berlaku sampai")
    tries = models.PositiveSmallIntegerField("percobaan", default=0)
    used_at = models.DateTimeField("dipakai", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "kode sekali pakai"


class Roster(models.Model):
    """An OPD's own list of its civil servants, as it was uploaded. The newest one of an OPD counts."""

    opd = models.ForeignKey(Opd, models.PROTECT, related_name="rosters", verbose_name="OPD")
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="diunggah oleh")
    uploaded_at = models.DateTimeField("diunggah")
    sha256 = models.CharField("sidik SHA-256 berkas", max_length=64)
    lines_count = models.PositiveIntegerField("jumlah pegawai")

    class Meta:
        ordering = ("-uploaded_at",)
        verbose_name = verbose_name_plural = "daftar pegawai"

    def __str__(self) -> str:
        return f"{self.opd} {self.uploaded_at:%Y-%m-%d}"


class RosterLine(models.Model):
    """One civil servant of a roster. The NIP is kept as a fingerprint only: a list is for asking, not for reading."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    roster = models.ForeignKey(Roster, models.CASCADE, related_name="lines", verbose_name="daftar pegawai")
    nip_index = BlindIndexField(db_index=True)
    name = SealedTextField()

    class Meta:
        verbose_name = verbose_name_plural = "baris daftar pegawai"
        constraints = [
            models.UniqueConstraint(fields=["roster", "nip_index"], name="one_line_per_nip_and_roster")
        ]
