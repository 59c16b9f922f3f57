"""Which debits of a month may be tried again, for all of them at once.

The CASE expression says in SQL what `autodebit.rules.retry.why_no_retry` says for one obligation, and after it what the
salary gate says; a test compares the two over a made-up population.
"""

from typing import Any

from django.db import connection, transaction

from autodebit import queries_gate
from autodebit.models import BankProfile, Batch, FollowUp
from autodebit.rules.due import MOST_ATTEMPTS
from autodebit.rules.lifecycle import LIVE_ATTEMPT
from autodebit.rules.retry import DISPUTES, ENDED_MANDATE, MOST_RETRIES, SETTLED

# Until the end of the transaction. With the few megabytes of a default the joins of a whole city go through files.
ROOM = "SET LOCAL work_mem = '64MB'"

# Attempts after which an obligation may be owed still, and obligations that are not settled.
_WITHOUT_MONEY = ("failed", "returned", "released", "unknown")
_UNSETTLED = ("planned", "open", "unmet", "reopened")

OBLIGATIONS = """
SELECT o.id FROM autodebit_obligation o
WHERE o.period = %(period)s AND o.state = ANY(%(unsettled)s) AND o.id IN (
  SELECT a.obligation_id FROM autodebit_attempt a JOIN autodebit_batch b ON b.id = a.batch_id
  WHERE b.profile_id = %(profile)s AND b.period = %(period)s AND a.state = ANY(%(without_money)s))
"""

# `owed` holds the ids of OBLIGATIONS. A revoked lineage ends its replaced versions too, wherever their months reached.
STANDING = """
SELECT o.id AS obligation_id, last.id AS attempt_id, last.mandate_id, last.number AS attempts,
  CASE
    WHEN o.state = ANY(%(settled)s) THEN 'settled'
    WHEN tried.state = 'unknown' THEN 'unknown_answer'
    WHEN o.state = 'open' OR history.alive THEN 'in_collection'
    WHEN m.state = ANY(%(ended_mandate)s) OR (m.end_period <> '' AND m.end_period < %(period)s)
      OR (m.state = 'replaced' AND lineage.ended_at IS NOT NULL) THEN 'revoked'
    WHEN tried.state = 'failed' AND NOT coalesce(code.retryable, false) THEN 'not_retryable'
    WHEN history.tries > %(most_retries)s THEN 'attempts_used_up'
    WHEN m.state NOT IN ('active', 'replaced') THEN 'suspended'
    WHEN (tried.state = 'returned' OR o.state = 'reopened') AND NOT EXISTS (
      SELECT 1 FROM autodebit_followup f
      WHERE f.attempt_id = tried.id AND f.state = 'done' AND f.outcome = 'collect_again') THEN 'needs_decision'
    WHEN o.id IN (
      SELECT asked.obligation_id FROM autodebit_followup f JOIN autodebit_attempt asked ON asked.id = f.attempt_id
      WHERE f.period = %(period)s AND f.state = 'open' AND f.kind = ANY(%(disputes)s)) THEN 'disputed'
    WHEN last.number >= %(most_attempts)s THEN 'attempts_used_up'
    WHEN %(gate_on)s AND last.opd_id <> ALL(%(open_offices)s) THEN 'salary_waiting'
  END::varchar(30) AS reason
FROM owed JOIN autodebit_obligation o ON o.id = owed.id
JOIN (
  SELECT a.obligation_id, bool_or(a.state = ANY(%(live_attempt)s)) AS alive,
    count(*) FILTER (WHERE a.state <> 'released') AS tries, max(a.number) AS last,
    max(a.number) FILTER (WHERE a.state <> 'released') AS last_tried
  FROM autodebit_attempt a JOIN owed ON owed.id = a.obligation_id GROUP BY a.obligation_id
) history ON history.obligation_id = o.id
JOIN autodebit_attempt last ON last.obligation_id = o.id AND last.number = history.last
JOIN autodebit_batch b ON b.id = last.batch_id AND b.profile_id = %(profile)s
JOIN sponsorship_mandate m ON m.id = last.mandate_id
JOIN sponsorship_mandatelineage lineage ON lineage.id = m.lineage_id
LEFT JOIN autodebit_attempt tried ON tried.obligation_id = o.id AND tried.number = history.last_tried
LEFT JOIN autodebit_reasoncode code ON code.profile_id = %(profile)s AND code.code = tried.code
"""

# Who is not owed, or is being collected in another wave, needs no word in this one.
NO_WORD = ("settled", "in_collection")

_COUNTED = f"""
WITH owed AS ({OBLIGATIONS}), standing AS ({STANDING})
SELECT reason, count(*) FROM standing WHERE reason IS NULL OR reason <> ALL(%(no_word)s) GROUP BY reason
"""


def parameters(profile: BankProfile, period: str) -> dict[str, Any]:
    """What OBLIGATIONS and STANDING ask for, the gate as it stands now."""
    return {
        "profile": profile.pk,
        "period": period,
        "unsettled": list(_UNSETTLED),
        "without_money": list(_WITHOUT_MONEY),
        "settled": list(SETTLED),
        "live_attempt": list(LIVE_ATTEMPT),
        "ended_mandate": list(ENDED_MANDATE),
        "most_retries": MOST_RETRIES,
        "disputes": list(DISPUTES),
        "most_attempts": MOST_ATTEMPTS,
        "no_word": list(NO_WORD),
        "gate_on": queries_gate.is_on(),
        "open_offices": queries_gate.open_offices(period),
    }


def disputed_lines(batch: Batch) -> int:
    """Lines of a batch whose month the bank has contradicted itself about since: they may be paid already."""
    open_ones = FollowUp.objects.filter(period=batch.period, state="open", kind__in=DISPUTES)
    lines = batch.attempts.filter(revision=batch.revision)
    return lines.filter(obligation__in=open_ones.values("attempt__obligation")).count()


def next_wave(profile: BankProfile, period: str) -> dict[str | None, int]:
    """Reason -> number of debits of the month that are still owed; None counts those that may be tried again now."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ROOM)
        cursor.execute(_COUNTED, parameters(profile, period))
        return dict(cursor.fetchall())


def retry_candidates(profile: BankProfile, period: str) -> int:
    """How many debits of the month the next wave would hold if it were made now."""
    return next_wave(profile, period).get(None, 0)
