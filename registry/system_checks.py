"""What `manage.py check --tag security --database default` and every production web process refuse to run with."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError


@register(Tags.security)
def signature_roots_are_there(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """A wrong path would silently turn every certified signature into a scan."""
    from registry import signatures

    if not settings.PRODUCTION or not settings.SIGNATURE_ROOTS or signatures.available():
        return []
    return [
        Error(
            "SIGNATURE_ROOTS names no readable certificates, or the extra `sign` is not installed.",
            hint="Give the path of a PEM file with the root certificates, or leave it empty for ink only.",
            id="registry.E002",
        )
    ]


@register(Tags.security)
def no_demo_accounts(app_configs: Any = None, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Demo accounts have passwords that anybody can read in the source. Before the first migration there are none."""
    from registry.models import User  # models are not loaded yet when Django imports this module

    if not settings.PRODUCTION:
        return []
    try:
        names = list(
            User.objects.filter(is_demo=True).order_by("username").values_list("username", flat=True)
        )
    except DatabaseError:
        return []
    if not names:
        return []
    return [
        Error(
            f"The database holds demo accounts with public passwords: {', '.join(names)}.",
            hint="Production needs a database of its own. Deactivating them is not enough.",
            id="registry.E001",
        )
    ]
