from collections.abc import Callable
from functools import partial
from typing import Any

from tests.threads import at_once


def together(number: int, work: Callable[[int], Any]) -> list[Any]:
    """Runs `work(0)` to `work(number - 1)` at the same moment; answers in order. Raises what one of them raised."""
    answers = at_once([partial(work, index) for index in range(number)])
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers
