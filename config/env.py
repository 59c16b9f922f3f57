"""Reads the environment, refuses what it does not understand, and names the variable that is wrong.

Modes (`APP_MODE`):
- `demo`: everything runs on one machine with built-in demo keys and accounts; the clock can be moved.
- `test`: like demo, for the test suite.
- `production`: no demo key, no demo clock, no demo accounts, no DEBUG; every secret must be given.
"""

import base64
import importlib.util
import os
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

MODES = ("demo", "test", "production")

# Public by design: they protect nothing but made-up people. Production refuses them by value.
DEMO_SECRET_KEY = "demo-only-secret-key-of-no-value-do-not-use-in-production-0000000000"
DEMO_FIELD_KEYS = "demo1:" + base64.b64encode(b"demo field key, made up people!!").decode()
DEMO_INDEX_KEY = base64.b64encode(b"demo index key, made up people!!").decode()
DEMO_MANDATE_KEY = base64.b64encode(b"demo mandate key, made up folks!").decode()


class EnvironmentProblem(Exception):
    """The environment is not usable; the message names the variable and says what is expected."""


def mode() -> str:
    value = os.environ.get("APP_MODE", "demo")
    if value not in MODES:
        raise EnvironmentProblem(f"APP_MODE is {value!r}; it must be one of {', '.join(MODES)}.")
    return value


def text(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, "")
    if value:
        return value
    if default is None:
        raise EnvironmentProblem(f"{name} is not set. See .env.example for its meaning.")
    return default


def secret(name: str, demo_value: str, app_mode: str) -> str:
    """A secret: falls back to its public demo value in demo and test mode, is refused when missing or public
    in production."""
    if app_mode != "production":
        return text(name, demo_value)
    value = text(name)
    if value == demo_value or value.lower().startswith("demo"):
        raise EnvironmentProblem(f"{name} holds a demo value; production needs a secret of its own.")
    return value


def refuse_short(name: str, value: str, at_least: int) -> None:
    if len(value) < at_least:
        raise EnvironmentProblem(f"{name} has {len(value)} characters; production needs at least {at_least}.")


def refuse_shared_keys(**keys: bytes | dict[str, bytes]) -> None:
    """Production: no public demo key, under whatever name it was copied, and no key that serves two purposes."""
    public = {key_bytes("demo", DEMO_INDEX_KEY), key_bytes("demo", DEMO_MANDATE_KEY), *_demo_field_keys()}
    seen: dict[bytes, str] = {}
    for name, given in keys.items():
        for key in set(given.values()) if isinstance(given, dict) else {given}:
            if key in public:
                raise EnvironmentProblem(
                    f"{name} holds a public demo key; production needs a secret of its own."
                )
            if key in seen:
                raise EnvironmentProblem(f"{name} holds the key of {seen[key]}; each needs one of its own.")
            seen[key] = name


def _demo_field_keys() -> set[bytes]:
    return set(key_ring("demo", DEMO_FIELD_KEYS).values())


def flag(name: str, default: bool = False) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    raise EnvironmentProblem(f"{name} is {value!r}; it must be 1 or 0.")


def number(name: str, default: int, at_least: int = 0) -> int:
    value = os.environ.get(name, "")
    if not value:
        return default
    if not value.isascii() or not value.isdigit() or int(value) < at_least:
        raise EnvironmentProblem(f"{name} is {value!r}; it must be a whole number of at least {at_least}.")
    return int(value)


def names(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in (os.environ.get(name) or default).split(",") if part.strip()]


def key_bytes(name: str, value: str) -> bytes:
    """A 32-byte key in base64."""
    try:
        key = base64.b64decode(value, validate=True)
    except ValueError as problem:  # binascii.Error, or characters outside ASCII
        raise EnvironmentProblem(f"{name} is not base64.") from problem
    if len(key) != 32:
        raise EnvironmentProblem(f"{name} holds {len(key)} bytes; a key has 32.")
    return key


def key_ring(name: str, value: str) -> dict[str, bytes]:
    """`id:base64[,id:base64...]`, the first one writes, all of them read."""
    ring: dict[str, bytes] = {}
    for part in value.split(","):
        key_id, separator, encoded = part.strip().partition(":")
        if not separator or not (key_id.isascii() and key_id.isalnum()) or len(key_id) > 12:
            raise EnvironmentProblem(f"{name} must look like 'k2:<base64>,k1:<base64>'.")
        if key_id in ring:
            raise EnvironmentProblem(f"{name} names the key {key_id} twice.")
        ring[key_id] = key_bytes(name, encoded)
    return ring


def moment(name: str, app_mode: str) -> datetime | None:
    """The demo clock: an ISO 8601 moment with its offset. Refused in production."""
    value = os.environ.get(name, "")
    if not value:
        return None
    if app_mode == "production":
        raise EnvironmentProblem(f"{name} moves the clock; production refuses it.")
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError as problem:
        raise EnvironmentProblem(
            f"{name} is {value!r}; it must look like 2026-11-24T09:00:00+07:00."
        ) from problem
    if parsed.tzinfo is None:
        raise EnvironmentProblem(f"{name} needs an offset, as in 2026-11-24T09:00:00+07:00.")
    return parsed


def sftp() -> dict[str, Any] | None:
    """Where bank files are sent to by SFTP, or None without SFTP_URL: then people hand them over.

    The server is known beforehand by its key (SFTP_HOST_KEY) and knows us by ours (SFTP_KEY_FILE); a password is not
    taken. One bank, one format: a bank that got the same debits in two formats might debit twice.
    """
    if not os.environ.get("SFTP_URL"):
        return None
    url = urlsplit(text("SFTP_URL"))
    try:
        port = url.port or 22
    except ValueError as problem:
        raise EnvironmentProblem("SFTP_URL names no port from 1 to 65535.") from problem
    if url.scheme != "sftp" or not url.hostname or not url.username or url.query or url.fragment:
        raise EnvironmentProblem("SFTP_URL must look like sftp://user@host:22/folder.")
    if url.password is not None:
        raise EnvironmentProblem("SFTP_URL holds a password; SFTP_KEY_FILE is how we sign in.")
    if importlib.util.find_spec("paramiko") is None:
        raise EnvironmentProblem('SFTP_URL is set, but the extra "sftp" (paramiko) is not installed.')
    key_file = Path(text("SFTP_KEY_FILE"))
    if not key_file.is_file():
        raise EnvironmentProblem("SFTP_KEY_FILE names no file.")
    return {
        "host": url.hostname,
        "port": port,
        "user": unquote(url.username),
        "folder": unquote(url.path) or ".",
        "host_key": _host_key(),
        "key_file": str(key_file),
        "bank": text("SFTP_BANK"),
        "format": text("SFTP_FORMAT"),
    }


def _host_key() -> str:
    """ "ssh-ed25519 AAAA...", as in known_hosts without the name."""
    words = text("SFTP_HOST_KEY").split()
    try:
        whole = len(words) >= 2 and words[0].encode() in base64.b64decode(words[1], validate=True)
    except ValueError:  # binascii.Error, or characters outside ASCII
        whole = False
    if not whole:
        raise EnvironmentProblem("SFTP_HOST_KEY must look like 'ssh-ed25519 AAAA...', as in known_hosts.")
    return " ".join(words[:2])
