"""Invariants that can be counted in the live database: the registry's own, and what a check is.

Each app keeps a list `CHECKS` in its `checks.py`; `manage.py check_invariants` collects and runs them all.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from django.apps import apps
from django.db import connection, models

from registry import vault
from registry.actions import documents
from registry.fields import SealedTextField
from registry.models import AuditEvent, Document, DocumentPage, Donor, User, Worker
from registry.rules.events import Event

PERIOD_SQL = r"^20\d\d-(0[1-9]|1[0-2])$"
"""What a stored month looks like, as a PostgreSQL regular expression."""

IDENTITY_SQL = r"(^|[^0-9A-Za-z-])([0-9]{16}|[0-9]{18})($|[^0-9A-Za-z-])"
"""A run of digits as long as a NIK or a NIP, standing alone."""


class Check(NamedTuple):
    """`code` names the invariant (I1 to I23), `what` says it in Indonesian, `count` gives its violations."""

    code: str
    what: str
    count: str | Callable[[], int]


def count_of(count: str | Callable[[], int]) -> int:
    """The number of violations one check finds."""
    if callable(count):
        return count()
    with connection.cursor() as cursor:
        cursor.execute(count)
        return cursor.fetchone()[0]


def missing_guards(guarded: Iterable[type[models.Model]]) -> int:
    """Triggers of these models (moves, no deleting, no rewriting) that are gone from the database or switched off."""
    names = {
        (model._meta.db_table, trigger.get_pgid(model))
        for model in guarded
        for trigger in model._meta.triggers
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgenabled <> 'D'")
        return len(names - set(cursor.fetchall()))


def sealed_columns() -> Iterator[tuple[type[models.Model], SealedTextField]]:
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedTextField):
                yield model, field


def sealed_values_that_do_not_open() -> int:
    """Values altered, moved to another row, or sealed with a key that is not among FIELD_KEYS."""
    found = 0
    for model, field in sealed_columns():
        place = field.bound_as or f"{model._meta.db_table}.{field.column}"
        row = model._meta.pk.attname if field.bound_by == "pk" else field.bound_by
        for key, value in model._base_manager.values_list(row, field.attname).iterator(chunk_size=5000):
            found += bool(value) and not _opens(bytes(value), f"{place}:{key}")
    return found


def _opens(value: bytes, place: str) -> bool:
    try:
        vault.unseal(value, place)
    except vault.CannotOpen:
        return False
    return True


def fingerprints_that_differ() -> int:
    """People whose NIP or NIK is sealed beside the fingerprint of another number."""
    found = 0
    for model, name in ((User, "nip"), (Donor, "nip"), (Worker, "nik")):
        for row in model.objects.only("pk", name, f"{name}_index").iterator():
            try:
                value = getattr(row, name)
            except vault.CannotOpen:
                continue  # counted as a value that does not open
            found += getattr(row, f"{name}_index") != (vault.blind_index(name, value) if value else "")
    return found


def damaged_papers() -> int:
    """Kept files and pictures of pages whose bytes are gone or no longer have their hash."""
    hashes = set(Document.objects.filter(purged_at=None).values_list("sha256", flat=True))
    hashes |= set(DocumentPage.objects.filter(document__purged_at=None).values_list("sha256", flat=True))
    return sum(not _whole(sha256) for sha256 in hashes)


def _whole(sha256: str) -> bool:
    try:
        documents.read(sha256)
    except documents.PaperDamaged:
        return False
    return True


def unknown_events() -> int:
    return AuditEvent.objects.exclude(event__in=[event.value for event in Event]).count()


CHECKS: list[Check] = [
    Check("I7", "Berkas tersimpan utuh dan sesuai sidik hash-nya", damaged_papers),
    Check("I16", "Jurnal dijaga basis data: hanya dapat ditambah", lambda: missing_guards([AuditEvent])),
    Check(
        "I16",
        "Setiap baris jurnal menyebut pelakunya",
        """SELECT count(*) FROM registry_auditevent WHERE (actor_kind = 'staff') <> (actor_user_id IS NOT NULL)
        OR (actor_kind = 'donor') <> (actor_donor_id IS NOT NULL) OR actor_kind NOT IN ('staff', 'donor', 'system')""",
    ),
    Check("I16", "Setiap baris jurnal memakai nama kejadian yang dikenal", unknown_events),
    Check(
        "I21",
        "Setiap nilai tersegel terbuka di tempatnya dengan kunci yang dikenal",
        sealed_values_that_do_not_open,
    ),
    Check("I21", "Sidik NIP dan NIK sesuai dengan nomor yang tersegel", fingerprints_that_differ),
    Check(
        "I21",
        "Tidak ada NIK atau NIP terbuka di jurnal dan judul pesan",
        f"""SELECT (SELECT count(*) FROM registry_auditevent WHERE detail::text ~ '{IDENTITY_SQL}')
        + (SELECT count(*) FROM registry_message WHERE subject ~ '{IDENTITY_SQL}')""",
    ),
    Check(
        "I22",
        "Satu pesan per kejadian, penerima, dan bulan",
        """SELECT count(*) FROM (SELECT 1 FROM registry_message GROUP BY event, recipient, period, occasion
        HAVING count(*) > 1) twice""",
    ),
    Check(
        "I22",
        "Pesan terkirim punya waktu kirim, dan hanya itu",
        "SELECT count(*) FROM registry_message WHERE (state = 'sent') <> (sent_at IS NOT NULL)",
    ),
]
