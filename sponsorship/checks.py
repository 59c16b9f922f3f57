"""The promise's part of `manage.py check_invariants`."""

import json

from django.db.models import F

from registry import vault
from registry.actions import documents
from registry.checks import PERIOD_SQL, Check, missing_guards
from sponsorship.actions.mandates import printed_checksum
from sponsorship.models import Consent, Mandate, Registration, Sponsorship, WaitingWorker, WorkerConsent
from sponsorship.queries import calendar
from sponsorship.rules.lifecycle import LIVE_MANDATE, LIVE_SPONSORSHIP


def _listed(states: tuple[str, ...]) -> str:
    return ", ".join(f"'{state}'" for state in states)


def foreign_niks() -> int:
    """Promises that hold another NIK than their worker's."""
    return Sponsorship.objects.exclude(holds_nik=None).exclude(holds_nik=F("worker__nik_index")).count()


def mandates_not_as_printed() -> int:
    """Mandates whose kept data no longer give the checksum in their QR code, or do not open. One that was erased on
    purpose holds nothing at all."""
    return sum(
        not _as_printed(mandate)
        for mandate in Mandate.objects.only("pk", "printed", "checksum", "erased_at").iterator()
    )


def _as_printed(mandate: Mandate) -> bool:
    if mandate.erased_at:
        return mandate.printed == ""
    try:
        return printed_checksum(json.loads(mandate.printed)) == mandate.checksum
    except (vault.CannotOpen, ValueError):
        return False


def damaged_prints() -> int:
    """Mandates whose PDF is gone or is not the one that was printed, and erased ones of which it is still there."""
    found = Mandate.objects.exclude(erased_at=None).filter(pdf__purged_at=None).count()
    kept = Mandate.objects.filter(erased_at=None)
    for stored, printed in kept.values_list("pdf__sha256", "pdf_sha256").iterator():
        try:
            documents.read(printed)
            found += stored != printed
        except documents.PaperDamaged:
            found += 1
    return found


def signatures_out_of_order() -> int:
    """Live mandates without a signature date, signed before they were printed or after they were verified."""
    office, found = calendar(), 0
    for signed_on, issued_at, verified_at in Mandate.objects.filter(state__in=LIVE_MANDATE).values_list(
        "signed_on", "issued_at", "verified_at"
    ):
        if signed_on is None or verified_at is None:
            found += 1
            continue
        found += not office.local_date(issued_at) <= signed_on <= office.local_date(verified_at)
    return found


def _unrecorded(table: str, label: str, initial: str) -> str:
    """Rows past their first state of which the journal's latest move says another state, or nothing."""
    return f"""SELECT count(*) FROM {table} row WHERE state <> '{initial}' AND state IS DISTINCT FROM (
      SELECT e.detail->>'target' FROM registry_auditevent e
      WHERE e.object_type = '{label}' AND e.object_id = row.id::text AND e.detail ? 'target'
      ORDER BY e.at DESC, e.id DESC LIMIT 1)"""


def _without_promise(state: str, live: tuple[str, ...], joined: str) -> str:
    """Rows of the waiting list in `state` for which the donor they name has no sponsorship in one of `live`."""
    return f"""SELECT count(*) FROM sponsorship_waitingworker row WHERE row.state = '{state}' AND NOT EXISTS (
      SELECT 1 FROM sponsorship_sponsorship s
      WHERE {joined} AND s.donor_id = row.reserved_by_id AND s.state IN ({_listed(live)}))"""


CHECKS: list[Check] = [
    Check(
        "I2",
        "Bulan mulai dan berakhir adalah nilai tersimpan yang sah",
        f"""SELECT (SELECT count(*) FROM sponsorship_sponsorship
          WHERE start_period !~ '{PERIOD_SQL}' AND start_period <> ''
          OR end_period !~ '{PERIOD_SQL}' AND end_period <> ''
          OR end_period <> '' AND end_period < start_period)
        + (SELECT count(*) FROM sponsorship_mandate WHERE start_period !~ '{PERIOD_SQL}' AND start_period <> ''
          OR end_period !~ '{PERIOD_SQL}' AND end_period <> '')
        + (SELECT count(*) FROM sponsorship_frozenmonth WHERE period !~ '{PERIOD_SQL}')""",
    ),
    Check("I7", "PDF surat kuasa masih sama dengan yang dicetak", damaged_prints),
    Check("I7", "Data surat kuasa sesuai dengan checksum pada kode QR", mandates_not_as_printed),
    Check(
        "I13",
        "Satu perlindungan hidup per NIK",
        f"""SELECT count(*) FROM (SELECT 1 FROM sponsorship_sponsorship s JOIN registry_worker w ON w.id = s.worker_id
        WHERE s.state IN ({_listed(LIVE_SPONSORSHIP)}) AND s.holds_nik IS NOT NULL
        GROUP BY w.nik_index HAVING count(*) > 1) twice""",
    ),
    Check("I13", "Setiap perlindungan memegang NIK pekerjanya sendiri", foreign_niks),
    Check(
        "I13",
        "Pendaftaran yang terkirim memegang NIK semua pekerjanya",
        """SELECT count(*) FROM sponsorship_sponsorship s JOIN sponsorship_registration r ON r.id = s.registration_id
        WHERE r.state IN ('submitted', 'in_check') AND s.state = 'pending' AND s.holds_nik IS NULL""",
    ),
    Check(
        "I14",
        "Batas tertinggi surat kuasa menampung iuran bulan pertamanya",
        "SELECT count(*) FROM sponsorship_mandate WHERE amount_at_issue > ceiling OR amount_at_issue < 1",
    ),
    Check("I15", "Surat kuasa ditandatangani setelah dicetak dan sebelum disetujui", signatures_out_of_order),
    Check(
        "I16",
        "Versi surat kuasa berurutan: tidak ada yang hilang",
        """SELECT count(*) FROM (SELECT 1 FROM sponsorship_mandate GROUP BY lineage_id
        HAVING max(version) <> count(*)) gap""",
    ),
    Check(
        "I1",
        "Satu surat kuasa hidup per garis surat kuasa",
        f"""SELECT count(*) FROM (SELECT 1 FROM sponsorship_mandate WHERE state IN ({_listed(LIVE_MANDATE)})
        GROUP BY lineage_id HAVING count(*) > 1) twice""",
    ),
    Check(
        "I16",
        "Status pendaftaran sama dengan langkah terakhirnya di jurnal",
        _unrecorded("sponsorship_registration", "sponsorship.registration", "draft"),
    ),
    Check(
        "I16",
        "Status surat kuasa sama dengan langkah terakhirnya di jurnal",
        _unrecorded("sponsorship_mandate", "sponsorship.mandate", "issued"),
    ),
    Check(
        "I16",
        "Status perlindungan sama dengan langkah terakhirnya di jurnal",
        _unrecorded("sponsorship_sponsorship", "sponsorship.sponsorship", "pending"),
    ),
    Check(
        "I13",
        "Satu orang tua asuh per pekerja dari daftar tunggu",
        f"""SELECT count(*) FROM (SELECT 1 FROM sponsorship_sponsorship
        WHERE waiting_id IS NOT NULL AND state IN ({_listed(LIVE_SPONSORSHIP)})
        GROUP BY waiting_id HAVING count(*) > 1) twice""",
    ),
    Check(
        "I13",
        "Pekerja yang dipilih dari daftar tunggu ada di pendaftaran pemilihnya",
        _without_promise("reserved", ("pending",), "s.waiting_id = row.id"),
    ),
    Check(
        "I13",
        "Pekerja yang keluar dari daftar tunggu karena terlindungi memang dilindungi",
        # One whose NIK the donor typed is known by that NIK.
        _without_promise("chosen", LIVE_SPONSORSHIP, "s.holds_nik = row.nik_index"),
    ),
    Check(
        "I16",
        "Status daftar tunggu sama dengan langkah terakhirnya di jurnal",
        _unrecorded("sponsorship_waitingworker", "sponsorship.waitingworker", "entered"),
    ),
    Check(
        "I16",
        "Penjaga basis data terhadap perpindahan dan penghapusan masih terpasang",
        lambda: missing_guards([Registration, Sponsorship, Mandate, Consent, WaitingWorker, WorkerConsent]),
    ),
]
