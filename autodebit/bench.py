"""The figure of the collection: building a month, against the bare writing of the same rows."""

import hashlib
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from psycopg2.extras import execute_values

from autodebit.actions.batches import open_due
from autodebit.actions.build import build
from autodebit.models import Attempt, BankProfile, Exclusion, Obligation, ObligationLine
from registry import vault
from sponsorship.models.mandate import ACCOUNT_PLACE
from sponsorship.queries import calendar
from sponsorship.rules.mandate import RANDOM_BYTES, new_code
from sponsorship.rules.months import Month

MONTH = Month(2027, 2)
GOAL = 3.0
ROUNDS = 3

# Everything a built month needs, one statement per table; only what must be sealed comes from Python.
_SEED = (
    """CREATE TEMP TABLE seed (
      n int, mandate_id uuid, account bytea, account_index varchar, code varchar,
      donor_id uuid DEFAULT gen_random_uuid(),
      registration_id uuid DEFAULT gen_random_uuid(), lineage_id uuid DEFAULT gen_random_uuid(),
      worker_id uuid DEFAULT gen_random_uuid()) ON COMMIT DROP""",
    """INSERT INTO registry_donor (id, created_at, channel, contact, contact_index, name, nip, nip_index, position)
    SELECT donor_id, %(at)s, 'email', '', 'bench-' || donor_id, 'Contoh ' || n, '', '', '' FROM seed""",
    """INSERT INTO registry_document (id, kind, sha256, size, content_type, created_at)
    VALUES (%(paper)s, 'mandate_print', repeat('0', 64), 1, 'application/pdf', %(at)s)""",
    """INSERT INTO sponsorship_registration (id, reference, donor_id, state, revision, started_at, touched_at,
      name, nip, nip_index, employment, position, opd_id, account, account_index, account_holder, ceiling, wished_start,
      notes, checks)
    SELECT registration_id, 'B' || code, donor_id, 'verified', 1, %(at)s, %(at)s, 'Contoh ' || n, '', '', 'pns', '',
      (%(offices)s)[1 + n %% array_length(%(offices)s, 1)], '', '', 'Contoh ' || n, 0, '', '[]', '[]' FROM seed""",
    """INSERT INTO sponsorship_mandatelineage (id, donor_id, code, created_at)
    SELECT lineage_id, donor_id, code, %(at)s FROM seed""",
    """INSERT INTO sponsorship_mandate (id, lineage_id, version, number, registration_id, state, bank_id, account,
      account_index, account_holder, ceiling, amount_at_issue, text_version, printed, checksum, pdf_id, pdf_sha256,
      issued_at, start_period, end_period, signing_method, signed_on, verified_at)
    SELECT mandate_id, lineage_id, 1, 'SK/B/' || code, registration_id, 'active', %(bank)s, account, account_index,
      'Contoh ' || n, 1000000, 16800, '1', '', '0', %(paper)s, repeat('0', 64), %(at)s, %(period)s, '', 'wet_scan',
      %(at)s::date, %(at)s FROM seed""",
    """INSERT INTO registry_worker (id, created_at, name, nik, nik_index, birth_date, sex, phone, phone_index,
      occupation_id, workplace, kelurahan_id)
    SELECT worker_id, %(at)s, 'Contoh Pekerja ' || n, '', 'bench-' || worker_id, DATE '1980-01-01', 'P', '', '',
      (%(work)s)[1 + n %% array_length(%(work)s, 1)], 'Contoh', %(kelurahan)s FROM seed""",
    """INSERT INTO sponsorship_sponsorship (id, registration_id, donor_id, lineage_id, worker_id, position, state,
      programme, declared_income, base_income, funding, holds_nik, start_period, end_period, created_at)
    SELECT gen_random_uuid(), registration_id, donor_id, lineage_id, worker_id, 1, 'ready', 'jkk_jkm',
      %(base)s, %(base)s, 'asn_pribadi', 'bench-' || worker_id, %(period)s, '', %(at)s FROM seed""",
)
_BARE = (Obligation, ObligationLine, Attempt, Exclusion)


class _NothingStays(Exception):
    """Ends a measurement: its rows are rolled back."""


def measure_build(count: int = 20_000) -> list[dict[str, Any]]:
    """A batch of `count` mandates, in seconds, against one bare INSERT ... SELECT of the same rows into equal tables
    (columns, checks, unique and foreign keys). The least disturbed of some rounds counts, on both sides.

    Needs the reference data and no other mandates. Leaves nothing behind.
    """
    rounds: list[tuple[float, float]] = []

    def work() -> None:
        seed_mandates(count, at=calendar().cutoff(MONTH.previous()))
        for _ in range(ROUNDS):
            _undone(lambda: rounds.append(_one_round(count)))

    _undone(work)
    built, bare = (min(seconds) for seconds in zip(*rounds, strict=True))
    ratio = built / bare
    return [
        {
            "name": f"batch of {count} mandates, built, against a bare INSERT ... SELECT of its rows",
            "value": round(built, 3),
            "unit": "s",
            "against": round(bare, 3),
            "ratio": round(ratio, 2),
            "goal": f"<= {GOAL:g}",
            "met": ratio <= GOAL,
        }
    ]


def _undone(work: Callable[[], object]) -> None:
    try:
        with transaction.atomic():
            work()
            raise _NothingStays
    except _NothingStays:
        pass


def _one_round(count: int) -> tuple[float, float]:
    at = calendar().cutoff(MONTH)
    batch = open_due(now=at)
    built = _seconds(lambda: build(batch_id=batch.pk, now=at))
    batch.refresh_from_db()
    if (batch.state, batch.count) != ("frozen", count):
        raise RuntimeError(f"The batch is {batch.state} with {batch.count} lines. {batch.build_note}")
    return built, _seconds_of_bare_copy()


def seed_mandates(count: int, *, at: datetime, period: str = str(MONTH)) -> None:
    """`count` made-up donors with an active mandate and one worker each, verified at `at` and due from `period` on."""
    values = {"at": at, "period": period, "paper": uuid4(), **_reference_data()}
    with connection.cursor() as cursor:
        cursor.execute(_SEED[0])
        rows = [_sealed(number, values["bank"]) for number in range(1, count + 1)]
        execute_values(
            cursor.cursor,
            "INSERT INTO seed (n, mandate_id, account, account_index, code) VALUES %s",
            rows,
            page_size=2_000,
        )
        for statement in _SEED[1:]:
            cursor.execute(statement, values)
        cursor.execute("DROP TABLE seed")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ANALYZE")


def _sealed(number: int, bank: str) -> tuple[int, UUID, bytes, str, str]:
    mandate, account = uuid4(), f"{number:010d}"
    code = new_code(hashlib.sha256(mandate.bytes).digest()[:RANDOM_BYTES])
    sealed = vault.seal(account.encode(), f"{ACCOUNT_PLACE}:{mandate}")
    return number, mandate, sealed, vault.blind_index("account", f"{bank}:{account}"), code


def _reference_data() -> dict:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT (SELECT array_agg(id) FROM registry_opd), (SELECT array_agg(code) FROM registry_occupation),
            (SELECT min(code) FROM registry_kelurahan), (SELECT min(base_income) FROM sponsorship_tariffline)"""
        )
        offices, work, kelurahan, base = cursor.fetchone()
    bank = BankProfile.objects.values_list("bank_id", flat=True).first()
    return {"offices": offices, "work": work, "kelurahan": kelurahan, "base": base, "bank": bank}


def _seconds_of_bare_copy() -> float:
    with connection.cursor() as cursor:
        for model in _BARE:
            _equal_table(cursor, model._meta.db_table)
        copy = [f"INSERT INTO bare_{m._meta.db_table} SELECT * FROM {m._meta.db_table}" for m in _BARE]
        return _seconds(lambda: [cursor.execute(statement) for statement in copy])


def _equal_table(cursor, table: str) -> None:
    """LIKE takes columns, checks and indexes; the foreign keys are written again, as deferrable as they were."""
    cursor.execute(f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)")
    cursor.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'",
        [table],
    )
    for (foreign_key,) in cursor.fetchall():
        cursor.execute(f"ALTER TABLE bare_{table} ADD {foreign_key}")
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _seconds(work) -> float:
    """Wall time of `work` with the checks of its foreign keys, which would otherwise wait for the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        started = time.perf_counter()
        work()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        return time.perf_counter() - started
