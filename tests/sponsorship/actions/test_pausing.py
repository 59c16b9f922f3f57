"""Pausing and going on: which months are due, what the journal and the donor hear, and a task that may come late."""

from datetime import UTC, date, datetime, timedelta

import pytest

from registry.checks import count_of
from registry.models import AuditEvent, Message
from sponsorship import queries_promise, tasks
from sponsorship.actions import changes, ending, leaving, pausing
from sponsorship.checks import CHECKS
from sponsorship.models import Mandate, Sponsorship
from sponsorship.rules.months import Month
from tests import at_state
from tests.cast import AFTER_CUTOFF, BIMA, MORNING
from tests.sponsorship.promises import FULL, add, only, promising

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_papers")]

CUTOFF = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MONTHS = [Month(2026, 12).plus(number) for number in range(5)]
MARCH = Month(2027, 3)


@pytest.fixture
def donor():
    return promising(ceiling=2 * FULL).donor


def due_months(sponsorship: Sponsorship) -> list[str]:
    sponsorship.refresh_from_db()
    return [str(month) for month in MONTHS if queries_promise.due_in(sponsorship, month, 65)]


def pause(donor, until=None, now=MORNING, ids=None):
    return pausing.pause(by=donor, sponsorship_ids=ids, until=until, now=now)


def resume(donor, now=MORNING, ids=None):
    return pausing.resume(by=donor, sponsorship_ids=ids, now=now)


def said() -> list[str]:
    return [m.body for m in Message.objects.filter(event="promise_changed").order_by("created_at")]


def unbroken() -> None:
    assert [check.what for check in CHECKS if count_of(check.count)] == []


def test_a_pause_leaves_out_the_months_until_the_chosen_one(donor):
    (paused,) = pause(donor, until=MARCH)
    assert (paused.state, paused.pause_from, paused.pause_until) == ("paused", "2026-12", "2027-03")
    assert due_months(paused) == ["2027-03", "2027-04"]
    (body,) = said()
    assert "dijeda mulai Desember 2026 sampai Februari 2027" in body
    assert "Mulai Maret 2027 iuran dipotong lagi dengan sendirinya" in body
    assert "Tidak ada potongan untuk Desember 2026" in body
    unbroken()


def test_an_open_pause_lasts_until_the_donor_goes_on(donor):
    (paused,) = pause(donor)
    assert due_months(paused) == []
    assert "sampai Anda melanjutkannya" in said()[0]
    resume(donor, now=datetime(2027, 1, 10, 3, 0, tzinfo=UTC))
    assert due_months(paused) == ["2027-02", "2027-03", "2027-04"]
    unbroken()


@pytest.mark.parametrize(("moment", "first_due"), [(CUTOFF - MINUTE, []), (CUTOFF, ["2026-12"])])
def test_the_minute_of_the_cutoff_in_jakarta_decides_whether_the_month_is_still_paused(
    donor, moment, first_due
):
    (paused,) = pause(donor, now=moment)
    assert due_months(paused) == first_due


def test_one_of_two_workers_is_paused_and_the_other_goes_on(donor):
    second = add(donor)
    pause(donor, ids=[second.pk])
    assert due_months(second) == []
    assert due_months(only(position=1))[0] == "2026-12"


def test_all_workers_are_paused_with_one_message(donor):
    add(donor)
    assert len(pause(donor)) == 2
    assert len(said()) == 2  # the worker added, and one for both pauses


def test_pausing_the_same_again_changes_nothing(donor):
    pause(donor, until=MARCH)
    assert pause(donor, until=MARCH) == []
    assert len(said()) == AuditEvent.objects.filter(event="sponsorship.paused").count() == 1


def test_another_end_is_written_over_the_former_with_both_in_the_journal(donor):
    pause(donor, until=MARCH)
    (paused,) = pause(donor, until=Month(2027, 1), now=MORNING + MINUTE)
    assert (paused.pause_from, paused.pause_until) == ("2026-12", "2027-01")
    events = AuditEvent.objects.filter(event="sponsorship.paused").order_by("id")
    assert [event.detail["until_month"] for event in events] == ["2027-03", "2027-01"]
    unbroken()


def test_a_pause_cannot_end_with_its_first_month(donor):
    assert pause(donor, until=Month(2026, 12)) == pausing.TOO_SOON
    assert only().state == "ready"


def test_going_on_before_the_first_paused_month_leaves_no_trace_in_the_months(donor):
    (paused,) = pause(donor)
    resume(donor, now=MORNING + MINUTE)
    assert due_months(paused) == [str(month) for month in MONTHS]
    assert (paused.state, paused.pause_from) == ("ready", "")
    assert "dipotong lagi mulai Desember 2026" in said()[1]


def test_going_on_after_the_cutoff_does_not_bring_the_closed_month_back(donor):
    (paused,) = pause(donor)
    resume(donor, now=AFTER_CUTOFF)
    assert due_months(paused) == ["2027-01", "2027-02", "2027-03", "2027-04"]
    assert "dipotong lagi mulai Januari 2027" in said()[1]


def test_going_on_late_does_not_take_out_the_month_that_is_due_again(donor):
    """The pause ended with December; January is closed and due. The button is still there, for the task is late."""
    (paused,) = pause(donor, until=Month(2027, 1))
    resume(donor, now=datetime(2026, 12, 30, 3, 0, tzinfo=UTC))
    assert due_months(paused)[0] == "2027-01"


@pytest.mark.parametrize(("since", "state"), [("", "ready"), ("2026-11", "active")])
def test_who_was_confirmed_once_is_active_again_and_nobody_else(donor, since, state):
    Sponsorship.objects.update(active_since=since)
    pause(donor)
    (gone_on,) = resume(donor)
    assert gone_on.state == state


def test_going_on_without_a_pause_changes_nothing(donor):
    assert resume(donor) == []
    assert said() == []


def test_the_nightly_task_says_active_again_when_the_last_paused_month_is_over(donor, settings):
    (paused,) = pause(donor, until=Month(2027, 1))
    before = due_months(paused)
    assert (
        pausing.resume_over(now=datetime(2026, 12, 31, 16, 59, tzinfo=UTC)) == 0
    )  # a minute to midnight in Jakarta
    assert only().state == "paused"
    settings.APP_NOW = datetime(2026, 12, 31, 17, 1, tzinfo=UTC)
    tasks.resume_over()
    assert only().state == "ready"
    assert due_months(paused) == before
    assert AuditEvent.objects.get(event="sponsorship.resumed").actor_kind == "system"
    unbroken()


def test_a_task_that_comes_five_weeks_late_or_twice_changes_no_month(donor):
    (paused,) = pause(donor, until=Month(2027, 1))
    before = due_months(paused)
    late = datetime(2027, 2, 5, 3, 0, tzinfo=UTC)
    assert pausing.resume_over(now=late) == 1
    assert pausing.resume_over(now=late) == 0
    assert due_months(paused) == before == ["2027-01", "2027-02", "2027-03", "2027-04"]


def test_an_open_pause_is_not_ended_by_the_task(donor):
    pause(donor)
    assert pausing.resume_over(now=datetime(2028, 1, 1, 3, 0, tzinfo=UTC)) == 0


def test_a_paused_worker_may_be_ended_and_the_mandate_revoked(donor):
    second = add(donor)
    pause(donor)
    assert changes.end_worker(by=donor, sponsorship_id=second.pk, now=AFTER_CUTOFF).end_period == "2026-12"
    ending.revoke(by=donor, now=AFTER_CUTOFF)
    assert set(Sponsorship.objects.values_list("state", flat=True)) == {"ending"}
    assert due_months(second) == []
    unbroken()


def test_a_suspended_mandate_may_be_paused(donor):
    Mandate.objects.update(state="suspended")
    assert len(pause(donor)) == 1


def test_a_foreign_worker_refuses_the_whole_choice(donor):
    foreign = promising(BIMA).sponsorships.get()
    own = only(donor=donor)
    assert pause(donor, ids=[own.pk, foreign.pk]) == changes.NOT_YOURS
    assert resume(donor, ids=[foreign.pk]) == changes.NOT_YOURS
    assert set(Sponsorship.objects.values_list("state", flat=True)) == {"ready"}


def test_without_a_running_mandate_there_is_nothing_to_pause():
    stranger = at_state.draft(BIMA).donor
    assert pause(stranger) == ending.NOTHING_RUNS
    assert resume(stranger) == ending.NOTHING_RUNS


def test_when_the_last_month_of_a_retiring_donor_is_closed_nothing_is_paused_or_announced_any_more(donor):
    pause(donor)
    leaving.retire(by=donor, first_day_without_salary=date(2026, 12, 15), now=MORNING)
    before = len(said())

    assert pause(donor, now=AFTER_CUTOFF) == resume(donor, now=AFTER_CUTOFF) == pausing.OVER

    assert len(said()) == before
