"""A pause is a span of months: from the first month it still reaches until the month before the promise goes on.

Months are "YYYY-MM" and sort by time; an empty second month means that nobody knows yet when it goes on. The build
reads the span, not the state, so a month that was cut before the pause keeps its line even when it is built late.
"""


def is_paused(pause_from: str, pause_until: str, period: str) -> bool:
    """Whether nothing is due for `period`: it lies in the span. No span is written as two empty texts."""
    return pause_from != "" and pause_from <= period and (pause_until == "" or period < pause_until)


def paused(span: tuple[str, str], first_open: str, until: str = "") -> tuple[str, str]:
    """The span after a pause made now: it begins with the first open month, or goes on from where the last one is.

    `until` is the first month that is due again, later than `first_open`, or empty. Raises ValueError otherwise.
    """
    if until and until <= first_open:
        raise ValueError(f"A pause from {first_open} cannot end with {until}")
    before, after = span
    # A pause that still reaches the month before goes on without a gap; an older one is history.
    begins = before if before and (after == "" or after >= first_open) else first_open
    return begins, until


def resumed(span: tuple[str, str], first_open: str) -> tuple[str, str]:
    """The span after going on from now: it ends before the first open month, and vanishes when it never began.

    One that is over already keeps its end: the months behind it were promised, and may just be under collection.
    """
    begins, ends = span
    if not begins or begins >= first_open:
        return "", ""
    return begins, min(ends, first_open) if ends else first_open
