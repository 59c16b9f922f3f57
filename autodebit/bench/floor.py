"""The floor under a built month: the bare writing of the same rows, into tables with the same columns, checks, unique
and foreign keys."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

from autodebit.models import Attempt, Batch, Exclusion, Obligation, ObligationLine

_ROWS = {
    Obligation: "SELECT * FROM autodebit_obligation WHERE period = %(period)s",
    ObligationLine: """SELECT l.* FROM autodebit_obligationline l
        JOIN autodebit_obligation o ON o.id = l.obligation_id WHERE o.period = %(period)s""",
    Attempt: "SELECT * FROM autodebit_attempt WHERE batch_id = %(batch)s",
    Exclusion: "SELECT * FROM autodebit_exclusion WHERE batch_id = %(batch)s",
}


class _Nowhere:
    """Takes text and forgets it."""

    def write(self, text: str) -> int:
        return len(text)


@contextmanager
def rows_and_equal_tables(batch: Batch) -> Iterator[None]:
    """The rows of a built batch of wave 1, and empty tables for them.

    LIKE takes columns, checks and indexes; the foreign keys are written again, as deferrable as they were.
    """
    values = {"period": batch.period, "batch": batch.pk}
    tables = [model._meta.db_table for model in _ROWS]
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(tables)}")
        for model, rows in _ROWS.items():
            table = model._meta.db_table
            cursor.execute(f"CREATE TEMP TABLE rows_{table} AS {rows}", values)
            cursor.execute(f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)")
            cursor.execute(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'",
                [table],
            )
            for (foreign_key,) in cursor.fetchall():
                cursor.execute(f"ALTER TABLE bare_{table} ADD {foreign_key}")
        yield
        for kind in ("bare", "rows"):
            cursor.execute(f"DROP TABLE {', '.join(f'{kind}_{table}' for table in tables)}")


def insert() -> None:
    """One INSERT ... SELECT a table."""
    with connection.cursor() as cursor:
        for model in _ROWS:
            table = model._meta.db_table
            cursor.execute(f"INSERT INTO bare_{table} SELECT * FROM rows_{table}")


def copy_out() -> None:
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY bare_{Attempt._meta.db_table} TO STDOUT", _Nowhere())


def seconds(work: Callable[[], object]) -> float:
    """Wall time of `work` with the checks of its foreign keys, which would otherwise wait for the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        started = time.perf_counter()
        work()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        return time.perf_counter() - started
