"""`docs/states.md`: the state machines as diagrams and tables, made from the tables that the product itself obeys."""

from autodebit.rules.lifecycle import LIFECYCLES as COLLECTION
from registry.rules.lifecycle import Lifecycle
from sponsorship.rules.lifecycle import LIFECYCLES as PROMISE

LIFECYCLES: tuple[Lifecycle, ...] = (*PROMISE, *COLLECTION)

_HEAD = """# States

Made by `manage.py states --write` from `sponsorship/rules/lifecycle.py` and `autodebit/rules/lifecycle.py`;
a test compares. The same tables make the database triggers that refuse every other change. Words in quotes are what
users read.
"""


def document() -> str:
    return "\n".join([_HEAD, *(_section(lifecycle) for lifecycle in LIFECYCLES)])


def _section(lifecycle: Lifecycle) -> str:
    return "\n".join(
        [
            f"## {lifecycle.name.capitalize()}\n",
            *_diagram(lifecycle),
            "",
            *_states(lifecycle),
            "",
            *_transitions(lifecycle),
            "",
        ]
    )


def _diagram(lifecycle: Lifecycle) -> list[str]:
    arrows = [
        f"    {source} --> {move.target}: {move.event}"
        for move in lifecycle.transitions
        for source in move.sources
    ]
    ends = [f"    {state} --> [*]" for state in lifecycle.values() if state in lifecycle.terminal()]
    return ["```mermaid", "stateDiagram-v2", f"    [*] --> {lifecycle.initial}", *arrows, *ends, "```"]


def _states(lifecycle: Lifecycle) -> list[str]:
    rows = [f"| `{state.value}` | “{state.label}” | {state.owner} |" for state in lifecycle.states]
    return ["| State | Users read | Whose turn |", "|---|---|---|", *rows]


def _transitions(lifecycle: Lifecycle) -> list[str]:
    rows = [
        f"| {', '.join(f'`{source}`' for source in move.sources)} | {move.event} | `{move.target}` | {move.who} "
        f"| `{move.audit}` |"
        for move in lifecycle.transitions
    ]
    return ["| From | Event | To | Who | Journal |", "|---|---|---|---|---|", *rows]
