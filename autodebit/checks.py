"""The collection's part of `manage.py check_invariants`: each check counts its violations in the live database.

`CHECKS` is a list of (code, description, SQL or callable); both give one number, 0 when the invariant holds.
"""

from collections.abc import Callable

from django.apps import apps
from django.db import connection

from autodebit import checks_month
from autodebit.actions.build_sql import check_symbol_of
from autodebit.models import BankFile, Batch
from autodebit.queries import contents
from autodebit.rules.lifecycle import ENDED_BATCH, LIVE_ATTEMPT
from registry import vault
from registry.actions import documents
from sponsorship.models.mandate import ACCOUNT_PLACE
from sponsorship.queries import calendar, tariff
from sponsorship.rules.mandate import ALPHABET
from sponsorship.rules.months import Month
from sponsorship.rules.tariff import FundingSource, Price, Programme, Sector

Check = tuple[str, str, str | Callable[[], int]]

_PERIOD = r"^20\d\d-(0[1-9]|1[0-2])$"
_LIVE = ", ".join(f"'{state}'" for state in LIVE_ATTEMPT)
_NOT_FIXED = ("open", *ENDED_BATCH)


def count_of(check: str | Callable[[], int]) -> int:
    """The number of violations one check finds."""
    if callable(check):
        return check()
    with connection.cursor() as cursor:
        cursor.execute(check)
        return cursor.fetchone()[0]


def opened_accounts_that_differ() -> int:
    """Lines whose account is not their mandate's. Equal ciphertexts are not opened; others may have another key."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT a.mandate_id, a.account, m.account FROM autodebit_attempt a
            JOIN sponsorship_mandate m ON m.id = a.mandate_id WHERE a.account <> m.account"""
        )
        return sum(not _opens_alike(*row) for row in cursor.fetchall())


def _opens_alike(mandate_id, copied: memoryview, original: memoryview) -> bool:
    place = f"{ACCOUNT_PLACE}:{mandate_id}"
    try:
        return vault.unseal(bytes(copied), place) == vault.unseal(bytes(original), place)
    except vault.CannotOpen:
        return False


def mandates_without_word() -> int:
    """Mandates that were verified before the cut-off and not ended by then, with neither line nor exclusion, or both;
    and lines of mandates that were not there at the cut-off."""
    office = calendar()
    batches = Batch.objects.filter(wave=1, period__regex=_PERIOD).exclude(state__in=_NOT_FIXED)
    with connection.cursor() as cursor:
        found = 0
        for batch in batches:
            values = {
                "batch": batch.pk,
                "revision": batch.revision,
                "bank": batch.profile_id,
                "period": batch.period,
                "cutoff": office.cutoff(Month.parse(batch.period)),
            }
            cursor.execute(_WITHOUT_WORD, values)
            found += cursor.fetchone()[0]
        return found


_WITHOUT_WORD = """
WITH line AS (SELECT mandate_id FROM autodebit_attempt WHERE batch_id = %(batch)s AND revision = %(revision)s),
  left_out AS (SELECT mandate_id FROM autodebit_exclusion WHERE batch_id = %(batch)s AND revision = %(revision)s)
SELECT
  (SELECT count(*) FROM sponsorship_mandate m
   WHERE m.bank_id = %(bank)s AND m.verified_at < %(cutoff)s AND (m.ended_at IS NULL OR m.ended_at >= %(cutoff)s)
     AND m.state NOT IN ('issued', 'signed')
     AND m.id NOT IN (SELECT mandate_id FROM line) AND m.id NOT IN (SELECT mandate_id FROM left_out))
  + (SELECT count(*) FROM line JOIN left_out USING (mandate_id))
  + (SELECT count(*) FROM line JOIN sponsorship_mandate m ON m.id = line.mandate_id
     WHERE m.verified_at IS NULL OR m.verified_at >= %(cutoff)s OR m.bank_id <> %(bank)s
       OR m.start_period = '' OR m.start_period > %(period)s OR m.ended_at < %(cutoff)s)
"""


def contents_that_differ() -> int:
    """Batches whose lines are no longer what was frozen, counted and hashed anew."""
    batches = {batch.pk: batch for batch in Batch.objects.exclude(state="open")}
    found = contents(list(batches)) if batches else {}
    return sum((now.count, now.total, now.hash) != _frozen(batches[key]) for key, now in found.items())


def _frozen(batch: Batch) -> tuple[int, int, str]:
    return batch.count, batch.total, batch.content_hash


def damaged_files() -> int:
    """Sealed files whose bytes are missing or no longer have the hash that was kept with them."""
    found = 0
    for file in BankFile.objects.select_related("document"):
        try:
            documents.read(file.sha256)
            found += file.sha256 != file.document.sha256
        except documents.PaperDamaged:
            found += 1
    return found


def shares_off_the_tariff() -> int:
    """Workers' shares that no sector's price of their month, programme, base and funding gives, emptied ones aside."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT o.period, l.base_income, s.programme, s.funding, l.jkk, l.jkm, l.jht, count(*)
            FROM autodebit_obligationline l JOIN autodebit_obligation o ON o.id = l.obligation_id
            JOIN sponsorship_sponsorship s ON s.id = l.sponsorship_id
            WHERE l.amount > 0 AND o.state <> 'skipped' AND o.period ~ '{_PERIOD}' GROUP BY 1, 2, 3, 4, 5, 6, 7"""
        )
        rows = cursor.fetchall()
    prices, found = tariff(), 0
    for period, base, programme, funding, jkk, jkm, jht, number in rows:
        month = Month.parse(period)
        known = [
            prices.price(base, Programme(programme), sector, FundingSource(funding), month)
            for sector in Sector
        ]
        if (jkk, jkm, jht) not in [
            (price.jkk, price.jkm, price.jht) for price in known if isinstance(price, Price)
        ]:
            found += number
    return found


def missing_guards() -> int:
    """Triggers that forbid deleting or rewriting money, gone or switched off."""
    names = [
        (model._meta.db_table, trigger.get_pgid(model))
        for model in apps.get_app_config("autodebit").get_models()
        for trigger in getattr(model._meta, "triggers", ())
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgenabled <> 'D'")
        return len(set(names) - set(cursor.fetchall()))


# What build_sql writes and sponsorship.rules.mandate.line_reference says; tests hold these two together.
_NOT_OURS = f"""
SELECT count(*) FROM (
  SELECT a.reference, l.code || lpad(m.version::text, 2, '0') || substr(o.period, 3, 2) || substr(o.period, 6, 2)
    || substr('{ALPHABET}', a.number + 1, 1) AS body
  FROM autodebit_attempt a JOIN autodebit_obligation o ON o.id = a.obligation_id
  JOIN sponsorship_mandate m ON m.id = a.mandate_id JOIN sponsorship_mandatelineage l ON l.id = o.lineage_id
) line WHERE reference <> body || {check_symbol_of("body", 15).replace("%%", "%")}
"""

CHECKS: list[Check] = [
    (
        "I1",
        "Satu kewajiban per surat kuasa dan bulan; paling banyak satu percobaan hidup dan satu yang berhasil",
        f"""SELECT
          (SELECT count(*) FROM (SELECT 1 FROM autodebit_obligation
             GROUP BY lineage_id, period HAVING count(*) > 1) twice)
          + (SELECT count(*) FROM (SELECT 1 FROM autodebit_attempt WHERE state IN ({_LIVE})
             GROUP BY obligation_id HAVING count(*) > 1) twice)""",
    ),
    (
        "I2",
        "Bulan adalah nilai tersimpan yang sah, sama di batch dan kewajibannya",
        f"""SELECT (SELECT count(*) FROM autodebit_batch WHERE period !~ '{_PERIOD}')
          + (SELECT count(*) FROM autodebit_obligation WHERE period !~ '{_PERIOD}')
          + (SELECT count(*) FROM autodebit_attempt a JOIN autodebit_batch b ON b.id = a.batch_id
             JOIN autodebit_obligation o ON o.id = a.obligation_id WHERE b.period <> o.period)""",
    ),
    (
        "I3",
        "Baris yang dibekukan sama dengan surat kuasa yang ditandatangani",
        """SELECT count(*) FROM autodebit_attempt a JOIN sponsorship_mandate m ON m.id = a.mandate_id
        JOIN autodebit_obligation o ON o.id = a.obligation_id
        WHERE a.mandate_number <> m.number OR a.account_holder <> m.account_holder
          OR a.signed_on IS DISTINCT FROM m.signed_on OR o.lineage_id <> m.lineage_id""",
    ),
    ("I3", "Rekening pada baris adalah rekening di surat kuasanya", opened_accounts_that_differ),
    ("I4", "Setiap surat kuasa yang berlaku pada batas waktu punya baris atau alasan", mandates_without_word),
    (
        "I5",
        "Pembuat dan kedua penyetuju adalah tiga orang",
        """SELECT
          (SELECT count(*) FROM autodebit_approval ap JOIN autodebit_batch b ON b.id = ap.batch_id
           WHERE ap.by_id = ap.maker_id OR (ap.revision = b.revision AND ap.by_id = b.maker_id) OR EXISTS (
             SELECT 1 FROM registry_auditevent e WHERE e.object_type = 'autodebit.batch' AND e.object_id = b.id::text
               AND e.event IN ('batch.opened', 'batch.reopened', 'batch.narrowed')
               AND e.actor_user_id = ap.by_id AND e.at <= ap.at))
          + (SELECT count(*) FROM autodebit_batch b WHERE b.state NOT IN ('frozen', 'open', 'voided', 'bank_rejected')
             AND (SELECT count(DISTINCT by_id) FROM autodebit_approval ap
                  WHERE ap.batch_id = b.id AND ap.revision = b.revision) <> 2)""",
    ),
    (
        "I6",
        "Persetujuan terikat pada revisi dan isi batch",
        f"""SELECT count(*) FROM autodebit_approval ap JOIN autodebit_batch b ON b.id = ap.batch_id
        WHERE ap.revision > b.revision
          OR (ap.revision = b.revision AND b.state NOT IN {_NOT_FIXED} AND ap.content_hash <> b.content_hash)""",
    ),
    ("I6", "Isi batch masih sama dengan yang dibekukan", contents_that_differ),
    ("I7", "Berkas bank tidak berubah sejak disegel", damaged_files),
    (
        "I8",
        "Banyaknya dan jumlah sama di batch, baris, dan berkas; jumlah baris sama dengan kewajibannya",
        f"""SELECT
          (SELECT count(*) FROM autodebit_batch b LEFT JOIN LATERAL (
             SELECT count(*) AS number, coalesce(sum(amount), 0) AS total FROM autodebit_attempt a
             WHERE a.batch_id = b.id AND a.revision = b.revision) line ON true
           WHERE b.state <> 'open' AND (b.count <> line.number OR b.total <> line.total))
          + (SELECT count(*) FROM (
               SELECT 1 FROM autodebit_bankfile f JOIN autodebit_batch b ON b.id = f.batch_id GROUP BY b.id, f.format
               HAVING sum(f.count) <> b.count OR sum(f.total) <> b.total) file)
          + (SELECT count(*) FROM autodebit_attempt a JOIN autodebit_obligation o ON o.id = a.obligation_id
             WHERE a.state IN ({_LIVE}) AND a.amount <> o.amount)""",
    ),
    (
        "I9",
        "Rujukan baris unik selamanya",
        "SELECT count(*) - count(DISTINCT reference) FROM autodebit_attempt",
    ),
    ("I9", "Rujukan baris dibentuk dari surat kuasa, bulan, dan percobaannya", _NOT_OURS),
    (
        "I14",
        "Jumlah tidak melebihi batas tertinggi dan sama dengan jumlah bagian para pekerja",
        f"""SELECT
          (SELECT count(*) FROM autodebit_attempt a JOIN sponsorship_mandate m ON m.id = a.mandate_id
           WHERE a.amount > m.ceiling)
          + (SELECT count(*) FROM autodebit_obligation o
             WHERE EXISTS (SELECT 1 FROM autodebit_attempt a WHERE a.obligation_id = o.id AND a.state IN ({_LIVE}))
             AND o.amount <> (SELECT coalesce(sum(l.amount), 0) FROM autodebit_obligationline l
                              WHERE l.obligation_id = o.id))""",
    ),
    ("I14", "Bagian setiap pekerja sesuai tarif bulan itu", shares_off_the_tariff),
    (
        "I15",
        "Tidak ada potongan sebelum tanda tangan atau setelah pencabutan",
        f"""SELECT count(*) FROM autodebit_attempt a JOIN autodebit_batch b ON b.id = a.batch_id
        JOIN sponsorship_mandate m ON m.id = a.mandate_id
        WHERE a.state IN ({_LIVE}) AND (b.collection_date < a.signed_on
          OR (m.state <> 'replaced' AND m.ended_at < b.frozen_at)
          OR (m.end_period <> '' AND m.end_period < b.period))""",
    ),
    (
        "I16",
        "Tidak ada percobaan yang dihapus: nomornya berurutan",
        """SELECT count(*) FROM (SELECT 1 FROM autodebit_attempt GROUP BY obligation_id
        HAVING max(number) <> count(*)) gap""",
    ),
    ("I16", "Penjaga basis data terhadap penghapusan dan perubahan masih terpasang", missing_guards),
    *checks_month.CHECKS,
]
