from celery import shared_task

from config.clock import now
from sponsorship.actions import ending, registration


@shared_task(name="sponsorship.tasks.expire_drafts")
def expire_drafts() -> None:
    registration.expire_drafts(now=now())


@shared_task(name="sponsorship.tasks.purge_papers")
def purge_papers() -> None:
    registration.purge_papers(now=now())


@shared_task(name="sponsorship.tasks.close_ended")
def close_ended() -> None:
    ending.close_ended(now=now())
