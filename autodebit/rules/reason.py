"""The sentence a person owes the journal for a decision about money."""

from registry.rules.finding import Finding

LENGTH = (5, 300)


def reason_of(typed: str, ask: str) -> str | Finding:
    """The reason with single blanks, or the finding `reason_missing` that says "`ask`, 5 sampai 300 huruf."."""
    reason = " ".join(typed.split())
    if LENGTH[0] <= len(reason) <= LENGTH[1]:
        return reason
    return Finding("reason_missing", f"{ask}, {LENGTH[0]} sampai {LENGTH[1]} huruf.", "reason")
