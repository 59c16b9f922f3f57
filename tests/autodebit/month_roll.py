"""Whom a donor of the model promises for, month by month: a calendar with ticks instead of states and spans."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(eq=False)
class Worker:
    """One promise: the months that are ticked are due. A closed month keeps its tick, or its lack of one."""

    key: str
    ticked: set[str]
    goes_on: bool = True


@dataclass(eq=False)
class Donor:
    key: str
    office: str
    start: str
    verified_at: datetime
    workers: list[Worker]
    room: int
    state: str = "active"

    def due_in(self, period: str) -> int:
        """How many workers."""
        return sum(period in worker.ticked for worker in self.workers)

    @property
    def going_on(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.goes_on]
