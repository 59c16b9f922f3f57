"""Moving, retiring, and going before the first debit: which month is the last one, and what is left afterwards."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from autodebit.actions.batches import open_due
from autodebit.actions.build import build
from autodebit.models import Attempt, Obligation
from registry.actions import messages
from registry.checks import count_of
from registry.models import AuditEvent, Document, Donor, Message, Opd, Worker
from registry.rules.roles import Role
from sponsorship.actions import drafts, ending, erasure, leaving, registration
from sponsorship.checks import CHECKS
from sponsorship.models import Mandate, MandateLineage, Registration, Sponsorship
from sponsorship.rules.months import Month
from tests import at_state
from tests.cast import AFTER_CUTOFF, MORNING, PARJO, RARA, SUTINI

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_papers")]

# December's cut-off: Thursday 26 November, 16.00 WIB.
CUTOFF = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
LAST_MINUTE = CUTOFF - timedelta(minutes=1)
NEXT_DAY = MORNING + timedelta(days=1)
CANARY = replace(
    RARA,
    name="Kenari Contoh Rahasia",
    email="kenari@contoh.example",
    account="0004711471",
    workers=(replace(SUTINI, name="Murai Contoh Batu", nik="3374015508809077"),),
)


@pytest.fixture
def verifier():
    return at_state.staff("verifikator", Role.OPD_VERIFIER, "DINKES")


@pytest.fixture
def made(verifier) -> Registration:
    return at_state.verified(RARA, verifier)


def mandate_now() -> Mandate:
    return Mandate.objects.select_related("lineage__donor").get()


def cut_december(now: datetime = AFTER_CUTOFF):
    return build(batch_id=open_due(now=now).pk, now=now)


# Moving to another office


def test_move_shows_in_the_next_batch_and_asks_for_no_new_paper(made, verifier):
    answer = leaving.move_opd(by=made.donor, opd=Opd.objects.get(code="DISDIK"), now=MORNING)

    assert answer.opd.code == "DISDIK"
    assert MandateLineage.objects.get().opd.code == "DISDIK"
    assert mandate_now().state == "active"
    cut_december()
    assert Attempt.objects.get().opd.code == "DISDIK"
    said = Message.objects.get(event="donor_moved")
    assert "Potongan dihitung untuk OPD yang baru mulai Desember 2026." in said.body
    told = AuditEvent.objects.get(event="donor.moved")
    assert (told.detail, told.opd.code) == ({"before": "DINKES", "after": "DISDIK"}, "DISDIK")


def test_move_after_the_cutoff_counts_from_the_month_after(made):
    leaving.move_opd(by=made.donor, opd=Opd.objects.get(code="DISDIK"), now=CUTOFF)
    assert "mulai Januari 2027" in Message.objects.get(event="donor_moved").body


def test_move_to_the_same_office_or_without_a_mandate_is_refused(made):
    same = Opd.objects.get(code="DINKES")
    assert leaving.move_opd(by=made.donor, opd=same, now=MORNING) == leaving.SAME_OPD
    ending.revoke(by=made.donor, now=MORNING)
    assert leaving.move_opd(by=made.donor, opd=same, now=MORNING) == ending.NOTHING_RUNS


def test_move_takes_an_open_draft_along_and_waits_for_papers_that_an_office_has(made, verifier):
    school = Opd.objects.get(code="DISDIK")
    started = drafts.start(donor=made.donor, link=None, now=MORNING)

    leaving.move_opd(by=made.donor, opd=school, now=MORNING)

    started.refresh_from_db()
    assert started.opd == school
    registration.withdraw(registration_id=started.pk, by=made.donor, now=MORNING)
    at_state.submitted(replace(RARA, workers=(PARJO,)), NEXT_DAY)
    answer = leaving.move_opd(by=made.donor, opd=Opd.objects.get(code="DINKES"), now=NEXT_DAY)
    assert answer == leaving.IN_CHECK


def test_a_new_version_verified_later_names_its_own_office(made, verifier):
    leaving.move_opd(by=made.donor, opd=Opd.objects.get(code="DISDIK"), now=MORNING)
    at_state.verified(replace(RARA, workers=(PARJO,)), verifier, NEXT_DAY)
    assert MandateLineage.objects.get().opd.code == "DINKES"


# Retiring


@pytest.mark.parametrize(
    ("first_day", "last"),
    [
        (date(2026, 12, 2), "2026-12"),  # payday is the first working day, the 1st
        (date(2027, 1, 1), "2026-12"),  # a holiday; payday is Monday the 4th
        (date(2027, 1, 4), "2026-12"),
        (date(2027, 1, 5), "2027-01"),
    ],
)
def test_last_month_is_the_last_one_paid_before_the_first_day_without_salary(made, first_day, last):
    mandate = leaving.retire(by=made.donor, first_day_without_salary=first_day, now=MORNING)

    assert (mandate.state, mandate.end_period) == ("active", last)
    assert made.donor.retires_on == first_day
    assert Sponsorship.objects.get().state == "ready"
    assert f"Bulan terakhir yang dipotong: {Month.parse(last).label()}" in (
        Message.objects.get(event="donor_retires").body
    )


def test_retiring_before_the_first_payday_ends_everything_when_that_month_is_closed(made):
    mandate = leaving.retire(by=made.donor, first_day_without_salary=date(2026, 12, 1), now=MORNING)
    assert (mandate.state, mandate.end_period) == ("active", "2026-11")
    assert cut_december().code == "nobody_due"
    assert leaving.close_retired(now=LAST_MINUTE) == 0

    assert leaving.close_retired(now=CUTOFF) == 1

    assert mandate_now().state == "expired"
    sponsorship = Sponsorship.objects.get()
    assert (sponsorship.state, sponsorship.end_period, sponsorship.holds_nik) == ("ended", "", None)
    assert MandateLineage.objects.get().ended_at == CUTOFF
    assert "Tidak ada potongan lagi." in Message.objects.get(event="donor_retires").body
    assert [check.what for check in CHECKS if count_of(check.count)] == []


def test_a_month_that_is_cut_stays_the_last_one(made):
    cut_december()

    mandate = leaving.retire(by=made.donor, first_day_without_salary=date(2026, 11, 1), now=AFTER_CUTOFF)

    assert (mandate.state, mandate.end_period) == ("active", "2026-12")
    assert (
        "sebelum Selasa, 29 Desember 2026 pukul 16.00 WIB" in Message.objects.get(event="donor_retires").body
    )


def test_mandate_expires_with_its_lineage_on_the_day_after_its_last_month(made):
    leaving.retire(by=made.donor, first_day_without_salary=date(2026, 12, 15), now=MORNING)
    assert leaving.close_retired(now=MORNING) == 0
    cut_december()

    # January's cut-off is 29 December: from then on December is the last month for good.
    assert leaving.close_retired(now=datetime(2026, 12, 28, 18, 0, tzinfo=UTC)) == 0
    assert Sponsorship.objects.get().state == "ready"
    closed = datetime(2026, 12, 29, 9, 0, tzinfo=UTC)
    assert leaving.close_retired(now=closed) == 0
    assert Sponsorship.objects.values_list("state", "end_period").get() == ("ending", "2026-12")
    assert leaving.stay(by=made.donor, now=closed) == leaving.UNDER_WAY
    first_of_january = datetime(2026, 12, 31, 18, 0, tzinfo=UTC)
    assert leaving.close_retired(now=first_of_january) == 1
    assert ending.close_ended(now=first_of_january) == 1

    mandate = mandate_now()
    assert (mandate.state, mandate.end_period, mandate.ended_at) == ("expired", "2026-12", first_of_january)
    assert mandate.lineage.ended_at == first_of_january
    assert mandate.lineage.donor.retires_on is None
    assert Sponsorship.objects.get().state == "ended"
    assert Obligation.objects.values_list("period", flat=True).get() == "2026-12"
    assert [check.what for check in CHECKS if count_of(check.count)] == []


def test_wrong_date_is_corrected_or_taken_back_while_its_month_is_open(made):
    leaving.retire(by=made.donor, first_day_without_salary=date(2026, 12, 15), now=MORNING)

    corrected = leaving.retire(by=made.donor, first_day_without_salary=date(2027, 12, 15), now=MORNING)
    assert corrected.end_period == "2027-12"

    assert leaving.stay(by=made.donor, now=MORNING).end_period == ""
    assert Donor.objects.get().retires_on is None
    assert AuditEvent.objects.filter(event="donor.retires").count() == 3


def test_a_year_typed_wrong_is_refused(made):
    far = date(2226, 12, 1)
    assert leaving.retire(by=made.donor, first_day_without_salary=far, now=MORNING) == leaving.TOO_FAR
    assert mandate_now().end_period == ""


def test_a_new_version_keeps_the_last_month_of_a_donor_who_retires(made, verifier):
    leaving.retire(by=made.donor, first_day_without_salary=date(2027, 3, 1), now=MORNING)
    second = at_state.verified(replace(RARA, workers=(PARJO,)), verifier, NEXT_DAY)
    assert Mandate.objects.get(registration=second).end_period == "2027-02"


def test_who_is_near_the_retirement_age_is_asked_once(verifier):
    old = replace(RARA, nip="196902152000032901")
    at_state.verified(old, verifier)
    at_state.verified(replace(CANARY, workers=(PARJO,), nip="199003152015032955"), verifier, NEXT_DAY)

    # 58 on 15 February 2027; 90 days before it is 17 November 2026.
    answers = [
        leaving.remind_retirement(now=moment)
        for moment in (MORNING - timedelta(days=4), MORNING, NEXT_DAY, datetime(2027, 2, 15, tzinfo=UTC))
    ]

    assert answers == [0, 1, 0, 0]
    said = Message.objects.get(event="retirement_near")
    assert said.subject == "Bila Anda segera pensiun"
    assert "1969" not in said.body and old.nip not in said.body


def test_no_message_about_leaving_carries_a_number_or_a_worker(made):
    leaving.move_opd(by=made.donor, opd=Opd.objects.get(code="DISDIK"), now=MORNING)
    leaving.retire(by=made.donor, first_day_without_salary=date(2027, 3, 1), now=MORNING)
    said = Message.objects.filter(event__in=("donor_moved", "donor_retires"))
    assert said.count() == 2
    for message in said:
        words = message.subject + message.body.split("Perlu bantuan?")[0]
        for secret in (RARA.nip, RARA.account, RARA.account[-4:], SUTINI.nik, SUTINI.name, RARA.email):
            assert secret not in words, (message.event, secret)
        assert "/lanjut/" in words


# Before the first debit


def everything_in_the_database() -> str:
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" AS t')
            rows += [row for (row,) in cursor.fetchall()]
    return "\n".join(rows)


def test_cooling_off_lasts_until_the_minute_of_the_first_cutoff(made):
    assert leaving.within_cooling_off(made.donor, LAST_MINUTE)
    assert not leaving.within_cooling_off(made.donor, CUTOFF)
    assert leaving.withdraw_in_cooling_off(by=made.donor, now=CUTOFF) == leaving.DEBITED
    assert mandate_now().state == "active"


def test_cooling_off_is_over_for_good_also_when_the_worker_of_that_month_is_gone(made, verifier):
    cut_december()
    first = Sponsorship.objects.get()
    first.refresh_from_db()
    later = at_state.verified(replace(RARA, workers=(PARJO,)), verifier, AFTER_CUTOFF)
    held = Sponsorship.objects.select_for_update().get(pk=first.pk)
    ending.end_sponsorship(held, "2026-12", later.donor, AFTER_CUTOFF)
    january = datetime(2027, 1, 2, 2, 0, tzinfo=UTC)
    ending.close_ended(now=january)
    Sponsorship.objects.filter(registration=later).update(start_period="2027-03")
    assert not leaving.within_cooling_off(later.donor, january)


def test_a_donor_without_a_running_mandate_has_nothing_to_cool_off_from():
    draft = at_state.draft(RARA)
    assert not leaving.within_cooling_off(draft.donor, MORNING)
    assert leaving.withdraw_in_cooling_off(by=draft.donor, now=MORNING) == ending.NOTHING_RUNS


def test_withdrawal_before_the_first_debit_leaves_number_dates_and_fingerprint_only(verifier, settings):
    made = at_state.verified(CANARY, verifier)
    number, fingerprint = Mandate.objects.values_list("number", "pdf_sha256").get()

    leaving.withdraw_in_cooling_off(by=made.donor, now=LAST_MINUTE)

    messages.send_waiting(now=LAST_MINUTE)
    erasure.erase_settled(now=LAST_MINUTE + timedelta(hours=12))
    everything = everything_in_the_database()
    for secret in (
        "Kenari Contoh",
        "Murai Contoh",
        CANARY.workers[0].nik,
        CANARY.account,
        CANARY.nip,
        CANARY.email,
    ):
        assert secret not in everything, secret
    mandate = Mandate.objects.get()
    assert (mandate.number, mandate.pdf_sha256, mandate.state) == (number, fingerprint, "cancelled")
    assert (mandate.account, mandate.account_index, mandate.printed) == ("", "", "")
    registration_now, donor, worker = Registration.objects.get(), Donor.objects.get(), Worker.objects.get()
    assert (registration_now.nip, registration_now.account, registration_now.state) == ("", "", "verified")
    assert (donor.contact, donor.nip, donor.name) == ("", "", "")
    assert (worker.nik, worker.phone, worker.name) == ("", "", "")
    assert Sponsorship.objects.values_list("state", "holds_nik").get() == ("ended", None)
    assert not Document.objects.filter(purged_at=None).exists()
    assert [path for path in settings.PAPERS_DIR.rglob("*") if path.is_file()] == []
    assert {said.body for said in Message.objects.filter(event="cooling_off")} == {""}
    assert [check.what for check in CHECKS if count_of(check.count)] == []


def test_the_message_about_it_names_nobody_and_says_what_is_left(made):
    leaving.withdraw_in_cooling_off(by=made.donor, now=MORNING)
    said = Message.objects.get(event="cooling_off")
    assert said.to == RARA.email
    assert "Yang tersisa hanya nomor, tanggal, dan kode pengaman surat kuasa." in said.body
    assert RARA.name not in said.body + said.subject
    assert not Message.objects.filter(event="mandate_revoked").exists()


def test_an_open_draft_goes_with_it_and_the_worker_may_be_registered_by_anybody(made, verifier):
    drafts.start(donor=made.donor, link=None, now=MORNING)

    leaving.withdraw_in_cooling_off(by=made.donor, now=MORNING)

    assert sorted(Registration.objects.values_list("state", flat=True)) == ["verified", "withdrawn"]
    assert not Registration.objects.filter(erased_at=None).exists()
    again = at_state.verified(replace(RARA, email="lain@contoh.example"), verifier, NEXT_DAY)
    assert again.state == "verified"


def test_what_a_verifier_has_in_hand_stays_when_the_rest_is_withdrawn(made, verifier):
    second = at_state.in_check(replace(RARA, workers=(PARJO,)), verifier, NEXT_DAY)

    leaving.withdraw_in_cooling_off(by=made.donor, now=NEXT_DAY)

    kept = Registration.objects.get(pk=second.pk)
    assert (kept.state, kept.erased_at, kept.name) == ("in_check", None, RARA.name)
    assert Registration.objects.get(pk=made.pk).name == ""
    assert Donor.objects.get().contact == RARA.email
