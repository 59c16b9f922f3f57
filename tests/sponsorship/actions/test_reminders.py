"""Reminders over a simulated clock: who stopped half-way hears four times by day, anybody who goes on hears nothing."""

from datetime import datetime, timedelta

import pytest

from registry.actions import messages
from registry.models import Donor, Message
from sponsorship.actions import drafts, erasure, registration
from sponsorship.actions.reminders import remind
from sponsorship.models import Registration
from tests import at_state
from tests.cast import MORNING, RARA
from tests.threads import at_once

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REMINDERS = ("draft_reminder", "signature_reminder")

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_papers")]


def run(start: datetime, until: datetime, every: timedelta = 6 * HOUR) -> None:
    moment = start
    while moment <= until:
        remind(now=moment)
        messages.send_waiting(now=moment)
        moment += every


def said() -> list[tuple[str, str]]:
    found = Message.objects.filter(event__in=REMINDERS).order_by("created_at")
    return [(one.event, (one.created_at - MORNING).days) for one in found]


def test_an_unfinished_draft_is_reminded_four_times_and_never_at_night():
    at_state.draft(RARA)

    run(MORNING, MORNING + 40 * DAY)

    assert said() == [("draft_reminder", days) for days in (1, 3, 7, 14)]
    sent = Message.objects.filter(event__in=REMINDERS)
    assert all(8 <= (one.sent_at.hour + 7) % 24 < 19 for one in sent)


def test_a_draft_left_in_the_evening_is_reminded_in_the_next_morning_but_one():
    at_state.draft(RARA, MORNING + 13 * HOUR)  # 22.00 WIB
    run(MORNING + 13 * HOUR, MORNING + 3 * DAY, every=HOUR)
    first = Message.objects.get(event="draft_reminder")
    assert first.created_at == MORNING + 2 * DAY - HOUR  # 08.00 WIB


def test_a_printed_mandate_has_words_of_its_own_and_its_own_beginning():
    made = at_state.draft(RARA)
    run(MORNING, MORNING + 2 * DAY)
    text = at_state.consent_text(at_state.mandates.figures_of(made, MORNING + 2 * DAY))
    at_state.mandates.issue(registration_id=made.pk, agreed_text=text, by=made.donor, now=MORNING + 2 * DAY)

    run(MORNING + 2 * DAY, MORNING + 20 * DAY)

    assert said() == [("draft_reminder", 1)] + [("signature_reminder", 2 + days) for days in (1, 3, 7, 14)]


def test_what_a_reminder_says():
    made = at_state.draft(RARA)
    run(MORNING, MORNING + 15 * DAY)
    first, *_, last = Message.objects.filter(event="draft_reminder").order_by("created_at")
    assert made.reference in first.subject and "/lanjut/" in first.body and "/saya/pesan/" in first.body
    assert "29 hari lagi" in first.body and "16 hari lagi" in last.body
    assert "pengingat terakhir" in last.body and "pengingat terakhir" not in first.body
    for secret in (RARA.nip, RARA.account, RARA.workers[0].nik, RARA.workers[0].name):
        assert secret not in first.body


def test_a_scheduler_off_for_weeks_says_one_thing():
    at_state.draft(RARA)
    run(MORNING + 20 * DAY, MORNING + 29 * DAY)
    assert said() == [("draft_reminder", 20)]


def test_going_on_begins_anew_and_sending_ends_it():
    made = at_state.draft(RARA)
    run(MORNING, MORNING + 4 * DAY)
    drafts.save_terms(
        registration_id=made.pk, ceiling=0, wished_start=None, by=made.donor, now=MORNING + 5 * DAY
    )
    run(MORNING + 5 * DAY, MORNING + 6 * DAY)
    assert said() == [("draft_reminder", days) for days in (1, 3, 6)]


@pytest.mark.parametrize("walk", [at_state.submitted, at_state.with_papers])
def test_what_is_sent_or_withdrawn_is_left_alone(walk):
    made = walk(RARA)
    if made.state == "draft":
        registration.withdraw(registration_id=made.pk, by=made.donor, now=MORNING)
    run(MORNING, MORNING + 29 * DAY, every=DAY)
    assert said() == []


def test_who_muted_reminders_hears_none():
    at_state.draft(RARA)
    Donor.objects.update(muted=["reminders"])
    run(MORNING, MORNING + 29 * DAY, every=DAY)
    assert said() == []


def test_a_reminder_that_waits_is_dropped_when_its_donor_goes_on():
    made = at_state.draft(RARA)
    remind(now=MORNING + DAY)
    assert Message.objects.filter(event="draft_reminder", state="queued").count() == 1
    drafts.save_terms(
        registration_id=made.pk, ceiling=0, wished_start=None, by=made.donor, now=MORNING + DAY + HOUR
    )

    remind(now=MORNING + DAY + 2 * HOUR)

    assert said() == []


def test_a_reminder_that_waits_is_dropped_when_its_registration_is_erased():
    made = at_state.draft(RARA)
    remind(now=MORNING + DAY)
    registration.withdraw(registration_id=made.pk, by=made.donor, now=MORNING + DAY)
    made = Registration.objects.get()
    assert erasure.erase_registration(registration=made, by=made.donor, now=MORNING + DAY) is None
    assert said() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("committed_db")
def test_two_schedulers_at_once_remind_once():
    at_state.draft(RARA)
    at_once([lambda: remind(now=MORNING + DAY)] * 20)
    assert said() == [("draft_reminder", 1)]
