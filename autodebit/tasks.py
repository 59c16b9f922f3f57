"""Doors of the queue. The truth is the batch's row: the next sweep makes up for a lost task, and twice does no harm."""

import logging
from uuid import UUID

from celery import shared_task
from django.core.cache import cache
from redis.exceptions import RedisError

from autodebit import queries
from autodebit.actions import batches, build, sealing
from config.clock import now

log = logging.getLogger(__name__)
RETRY_SECONDS = 600


@shared_task(name="autodebit.tasks.sweep")
def sweep() -> None:
    """Asked every minute: is a batch due, to be built, or to be sealed? One that fails does not stop the others."""
    batches.open_due(now=now())
    for batch in queries.waiting_to_build():
        if not batch.build_note or _is_turn(batch.pk):
            _attend(build.build, batch.pk)
    for batch in queries.waiting_to_seal():
        _attend(sealing.seal, batch.pk)


@shared_task(name="autodebit.tasks.build_batch")
def build_batch(batch_id: str) -> None:
    build.build(batch_id=UUID(batch_id), now=now())


@shared_task(name="autodebit.tasks.seal_batch")
def seal_batch(batch_id: str) -> None:
    sealing.seal(batch_id=UUID(batch_id), now=now())


def _attend(work, batch_id: UUID) -> None:
    try:
        work(batch_id=batch_id, now=now())
    except Exception:
        log.exception("batch %s could not be attended to; the next sweep tries again", batch_id)


def _is_turn(batch_id: UUID) -> bool:
    """A batch that could not be built (its note says why) is tried again every ten minutes, not every sweep."""
    try:
        return cache.add(f"batch-tried:{batch_id}", 1, RETRY_SECONDS)
    except (RedisError, OSError):
        return True
