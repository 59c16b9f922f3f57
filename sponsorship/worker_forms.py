"""What a worker fills in on a phone: the wizard's lenient fields, in words to themselves."""

from typing import Any

from django import forms

from registry.models import Kelurahan, Occupation
from sponsorship.actions.drafts import WorkerValues
from sponsorship.wizard import fields
from sponsorship.wizard.forms import StepForm, WorkerForm


class ListedForm(WorkerForm):
    """One worker for the waiting list, with the choices this list offers."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        wards = Kelurahan.objects.select_related("kecamatan").order_by("kecamatan__name", "name")
        super().__init__(*args, occupations=Occupation.objects.filter(active=True), wards=wards, **kwargs)

    def values(self) -> WorkerValues:
        return WorkerValues(**{name: self.cleaned_data[name] for name in WorkerValues.__dataclass_fields__})


class SelfForm(ListedForm):
    """The worker's own words about themselves; the phone is needed, for it is proven next."""

    name = fields.name_field(
        "Nama sesuai KTP", widget=fields.text_input(autocomplete="name"), help_text="Nama satu kata boleh."
    )
    phone = fields.phone_field(
        "Nomor ponsel Anda",
        help_text="Kami kirim kode 6 angka lewat SMS. Boleh memakai ponsel keluarga yang Anda percaya.",
        widget=fields.text_input("tel", "width-18", type="tel", autocomplete="tel"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        situation = self.fields["situation"]
        situation.label = "Bagaimana Anda bekerja sekarang?"
        missing = "Pilih bagaimana Anda bekerja sekarang."
        situation.error_messages |= {"required": missing, "invalid_choice": missing}
        situation.choices = [
            (
                value,
                "Iuran BPJS Ketenagakerjaan saya sudah dibayar pihak lain"
                if value == "other_fund"
                else words,
            )
            for value, words in situation.choices
        ]


class AgreeForm(StepForm):
    """`shown`: the hash of the text on the page, so that nobody agrees to words they did not see."""

    shown = forms.CharField(widget=forms.HiddenInput, required=False)
    agree = forms.BooleanField(
        label="Saya sudah membaca atau dibacakan naskah di atas, dan saya setuju.",
        error_messages={
            "required": "Centang kotak ini bila Anda setuju. Bila tidak, Anda boleh berhenti di sini."
        },
    )
