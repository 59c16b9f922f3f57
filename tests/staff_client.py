"""Members of staff at a browser: with a second factor as enrolment makes it, signed in as the sign-in leaves them."""

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.test import Client

from registry.models import User

PASSWORD = "kata-sandi-contoh-77"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_now(shift: int = 0) -> str:
    """The six digits of the tests' authenticator, `shift` periods of 30 s from now."""
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30 + shift))


def enrolled(user: User) -> User:
    """Gives the account a password, the tests' authenticator and recovery codes."""
    user.set_password(PASSWORD)
    user.save()
    TOTP.activate(user, SECRET)
    RecoveryCodes.activate(user)
    return user


def client_of(user: User) -> Client:
    """A browser in which this person has signed in, code included."""
    factor = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if factor is None:
        factor = Authenticator.objects.get(user=enrolled(user), type=Authenticator.Type.TOTP)
    client = Client()
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "id": factor.pk, "at": time.time()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client
