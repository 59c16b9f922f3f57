"""Every address of the product and for whom it is, read from what the views themselves declare."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver

from registry.office_admin import OfficeAdmin
from registry.rules.roles import CITY_ROLES, LABELS, RIGHTS, Role

ADMIN, UNDECLARED = "admin", "undeclared"


@dataclass(frozen=True)
class Route:
    """`audience`: public, donor, staff, admin; `roles` may open it (empty: no role is needed)."""

    name: str
    pattern: str
    methods: tuple[str, ...]
    audience: str
    roles: tuple[str, ...]


def routes() -> list[Route]:
    return sorted(
        _walk(get_resolver().url_patterns, "/", in_admin=False), key=lambda route: (route.pattern, route.name)
    )


def role_matrix() -> dict:
    """The whole matrix as plain data: roles, rights, doors, and what each page of the admin allows."""
    return {
        "roles": {role.value: LABELS[role] for role in Role},
        "rights": {right.value: sorted(roles) for right, roles in RIGHTS.items()},
        "doors": [
            {**asdict(route), "methods": list(route.methods), "roles": list(route.roles)}
            for route in routes()
            if route.audience != ADMIN
        ],
        "admin": {
            model._meta.label_lower: {
                "view": sorted(page.view_roles | page.change_roles),
                "change": sorted(page.change_roles),
            }
            for model, page in sorted(
                admin.site._registry.items(), key=lambda item: item[0]._meta.label_lower
            )
            if isinstance(page, OfficeAdmin)
        },
    }


def _walk(patterns: list, prefix: str, *, in_admin: bool) -> Iterator[Route]:
    for pattern in patterns:
        address = prefix + re.sub(r"\\Z|\^|\$", "", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, address, in_admin=in_admin or pattern.namespace == ADMIN)
        else:
            yield _route(pattern, address, in_admin)


def _route(pattern: URLPattern, address: str, in_admin: bool) -> Route:
    name = pattern.name or ""
    if in_admin:
        return Route(f"admin:{name}", address, ("GET", "POST"), ADMIN, tuple(sorted(CITY_ROLES)))
    door = getattr(pattern.callback, "door", None)
    if door is None:
        return Route(name, address, (), UNDECLARED, ())
    methods = tuple(method for method in door["methods"] if method != "HEAD")
    return Route(name, address, methods, door["audience"], tuple(door["roles"]))
