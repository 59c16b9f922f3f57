"""Staff accounts: what they may do, and for which offices. How they sign in is in sign_in.py."""

from allauth.mfa.models import Authenticator

from registry.models import Opd, User
from registry.rules.roles import OPD_ROLES, RIGHTS, Right, Role


def display_name(user: User) -> str:
    return user.full_name or user.username


def has_second_factor(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


def roles_of(user) -> frozenset[Role]:
    """The roles a member of staff holds now: read from the database once per request, so a taken right ends with it."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return frozenset()
    if not hasattr(user, "_roles_held"):
        user._roles_held = [(Role(role), opd) for role, opd in user.assignments.values_list("role", "opd_id")]
    return frozenset(role for role, _ in user._roles_held)


def may(user, right: Right) -> bool:
    return bool(roles_of(user) & RIGHTS[right])


def offices_of(user, right: Right):
    """The OPD in which `user` may use `right`: every one for a city role, own OPD and the units below it otherwise."""
    roles = roles_of(user) & RIGHTS[right]
    if roles - OPD_ROLES:
        return Opd.objects.all()
    roots = [opd for role, opd in getattr(user, "_roles_held", []) if role in roles and opd]
    return Opd.objects.at_or_below(roots) if roots else Opd.objects.none()
