import logging
import time
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from redis.exceptions import RedisError

from registry.sign_in import has_proven_second_factor
from registry.staff import has_second_factor

log = logging.getLogger(__name__)
_ALWAYS_OPEN = ("account_logout", "healthz")


class PrivateResponses:
    """Every page of this product may hold somebody's data: no shared or later cache keeps it."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if not request.path.startswith("/static/") and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Without the counter of tries nobody signs in: the door stays closed, and the page says that it will
        open again."""
        if not isinstance(exception, RedisError):
            return None
        log.error("the counter and cache are away: %s", type(exception).__name__)
        return render(request, "503.html", status=503)


class StaffGuard:
    """Staff sessions end after 15 idle minutes or 8 hours, and a code must have been given in this very session.

    Comes after MessageMiddleware, because it has something to say.
    """

    def __init__(self, get_response) -> None:
        self.get_response = get_response
        self.always_open = {reverse(name) for name in _ALWAYS_OPEN}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/static/") or not request.user.is_authenticated:
            return self.get_response(request)
        if self._is_over(request):
            logout(request)
            messages.info(request, "Sesi Anda berakhir karena lama tidak dipakai. Silakan masuk lagi.")
            return redirect_to_login(
                request.get_full_path() if request.method == "GET" else settings.LOGIN_REDIRECT_URL
            )
        return self._gate(request) or self.get_response(request)

    def _is_over(self, request: HttpRequest) -> bool:
        current = time.time()
        started = request.session.setdefault("staff_since", current)
        seen = request.session.get("staff_seen", current)
        if current - started > settings.STAFF_SESSION_SECONDS or current - seen > settings.STAFF_IDLE_SECONDS:
            return True
        # One write a minute is enough to know that somebody is there.
        if current - seen > 60 or "staff_seen" not in request.session:
            request.session["staff_seen"] = current
        return False

    def _gate(self, request: HttpRequest) -> HttpResponse | None:
        """Where somebody without a proven factor is led; None when the way is free."""
        if request.path in self.always_open or has_proven_second_factor(request):
            return None
        wanted = "mfa_reauthenticate" if has_second_factor(request.user) else "mfa_activate_totp"
        if request.path == reverse(wanted):
            return None
        back = f"?{urlencode({'next': request.get_full_path()})}" if request.method == "GET" else ""
        return redirect(f"{reverse(wanted)}{back}")
