from datetime import timedelta

import pytest

from registry.actions import contacts, forgetting
from registry.models import ContactCode, FormToken, Message
from tests.cast import MORNING

pytestmark = pytest.mark.django_db


def test_codes_and_their_messages_are_forgotten_after_a_day_and_not_before():
    contacts.send_code(channel="email", contact="rara@contoh.example", now=MORNING)

    assert forgetting.forget(now=MORNING + timedelta(days=1)) == 0
    assert forgetting.forget(now=MORNING + timedelta(days=1, seconds=1)) == 2
    assert not ContactCode.objects.exists()
    assert not Message.objects.exists()


def test_other_messages_and_young_tokens_stay():
    Message.objects.create(
        event="registration_submitted", recipient="x", channel="email", subject="s", created_at=MORNING
    )
    FormToken.objects.create(token="t", body_digest="d", answer="/", used_at=MORNING)

    assert forgetting.forget(now=MORNING + timedelta(days=7)) == 0
    assert forgetting.forget(now=MORNING + timedelta(days=8)) == 1
    assert Message.objects.count() == 1
    assert not FormToken.objects.exists()
