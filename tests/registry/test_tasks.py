import pytest
from django.core import mail

from registry import tasks
from registry.models import Message
from tests import at_state
from tests.cast import MORNING, RARA


@pytest.mark.django_db
def test_the_task_sends_what_waits_in_the_outbox(settings):
    settings.APP_NOW = MORNING
    at_state.proven_donor(RARA)
    tasks.send_messages()
    assert [sent.to for sent in mail.outbox] == [[RARA.email]]
    assert Message.objects.get().state == "sent"
