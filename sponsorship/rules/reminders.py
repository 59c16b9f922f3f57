"""When a donor who stopped half-way is reminded: less and less often after the last touch, then not any more."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

# Days after the last touch; after the last of them it is quiet.
STEPS = (1, 3, 7, 14)
JAKARTA = ZoneInfo("Asia/Jakarta")
# Nobody is reminded outside these hours, WIB.
FROM_HOUR, UNTIL_HOUR = 8, 19


@dataclass(frozen=True)
class Reminded:
    """The last reminder since the last touch: which step of STEPS (1 to 4), and when."""

    step: int
    at: datetime


def due_step(touched: datetime, last: Reminded | None, now: datetime) -> int | None:
    """The step (1 to 4) whose turn it is now, or None.

    Of several that were missed only the latest counts; and after one that came late the next keeps its full distance,
    so that the gaps never shrink.
    """
    passed = [step for step, days in enumerate(STEPS, start=1) if now >= touched + timedelta(days=days)]
    step = passed[-1] if passed else None
    if step is None or (last and step <= last.step):
        return None
    if last and now < last.at + timedelta(days=STEPS[step - 1] - STEPS[step - 2]):
        return None
    return step


def in_daytime(now: datetime) -> bool:
    """Whether a reminder may leave at this moment."""
    return FROM_HOUR <= now.astimezone(JAKARTA).hour < UNTIL_HOUR
