from django import forms

from opd_admin.forms import reason_field
from sponsorship.rules.money import parse_rupiah

NOT_AN_AMOUNT = "Tulis jumlah rupiahnya dengan angka, misalnya 1.234.567."


class OpenForm(forms.Form):
    """Which month of which bank is to be built, as "bank:YYYY-MM"; only what may be asked for now is a choice."""

    month = forms.ChoiceField(
        label="Bulan yang disusun",
        error_messages={
            "required": "Pilih bulan yang disusun.",
            "invalid_choice": "Pilih bulan dari daftar.",
        },
    )

    def __init__(self, *args, choices: list[tuple[str, str]], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = choices


class ApproveForm(forms.Form):
    """What the approver saw (revision and hash) and the total they typed."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    content_hash = forms.CharField(widget=forms.HiddenInput)
    typed_total = forms.CharField(
        label="Ketik jumlah rupiah untuk menyetujui",
        max_length=40,
        error_messages={"required": "Ketik jumlah rupiah seperti yang tertulis di atas."},
    )

    def clean_typed_total(self) -> int:
        amount = parse_rupiah(self.cleaned_data["typed_total"])
        if amount is None:
            raise forms.ValidationError(NOT_AN_AMOUNT)
        return amount


class ReopenForm(forms.Form):
    reason = reason_field(
        "Alasan membuka kembali",
        "Alasan ini tersimpan di riwayat dan dibaca kedua penyetuju.",
        missing="Tulis alasan membuka kembali.",
    )
