"""Forgetting what was only needed for a moment: used codes and their messages, and the tokens of forms."""

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone

from registry.models import ContactCode, FormToken, Message

CODES_FOR = timedelta(days=1)
TOKENS_FOR = timedelta(days=7)


def forget(*, now: datetime) -> int:
    """Deletes codes and the messages that carried them after a day, form tokens after a week, sessions that are over.

    Answers how many rows. Sessions live by the machine's clock, also where the demo clock has moved on.
    """
    deleted = [
        ContactCode.objects.filter(sent_at__lt=now - CODES_FOR).delete(),
        Message.objects.filter(event="one_time_code", created_at__lt=now - CODES_FOR).delete(),
        FormToken.objects.filter(used_at__lt=now - TOKENS_FOR).delete(),
        Session.objects.filter(expire_date__lt=timezone.now()).delete(),
    ]
    return sum(rows for rows, _ in deleted)
