"""Reads the electronic signatures of one PDF in a process of its own and writes back only what it found.

Started by registry.signatures as a plain script (`python -I -B signature_child.py JOB`): the trusted roots (PEM) and
the PDF on standard input, one line of JSON on standard output. It imports nothing of the project, opens no connection
(revocation lists are taken from the file or not at all) and loads pyHanko only after the limits are set.
"""

import io
import json
import os
import resource
import signal
import sys
from typing import Any

MOST_SIGNATURES = 8
LONGEST_NAME = 160


def limit_this_process(job: dict[str, Any]) -> None:
    limits = {
        resource.RLIMIT_AS: job["memory"],
        resource.RLIMIT_CPU: job["seconds"],
        resource.RLIMIT_FSIZE: 1024 * 1024,
        resource.RLIMIT_NOFILE: 32,
        resource.RLIMIT_CORE: 0,
    }
    for which, value in limits.items():
        _, hard = resource.getrlimit(which)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, hard if which == resource.RLIMIT_CPU else value))
    signal.alarm(job["seconds"])


def trusted(pem: bytes) -> list[Any]:
    from asn1crypto import pem as armour
    from asn1crypto import x509

    if not armour.detect(pem):
        return []
    return [x509.Certificate.load(der) for _, _, der in armour.unarmor(pem, multiple=True)]


def look(pdf: bytes, roots: list[Any], moment: Any) -> list[dict[str, Any]]:
    """Each signature of the file, first to last."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    reader = PdfFileReader(io.BytesIO(pdf), strict=False)
    signatures = reader.embedded_regular_signatures
    if len(signatures) > MOST_SIGNATURES:
        raise ValueError("too many signatures")
    return [judged(signature, roots, moment) for signature in signatures]


def judged(signature: Any, roots: list[Any], moment: Any) -> dict[str, Any]:
    """`whole`: nothing was added behind the signed bytes but what keeps the signature provable (ETSI EN 319 142-1);
    `signed_over`: at most further signatures were, such as that of an electronic duty stamp."""
    from pyhanko.sign.diff_analysis import ModificationLevel
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    context = ValidationContext(
        trust_roots=roots, allow_fetching=False, revocation_mode="soft-fail", moment=moment
    )
    status = validate_pdf_signature(signature, context)
    changed = status.modification_level
    harmless = changed in (ModificationLevel.NONE, ModificationLevel.LTA_UPDATES)
    whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE or (
        status.coverage == SignatureCoverageLevel.ENTIRE_REVISION and harmless
    )
    signed_over = whole or changed == ModificationLevel.FORM_FILLING
    stamped = status.timestamp_validity
    signed_at = stamped.timestamp if stamped is not None and stamped.valid else status.signer_reported_dt
    start, length, *_ = (int(number) for number in signature.byte_range)
    return {
        "intact": bool(status.intact and status.valid),
        "whole": bool(whole and start == 0 and length > 0),
        "signed_over": bool(signed_over and start == 0 and length > 0),
        "trusted": bool(roots and status.trusted),
        "signer": named(status.signing_cert.subject),
        "issuer": named(status.signing_cert.issuer),
        "signed_at": signed_at.isoformat() if signed_at is not None and signed_at.tzinfo else "",
        "stamped": bool(stamped is not None and stamped.valid),
    }


def named(name: Any) -> str:
    """The common name of a certificate, printable and short."""
    native = name.native
    text = native.get("common_name") or native.get("organization_name") or ""
    text = " ".join(text) if isinstance(text, list) else str(text)
    return "".join(c for c in " ".join(text.split()) if c.isprintable())[:LONGEST_NAME]


def main() -> None:
    job = json.loads(sys.argv[1])
    answer_to = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not reach the answer
    limit_this_process(job)
    from datetime import datetime

    try:
        given = sys.stdin.buffer.read()
        roots = trusted(given[: job["roots"]])
        answer: dict[str, Any] = {
            "signatures": look(given[job["roots"] :], roots, datetime.fromisoformat(job["moment"]))
        }
    except MemoryError:
        answer = {"fault": "too_heavy"}
    except Exception as problem:  # whatever a parser raises on a broken file or certificate
        answer = {"fault": "broken", "problem": type(problem).__name__}
    with open(answer_to, "wb") as out:
        out.write(json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    main()
