"""The forms of the waiting list's office side."""

from collections.abc import Sequence
from typing import Any

from django import forms

from registry.models import Kelurahan, Opd
from registry.queries import city
from registry.rules.documents import OfficePaper
from registry.rules.finding import Finding
from registry.rules.identity import YOUNGEST_WORKER
from sponsorship.models.waiting_list import GROUPS
from sponsorship.rules.eligibility import bar_of, explain
from sponsorship.rules.waiting import REFUSALS
from sponsorship.wizard import fields
from sponsorship.wizard.forms import StepForm
from sponsorship.worker_forms import ListedForm

LINK, PAPER = "link", "paper"
WAYS = (
    (LINK, "Tautan dan kode ke ponsel pekerja"),
    (PAPER, "Formulir kertas dengan cap jempol"),
)
GROUP_CHOICES = (("", "Tanpa kelompok"), *GROUPS)


class EnterForm(ListedForm):
    """A worker as an officer types them; without a phone the consent goes by paper."""

    field_order = (
        "entered_for", "situation", "name", "nik", "phone", "occupation", "workplace", "kelurahan", "group_kind",
        "group_name", "way",
    )  # fmt: skip
    phone = fields.phone_field(
        "Nomor ponsel", required=False, help_text="Agar pekerja dapat menyetujui sendiri dan dikabari."
    )
    group_kind = forms.ChoiceField(label="Jenis kelompok", required=False, choices=GROUP_CHOICES)
    group_name = forms.CharField(
        label="Nama kelompok", required=False, max_length=120, help_text="Misalnya Pasar Johar blok sayur."
    )
    way = forms.ChoiceField(
        label="Bagaimana pekerja menyetujui?",
        choices=WAYS,
        widget=forms.RadioSelect,
        error_messages={"required": "Pilih cara menyetujui.", "invalid_choice": "Pilih cara menyetujui."},
    )

    def __init__(self, *args: Any, offices: Sequence[Opd], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offices = offices
        if len(offices) > 1:
            self.fields["entered_for"] = fields.PickField(
                label="Didaftarkan oleh", missing="Pilih kantor yang mendaftarkan."
            )
            self.fields["entered_for"].offer(offices, prompt="Pilih kantor")
            self.order_fields(self.field_order)

    @property
    def entered_for(self) -> Opd | None:
        return self.cleaned_data.get("entered_for") or (self.offices[0] if self.offices else None)

    def clean(self) -> None:
        super().clean()
        bar, data = bar_of(self.situation), self.cleaned_data
        if bar:
            why = explain(bar, age_limit=city().age_limit, youngest=YOUNGEST_WORKER).why
            self.add_error("situation", why)
        if data.get("way") == LINK and not data.get("phone") and "phone" not in self.errors:
            self.add_error("phone", "Isi nomor ponsel, atau pilih formulir kertas.")


class PosterForm(StepForm):
    group_kind = forms.ChoiceField(label="Jenis kelompok", choices=GROUPS, widget=forms.RadioSelect)
    group_name = fields.line_field(
        "Nama kelompok",
        longest=120,
        empty="Isi nama kelompok, misalnya Pasar Johar.",
        help_text="Tercetak di poster, misalnya Pasar Johar atau Pangkalan ojek Tugu Muda.",
    )
    kelurahan = fields.PickField(
        label="Kelurahan",
        missing="Pilih kelurahan dari daftar.",
        help_text="Menjadi isian awal bagi pekerja.",
    )
    opd = forms.ModelChoiceField(
        Opd.objects.none(),
        label="Dipasang oleh",
        required=False,
        empty_label="Dinas tenaga kerja",
        help_text="Petugas lapangan kantor ini ikut melihat pekerja yang mendaftar lewat poster.",
    )

    def __init__(self, *args: Any, day, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wards = Kelurahan.objects.select_related("kecamatan").order_by("kecamatan__name", "name")
        self.fields["kelurahan"].offer(
            wards, prompt="Pilih kelurahan", group=lambda ward: ward.kecamatan.name
        )
        self.fields["opd"].queryset = Opd.objects.open_on(day)


class RefuseForm(StepForm):
    reason = forms.ChoiceField(
        label="Alasan",
        choices=[(code, label) for code, (label, _) in REFUSALS.items()],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Pilih alasan dari daftar.",
            "invalid_choice": "Pilih alasan dari daftar.",
        },
    )
    note = forms.CharField(
        label="Catatan kantor",
        required=False,
        max_length=200,
        help_text="Tidak dikirim kepada pekerja. Jangan menulis NIK atau nomor ponsel.",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": "Catatan paling banyak 200 huruf."},
    )


class FormUpload(StepForm):
    """The photographed form. The tick is the officer's word that paper and worker belong together."""

    paper = fields.PapersField(
        label="Foto formulir yang sudah dibubuhi cap jempol",
        help_text="Seluruh halaman terlihat dan terbaca. JPG, PNG, HEIC, atau PDF, paling besar 10 MB.",
        widget=forms.FileInput(attrs={"accept": "image/*,application/pdf"}),
    )
    seen = forms.BooleanField(
        label="Nomor formulir dan nama sama dengan halaman ini, dan cap jempol atau tanda tangan ada.",
        error_messages={"required": "Cocokkan formulirnya, lalu centang kotak ini."},
    )

    def clean_paper(self) -> Any:
        if not self.cleaned_data.get("paper"):
            raise forms.ValidationError("Pilih foto formulirnya.")
        return self.cleaned_data["paper"]

    def refuse(self, finding: Finding) -> None:
        if finding.field == OfficePaper.WORKER_CONSENT:
            self.add_error("paper", finding.message)
        else:
            self.add_error(None, finding.message)
