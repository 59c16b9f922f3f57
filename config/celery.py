"""The Celery application and the whole beat schedule.

Every scheduled task only asks the database whether something is due: running twice, late or on two machines changes
nothing, and a run that was missed is made up by the next one.
"""

import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging
from django.conf import settings

from config import env

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

SWEEP_SECONDS = 30.0 if env.mode() == "demo" else 60.0
SCHEDULE = {
    "send messages": {"task": "registry.tasks.send_messages", "schedule": 10.0},
    "look at papers": {"task": "sponsorship.tasks.look_at_papers", "schedule": SWEEP_SECONDS},
    "is a batch due": {"task": "autodebit.tasks.sweep", "schedule": SWEEP_SECONDS},
    "tell donors about debits": {"task": "autodebit.tasks.tell", "schedule": SWEEP_SECONDS},
    "raise alarms about late steps": {"task": "autodebit.tasks.alarm", "schedule": crontab(minute="*/5")},
    "expire drafts": {"task": "sponsorship.tasks.expire_drafts", "schedule": crontab(hour=2, minute=0)},
    "close ended sponsorships": {
        "task": "sponsorship.tasks.close_ended",
        "schedule": crontab(hour=1, minute=30),
    },
    "let go of reserved workers": {
        "task": "sponsorship.tasks.release_overdue",
        "schedule": crontab(minute="*/15"),
    },
    "forget who never agreed to wait": {
        "task": "sponsorship.tasks.let_go",
        "schedule": crontab(hour=2, minute=45),
    },
    "go on after a pause": {"task": "sponsorship.tasks.resume_over", "schedule": crontab(hour=1, minute=45)},
    # In the morning: nobody is woken by a message about money.
    "tell of a changing contribution": {
        "task": "sponsorship.tasks.tell_of_tariff",
        "schedule": crontab(hour=7, minute=10),
    },
    "ask who retires soon": {
        "task": "sponsorship.tasks.remind_retirement",
        "schedule": crontab(hour=7, minute=40),
    },
    "forget codes and tokens": {"task": "registry.tasks.forget", "schedule": crontab(hour=3, minute=0)},
    "purge papers": {"task": "sponsorship.tasks.purge_papers", "schedule": crontab(hour=2, minute=30)},
    "erase what was given up": {
        "task": "sponsorship.tasks.erase_settled",
        "schedule": crontab(hour=3, minute=30),
    },
    # Hourly, also at night: the action itself knows the hours in which nobody is disturbed.
    "remind of unfinished registrations": {
        "task": "sponsorship.tasks.remind",
        "schedule": crontab(minute=20),
    },
}
"""Hours are those of Asia/Jakarta (CELERY_TIMEZONE)."""

app = Celery("asn_peduli")
# For every thread: gunicorn's would otherwise send their tasks to a default application without a broker.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
app.conf.beat_schedule_filename = str(settings.VAR_DIR / "beat-schedule")
# Asked to stop while at work: two seconds to finish, then the task goes back to the queue (it is safe to run again).
app.conf.worker_soft_shutdown_timeout = 2.0
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Celery would put its own handlers in place of those that mask personal data."""
