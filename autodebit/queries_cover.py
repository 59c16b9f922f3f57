"""Which months BPJS confirmed, for whom: the one statement behind "protected" (invariant I19)."""

from django.db import connection

from autodebit.models import BankProfile

# Money of one obligation that stayed until the month was paid to BPJS, by the first payment after it that stands; true
# when BPJS confirmed that payment. What goes back later leaves a claim on the donor, not a hole in the cover.
# To be joined with: autodebit_obligation o.
CONFIRMED = """EXISTS (
    SELECT 1 FROM autodebit_attempt a JOIN autodebit_entry e ON e.attempt_id = a.id AND e.kind = 'collected'
    WHERE a.obligation_id = o.id
      AND NOT EXISTS (SELECT 1 FROM autodebit_entry gone
        WHERE gone.attempt_id = a.id AND gone.kind IN ('returned', 'refunded') AND NOT gone.after_remittance)
      AND (SELECT r.confirmed_on FROM autodebit_remittance r
        WHERE r.profile_id = e.profile_id AND r.period = e.period AND r.withdrawn_at IS NULL
          AND r.recorded_at >= e.at ORDER BY r.recorded_at LIMIT 1) IS NOT NULL)"""

# A promise that may have had a month without knowing it: due some month, not known to be protected since then.
UNTOLD = "s.state IN ('ready', 'active', 'paused', 'ending') AND (s.active_since = '' OR s.active_since > {period})"

_WAITING = f"""
    SELECT DISTINCT r.profile_id, r.period FROM autodebit_remittance r
    WHERE r.confirmed_on IS NOT NULL AND r.withdrawn_at IS NULL AND EXISTS (
      SELECT 1 FROM sponsorship_sponsorship s WHERE {UNTOLD.format(period="r.period")} AND s.start_period <> ''
        AND s.start_period <= r.period)
    ORDER BY r.period, r.profile_id
"""


def months_to_activate() -> list[tuple[BankProfile, str]]:
    """(bank, period) of every confirmed payment that may have protected somebody who does not know it yet."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        found = cursor.fetchall()
    profiles = BankProfile.objects.in_bulk({bank for bank, _ in found})
    return [(profiles[bank], period) for bank, period in found]
