"""Forgetting what was only needed for a moment: used codes and their messages, and the tokens of forms."""

from datetime import datetime, timedelta

from registry.models import ContactCode, FormToken, Message

CODES_FOR = timedelta(days=1)
TOKENS_FOR = timedelta(days=7)


def forget(*, now: datetime) -> int:
    """Deletes one-time codes and the messages that carried them after a day, form tokens after a week; answers
    how many rows."""
    deleted = [
        ContactCode.objects.filter(sent_at__lt=now - CODES_FOR).delete(),
        Message.objects.filter(event="one_time_code", created_at__lt=now - CODES_FOR).delete(),
        FormToken.objects.filter(used_at__lt=now - TOKENS_FOR).delete(),
    ]
    return sum(rows for rows, _ in deleted)
