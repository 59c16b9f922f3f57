"""A line of the journal in words: what it is about and the facts it carries, for a reader in the office."""

from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from registry.models import AuditEvent, Donor
from registry.models.document import KINDS
from registry.rules.events import DETAIL_LABELS
from registry.rules.roles import LABELS, Role

_VALUES: dict[str, dict[Any, str]] = {
    "kind": dict(KINDS),
    "role": {role.value: LABELS[role] for role in Role},
    "channel": dict(Donor._meta.get_field("channel").choices),
}


def subject_words(line: AuditEvent) -> str:
    """The kind of row a line is about; its stored name when the product no longer has such rows."""
    model = _model_of(line)
    return str(model._meta.verbose_name) if model else line.object_type


def detail_words(line: AuditEvent) -> list[tuple[str, str]]:
    """Label and value of every fact; states, kinds, roles and columns by the words of the pages."""
    model = _model_of(line)
    return [(DETAIL_LABELS.get(name, name), _value(name, fact, model)) for name, fact in line.detail.items()]


def _value(name: str, fact: Any, model: type[models.Model] | None) -> str:
    if name == "changes":
        return "; ".join(
            f"{_column(model, column)}: {_plain(before)} menjadi {_plain(after)}"
            for column, (before, after) in fact.items()
        )
    if name == "changed" and isinstance(fact, list):
        return ", ".join(_column(model, column) for column in fact)
    if name == "total":
        return f"Rp{fact:,}".replace(",", ".")
    if name in ("source", "target"):
        return _states(model).get(fact, str(fact))
    return _VALUES.get(name, {}).get(fact) or _plain(fact)


def _plain(fact: Any) -> str:
    if isinstance(fact, bool):
        return "ya" if fact else "tidak"
    return "-" if fact in (None, "") else str(fact)


def _column(model: type[models.Model] | None, name: str) -> str:
    if name == "new_password":
        return "kata sandi"
    try:
        return str(model._meta.get_field(name).verbose_name) if model else name
    except FieldDoesNotExist:
        return name


def _states(model: type[models.Model] | None) -> dict[Any, str]:
    names = {field.name for field in model._meta.concrete_fields} if model else set()
    return dict(model._meta.get_field("state").choices or ()) if model and "state" in names else {}


def _model_of(line: AuditEvent) -> type[models.Model] | None:
    try:
        return apps.get_model(line.object_type)
    except (LookupError, ValueError):
        return None
