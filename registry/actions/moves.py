"""Moving a row along its lifecycle: compare-and-set on the state, and the journal line in the same transaction."""

from datetime import datetime

from django.db import models

from registry.actions import audit
from registry.actions.audit import Actor
from registry.rules.lifecycle import Lifecycle


class StaleState(Exception):
    """The row is not in the state this process believed: somebody else moved it first, or the move is not declared."""


def move(
    *,
    row: models.Model,
    along: Lifecycle,
    event: str,
    by: Actor,
    now: datetime,
    opd_id: int | None = None,
    also: dict | None = None,
    **detail,
) -> None:
    """Moves `row` by `event` and sets the columns in `also` with it. Only these columns are written. Raises
    StaleState."""
    source = row.state
    if not along.allows(source, event):
        raise StaleState(f"{along.name} does not {event} from {source}")
    transition = next(t for t in along.transitions if t.event == event and source in t.sources)
    changes = {"state": transition.target, **(also or {})}
    if not type(row)._base_manager.filter(pk=row.pk, state=source).update(**changes):
        raise StaleState(f"{along.name} {row.pk} left {source} meanwhile")
    row.refresh_from_db(fields=list(changes))
    audit.record(
        event=transition.audit,
        about=row,
        by=by,
        now=now,
        opd_id=opd_id,
        source=source,
        target=transition.target,
        **detail,
    )
