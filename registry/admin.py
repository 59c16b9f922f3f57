from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.html import format_html_join

from config.clock import now
from registry.actions.staff import record_account, record_role, reset_second_factor
from registry.forms import BankForm, RoleForm, StaffForm
from registry.journal import detail_words, subject_words
from registry.models import (
    AuditEvent,
    Bank,
    City,
    Kecamatan,
    Kelurahan,
    Message,
    Occupation,
    Opd,
    RoleAssignment,
    User,
)
from registry.office_admin import OfficeAdmin, ReadOnlyAdmin
from registry.rules.display import mask
from registry.rules.roles import Right, roles_with
from registry.staff import roles_of

# What other packages put into the admin by themselves shows secrets or is not used here.
for model in (Authenticator, EmailAddress, EmailConfirmation, Group):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(City)
class CityAdmin(OfficeAdmin):
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "name",
                    "government",
                    "programme",
                    "office",
                    "office_opd_code",
                    "region_prefix",
                    "bank",
                )
            },
        ),
        ("Bantuan", {"fields": ("help_phone", "help_whatsapp", "help_email", "help_hours")}),
        (
            "Aturan",
            {
                "fields": (
                    "cutoff_working_days",
                    "cutoff_hour",
                    "salary_gate",
                    "draft_days",
                    "ceiling_factor",
                    "meterai_required",
                    "age_limit",
                    "niks_per_day",
                    "workers_per_registration",
                    "scan_retention_days",
                )
            },
        ),
        ("Cakupan", {"fields": ("workers_total", "workers_covered", "coverage_target", "coverage_source")}),
    )

    def has_add_permission(self, request) -> bool:
        return False


@admin.register(Bank)
class BankAdmin(OfficeAdmin):
    form = BankForm
    list_display = ("name", "code", "bic", "active")


@admin.register(Opd)
class OpdAdmin(OfficeAdmin):
    """Units below an OPD are added here: choose the parent."""

    list_display = ("name", "code", "kind", "parent")
    list_filter = ("kind",)
    list_select_related = ("parent",)
    search_fields = ("name", "code", "abbreviation")


@admin.register(Kecamatan)
class KecamatanAdmin(OfficeAdmin):
    list_display = ("name", "code")
    search_fields = ("name", "code")


@admin.register(Kelurahan)
class KelurahanAdmin(OfficeAdmin):
    list_display = ("name", "code", "kecamatan")
    list_filter = ("kecamatan",)
    list_select_related = ("kecamatan",)
    search_fields = ("name", "code")


@admin.register(Occupation)
class OccupationAdmin(OfficeAdmin):
    list_display = ("name", "sector", "active")
    list_filter = ("sector", "active")
    search_fields = ("name", "code")


class RoleInline(admin.StackedInline):
    model = RoleAssignment
    form = RoleForm
    extra = 1

    def _may(self, request, obj) -> bool:
        # Nobody gives rights to oneself: another administrator has to.
        return bool(roles_of(request.user) & roles_with(Right.MANAGE_STAFF)) and obj != request.user

    def has_view_permission(self, request, obj=None) -> bool:
        return bool(roles_of(request.user))

    def has_add_permission(self, request, obj=None) -> bool:
        return self._may(request, obj)

    def has_change_permission(self, request, obj=None) -> bool:
        return self._may(request, obj)

    def has_delete_permission(self, request, obj=None) -> bool:
        return self._may(request, obj)


@admin.register(User)
class StaffAdmin(OfficeAdmin):
    form = StaffForm
    change_roles = roles_with(Right.MANAGE_STAFF)
    view_roles = change_roles | roles_with(Right.SEE_AUDIT)
    fields = (
        "username",
        "full_name",
        "nip",
        "nip_shown",
        "new_password",
        "is_active",
        "second_factor",
        "last_login",
    )
    readonly_fields = ("nip_shown", "second_factor", "last_login")
    inlines = (RoleInline,)
    list_display = ("full_name", "username", "roles_shown", "second_factor", "is_active")
    list_filter = ("is_active", "assignments__role")
    search_fields = ("full_name", "username")
    actions = ("take_second_factor",)

    @admin.display(description="NIP tersimpan")
    def nip_shown(self, user: User) -> str:
        return mask(user.nip, "nip") if user.nip else "-"

    @admin.display(description="pengaman kedua", boolean=True)
    def second_factor(self, user: User) -> bool:
        return any(factor.type == Authenticator.Type.TOTP for factor in user.authenticator_set.all())

    @admin.display(description="peran")
    def roles_shown(self, user: User) -> str:
        return ", ".join(str(assignment) for assignment in user.assignments.all()) or "-"

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("assignments", "authenticator_set")

    def get_form(self, request, obj=None, change=False, **kwargs):
        # NIP and password are fields of the form alone; for the read-only page of an auditor they do not exist.
        kwargs["fields"] = ("username", "full_name", "is_active")
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request, obj=None):
        typed = set() if self.has_change_permission(request, obj) else {"nip", "new_password"}
        shown_later = {"nip_shown", "second_factor", "last_login"} if obj is None else set()
        return [name for name in self.fields if name not in typed | shown_later]

    def save_model(self, request, obj, form, change) -> None:
        with transaction.atomic():
            obj.save()
            record_account(user=obj, new=not change, changed=form.changed_data, by=request.user, now=now())

    def save_formset(self, request, form, formset, change) -> None:
        with transaction.atomic():
            formset.save()
            moment = now()
            for assignment in formset.deleted_objects:
                record_role(assignment=assignment, granted=False, by=request.user, now=moment)
            for assignment in [*formset.new_objects, *(row for row, _ in formset.changed_objects)]:
                record_role(assignment=assignment, granted=True, by=request.user, now=moment)

    @admin.action(description="Atur ulang pengaman kedua (ponsel hilang)", permissions=["change"])
    def take_second_factor(self, request, queryset) -> None:
        for user in queryset:
            reset_second_factor(user=user, by=request.user, now=now())
        messages.success(request, "Pengaman kedua dihapus. Petugas memasangnya lagi saat masuk berikutnya.")


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """That a message left, never its words or its full address: it may hold a code or a personal link."""

    fields = ("event", "channel", "to_shown", "subject", "state", "tries", "error", "created_at", "sent_at")
    list_display = ("created_at", "event", "channel", "to_shown", "state")
    list_filter = ("state", "channel", "event")
    date_hierarchy = "created_at"

    @admin.display(description="kepada")
    def to_shown(self, message: Message) -> str:
        name, at, host = message.to.partition("@")
        return f"{name[:1]}•••@{host}" if at else mask(message.to, "phone")


@admin.register(AuditEvent)
class JournalAdmin(ReadOnlyAdmin):
    view_roles = roles_with(Right.SEE_AUDIT)
    fields = (
        "at",
        "event",
        "actor_kind",
        "actor_user",
        "actor_donor",
        "subject_shown",
        "object_id",
        "opd",
        "detail_shown",
    )
    list_display = ("at", "event", "actor_kind", "actor_user", "subject_shown", "opd")
    list_filter = ("event", "actor_kind")
    list_select_related = ("actor_user", "opd")
    search_fields = ("object_id",)
    date_hierarchy = "at"

    @admin.display(description="jenis data", ordering="object_type")
    def subject_shown(self, line: AuditEvent) -> str:
        return subject_words(line)

    @admin.display(description="rincian")
    def detail_shown(self, line: AuditEvent) -> str:
        return format_html_join("", "<p>{}: {}</p>", detail_words(line)) or "-"
