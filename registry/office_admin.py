"""Django admin for the labour office: one sign-in for all, rights from the roles, every change in the journal."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from config.clock import now
from registry.actions.reference import record_change
from registry.rules.roles import CITY_ROLES, Right, Role, roles_with
from registry.staff import roles_of


class OfficeAdminSite(AdminSite):
    """Same sign-in with second factor as everywhere, Indonesian, own name."""

    site_header = "Pengaturan"
    site_title = "ASN Peduli Pekerja Rentan"
    index_title = "Data dan pengaturan"
    site_url = "/kantor/"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(roles_of(request.user) & CITY_ROLES)

    def admin_view(self, view: Callable, cacheable: bool = False) -> Callable:
        inner = super().admin_view(view, cacheable)

        @functools.wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            # Whoever is signed in already is not helped by signing in again.
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            return inner(request, *args, **kwargs)

        return guarded

    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or request.get_full_path())

    def logout(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        return redirect("account_change_password")

    def password_change_done(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        return redirect("mfa_index")


class OfficeAdmin(ModelAdmin):
    """A page of reference data. Who may look and who may change is decided by role, not by Django's permissions.

    What is here is referred to for years, so nothing is deleted unless a page says which rows may be.
    """

    view_roles: frozenset[Role] = CITY_ROLES
    change_roles: frozenset[Role] = roles_with(Right.MANAGE_REFERENCE)
    list_per_page = 50
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return bool(roles_of(request.user) & (self.view_roles | self.change_roles))

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return bool(roles_of(request.user) & self.change_roles)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(roles_of(request.user) & self.change_roles)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        with transaction.atomic():
            before = type(obj)._default_manager.filter(pk=obj.pk).first() if change else None
            super().save_model(request, obj, form, change)
            record_change(before=before, after=obj, names=form.changed_data, by=request.user, now=now())

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        with transaction.atomic():
            record_change(before=obj, after=None, names=shown_fields(obj), by=request.user, now=now())
            super().delete_model(request, obj)


class ReadOnlyAdmin(OfficeAdmin):
    """A page to look things up. `fields` names what is shown: never a sealed field, never a full number."""

    change_roles = frozenset()
    actions = None

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        return list(self.fields or ())


def shown_fields(obj: models.Model) -> list[str]:
    return [field.name for field in obj._meta.concrete_fields if field.editable]
