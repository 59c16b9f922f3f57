"""Keeping papers: encrypted under their hash, never changed, opened only with a line in the journal."""

import hashlib
import os
import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from registry import vault
from registry.actions import audit
from registry.actions.audit import Actor
from registry.actions.locks import hold
from registry.models import Document, DocumentPage
from registry.rules.events import Event


class PaperDamaged(Exception):
    """The stored bytes are missing or are not what was stored. The paper is not shown."""


def store(
    *, kind: str, data: bytes, content_type: str, by: Actor, now: datetime, pages: list[bytes] = ()
) -> Document:
    """Keeps one finished file and the pictures of its pages (JPEG). The files are on disk before the rows are
    committed.

    Raises OSError when they cannot be written; then there is no row and no half file.
    """
    with transaction.atomic():
        hold(*(_lock_name(_hash(part)) for part in (data, *pages)))
        document = Document.objects.create(
            kind=kind, sha256=_keep(data), size=len(data), content_type=content_type, created_at=now
        )
        DocumentPage.objects.bulk_create(
            DocumentPage(document=document, number=number, sha256=_keep(page), size=len(page))
            for number, page in enumerate(pages, start=1)
        )
        audit.record(
            event=Event.PAPER_STORED, about=document, by=by, now=now, kind=kind, sha256=document.sha256
        )
    return document


def open_document(*, document: Document, by: Actor, now: datetime, opd_id: int | None = None) -> bytes:
    """The bytes, after the journal has its line. Raises PaperDamaged; a journal that cannot be written shows
    nothing."""
    audit.record(event=Event.PAPER_OPENED, about=document, by=by, now=now, opd_id=opd_id, kind=document.kind)
    return read(document.sha256)


def open_page(*, page: DocumentPage, by: Actor, now: datetime, opd_id: int | None = None) -> bytes:
    """One page's picture, after the journal has its line. Raises PaperDamaged."""
    audit.record(
        event=Event.PAPER_OPENED,
        about=page.document,
        by=by,
        now=now,
        opd_id=opd_id,
        kind=page.document.kind,
        page=page.number,
    )
    return read(page.sha256)


def read(sha256: str) -> bytes:
    """The stored bytes, checked against their hash. For the house's own use: no journal line. Raises PaperDamaged."""
    try:
        data = vault.unseal(path_of(sha256).read_bytes(), f"paper:{sha256}")
    except (OSError, vault.CannotOpen) as problem:
        raise PaperDamaged(sha256[:12]) from problem
    if _hash(data) != sha256:
        raise PaperDamaged(sha256[:12])
    return data


def purge(*, document: Document, now: datetime) -> None:
    """Destroys the bytes of a document unless another one still needs them; the row stays as a memory of what
    there was.

    The bytes go last and before the commit: should that fail, the row still says that there is something to destroy.
    """
    with transaction.atomic():
        hashes = {document.sha256, *document.pages.values_list("sha256", flat=True)}
        hold(*(_lock_name(sha256) for sha256 in hashes))
        if not Document.objects.filter(pk=document.pk, purged_at=None).update(purged_at=now):
            return
        document.pages.all().delete()
        audit.record(event=Event.PAPER_PURGED, about=document, by=audit.SYSTEM, now=now, kind=document.kind)
        needed = set(
            Document.objects.filter(sha256__in=hashes, purged_at=None).values_list("sha256", flat=True)
        )
        needed |= set(DocumentPage.objects.filter(sha256__in=hashes).values_list("sha256", flat=True))
        for sha256 in hashes - needed:
            path_of(sha256).unlink(missing_ok=True)


def discard(hashes: Iterable[str]) -> None:
    """Destroys bytes that were stored in a transaction which was rolled back; what a row still names is left alone."""
    for sha256 in hashes:
        with transaction.atomic():
            hold(_lock_name(sha256))
            rows = Document.objects.filter(sha256=sha256, purged_at=None)
            if not rows.exists() and not DocumentPage.objects.filter(sha256=sha256).exists():
                path_of(sha256).unlink(missing_ok=True)


def tidy(name: str, nameless: str) -> str:
    """An uploaded file's name as it is shown and handed back: no folders, nothing unprintable, at most 100 letters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in last).lstrip(".")[-100:]
    return kept or nameless


def path_of(sha256: str) -> Path:
    return Path(settings.PAPERS_DIR) / sha256[:2] / sha256


def _keep(data: bytes) -> str:
    """Writes to a temporary name, syncs, renames to the hash; what is already there and whole stays as it is."""
    sha256 = _hash(data)
    target = path_of(sha256)
    if target.exists() and _is_whole(sha256):
        return sha256
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = target.with_name(f".{sha256[:16]}.{secrets.token_hex(6)}")
    try:
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(vault.seal(data, f"paper:{sha256}"))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
        _sync_folder(target.parent)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return sha256


def _is_whole(sha256: str) -> bool:
    try:
        return bool(read(sha256))
    except PaperDamaged:
        return False


def _sync_folder(folder: Path) -> None:
    """The new name survives a power cut only when the folder is on disk as well."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _lock_name(sha256: str) -> str:
    """Storing and destroying the same bytes take turns: else a paper handed in again could vanish with the old one."""
    return f"paper {sha256}"
