"""A whole city of made-up donors with active mandates, for measuring: set-based SQL, no action is called.

Everything a built month needs, one statement per table; only what must be sealed comes from Python.
"""

import io
from collections.abc import Iterator
from datetime import datetime
from uuid import uuid4

from django.db import connection, transaction

from autodebit.models import BankProfile
from registry import vault
from sponsorship.models.mandate import ACCOUNT_PLACE
from sponsorship.rules.mandate import ALPHABET, CODE_LENGTH, LETTERS, RANDOM_BYTES, new_code

_CODES = len(LETTERS) * len(ALPHABET) ** (CODE_LENGTH - 1)
# Prime and larger than any prime factor of _CODES: neighbours get codes far apart, and no two get the same.
_STRIDE = 299_999_999_977
_LINES_AT_ONCE = 10_000

_SEED = """CREATE TEMP TABLE seed (
  n int, mandate_id uuid, account bytea, account_index varchar, code varchar,
  donor_id uuid DEFAULT gen_random_uuid(),
  registration_id uuid DEFAULT gen_random_uuid(), lineage_id uuid DEFAULT gen_random_uuid(),
  worker_id uuid DEFAULT gen_random_uuid()) ON COMMIT DROP"""
_COPY = "COPY seed (n, mandate_id, account, account_index, code) FROM STDIN"
_ROWS = (
    """INSERT INTO registry_donor (id, created_at, channel, contact, contact_index, name, nip, nip_index, position,
      second_channel, second_contact, preferred, muted)
    SELECT donor_id, %(at)s, 'email', '', 'bench-' || donor_id, 'Contoh ' || n, '', '', '', '', '', '', '[]'
    FROM seed""",
    """INSERT INTO registry_document (id, kind, sha256, size, content_type, created_at)
    VALUES (%(paper)s, 'mandate_print', repeat('0', 64), 1, 'application/pdf', %(at)s)""",
    """INSERT INTO sponsorship_registration (id, reference, donor_id, kind, state, revision, started_at, touched_at,
      name, nip, nip_index, employment, position, opd_id, account, account_index, account_holder, ceiling, wished_start,
      notes, checks)
    SELECT registration_id, 'B' || code, donor_id, 'new', 'verified', 1, %(at)s, %(at)s, 'Contoh ' || n, '', '', 'pns',
      '', (%(offices)s)[1 + n %% array_length(%(offices)s, 1)], '', '', 'Contoh ' || n, 0, '', '[]', '[]' FROM seed""",
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
      programme, declared_income, base_income, funding, holds_nik, start_period, end_period, pause_from, pause_until,
      active_since, created_at)
    SELECT gen_random_uuid(), registration_id, donor_id, lineage_id, worker_id, 1, 'ready', 'jkk_jkm',
      %(base)s, %(base)s, 'asn_pribadi', 'bench-' || worker_id, %(period)s, '', '', '', '', %(at)s FROM seed""",
)
_REFERENCE_DATA = """SELECT (SELECT array_agg(id) FROM registry_opd), (SELECT array_agg(code) FROM registry_occupation),
    (SELECT min(code) FROM registry_kelurahan), (SELECT min(base_income) FROM sponsorship_tariffline)"""


def seed_mandates(count: int, *, at: datetime, period: str) -> None:
    """`count` made-up donors with an active mandate and one worker each, verified at `at`, due from `period` on.

    Needs the reference data. Called again in the same database it raises IntegrityError: the codes are the same.
    """
    bank = BankProfile.objects.order_by("bank_id").values_list("bank_id", flat=True)[0]
    values = {"at": at, "period": period, "paper": uuid4(), "bank": bank}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_REFERENCE_DATA)
        offices, work, kelurahan, base = cursor.fetchone()
        values |= {"offices": offices, "work": work, "kelurahan": kelurahan, "base": base}
        cursor.execute(_SEED)
        for rows in _in_chunks(count, bank):
            cursor.copy_expert(_COPY, rows)
        for statement in _ROWS:
            cursor.execute(statement, values)
        cursor.execute("DROP TABLE seed")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ANALYZE")


def _in_chunks(count: int, bank: str) -> Iterator[io.StringIO]:
    for start in range(1, count + 1, _LINES_AT_ONCE):
        end = min(start + _LINES_AT_ONCE, count + 1)
        yield io.StringIO("".join(_row(number, bank) for number in range(start, end)))


def _row(number: int, bank: str) -> str:
    mandate, account = uuid4(), f"{number:010d}"
    sealed = vault.seal(account.encode(), f"{ACCOUNT_PLACE}:{mandate}")
    index = vault.blind_index("account", f"{bank}:{account}")
    return f"{number}\t{mandate}\t\\\\x{sealed.hex()}\t{index}\t{_code(number)}\n"


def _code(number: int) -> str:
    return new_code((number * _STRIDE % _CODES).to_bytes(RANDOM_BYTES, "big"))
