from datetime import date

import pgtrigger
import pytest
from django.db import connection

from registry.actions import documents
from registry.checks import count_of
from registry.models import Document
from registry.rules.roles import Role
from sponsorship.actions import erasure, registration
from sponsorship.checks import CHECKS
from sponsorship.models import Mandate, Registration, Sponsorship, WaitingWorker
from tests.at_state import draft, staff, submitted, verified
from tests.cast import BIMA, MORNING, RARA
from tests.waiting import one_waiting, reserved, waiting

pytestmark = [pytest.mark.django_db, pytest.mark.real_papers]


def violations() -> dict[str, int]:
    counted = {check.what: count_of(check.count) for check in CHECKS}
    return {what: count for what, count in counted.items() if count}


@pytest.fixture
def mandate() -> Mandate:
    verified(RARA, staff("dewi", Role.OPD_VERIFIER, "DINKES"))
    return Mandate.objects.get()


def raw(sql: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_registrations_walked_by_the_real_actions_violate_nothing(mandate):
    submitted(BIMA)
    assert violations() == {}


def test_a_promise_that_holds_another_nik_is_counted(mandate):
    Sponsorship.objects.update(holds_nik="1" * 64)
    assert violations() == {"Setiap perlindungan memegang NIK pekerjanya sendiri": 1}


def test_two_live_promises_for_one_worker_are_counted(mandate):
    submitted(BIMA)
    raw("UPDATE registry_worker SET nik_index = (SELECT min(nik_index) FROM registry_worker)")
    assert violations()["Satu perlindungan hidup per NIK"] == 1


def test_a_submitted_registration_that_does_not_hold_its_niks_is_counted():
    submitted(BIMA)
    Sponsorship.objects.update(holds_nik=None)
    assert violations() == {"Pendaftaran yang terkirim memegang NIK semua pekerjanya": 1}


def test_a_mandate_whose_print_is_gone_is_counted(mandate):
    documents.path_of(mandate.pdf_sha256).unlink()
    assert violations() == {"PDF surat kuasa masih sama dengan yang dicetak": 1}


def test_a_mandate_with_another_checksum_or_ceiling_is_counted(mandate):
    with pgtrigger.ignore("sponsorship.Mandate:printed_never_changes"):
        Mandate.objects.update(checksum="0" * 64, ceiling=1)
    assert violations() == {
        "Data surat kuasa sesuai dengan checksum pada kode QR": 1,
        "Batas tertinggi surat kuasa menampung iuran bulan pertamanya": 1,
    }


@pytest.mark.parametrize("day", [None, date(2020, 1, 1), date(2099, 1, 1)])
def test_a_signature_missing_or_outside_print_and_verification_is_counted(mandate, day):
    Mandate.objects.update(signed_on=day)
    assert violations() == {"Surat kuasa ditandatangani setelah dicetak dan sebelum disetujui": 1}


def test_a_month_that_is_none_is_counted(mandate):
    Sponsorship.objects.update(start_period="2026-13")
    assert violations() == {"Bulan mulai dan berakhir adalah nilai tersimpan yang sah": 1}


def test_a_state_changed_past_the_journal_is_counted():
    made = submitted(BIMA)
    with pgtrigger.ignore("sponsorship.Registration:registration_moves"):
        Registration.objects.filter(pk=made.pk).update(state="verified")
    assert violations() == {"Status pendaftaran sama dengan langkah terakhirnya di jurnal": 1}


def test_a_gap_in_the_versions_of_a_mandate_is_counted(mandate):
    with pgtrigger.ignore("sponsorship.Mandate:printed_never_changes"):
        Mandate.objects.update(version=3)
    assert violations()["Versi surat kuasa berurutan: tidak ada yang hilang"] == 1


def test_a_guard_that_is_switched_off_is_counted():
    raw("ALTER TABLE sponsorship_mandate DISABLE TRIGGER USER")
    assert violations()["Penjaga basis data terhadap perpindahan dan penghapusan masih terpasang"] == 3


class TestTheWaitingList:
    ONE_SPONSOR = "Satu orang tua asuh per pekerja dari daftar tunggu"
    RESERVED = "Pekerja yang dipilih dari daftar tunggu ada di pendaftaran pemilihnya"
    CHOSEN = "Pekerja yang keluar dari daftar tunggu karena terlindungi memang dilindungi"

    def test_a_worker_who_waits_is_chosen_or_leaves_violates_nothing(self):
        waiting(one_waiting(1))
        reserved(draft(BIMA), waiting(one_waiting(2)))
        waiting(RARA.workers[0])
        submitted(RARA)
        assert violations() == {}

    def test_two_live_promises_for_one_waiting_worker_are_counted(self):
        reserved(draft(BIMA), waiting())
        Sponsorship.objects.update(waiting=WaitingWorker.objects.get())
        assert violations() == {self.ONE_SPONSOR: 1}

    def test_a_reservation_without_a_promise_is_counted(self):
        taken = reserved(draft(BIMA), waiting())
        Sponsorship.objects.filter(pk=taken.pk).update(waiting=None)
        assert violations() == {self.RESERVED: 1}

    def test_a_worker_taken_off_the_list_whom_nobody_protects_is_counted(self):
        waiting(RARA.workers[0])
        submitted(RARA)
        WaitingWorker.objects.update(reserved_by=draft(BIMA).donor)
        assert violations() == {self.CHOSEN: 1}

    def test_a_state_that_the_journal_does_not_know_is_counted(self):
        waiting()
        with pgtrigger.ignore("sponsorship.WaitingWorker:waiting_moves"):
            WaitingWorker.objects.update(state="refused")
        assert violations() == {"Status daftar tunggu sama dengan langkah terakhirnya di jurnal": 1}


def test_an_erased_mandate_violates_nothing_until_its_print_is_still_there():
    made = submitted(RARA)
    registration.withdraw(registration_id=made.pk, by=made.donor, now=MORNING)
    made.refresh_from_db()
    erasure.erase_registration(registration=made, by=made.donor, now=MORNING)
    assert violations() == {}

    Document.objects.filter(kind="mandate_print").update(purged_at=None)

    assert violations() == {"PDF surat kuasa masih sama dengan yang dicetak": 1}
