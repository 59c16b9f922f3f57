"""Forms of the month's books: statements, explanations, payments to BPJS, refunds."""

from datetime import date

from django import forms

from autodebit.actions.books import EXPLAINED_KINDS, Part
from autodebit.actions.remittance import REFERENCE_LENGTH
from autodebit.actions.statements import Typed
from autodebit.rules.books import LABEL, SIGN, Kind
from autodebit.rules.reason import LENGTH
from opd_admin.forms import reason_field
from registry.rules.documents import MEGABYTE, Limits
from sponsorship.rules.money import parse_rupiah

NOT_AN_AMOUNT = "Tulis jumlah rupiahnya dengan angka, misalnya 1.234.567."
MOST_PARTS, MOST_TYPED = 4, 6
_DAY = {
    "input_formats": ["%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d"],
    "error_messages": {
        "required": "Isi tanggalnya, misalnya 10-12-2026.",
        "invalid": "Tulis tanggal yang ada di kalender, misalnya 10-12-2026.",
    },
}
_NUMERIC = {"inputmode": "numeric", "autocomplete": "off"}
_EVIDENCE_HINT = "Foto, pindaian, atau PDF, paling besar 10 MB."


def day_field(label: str, **more) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.TextInput(attrs=_NUMERIC), **_DAY, **more)


def reference_field(label: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        min_length=REFERENCE_LENGTH[0],
        max_length=REFERENCE_LENGTH[1],
        error_messages={
            "required": "Tulis nomornya seperti tertera pada buktinya.",
            "min_length": "Nomor ini terlalu singkat; tulis seperti tertera pada buktinya.",
        },
    )


def evidence_field(label: str) -> forms.FileField:
    return forms.FileField(
        label=label, help_text=_EVIDENCE_HINT, error_messages={"required": "Unggah buktinya."}
    )


class RupiahInput(forms.CharField):
    """Whole rupiah as people write them; raises a form error for anything that needs guessing."""

    def __init__(self, label: str, **kwargs) -> None:
        kwargs.setdefault("error_messages", {"required": NOT_AN_AMOUNT})
        super().__init__(label=label, max_length=40, widget=forms.TextInput(attrs=_NUMERIC), **kwargs)

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        amount = parse_rupiah(text)
        if amount is None:
            raise forms.ValidationError(NOT_AN_AMOUNT)
        return amount


class UploadForm(forms.Form):
    """A statement as the bank gives it: of which account, in which form."""

    source = forms.ChoiceField(
        label="Rekening dan bentuk berkas",
        error_messages={
            "required": "Pilih bentuk berkasnya.",
            "invalid_choice": "Pilih bentuk berkas dari daftar.",
        },
    )
    data = forms.FileField(
        label="Berkas mutasi rekening",
        help_text="Langsung dari bank, jangan dibuka dan disimpan ulang dengan Excel. Paling besar 10 MB.",
        error_messages={
            "required": "Pilih berkasnya.",
            "empty": "Berkas ini kosong. Pilih berkas yang lain.",
        },
    )

    def __init__(self, *args, choices: list[tuple[str, str]], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = choices

    def clean_data(self):
        upload = self.cleaned_data["data"]
        # The upload handler keeps no more than a paper may weigh; a cut statement must not be read.
        if upload.size > Limits().max_bytes:
            raise forms.ValidationError(
                f"Berkas lebih besar dari {Limits().max_bytes // MEGABYTE} MB. Minta mutasi per hari atau per minggu."
            )
        return upload


class TypedForm(forms.Form):
    """One booking read from paper; an empty row is left out."""

    booked_on = day_field("Tanggal", required=False)
    direction = forms.ChoiceField(
        label="Arah", choices=(("in", "Masuk (kredit)"), ("out", "Keluar (debet)")), required=False
    )
    amount = RupiahInput("Jumlah", required=False)
    text = forms.CharField(label="Keterangan", max_length=200, required=False)
    bank_reference = forms.CharField(label="Nomor rujukan bank", max_length=60, required=False)

    def clean(self):
        said = super().clean()
        if any(said.get(name) for name in ("booked_on", "amount", "text")):
            for name, words in (
                ("booked_on", "Isi tanggalnya."),
                ("amount", NOT_AN_AMOUNT),
                ("text", "Isi keterangan."),
            ):
                if not said.get(name) and name not in self.errors:
                    self.add_error(name, words)
        return said

    def booking(self) -> Typed | None:
        said = self.cleaned_data
        if not said.get("amount"):
            return None
        sign = -1 if said["direction"] == "out" else 1
        return Typed(said["booked_on"], sign * said["amount"], said["text"], said["bank_reference"])


class TypeInForm(forms.Form):
    source = forms.ChoiceField(label="Rekening", error_messages={"required": "Pilih rekeningnya."})
    evidence = evidence_field("Foto atau pindaian mutasi rekening")

    def __init__(self, *args, choices: list[tuple[str, str]], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = choices


class PartForm(forms.Form):
    """One share of a booking. `about` is "YYYY-MM" or "YYYY-MM:<batch>"; the direction follows from the kind unless the
    box for corrections is ticked."""

    kind = forms.ChoiceField(label="Untuk", required=False)
    about = forms.ChoiceField(label="Bulan atau kumpulan", required=False)
    amount = RupiahInput("Jumlah", required=False)
    against = forms.BooleanField(label="Koreksi, arahnya berlawanan", required=False)
    reason = forms.CharField(label="Penjelasan", max_length=LENGTH[1], required=False)

    def __init__(self, *args, abouts: list[tuple[str, str]], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", "Pilih"), *((str(kind), LABEL[kind]) for kind in EXPLAINED_KINDS)]
        self.fields["about"].choices = [("", "Pilih"), *abouts]

    def clean(self):
        said = super().clean()
        if any(said.get(name) for name in ("kind", "amount")):
            words = {
                "kind": "Pilih untuk apa.",
                "about": "Pilih bulan atau kumpulannya.",
                "amount": NOT_AN_AMOUNT,
            }
            for name, sentence in words.items():
                if not said.get(name) and name not in self.errors:
                    self.add_error(name, sentence)
        return said

    def part(self) -> Part | None:
        said = self.cleaned_data
        if not said.get("kind"):
            return None
        kind = Kind(said["kind"])
        period, _, batch = said["about"].partition(":")
        sign = -SIGN[kind] if said["against"] else SIGN[kind]
        return Part(period, kind, batch or None, sign * said["amount"], said["reason"])


class UndoForm(forms.Form):
    reason = reason_field("Alasan membatalkan", "Penjelasan lama tetap tersimpan, dengan lawannya.", rows=2)


class RemitForm(forms.Form):
    amount = RupiahInput("Jumlah yang disetor", help_text="Ketik sendiri jumlah pada bukti setorannya.")
    paid_on = day_field("Tanggal bayar")
    payment_reference = reference_field("Nomor bukti bayar")
    evidence = evidence_field("Bukti bayar")


class ConfirmForm(forms.Form):
    confirmation = reference_field("Nomor konfirmasi BPJS Ketenagakerjaan")
    confirmed_on = day_field("Tanggal konfirmasi")


class WithdrawForm(forms.Form):
    reason = reason_field("Alasan membatalkan catatan setoran ini", rows=2)


class RefundForm(forms.Form):
    reason = reason_field(
        "Mengapa dana ini dikembalikan", "Dibaca oleh penyetuju dan tersimpan di jurnal.", rows=2
    )


class PayForm(forms.Form):
    paid_on = day_field("Tanggal bayar")
    payment_reference = reference_field("Nomor bukti transfer")
    evidence = evidence_field("Bukti transfer")


def day_text(day: date) -> str:
    return f"{day:%d-%m-%Y}"
