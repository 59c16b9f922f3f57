from django import forms

from registry.rules.documents import REASONS_FOR, DocumentKind, ReturnReason
from registry.rules.finding import Finding
from sponsorship.rules.checks import REQUIRED_CHECKS

# A page that names no revision was not made by us.
_STALE = dict.fromkeys(
    ("required", "invalid"), "Halaman ini tidak lengkap. Buka kembali pendaftarannya, lalu ulangi."
)


class VerifyForm(forms.Form):
    """The list a verifier ticks. That all are ticked is the action's rule; here only known ticks pass."""

    checks = forms.MultipleChoiceField(
        label="Pemeriksaan",
        choices=list(REQUIRED_CHECKS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages={"invalid_choice": "Pemeriksaan ini tidak dikenal. Buka kembali pendaftarannya."},
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, error_messages=_STALE)

    def refuse(self, finding: Finding) -> None:
        self.add_error(finding.field if finding.field in self.fields else None, finding.message)


class ReturnForm(forms.Form):
    """Reasons per document from the closed list, and a note in the verifier's own words."""

    revision = forms.IntegerField(widget=forms.HiddenInput, error_messages=_STALE)
    note = forms.CharField(
        label="Catatan untuk pendaftar",
        help_text="Tulis dengan sopan dan singkat. Jangan menulis NIK, NIP, ponsel, atau nomor rekening.",
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": "Catatan paling banyak 600 huruf."},
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for kind in DocumentKind:
            self.fields[str(kind)] = forms.MultipleChoiceField(
                label=kind.label if kind == DocumentKind.KTP else kind.label.capitalize(),
                choices=[(str(reason), reason.label) for reason in REASONS_FOR[kind]],
                widget=forms.CheckboxSelectMultiple,
                required=False,
                error_messages={"invalid_choice": "Alasan ini tidak ada dalam daftar. Pilih alasan lain."},
            )
        self.order_fields([*map(str, DocumentKind), "note", "revision"])

    def reasons(self) -> dict[DocumentKind, list[ReturnReason]]:
        return {kind: [ReturnReason(code) for code in self.cleaned_data[str(kind)]] for kind in DocumentKind}

    def refuse(self, finding: Finding) -> None:
        """Shows what the action refuses: at the note, or, when nothing was chosen, at the first list."""
        self.add_error(
            "note" if finding.field == "note" else str(DocumentKind.SIGNED_MANDATE), finding.message
        )
