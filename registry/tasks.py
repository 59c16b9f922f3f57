from celery import shared_task

from config.clock import now
from registry.actions import messages


@shared_task(name="registry.tasks.send_messages")
def send_messages() -> None:
    messages.send_waiting(now=now())
