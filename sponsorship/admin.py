from django.contrib import admin

from registry.office_admin import OfficeAdmin, ReadOnlyAdmin
from registry.rules.display import mask
from sponsorship.models import (
    DiscountLine,
    Holiday,
    InvitationLink,
    Mandate,
    Poster,
    Registration,
    Sponsorship,
    TariffLine,
    WaitingWorker,
)
from sponsorship.office_admin import DatedLineAdmin, rupiah_column

OWN_WORD = "kantor"


@admin.register(TariffLine)
class TariffAdmin(DatedLineAdmin):
    amounts = ("income_min", "income_max", "base_income", "jkk", "jkm", "jht")
    list_display = ("base_income_shown", "valid_from", "valid_to", "jkk_shown", "jkm_shown", "jht_shown")
    list_filter = ("valid_from",)

    income_min_shown = rupiah_column(TariffLine, "income_min")
    income_max_shown = rupiah_column(TariffLine, "income_max")
    base_income_shown = rupiah_column(TariffLine, "base_income")
    jkk_shown = rupiah_column(TariffLine, "jkk")
    jkm_shown = rupiah_column(TariffLine, "jkm")
    jht_shown = rupiah_column(TariffLine, "jht")


@admin.register(DiscountLine)
class DiscountAdmin(DatedLineAdmin):
    list_display = ("sector", "valid_from", "valid_to", "jkk_percent", "jkm_percent")


@admin.register(Holiday)
class HolidayAdmin(OfficeAdmin):
    """A changed or added day is the office's own word; loading reference data does not touch it again.

    Only the office's own word can be taken back. A national holiday on which the city works is marked, not deleted.
    """

    list_display = ("day", "name", "works", "source")
    date_hierarchy = "day"

    def has_delete_permission(self, request, obj=None) -> bool:
        return obj is not None and obj.source == OWN_WORD and self.has_change_permission(request, obj)

    def save_model(self, request, obj, form, change) -> None:
        obj.source = OWN_WORD
        super().save_model(request, obj, form, change)


@admin.register(InvitationLink)
class InvitationLinkAdmin(ReadOnlyAdmin):
    """Links are made and revoked at /kantor/tautan/; the token itself is not shown here."""

    fields = ("opd", "label", "created_by", "created_at", "expires_at", "max_uses", "uses", "revoked_at")
    list_display = ("opd", "label", "expires_at", "uses", "max_uses", "revoked_at")
    list_select_related = ("opd",)


@admin.register(Registration)
class RegistrationAdmin(ReadOnlyAdmin):
    fields = (
        "reference", "state", "name", "employment", "position", "opd", "bank", "account_shown", "account_holder",
        "ceiling_shown", "wished_start", "started_at", "submitted_at", "taken_at", "taken_by", "verified_at",
        "verified_by", "ended_at", "erased_at",
    )  # fmt: skip
    list_display = ("reference", "state", "opd", "ceiling_shown", "submitted_at", "verified_at")
    list_filter = ("state",)
    list_select_related = ("opd",)
    search_fields = ("reference",)

    ceiling_shown = rupiah_column(Registration, "ceiling")

    @admin.display(description="nomor rekening")
    def account_shown(self, registration: Registration) -> str:
        return mask(registration.account, "account") if registration.account else "-"


@admin.register(Mandate)
class MandateAdmin(ReadOnlyAdmin):
    fields = (
        "number", "version", "state", "bank", "account_shown", "account_holder", "ceiling_shown", "amount_shown",
        "text_version", "pdf_sha256", "issued_at", "start_period", "end_period", "signing_method", "signed_on",
        "verified_at", "verified_by", "ended_at", "erased_at",
    )  # fmt: skip
    list_display = ("number", "state", "ceiling_shown", "start_period", "signed_on")
    list_filter = ("state",)
    search_fields = ("number",)

    ceiling_shown = rupiah_column(Mandate, "ceiling")
    amount_shown = rupiah_column(Mandate, "amount_at_issue")

    @admin.display(description="nomor rekening")
    def account_shown(self, mandate: Mandate) -> str:
        return mask(mandate.account, "account") if mandate.account else "-"


@admin.register(Sponsorship)
class SponsorshipAdmin(ReadOnlyAdmin):
    fields = (
        "registration", "worker", "state", "programme", "base_income_shown", "funding", "start_period", "end_period",
        "created_at",
    )  # fmt: skip
    list_display = (
        "registration",
        "worker",
        "state",
        "programme",
        "base_income_shown",
        "start_period",
        "end_period",
    )
    list_filter = ("state", "programme")
    list_select_related = ("registration", "worker")
    search_fields = ("registration__reference",)

    base_income_shown = rupiah_column(Sponsorship, "base_income")


@admin.register(Poster)
class PosterAdmin(ReadOnlyAdmin):
    """Posters are made and revoked at /kantor/daftar-tunggu/; the code that they carry is not shown here."""

    fields = ("group_kind", "group_name", "kelurahan", "opd", "created_by", "created_at", "revoked_at")
    list_display = ("group_name", "group_kind", "opd", "created_at", "revoked_at")
    list_filter = ("group_kind",)
    list_select_related = ("opd",)


@admin.register(WaitingWorker)
class WaitingWorkerAdmin(ReadOnlyAdmin):
    """Who waits, who is checked and who was chosen; all of it is done at /kantor/daftar-tunggu/ and by the donors."""

    fields = (
        "name", "nik_shown", "state", "occupation", "workplace", "kelurahan", "source", "group_kind", "group_name",
        "entered_by", "entered_for", "created_at", "waiting_since", "first_in_line", "verified_by", "verified_at",
        "refused_because", "reserved_until", "erased_at",
    )  # fmt: skip
    list_display = ("name_shown", "state", "occupation", "kelurahan", "waiting_since", "first_in_line")
    list_filter = ("state", "source")
    list_select_related = ("occupation", "kelurahan")

    @admin.display(description="nama", ordering="name")
    def name_shown(self, worker: WaitingWorker) -> str:
        return worker.name or "Data sudah dihapus"

    @admin.display(description="NIK")
    def nik_shown(self, worker: WaitingWorker) -> str:
        return mask(worker.nik, "nik") if worker.nik else "-"
