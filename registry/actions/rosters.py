"""Taking in an OPD's list of its civil servants, and asking whether somebody stands on it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from registry.actions import audit
from registry.models import Opd, Roster, RosterLine, User
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.rules.roster import Line
from registry.staff import may, offices_of
from registry.vault import blind_index

NOT_YOURS = Finding("not_yours", "Daftar pegawai hanya dapat diunggah untuk OPD Anda sendiri.", "opd")
AT_ONCE = 2_000


def replace_roster(
    *, opd: Opd, lines: Sequence[Line], sha256: str, by: User, now: datetime
) -> Roster | Finding:
    """Keeps the newest list of an OPD; the lines of the one before are destroyed, its date and count stay."""
    if not may(by, Right.UPLOAD_ROSTER) or not offices_of(by, Right.UPLOAD_ROSTER).filter(pk=opd.pk).exists():
        return NOT_YOURS
    with transaction.atomic():
        Opd.objects.select_for_update().get(pk=opd.pk)  # two uploads take turns; the later one stays
        RosterLine.objects.filter(roster__opd=opd).delete()
        roster = Roster.objects.create(
            opd=opd, uploaded_by=by, uploaded_at=now, sha256=sha256, lines_count=len(lines)
        )
        RosterLine.objects.bulk_create(
            (
                RosterLine(roster=roster, nip_index=blind_index("nip", line.nip), name=line.name)
                for line in lines
            ),
            batch_size=AT_ONCE,
        )
        audit.record(
            event=Event.ROSTER_UPLOADED, about=roster, by=by, now=now, opd_id=opd.pk, lines=len(lines)
        )
    return roster
