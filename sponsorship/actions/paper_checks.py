"""Looking at the papers handed in: done by the worker process, told to the donor at once and to the verifier later."""

import json
import logging
from datetime import datetime, timedelta

from django.db import transaction

from registry import looking
from registry.actions import documents
from registry.rules.documents import DocumentKind, limits_for
from registry.rules.finding import Finding
from sponsorship import queries
from sponsorship.models import Mandate, Registration, RegistrationPaper
from sponsorship.rules.completeness import PAPERS
from sponsorship.rules.paper_checks import (
    Seen,
    SeenPage,
    Wanted,
    as_seen,
    hints_of,
    read_codes,
    to_keep,
    wrong_paper,
)

logger = logging.getLogger(__name__)

# A fresh paper has a task of its own; the sweep makes up for those that were lost.
GRACE = timedelta(seconds=30)
MOST_AT_ONCE = 30


def look(*, paper_id: int, now: datetime) -> RegistrationPaper | None:
    """Looks at one paper and writes down what it saw: hints, and what the QR of a mandate says; None when there is
    nothing to look at (any more, or not yet again).

    Safe to run twice and by two workers at once: nothing is locked while the picture is decoded, and of two answers
    the first is kept. A paper that cannot be opened counts as looked at, or it would be tried for ever.
    """
    paper = _waiting().filter(pk=paper_id).select_related("document", "registration").first()
    if paper is None:
        return None
    kind = DocumentKind(paper.kind)
    pages = _pages(paper, kind)
    with transaction.atomic():
        # Locked only now: conditions of an UPDATE with a join would not be asked again after waiting for a rival.
        still = _waiting().select_for_update(of=("self",)).filter(pk=paper_id).first()
        if still is None:
            return None
        seen = to_keep(None if pages is None else [_seen(kind, page, paper.registration) for page in pages])
        RegistrationPaper.objects.filter(pk=paper_id).update(seen=seen, looked_at=now)
    paper.seen, paper.looked_at = seen, now
    return paper


def look_at_waiting(*, now: datetime) -> int:
    """Looks at what nobody has looked at, the newest first; answers how many. One that fails does not stop the rest."""
    due = _waiting().filter(added_at__lt=now - GRACE).order_by("-added_at").values_list("pk", flat=True)
    done = 0
    for pk in list(due[:MOST_AT_ONCE]):
        try:
            done += look(paper_id=pk, now=now) is not None
        except Exception:  # the database or the system is in trouble: the next tick tries again
            logger.exception("paper %s could not be looked at", pk)
    return done


def seen_of(paper: RegistrationPaper) -> Seen:
    return as_seen(paper.seen, looked=paper.looked_at is not None)


def wrong_papers(registration: Registration) -> list[Finding]:
    """Why the signed mandate handed in is not the one that counts; `field` names the step that repairs it.

    What nobody has looked at yet, and a code that is missing or cannot be read, is no reason: the verifier looks.
    """
    mandate = queries.current_mandate(registration)
    sheets = queries.papers_of(registration).filter(kind=DocumentKind.SIGNED_MANDATE) if mandate else []
    found = {wrong_paper(seen_of(paper), mandate.version) for paper in sheets} - {None}
    return [Finding(each.code, each.message, PAPERS) for each in sorted(found, key=lambda each: each.code)]


def _waiting():
    return RegistrationPaper.objects.filter(
        looked_at=None, set_aside_at=None, document__purged_at=None, kind__in=list(DocumentKind)
    )


def _pages(paper: RegistrationPaper, kind: DocumentKind) -> list[looking.PageLook] | None:
    try:
        data = documents.read(paper.document.sha256)
    except documents.PaperDamaged:
        logger.warning("paper %s is damaged and was not looked at", paper.pk)
        return None
    codes = kind is DocumentKind.SIGNED_MANDATE
    return looking.look(data, paper.document.content_type, codes=codes, limits=limits_for(kind))


def _seen(kind: DocumentKind, page: looking.PageLook, registration: Registration) -> SeenPage:
    mandate = queries.current_mandate(registration) if page.codes else None
    verdict, version = read_codes(page.codes, _wanted(mandate)) if mandate else (None, 0)
    return SeenPage(hints_of(kind, page), verdict, version)


def _wanted(mandate: Mandate) -> Wanted:
    return Wanted(json.loads(mandate.printed)["reference"], mandate.version, mandate.checksum)
