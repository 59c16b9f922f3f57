"""What a certified electronic signature on a mandate is worth. Pure: what was read in, a verdict out.

The last signature must be intact and cover the whole file: what somebody changed afterwards is refused. Of the
signatures before it the latest trusted one counts after which nothing but signatures came: an electronic duty stamp
(e-meterai) is a signature of its own, put on before or after the donor's.
Source: PP 71/2019 articles 59 to 60; ETSI EN 319 142-1. Ink on paper stays the other way, always.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from registry.rules.finding import Finding
from registry.rules.names import names_differ

ALTERED = Finding(
    "signature_altered",
    "PDF ini berubah sesudah ditandatangani secara elektronik, jadi tanda tangannya tidak berlaku. Unggah berkas asli "
    "dari aplikasi tanda tangan, tanpa dibuka dan disimpan ulang; atau tandatangani cetakannya dengan tinta.",
    "signed_mandate",
)
UNKNOWN = Finding(
    "signature_unknown",
    "Tanda tangan elektronik pada PDF ini bukan dari penyelenggara tersertifikasi yang kami kenal. Yang diperiksa "
    "OPD hanya tanda tangan tinta yang terlihat.",
    "signed_mandate",
    "note",
)
UNREADABLE = Finding(
    "signature_unreadable",
    "Tanda tangan elektronik pada PDF ini tidak dapat dibaca. Yang diperiksa OPD hanya tanda "
    "tangan tinta yang terlihat.",
    "signed_mandate",
    "note",
)


class Signature(Protocol):
    """One signature as it was read from the file (registry.signatures.Signature)."""

    @property
    def intact(self) -> bool: ...
    @property
    def whole(self) -> bool: ...
    @property
    def signed_over(self) -> bool: ...
    @property
    def trusted(self) -> bool: ...
    @property
    def signer(self) -> str: ...
    @property
    def issuer(self) -> str: ...
    @property
    def signed_at(self) -> datetime | None: ...
    @property
    def stamped(self) -> bool: ...


@dataclass(frozen=True)
class Certified:
    """A signature that counts instead of ink; `same_print`: the signed file begins with exactly what we printed."""

    signer: str
    issuer: str
    signed_at: str
    stamped: bool
    same_print: bool


def judge(signatures: Sequence[Signature], *, same_print: bool) -> Certified | Finding | None:
    """The verdict on a file; None for one without a signature. A refusing Finding is shown to the donor at once."""
    if not signatures:
        return None
    last = signatures[-1]
    if not (last.intact and last.whole):
        return ALTERED
    standing = (one for one in reversed(signatures) if one.trusted and one.intact and one.signed_over)
    found = next(standing, None)
    if found is None:
        return UNKNOWN
    moment = found.signed_at.isoformat() if found.signed_at else ""
    return Certified(found.signer, found.issuer, moment, found.stamped, same_print)


def signature_remarks(certified: Certified, name: str) -> list[tuple[bool, str]]:
    """What the verifier reads beside the mandate: (fits, words)."""
    who = f"Tanda tangan elektronik tersertifikasi: {certified.signer}, diterbitkan {certified.issuer}."
    found = [(True, who)]
    if names_differ(certified.signer, name):
        found.append((False, "Nama penanda tangan elektronik berbeda dari nama ASN."))
    if not certified.same_print:
        found.append((False, "Berkas yang ditandatangani bukan persis cetakan kami; bandingkan isinya."))
    return found
