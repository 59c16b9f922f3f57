from django import forms

from autodebit.models import GateDecision
from opd_admin.forms import reason_field


class LandedForm(forms.Form):
    """The day on which the salary landed on the accounts of the office's staff."""

    landed_on = forms.DateField(
        label="Gaji masuk tanggal",
        help_text="Misalnya 01-12-2026. Isi hanya bila gaji benar-benar sudah masuk ke rekening pegawai.",
        input_formats=["%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d"],
        error_messages={
            "required": "Isi tanggal gaji masuk, misalnya 01-12-2026.",
            "invalid": "Tulis tanggal yang ada di kalender, misalnya 01-12-2026.",
        },
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class DecideForm(forms.Form):
    """What the labour office decides about the OPDs that nobody spoke for."""

    offices = forms.MultipleChoiceField(
        label="OPD yang diputuskan",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Pilih sedikitnya satu OPD.",
            "invalid_choice": "Salah satu OPD yang dipilih tidak lagi menunggu. Periksa daftarnya, lalu ulangi.",
        },
    )
    decision = forms.ChoiceField(
        label="Keputusan",
        choices=GateDecision.DECISIONS,
        widget=forms.RadioSelect,
        help_text="Melewati bulan ini tidak dapat dibatalkan; donaturnya diberi tahu.",
        error_messages={"required": "Pilih menunggu atau melewati.", "invalid_choice": "Pilih dari daftar."},
    )
    reason = reason_field("Alasan", missing="Tulis alasan keputusan ini.", rows=2)

    def __init__(self, *args, choices: list[tuple[str, str]], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["offices"].choices = choices
