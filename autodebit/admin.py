from collections import Counter

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from autodebit.actions.profiles import revise
from autodebit.formats.profile import REASON_KEYS, Content, differences, layouts_findings, profile_findings
from autodebit.labels import EXCLUSION
from autodebit.models import Attempt, BankProfile, Batch, Obligation, ProfileRevision, ReasonCode
from autodebit.queries_profile import COLUMNS, content_of_profile
from config.clock import now
from registry.office_admin import OfficeAdmin, ReadOnlyAdmin
from sponsorship.office_admin import rupiah_column


class BankProfileForm(forms.ModelForm):
    """A layout that no file could be written with or read by is refused here, not on the day of the debit."""

    class Meta:
        model = BankProfile
        fields = "__all__"

    def clean_layouts(self) -> dict:
        return self._sound("layouts")

    def clean_results(self) -> dict:
        return self._sound("results")

    def clean_statements(self) -> dict:
        return self._sound("statements")

    def clean(self) -> dict:
        """What only the whole profile shows: two files of one name, a status word that no reason code explains."""
        cleaned = super().clean()
        if not self.errors:
            for fault in profile_findings(self.content()):
                self.add_error(fault.field if fault.field in self.fields else None, fault.message)
        return cleaned

    def content(self) -> Content:
        """The profile as it would be, with the reason codes it has."""
        reasons = content_of_profile(self.instance)["reasons"] if self.instance.pk else []
        return {**{name: self.cleaned_data[name] for name in COLUMNS}, "reasons": reasons}

    def _sound(self, key: str) -> dict:
        layouts = self.cleaned_data[key]
        faults = layouts_findings(key, layouts)
        if faults:
            raise ValidationError([fault.message for fault in faults])
        return layouts


@admin.register(BankProfile)
class BankProfileAdmin(OfficeAdmin):
    """Every save is a revision; the history with its differences is on the page of the bank profiles."""

    form = BankProfileForm
    list_display = ("bank", "creditor_name", "revision")
    readonly_fields = ("revision",)

    def get_readonly_fields(self, request: HttpRequest, obj: BankProfile | None = None) -> tuple[str, ...]:
        return ("bank", "revision") if obj else ("revision",)

    def save_model(self, request: HttpRequest, obj: BankProfile, form: forms.ModelForm, change: bool) -> None:
        revise(bank_id=obj.bank_id, content=form.content(), by=request.user, now=now())


class ReasonCodeForm(forms.ModelForm):
    class Meta:
        model = ReasonCode
        fields = "__all__"

    def clean(self) -> dict:
        cleaned = super().clean()
        if not self.errors:
            for fault in profile_findings(self.content()):
                self.add_error(None, fault.message)
        return cleaned

    def profile(self) -> BankProfile:
        return self.cleaned_data.get("profile") or self.instance.profile

    def content(self) -> Content:
        """The profile with this code in place of what it was."""
        content = content_of_profile(self.profile())
        code = self.cleaned_data.get("code") or self.instance.code
        row = {key: self.cleaned_data.get(key) for key in REASON_KEYS} | {"code": code}
        others = [reason for reason in content["reasons"] if reason["code"] != code]
        return {**content, "reasons": [*others, row]}


@admin.register(ReasonCode)
class ReasonCodeAdmin(OfficeAdmin):
    """What the bank's answers mean. A change is a revision of the bank's profile."""

    form = ReasonCodeForm
    list_display = ("code", "profile", "meaning", "owner", "retryable", "hard")
    list_filter = ("profile", "owner", "retryable", "hard")
    list_select_related = ("profile__bank",)
    search_fields = ("code", "meaning")

    def get_readonly_fields(self, request: HttpRequest, obj: ReasonCode | None = None) -> tuple[str, ...]:
        return ("profile", "code") if obj else ()

    def save_model(self, request: HttpRequest, obj: ReasonCode, form: forms.ModelForm, change: bool) -> None:
        revise(bank_id=obj.profile_id, content=form.content(), by=request.user, now=now())
        obj.pk = ReasonCode.objects.get(profile_id=obj.profile_id, code=obj.code).pk


@admin.register(ProfileRevision)
class ProfileRevisionAdmin(ReadOnlyAdmin):
    """The history; its full words are on the office's page of the bank profiles."""

    fields = ("profile", "number", "at", "by", "changed_shown", "sha256")
    list_display = ("profile", "number", "at", "by")
    list_filter = ("profile",)
    list_select_related = ("profile__bank", "by")

    @admin.display(description="yang diubah")
    def changed_shown(self, revision: ProfileRevision) -> str:
        """The parts that differ from the revision before, with the number of values."""
        before = revision.profile.revisions.filter(number=revision.number - 1).first()
        changes = differences(before.content, revision.content) if before else []
        parts = Counter(change.path[0] for change in changes)
        return ", ".join(f"{_part_words(name)} ({count})" for name, count in parts.items()) or "-"


def _part_words(name: str) -> str:
    if name == "reasons":
        return str(ReasonCode._meta.verbose_name)
    return str(BankProfile._meta.get_field(name).verbose_name)


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
