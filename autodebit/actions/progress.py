"""Telling the page how far the work on a batch has come. It is a hint: without the cache everything else goes on."""

from uuid import UUID

from django.core.cache import cache
from redis.exceptions import RedisError

from autodebit.queries import PROGRESS_SECONDS, progress_key


def say(batch_id: UUID, step: int, steps: tuple[str, ...], *, part: int = 1, parts: int = 1) -> None:
    """Shows step number `step` (1 for the first) of `steps`, and the part of the work when there are several."""
    label = steps[step - 1] + (f" (bagian {part} dari {parts})" if parts > 1 else "")
    _quietly(
        cache.set, progress_key(batch_id), {"step": step, "of": len(steps), "label": label}, PROGRESS_SECONDS
    )


def done(batch_id: UUID) -> None:
    _quietly(cache.delete, progress_key(batch_id))


def _quietly(work, *arguments) -> None:
    try:
        work(*arguments)
    except (RedisError, OSError):
        return
