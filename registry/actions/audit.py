"""The journal: one line per event, written in the transaction of the event it tells of."""

from datetime import datetime
from typing import Final

from django.db import models

from registry.models import AuditEvent, Donor, User
from registry.rules.events import Event

SYSTEM: Final = "system"
Actor = User | Donor | str


def record(
    *, event: Event | str, about: models.Model, by: Actor, now: datetime, opd_id: int | None = None, **detail
) -> None:
    """Adds one line. `detail` holds plain facts and never an identity number, account, phone or address.

    Raises ValueError for an event outside the vocabulary and TypeError for an actor that is nobody.
    """
    AuditEvent.objects.create(
        at=now,
        event=Event(event),
        object_type=about._meta.label_lower,
        object_id=str(about.pk),
        opd_id=opd_id,
        detail=detail,
        **actor_columns(by),
    )


def actor_columns(by: Actor) -> dict:
    if isinstance(by, User):
        return {"actor_kind": "staff", "actor_user": by}
    if isinstance(by, Donor):
        return {"actor_kind": "donor", "actor_donor": by}
    if by == SYSTEM:
        return {"actor_kind": "system"}
    raise TypeError("An event needs an actor: a member of staff, a donor, or the system.")
