from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError

from autodebit.formats import FORMATS
from autodebit.labels import EXCLUSION
from autodebit.models import Attempt, BankProfile, Batch, Obligation
from registry.office_admin import OfficeAdmin, ReadOnlyAdmin
from sponsorship.office_admin import rupiah_column


class BankProfileForm(forms.ModelForm):
    """A layout that no file could be written with is refused here, not on the day of the debit."""

    class Meta:
        model = BankProfile
        fields = "__all__"

    def clean_layouts(self) -> dict:
        return _sound(self.cleaned_data["layouts"], FORMATS)


def _sound(layouts: object, formats: dict) -> dict:
    if not isinstance(layouts, dict) or not layouts:
        raise ValidationError("Isi dengan objek JSON: nama bentuk berkas dan tata letaknya.")
    for name, layout in layouts.items():
        if name not in formats or not isinstance(layout, dict):
            raise ValidationError(f"Bentuk berkas {name} tidak dikenal, atau tata letaknya bukan objek JSON.")
        faults = formats[name].layout_findings(layout)
        if faults:
            raise ValidationError([f"{name}: {fault.message}" for fault in faults])
    return layouts


@admin.register(BankProfile)
class BankProfileAdmin(OfficeAdmin):
    form = BankProfileForm
    list_display = ("bank", "creditor_name")


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    fields = (
        "profile", "period", "wave", "revision", "state", "collection_date", "maker", "opened_at", "frozen_at", "count",
        "total_shown", "content_hash", "build_note", "sealed_at",
    )  # fmt: skip
    list_display = ("period", "wave", "profile", "state", "count", "total_shown")
    list_filter = ("state",)
    list_select_related = ("profile__bank",)

    total_shown = rupiah_column(Batch, "total")


@admin.register(Obligation)
class ObligationAdmin(ReadOnlyAdmin):
    fields = ("lineage", "mandate", "period", "amount_shown", "state", "reason_shown", "planned_at")
    list_display = ("lineage", "period", "amount_shown", "state", "reason_shown")
    list_filter = ("state", "period")
    list_select_related = ("lineage",)
    search_fields = ("lineage__code",)

    amount_shown = rupiah_column(Obligation, "amount")

    @admin.display(description="alasan dilewati", ordering="reason")
    def reason_shown(self, obligation: Obligation) -> str:
        return EXCLUSION.get(obligation.reason, obligation.reason) or "-"


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    """A line of a batch, without its account."""

    fields = (
        "reference",
        "batch",
        "number",
        "state",
        "amount_shown",
        "mandate_number",
        "signed_on",
        "opd",
        "code",
    )
    list_display = ("reference", "state", "amount_shown", "opd")
    list_filter = ("state",)
    list_select_related = ("opd",)
    search_fields = ("reference",)

    amount_shown = rupiah_column(Attempt, "amount")
