"""Doors of the queue for the outbox. The rows are the truth: a lost task only means that the next tick sends."""

import logging

from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from config.clock import now
from registry.actions import forgetting, messages

log = logging.getLogger(__name__)


@shared_task(name="registry.tasks.send_messages")
def send_messages() -> None:
    messages.send_waiting(now=now())


@shared_task(name="registry.tasks.forget")
def forget() -> None:
    forgetting.forget(now=now())


def send_soon() -> None:
    """Asks the queue to send now what was put into the outbox: somebody waits for a code. Without a queue the
    tick does."""
    transaction.on_commit(_ask)


def _ask() -> None:
    try:
        send_messages.delay()
    except OperationalError:
        log.warning("the queue is away; messages leave with its next tick")
