"""The WSGI application that gunicorn serves."""

import os

from django.conf import settings
from django.core import checks
from django.core.wsgi import get_wsgi_application

import config.celery  # noqa: F401 - a click hands its task to this application's queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

if settings.PRODUCTION:
    # A worker that fails here makes gunicorn stop: better no service than one with public passwords.
    faults = [
        fault for fault in checks.run_checks(tags=[checks.Tags.security]) if fault.level >= checks.ERROR
    ]
    if faults:
        raise SystemExit("\n".join(str(fault) for fault in faults))
