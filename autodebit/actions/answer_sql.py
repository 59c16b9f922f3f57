"""What a bank's answer means and does, in SQL for all its lines at once.

HEARD holds the lines as they were read, JUDGED what each of them means: the CASE says what
`autodebit.rules.matching.verdict` says for one line, and a test compares the two over a made-up population. MOVED holds
the lines that move an attempt, with the facts of their month; the statements behind it carry out what follows.
"""

from autodebit.rules.matching import MOVES, NOT_HANDED_OVER, TO_A_PERSON
from registry.rules.events import Event

_OUTCOMES = ", ".join(f"'{outcome}'" for outcome in (*MOVES, "pending"))
_NOT_SENT = ", ".join(f"'{state}'" for state in NOT_HANDED_OVER)
_TO_A_PERSON = ", ".join(f"'{verdict}'" for verdict in TO_A_PERSON)

DROP = "DROP TABLE IF EXISTS heard, judged, moved"

HEARD = """
CREATE TEMP TABLE heard (
  line_id bigint, number int, reference varchar, outcome varchar, code varchar, amount bigint, booked_on date,
  text varchar
) ON COMMIT DROP
"""
COPY_HEARD = "COPY heard (number, reference, outcome, code, amount, booked_on, text) FROM STDIN"
HEARD_AGAIN = """
INSERT INTO heard
SELECT id, number, reference, outcome, code, amount, NULL, NULL FROM autodebit_resultline WHERE file_id = %(file)s
"""
ANALYZE_HEARD, ANALYZE_MOVED = "ANALYZE heard", "ANALYZE moved"

# Whoever moves a line of a batch holds the batch; always in this order, so that no two of them wait for each other.
LOCK_BATCHES = """
SELECT id FROM autodebit_batch WHERE id = %(batch)s OR id IN (
  SELECT a.batch_id FROM heard JOIN autodebit_attempt a ON a.reference = heard.reference
  JOIN autodebit_batch b ON b.id = a.batch_id WHERE b.profile_id = %(profile)s
) ORDER BY id FOR NO KEY UPDATE
"""

JUDGED = f"""
CREATE TEMP TABLE judged ON COMMIT DROP AS
WITH doubled AS (
  SELECT reference, min(number) AS first,
    min(outcome) = max(outcome) AND min(code) = max(code)
      AND min(coalesce(amount, -1)) = max(coalesce(amount, -1)) AS agrees
  FROM heard WHERE outcome IN ({_OUTCOMES}) GROUP BY reference HAVING count(*) > 1
)
SELECT h.*, a.id AS attempt_id, a.state AS was, a.amount AS asked,
  CASE
    WHEN h.outcome NOT IN ({_OUTCOMES}) THEN 'unreadable'
    WHEN a.id IS NULL THEN CASE WHEN EXISTS (
      SELECT 1 FROM autodebit_attempt other WHERE other.reference = h.reference
    ) THEN 'foreign' ELSE 'unknown' END
    WHEN NOT d.agrees THEN 'contradiction'
    WHEN d.first < h.number THEN 'repeated'
    WHEN h.outcome <> 'returned' AND a.batch_id <> %(batch)s THEN 'foreign'
    WHEN a.state IN ({_NOT_SENT}) THEN 'not_sent'
    WHEN h.amount <> a.amount THEN 'wrong_amount'
    WHEN h.outcome = 'pending' THEN CASE WHEN a.state IN ('sent', 'unknown') THEN 'pending' ELSE 'already' END
    WHEN h.outcome = 'returned' AND a.state = 'succeeded' THEN 'applies'
    WHEN h.outcome <> 'returned' AND a.state IN ('sent', 'unknown') THEN 'applies'
    WHEN h.outcome = 'failed' AND a.state = 'failed' AND h.code <> a.code THEN 'contradiction'
    WHEN h.outcome = a.state THEN 'already'
    ELSE 'contradiction'
  END::varchar(14) AS verdict
FROM heard h
LEFT JOIN (
  autodebit_attempt a JOIN autodebit_batch b ON b.id = a.batch_id AND b.profile_id = %(profile)s
) ON a.reference = h.reference
LEFT JOIN doubled d ON d.reference = h.reference
"""

LINES = """
INSERT INTO autodebit_resultline
  (file_id, number, reference, outcome, code, amount, booked_on, text, attempt_id, verdict)
SELECT %(file)s, number, reference, outcome, code, amount, booked_on, text, attempt_id, verdict FROM judged
"""
COUNT_CHANGED = """
SELECT count(*) FROM judged j JOIN autodebit_resultline l ON l.id = j.line_id
WHERE (l.verdict, l.attempt_id) IS DISTINCT FROM (j.verdict, j.attempt_id)
"""
RENEW_LINES = """
UPDATE autodebit_resultline l SET verdict = j.verdict, attempt_id = j.attempt_id
FROM judged j WHERE l.id = j.line_id AND (l.verdict, l.attempt_id) IS DISTINCT FROM (j.verdict, j.attempt_id)
"""

# Rupiah of a line that moves: what was asked for, since a file need not state amounts.
SUMMARY = """
SELECT verdict, outcome, code, count(*),
  coalesce(sum(CASE WHEN verdict = 'applies' THEN asked ELSE coalesce(amount, asked, 0) END), 0)::bigint
FROM judged GROUP BY verdict, outcome, code ORDER BY 4 DESC, 1, 2, 3
"""
MISSING = """
SELECT count(*), coalesce(sum(a.amount), 0)::bigint FROM autodebit_attempt a
WHERE a.batch_id = %(batch)s AND a.state IN ('sent', 'unknown')
  AND NOT EXISTS (SELECT 1 FROM judged j WHERE j.attempt_id = a.id)
"""

# In the order in which obligations and lines lie on disk: the updates then go through their pages once.
_MOVED = """
CREATE TEMP TABLE moved ON COMMIT DROP AS
SELECT said.line_id, said.number, said.outcome, said.code, a.id AS attempt_id, a.obligation_id, a.batch_id,
  a.mandate_id, a.amount, a.state AS was, b.profile_id, b.period, coalesce(reason.hard, false) AS hard,
  false AS after_remittance
FROM ({said}) said
JOIN autodebit_attempt a ON a.id = said.attempt_id
JOIN autodebit_batch b ON b.id = a.batch_id
LEFT JOIN autodebit_reasoncode reason
  ON reason.profile_id = b.profile_id AND reason.code = said.code AND said.outcome IN ('failed', 'returned')
ORDER BY a.obligation_id
"""
MOVED = _MOVED.format(
    said="SELECT line_id, number, outcome, code, attempt_id FROM judged WHERE verdict = 'applies'"
)
MOVED_BY_HAND = _MOVED.format(
    said="""SELECT NULL::bigint AS line_id, NULL::int AS number, %(outcome)s::varchar AS outcome,
      %(code)s::varchar AS code, %(attempt)s::uuid AS attempt_id"""
)
BATCHES_MOVED = "SELECT DISTINCT batch_id FROM moved ORDER BY batch_id"
MONTHS_OF_MONEY = "SELECT DISTINCT period FROM moved WHERE outcome <> 'failed'"

# To be asked when the months are held, so that no payment to BPJS comes in between. A debit that was refunded is out of
# what BPJS gets already; when the bank takes it back as well, that is a claim on the donor, too.
AFTER_REMITTANCE = """
UPDATE moved m SET after_remittance = true
WHERE m.outcome = 'returned' AND (
  EXISTS (SELECT 1 FROM autodebit_remittance paid
    WHERE paid.profile_id = m.profile_id AND paid.period = m.period AND paid.withdrawn_at IS NULL)
  OR EXISTS (SELECT 1 FROM autodebit_refund refund WHERE refund.attempt_id = m.attempt_id AND refund.state = 'paid'))
"""

# An outcome is the name of the state it leads to. The state is compared again: nothing moves twice. What had failed
# moves only when a person proves that it was paid (autodebit.actions.answers).
ATTEMPTS = """
UPDATE autodebit_attempt a SET state = m.outcome, code = m.code
FROM moved m WHERE a.id = m.attempt_id AND a.state = m.was
"""
OBLIGATIONS = """
UPDATE autodebit_obligation o
SET state = CASE m.outcome WHEN 'succeeded' THEN 'met' WHEN 'failed' THEN 'unmet' ELSE 'reopened' END
FROM moved m
WHERE o.id = m.obligation_id
  AND o.state = CASE WHEN m.outcome = 'returned' THEN 'met' WHEN m.was = 'failed' THEN 'unmet' ELSE 'open' END
"""
# A refund may have ended the obligation before the bank took the same money back as well.
COUNT_OF_OBLIGATIONS = """
SELECT count(*) FROM moved m JOIN autodebit_obligation o ON o.id = m.obligation_id
WHERE m.outcome <> 'returned' OR o.state = 'reopened'
"""
ENTRIES = """
INSERT INTO autodebit_entry (profile_id, period, kind, amount, batch_id, attempt_id, after_remittance,
  result_file_id, result_line, hand_answer_id, by_id, at, note)
SELECT profile_id, period, CASE outcome WHEN 'succeeded' THEN 'collected' ELSE 'returned' END,
  CASE outcome WHEN 'succeeded' THEN amount ELSE -amount END, batch_id, attempt_id, after_remittance,
  %(file)s, number, %(hand_answer)s, %(by)s, %(now)s, ''
FROM moved WHERE outcome IN ('succeeded', 'returned')
"""

_JOURNAL = """
INSERT INTO registry_auditevent (at, event, actor_kind, actor_user_id, object_type, object_id, detail)
SELECT %(now)s, '{event}', {actor}, '{type}', id::text, {detail} FROM {rows}
"""
_BY_STAFF = "'staff', %(by)s"
_FOLLOW_UP_OPENED = {
    "event": Event.FOLLOW_UP_OPENED,
    "type": "autodebit.followup",
    "detail": "jsonb_build_object('kind', kind, 'amount', amount)",
    "rows": "opened",
}
_OPENED = _JOURNAL.format(actor=_BY_STAFF, **_FOLLOW_UP_OPENED)
OPENED_BY_SYSTEM = _JOURNAL.format(actor="'system', NULL", **_FOLLOW_UP_OPENED)
_OPEN = """
WITH opened AS (
  INSERT INTO autodebit_followup
    (id, kind, state, profile_id, period, attempt_id, answer_id, amount, opened_at, outcome, reason)
  SELECT gen_random_uuid(), kind, 'open', profile_id, period, attempt_id, line_id, amount, %(now)s, '', ''
  FROM ({cases}) found
  ON CONFLICT (kind, attempt_id) WHERE state = 'open' DO NOTHING RETURNING id, kind, amount
)
"""
FOLLOW_UPS = (
    _OPEN.format(
        cases="""SELECT 'hard_code' AS kind, profile_id, period, attempt_id, line_id, amount FROM moved WHERE hard
    UNION ALL SELECT CASE WHEN after_remittance THEN 'receivable' ELSE 'late_return' END,
      profile_id, period, attempt_id, line_id, amount FROM moved WHERE outcome = 'returned'"""
    )
    + _OPENED
)
FOLLOW_UPS_OF_A_PERSON = (
    _OPEN.format(
        cases=f"""SELECT DISTINCT ON (j.verdict, a.id) j.verdict AS kind, b.profile_id, b.period,
      a.id AS attempt_id, j.line_id, a.amount
    FROM judged j JOIN autodebit_attempt a ON a.id = j.attempt_id JOIN autodebit_batch b ON b.id = a.batch_id
    WHERE j.verdict IN ({_TO_A_PERSON}) ORDER BY j.verdict, a.id, j.number"""
    )
    + _OPENED
)

# What the bank had not answered is answered now. A person who asked the bank has settled its contradictions, too.
_ANSWERED = """
WITH answered AS (
  UPDATE autodebit_followup f
  SET state = 'done', outcome = 'answered', done_by_id = %(by)s, done_at = %(now)s, reason = %(words)s
  FROM {about} AND f.state = 'open' AND f.kind = ANY(%(answered_kinds)s)
  RETURNING f.id, f.kind
)
""" + _JOURNAL.format(
    actor=_BY_STAFF,
    event=Event.FOLLOW_UP_SETTLED,
    type="autodebit.followup",
    detail="jsonb_build_object('kind', kind, 'outcome', 'answered')",
    rows="answered",
)
ANSWERED = _ANSWERED.format(about="moved m WHERE f.attempt_id = m.attempt_id")
# What was asked about single lines is answered by the refusal of all of them.
ANSWERED_BY_REFUSAL = _ANSWERED.format(
    about="autodebit_attempt a WHERE f.attempt_id = a.id AND a.batch_id = %(batch)s"
)

# The account is at fault, so a newer version over the same account waits as well, one over another account does not.
SUSPENDED = """
WITH suspended AS (
  UPDATE sponsorship_mandate live SET state = 'suspended'
  FROM moved m JOIN sponsorship_mandate signed ON signed.id = m.mandate_id
  WHERE m.hard AND live.lineage_id = signed.lineage_id AND live.state = 'active'
    AND live.bank_id = signed.bank_id AND live.account_index = signed.account_index
  RETURNING live.id, m.code
)
""" + _JOURNAL.format(
    actor=_BY_STAFF,
    event=Event.MANDATE_SUSPENDED,
    type="sponsorship.mandate",
    detail="jsonb_build_object('source', 'active', 'target', 'suspended', 'code', code)",
    rows="suspended",
)
