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
    "is a batch due": {"task": "autodebit.tasks.sweep", "schedule": SWEEP_SECONDS},
    "tell donors about debits": {"task": "autodebit.tasks.tell", "schedule": SWEEP_SECONDS},
    "raise alarms about late steps": {"task": "autodebit.tasks.alarm", "schedule": crontab(minute="*/5")},
    "expire drafts": {"task": "sponsorship.tasks.expire_drafts", "schedule": crontab(hour=2, minute=0)},
    "close ended sponsorships": {
        "task": "sponsorship.tasks.close_ended",
        "schedule": crontab(hour=1, minute=30),
    },
    "forget codes and tokens": {"task": "registry.tasks.forget", "schedule": crontab(hour=3, minute=0)},
    "purge papers": {"task": "sponsorship.tasks.purge_papers", "schedule": crontab(hour=2, minute=30)},
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
