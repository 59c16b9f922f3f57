"""Forms of the ceremony: handing over, a whole file refused, voiding."""

from datetime import datetime

from django import forms
from django.utils.timezone import localtime

from autodebit.actions.delivery import BY_PERSON, NOTE_LENGTH, RECEIPT_LENGTH, RECEIVER_LENGTH
from opd_admin.forms import reason_field
from sponsorship.rules.months import JAKARTA

_TIMES = ["%H:%M", "%H.%M", "%H:%M:%S"]
_NUMERIC = {"inputmode": "numeric", "autocomplete": "off"}


class HandOverForm(forms.Form):
    """Who gave the files to whom, by which way, when (WIB). Fields are named as delivery.hand_over names them."""

    channel = forms.ChoiceField(
        label="Cara penyerahan",
        choices=BY_PERSON,
        widget=forms.RadioSelect,
        error_messages={"required": "Pilih cara penyerahannya."},
    )
    receiver = forms.CharField(
        label="Diterima oleh",
        help_text="Nama petugas bank, atau nama portal bila diunggah.",
        min_length=RECEIVER_LENGTH[0],
        max_length=RECEIVER_LENGTH[1],
        error_messages={
            "required": "Tulis siapa yang menerima.",
            "min_length": "Tulis nama penerimanya, sedikitnya 3 huruf.",
        },
    )
    receipt = forms.CharField(label="Nomor tanda terima", required=False, max_length=RECEIPT_LENGTH)
    handed_on = forms.DateField(
        label="Tanggal penyerahan",
        help_text="Misalnya 01-12-2026.",
        widget=forms.DateInput(attrs=_NUMERIC, format="%d-%m-%Y"),
        input_formats=["%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d"],
        error_messages={
            "required": "Isi tanggal penyerahan.",
            "invalid": "Tulis tanggal yang ada di kalender, misalnya 27-11-2026.",
        },
    )
    handed_time = forms.TimeField(
        label="Pukul (WIB)",
        help_text="Misalnya 09.30.",
        widget=forms.TimeInput(attrs=_NUMERIC, format="%H.%M"),
        input_formats=_TIMES,
        error_messages={"required": "Isi jamnya.", "invalid": "Tulis jamnya, misalnya 09.30."},
    )
    note = forms.CharField(
        label="Catatan",
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def said(self) -> dict:
        """What delivery.hand_over takes, the moment put together."""
        values = {name: self.cleaned_data[name] for name in ("channel", "receiver", "receipt", "note")}
        day, hour = self.cleaned_data["handed_on"], self.cleaned_data["handed_time"]
        return {**values, "handed_at": datetime.combine(day, hour, JAKARTA)}

    def refuse(self, field: str, message: str) -> None:
        self.add_error({"handed_at": "handed_on"}.get(field, field), message)

    @staticmethod
    def at(moment: datetime) -> dict:
        """The first values of an empty form: this minute."""
        here = localtime(moment, JAKARTA)
        return {"handed_on": here.date(), "handed_time": here.time().replace(second=0, microsecond=0)}


class RefuseForm(forms.Form):
    reason = reason_field(
        "Alasan bank menolak",
        "Seperti tertulis di surat atau portal bank, tanpa nomor rekening.",
        missing="Tulis alasan bank.",
    )
    evidence = forms.FileField(
        label="Bukti dari bank",
        help_text="Surat atau tangkapan layar: PDF, JPG, PNG, atau HEIC, paling besar 10 MB dan 10 halaman.",
        widget=forms.FileInput(attrs={"accept": "image/*,application/pdf"}),
        error_messages={
            "required": "Unggah bukti penolakan dari bank.",
            "empty": "Berkas ini kosong. Pilih lagi berkasnya.",
        },
    )


class VoidForm(forms.Form):
    reason = reason_field(
        "Alasan pembatalan",
        "Alasan ini dibaca orang kedua dan tersimpan di riwayat.",
        missing="Tulis alasan pembatalan.",
    )
