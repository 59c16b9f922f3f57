import pytest
import time_machine

from tests.cast import MORNING


@pytest.fixture(autouse=True)
def clock():
    """A morning with the cut-off of December ahead; `clock.shift(seconds)` lets time pass."""
    with time_machine.travel(MORNING, tick=True) as traveller:
        yield traveller
