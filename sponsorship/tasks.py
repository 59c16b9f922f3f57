import logging

from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from config.clock import now
from sponsorship.actions import (
    choosing,
    ending,
    erasure,
    leaving,
    paper_checks,
    pausing,
    registration,
    reminders,
    tariff_clock,
    waiting_entry,
)

log = logging.getLogger(__name__)


@shared_task(name="sponsorship.tasks.expire_drafts")
def expire_drafts() -> None:
    registration.expire_drafts(now=now())


@shared_task(name="sponsorship.tasks.purge_papers")
def purge_papers() -> None:
    registration.purge_papers(now=now())


@shared_task(name="sponsorship.tasks.erase_settled")
def erase_settled() -> None:
    erasure.erase_settled(now=now())


@shared_task(name="sponsorship.tasks.remind")
def remind() -> None:
    reminders.remind(now=now())


@shared_task(name="sponsorship.tasks.close_ended")
def close_ended() -> None:
    """First who retires: what that ends is closed in the same night."""
    moment = now()
    leaving.close_retired(now=moment)
    ending.close_ended(now=moment)


@shared_task(name="sponsorship.tasks.remind_retirement")
def remind_retirement() -> None:
    leaving.remind_retirement(now=now())


@shared_task(name="sponsorship.tasks.tell_of_tariff")
def tell_of_tariff() -> None:
    tariff_clock.ask(now=now())


@shared_task(name="sponsorship.tasks.release_overdue")
def release_overdue() -> None:
    choosing.release_overdue(now=now())


@shared_task(name="sponsorship.tasks.let_go")
def let_go() -> None:
    waiting_entry.let_go(now=now())


@shared_task(name="sponsorship.tasks.resume_over")
def resume_over() -> None:
    pausing.resume_over(now=now())


@shared_task(name="sponsorship.tasks.look_at_paper")
def look_at_paper(paper_id: int) -> None:
    paper_checks.look(paper_id=paper_id, now=now())


@shared_task(name="sponsorship.tasks.look_at_papers")
def look_at_papers() -> None:
    """Makes up for tasks that were lost: the row that nobody has looked at is the truth."""
    paper_checks.look_at_waiting(now=now())


def look_soon(paper_id: int) -> None:
    """Asks the queue to look at a paper now: its donor is still on the page. Without a queue the tick does."""
    transaction.on_commit(lambda: _ask_to_look(paper_id))


def _ask_to_look(paper_id: int) -> None:
    try:
        look_at_paper.delay(paper_id)
    except OperationalError:
        log.warning("the queue is away; papers are looked at with its next tick")
