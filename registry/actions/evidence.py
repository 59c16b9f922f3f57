"""Papers that the office hands in itself: a bank's letter, a receipt, a picture of a portal's answer."""

import logging
from datetime import datetime
from typing import BinaryIO

from registry.actions import documents
from registry.actions.audit import Actor
from registry.intake import Accepted, Refused, inspect
from registry.models import Document
from registry.rules.documents import OfficePaper
from registry.rules.finding import Finding

logger = logging.getLogger(__name__)

NOT_KEPT = Finding(
    "not_kept",
    "Bukti belum dapat disimpan; mungkin tempat penyimpanan penuh. Coba lagi, atau hubungi administrator.",
    OfficePaper.EVIDENCE,
)


def keep(*, upload: BinaryIO | bytes, by: Actor, now: datetime) -> Document | Finding:
    """Checks, cleans and keeps one picture or PDF, as the papers of a registration are (registry.intake).

    Decoding takes seconds: where a locked row must not wait for it, call `look_at` before the lock and `put_away` under
    it. A Finding of field "evidence" says what is wrong with the file.
    """
    looked_at = look_at(upload)
    if isinstance(looked_at, Finding):
        return looked_at
    return put_away(looked_at=looked_at, by=by, now=now)


def put_away(*, looked_at: Accepted, by: Actor, now: datetime) -> Document | Finding:
    """`store`, where a full disk is said at the field: nothing else may be written before it."""
    try:
        return store(looked_at=looked_at, by=by, now=now)
    except OSError:
        logger.exception("an evidence could not be kept")
        return NOT_KEPT


def look_at(upload: BinaryIO | bytes) -> Accepted | Finding:
    """The cleaned file, not kept yet."""
    looked_at = inspect(upload, OfficePaper.EVIDENCE)
    return looked_at.finding if isinstance(looked_at, Refused) else looked_at


def store(*, looked_at: Accepted, by: Actor, now: datetime) -> Document:
    """Keeps what `look_at` accepted. Raises OSError."""
    return documents.store(
        kind=OfficePaper.EVIDENCE,
        data=looked_at.data,
        content_type=looked_at.content_type,
        pages=list(looked_at.pages),
        by=by,
        now=now,
    )
