"""What follows from the bank's word about lines: attempts and obligations move, the books get their entries, a person
gets a task. The same for 170,000 lines of a file and for one line that a person asked about."""

from datetime import datetime
from typing import Any

from autodebit.actions import answer_sql
from autodebit.models import BankProfile, HandAnswer, ResultFile
from registry.actions.locks import hold
from registry.models import User

# Entries last: their foreign keys are checked at the end, and each of those waiting checks slows a trigger down.
_IN_ORDER = (answer_sql.ANSWERED, answer_sql.SUSPENDED, answer_sql.FOLLOW_UPS, answer_sql.ENTRIES)
_ONCE_ANSWERED = ("unknown_answer",)
_ONCE_ASKED = ("unknown_answer", "contradiction", "wrong_amount")


class Outrun(Exception):
    """A line was moved by somebody else meanwhile: nothing of this is carried out."""


def carry_out(
    cursor: Any, *, source: ResultFile | HandAnswer, profile: BankProfile, by: User, now: datetime
) -> int:
    """Carries out what stands in the temporary table `moved`; answers how many lines moved. Raises Outrun.

    1. Attempts move to their outcome, obligations are met, unmet or reopened.
    2. Money that came or went back gets an entry that names the line of the file, or the answer of the person.
    3. A hard code suspends the live mandate over the same account and gives a person a task; a late return gives one,
       too. Silence that ended is settled.

    The caller holds the batches of these lines. Attempts have no journal line of their own: the line of the answer, and
    the journal of the file or of the answer by hand, say it for them.
    """
    from_file = isinstance(source, ResultFile)
    values = {
        "by": by.pk,
        "now": now,
        "file": source.pk if from_file else None,
        "hand_answer": None if from_file else source.pk,
        "answered_kinds": list(_ONCE_ANSWERED if from_file else _ONCE_ASKED),
        "words": f"Dijawab bank dalam {source.name}." if from_file else "Dijawab bank, dicatat oleh petugas.",
    }
    cursor.execute(answer_sql.MONTHS_OF_MONEY)
    hold_books(profile.pk, *(period for (period,) in cursor.fetchall()))
    cursor.execute(answer_sql.AFTER_REMITTANCE)
    cursor.execute("SELECT count(*) FROM moved")
    count = cursor.fetchone()[0]
    _exactly(cursor, answer_sql.ATTEMPTS, count)
    cursor.execute(answer_sql.OBLIGATIONS)
    moved = cursor.rowcount
    cursor.execute(answer_sql.COUNT_OF_OBLIGATIONS)
    if moved != cursor.fetchone()[0]:
        raise Outrun
    for statement in _IN_ORDER:
        cursor.execute(statement, values)
    return count


def hold_books(profile_id: str, *periods: str) -> None:
    """Whoever writes about the money of a month takes turns (books.hold_month): a return is before or after the payment
    to BPJS, and the payment counts every return before it. Until the end of the transaction."""
    hold(*(f"books {profile_id} {period}" for period in periods))


def _exactly(cursor: Any, statement: str, count: int) -> None:
    cursor.execute(statement)
    if cursor.rowcount != count:
        raise Outrun
