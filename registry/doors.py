"""What every door (view) declares: for whom it is, and by which methods. One place decides, `manage.py routes`
reads it."""

import functools
import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.utils.crypto import get_random_string

from config.clock import now
from registry.models import FormToken
from registry.rules.roles import RIGHTS, Right, Role
from registry.staff import roles_of
from registry.vault import blind_index

PUBLIC = "public"


def public(*methods: str) -> Callable:
    """A door anybody may open, by the given methods (GET includes HEAD)."""
    return _door(methods or ("GET",), roles=frozenset(), audience=PUBLIC)


def donor(*methods: str) -> Callable:
    """A door of the donor's own registration; the wizard's views find that registration in the session themselves."""
    return _door(methods or ("GET",), roles=frozenset({Role.DONOR}), audience=str(Role.DONOR))


def staff(right: Right | None = None, *methods: str) -> Callable:
    """A door of the offices: a signed-in member of staff who holds `right` (any role at all when it is None)."""
    roles = RIGHTS[right] if right else frozenset(Role) - {Role.DONOR}
    return _door(methods or ("GET",), roles=roles, audience="staff")


def _door(methods: tuple[str, ...], roles: frozenset, audience: str) -> Callable:
    allowed = (*methods, "HEAD") if "GET" in methods else methods

    def decorate(view: Callable) -> Callable:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            if request.method not in allowed:
                return _not_by_this_way(request, allowed)
            if audience == "staff":
                if not request.user.is_authenticated:
                    # Coming back from the sign-in is a GET, which a door for deeds alone does not open.
                    return redirect_to_login(
                        request.get_full_path() if "GET" in allowed else settings.LOGIN_REDIRECT_URL
                    )
                if not roles_of(request.user) & roles:
                    raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.door = {"methods": sorted(allowed), "roles": sorted(roles), "audience": audience}
        return guarded

    return decorate


def _not_by_this_way(request: HttpRequest, allowed: tuple[str, ...]) -> HttpResponse:
    """405, in words: people meet it when they open the address of a button's deed from their history."""
    answer = render(request, "405.html", status=405)
    answer["Allow"] = HttpResponseNotAllowed(allowed)["Allow"]
    return answer


def address_of(request: HttpRequest) -> str:
    """The address somebody asks from. Behind our proxy: the one that it saw and wrote last; what a visitor sends in
    that header stands before it and counts for nothing."""
    direct = request.META["REMOTE_ADDR"]
    if not settings.BEHIND_PROXY:
        return direct
    written = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    try:
        return str(ipaddress.ip_address(written))
    except ValueError:
        return direct


def fresh_token() -> str:
    """A one-time token for a form that creates a record or moves money."""
    return get_random_string(32)


def body_digest(request: HttpRequest) -> str:
    """What the form said, apart from its tokens."""
    parts = sorted(
        (name, value)
        for name, values in request.POST.lists()
        if name not in ("csrfmiddlewaretoken", "form_token")
        for value in values
    )
    # Keyed: a form may hold an identity number, and a plain hash of one is searched in seconds.
    return blind_index("form", repr((request.path, parts)))


def earlier_answer(request: HttpRequest) -> HttpResponse | None:
    """The answer this form already got: the same redirect again, or 409 when it now says something else."""
    used = FormToken.objects.filter(token=_token(request)).first()
    if used is None:
        return None
    if used.body_digest == body_digest(request):
        return HttpResponseRedirect(used.answer)
    return render(request, "409.html", {"answer": used.answer}, status=409)


def remember_answer(request: HttpRequest, answer: str) -> None:
    """Keeps where the form led; call it in the transaction of the action."""
    token = _token(request)
    if token:
        FormToken.objects.get_or_create(
            token=token, defaults={"body_digest": body_digest(request), "answer": answer, "used_at": now()}
        )


def _token(request: HttpRequest) -> str:
    """As the column holds it: what somebody made up is cut, and PostgreSQL refuses a NUL."""
    return request.POST.get("form_token", "").replace("\x00", "")[:64]
