"""What a state machine is in this house: a table of states and a table of transitions, and nothing else.

Each app keeps sibling tables in its own `rules/lifecycle.py`. The same tables make the database trigger that refuses an
undeclared change, the pages' labels, `docs/states.md` and the test of every pair of states.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class State:
    """`owner`: whose turn it is. `label`: what users read. `tone`: draft, info, wait, good, stop (somebody
    must act) or ended; an icon and words, never colour alone."""

    value: str
    owner: str
    label: str
    tone: str = "info"


@dataclass(frozen=True)
class Transition:
    """`sources` to `target` by `event`; `who` may do it; `audit` is its name in the journal."""

    sources: tuple[str, ...]
    event: str
    target: str
    who: str
    audit: str


@dataclass(frozen=True)
class Lifecycle:
    name: str
    initial: str
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    _by_value: dict = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        self._by_value.update({state.value: state for state in self.states})

    def state(self, value: str) -> State:
        return self._by_value[value]

    def values(self) -> list[str]:
        return [state.value for state in self.states]

    def choices(self) -> list[tuple[str, str]]:
        return [(state.value, state.label) for state in self.states]

    def pairs(self) -> list[tuple[str, str]]:
        """Every declared (from, to), for the database trigger."""
        return sorted({(source, t.target) for t in self.transitions for source in t.sources})

    def transition(self, event: str) -> Transition:
        return next(t for t in self.transitions if t.event == event)

    def allows(self, source: str, event: str) -> bool:
        return any(t.event == event and source in t.sources for t in self.transitions)

    def terminal(self) -> set[str]:
        return {s.value for s in self.states} - {source for t in self.transitions for source in t.sources}
