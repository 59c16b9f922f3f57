"""Doors of the queue. The truth is the batch's row: the next sweep makes up for a lost task, and twice does no harm."""

import logging
from uuid import UUID

from celery import shared_task
from django.core.cache import cache
from redis.exceptions import RedisError

from autodebit import queries, queries_results
from autodebit.actions import (
    activation,
    alarms,
    batches,
    build,
    gate_messages,
    notices,
    results,
    sealing,
    sending,
    waves,
)
from config.clock import now
from registry.models import User

log = logging.getLogger(__name__)
RETRY_SECONDS = 600


@shared_task(name="autodebit.tasks.sweep")
def sweep() -> None:
    """Asked every minute: is a batch due, to be built, or to be sealed? One that fails does not stop the others."""
    for work in (
        batches.open_due,
        waves.mark_unknown,
        waves.open_due,
        gate_messages.remind,
        gate_messages.tell_skipped,
    ):
        _look(work)
    for batch in queries.waiting_to_build():
        if not batch.build_note or _is_turn(batch.pk):
            _attend(build.build, batch.pk)
    for batch in queries.waiting_to_seal():
        _attend(sealing.seal, batch.pk)
    for file_id in queries_results.waiting_to_read():
        _attend_answer(results.read_file, file_id)
    for file_id in queries_results.waiting_to_apply():
        _attend_answer(results.apply, file_id)
    _look(activation.activate_due)  # last: after a confirmation it may take a while


@shared_task(name="autodebit.tasks.build_batch")
def build_batch(batch_id: str) -> None:
    build.build(batch_id=UUID(batch_id), now=now())


@shared_task(name="autodebit.tasks.seal_batch")
def seal_batch(batch_id: str) -> None:
    sealing.seal(batch_id=UUID(batch_id), now=now())


@shared_task(name="autodebit.tasks.send_batch")
def send_batch(batch_id: str, user_id: str) -> None:
    """Not swept for: a click that is lost is clicked again. Files never leave without a person's wish of that hour."""
    sending.send(batch_id=UUID(batch_id), by=User.objects.get(pk=UUID(user_id)), now=now())


@shared_task(name="autodebit.tasks.tell")
def tell() -> None:
    """Notices, receipts and failures that were recorded and not said yet."""
    notices.tell(now=now())


@shared_task(name="autodebit.tasks.alarm")
def alarm() -> None:
    """Steps of the month that are late."""
    alarms.raise_late(now=now())


def _look(work) -> None:
    try:
        work(now=now())
    except Exception:
        log.exception("%s failed; the next sweep tries again", work.__name__)


@shared_task(name="autodebit.tasks.read_result")
def read_result(file_id: str) -> None:
    results.read_file(file_id=UUID(file_id), now=now())


@shared_task(name="autodebit.tasks.apply_result")
def apply_result(file_id: str) -> None:
    results.apply(file_id=UUID(file_id), now=now())


def _attend_answer(work, file_id: UUID) -> None:
    try:
        work(file_id=file_id, now=now())
    except Exception:
        log.exception("answer %s could not be attended to; the next sweep tries again", file_id)


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
