"""The statements of a build, in the order in which they run. Each works on all mandates at once.

The CASE expressions say in SQL what `autodebit.rules.due.why_excluded` says for one mandate; a test compares the two
over a made-up population. Parameters: see `autodebit.actions.build._parameters`.
"""

from sponsorship.rules.mandate import ALPHABET, BASE, WEIGHT

DROP = "DROP TABLE IF EXISTS cut_mandate, cut_line, cut_price, cut_due, cut_owed"

# Until the end of the transaction. With the few megabytes of a default the joins of a whole city go through files.
ROOM = "SET LOCAL work_mem = '64MB'"

# FOR SHARE: who changes a mandate or a sponsorship now waits for this build, and then reads that the month is frozen.
MANDATES = """
CREATE TEMP TABLE cut_mandate ON COMMIT DROP AS
SELECT m.id AS mandate_id, m.lineage_id, o.id AS obligation_id, coalesce(tried.attempts, 0) AS attempts,
  CASE
    WHEN m.state <> ALL(%(live_mandate)s)
      AND NOT (m.state = 'replaced' AND m.end_period >= %(period)s AND lineage.ended_at IS NULL) THEN 'revoked'
    WHEN m.state = 'suspended' THEN 'suspended'
    WHEN m.state = 'lodged' OR (m.state = 'verified' AND %(requires_lodging)s) THEN 'not_lodged'
    WHEN m.state = 'verified' THEN 'not_active'
    WHEN length(m.account) = 0 OR r.opd_id IS NULL OR m.verified_at IS NULL OR m.signed_on IS NULL THEN 'incomplete'
    WHEN m.verified_at >= %(cutoff)s OR m.signed_on > %(cutoff_day)s THEN 'verified_late'
    WHEN m.start_period = '' OR m.start_period > %(period)s THEN 'starts_later'
    WHEN m.end_period <> '' AND m.end_period < %(period)s THEN 'ended'
    WHEN o.state = 'skipped' THEN o.reason
    WHEN o.state <> 'planned' OR tried.alive THEN 'in_collection'
    WHEN tried.attempts >= %(most_attempts)s THEN 'attempts_used_up'
  END::varchar(30) AS reason
FROM sponsorship_mandate m
JOIN sponsorship_mandatelineage lineage ON lineage.id = m.lineage_id
JOIN sponsorship_registration r ON r.id = m.registration_id
LEFT JOIN autodebit_obligation o ON o.lineage_id = m.lineage_id AND o.period = %(period)s
LEFT JOIN (
  SELECT a.obligation_id, max(a.number) AS attempts, bool_or(a.state = ANY(%(live_attempt)s)) AS alive
  FROM autodebit_attempt a JOIN autodebit_obligation of_month ON of_month.id = a.obligation_id
  WHERE of_month.period = %(period)s GROUP BY a.obligation_id
) tried ON tried.obligation_id = o.id
WHERE m.bank_id = %(bank)s
  AND (m.state = ANY(%(live_mandate)s) OR (m.verified_at < %(cutoff)s AND m.ended_at >= %(cutoff)s))
FOR SHARE OF m
"""

LINES = """
CREATE TEMP TABLE cut_line ON COMMIT DROP AS
SELECT c.lineage_id, s.id AS sponsorship_id, s.base_income, s.programme, work.sector, s.funding
FROM cut_mandate c
JOIN sponsorship_sponsorship s ON s.lineage_id = c.lineage_id
JOIN registry_worker w ON w.id = s.worker_id
JOIN registry_occupation work ON work.code = w.occupation_id
WHERE c.reason IS NULL AND s.state = ANY(%(due_sponsorship)s)
  AND s.start_period <> '' AND s.start_period <= %(period)s AND (s.end_period = '' OR s.end_period >= %(period)s)
  AND NOT (s.pause_from <> '' AND s.pause_from <= %(period)s AND (s.pause_until = '' OR %(period)s < s.pause_until))
  AND (w.birth_date IS NULL OR w.birth_date + make_interval(years => %(age_limit)s) > %(first_day)s)
FOR SHARE OF s
"""

KINDS_OF_LINES = "SELECT DISTINCT base_income, programme, sector, funding FROM cut_line ORDER BY 1, 2, 3, 4"

PRICES = """
CREATE TEMP TABLE cut_price (
  base_income bigint, programme varchar, sector varchar, funding varchar, jkk bigint, jkm bigint, jht bigint
) ON COMMIT DROP
"""

DUE = """
CREATE TEMP TABLE cut_due ON COMMIT DROP AS
SELECT c.mandate_id, c.lineage_id, c.obligation_id, c.attempts, coalesce(due.amount, 0) AS amount,
  CASE
    WHEN c.reason IS NOT NULL THEN c.reason
    WHEN coalesce(due.amount, 0) = 0 THEN 'no_lines'
    WHEN due.amount > m.ceiling THEN 'ceiling'
  END::varchar(30) AS reason
FROM cut_mandate c
JOIN sponsorship_mandate m ON m.id = c.mandate_id
LEFT JOIN (
  SELECT lineage_id, sum(jkk + jkm + jht)::bigint AS amount
  FROM cut_line JOIN cut_price USING (base_income, programme, sector, funding) GROUP BY lineage_id
) due ON due.lineage_id = c.lineage_id AND c.reason IS NULL
"""

ANALYZE_MANDATES, ANALYZE_LINES, ANALYZE_DUE, ANALYZE_OWED = (
    "ANALYZE cut_mandate",
    "ANALYZE cut_line, cut_price",
    "ANALYZE cut_due",
    "ANALYZE cut_owed",
)
# Months later the planner would still believe in the tables of the month before, or in empty ones, and join row by row:
# counting, approving, sealing and a second build of the same month come before the server looks by itself.
ANALYZE_WRITTEN = (
    "ANALYZE autodebit_obligation, autodebit_obligationline, autodebit_attempt, autodebit_exclusion"
)

# Who is debited, with the obligation. A table of its own because it can be analysed: of rows just written to
# autodebit_obligation the planner knows nothing, and looks up each mandate by itself.
OWED = """
CREATE TEMP TABLE cut_owed (
  lineage_id uuid, mandate_id uuid, obligation_id bigint, attempts integer, amount bigint
) ON COMMIT DROP
"""

NEW_OBLIGATIONS = """
WITH made AS (
  INSERT INTO autodebit_obligation (lineage_id, mandate_id, period, amount, state, reason, planned_at)
  SELECT lineage_id, mandate_id, %(period)s, amount,
    CASE WHEN reason IS NULL THEN 'planned' ELSE 'skipped' END, coalesce(reason, ''), %(now)s
  FROM cut_due WHERE obligation_id IS NULL AND (reason IS NULL OR reason = ANY(%(skips)s))
  RETURNING id, lineage_id, mandate_id, amount, state
)
INSERT INTO cut_owed
SELECT lineage_id, mandate_id, id, 0, amount FROM made WHERE state = 'planned'
UNION ALL
SELECT lineage_id, mandate_id, obligation_id, attempts, amount FROM cut_due
WHERE obligation_id IS NOT NULL AND reason IS NULL
"""

# A month planned by an earlier revision is planned anew; who fell out of it since is skipped, with the reason.
REPLANNED_OBLIGATIONS = """
UPDATE autodebit_obligation o
SET mandate_id = c.mandate_id, amount = c.amount
FROM cut_due c WHERE o.id = c.obligation_id AND o.state = 'planned' AND c.reason IS NULL
"""
SKIPPED_OBLIGATIONS = """
UPDATE autodebit_obligation o SET state = 'skipped', reason = c.reason
FROM cut_due c
WHERE o.id = c.obligation_id AND o.state = 'planned' AND c.reason NOT IN ('in_collection', 'attempts_used_up')
  AND NOT EXISTS (
    SELECT 1 FROM cut_due other WHERE other.obligation_id = o.id
      AND (other.reason IS NULL OR other.reason IN ('in_collection', 'attempts_used_up'))
  )
"""

# Nothing about money is deleted (I16): the share of a worker who is no longer due becomes nought.
EMPTIED_LINES = """
UPDATE autodebit_obligationline l SET jkk = 0, jkm = 0, jht = 0, amount = 0
FROM cut_due c WHERE l.obligation_id = c.obligation_id AND c.reason IS NULL
"""
OBLIGATION_LINES = """
INSERT INTO autodebit_obligationline (obligation_id, sponsorship_id, base_income, jkk, jkm, jht, amount)
SELECT c.obligation_id, l.sponsorship_id, l.base_income, p.jkk, p.jkm, p.jht, p.jkk + p.jkm + p.jht
FROM cut_owed c
JOIN cut_line l ON l.lineage_id = c.lineage_id
JOIN cut_price p USING (base_income, programme, sector, funding)
"""
RENEWED_LINES = """
ON CONFLICT (obligation_id, sponsorship_id) DO UPDATE SET base_income = excluded.base_income,
  jkk = excluded.jkk, jkm = excluded.jkm, jht = excluded.jht, amount = excluded.amount
"""


def check_symbol_of(column: str, length: int) -> str:
    """The check symbol of sponsorship.rules.mandate in SQL, over the first `length` symbols of `column`.

    Written out term by term: five times faster than a subquery over generate_series, which matters for every line.
    """
    terms = " + ".join(
        f"(strpos('{ALPHABET}', substr({column}, {place + 1}, 1)) - 1) * {WEIGHT**place % BASE}"
        for place in range(length)
    )
    return f"substr('{ALPHABET}', 1 + ({terms}) %% {BASE}, 1)"


BODY = f"""lineage.code || lpad(m.version::text, 2, '0') || substr(%(period)s, 3, 2) || substr(%(period)s, 6, 2)
    || substr('{ALPHABET}', c.attempts + 2, 1)"""

# Copies, not references: what the donor, the office or the tariff does later does not reach the line (I3).
# In the order of the files, so that whoever reads the batch reads the table from front to back.
ATTEMPTS = f"""
INSERT INTO autodebit_attempt (
  id, obligation_id, batch_id, revision, number, reference, state, amount,
  mandate_id, mandate_number, signed_on, account, account_holder, opd_id, code)
SELECT gen_random_uuid(), line.obligation_id, %(batch)s, %(revision)s, line.number,
  line.body || {check_symbol_of("line.body", 15)}, 'frozen', line.amount,
  line.mandate_id, line.mandate_number, line.signed_on, line.account, line.account_holder, line.opd_id, ''
FROM (
  SELECT c.obligation_id, c.attempts + 1 AS number, {BODY} AS body, c.amount,
    m.id AS mandate_id, m.number AS mandate_number, m.signed_on, m.account, m.account_holder,
    coalesce(lineage.opd_id, r.opd_id) AS opd_id
  FROM cut_owed c
  JOIN sponsorship_mandate m ON m.id = c.mandate_id
  JOIN sponsorship_mandatelineage lineage ON lineage.id = c.lineage_id
  JOIN sponsorship_registration r ON r.id = m.registration_id
) line
ORDER BY line.body COLLATE "C"
"""

EXCLUSIONS = """
INSERT INTO autodebit_exclusion (batch_id, revision, mandate_id, reason)
SELECT %(batch)s, %(revision)s, mandate_id, reason FROM cut_due WHERE reason IS NOT NULL
"""
