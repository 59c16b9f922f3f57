from django import forms

from opd_admin.roster_file import LARGEST_FILE
from registry.models import Opd


class RosterForm(forms.Form):
    """One file with the civil servants of one OPD."""

    opd = forms.ModelChoiceField(
        Opd.objects.none(), label="OPD", empty_label="Pilih OPD", error_messages={"required": "Pilih OPD."}
    )
    file = forms.FileField(
        label="Berkas daftar pegawai",
        help_text="CSV atau XLSX dengan judul kolom “NIP” dan “Nama” di baris pertama; kolom lain diabaikan. "
        f"Paling besar {LARGEST_FILE // 1024**2} MB.",
        widget=forms.FileInput(),
        error_messages={
            "required": "Pilih berkas daftar pegawai.",
            "empty": "Berkas ini kosong. Pilih berkas daftar pegawai.",
        },
    )

    def __init__(self, *args, offices, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["opd"].queryset = offices
        if offices.count() == 1:
            self.fields["opd"].initial = offices.first()
