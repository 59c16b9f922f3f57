"""The invariants of the collection month for `manage.py check_invariants`: answers, books, closings, second persons.

As in autodebit.checks: (code, description, SQL or callable), each counting its violations.
"""

from autodebit.actions.books import hash_of
from autodebit.models import MonthClosing
from autodebit.queries_books import books_of
from autodebit.queries_cover import CONFIRMED

# The sums of a closing that its own rows give again; claims and suspense move on after it.
_FIXED = (
    "collected",
    "returned_before",
    "returned_after",
    "refunded",
    "refunded_after",
    "fees",
    "topped_up",
    "remitted",
)


def closings_that_differ() -> int:
    """Closed months whose rows no longer give the figures they were closed with, or whose figures have another hash, or
    that paid BPJS another sum than collected less what had gone back."""
    found = 0
    for closing in MonthClosing.objects.select_related("profile"):
        figures = closing.figures
        now = books_of(closing.profile, closing.period, closing)
        same = all(getattr(now, name) == figures[name] for name in _FIXED)
        explained = {kind: now.in_bank.get(kind, 0) for kind in now.entries()}
        paid = figures["collected"] - figures["returned_before"] - figures["refunded"] == figures["remitted"]
        balanced = explained == now.entries() and figures["unexplained"] == 0
        found += not (same and paid and balanced and hash_of(figures) == closing.sha256)
    return found


CHECKS = [
    (
        "I2",
        "Buku, penjelasan, dan tindak lanjut berada di bulan kumpulannya",
        """SELECT
          (SELECT count(*) FROM autodebit_entry e JOIN autodebit_batch b ON b.id = e.batch_id
           WHERE e.period <> b.period OR e.profile_id <> b.profile_id)
          + (SELECT count(*) FROM autodebit_allocation a JOIN autodebit_batch b ON b.id = a.batch_id
             WHERE a.period <> b.period OR a.profile_id <> b.profile_id)
          + (SELECT count(*) FROM autodebit_followup f JOIN autodebit_attempt a ON a.id = f.attempt_id
             JOIN autodebit_batch b ON b.id = a.batch_id WHERE f.period <> b.period)""",
    ),
    (
        "I5",
        "Pembatalan, pengembalian dana, dan penutupan bulan oleh orang kedua",
        """SELECT
          (SELECT count(*) FROM autodebit_batch WHERE state = 'voided'
             AND (voided_by_id IS NULL OR void_requested_by_id IS NULL OR voided_by_id = void_requested_by_id))
          + (SELECT count(*) FROM autodebit_refund WHERE state <> 'requested'
             AND (decided_by_id IS NULL OR decided_by_id = requested_by_id))
          + (SELECT count(*) FROM autodebit_monthclosing c WHERE EXISTS (
               SELECT 1 FROM autodebit_remittance r
               WHERE r.profile_id = c.profile_id AND r.period = c.period AND r.recorded_by_id = c.by_id)
             OR EXISTS (SELECT 1 FROM autodebit_allocation a WHERE a.profile_id = c.profile_id AND a.period = c.period
               AND a.by_id = c.by_id AND a.id <= (c.figures ->> 'last_allocation')::bigint))""",
    ),
    (
        "I8",
        "Banyaknya dan jumlah jawaban bank sama dengan baris-barisnya",
        """SELECT count(*) FROM autodebit_resultfile f LEFT JOIN LATERAL (
          SELECT count(*) AS number, greatest(0, coalesce(sum(amount), 0)) AS total
          FROM autodebit_resultline l WHERE l.file_id = f.id) line ON true
        WHERE f.state IN ('previewed', 'applied') AND (f.count <> line.number OR f.total <> line.total)""",
    ),
    (
        "I9",
        "Jawaban bank dicocokkan dengan rujukan saja",
        """SELECT count(*) FROM autodebit_resultline l JOIN autodebit_attempt a ON a.id = l.attempt_id
        WHERE l.reference <> a.reference""",
    ),
    (
        "I10",
        "Baris yang berhasil atau kembali punya uangnya di buku, dan sebaliknya",
        """SELECT
          (SELECT count(*) FROM autodebit_attempt a WHERE a.state IN ('succeeded', 'returned') AND NOT EXISTS (
             SELECT 1 FROM autodebit_entry e WHERE e.attempt_id = a.id AND e.kind = 'collected' AND e.amount = a.amount
               AND e.batch_id = a.batch_id))
          + (SELECT count(*) FROM autodebit_attempt a WHERE a.state = 'returned' AND NOT EXISTS (
             SELECT 1 FROM autodebit_entry e
             WHERE e.attempt_id = a.id AND e.kind = 'returned' AND e.amount = -a.amount))
          + (SELECT count(*) FROM autodebit_entry e JOIN autodebit_attempt a ON a.id = e.attempt_id
             WHERE (e.kind = 'collected' AND a.state NOT IN ('succeeded', 'returned'))
               OR (e.kind = 'returned' AND a.state <> 'returned'))""",
    ),
    (
        "I10",
        "Tidak ada uang di buku tanpa jawaban bank, bukti bayar, atau mutasi rekening",
        """SELECT count(*) FROM autodebit_entry e WHERE CASE e.kind
          WHEN 'collected' THEN e.result_file_id IS NULL AND e.hand_answer_id IS NULL
          WHEN 'returned' THEN e.result_file_id IS NULL AND e.hand_answer_id IS NULL
          WHEN 'refunded' THEN e.refund_id IS NULL
          WHEN 'remitted' THEN e.remittance_id IS NULL
          WHEN 'fee' THEN e.allocation_id IS NULL
          ELSE false END""",
    ),
    (
        "I10",
        "Status kewajiban sesuai dengan status baris-barisnya",
        """SELECT count(*) FROM autodebit_obligation o LEFT JOIN LATERAL (
          SELECT count(*) FILTER (WHERE state IN ('sent', 'unknown')) AS waiting,
            count(*) FILTER (WHERE state = 'succeeded') AS paid,
            count(*) FILTER (WHERE state = 'failed') AS failed,
            count(*) FILTER (WHERE state = 'returned') AS gone,
            count(*) FILTER (WHERE state IN ('frozen', 'approved')) AS ready
          FROM autodebit_attempt a WHERE a.obligation_id = o.id) line ON true
        WHERE CASE o.state
          WHEN 'planned' THEN waiting + paid > 0
          WHEN 'skipped' THEN waiting + paid + ready > 0
          WHEN 'open' THEN waiting <> 1
          WHEN 'met' THEN paid <> 1
          WHEN 'unmet' THEN waiting + paid > 0 OR failed = 0
          WHEN 'reopened' THEN waiting + paid > 0 OR gone = 0
          ELSE waiting > 0 OR paid > (
            SELECT count(*) FROM autodebit_refund r JOIN autodebit_attempt a ON a.id = r.attempt_id
            WHERE a.obligation_id = o.id AND r.state = 'paid')
          END""",
    ),
    (
        "I10",
        "Setiap jawaban keras, tanpa jawaban, atau dana kembali punya tindak lanjut",
        """SELECT
          (SELECT count(*) FROM autodebit_attempt a JOIN autodebit_batch b ON b.id = a.batch_id
           JOIN autodebit_reasoncode r ON r.profile_id = b.profile_id AND r.code = a.code AND r.hard
           LEFT JOIN autodebit_profilerevision pr ON pr.id = b.profile_revision_id
           WHERE a.state IN ('failed', 'returned')
             AND (pr.id IS NULL OR EXISTS (SELECT 1 FROM jsonb_array_elements(pr.content -> 'reasons') known
               WHERE known ->> 'code' = a.code AND (known ->> 'hard')::boolean))
             AND NOT EXISTS (SELECT 1 FROM autodebit_followup f WHERE f.attempt_id = a.id AND f.kind = 'hard_code'))
          + (SELECT count(*) FROM autodebit_attempt a WHERE a.state = 'unknown' AND NOT EXISTS (
               SELECT 1 FROM autodebit_followup f
               WHERE f.attempt_id = a.id AND f.kind = 'unknown_answer' AND f.state = 'open'))
          + (SELECT count(*) FROM autodebit_attempt a WHERE a.state = 'returned' AND NOT EXISTS (
               SELECT 1 FROM autodebit_followup f
               WHERE f.attempt_id = a.id AND f.kind IN ('late_return', 'receivable')))""",
    ),
    (
        "I11",
        "Satu berkas jawaban diterapkan sekali, dan buku menunjuk baris yang diterapkan",
        """SELECT
          (SELECT count(*) FROM (SELECT 1 FROM autodebit_resultfile WHERE state = 'applied'
             GROUP BY sha256 HAVING count(*) > 1) twice)
          + (SELECT count(*) FROM autodebit_entry e WHERE e.result_file_id IS NOT NULL AND NOT EXISTS (
               SELECT 1 FROM autodebit_resultline l JOIN autodebit_resultfile f ON f.id = l.file_id
               WHERE l.file_id = e.result_file_id AND l.number = e.result_line AND l.attempt_id = e.attempt_id
                 AND l.verdict = 'applies' AND f.state = 'applied'))""",
    ),
    (
        "I11",
        "Baris yang diterapkan berstatus seperti jawaban bank",
        """SELECT count(*) FROM autodebit_resultline l JOIN autodebit_resultfile f ON f.id = l.file_id
        JOIN autodebit_attempt a ON a.id = l.attempt_id
        WHERE f.state = 'applied' AND l.verdict = 'applies' AND NOT (
          a.state = l.outcome OR (l.outcome = 'succeeded' AND a.state = 'returned')
          OR (l.outcome = 'failed' AND a.state IN ('succeeded', 'returned') AND EXISTS (
            SELECT 1 FROM autodebit_handanswer h
            WHERE h.attempt_id = a.id AND h.outcome = 'succeeded' AND h.evidence_id IS NOT NULL)))""",
    ),
    (
        "I12",
        "Angka bulan yang ditutup masih sama, terjelaskan, dan disetor sebesar seharusnya",
        closings_that_differ,
    ),
    (
        "I12",
        "Setiap setoran ada di buku sebesar bukti bayarnya, yang dibatalkan nihil",
        """SELECT count(*) FROM autodebit_remittance r WHERE coalesce(
          (SELECT sum(amount) FROM autodebit_entry e WHERE e.remittance_id = r.id), 0)
          <> CASE WHEN r.withdrawn_at IS NULL THEN -r.amount ELSE 0 END""",
    ),
    (
        "I12",
        "Penjelasan tidak melebihi mutasinya; pembatalan tepat lawannya; biaya masuk buku sebesar penjelasannya",
        """SELECT
          (SELECT count(*) FROM autodebit_statementline l JOIN LATERAL (
             SELECT coalesce(sum(amount), 0) AS explained FROM autodebit_allocation a WHERE a.line_id = l.id) a ON true
           WHERE explained <> 0 AND explained <> l.amount
             AND (sign(explained) <> sign(l.amount) OR abs(explained) > abs(l.amount)))
          + (SELECT count(*) FROM autodebit_allocation u JOIN autodebit_allocation w ON w.id = u.undoes_id
             WHERE u.amount <> -w.amount OR u.kind <> w.kind OR u.line_id <> w.line_id OR u.period <> w.period)
          + (SELECT count(*) FROM autodebit_allocation a WHERE a.kind = 'fee' AND a.amount <> coalesce(
             (SELECT sum(amount) FROM autodebit_entry e WHERE e.allocation_id = a.id AND e.kind = 'fee'), 0))
          + (SELECT count(*) FROM autodebit_entry e JOIN autodebit_allocation a ON a.id = e.allocation_id
             WHERE e.kind <> a.kind OR e.period <> a.period)""",
    ),
    (
        "I12",
        "Kumpulan yang ditutup cocok dengan mutasi rekening",
        """SELECT count(*) FROM autodebit_batch b WHERE b.state = 'closed' AND
          (SELECT coalesce(sum(amount), 0) FROM autodebit_entry e WHERE e.batch_id = b.id AND e.kind = 'collected')
          <> (SELECT coalesce(sum(amount), 0) FROM autodebit_allocation a
              WHERE a.batch_id = b.id AND a.kind = 'collected')""",
    ),
    (
        "I12",
        "Bulan yang ditutup tidak menyimpan kumpulan yang masih berjalan",
        """SELECT count(*) FROM autodebit_batch b JOIN autodebit_monthclosing c
          ON c.profile_id = b.profile_id AND c.period = b.period
        WHERE b.state NOT IN ('closed', 'voided', 'bank_rejected')""",
    ),
    (
        "I19",
        "Terlindungi hanya karena bulan yang dikonfirmasi BPJS, bulan yang tercatat itu juga",
        f"""SELECT count(*) FROM sponsorship_sponsorship s WHERE (s.state = 'active' OR s.active_since <> '')
        AND NOT EXISTS (
          SELECT 1 FROM autodebit_obligationline line JOIN autodebit_obligation o ON o.id = line.obligation_id
          WHERE line.sponsorship_id = s.id AND o.period = s.active_since AND {CONFIRMED})""",
    ),
    (
        "I16",
        "Pengembalian dana yang dibayar ada di buku, dan hanya itu",
        """SELECT
          (SELECT count(*) FROM autodebit_refund r WHERE r.state = 'paid' AND NOT EXISTS (
             SELECT 1 FROM autodebit_entry e WHERE e.refund_id = r.id AND e.amount = -r.amount
               AND e.attempt_id = r.attempt_id))
          + (SELECT count(*) FROM autodebit_entry e JOIN autodebit_refund r ON r.id = e.refund_id
             WHERE r.state <> 'paid')""",
    ),
]
