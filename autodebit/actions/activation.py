"""From a promise to a protected worker: what BPJS has confirmed is written on the promises of that month, and said.

Looked up, not triggered: confirming a payment writes one row, and the sweep finds whom it protects. A lost task or a
killed worker costs only the time to the next one.
"""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from autodebit.models import BankProfile
from autodebit.queries_cover import CONFIRMED, UNTOLD, months_to_activate
from registry.actions import messages
from registry.actions.messages import Saying
from registry.models import Donor
from registry.rules.events import Event
from sponsorship.actions.registration import resume_url
from sponsorship.models import Mandate
from sponsorship.rules.months import Month

# Donors in one transaction, and transactions in one go: a sweep has other work, too.
AT_ONCE = 500
CHUNKS = 20
_FIRST = UUID(int=0)

_OF_THE_MONTH = f"""{UNTOLD.format(period="%(period)s")} AND EXISTS (
      SELECT 1 FROM autodebit_obligationline line JOIN autodebit_obligation o ON o.id = line.obligation_id
      JOIN sponsorship_mandate m ON m.id = o.mandate_id
      WHERE line.sponsorship_id = s.id AND line.amount > 0 AND o.period = %(period)s
        AND (%(bank)s IS NULL OR m.bank_id = %(bank)s) AND {CONFIRMED})"""

_DONORS = f"""
    SELECT DISTINCT s.donor_id FROM sponsorship_sponsorship s
    WHERE s.donor_id > %(after)s::uuid AND {_OF_THE_MONTH}
    ORDER BY s.donor_id LIMIT %(most)s
"""
# Locked and then compared again: who pauses or ends a promise meanwhile is before or after this, never both.
_LOCK = f"""
    SELECT s.id, s.state FROM sponsorship_sponsorship s WHERE s.donor_id = ANY(%(donors)s) AND {_OF_THE_MONTH}
    ORDER BY s.id FOR UPDATE
"""
_ACTIVATE = f"""
    WITH protected AS (
      UPDATE sponsorship_sponsorship s SET active_since = %(period)s,
        state = CASE WHEN s.state = 'ready' THEN 'active' ELSE s.state END
      FROM unnest(%(ids)s::uuid[], %(states)s::text[]) AS known(id, state)
      WHERE s.id = known.id AND s.state = known.state RETURNING s.id, s.donor_id, s.registration_id, known.state AS was
    ), written AS (
      INSERT INTO registry_auditevent (at, event, actor_kind, object_type, object_id, opd_id, detail)
      SELECT %(now)s, '{Event.SPONSORSHIP_ACTIVATED}', 'system', 'sponsorship.sponsorship', p.id::text, r.opd_id,
        jsonb_build_object('source', 'ready', 'target', 'active', 'period', %(period)s::text)
      FROM protected p JOIN sponsorship_registration r ON r.id = p.registration_id WHERE p.was = 'ready'
    )
    SELECT donor_id, count(*) FROM protected GROUP BY donor_id
"""


def activate_due(*, now: datetime) -> int:
    """Activates what any confirmed payment protects; answers how many promises."""
    return sum(
        activate_confirmed(period=period, profile=profile, now=now)
        for profile, period in months_to_activate()
    )


def activate_confirmed(*, period: str, profile: BankProfile | None = None, now: datetime) -> int:
    """Writes `active_since` on every promise with a confirmed line in the month, and moves those that were `ready` to
    `active`; answers how many.

    `period`: "YYYY-MM"; `profile`: of this bank only. A promise that is paused or ending keeps its state and learns
    since when it protects; an earlier month that is confirmed later corrects it. Each donor hears once a month how
    many of their workers are protected from now on. Chunked by donor, each chunk a transaction of its own; what is
    left is done by the next sweep. Twice at once does no harm.
    """
    found = {"period": period, "bank": profile.pk if profile else None, "most": AT_ONCE, "now": now}
    after = _FIRST
    activated = 0
    for _ in range(CHUNKS):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_DONORS, {**found, "after": str(after)})
            donors = [row[0] for row in cursor.fetchall()]
            cursor.execute(_LOCK, {**found, "donors": donors})
            rows = cursor.fetchall()
            ids, states = [str(row[0]) for row in rows], [row[1] for row in rows]
            cursor.execute(_ACTIVATE, {**found, "ids": ids, "states": states})
            protected = dict(cursor.fetchall())
            _tell(protected, Month.parse(period), now)
        activated += sum(protected.values())
        if len(donors) < AT_ONCE:
            break
        after = donors[-1]
    return activated


def _tell(protected: dict, month: Month, now: datetime) -> None:
    """{donor id: how many workers of theirs}. Without a name of a worker, as all messages about money."""
    # The last paper that counted: the page of a registration that was given up is closed.
    papers = Mandate.objects.filter(lineage__donor__in=protected, verified_at__isnull=False)
    papers = papers.select_related("registration", "lineage").order_by("verified_at")
    registrations = {paper.lineage.donor_id: paper.registration for paper in papers}
    messages.queue_many(
        event="worker_protected",
        now=now,
        sayings=[
            Saying(
                messages.donor_recipient(donor),
                {
                    "name": donor.name,
                    "count": protected[donor.pk],
                    "month": month.label(),
                    "link": resume_url(registrations[donor.pk]),
                },
                period=str(month),
            )
            for donor in Donor.objects.filter(pk__in=protected)
        ],
    )
