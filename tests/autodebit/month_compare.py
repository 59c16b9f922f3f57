"""The database held against the model after every act, and what must never happen whatever the model says."""

from collections import Counter
from typing import Any

from django.db import connection

from autodebit.checks import CHECKS, count_of
from autodebit.models import Attempt, Batch, FollowUp, MonthClosing, Obligation, Refund
from sponsorship.models import Mandate
from tests.autodebit.month_model import STEPS, Model

HISTORY = (
    "registry_auditevent",
    "autodebit_entry",
    "autodebit_allocation",
    "autodebit_handanswer",
    "autodebit_approval",
    "autodebit_statementline",
)

# Notes every change of a state as the database sees it, whoever makes it and by whatever statement.
_WITNESS = """
CREATE TEMP TABLE steps_taken (kind text, was text, became text) ON COMMIT DROP;
CREATE FUNCTION pg_temp.note_step() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN INSERT INTO steps_taken VALUES (TG_ARGV[0], OLD.state, NEW.state); RETURN NULL; END';
""" + "".join(
    f"CREATE TRIGGER witness AFTER UPDATE ON autodebit_{kind} FOR EACH ROW "
    f"WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION pg_temp.note_step('{kind}');"
    for kind in STEPS
)


class Comparison:
    def __init__(self) -> None:
        self.history: dict[str, tuple[int, str]] = {}
        with connection.cursor() as cursor:
            cursor.execute(_WITNESS)

    def all(self, model: Model) -> None:
        self.steps_are_declared()
        self.history_only_grows()
        self.states(model)
        self.money(model)
        once_per_debt()

    def steps_are_declared(self) -> None:
        taken = rows("DELETE FROM steps_taken RETURNING kind, was, became")
        undeclared = {(kind, was, became) for kind, was, became in taken if (was, became) not in STEPS[kind]}
        assert not undeclared, f"steps that no lifecycle declares: {undeclared}"

    def history_only_grows(self) -> None:
        for table in HISTORY:
            last, known = self.history.get(table, (0, ""))
            ((now_known, now_last),) = rows(
                f"""SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY id) FILTER (WHERE id <= %s)), ''),
                coalesce(max(id), 0) FROM {table} t""",
                [last],
            )
            assert now_known == known, f"{table}: what was written is no longer what it was"
            if now_last != last:
                ((whole,),) = rows(f"SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM {table} t")
                self.history[table] = (now_last, whole)

    def states(self, model: Model) -> None:
        same(
            "debts",
            {(str(lineage), period): rest for lineage, period, *rest in Obligation.objects.values_list(
                "lineage", "period", "state", "amount")},
            {key: [debt.state, debt.amount] for key, debt in model.debts.items() if debt.lines},
            known_to_both=True,
        )  # fmt: skip
        same(
            "lines",
            {reference: rest for reference, *rest in Attempt.objects.values_list(
                "reference", "state", "code", "amount", "number", "revision", "batch")},
            {line.reference: [line.state, line.code, line.amount, line.number, line.revision, line.wave.pk]
             for line in model.lines()},
        )  # fmt: skip
        same(
            "batches",
            {pk: (rest if rest[3] else rest[:3]) for pk, *rest in Batch.objects.values_list(
                "pk", "wave", "state", "revision", "count", "total", "collection_date")},
            {wave.pk: [wave.number, wave.state, wave.revision] + (
                [wave.count, wave.total, wave.day] if wave.count else []) for wave in model.waves},
        )  # fmt: skip
        same(
            "tasks",
            Counter(FollowUp.objects.values_list("kind", "attempt__reference", "state", "outcome")),
            Counter((task.kind, task.line.reference, task.state, task.outcome) for task in model.tasks),
        )
        same(
            "refunds",
            Counter(Refund.objects.values_list("attempt__reference", "state")),
            Counter((refund.line.reference, refund.state) for refund in model.givebacks),
        )
        same(
            "mandates",
            {str(lineage): state for lineage, state in Mandate.objects.values_list("lineage", "state")},
            {donor.key: donor.state for donor in model.donors},
        )

    def money(self, model: Model) -> None:
        same(
            "books",
            _sums("""SELECT period, kind, after_remittance, sum(amount) FROM autodebit_entry
            GROUP BY 1, 2, 3"""),
            _added(((m.period, m.kind, m.after), m.amount) for m in model.books),
        )
        same(
            "explanations",
            _sums(
                """SELECT period, kind, batch_id, sum(amount) FROM autodebit_allocation GROUP BY 1, 2, 3"""
            ),
            _added(
                ((share.period, share.kind, share.wave and share.wave.pk), share.amount)
                for share in model.shares
            ),
        )
        for closing in MonthClosing.objects.all():
            figures = closing.figures
            went = figures["returned_before"] + figures["refunded"]
            assert figures["remitted"] == figures["collected"] - went, "I12 of a closed month"


def rows(statement: str, values: Any = None) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def same(what: str, found: dict, wanted: dict, *, known_to_both: bool = False) -> None:
    if known_to_both:  # a month that was skipped before it had a line says nothing about money
        found = {key: value for key, value in found.items() if key in wanted or value[0] != "skipped"}
    differ = {
        key: (found.get(key), wanted.get(key))
        for key in found.keys() | wanted.keys()
        if found.get(key) != wanted.get(key)
    }
    assert not differ, f"{what}: (database, model) {differ}"


def once_per_debt() -> None:
    """I1 by itself: one live line, one success that stands, two retries at most, nothing on a mandate revoked before
    its wave was built."""
    ((live, kept, tries, revoked),) = rows(
        """SELECT coalesce(max(live), 0), coalesce(max(kept), 0), coalesce(max(tries), 0), (
          SELECT count(*) FROM autodebit_attempt a JOIN sponsorship_mandate m ON m.id = a.mandate_id
          JOIN autodebit_batch b ON b.id = a.batch_id
          WHERE a.revision = b.revision AND a.state <> 'released' AND m.ended_at < b.frozen_at)
        FROM (SELECT count(*) FILTER (WHERE state IN ('frozen', 'approved', 'sent', 'unknown', 'succeeded')) AS live,
          count(*) FILTER (WHERE state = 'succeeded') AS kept, count(*) FILTER (WHERE state <> 'released') AS tries
          FROM autodebit_attempt GROUP BY obligation_id) debt"""
    )
    assert live <= 1 and kept <= 1, "two debits of one month at once"
    assert tries <= 3, "more than two retries"
    assert not revoked, "a line on a mandate that was revoked before"


def violated() -> list[str]:
    return [f"{code} {what}" for code, what, check in CHECKS if count_of(check)]


def _sums(statement: str) -> dict[tuple, int]:
    return {tuple(key): int(total) for *key, total in rows(statement) if total}


def _added(pairs) -> dict[tuple, int]:
    sums: Counter = Counter()
    for key, amount in pairs:
        sums[key] += amount
    return {key: total for key, total in sums.items() if total}
