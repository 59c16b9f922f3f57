"""Model fields of the house: sealed text, blind index, rupiah, period."""

from typing import Any

from django.core.validators import RegexValidator
from django.db import models

from registry import vault


class SealedTextField(models.BinaryField):
    """Text that the database holds only as AES-256-GCM ciphertext, bound to table, column and row.

    On an instance it reads and writes as `str`. The row's key must exist before the first save, so models with sealed
    fields have a UUID made in Python as primary key. `update(field=...)` and lookups on it are refused: a
    value cannot be
    bound to a row it does not know. `bound_by` names another attribute of the row (for frozen copies, which carry the
    binding of the row they were copied from), `bound_as` the place they were copied from ("table.column").
    """

    description = "text sealed to its row"

    def __init__(self, *args: Any, bound_by: str = "pk", bound_as: str = "", **kwargs: Any) -> None:
        self.bound_by, self.bound_as = bound_by, bound_as
        kwargs.setdefault("default", "")
        kwargs.update(editable=False, blank=True)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        for settled in ("editable", "blank", "default"):
            kwargs.pop(settled, None)
        if self.bound_by != "pk":
            kwargs["bound_by"] = self.bound_by
        if self.bound_as:
            kwargs["bound_as"] = self.bound_as
        return name, path, args, kwargs

    def contribute_to_class(self, cls, name, private_only=False):
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, name, _OpenOnRead(self))

    def place(self, instance: models.Model) -> str:
        where = self.bound_as or f"{instance._meta.db_table}.{self.column}"
        row = getattr(instance, self.bound_by)
        if row is None:
            raise ValueError(f"{where} cannot be sealed: the row has no {self.bound_by} yet.")
        return f"{where}:{row}"

    def from_db_value(self, value, expression, connection):
        return None if value is None else _Sealed(bytes(value))

    def pre_save(self, model_instance, add):
        value = model_instance.__dict__.get(self.attname)
        if isinstance(value, str):
            value = _Sealed(vault.seal(value.encode(), self.place(model_instance)) if value else b"")
        return value

    def get_db_prep_value(self, value, connection, prepared=False):
        if value and not isinstance(value, _Sealed):  # plain text, or plain bytes
            raise TypeError(f"{self.name} is sealed to its row: set it on an instance and save that.")
        return connection.Database.Binary(bytes(value or b""))

    def to_python(self, value):
        return value

    def get_default(self):
        return ""

    def value_to_string(self, obj):
        raise TypeError(f"{self.name} is sealed and is not serialised.")

    def _check_str_default_value(self) -> list:
        """Django expects bytes of a binary field; on an instance this one holds text."""
        return []


class _Sealed(bytes):
    """Ciphertext as it came from the database, not opened yet."""


class _OpenOnRead:
    def __init__(self, field: SealedTextField) -> None:
        self.field = field

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        if self.field.attname not in instance.__dict__:
            instance.refresh_from_db(fields=[self.field.attname])
        value = instance.__dict__[self.field.attname]
        if isinstance(value, bytes):
            return vault.unseal(value, self.field.place(instance)).decode() if value else ""
        return value or ""

    def __set__(self, instance, value):
        instance.__dict__[self.field.attname] = value


class BlindIndexField(models.CharField):
    """The keyed fingerprint beside a sealed field: 64 hex digits, empty when there is no value."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 64)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", "")
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)


class RupiahField(models.PositiveBigIntegerField):
    """Whole rupiah, never negative (the database checks it); there are no cents in this house."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", 0)
        super().__init__(*args, **kwargs)


class PeriodField(models.CharField):
    """A collection month as `YYYY-MM`: a stored value, never derived from a timestamp (invariant I2)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = 7
        kwargs.setdefault(
            "validators", [RegexValidator(r"^20\d\d-(0[1-9]|1[0-2])$", "Tulis bulan seperti 2026-12.")]
        )
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("max_length", None)
        kwargs.pop("validators", None)
        return name, path, args, kwargs
