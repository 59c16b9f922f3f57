"""How staff sign in: user name or NIP, password, then a code. Accounts are made by an administrator."""

import base64
from datetime import date

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.backends import ModelBackend

from config.clock import now, today
from registry import vault
from registry.actions import audit
from registry.models import User
from registry.rules.events import Event
from registry.rules.identity import parse_nip
from registry.staff import has_second_factor

LONGEST_LOGIN = 150
_SECRET_PLACE = "mfa_authenticator.data"


def username_of(login: str, *, on: date) -> str:
    """The user name meant by what was typed: a NIP in any grouping, or the user name itself."""
    nip = parse_nip(login, today=on).value
    if nip is None:
        return login.strip()
    index = vault.blind_index("nip", nip.digits)
    known = User.objects.filter(nip_index=index).values_list("username", flat=True).first()
    return known or f"nip:{index}"


class NipOrUsernameBackend(ModelBackend):
    """Accepts the user name or the 18 digits of the NIP, as the civil servant knows it from ASN Digital."""

    def authenticate(self, request, username=None, password=None, **credentials):
        if not username or password is None or len(username) > LONGEST_LOGIN:
            return None
        return super().authenticate(request, username=username_of(username, on=today()), password=password)


class StaffAccountAdapter(DefaultAccountAdapter):
    """Nobody signs up; failures count by account, however its name was written; every sign-in is journalled."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": "NIP atau nama pengguna dan kata sandi tidak cocok. Periksa keduanya, "
        "juga huruf besar dan kecilnya.",
    }

    def is_open_for_signup(self, request) -> bool:
        return False

    def _get_login_attempts_cache_key(self, request, **credentials) -> str:
        # Otherwise every other grouping of one NIP would be another five tries.
        return f"account:{username_of(credentials.get('username', ''), on=today()).lower()}"

    def is_reauthentication_required(self, *, app: str, **kwargs) -> bool:
        # Whoever is forced to enrol has given the password a moment ago and can open nothing else.
        return has_second_factor(context.request.user)

    def get_reauthentication_methods(self, user) -> list[dict]:
        """By code where there is one: the password alone opens nothing."""
        methods = super().get_reauthentication_methods(user)
        return [method for method in methods if method["id"] == "mfa_reauthenticate"] or methods

    def post_login(self, request, user, **details):
        audit.record(event=Event.STAFF_SIGNED_IN, about=user, by=user, now=now())
        return super().post_login(request, user, **details)


class StaffMfaAdapter(DefaultMFAAdapter):
    """Secrets of second factors are sealed in the database like every other secret."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "Kode tidak cocok. Tunggu kode berikutnya di aplikasi, lalu ketik segera.",
    }

    def encrypt(self, text: str) -> str:
        return base64.b64encode(vault.seal(text.encode(), _SECRET_PLACE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return vault.unseal(base64.b64decode(encrypted_text), _SECRET_PLACE).decode()

    def get_totp_label(self, user: User) -> str:
        return user.username


def has_proven_second_factor(request) -> bool:
    """Whether a code of a factor that still exists was given in this session, not merely that the account has one."""
    factors = set(Authenticator.objects.filter(user=request.user).values_list("pk", flat=True))
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" and record.get("id") in factors for record in records)
