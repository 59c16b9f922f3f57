"""The outbox. Actions write a row here; `registry.tasks.send_messages` sends it after the transaction."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import apprise
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template import Context
from django.template.loader import get_template

from registry.models import Donor, Message, User
from registry.queries import city, contacts_of, has_whatsapp
from registry.rules import preferences

logger = logging.getLogger(__name__)

MOST_TRIES = 8
AT_ONCE = 100
# Opens the note on a message that its own channel did not take.
FELL_BACK = "Dialihkan ke kontak utama"


class NotSent(Exception):
    """The channel did not take the message; the text is the reason, without the recipient."""


@dataclass(frozen=True)
class Recipient:
    """Whom and how: `key` recognises the same recipient again (donor id, user id or blind index of a contact);
    `muted` are the kinds of messages they do not want."""

    key: str
    channel: str
    address: str
    muted: tuple[str, ...] = ()


def donor_recipient(donor: Donor) -> Recipient:
    """The donor by the channel they prefer. One-time codes do not come this way: they go to the contact typed in."""
    channel, address = preferences.route(contacts_of(donor), donor.preferred, has_whatsapp())
    return Recipient(str(donor.pk), channel, address, tuple(donor.muted))


def staff_recipient(user: User) -> Recipient | None:
    """A member of staff by e-mail; None when the account has no address."""
    return Recipient(str(user.pk), "email", user.email) if user.email else None


def queue(
    *, event: str, to: Recipient, now: datetime, period: str = "", occasion: str = "", **values
) -> Message | None:
    """Puts one message into the outbox, or nothing when this recipient was already told (event, period, occasion) or
    has muted its kind.

    The body is sealed at rest.
    """
    if preferences.is_muted(event, to.muted):
        return None
    subject, body = words(event, **values)
    told = {"event": event, "recipient": to.key, "period": period, "occasion": occasion}
    if Message.objects.filter(**told).exists():
        return None
    message = Message(
        **told, channel=to.channel, to=to.address, subject=subject, body=body, created_at=now, not_before=now
    )
    # Two processes may have looked at the same moment: the constraint `said_once` lets one of them through.
    Message.objects.bulk_create([message], ignore_conflicts=True)
    return message if Message.objects.filter(pk=message.pk).exists() else None


@dataclass(frozen=True)
class Saying:
    """One of many messages of a kind: to whom, about which occasion, and what its template is filled with."""

    to: Recipient
    values: dict
    period: str = ""
    occasion: str = ""


def queue_many(*, event: str, sayings: Iterable[Saying], now: datetime) -> int:
    """`queue` for a whole list in one statement; who was told before or muted it is passed over. Answers how many are
    new."""
    profile = city()
    rows = []
    for saying in sayings:
        if preferences.is_muted(event, saying.to.muted):
            continue
        subject, body = words(event, **{"city": profile, **saying.values})
        rows.append(
            Message(
                event=event, recipient=saying.to.key, period=saying.period, occasion=saying.occasion,
                channel=saying.to.channel, to=saying.to.address, subject=subject, body=body, created_at=now,
                not_before=now,
            )
        )  # fmt: skip
    Message.objects.bulk_create(rows, ignore_conflicts=True, batch_size=AT_ONCE)
    return Message.objects.filter(pk__in=[row.pk for row in rows]).count()


def words(event: str, **values) -> tuple[str, str]:
    """Subject and body of a message, from `templates/messages/<event>.txt`: the first line is the subject."""
    known = {"base_url": settings.BASE_URL, **values}
    context = Context(known if "city" in known else {"city": city(), **known}, autoescape=False)
    first_line, _, body = (
        get_template(f"messages/{event}.txt").template.render(context).strip().partition("\n")
    )
    # One line, whatever was typed: a break in a subject would open a header of its own.
    return " ".join(first_line.split())[:160], body.strip()


def send_waiting(*, now: datetime) -> int:
    """Sends what is due, oldest first, one row per transaction; answers how many left. Safe to run twice at once."""
    sent = 0
    for _ in range(AT_ONCE):
        with transaction.atomic():
            message = (
                Message.objects.select_for_update(skip_locked=True)
                .filter(state=Message.QUEUED, not_before__lte=now)
                .order_by("not_before")
                .first()
            )
            if message is None:
                return sent
            sent += _send_one(message, now)
    return sent


def _send_one(message: Message, now: datetime) -> int:
    message.tries += 1
    try:
        _hand_over(message)
        message.state, message.sent_at = Message.SENT, now
        message.error = message.error if message.error.startswith(FELL_BACK) else ""
    except Exception as problem:  # whatever is wrong with one message, the others behind it still go out
        message.error = str(problem)[:200] if isinstance(problem, NotSent) else type(problem).__name__
        logger.warning("message %s was not sent: %s", message.pk, message.error)
        message.not_before = now + timedelta(minutes=2**message.tries)
        if message.tries >= MOST_TRIES and not _fall_back(message, now):
            message.state = Message.FAILED
    message.save(update_fields=["tries", "state", "sent_at", "error", "not_before", "channel", "to"])
    return int(message.state == Message.SENT)


def _fall_back(message: Message, now: datetime) -> bool:
    """Readdresses a message whose chosen channel gave up to the contact its donor comes in by, and notes why."""
    donor = (
        Donor.objects.filter(pk=message.recipient, erased_at=None).first() if _names_a_row(message) else None
    )
    if donor is None:
        return False
    channel, address = preferences.login_route(contacts_of(donor))
    if (channel, address) == (message.channel, message.to):
        return False
    message.error = f"{FELL_BACK}, {message.get_channel_display()} gagal: {message.error}"[:200]
    message.channel, message.to, message.tries, message.not_before = channel, address, 0, now
    return True


def _names_a_row(message: Message) -> bool:
    """A recipient is the id of a row or, for somebody who is none yet, the fingerprint of a contact."""
    try:
        return bool(UUID(message.recipient))
    except ValueError:
        return False


def _hand_over(message: Message) -> None:
    """E-mail by Django; SMS and WhatsApp by a gateway that apprise knows. Without a gateway demo mode keeps
    the row to read."""
    if message.channel == "email":
        EmailMessage(message.subject, message.body, to=[message.to]).send()
        return
    gateway = settings.SMS_URL if message.channel == "sms" else settings.WHATSAPP_URL
    if not gateway:
        if settings.MESSAGES_SHOWN:
            return
        raise NotSent(f"Belum ada penyedia {message.get_channel_display()}.")
    post = apprise.Apprise()
    post.add(gateway.replace("{to}", message.to))
    if not post.notify(title=message.subject, body=message.body):
        raise NotSent(f"Penyedia {message.get_channel_display()} menolak pesan.")
