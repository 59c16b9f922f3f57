"""Telling the page how far the work on a batch has come. It is a hint: without the cache everything else goes on."""

from uuid import UUID

from django.core.cache import cache
from redis.exceptions import RedisError

from autodebit.queries import PROGRESS_SECONDS, progress_key


def say(batch_id: UUID, step: int, steps: tuple[str, ...]) -> None:
    """Shows step number `step` (1 for the first) of `steps`."""
    _quietly(
        cache.set,
        progress_key(batch_id),
        {"step": step, "of": len(steps), "label": steps[step - 1]},
        PROGRESS_SECONDS,
    )


def done(batch_id: UUID) -> None:
    _quietly(cache.delete, progress_key(batch_id))


def _quietly(work, *arguments) -> None:
    try:
        work(*arguments)
    except (RedisError, OSError):
        return
