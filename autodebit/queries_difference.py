"""This batch against the month before, donor by donor, with the reason; a fixed number of queries however many lines.

The first wave is compared with everything that the month before really tried to collect. A later wave holds only some
of the donors on purpose: there nobody has left, and who has a line is compared as in the first.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from autodebit.models import Batch
from autodebit.rules.difference import Facts, Kind, why
from sponsorship.rules.months import Month

_ROWS_AT_ONCE = 2_000

# One row for each donor whose debit is not the same in both months, with the bare facts of autodebit.rules.difference.
_PAIRS = """
WITH these AS (
  SELECT o.lineage_id, o.id AS obligation_id, a.amount, a.reference, a.mandate_number, a.account_holder, a.opd_id
  FROM autodebit_attempt a JOIN autodebit_obligation o ON o.id = a.obligation_id
  WHERE a.batch_id = %(batch)s AND a.revision = %(revision)s
), those AS (
  SELECT DISTINCT ON (o.lineage_id) o.lineage_id, o.id AS obligation_id, a.amount, a.reference, a.mandate_number,
    a.account_holder, a.opd_id
  FROM autodebit_attempt a
  JOIN autodebit_obligation o ON o.id = a.obligation_id
  JOIN autodebit_batch b ON b.id = a.batch_id
  WHERE b.profile_id = %(profile)s AND b.period = %(before)s AND a.state <> 'released'
  ORDER BY o.lineage_id, a.number DESC
), pairs AS (
  SELECT coalesce(these.lineage_id, those.lineage_id) AS lineage_id,
    CASE WHEN those.lineage_id IS NULL THEN 'joined' WHEN these.lineage_id IS NULL THEN 'left' ELSE 'changed' END
      AS kind,
    coalesce(these.reference, those.reference) AS reference,
    coalesce(these.mandate_number, those.mandate_number) AS mandate_number,
    coalesce(these.account_holder, those.account_holder) AS holder,
    coalesce(these.opd_id, those.opd_id) AS opd_id,
    coalesce(those.amount, 0) AS before, coalesce(these.amount, 0) AS after,
    these.obligation_id AS new_obligation, those.obligation_id AS old_obligation
  FROM these FULL JOIN those USING (lineage_id)
  WHERE these.amount IS DISTINCT FROM those.amount AND (these.lineage_id IS NOT NULL OR %(wave)s = 1)
), out_now AS (
  SELECT DISTINCT ON (m.lineage_id) m.lineage_id, e.reason
  FROM autodebit_exclusion e JOIN sponsorship_mandate m ON m.id = e.mandate_id
  WHERE e.batch_id = %(batch)s AND e.revision = %(revision)s
  ORDER BY m.lineage_id, m.version DESC
), out_before AS (
  SELECT DISTINCT ON (m.lineage_id) m.lineage_id, e.reason
  FROM autodebit_exclusion e
  JOIN autodebit_batch b ON b.id = e.batch_id AND b.revision = e.revision
  JOIN sponsorship_mandate m ON m.id = e.mandate_id
  WHERE b.profile_id = %(profile)s AND b.period = %(before)s AND b.state NOT IN ('voided', 'bank_rejected')
  ORDER BY m.lineage_id, b.wave, m.version DESC
), facts AS (
  SELECT p.*, coalesce(out_before.reason, skipped.reason, '') AS excluded_before,
    coalesce(out_now.reason, '') AS excluded_now,
    p.kind = 'joined' AND EXISTS (
      SELECT 1 FROM autodebit_obligation o
      WHERE o.lineage_id = p.lineage_id AND o.period < %(period)s AND o.state NOT IN ('planned', 'skipped')
    ) AS known_before,
    coalesce(newest.state, '') AS last_state, coalesce(newest.bank_id, %(profile)s) = %(profile)s AS same_bank,
    coalesce(shares.workers, 0) AS workers, coalesce(shares.swapped, false) AS swapped,
    coalesce(shares.cover, false) AS cover, coalesce(shares.tariff, false) AS tariff
  FROM pairs p
  LEFT JOIN out_now ON out_now.lineage_id = p.lineage_id AND p.kind = 'left'
  LEFT JOIN out_before ON out_before.lineage_id = p.lineage_id AND p.kind = 'joined'
  LEFT JOIN autodebit_obligation skipped ON skipped.lineage_id = p.lineage_id AND skipped.period = %(before)s
    AND skipped.state = 'skipped' AND p.kind = 'joined'
  LEFT JOIN LATERAL (
    SELECT m.state, m.bank_id FROM sponsorship_mandate m
    WHERE m.lineage_id = p.lineage_id AND m.verified_at IS NOT NULL ORDER BY m.version DESC LIMIT 1
  ) newest ON p.kind = 'left'
  LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE b.id IS NOT NULL) - count(*) FILTER (WHERE a.id IS NOT NULL) AS workers,
      count(*) FILTER (WHERE a.id IS NULL) > 0 AND count(*) FILTER (WHERE a.id IS NULL)
        = count(*) FILTER (WHERE b.id IS NULL) AS swapped,
      bool_or(a.base_income <> b.base_income OR (a.jht = 0) <> (b.jht = 0)) AS cover,
      bool_or(a.base_income = b.base_income AND (a.jht = 0) = (b.jht = 0) AND a.amount <> b.amount) AS tariff
    FROM (SELECT * FROM autodebit_obligationline WHERE obligation_id = p.old_obligation AND amount > 0) a
    FULL JOIN (SELECT * FROM autodebit_obligationline WHERE obligation_id = p.new_obligation AND amount > 0) b
      USING (sponsorship_id)
  ) shares ON p.kind = 'changed'
)
"""

_GROUPS = (
    _PAIRS
    + """
SELECT kind, excluded_before, excluded_now, known_before, last_state, same_bank, sign(workers)::int, swapped, cover,
  tariff, count(*), sum(before)::bigint, sum(after)::bigint
FROM facts GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
"""
)

_LINES = (
    _PAIRS
    + """
SELECT f.kind, f.excluded_before, f.excluded_now, f.known_before, f.last_state, f.same_bank, f.workers::int, f.swapped,
  f.cover, f.tariff, f.reference, f.mandate_number, f.holder, opd.name, f.before, f.after
FROM facts f LEFT JOIN registry_opd opd ON opd.id = f.opd_id
ORDER BY array_position(ARRAY['left', 'joined', 'changed'], f.kind), f.reference COLLATE "C"
"""
)
_FACTS = 10


@dataclass(frozen=True)
class Group:
    """Donors of one kind and reason (the first one, where there are several); `before` and `after` in rupiah."""

    kind: Kind
    reason: str
    count: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Line:
    """One donor; `reference` is that of this month's line, or of last month's where there is none now."""

    kind: Kind
    reasons: tuple[str, ...]
    reference: str
    mandate_number: str
    holder: str
    office: str
    before: int
    after: int


def groups_of(batch: Batch) -> list[Group]:
    """Every kind and reason that occurs, who left first, the most frequent reason first."""
    counts: Counter[tuple[Kind, str]] = Counter()
    before, after = Counter(), Counter()
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS, _names(batch))
        for row in cursor.fetchall():
            *facts, count, was, is_now = row
            key = facts[0], why(Facts(*facts))[0]
            counts[key] += count
            before[key] += was
            after[key] += is_now
    order = ("left", "joined", "changed")
    keys = sorted(counts, key=lambda key: (order.index(key[0]), -counts[key], key[1]))
    return [Group(*key, counts[key], before[key], after[key]) for key in keys]


def lines_between(batch: Batch, first: int, number: int) -> list[Line]:
    """`number` lines from place `first` (0 for the first) in the order of the list."""
    with connection.cursor() as cursor:
        cursor.execute(
            _LINES + " LIMIT %(number)s OFFSET %(first)s", _names(batch, number=number, first=first)
        )
        return [_line(row) for row in cursor.fetchall()]


def all_lines(batch: Batch) -> Iterator[Line]:
    """Every line, from a cursor on the server: the process holds a few thousand at a time."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.itersize = _ROWS_AT_ONCE
        cursor.execute(_LINES, _names(batch))
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            yield from map(_line, rows)


def _line(row: tuple) -> Line:
    facts = Facts(*row[:_FACTS])
    reference, number, holder, office, before, after = row[_FACTS:]
    return Line(facts.kind, why(facts), reference, number, holder, office or "", before, after)


def _names(batch: Batch, **more: int) -> dict:
    return {
        "batch": batch.pk,
        "revision": batch.revision,
        "profile": batch.profile_id,
        "period": batch.period,
        "before": str(Month.parse(batch.period).previous()),
        "wave": batch.wave,
        **more,
    }
