"""What the admin pages of money share: amounts in rupiah, and dated lines that are never rewritten."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from config.clock import today
from registry.office_admin import OfficeAdmin
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month

HOW_TO_CHANGE = (
    'Baris yang sudah berlaku tidak dapat diubah atau dihapus: isi bulan terakhirnya pada "berlaku sampai", '
    "lalu tambahkan baris baru dengan bulan mulainya sendiri."
)


def rupiah_column(model: type[models.Model], name: str) -> Callable:
    """A column or read-only field of an admin page that writes the amount as "Rp1.234.567"."""

    @admin.display(description=str(model._meta.get_field(name).verbose_name), ordering=name)
    def shown(_page: OfficeAdmin, row: models.Model) -> str:
        amount = getattr(row, name)
        return "-" if amount is None else rupiah(amount)

    return shown


def has_begun(line: models.Model) -> bool:
    """Whether a month has already been reckoned with this line, or is just being."""
    return line.valid_from <= present_month()


def has_ended(line: models.Model) -> bool:
    return bool(line.valid_to) and line.valid_to < present_month()


def present_month() -> str:
    return str(Month.of(today()))


class DatedLineForm(forms.ModelForm):
    """No month that lies behind us gets another price: neither by a new line nor by the end of an old one."""

    def clean_valid_from(self) -> str:
        return self._not_past("valid_from")

    def clean_valid_to(self) -> str:
        return self._not_past("valid_to")

    def _not_past(self, name: str) -> str:
        month = self.cleaned_data[name]
        if month and month < present_month():
            earliest = Month.parse(present_month()).label()
            raise forms.ValidationError(f"Bulan ini sudah lewat. Isi {earliest} atau sesudahnya.")
        return month

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        begins = values.get("valid_from") or self.instance.valid_from
        if begins and values.get("valid_to") and values["valid_to"] < begins:
            self.add_error("valid_to", "Bulan terakhir harus sama dengan bulan mulai atau sesudahnya.")
        return values


class DatedLineAdmin(OfficeAdmin):
    """Lines in force by month. What a month was reckoned with stays: of a line that has begun only its end may be
    set, of one that has ended nothing. `amounts` are its columns in rupiah, each with a `<name>_shown`."""

    form = DatedLineForm
    amounts: tuple[str, ...] = ()

    def get_fieldsets(self, request: HttpRequest, obj: models.Model | None = None) -> list:
        return [(None, {"fields": self.get_fields(request, obj), "description": HOW_TO_CHANGE})]

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        names = [
            field.name for field in self.opts.concrete_fields if field.editable and not field.primary_key
        ]
        fixed = obj is not None and (has_begun(obj) or not self.has_change_permission(request, obj))
        return [f"{name}_shown" if fixed and name in self.amounts else name for name in names]

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        if obj is None or not has_begun(obj):
            return [f"{name}_shown" for name in self.amounts]
        return [name for name in self.get_fields(request, obj) if name != "valid_to" or has_ended(obj)]
