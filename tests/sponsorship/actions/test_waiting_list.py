from datetime import timedelta

import pytest
from django.db import transaction

from registry.models import AuditEvent, City, Worker
from registry.rules.finding import Finding
from registry.rules.roles import Role
from sponsorship.actions import choosing, drafts, ending, registration, waiting_list
from sponsorship.actions.drafts import FROM_LIST
from sponsorship.actions.waiting_list import GONE, TOO_MANY_TODAY, TOO_OLD, take_for
from sponsorship.models import Registration, Sponsorship, WaitingWorker
from sponsorship.rules.months import Month
from tests import at_state
from tests.cast import BIMA, MORNING, PARJO, RARA, SUTINI, MadeUpDonor, another
from tests.on_the_list import entered
from tests.waiting import YATI, one_waiting, reserved, waiting

pytestmark = [pytest.mark.usefixtures("quick_papers"), pytest.mark.django_db]
DAY = timedelta(days=1)


def take(row: WaitingWorker, donor, now=MORNING, month: Month | None = None) -> Worker | Finding:
    with transaction.atomic():
        return take_for(waiting_id=row.pk, donor=donor, now=now, month=month)


def reserve(made: Registration, row_id, now=MORNING) -> Sponsorship | Finding:
    return choosing.reserve(registration_id=made.pk, waiting_id=row_id, by=made.donor, now=now)


def sent_with(person: MadeUpDonor, row: WaitingWorker, now=MORNING) -> Registration:
    """A registration that was sent with the worker of this row and the person's own."""
    made = at_state.draft(person, now)
    taken = reserved(made, row, now)
    return sent(made, taken, now)


def sent(made: Registration, taken: Sponsorship | None, now=MORNING) -> Registration:
    mine = {"registration_id": made.pk, "by": made.donor, "now": now}
    if taken:
        drafts.save_cover(**mine, sponsorship_id=taken.pk, programme="jkk_jkm", declared_income=1_000_000)
    text = at_state.consent_text(at_state.mandates.figures_of(made, now))
    at_state.mandates.issue(**mine, agreed_text=text)
    at_state.hand_in_papers(made, now)
    answer = registration.submit(**mine)
    assert isinstance(answer, Registration), answer
    return answer


def now_of(row: WaitingWorker) -> WaitingWorker:
    return WaitingWorker.objects.get(pk=row.pk)


class TestTaking:
    def test_a_waiting_worker_is_kept_for_the_citys_days_and_copied_with_everything_bpjs_needs(self):
        row, donor = waiting(), at_state.proven_donor(BIMA)
        worker, held = take(row, donor), now_of(row)
        assert (held.state, held.reserved_by, held.reserved_until) == ("reserved", donor, MORNING + 7 * DAY)
        copy = Worker.objects.get(pk=worker.pk)
        assert (copy.name, copy.nik, copy.phone) == (YATI.name, YATI.nik, YATI.phone)
        for name in ("nik_index", "phone_index", "birth_date", "sex", "occupation", "workplace", "kelurahan"):
            assert getattr(copy, name) == getattr(row, name), name

    def test_who_is_not_checked_yet_taken_already_or_unknown_is_gone(self):
        donor = at_state.proven_donor(BIMA)
        assert take(entered(), donor) == GONE
        row = waiting(one_waiting(1))
        take(row, at_state.proven_donor(RARA))
        assert take(row, donor) == GONE
        assert reserve(at_state.draft(another(2)), None) == GONE

    def test_who_is_held_by_a_live_promise_is_gone_although_the_row_waits(self):
        row = waiting()
        sent_row = at_state.submitted(another(1))
        Sponsorship.objects.filter(registration=sent_row).update(holds_nik=row.nik_index)
        assert take(row, at_state.proven_donor(BIMA)) == GONE

    @pytest.mark.parametrize(("year", "answer"), [("61", TOO_OLD), ("62", None)])
    def test_a_worker_at_the_age_limit_in_the_first_month_is_refused(self, year, answer):
        row = waiting(one_waiting(3, nik=f"3374014112{year}9203"))
        first = Month(2027, 1)  # the woman of 1961 is 65 on 1 December 2026, the other one year later
        taken = take(row, at_state.proven_donor(BIMA), month=first)
        assert taken == TOO_OLD if answer else isinstance(taken, Worker)

    def test_a_donor_sees_at_most_so_many_different_workers_in_a_day(self):
        City.objects.update(niks_per_day=2)
        donor, rows = at_state.proven_donor(BIMA), [waiting(one_waiting(number)) for number in (1, 2, 3)]
        taken = [take(row, donor) for row in rows]
        assert [isinstance(each, Worker) for each in taken] == [True, True, False]
        assert taken[2] == TOO_MANY_TODAY and now_of(rows[2]).state == "waiting"
        assert isinstance(take(rows[2], donor, now=MORNING + DAY), Worker)


class TestReserving:
    def test_the_chosen_worker_joins_the_draft_and_is_held_at_once(self):
        made, row = at_state.draft(RARA), waiting()
        taken = reserve(made, row.pk)
        assert (taken.waiting, taken.holds_nik, taken.position) == (row, row.nik_index, 2)
        assert (taken.state, taken.donor, taken.worker.name) == ("pending", made.donor, YATI.name)
        assert AuditEvent.objects.filter(event="waiting.reserved", object_id=str(row.pk)).count() == 1

    def test_choosing_twice_is_choosing_once(self):
        made, row = at_state.draft(RARA), waiting()
        assert reserve(made, row.pk) == reserve(made, row.pk)
        assert Sponsorship.objects.filter(waiting=row).count() == 1

    def test_nobody_reserves_more_workers_than_a_registration_may_hold(self):
        City.objects.update(workers_per_registration=3)
        made, rows = at_state.draft(RARA), [waiting(one_waiting(number)) for number in (1, 2, 3)]
        answers = [reserve(made, row.pk) for row in rows]
        assert [isinstance(each, Sponsorship) for each in answers] == [True, True, False]
        assert answers[2].code == "too_many" and now_of(rows[2]).state == "waiting"

    def test_a_worker_the_donor_typed_already_is_not_chosen_as_well(self):
        made, row = at_state.draft(RARA), waiting(SUTINI)
        assert reserve(made, row.pk).code == "twice"
        assert now_of(row).state == "waiting"

    def test_a_sent_registration_and_a_strangers_take_nobody(self):
        made, row = at_state.submitted(RARA), waiting()
        assert reserve(made, row.pk) == drafts.CLOSED
        answer = choosing.reserve(
            registration_id=at_state.draft(BIMA).pk, waiting_id=row.pk, by=made.donor, now=MORNING
        )
        assert answer == drafts.CLOSED and now_of(row).state == "waiting"

    def test_a_change_of_account_or_ceiling_takes_nobody(self):
        made, row = at_state.draft(RARA), waiting()
        Registration.objects.update(kind="change")
        assert reserve(made, row.pk) == drafts.CLOSED

    def test_the_donor_does_not_change_what_the_office_checked(self):
        made = at_state.draft(RARA)
        taken = reserved(made, waiting())
        mine = {"registration_id": made.pk, "by": made.donor, "now": MORNING, "notes": []}
        values = at_state.worker_values(PARJO)
        assert drafts.save_worker(**mine, sponsorship_id=taken.pk, values=values) == FROM_LIST
        assert Worker.objects.get(sponsorship=taken).name == YATI.name


class TestComingBack:
    def test_a_worker_removed_from_the_draft_waits_again_at_the_old_place(self):
        made, row = at_state.draft(RARA), waiting(now=MORNING - 20 * DAY)
        taken = reserved(made, row)
        mine = {"registration_id": made.pk, "by": made.donor, "now": MORNING}
        drafts.remove_worker(**mine, sponsorship_id=taken.pk)
        free = now_of(row)
        assert (free.state, free.first_in_line, free.waiting_since) == ("waiting", False, row.waiting_since)
        assert (free.reserved_by, free.reserved_until) == (None, None)
        assert not Worker.objects.filter(name=YATI.name).exists()
        assert isinstance(reserve(at_state.draft(BIMA), row.pk), Sponsorship)

    @pytest.mark.parametrize("way", ["withdrawn", "expired"])
    def test_a_draft_given_up_lets_its_chosen_worker_go(self, way):
        made, row = at_state.draft(RARA), waiting()
        reserved(made, row)
        if way == "withdrawn":
            registration.withdraw(registration_id=made.pk, by=made.donor, now=MORNING)
        else:
            assert registration.expire_drafts(now=MORNING + 40 * DAY) == 1
        assert (now_of(row).state, now_of(row).first_in_line) == ("waiting", False)
        assert set(made.sponsorships.values_list("state", "holds_nik")) == {("withdrawn", None)}

    def test_a_sent_registration_taken_back_puts_the_worker_first_in_line(self):
        row = waiting(now=MORNING - 20 * DAY)
        made = sent_with(RARA, row)
        assert (now_of(row).state, now_of(row).reserved_until) == ("chosen", None)
        registration.withdraw(registration_id=made.pk, by=made.donor, now=MORNING)
        free = now_of(row)
        assert (free.state, free.first_in_line, free.waiting_since) == ("waiting", True, row.waiting_since)

    def test_a_worker_whose_sponsor_stops_is_first_in_line_since_when_they_waited(self):
        row, verifier = waiting(now=MORNING - 20 * DAY), at_state.staff("dewi", Role.OPD_VERIFIER, "DINKES")
        made = sent_with(RARA, row)
        taken = at_state.verification.take(registration_id=made.pk, by=verifier, now=MORNING)
        at_state.verification.verify(
            registration_id=made.pk, revision=taken.revision, checks=list(at_state.REQUIRED_CHECKS),
            by=verifier, now=MORNING,
        )  # fmt: skip
        ending.revoke(by=made.donor, now=MORNING)
        free = now_of(row)
        assert (free.state, free.first_in_line, free.waiting_since) == ("waiting", True, row.waiting_since)
        again = reserve(at_state.draft(BIMA), row.pk)
        assert isinstance(again, Sponsorship) and again.waiting == row

    def test_giving_back_an_old_promise_leaves_the_one_that_came_after_it(self):
        made, row = at_state.draft(RARA), waiting()
        old = reserved(made, row)
        choosing.release_overdue(now=MORNING + 8 * DAY)
        reserved(made, row, MORNING + 9 * DAY)
        old.refresh_from_db()
        waiting_list.give_back(sponsorship=old, by=made.donor, now=MORNING + 9 * DAY)
        assert now_of(row).state == "reserved"


class TestTypedByHand:
    """A donor may type the NIK of somebody who waits: their acquaintance, and the list must not offer them any more."""

    def test_a_typed_worker_leaves_the_list_when_the_registration_is_sent(self):
        row = waiting(SUTINI)
        made = at_state.draft(RARA)
        assert now_of(row).state == "waiting"
        sent(made, None)
        assert (now_of(row).state, now_of(row).reserved_by) == ("chosen", made.donor)
        own = made.sponsorships.get()
        assert own.waiting is None  # what the donor typed stays theirs to read and to repair

    def test_and_is_first_in_line_again_when_it_is_taken_back(self):
        row = waiting(SUTINI)
        made = at_state.submitted(RARA)
        registration.withdraw(registration_id=made.pk, by=made.donor, now=MORNING)
        assert (now_of(row).state, now_of(row).first_in_line) == ("waiting", True)

    def test_and_waits_again_when_the_donor_corrects_the_nik(self):
        row = waiting(SUTINI)
        made = at_state.submitted(RARA)
        verifier = at_state.staff("dewi", Role.OPD_VERIFIER, "DINKES")
        case = at_state.verification.take(registration_id=made.pk, by=verifier, now=MORNING)
        at_state.verification.return_to_donor(
            registration_id=made.pk,
            revision=case.revision,
            reasons={},
            note="NIK salah",
            by=verifier,
            now=MORNING,
        )
        drafts.save_worker(
            registration_id=made.pk, sponsorship_id=made.sponsorships.get().pk,
            values=at_state.worker_values(PARJO), notes=[], by=made.donor, now=MORNING,
        )  # fmt: skip
        assert now_of(row).state == "waiting"

    def test_a_worker_reserved_by_somebody_else_is_held(self):
        row = waiting(SUTINI)
        made = at_state.with_papers(RARA)
        reserved(at_state.draft(BIMA), row)
        answer = registration.submit(registration_id=made.pk, by=made.donor, now=MORNING)
        assert [finding.code for finding in answer] == ["held"]
        assert now_of(row).state == "reserved"


class TestReservationsThatAreOver:
    def test_the_worker_is_back_at_the_old_place_and_the_donor_is_told_once(self):
        made, row = at_state.draft(RARA), waiting(now=MORNING - 20 * DAY)
        taken = reserved(made, row)
        assert choosing.release_overdue(now=MORNING + 7 * DAY - timedelta(seconds=1)) == 0
        assert choosing.release_overdue(now=MORNING + 7 * DAY) == 1
        assert choosing.release_overdue(now=MORNING + 8 * DAY) == 0
        free = now_of(row)
        assert (free.state, free.first_in_line, free.waiting_since) == ("waiting", False, row.waiting_since)
        taken.refresh_from_db()
        assert (taken.state, taken.holds_nik) == ("withdrawn", None)
        told = at_state.Message.objects.get(event="reservation_over")
        assert told.recipient == str(made.donor_id) and made.reference in told.subject
        assert "Pedagang" in told.body and "Pilih dari daftar tunggu" in told.body and "/lanjut/" in told.body
        for secret in (YATI.name, YATI.nik, YATI.phone[3:], YATI.workplace):
            assert secret not in told.body

    def test_a_registration_that_was_sent_keeps_its_worker_also_when_it_is_returned(self):
        row, verifier = waiting(), at_state.staff("dewi", Role.OPD_VERIFIER, "DINKES")
        made = sent_with(RARA, row)
        case = at_state.verification.take(registration_id=made.pk, by=verifier, now=MORNING)
        at_state.verification.return_to_donor(
            registration_id=made.pk,
            revision=case.revision,
            reasons={},
            note="Foto gelap",
            by=verifier,
            now=MORNING,
        )
        assert choosing.release_overdue(now=MORNING + 20 * DAY) == 0
        assert now_of(row).state == "chosen"
        again = registration.submit(registration_id=made.pk, by=made.donor, now=MORNING + 20 * DAY)
        assert isinstance(again, Registration) and now_of(row).state == "chosen"
