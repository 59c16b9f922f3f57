"""Every address, opened by everybody: what happens is what the role matrix (docs/roles.json) says."""

import json
import re
import uuid

import pytest
from django.conf import settings
from django.contrib import admin
from django.test import Client

from opd_admin.routes import ADMIN, UNDECLARED, role_matrix, routes
from registry.models import User
from registry.office_admin import OfficeAdmin
from registry.rules.roles import CITY_ROLES, OPD_ROLES, Role
from tests.at_state import staff
from tests.staff_client import client_of

STAFF_ROLES = sorted(set(Role) - {Role.DONOR})
LOGIN = "/akun/login/"
_SAMPLES = {
    "int": "999999",
    "uuid": str(uuid.UUID(int=7)),
    "str": "tidak-ada",
    "slug": "tidak-ada",
    "path": "tidak/ada",
}


def address_of(pattern: str) -> str:
    """The address with an object that does not exist in every place for one."""
    plain = re.sub(r"\(\?P<\w+>[^()]*\)", "tidakada23", pattern)
    return re.sub(r"<(?:(\w+):)?\w+>", lambda match: _SAMPLES.get(match[1] or "str", "tidak-ada"), plain)


@pytest.fixture
def person() -> dict[Role, User]:
    return {role: staff(f"the {role}", role, "DINKES" if role in OPD_ROLES else "") for role in STAFF_ROLES}


def test_every_address_declares_for_whom_it_is():
    assert [route.pattern for route in routes() if route.audience == UNDECLARED] == []


def test_the_role_matrix_in_the_documents_is_the_one_in_the_code():
    """Refresh it with `manage.py routes --write` and read the difference: it is a change of who may do what."""
    assert (
        json.loads((settings.BASE_DIR / "docs" / "roles.json").read_text(encoding="utf-8")) == role_matrix()
    )


@pytest.mark.django_db
@pytest.mark.parametrize("role", [None, *STAFF_ROLES])
def test_every_door_opens_for_its_roles_and_for_nobody_else(role, person):
    client = client_of(person[role]) if role else Client()
    wrong = []
    for route in routes():
        if route.audience == ADMIN:
            continue
        for method in ("GET", "POST", *(() if role else ("PUT",))):
            if role and route.name == "account_logout":
                client = client_of(person[role])
            answer = getattr(client, method.lower())(address_of(route.pattern))
            if not _as_declared(route, method, role, answer):
                wrong.append((method, route.pattern, answer.status_code, answer.get("Location", "")))
            if role and route.name == "account_logout":
                client = client_of(person[role])
    assert wrong == []


def _as_declared(route, method: str, role: Role | None, answer) -> bool:
    status = answer.status_code
    to_login = status == 302 and answer["Location"].startswith(LOGIN)
    if method not in route.methods:
        return status == 405
    if route.audience != "staff":
        return status < 500 and status != 403
    if role is None:
        return to_login
    if role not in route.roles:
        return status == 403
    return status < 500 and status not in (403, 405) and not to_login


@pytest.mark.django_db
@pytest.mark.parametrize("role", [None, *STAFF_ROLES])
def test_every_page_of_the_admin_opens_for_its_roles_and_for_nobody_else(role, person):
    client = client_of(person[role]) if role else Client()
    wrong = []
    for model, page in admin.site._registry.items():
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        for address, may in ((base, page.view_roles | page.change_roles), (f"{base}add/", page.change_roles)):
            status = client.get(address).status_code
            allowed = {200} if role in may and role in CITY_ROLES else {403}
            if role is None:
                allowed = {302}
            elif address.endswith("add/") and model._meta.model_name == "city":
                allowed = {403}
            if status not in allowed:
                wrong.append((address, status))
    assert wrong == []


def test_every_page_of_the_admin_is_one_of_ours():
    """A model that another package puts into the admin by itself would bring its own rights and show its secrets."""
    assert [model for model, page in admin.site._registry.items() if not isinstance(page, OfficeAdmin)] == []


def test_an_approver_neither_builds_nor_administers():
    rights = role_matrix()["rights"]
    approvers = set(rights["approve_batch"])
    assert approvers == {"labour_approver"}
    for right in ("build_batch", "seal_batch", "manage_staff", "manage_reference", "manage_links"):
        assert approvers.isdisjoint(rights[right])
