"""What a donor chose about messages, kept by the outbox: muted kinds, the preferred channel, and its failing."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core import mail

from registry.actions import messages
from registry.actions.messages import FELL_BACK, MOST_TRIES, Saying, donor_recipient
from registry.models import Donor, Message
from registry.rules.preferences import CODES, kind_of
from tests.at_state import proven_donor
from tests.cast import MORNING, RARA

PHONE = "+6281299990001"

pytestmark = pytest.mark.django_db


@pytest.fixture
def donor() -> Donor:
    made = proven_donor(RARA)
    Message.objects.all().delete()
    made.second_channel, made.second_contact, made.preferred = "phone", PHONE, "whatsapp"
    made.save()
    return made


@pytest.fixture(autouse=True)
def any_words(donor):  # whose code still came in its own words
    with patch.object(messages, "words", lambda event, **values: ("Judul", "Isi")):
        yield


@pytest.mark.parametrize("event", [event for event, _ in Message.EVENTS])
def test_every_event_is_queued_unless_its_kind_is_muted(donor, event):
    donor.muted = list(CODES)
    expected = 0 if kind_of(event) else 1

    single = messages.queue(event=event, to=donor_recipient(donor), now=MORNING, occasion="1")
    many = messages.queue_many(
        event=event, sayings=[Saying(donor_recipient(donor), {}, occasion="2")], now=MORNING
    )

    assert (bool(single), many, Message.objects.count()) == (bool(expected), expected, 2 * expected)


def test_messages_take_the_preferred_channel_and_its_contact(donor):
    assert (donor_recipient(donor).channel, donor_recipient(donor).address) == ("whatsapp", PHONE)


def test_whatsapp_without_a_provider_is_the_contact_somebody_comes_in_by(donor, settings):
    settings.WHATSAPP_URL, settings.MESSAGES_SHOWN = "", False
    assert (donor_recipient(donor).channel, donor_recipient(donor).address) == ("email", RARA.email)


def send_until_it_gives_up(tries: int = MOST_TRIES) -> None:
    moment = MORNING
    for _ in range(tries):
        messages.send_waiting(now=moment)
        moment += timedelta(hours=10)


def test_a_channel_that_gives_up_hands_over_to_the_login_contact_and_notes_it(donor, settings):
    settings.WHATSAPP_URL, settings.MESSAGES_SHOWN = "", False
    with patch.object(messages, "has_whatsapp", lambda: True):
        queued = messages.queue(event="debit_notice", to=donor_recipient(donor), now=MORNING)
    assert queued.channel == "whatsapp"

    send_until_it_gives_up(MOST_TRIES + 1)

    said = Message.objects.get()
    assert (said.state, said.channel, said.to) == ("sent", "email", RARA.email)
    assert said.error.startswith(FELL_BACK) and "WhatsApp" in said.error
    assert [sent.to for sent in mail.outbox] == [[RARA.email]]


def test_the_login_contact_is_the_last_resort(donor, settings):
    donor.preferred = "email"
    messages.queue(event="debit_notice", to=donor_recipient(donor), now=MORNING)
    with patch.object(messages, "_hand_over", side_effect=OSError):
        send_until_it_gives_up(MOST_TRIES + 3)
    assert Message.objects.get().state == "failed"


def test_a_message_to_somebody_who_is_no_donor_just_fails():
    messages.queue(event="step_late", to=messages.Recipient("f" * 64, "sms", PHONE), now=MORNING)
    with patch.object(messages, "_hand_over", side_effect=OSError):
        send_until_it_gives_up()
    assert Message.objects.get().state == "failed"
