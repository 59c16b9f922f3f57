"""The forms of the donor's way. They know fields and values, nothing of pages, steps or sessions."""

from collections.abc import Container, Iterable, Sequence
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from registry.models import Bank, Kelurahan, Occupation, Opd
from registry.rules.display import nik_display, nip_display, phone_display
from registry.rules.documents import DocumentKind
from registry.rules.finding import Finding
from registry.rules.identity import names_differ, parse_account
from sponsorship.models import Registration, Sponsorship
from sponsorship.models.sponsorship import PROGRAMMES
from sponsorship.rules.eligibility import Bar, Situation, bar_of
from sponsorship.rules.mandate import ceiling_bounds
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month
from sponsorship.wizard import fields

EMAIL, PHONE = "email", "phone"
CHANNELS = ((EMAIL, "Surel (email)"), (PHONE, "SMS ke nomor ponsel"))

# What each programme gives, in one line. Source: the brochure for informal workers of BPJS Ketenagakerjaan, 2026.
BENEFITS = {
    "jkk_jkm": "Berobat karena kecelakaan kerja sampai sembuh tanpa batas biaya, dan santunan Rp42.000.000 bila "
    "meninggal (penuh sesudah tiga bulan iuran berturut-turut).",
    "jkk_jkm_jht": "Semua manfaat di atas, ditambah tabungan hari tua milik pekerja sendiri beserta hasilnya.",
}
PROGRAMME_NAMES = {
    "jkk_jkm": "JKK dan JKM: kecelakaan kerja dan kematian",
    "jkk_jkm_jht": "JKK, JKM, dan JHT: ditambah tabungan",
}
SITUATIONS = {
    Situation.OWN: ("Bekerja sendiri atau harian", "Pedagang, ojek, tukang, nelayan, marbot, buruh harian."),
    Situation.EMPLOYEE: ("Karyawan perusahaan atau instansi", ""),
    Situation.NO_WORK: ("Sedang tidak bekerja, atau mengurus rumah tangga", ""),
    Situation.OTHER_FUND: ("Iuran BPJS Ketenagakerjaannya sudah dibayar pihak lain", ""),
}
CODE_LENGTH = 6
REPLACING = {
    "signed_mandate": "Tambah halaman surat kuasa",
    "ktp": "Ganti foto KTP",
    "passbook": "Ganti foto buku tabungan",
}


class StepForm(forms.Form):
    """Every form of the wizard: crispy draws the fields, the page brings the form tag, the token and the buttons."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def refuse(self, finding: Finding) -> None:
        """Shows what an action answered: at its field when this form has it, else on top."""
        self.add_error(finding.field if finding.field in self.fields else None, finding.message)

    @property
    def notes(self) -> list[Finding]:
        return fields.notes_of(self)


class ContactForm(StepForm):
    channel = forms.ChoiceField(
        label="Pilih cara menerima kode",
        choices=CHANNELS,
        widget=forms.RadioSelect,
        initial=EMAIL,
        error_messages={"required": "Pilih surel atau SMS.", "invalid_choice": "Pilih surel atau SMS."},
    )
    email = fields.email_field(
        "Alamat surel", help_text="Alamat dinas atau pribadi, misalnya nama@contoh.go.id."
    )
    phone = fields.phone_field(
        "Nomor ponsel",
        help_text="Misalnya 0812-3456-7890. Spasi dan tanda hubung boleh.",
        widget=fields.text_input("tel", "width-18", type="tel", autocomplete="tel"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Only the chosen way counts; what stands in the other input is kept and not judged.
        for way in (EMAIL, PHONE):
            if self.data.get("channel") != way:
                self.fields[way].clean = lambda value: ""

    @property
    def channel_and_contact(self) -> tuple[str, str]:
        channel = self.cleaned_data["channel"]
        return channel, self.cleaned_data[channel]


class CodeForm(StepForm):
    code = forms.CharField(
        label="Kode 6 angka",
        strip=False,
        widget=fields.text_input("numeric", "width-6", autocomplete="one-time-code"),
        error_messages={"required": "Isi 6 angka dari pesan yang kami kirim."},
    )

    def clean_code(self) -> str:
        typed = self.cleaned_data["code"]
        digits = [character for character in typed if character in "0123456789"]
        if len(typed) > fields.LONGEST_INPUT or len(digits) != CODE_LENGTH:
            raise forms.ValidationError(
                f"Kode terdiri dari {CODE_LENGTH} angka. Salin dari pesan terakhir yang kami kirim."
            )
        return "".join(digits)


class PersonForm(StepForm):
    name = fields.name_field(
        "Nama sesuai KTP",
        widget=fields.text_input(autocomplete="name"),
        help_text="Satu kata pun boleh. Gelar tidak perlu.",
    )
    nip = fields.nip_field(
        "NIP atau NI PPPK", help_text="18 angka. PPPK: tulis NI PPPK dari surat keputusan pengangkatan."
    )
    position = fields.line_field(
        "Jabatan",
        longest=120,
        empty="Isi jabatan Anda, misalnya Guru Ahli Muda.",
        widget=fields.text_input(autocomplete="organization-title"),
        help_text="Misalnya Guru Ahli Muda atau Pengelola Kepegawaian.",
    )
    opd = fields.PickField(
        label="OPD tempat Anda bekerja",
        missing="Pilih OPD tempat Anda bekerja.",
        help_text="Bila unit Anda tidak ada, pilih dinas, badan, atau kecamatan induknya.",
    )

    def __init__(self, *args: Any, offices: Iterable[Opd], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = dict(Opd.KINDS)
        self.fields["opd"].offer(
            offices,
            prompt="Pilih OPD",
            label=lambda opd: f"{opd.name} ({opd.abbreviation})" if _worth_naming(opd) else opd.name,
            group=lambda opd: kinds[opd.kind],
        )

    @staticmethod
    def initial_of(registration: Registration) -> dict[str, Any]:
        return {
            "name": registration.name,
            "nip": nip_display(registration.nip),
            "position": registration.position,
            "opd": registration.opd_id,
        }


class AccountForm(StepForm):
    account = fields.account_field("Nomor rekening")
    account_again = fields.account_field(
        "Tulis nomor rekening sekali lagi",
        help_text="Supaya salah ketik ketahuan.",
        empty="Tulis nomor rekening yang sama sekali lagi.",
    )
    holder = fields.name_field(
        "Nama pemilik sesuai buku tabungan",
        help_text="Rekening harus atas nama Anda sendiri.",
        empty="Isi nama pemilik seperti tertulis di buku tabungan.",
    )

    def __init__(self, *args: Any, bank: Bank, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[
            "account"
        ].help_text = f"{bank.account_hint[:1].upper()}{bank.account_hint[1:]}. Nol di depan ikut ditulis."
        for name in ("account", "account_again"):
            self.fields[name].parse = lambda text: parse_account(
                text, pattern=bank.account_pattern, hint=bank.account_hint.split(",")[0]
            )

    def clean(self) -> None:
        first, second = self.cleaned_data.get("account"), self.cleaned_data.get("account_again")
        if first and second and first != second:
            self.add_error(
                "account_again",
                "Nomor yang kedua tidak sama dengan yang pertama. Cocokkan dengan buku tabungan.",
            )

    def notes_for(self, donor_name: str) -> list[Finding]:
        if not names_differ(donor_name, self.cleaned_data["holder"]):
            return self.notes
        words = "Nama pemilik rekening berbeda dari nama ASN."
        return [*self.notes, Finding("holder_differs", words, "account_holder", "note")]

    @staticmethod
    def initial_of(registration: Registration) -> dict[str, Any]:
        # A change begins with the account that is debited now: it is not handed out again to be looked at.
        shown = "" if registration.kind == "change" else fields.grouped(registration.account)
        return {
            "account": shown,
            "account_again": shown,
            "holder": registration.account_holder or registration.name,
        }


class WorkerForm(StepForm):
    """One worker. How they work is asked to turn nobody's effort to waste, and is not among the cleaned data."""

    situation = forms.ChoiceField(
        label="Bagaimana ia bekerja sekarang?",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Pilih bagaimana ia bekerja sekarang.",
            "invalid_choice": "Pilih bagaimana ia bekerja sekarang.",
        },
    )
    name = fields.name_field(
        "Nama sesuai KTP", widget=fields.text_input(autocomplete="off"), help_text="Nama satu kata boleh."
    )
    nik = fields.nik_field("NIK", help_text="16 angka di KTP. Spasi dan titik boleh.")
    phone = fields.phone_field(
        "Nomor ponsel", required=False, help_text="Agar pekerja dapat dikabari tentang perlindungannya."
    )
    occupation = fields.PickField(label="Jenis pekerjaan", missing="Pilih jenis pekerjaan dari daftar.")
    workplace = fields.line_field(
        "Tempat bekerja sehari-hari",
        longest=160,
        empty="Isi tempat bekerja sehari-hari, misalnya Pasar Johar atau Jalan Pemuda.",
        help_text="Nama pasar, jalan, pangkalan, atau masjid.",
    )
    kelurahan = fields.PickField(
        label="Kelurahan tempat bekerja", missing="Pilih kelurahan tempat bekerja dari daftar."
    )

    def __init__(
        self, *args: Any, occupations: Iterable[Occupation], wards: Iterable[Kelurahan], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.situation = ""
        self.fields["situation"].choices = [
            (value.value, _with_hint(name, hint)) for value, (name, hint) in SITUATIONS.items()
        ]
        self.fields["occupation"].offer(occupations, prompt="Pilih jenis pekerjaan")
        self.fields["kelurahan"].offer(
            wards, prompt="Pilih kelurahan", group=lambda ward: ward.kecamatan.name
        )

    def clean(self) -> None:
        self.situation = self.cleaned_data.pop("situation", "")

    @property
    def bar(self) -> Bar | None:
        """Why this worker cannot join, as far as the form alone can tell."""
        too_young = list(self.errors) == ["nik"] and self.has_error("nik", "nik_under_age")
        return bar_of(self.situation) or (Bar.TOO_YOUNG if too_young else None)

    @staticmethod
    def initial_of(sponsorship: Sponsorship) -> dict[str, Any]:
        worker = sponsorship.worker
        return {
            # Who was saved once could join then; the answer itself is not kept.
            "situation": Situation.OWN.value,
            "name": worker.name,
            "nik": nik_display(worker.nik),
            "phone": phone_display(worker.phone) if worker.phone else "",
            "occupation": worker.occupation_id,
            "workplace": worker.workplace,
            "kelurahan": worker.kelurahan_id,
        }


class CoverForm(StepForm):
    programme = forms.ChoiceField(
        label="Pilih program",
        widget=forms.RadioSelect,
        choices=[(value, PROGRAMME_NAMES[value]) for value, _ in PROGRAMMES],
        error_messages={
            "required": "Pilih salah satu program.",
            "invalid_choice": "Pilih salah satu program.",
        },
    )
    declared_income = forms.TypedChoiceField(
        label="Perkiraan penghasilan pekerja sebulan",
        coerce=int,
        help_text="Iuran dan santunan dihitung dari angka ini. Bila ragu, biarkan yang paling rendah.",
        error_messages={
            "required": "Pilih penghasilan dari daftar.",
            "invalid_choice": "Pilih penghasilan dari daftar.",
        },
        widget=forms.Select(attrs={"class": "width-18"}),
    )

    def __init__(self, *args: Any, bases: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].choices = [
            (value, _with_hint(PROGRAMME_NAMES[value], BENEFITS[value])) for value, _ in PROGRAMMES
        ]
        self.fields["declared_income"].choices = [
            (str(base), f"{rupiah(base)} (paling rendah)" if base == bases[0] else rupiah(base))
            for base in bases
        ]


class TermsForm(StepForm):
    """`first`: the first open month; None when no later one may be chosen."""

    wished_start = fields.MonthField(label="Bulan pertama")
    ceiling = fields.rupiah_field("Batas tertinggi per bulan")

    def __init__(self, *args: Any, first: Month | None, full_total: int, factor: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.low, self.high = ceiling_bounds(full_total, factor)
        if first:
            self.fields["wished_start"].offer(first)
        else:
            del self.fields["wished_start"]
        self.fields["ceiling"].help_text = (
            f"Bank tidak boleh mendebet lebih dari ini. Paling rendah {rupiah(self.low)} (tarif normal), "
            f"paling tinggi {rupiah(self.high)} bila Anda ingin memberi ruang untuk menambah pekerja."
        )

    def clean_ceiling(self) -> int:
        ceiling = self.cleaned_data["ceiling"]
        if not self.low <= ceiling <= self.high:
            raise forms.ValidationError(f"Batas harus antara {rupiah(self.low)} dan {rupiah(self.high)}.")
        # Zero follows the normal tariff, so that adding a worker later does not meet an old limit.
        return 0 if ceiling == self.low else ceiling


class ConsentForm(StepForm):
    """`shown`: the hash of the text that the page showed, so that nobody agrees to figures they did not see."""

    shown = forms.CharField(widget=forms.HiddenInput, required=False)
    agree = forms.BooleanField(
        label="Saya sudah membaca dan menyetujui semua pernyataan di atas, atas kemauan saya sendiri.",
        error_messages={
            "required": "Centang kotak ini bila Anda setuju. Bila belum, Anda boleh berhenti di sini."
        },
    )


class PapersForm(StepForm):
    signed_mandate = fields.PapersField(
        label="Semua halaman surat kuasa yang sudah ditandatangani",
        help_text="Boleh beberapa foto sekaligus, satu foto per halaman. JPG, PNG, HEIC, atau PDF, paling besar 10 MB.",
    )
    ktp = fields.PapersField(
        label="Foto KTP Anda",
        help_text="KTP asli, bukan fotokopi. JPG, PNG, HEIC, atau PDF, paling besar 10 MB.",
    )
    passbook = fields.PapersField(
        label="Foto halaman depan buku tabungan",
        help_text="Halaman yang memuat nama dan nomor rekening. JPG, PNG, HEIC, atau PDF, paling besar 10 MB.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in DocumentKind:
            widget = SeveralFiles() if kind is DocumentKind.SIGNED_MANDATE else forms.FileInput()
            # No `capture`: the phone then offers the camera and the gallery, both.
            widget.attrs["accept"] = "image/*,application/pdf"
            self.fields[kind.value].widget = widget

    def chosen(self) -> dict[DocumentKind, list]:
        files = {kind: self.files.getlist(kind.value) for kind in DocumentKind}
        return {kind: several for kind, several in files.items() if several}

    def name_kept(self, kept: Container[str]) -> None:
        """Where something is kept already, the field says what choosing another file does."""
        for name, label in REPLACING.items():
            if name in kept:
                self.fields[name].label = self[name].label = label


class SeveralFiles(forms.FileInput):
    allow_multiple_selected = True

    def __init__(self) -> None:
        super().__init__(attrs={"multiple": True})


def _worth_naming(opd: Opd) -> bool:
    return bool(opd.abbreviation) and opd.abbreviation.casefold() not in opd.name.casefold()


def _with_hint(name: str, hint: str) -> SafeString | str:
    return format_html('{}<span class="option-hint">{}</span>', name, hint) if hint else name
