"""Staff accounts: made, given roles, and helped when a phone is lost. Who signs in how is in registry.sign_in."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction

from registry import vault
from registry.actions import audit
from registry.actions.audit import Actor
from registry.models import RoleAssignment, User
from registry.rules.events import Event
from registry.rules.roles import Role


def set_nip(user: User, digits: str) -> None:
    """Puts a checked NIP (18 digits, or none) on an unsaved change of the account."""
    user.nip = digits
    user.nip_index = vault.blind_index("nip", digits) if digits else ""


def add_administrator(*, username: str, full_name: str, password: str, now: datetime) -> User:
    """The first account of a new system, by the system itself. The second factor is enrolled at the first sign-in."""
    with transaction.atomic():
        user = User.objects.create_user(username, password=password, full_name=full_name)
        record_account(user=user, new=True, changed=["username", "full_name"], by=audit.SYSTEM, now=now)
        assignment = RoleAssignment.objects.create(user=user, role=Role.ADMINISTRATOR)
        record_role(assignment=assignment, granted=True, by=audit.SYSTEM, now=now)
    return user


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
