"""An OPD's own links to the registration: made by the office, expiring, capped, revocable."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import get_random_string

from registry.actions import audit
from registry.actions.audit import Actor
from registry.models import Opd
from registry.rules.events import Event
from registry.rules.finding import Finding
from sponsorship.models import InvitationLink

TOKEN_LENGTH = 12
# Without letters that are mistaken for each other when a link is read from paper or aloud.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
LONGEST_DAYS = 366


def create_link(
    *, opd: Opd, label: str, days: int, max_uses: int, by: Actor, now: datetime, token: str = ""
) -> InvitationLink | Finding:
    """A link for one OPD, open for `days` days and `max_uses` new registrations. `token` only for a known demo link."""
    if not 1 <= days <= LONGEST_DAYS:
        return Finding("link_days", f"Masa berlaku 1 sampai {LONGEST_DAYS} hari.", "days")
    if not 1 <= max_uses <= 100_000:
        return Finding("link_uses", "Batas pemakaian 1 sampai 100.000 pendaftaran.", "max_uses")
    with transaction.atomic():
        link = InvitationLink.objects.create(
            token=token or new_token(),
            opd=opd,
            label=label.strip(),
            created_by=None if by == audit.SYSTEM else by,
            created_at=now,
            expires_at=now + timedelta(days=days),
            max_uses=max_uses,
        )
        audit.record(
            event=Event.LINK_CREATED, about=link, by=by, now=now, opd_id=opd.pk, days=days, max_uses=max_uses
        )
    return link


def new_token() -> str:
    """What stands at the end of an address that people read from paper or aloud."""
    return get_random_string(TOKEN_LENGTH, _ALPHABET)


def revoke_link(*, link_id: int, by: Actor, now: datetime) -> InvitationLink | Finding:
    """Closes a link at once; drafts begun through it go on. Revoking twice changes nothing and says so."""
    with transaction.atomic():
        link = InvitationLink.objects.select_for_update().get(pk=link_id)
        if link.revoked_at:
            return Finding("link_revoked", "Tautan ini sudah dicabut sebelumnya.")
        link.revoked_at = now
        link.save(update_fields=["revoked_at"])
        audit.record(event=Event.LINK_REVOKED, about=link, by=by, now=now, opd_id=link.opd_id, uses=link.uses)
    return link


def usable(link: InvitationLink, now: datetime) -> bool:
    """Whether a new registration may still begin through the link."""
    return link.revoked_at is None and now < link.expires_at and link.uses < link.max_uses
