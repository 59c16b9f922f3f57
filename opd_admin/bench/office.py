"""The statements that the office's pages about one batch take: a whole city in it must not make them more."""

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.urls import reverse

from autodebit.models import Batch
from opd_admin.bench.client import Client
from opd_admin.bench.server import serving
from registry.models import RoleAssignment, User

ROLES = ("labour_operator", "labour_viewer", "auditor")
ROUNDS = 3


def queries_by_page(batch: Batch) -> dict[str, int]:
    """Page -> statements of one answer, asked of the product's own gunicorn. Raises RuntimeError."""
    with serving() as base_url:
        client = Client(base_url)
        client.cookies = _signed_in()
        return {name: client.measure(path, ROUNDS).queries for name, path in pages(batch).items()}


def pages(batch: Batch) -> dict[str, str]:
    """Name -> path of every page that shows an answered batch, its lines or its month."""
    answer = batch.result_files.get()
    return {
        "batches": reverse("office-batch-list"),
        "batch": reverse("office-batch-detail", args=[batch.pk]),
        "lines of a batch": reverse("office-batch-lines", args=[batch.pk]),
        "exclusions of a batch": reverse("office-batch-exclusions", args=[batch.pk]),
        "difference of a batch": reverse("office-batch-difference", args=[batch.pk]),
        "answer": reverse("office-answer", args=[answer.pk]),
        "lines of an answer": f"{reverse('office-answer-lines', args=[answer.pk])}?arti=applies",
        "lines without an answer": reverse("office-answer-missing", args=[answer.pk]),
        "follow-ups": reverse("office-follow-ups"),
        "trace": reverse("office-trace", args=[batch.attempts.order_by("reference")[0].obligation_id]),
        "books": reverse("office-books", args=[batch.period]),
        "month board": reverse("office-month", args=[batch.period]),
    }


def _signed_in() -> str:
    """The cookie of a made-up member of staff who has given a password and a code."""
    person = User.objects.create(username="bench-reader", full_name="Contoh Pembaca")
    RoleAssignment.objects.bulk_create(RoleAssignment(user=person, role=role) for role in ROLES)
    TOTP.activate(person, generate_totp_secret())
    factor = Authenticator.objects.get(user=person, type=Authenticator.Type.TOTP)
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session["account_authentication_methods"] = [{"method": "mfa", "id": factor.pk, "at": time.time()}]
    session["account_authentication_methods_user"] = str(person.pk)
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
