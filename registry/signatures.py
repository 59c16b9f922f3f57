"""Certified electronic signatures on a PDF (PAdES, as BSrE gives them): are they whole, and whose are they?

The only module that knows of pyHanko (the `sign` extra); without it, or without configured roots, no signature is
trusted and ink on paper is the only way. The file is read in a child process under hard limits, without a network:
certificates may be looked up nowhere, revocation is believed as far as the file itself carries it (soft fail).
Sources: ETSI EN 319 142-1 (PAdES), PP 71/2019 articles 59 to 60 (certified signature), domain of BSrE/BSSN.
"""

import importlib.util
import json
import logging
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from registry.intake import unnamed_file

logger = logging.getLogger(__name__)

_CHILD = Path(__file__).with_name("signature_child.py")
_LARGEST_ANSWER = 64 * 1024
_SECONDS = 20
_MEMORY = 1024 * 1024 * 1024


class SignatureUnreadable(Exception):
    """The file could not be looked into: broken, too heavy, or too slow."""


@dataclass(frozen=True)
class Signature:
    """One signature: `intact` (the signed bytes are unchanged), `whole` (they are the whole file), `trusted` (the chain
    ends at a configured root), `signed_over` (at most further signatures came after it); `signed_at` is an aware moment
    or None, `stamped` when an authority vouches for it."""

    intact: bool
    whole: bool
    signed_over: bool
    trusted: bool
    signer: str
    issuer: str
    signed_at: datetime | None
    stamped: bool


def available() -> bool:
    """Whether certified signatures are taken here: the extra is installed and roots are configured."""
    return importlib.util.find_spec("pyhanko") is not None and bool(roots())


def roots() -> bytes:
    """The configured root certificates, PEM; empty when there are none (a deployment check looks at a wrong path)."""
    path = Path(settings.SIGNATURE_ROOTS) if settings.SIGNATURE_ROOTS else None
    return path.read_bytes() if path is not None and path.is_file() else b""


def read_signatures(pdf: bytes, now: datetime) -> tuple[Signature, ...]:
    """Every signature of the file, judged at `now`. Raises SignatureUnreadable."""
    trusted = roots()
    job = {
        "seconds": _SECONDS,
        "memory": _MEMORY,
        "roots": len(trusted),
        "moment": now.astimezone(UTC).isoformat(),
    }
    answer = _asked(trusted + pdf, job)
    if "signatures" not in answer:
        logger.info("signatures unreadable: %s %s", answer.get("fault"), answer.get("problem", ""))
        raise SignatureUnreadable(answer.get("fault", "broken"))
    return tuple(_signature(one) for one in answer["signatures"])


def _signature(one: dict) -> Signature:
    moment = one.pop("signed_at")
    return Signature(**one, signed_at=datetime.fromisoformat(moment) if moment else None)


def _asked(given_bytes: bytes, job: dict) -> dict:
    with unnamed_file() as given, unnamed_file() as answered:
        given.write(given_bytes)
        given.seek(0)
        child = subprocess.Popen(
            [sys.executable, "-I", "-B", str(_CHILD), json.dumps(job)],
            stdin=given,
            stdout=answered,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2"},
        )
        try:
            code = child.wait(timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            return {"fault": "timeout"}
        finally:
            child.kill()
            child.wait()
        answered.seek(0)
        line = answered.read(_LARGEST_ANSWER)
    return json.loads(line) if code == 0 and line else {"fault": "too_heavy"}
