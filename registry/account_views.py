"""The account pages of allauth that this product uses, each with its door; the rest of allauth has no address here."""

from allauth.account import views as account
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.base import views as factor
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.http import HttpRequest, HttpResponse
from django.urls import path

from registry.doors import public, staff
from registry.staff import has_second_factor


@staff(None, "GET", "POST")
def activate_totp(request: HttpRequest) -> HttpResponse:
    """Enrolment: the code typed here proves the new factor for this session, and for no other one."""
    enrolled_before = has_second_factor(request.user)
    response = totp.activate_totp(request)
    fresh = Authenticator.objects.filter(user=request.user, type=Authenticator.Type.TOTP).first()
    if fresh and not enrolled_before and request.method == "POST":
        # As a repeated proof, so that the page with the recovery codes opens next without asking again.
        record_authentication(
            request, request.user, "mfa", id=fresh.pk, type=fresh.type, reauthenticated=True
        )
    return response


both = ("GET", "POST")
urlpatterns = [
    path("login/", public(*both)(account.login), name="account_login"),
    path("logout/", public(*both)(account.logout), name="account_logout"),
    path("inactive/", public("GET")(account.account_inactive), name="account_inactive"),
    path("reauthenticate/", staff(None, *both)(account.reauthenticate), name="account_reauthenticate"),
    path("password/change/", staff(None, *both)(account.password_change), name="account_change_password"),
    path("2fa/", staff(None, "GET")(factor.index), name="mfa_index"),
    path("2fa/authenticate/", public(*both)(factor.authenticate), name="mfa_authenticate"),
    path("2fa/reauthenticate/", staff(None, *both)(factor.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", activate_totp, name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", staff(None, *both)(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path(
        "2fa/recovery-codes/",
        staff(None, "GET")(recovery.view_recovery_codes),
        name="mfa_view_recovery_codes",
    ),
    path(
        "2fa/recovery-codes/generate/",
        staff(None, *both)(recovery.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "2fa/recovery-codes/download/",
        staff(None, "GET")(recovery.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
]
