from datetime import datetime

from sponsorship.models import FrozenMonth
from sponsorship.rules.months import Month


def freeze_month(*, month: Month, now: datetime) -> None:
    """Remembers that a month was cut; called in the transaction that cuts it. Once frozen it stays so, for
    everybody."""
    FrozenMonth.objects.get_or_create(period=str(month), defaults={"frozen_at": now})
