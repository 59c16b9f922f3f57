"""Keys and ciphers. The keys live in the environment, outside the database and outside its backup.

A sealed value is `1 byte format | 1 byte length of key id | key id | 12 byte nonce | AES-256-GCM ciphertext and tag`.
The associated data binds it to its place (table, column, row), so a value copied to another row does not open.
"""

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_FORMAT = 1
_NONCE, _TAG = 12, 16


class CannotOpen(Exception):
    """The value was altered, moved to another row, or its key is missing. Never shown with the value."""


def seal(plain: bytes, bound_to: str) -> bytes:
    """Encrypts `plain` with the newest key, bound to the place named by `bound_to`."""
    key_id, key = next(iter(settings.FIELD_KEYS.items()))
    nonce = os.urandom(_NONCE)
    name = key_id.encode()
    return bytes([_FORMAT, len(name)]) + name + nonce + AESGCM(key).encrypt(nonce, plain, bound_to.encode())


def unseal(sealed: bytes, bound_to: str) -> bytes:
    """Decrypts what `seal` made. Raises CannotOpen."""
    sealed = bytes(sealed)
    if len(sealed) < 2 or sealed[0] != _FORMAT or len(sealed) < 2 + sealed[1] + _NONCE + _TAG:
        raise CannotOpen("not a sealed value")
    start = 2 + sealed[1]
    key = settings.FIELD_KEYS.get(sealed[2:start].decode("ascii", "replace"))
    if key is None:
        raise CannotOpen("the key of this value is not among FIELD_KEYS")
    try:
        return AESGCM(key).decrypt(
            sealed[start : start + _NONCE], sealed[start + _NONCE :], bound_to.encode()
        )
    except InvalidTag as problem:
        raise CannotOpen(
            f"a sealed value of {bound_to.split(':')[0]} does not open in this place"
        ) from problem


def key_id_of(sealed: bytes) -> str:
    return bytes(sealed)[2 : 2 + sealed[1]].decode("ascii", "replace")


def blind_index(kind: str, value: str) -> str:
    """A keyed fingerprint (HMAC-SHA-256, 64 hex digits) for equality search; without the key it tells nothing.

    `kind` separates the number spaces: the same digits as NIK and as account do not match.
    """
    return hmac.digest(settings.INDEX_KEY, f"{kind}:{value}".encode(), "sha256").hex()


def code_digest(value: str) -> str:
    """A keyed digest of a one-time code: six digits are guessed in a moment from a plain hash."""
    return blind_index("one-time-code", value)
