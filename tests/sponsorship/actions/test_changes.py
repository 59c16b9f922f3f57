"""Adding, swapping and ending workers under a signed ceiling: from which month, for how much, and never twice."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from registry.checks import count_of
from registry.models import AuditEvent, City, Message
from registry.rules.finding import Finding
from sponsorship import queries_promise
from sponsorship.actions import changes, drafts, ending, leaving, pausing
from sponsorship.checks import CHECKS
from sponsorship.models import FrozenMonth, Mandate, NikTry, Registration, Sponsorship, TariffLine
from sponsorship.queries import tariff
from sponsorship.rules.months import Month
from tests import at_state
from tests.cast import AFTER_CUTOFF, BIMA, MORNING, PARJO, RARA, SUTINI
from tests.on_the_list import waiting
from tests.sponsorship.promises import DISCOUNTED, FULL, SITI, WATI, add, only, promising, roomy_city

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_papers")]

# Payday of December 2026 is Tuesday the 1st: its cut-off is Thursday the 26th of November, 16.00 in Jakarta.
CUTOFF = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DECEMBER, JANUARY = Month(2026, 12), Month(2027, 1)


@pytest.fixture
def roomy():
    """Rara pays for Sutini and signed twice as much."""
    return promising(ceiling=2 * FULL).donor


def unbroken() -> None:
    assert [check.what for check in CHECKS if count_of(check.count)] == []


def told(donor) -> list[str]:
    return [m.body for m in Message.objects.filter(event="promise_changed", recipient=str(donor.pk))]


def test_worker_added_under_the_ceiling_is_ready_from_the_first_open_month_without_new_paper(roomy):
    added = add(roomy)

    assert (added.state, added.start_period, added.end_period) == ("ready", "2026-12", "")
    mandate = Mandate.objects.get()
    assert (added.registration, added.lineage) == (mandate.registration, mandate.lineage)
    assert (added.base_income, added.funding, added.position) == (1_000_000, "asn_pribadi", 2)
    assert added.holds_nik == added.worker.nik_index
    event = AuditEvent.objects.get(event="sponsorship.added")
    assert (event.actor_donor, event.detail["source"], event.detail["target"]) == (roomy, "pending", "ready")
    unbroken()


def test_donor_is_told_once_what_changed_from_when_how_much_and_how_to_undo_it(roomy):
    add(roomy)
    (body,) = told(roomy)
    assert "Contoh Siti ditambahkan" in body and "mulai Desember 2026" in body
    assert "Potongan untuk Desember 2026: Rp16.800. Batas tertinggi: Rp33.600 per bulan." in body
    assert "Akhiri pekerja ini di halaman Pekerja" in body
    assert SITI.nik not in body


@pytest.mark.parametrize(
    ("moment", "start"), [(CUTOFF - MINUTE, "2026-12"), (CUTOFF, "2027-01"), (CUTOFF + MINUTE, "2027-01")]
)
def test_the_minute_of_the_cutoff_in_jakarta_decides_the_first_month(roomy, moment, start):
    assert add(roomy, now=moment).start_period == start


def test_a_month_frozen_early_is_left_alone(roomy):
    FrozenMonth.objects.create(period="2026-12", frozen_at=MORNING)
    assert add(roomy).start_period == "2027-01"


def test_a_mandate_that_begins_later_gives_the_worker_its_own_first_month(roomy):
    Mandate.objects.update(start_period="2027-03")
    assert add(roomy).start_period == "2027-03"


def test_room_is_the_ceiling_less_the_normal_tariff_of_what_goes_on(roomy):
    assert changes.room_under_ceiling(roomy, MORNING) == changes.Room(2 * FULL, FULL, FULL)
    add(roomy)
    assert changes.room_under_ceiling(roomy, MORNING) == changes.Room(2 * FULL, 2 * FULL, 0)


def test_no_room_is_refused_with_what_is_left_and_what_is_needed():
    donor = promising().donor

    answer = add(donor)

    assert answer.code == "over_ceiling"
    assert (
        "Rp16.800 per bulan. Ruang yang masih ada Rp0, sedangkan pekerja ini memerlukan Rp16.800"
        in answer.message
    )
    assert Sponsorship.objects.count() == 1 and told(donor) == []


def test_a_paused_worker_keeps_the_place_under_the_ceiling(roomy):
    pausing.pause(by=roomy, sponsorship_ids=None, until=None, now=MORNING)
    assert add(roomy).pk
    assert add(roomy, WATI).code == "over_ceiling"


def test_the_ceiling_is_held_against_every_tariff_line_known_ahead(roomy):
    TariffLine.objects.create(
        valid_from="2027-06", income_min=0, base_income=1_000_000, jkk=12_000, jkm=8_000, jht=20_000
    )
    room = changes.room_under_ceiling(roomy, MORNING)
    assert (room.full_now, room.left) == (FULL, 2 * FULL - 20_000)

    assert add(roomy).code == "over_ceiling"

    assert Sponsorship.objects.count() == 1


def test_a_version_the_opd_is_checking_must_have_room_as_well(roomy):
    """Rara's second registration was signed for Sutini and Parjo only: Siti on top would burst that ceiling."""
    again = replace(RARA, workers=(replace(PARJO, programme="jkk_jkm"),))
    at_state.submitted(again, MORNING + timedelta(hours=1))

    assert changes.room_under_ceiling(roomy, MORNING).left == 0
    assert add(roomy, now=MORNING + timedelta(hours=2)).code == "over_ceiling"


def test_a_suspended_mandate_takes_no_new_worker(roomy):
    Mandate.objects.update(state="suspended")
    assert add(roomy) == changes.MANDATE_WAITS


def test_without_a_running_mandate_nothing_is_added(roomy):
    stranger = at_state.draft(BIMA).donor
    assert add(stranger) == ending.NOTHING_RUNS
    ending.revoke(by=roomy, now=MORNING)
    assert add(roomy) == ending.NOTHING_RUNS
    assert changes.room_under_ceiling(roomy, MORNING) == changes.Room(0, 0, 0)


def test_a_worker_somebody_else_protects_is_refused_without_detail_and_the_try_is_kept(roomy):
    promising(BIMA)
    answer = add(roomy, PARJO, programme="jkk_jkm")
    assert answer == drafts.HELD
    assert NikTry.objects.filter(donor=roomy).count() == 2  # Sutini when registering, Parjo now


def test_a_worker_at_the_age_limit_in_the_first_month_is_refused(roomy):
    old = replace(SITI, nik="3374014112619204")  # a woman born on the first of December 1961
    assert add(roomy, old).code == "too_old"
    assert Sponsorship.objects.count() == 1


def test_more_different_niks_than_a_day_allows_are_refused(roomy):
    City.objects.update(niks_per_day=1)
    assert add(roomy).code == "too_many_tries"


def test_odd_input_is_noted_at_the_registration(roomy):
    changes.add_worker(
        by=roomy,
        values=at_state.worker_values(SITI),
        waiting_id=None,
        programme="jkk_jkm",
        declared_income=1_000_000,
        replaces=None,
        notes=[Finding("odd", "Wilayah tidak dikenal.", "nik", "note")],
        now=MORNING,
    )
    added = Sponsorship.objects.get(worker__name=SITI.name)
    assert {
        "step": f"pekerja:{added.pk}",
        "field": "nik",
        "message": "Wilayah tidak dikenal.",
    } in Registration.objects.get().notes


# Swap


def test_a_swap_before_the_first_month_is_over_at_once_and_leaves_one_worker_for_it(roomy):
    old = only()
    added = add(roomy, replaces=old.pk)

    old.refresh_from_db()
    assert (old.state, old.end_period, old.holds_nik, old.successor) == ("superseded", "", None, added)
    assert added.start_period == "2026-12"
    assert due(roomy) == {DECEMBER: [SITI.name], JANUARY: [SITI.name]}
    (body,) = told(roomy)
    assert "Contoh Siti menggantikan Sutini Contoh" in body and "belum pernah dipotong" in body
    unbroken()


def test_a_swap_after_the_cutoff_leaves_the_closed_month_to_the_old_worker_and_gives_the_next_to_the_new(
    roomy,
):
    old = only()
    added = add(roomy, replaces=old.pk, now=AFTER_CUTOFF)

    old.refresh_from_db()
    assert (old.state, old.end_period, old.successor) == ("ending", "2026-12", added)
    assert old.holds_nik is not None
    assert due(roomy) == {DECEMBER: [SUTINI.name], JANUARY: [SITI.name]}
    (body,) = told(roomy)
    assert "Desember 2026 adalah bulan terakhir Sutini Contoh" in body
    assert "Mulai Januari 2027 yang dihitung adalah Contoh Siti" in body
    assert ending.close_ended(now=datetime(2027, 1, 1, tzinfo=UTC)) == 1
    unbroken()


def test_a_swap_needs_no_more_room_than_the_old_worker_leaves():
    donor = promising().donor
    assert add(donor, replaces=only().pk).pk
    assert changes.room_under_ceiling(donor, MORNING).left == 0


def test_a_swap_for_a_dearer_cover_is_refused_and_the_old_worker_stays():
    donor = promising().donor
    assert add(donor, replaces=only().pk, programme="jkk_jkm_jht").code == "over_ceiling"
    assert only().state == "ready"


def test_swapping_the_same_worker_twice_adds_one(roomy):
    old = only()
    add(roomy, replaces=old.pk)
    assert add(roomy, WATI, replaces=old.pk) == changes.ENDED_ALREADY
    assert Sponsorship.objects.filter(state="ready").count() == 1


def test_swapping_for_the_worker_one_has_is_refused(roomy):
    assert add(roomy, SUTINI, replaces=only().pk) == drafts.HELD
    assert only().state == "ready"


def test_a_worker_who_is_ending_comes_back_only_after_the_last_month(roomy):
    changes.end_worker(by=roomy, sponsorship_id=only().pk, now=AFTER_CUTOFF)
    assert add(roomy, SUTINI, now=AFTER_CUTOFF).code == "still_yours"
    january = datetime(2027, 1, 4, 3, 0, tzinfo=UTC)
    ending.close_ended(now=january)
    assert add(roomy, SUTINI, now=january).start_period == "2027-02"
    unbroken()


# From the waiting list


def test_a_waiting_worker_is_taken_and_settled_in_one_go(roomy):
    row = waiting(WATI)
    added = add(roomy, waiting=row)
    row.refresh_from_db()
    assert (row.state, row.reserved_by, row.reserved_until) == ("chosen", roomy, None)
    assert (added.waiting, added.worker.nik_index) == (row, row.nik_index)
    unbroken()


def test_without_room_the_waiting_worker_goes_on_waiting():
    row = waiting(WATI)
    assert add(promising().donor, waiting=row).code == "over_ceiling"
    row.refresh_from_db()
    assert row.state == "waiting"


def test_a_worker_typed_by_nik_leaves_the_list_as_well(roomy):
    row = waiting(SITI)
    assert add(roomy, SITI).pk
    row.refresh_from_db()
    assert row.state == "chosen"


def test_a_swapped_out_worker_from_the_list_is_first_in_line_again(roomy):
    row = waiting(WATI)
    added = add(roomy, waiting=row)
    add(roomy, SITI, replaces=added.pk)
    row.refresh_from_db()
    assert (row.state, row.first_in_line, row.reserved_by) == ("waiting", True, None)
    unbroken()


def test_a_worker_from_the_list_whose_last_month_runs_comes_back_when_it_is_over(roomy):
    row = waiting(WATI)
    added = add(roomy, waiting=row)
    changes.end_worker(by=roomy, sponsorship_id=added.pk, now=AFTER_CUTOFF)
    row.refresh_from_db()
    assert row.state == "chosen"
    ending.close_ended(now=datetime(2027, 1, 1, 3, 0, tzinfo=UTC))
    row.refresh_from_db()
    assert row.state == "waiting"


# Ending


def test_ending_before_the_first_month_is_over_at_once(roomy):
    add(roomy)
    ended = changes.end_worker(by=roomy, sponsorship_id=only(worker__name=SUTINI.name).pk, now=MORNING)
    assert (ended.state, ended.end_period, ended.holds_nik) == ("ended", "", None)
    assert due(roomy)[DECEMBER] == [SITI.name]
    assert any("dibatalkan sebelum potongan pertama" in body for body in told(roomy))
    unbroken()


def test_ending_after_the_cutoff_leaves_the_closed_month(roomy):
    ended = changes.end_worker(by=roomy, sponsorship_id=only().pk, now=AFTER_CUTOFF)
    assert (ended.state, ended.end_period) == ("ending", "2026-12")
    assert due(roomy) == {DECEMBER: [SUTINI.name], JANUARY: []}


def test_the_last_worker_may_go_and_the_mandate_stays_open_for_another(roomy):
    changes.end_worker(by=roomy, sponsorship_id=only().pk, now=MORNING)

    assert Mandate.objects.get().state == "active"
    assert "Tidak ada lagi pekerja yang Anda lindungi" in told(roomy)[0]
    assert Registration.objects.get().ended_at == MORNING
    assert add(roomy).state == "ready"
    assert Registration.objects.get().ended_at is None


def test_ending_twice_ends_once(roomy):
    first = changes.end_worker(by=roomy, sponsorship_id=only().pk, now=AFTER_CUTOFF)
    again = changes.end_worker(by=roomy, sponsorship_id=first.pk, now=AFTER_CUTOFF)
    assert (again.state, again.end_period) == ("ending", "2026-12")
    assert len(told(roomy)) == AuditEvent.objects.filter(event="sponsorship.ending").count() == 1


def test_a_foreign_worker_is_neither_ended_nor_swapped(roomy):
    other = promising(BIMA)
    foreign = other.sponsorships.get()
    assert changes.end_worker(by=roomy, sponsorship_id=foreign.pk, now=MORNING) == changes.NOT_YOURS
    assert add(roomy, replaces=foreign.pk) == changes.NOT_YOURS
    foreign.refresh_from_db()
    assert foreign.state == "ready"


def test_the_amount_is_that_of_the_tariff_in_force_with_its_discount(roomy):
    add(roomy, now=AFTER_CUTOFF)
    running = queries_promise.promises_of(roomy)
    amounts = {month: queries_promise.amount_in(running, month, tariff()) for month in (DECEMBER, JANUARY)}
    assert amounts == {DECEMBER: DISCOUNTED, JANUARY: 2 * FULL}  # the discount ends with December


def test_a_city_with_more_room_lets_several_in_until_it_is_full():
    roomy_city()
    donor = promising(ceiling=3 * FULL).donor
    answers = [add(donor, worker) for worker in (SITI, WATI, replace(SITI, nik="3374015508809203"))]
    assert [getattr(answer, "code", "in") for answer in answers] == ["in", "in", "over_ceiling"]


def due(donor) -> dict[Month, list[str]]:
    """Whose contribution is due, in the two months around the cut-off."""
    running = queries_promise.promises_of(donor)
    return {
        month: [each.worker.name for each in running if queries_promise.due_in(each, month, 65)]
        for month in (DECEMBER, JANUARY)
    }


# A donor who retires


def test_after_the_last_month_of_a_retiring_donor_no_amount_is_announced(roomy):
    add(roomy)
    leaving.retire(by=roomy, first_day_without_salary=date(2026, 12, 15), now=MORNING)

    changes.end_worker(by=roomy, sponsorship_id=only(position=2).pk, now=AFTER_CUTOFF)

    assert any("Tidak ada potongan untuk Januari 2027." in said for said in told(roomy))


def test_a_worker_ended_before_the_nightly_round_keeps_the_last_month_of_the_mandate(roomy):
    """January is cut already, but the donor's last month was December."""
    leaving.retire(by=roomy, first_day_without_salary=date(2026, 12, 15), now=MORNING)

    ended = changes.end_worker(
        by=roomy, sponsorship_id=only().pk, now=datetime(2026, 12, 31, 3, 0, tzinfo=UTC)
    )

    assert (ended.state, ended.end_period) == ("ending", "2026-12")
    assert "Bulan terakhirnya Desember 2026." in told(roomy)[-1]
