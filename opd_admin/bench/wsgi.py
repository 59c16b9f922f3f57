"""The product under gunicorn for measuring: its own settings, one empty page more, and a header that counts queries."""

import os

from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
settings.ROOT_URLCONF = "opd_admin.bench.urls"
settings.MIDDLEWARE = ["opd_admin.bench.counting.CountQueries", *settings.MIDDLEWARE]

from config.wsgi import application  # noqa: E402 - reads the settings when it is imported

__all__ = ["application"]
