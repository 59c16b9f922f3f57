"""Forms about the bank's answers: the file, the typed figure, refusing a file, an answer by hand, a settlement."""

from django import forms

from autodebit.actions.results import LARGEST_ANSWER
from autodebit.labels import RESULT_FORMAT
from opd_admin.batch_forms import NOT_AN_AMOUNT
from opd_admin.forms import reason_field
from sponsorship.rules.money import parse_rupiah


def explanation(label: str, help_text: str, missing: str) -> forms.CharField:
    """A sentence or two of a person, kept in the journal."""
    return reason_field(label, help_text, missing=missing, too="Terlalu")


class AnswerForm(forms.Form):
    """One file of the bank, in one of the formats of its profile."""

    format = forms.ChoiceField(
        label="Bentuk jawaban",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Pilih bentuk jawaban.",
            "invalid_choice": "Pilih bentuk jawaban dari daftar.",
        },
    )
    file = forms.FileField(
        label="Berkas dari bank",
        help_text=f"Unggah berkasnya apa adanya, tanpa dibuka dan disimpan ulang. "
        f"Paling besar {LARGEST_ANSWER // 2**20} MB.",
        widget=forms.FileInput(),
        error_messages={
            "required": "Pilih berkas jawaban dari bank.",
            "empty": "Berkas ini kosong. Pilih berkas jawaban dari bank.",
        },
    )

    def __init__(self, *args, formats: list[str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # The profile's table comes first: what people get from a portal; XML is what systems exchange.
        ordered = sorted(formats, key=lambda name: not name.startswith("result_"))
        self.fields["format"].choices = [(name, RESULT_FORMAT[name]) for name in ordered]
        self.fields["format"].initial = ordered[0] if ordered else None


class ApplyForm(forms.Form):
    """What the person typed after reading the figures: rupiah, or the number of lines when nothing is collected."""

    typed_total = forms.CharField(
        label="Ketik jumlah rupiah yang berhasil untuk menerapkan",
        max_length=40,
        error_messages={"required": "Ketik angka seperti yang tertulis di atas."},
    )

    def clean_typed_total(self) -> int:
        amount = parse_rupiah(self.cleaned_data["typed_total"])
        if amount is None:
            raise forms.ValidationError(NOT_AN_AMOUNT)
        return amount


class RefuseAnswerForm(forms.Form):
    reason = explanation(
        "Alasan menolak berkas ini",
        "Misalnya: berkas bulan lain, atau bank mengirim berkas pengganti. Tanpa nomor rekening.",
        "Tulis alasan menolak berkas ini.",
    )


class HandAnswerForm(forms.Form):
    """What the bank said of one line when a person asked."""

    outcome = forms.ChoiceField(
        label="Jawaban bank",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Pilih apa yang dikatakan bank.",
            "invalid_choice": "Pilih jawaban dari daftar.",
        },
    )
    code = forms.ChoiceField(
        label="Kode alasan (bila gagal atau dikembalikan)",
        required=False,
        error_messages={"invalid_choice": "Pilih kode dari daftar."},
    )
    reason = explanation(
        "Dari siapa dan kapan jawaban ini didapat",
        "Misalnya: surat bank nomor 12 tanggal 4 Desember 2026. Tanpa nomor rekening.",
        "Tulis dari siapa dan kapan jawaban ini didapat.",
    )
    evidence = forms.FileField(
        label="Bukti dari bank",
        required=False,
        help_text="Wajib bila potongan berhasil atau dana dikembalikan. PDF, JPG, PNG, atau HEIC, paling besar 10 MB.",
        widget=forms.FileInput(attrs={"accept": "image/*,application/pdf"}),
        error_messages={"empty": "Berkas ini kosong. Pilih lagi berkasnya."},
    )

    def __init__(
        self, *args, outcomes: list[tuple[str, str]], codes: list[tuple[str, str]], **kwargs
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = outcomes
        self.fields["code"].choices = [("", "Bank tidak menyebut kode"), *codes]


class SettleForm(forms.Form):
    """How a follow-up ends, and what was done."""

    outcome = forms.ChoiceField(
        label="Penyelesaian",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Pilih penyelesaiannya.",
            "invalid_choice": "Pilih penyelesaian dari daftar.",
        },
    )
    reason = explanation(
        "Apa yang sudah dilakukan",
        "Tersimpan di riwayat dan dibaca auditor. Tanpa nomor rekening.",
        "Tulis apa yang sudah dilakukan.",
    )

    def __init__(self, *args, ways: list[tuple[str, str]], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = ways
