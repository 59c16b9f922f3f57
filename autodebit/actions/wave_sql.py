"""The statements that fill a wave after the first, in the order in which they run; each works on all debits at once.

Parameters: `autodebit.queries_waves.parameters`, and the batch with its revision.
"""

from autodebit.actions.answer_sql import OPENED_BY_SYSTEM
from autodebit.actions.build_sql import BODY, check_symbol_of
from autodebit.queries_waves import OBLIGATIONS, STANDING

DROP = "DROP TABLE IF EXISTS owed, cut_wave"

# Locked before they are judged, in a statement of its own: what was decided while we waited is then seen.
OWED = f"CREATE TEMP TABLE owed ON COMMIT DROP AS {OBLIGATIONS} FOR UPDATE OF o"
ANALYZE_OWED, ANALYZE_WAVE = "ANALYZE owed", "ANALYZE cut_wave"

# FOR SHARE: who revokes or suspends a mandate now waits until the wave is frozen.
STANDINGS = f"CREATE TEMP TABLE cut_wave ON COMMIT DROP AS {STANDING} FOR SHARE OF m"

# Copies of the copy: account, holder, amount and office stay those of the line that was frozen first (I3).
ATTEMPTS = f"""
INSERT INTO autodebit_attempt (
  id, obligation_id, batch_id, revision, number, reference, state, amount,
  mandate_id, mandate_number, signed_on, account, account_holder, opd_id, code)
SELECT gen_random_uuid(), line.obligation_id, %(batch)s, %(revision)s, line.number,
  line.body || {check_symbol_of("line.body", 15)}, 'frozen', line.amount,
  line.mandate_id, line.mandate_number, line.signed_on, line.account, line.account_holder, line.opd_id, ''
FROM (
  SELECT c.obligation_id, c.attempts + 1 AS number, {BODY} AS body, last.amount, last.mandate_id,
    last.mandate_number, last.signed_on, last.account, last.account_holder, last.opd_id
  FROM cut_wave c
  JOIN autodebit_attempt last ON last.id = c.attempt_id
  JOIN sponsorship_mandate m ON m.id = last.mandate_id
  JOIN sponsorship_mandatelineage lineage ON lineage.id = m.lineage_id
  WHERE c.reason IS NULL
) line
"""

EXCLUSIONS = """
INSERT INTO autodebit_exclusion (batch_id, revision, mandate_id, reason)
SELECT %(batch)s, %(revision)s, mandate_id, reason FROM cut_wave WHERE reason <> ALL(%(no_word)s)
"""

# One statement: a line that is answered meanwhile is no longer sent, and gets no follow-up.
LOSE = f"""
WITH lost AS (
  UPDATE autodebit_attempt SET state = 'unknown' WHERE batch_id = %(batch)s AND state = 'sent' RETURNING id, amount
), opened AS (
  INSERT INTO autodebit_followup (id, kind, state, profile_id, period, attempt_id, amount, opened_at, outcome, reason)
  SELECT gen_random_uuid(), 'unknown_answer', 'open', %(profile)s, %(period)s, lost.id, lost.amount, %(now)s, '', ''
  FROM lost ON CONFLICT DO NOTHING RETURNING id, kind, amount
), told AS ({OPENED_BY_SYSTEM})
SELECT count(*), coalesce(sum(amount), 0)::bigint FROM lost
"""
