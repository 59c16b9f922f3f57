"""Who has to be told what about a debit and was not told yet: the records of the month against the outbox."""

from django.db import connection

from autodebit.models import Attempt
from registry.rules.preferences import kind_of

_COLUMNS = "a.id"
_FROM = """
    FROM autodebit_attempt a
    JOIN autodebit_batch b ON b.id = a.batch_id
    JOIN autodebit_obligation o ON o.id = a.obligation_id
    JOIN sponsorship_mandatelineage l ON l.id = o.lineage_id
"""
_UNTOLD = """
    NOT EXISTS (SELECT 1 FROM registry_message m
      WHERE m.event = %(event)s AND m.recipient = l.donor_id::text AND m.period = o.period AND m.occasion = {occasion})
    AND NOT EXISTS (SELECT 1 FROM registry_donor d WHERE d.id = l.donor_id AND d.muted ? %(optional)s)
"""
_FIRST = "''"

# Before the first debit and before every one of another amount; on the day of the debit it would come too late.
NOTICE = f"""
    SELECT {_COLUMNS} {_FROM}
    LEFT JOIN LATERAL (
      SELECT e.amount FROM autodebit_obligation e
      WHERE e.lineage_id = o.lineage_id AND e.period < o.period AND e.state IN ('open', 'met', 'unmet', 'reopened')
      ORDER BY e.period DESC LIMIT 1) before ON true
    WHERE b.period = %(period)s AND b.state IN ('sealed', 'delivered') AND b.collection_date >= %(today)s
      AND a.state IN ('approved', 'sent') AND before.amount IS DISTINCT FROM a.amount
      AND {_UNTOLD.format(occasion=_FIRST)}
    ORDER BY a.id LIMIT %(most)s
"""

# A second success of a month follows a return that the donor was told of: it is another occasion.
_OCCASION = """CASE WHEN EXISTS (
      SELECT 1 FROM autodebit_entry earlier JOIN autodebit_attempt ea ON ea.id = earlier.attempt_id
      WHERE ea.obligation_id = a.obligation_id AND earlier.kind = %(kind)s AND earlier.id < e.id)
    THEN a.reference ELSE '' END"""
MONEY = f"""
    SELECT {_COLUMNS}, {_OCCASION} {_FROM}
    JOIN autodebit_entry e ON e.attempt_id = a.id AND e.kind = %(kind)s AND e.period = %(period)s
    WHERE e.at >= %(since)s AND {_UNTOLD.format(occasion=_OCCASION)}
    ORDER BY e.id LIMIT %(most)s
"""

# The last attempt failed and nothing is under way: `again` when the code lets it be tried and tries are left. While the
# bank contradicts itself about a debit of the month it may be paid, and nobody is told that it failed.
FAILED = f"""
    SELECT {_COLUMNS} {_FROM}
    JOIN sponsorship_mandate m ON m.id = a.mandate_id
    LEFT JOIN autodebit_reasoncode code ON code.profile_id = b.profile_id AND code.code = a.code
    WHERE o.period = %(period)s AND o.state = 'unmet' AND a.state = 'failed'
      AND a.number = (SELECT max(number) FROM autodebit_attempt last
                      WHERE last.obligation_id = o.id AND last.state <> 'released')
      AND (coalesce(code.retryable, false) AND %(day_left)s AND m.state IN ('active', 'replaced') AND (
             SELECT count(*) FROM autodebit_attempt tried
             WHERE tried.obligation_id = o.id AND tried.state <> 'released') <= %(most_retries)s) = %(again)s
      AND NOT EXISTS (
        SELECT 1 FROM autodebit_followup f JOIN autodebit_attempt asked ON asked.id = f.attempt_id
        WHERE asked.obligation_id = o.id AND f.state = 'open' AND f.kind = ANY(%(disputes)s))
      AND {_UNTOLD.format(occasion=_FIRST)}
    ORDER BY a.id LIMIT %(most)s
"""


def untold(statement: str, **values) -> list[tuple[Attempt, str]]:
    """(attempt, occasion) of those who are not told, with all that their message says read along."""
    # Who muted this kind is no row to come back to with every sweep.
    values["optional"] = kind_of(values["event"])
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        occasions = {row[0]: row[1] if len(row) > 1 else "" for row in cursor.fetchall()}
    found = Attempt.objects.filter(pk__in=occasions).select_related(
        "obligation__lineage__donor", "batch__profile__bank", "mandate__registration"
    )
    return [(attempt, occasions[attempt.pk]) for attempt in found]
