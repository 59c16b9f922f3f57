"""What a rule has to say about a value: faults in data are values, not exceptions."""

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Finding:
    """One remark on one value. `message` is an Indonesian sentence that says what to do.

    `refuse` stops the value and is shown to the person who typed it; `note` lets it pass and is read by the
    verifier.
    """

    code: str
    message: str
    field: str = ""
    level: Literal["refuse", "note"] = "refuse"


@dataclass(frozen=True)
class Parsed(Generic[T]):
    """The value in its one canonical form, or None when refused, with every finding on the way."""

    value: T | None
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        return self.value is not None

    @property
    def refusals(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.level == "refuse")

    @property
    def notes(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.level == "note")
