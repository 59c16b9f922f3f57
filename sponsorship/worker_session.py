"""What a worker's browser remembers between three pages: which way they are on, the code that was sent, and what they
typed, sealed. No row is made of it before the phone is proven, so nobody can put a stranger's NIK on the list."""

import base64
import time
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, QueryDict

from registry import vault
from registry.models import ContactCode

KEY, DONE, LAST_CODE = "pekerja", "pekerja_selesai", "pekerja_kode"
REGISTER, AGREE, LEAVE = "daftar", "setuju", "keluar"
MOST_KEPT = 8_000
NEVER_KEPT = ("csrfmiddlewaretoken", "form_token")


def begin(request: HttpRequest, way: str, about: str, **more: Any) -> None:
    """Starts one of the three ways; `about` is the poster's token or the id of the waiting worker."""
    request.session[KEY] = {"way": way, "about": about, "at": time.time(), **more}


def here(request: HttpRequest) -> dict[str, Any] | None:
    """Where this browser is, or None when it never began or was quiet for too long."""
    kept = request.session.get(KEY)
    if kept and time.time() - kept["at"] <= settings.DONOR_IDLE_SECONDS:
        return kept
    request.session.pop(KEY, None)
    return None


def remember(request: HttpRequest, **more: Any) -> None:
    request.session[KEY] = {**request.session[KEY], **more, "at": time.time()}


def remember_code(request: HttpRequest, code: ContactCode) -> None:
    """Also beyond the way: who goes back and asks again within a minute is led to the code on its way."""
    remember(request, code=str(code.pk))
    request.session[LAST_CODE] = str(code.pk)


def finish(request: HttpRequest, **said: str) -> None:
    """Nothing of the way is kept but what the last page says."""
    request.session.pop(KEY, None)
    request.session[DONE] = said


def keep_typed(request: HttpRequest, poster: str) -> None:
    """Seals the form that was sent, bound to its poster, and starts the way of registering."""
    pairs = [
        (name, value) for name, values in request.POST.lists() if name not in NEVER_KEPT for value in values
    ]
    sealed = vault.seal(urlencode(pairs)[:MOST_KEPT].encode(), _place(poster))
    begin(request, REGISTER, poster, typed=base64.b64encode(sealed).decode())


def typed(request: HttpRequest, poster: str) -> QueryDict | None:
    """What was typed at this poster a moment ago."""
    kept = here(request)
    if not kept or kept["way"] != REGISTER or kept["about"] != poster:
        return None
    try:
        return QueryDict(vault.unseal(base64.b64decode(kept["typed"]), _place(poster)).decode())
    except vault.CannotOpen:
        return None


def pending_code(kept: dict[str, Any]) -> ContactCode | None:
    return ContactCode.objects.filter(pk=kept.get("code")).first() if kept.get("code") else None


def _place(poster: str) -> str:
    return f"worker-typed:{poster}"
