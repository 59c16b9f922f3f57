"""The forms of a donor's own data and messages."""

from typing import Any

from django import forms

from registry.rules import preferences
from sponsorship.wizard import fields
from sponsorship.wizard.forms import StepForm

CHANNEL_NAMES = {
    preferences.EMAIL: "Surel (email)",
    preferences.SMS: "SMS",
    preferences.WHATSAPP: "WhatsApp",
}


class PositionForm(StepForm):
    position = fields.line_field(
        "Jabatan",
        longest=120,
        empty="Isi jabatan Anda, misalnya Guru Ahli Muda.",
        widget=fields.text_input(autocomplete="organization-title"),
        help_text="Dipakai saat surat kuasa berikutnya dicetak. Surat kuasa yang sudah dicetak tidak berubah.",
    )


class MessagesForm(StepForm):
    preferred = forms.ChoiceField(
        label="Kirim pesan lewat",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Pilih satu saluran.",
            "invalid_choice": "Pilih salah satu saluran yang tersedia.",
        },
    )
    wanted = forms.MultipleChoiceField(
        label="Pesan yang ingin Anda terima",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(kind.code, kind.label) for kind in preferences.KINDS],
        help_text="Pesan tentang potongan yang akan, gagal, atau kembali, tentang penghentian, dan kode masuk selalu "
        "dikirim.",
        error_messages={"invalid_choice": "Pilih dari daftar."},
    )

    def __init__(self, *args: Any, offered: dict[str, str], **kwargs: Any) -> None:
        """`offered`: the channels to choose from, each with the (masked) address it leads to."""
        super().__init__(*args, **kwargs)
        self.fields["preferred"].choices = [
            (channel, f"{CHANNEL_NAMES[channel]} ke {address}") for channel, address in offered.items()
        ]
