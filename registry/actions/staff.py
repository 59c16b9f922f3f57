"""Staff accounts: made, given roles, and helped when a phone is lost. Who signs in how is in registry.sign_in."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction

from registry import vault
from registry.actions import audit
from registry.actions.audit import Actor
from registry.models import RoleAssignment, User
from registry.rules.events import Event


def set_nip(user: User, digits: str) -> None:
    """Puts a checked NIP (18 digits, or none) on an unsaved change of the account."""
    user.nip = digits
    user.nip_index = vault.blind_index("nip", digits) if digits else ""


def record_account(*, user: User, new: bool, changed: list[str], by: Actor, now: datetime) -> None:
    """The journal's line for a made or changed account: which columns, never what stood in them."""
    audit.record(event=Event.STAFF_CHANGED, about=user, by=by, now=now, new=new, changed=sorted(changed))


def record_role(*, assignment: RoleAssignment, granted: bool, by: Actor, now: datetime) -> None:
    audit.record(
        event=Event.ROLE_GRANTED if granted else Event.ROLE_TAKEN,
        about=assignment.user,
        by=by,
        now=now,
        opd_id=assignment.opd_id,
        role=assignment.role,
    )


def reset_second_factor(*, user: User, by: Actor, now: datetime) -> None:
    """Takes away authenticator and recovery codes; the next request leads to a fresh enrolment, whatever was open."""
    with transaction.atomic():
        Authenticator.objects.filter(user=user).delete()
        audit.record(event=Event.SECOND_FACTOR_RESET, about=user, by=by, now=now)
