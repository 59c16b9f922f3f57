"""Reading the collection: what a batch holds, what is waiting for a worker, and what the pages show."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.cache import cache
from django.db import connection
from django.db.models import Count, QuerySet, Sum
from redis.exceptions import RedisError

from autodebit.models import Attempt, BankProfile, Batch
from autodebit.rules.due import collection_day
from autodebit.rules.lifecycle import ENDED_BATCH
from registry import vault
from registry.models import AuditEvent
from sponsorship.models.mandate import ACCOUNT_PLACE
from sponsorship.queries import calendar
from sponsorship.rules.months import Month

PROGRESS_SECONDS = 600
_LINES_AT_ONCE = 2_000

# What an approval binds to (I6): every line with what will be taken from whom, and the head of the batch. The account
# is in it by its keyed index, so that a new field key, which seals the same account anew, leaves the hash as it is.
_CONTENT = """
    SELECT b.id, count(a.id), coalesce(sum(a.amount), 0)::bigint, encode(sha256(
      convert_to(
        concat_ws(' ', b.profile_id, b.period, b.wave, b.revision, to_char(b.collection_date, 'YYYYMMDD')), 'UTF8')
      || coalesce(string_agg(sha256(convert_to(concat_ws(chr(31), a.reference, a.amount, a.mandate_number,
           to_char(a.signed_on, 'YYYYMMDD'), a.account_holder, a.opd_id, m.account_index), 'UTF8')),
         ''::bytea ORDER BY a.reference COLLATE "C"), ''::bytea)), 'hex')
    FROM autodebit_batch b
    LEFT JOIN autodebit_attempt a ON a.batch_id = b.id AND a.revision = b.revision
    LEFT JOIN sponsorship_mandate m ON m.id = a.mandate_id
    WHERE b.id = ANY(%s) GROUP BY b.id
"""

# The bank's order of lines is that of the references. Both are read from a cursor on the server, in parts.
_REFERENCES = """
    SELECT a.reference FROM autodebit_attempt a WHERE a.batch_id = %s AND a.revision = %s ORDER BY a.reference
"""
_SEALED_LINES = """
    SELECT a.reference, a.mandate_number, a.signed_on, a.account, a.account_holder, a.amount, o.code,
      m.account_index, a.mandate_id::text
    FROM autodebit_attempt a
    JOIN sponsorship_mandate m ON m.id = a.mandate_id JOIN registry_opd o ON o.id = a.opd_id
    WHERE a.batch_id = %s AND a.revision = %s ORDER BY a.reference
"""


@dataclass(frozen=True)
class Content:
    """What a batch holds now, counted from its lines: number of lines, rupiah, and the hash an approval binds to."""

    count: int
    total: int
    hash: str


def contents(batch_ids: list[UUID]) -> dict[UUID, Content]:
    """The content of batches at their present revision, read from the lines."""
    with connection.cursor() as cursor:
        cursor.execute(_CONTENT, [list(batch_ids)])
        return {batch_id: Content(*rest) for batch_id, *rest in cursor.fetchall()}


def content_of(batch: Batch) -> Content:
    return contents([batch.pk])[batch.pk]


def lines_of(batch: Batch) -> QuerySet[Attempt]:
    """The lines of the present revision, in the order of their references, which is the order in every file."""
    return batch.attempts.filter(revision=batch.revision).order_by("reference")


def opened_lines(batch: Batch) -> Iterator[tuple]:
    """(reference, mandate number, signed on, account, holder, amount, OPD code, account index) of each line.

    A stream from a cursor on the server, with the accounts opened one by one; call it inside a transaction.
    Raises vault.CannotOpen.
    """
    for *front, sealed, holder, amount, opd, index, mandate in _streamed(_SEALED_LINES, batch):
        account = vault.unseal(sealed, f"{ACCOUNT_PLACE}:{mandate}").decode()
        yield *front, account, holder, amount, opd, index


def references_of(batch: Batch) -> Iterator[str]:
    """The references of the lines in the order of the files, as a stream; call it inside a transaction."""
    return (reference for (reference,) in _streamed(_REFERENCES, batch))


def _streamed(statement: str, batch: Batch) -> Iterator[tuple]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, [batch.pk, batch.revision])
        while rows := cursor.fetchmany(_LINES_AT_ONCE):
            yield from rows


def months_to_collect(profile: BankProfile, now: datetime) -> list[Month]:
    """The months a person may want to open: the running one and the two after it, without those that have a batch and
    those that can no longer be collected in time."""
    office = calendar()
    today = office.local_date(now)
    months = [Month.of(today).plus(number) for number in range(3)]
    taken = set(
        profile.batches.filter(period__in=map(str, months), wave=1)
        .exclude(state__in=ENDED_BATCH)
        .values_list("period", flat=True)
    )
    return [month for month in months if str(month) not in taken and collection_day(month, today, office)]


def waiting_to_build() -> QuerySet[Batch]:
    return Batch.objects.filter(state="open").order_by("period")


def waiting_to_seal() -> QuerySet[Batch]:
    return Batch.objects.filter(state="approved", seal_requested_at__isnull=False).order_by("period")


def exclusions_of(batch: Batch) -> QuerySet:
    return batch.exclusions.filter(revision=batch.revision).order_by("reason", "mandate__number")


def exclusion_counts(batch: Batch) -> list[tuple[str, int]]:
    """(reason, how many mandates), the most frequent first."""
    rows = batch.exclusions.filter(revision=batch.revision).values_list("reason").annotate(number=Count("id"))
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def office_totals(batch: Batch) -> list[dict]:
    """{opd__name, count, total} for each OPD with a line, by name."""
    rows = batch.attempts.filter(revision=batch.revision).values("opd__name")
    return list(rows.annotate(count=Count("id"), total=Sum("amount")).order_by("opd__name"))


def history_of(batch: Batch) -> QuerySet[AuditEvent]:
    """The journal of a batch, oldest first, with the names of those who acted."""
    return (
        AuditEvent.objects.filter(object_type=batch._meta.label_lower, object_id=str(batch.pk))
        .select_related("actor_user")
        .order_by("at", "id")
    )


def progress_key(batch_id: UUID) -> str:
    return f"batch-progress:{batch_id}"


def progress_of(batch_id: UUID) -> dict | None:
    """{step, of, label} of the work in hand, or None. A hint for the page: with the cache only the hint is lost."""
    try:
        return cache.get(progress_key(batch_id))
    except (RedisError, OSError):
        return None
