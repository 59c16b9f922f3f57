"""Whether somebody stands on their OPD's own list. For verifiers only: no page of a donor looks any different."""

from dataclasses import dataclass
from datetime import datetime

from registry.models import Opd, Roster, RosterLine


@dataclass(frozen=True)
class Listed:
    """`name` is empty when the NIP is not on the list of `uploaded_at`."""

    name: str
    uploaded_at: datetime

    @property
    def found(self) -> bool:
        return bool(self.name)


def listed(nip_index: str, opd: Opd | None) -> Listed | None:
    """What the newest list of this OPD says, or of the nearest unit above that has one; None without any list."""
    while opd is not None:
        roster = Roster.objects.filter(opd=opd).first()
        if roster is not None:
            line = RosterLine.objects.filter(roster=roster, nip_index=nip_index).first()
            return Listed(line.name if line else "", roster.uploaded_at)
        opd = opd.parent
    return None
