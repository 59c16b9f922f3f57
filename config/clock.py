"""The one source of "now" for the whole product.

In production it is the machine's clock. In demo and test mode `APP_NOW` sets where the clock starts, and a small
file (`VAR_DIR/clock`) lets all processes jump together: the demo can walk to the cut-off without waiting for it.
The clock runs on from there at normal speed, so codes still expire and events keep their order.
"""

import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

_started = time.time()


def now() -> datetime:
    """The present moment, UTC, honouring the demo clock."""
    if settings.APP_MODE == "production":
        return datetime.now(UTC)
    set_to, anchor = _from_file() or (settings.APP_NOW, _started)
    if set_to is None:
        return datetime.now(UTC)
    return set_to.astimezone(UTC) + timedelta(seconds=time.time() - anchor)


def today() -> date:
    """The business date: the civil date in the city's zone (Asia/Jakarta, UTC+7)."""
    return now().astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def move_to(moment: datetime) -> None:
    """Moves the demo clock of every process. Raises RuntimeError in production and for a step backwards."""
    if settings.APP_MODE == "production":
        raise RuntimeError("The clock of a production system is never moved.")
    if moment < now():
        raise RuntimeError("The demo clock only moves forward.")
    path = Path(settings.CLOCK_FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(f"{moment.astimezone(UTC).isoformat()} {time.time()}\n")
    fresh.replace(path)


def _from_file() -> tuple[datetime, float] | None:
    try:
        set_to, anchor = Path(settings.CLOCK_FILE).read_text().split()
        return datetime.fromisoformat(set_to), float(anchor)
    except (FileNotFoundError, ValueError):
        return None
