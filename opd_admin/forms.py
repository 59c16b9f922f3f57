from datetime import datetime
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings

from autodebit.rules.reason import LENGTH
from config.clock import today
from registry.models import Opd

FARTHEST_YEARS = 20


def reason_field(
    label: str,
    help_text: str = "",
    *,
    missing: str = "Tulis alasannya.",
    rows: int = 3,
    too: str = "Alasan terlalu",
) -> forms.CharField:
    """A sentence or two of a person, kept in the journal; the action asks for the same length."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        min_length=LENGTH[0],
        max_length=LENGTH[1],
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={
            "required": missing,
            "min_length": f"{too} singkat; tulis sedikitnya {LENGTH[0]} huruf.",
            "max_length": f"{too} panjang; paling banyak {LENGTH[1]} huruf.",
        },
    )


class LinkForm(forms.Form):
    """A new link for one OPD."""

    opd = forms.ModelChoiceField(Opd.objects.all(), label="OPD", empty_label="Pilih OPD")
    label = forms.CharField(
        label="Keterangan",
        required=False,
        max_length=120,
        help_text="Misalnya: apel pagi Desember.",
    )
    days = forms.IntegerField(
        label="Berlaku berapa hari",
        initial=30,
        localize=False,
        error_messages={"invalid": "Tulis dengan angka saja, misalnya 30."},
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    max_uses = forms.IntegerField(
        label="Paling banyak berapa pendaftaran",
        initial=500,
        localize=False,
        error_messages={"invalid": "Tulis dengan angka saja, misalnya 500."},
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, *args, day, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["opd"].queryset = Opd.objects.open_on(day)


class SigningForm(forms.Form):
    """A PDF and the made-up person who signs it."""

    name = forms.CharField(
        label="Nama penanda tangan",
        max_length=64,
        error_messages={"required": "Isi nama penanda tangan."},
    )
    file = forms.FileField(
        label="Surat kuasa (PDF)",
        widget=forms.FileInput(),
        error_messages={"required": "Pilih PDF surat kuasa.", "empty": "Berkas ini kosong."},
    )


class ClockForm(forms.Form):
    """A moment for the demo clock, in the city's time."""

    moment = forms.DateTimeField(
        label="Ke saat tertentu (WIB)",
        help_text="Misalnya 2026-12-01 08:00. Jam peragaan hanya dapat maju.",
        input_formats=[
            "%Y-%m-%d %H:%M",
            "%Y-%m-%dT%H:%M",
            "%Y-%m-%d %H.%M",
            "%d-%m-%Y %H:%M",
            "%d/%m/%Y %H:%M",
        ],
        error_messages={
            "required": "Isi tanggal dan jam, misalnya 2026-12-01 08:00.",
            "invalid": "Tulis tanggal dan jam yang ada di kalender, misalnya 2026-12-01 08:00.",
        },
        widget=forms.TextInput(),
    )

    def clean_moment(self) -> datetime:
        moment = self.cleaned_data["moment"]
        # A year far away has no tariff and no calendar, and nobody could lead the clock back from there.
        if moment.year > today().year + FARTHEST_YEARS:
            raise forms.ValidationError(
                f"Paling jauh {FARTHEST_YEARS} tahun ke depan. Pilih saat yang lebih dekat."
            )
        return moment.replace(tzinfo=ZoneInfo(settings.TIME_ZONE)) if moment.tzinfo is None else moment
