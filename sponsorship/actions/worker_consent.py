"""The worker's own yes: asked for by a link and a code to their phone, or kept as a form with a thumb print."""

import contextlib
import logging
from datetime import datetime
from typing import BinaryIO

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction

from registry import intake
from registry.actions import audit, contacts, documents, messages
from registry.models import Message, User
from registry.queries import city
from registry.rules.documents import OfficePaper
from registry.rules.events import Event
from registry.rules.finding import Finding
from sponsorship import queries
from sponsorship.models import WaitingWorker, WorkerConsent
from sponsorship.rules import waiting
from sponsorship.rules.consent import text_hash

logger = logging.getLogger(__name__)

AGREE, LEAVE = "pekerja-setuju", "pekerja-keluar"
# Somebody who waits may still agree on a newer text; who is chosen or gone has nothing left to agree to here.
ASKABLE = ("entered", "waiting")
TEXT_CHANGED = Finding(
    "text_changed", "Naskah persetujuan baru saja diperbarui. Baca lagi, lalu setujui.", "agree"
)
NO_PHONE = Finding("no_phone", "Nomor ponsel pekerja belum diisi; pakai formulir kertas.")
ASKED_TODAY = Finding("asked_today", "Tautan sudah dikirim hari ini. Kirim lagi besok bila belum dijawab.")
NOT_KEPT = Finding(
    "not_kept",
    "Formulir belum dapat disimpan karena gangguan di sistem kami. Coba unggah lagi nanti.",
    OfficePaper.WORKER_CONSENT,
)


def who() -> waiting.Who:
    """The names that the consent text of this city carries."""
    profile = city()
    return waiting.Who(profile.programme, profile.office or "dinas tenaga kerja", profile.help_phone)


def text_now() -> str:
    return waiting.consent_text(who())


def agree_url(row: WaitingWorker) -> str:
    """The link by which a worker reads the text and agrees; it opens nothing without the code to their phone."""
    return f"{settings.BASE_URL}/pekerja/setuju/{signing.dumps(str(row.pk), salt=AGREE)}/"


def leave_url(row: WaitingWorker) -> str:
    """The link by which a worker leaves the list, again with a code."""
    return f"{settings.BASE_URL}/pekerja/keluar/{signing.dumps(str(row.pk), salt=LEAVE)}/"


def by_token(token: str, purpose: str) -> WaitingWorker | None:
    """The worker a signed link is about, or None for anything else."""
    with contextlib.suppress(signing.BadSignature, ValidationError, ValueError):
        return WaitingWorker.objects.filter(pk=signing.loads(token, salt=purpose)).first()
    return None


def recipient(row: WaitingWorker) -> messages.Recipient | None:
    """The worker by SMS; None when no number is known."""
    if not row.phone:
        return None
    return messages.Recipient(contacts.contact_index("phone", row.phone), "sms", row.phone)


def consent_of(row: WaitingWorker) -> WorkerConsent | None:
    """The yes that counts: given for this very NIK."""
    own = row.consents.filter(nik_index=row.nik_index) if row.nik_index else row.consents.none()
    return own.select_related("document", "recorded_by").first()


def ask(*, waiting_id, by: User, now: datetime) -> Message | Finding:
    """Sends the link to the worker's phone, at most once a day."""
    with transaction.atomic():
        row = lock(waiting_id, *ASKABLE)
        if row is None:
            return waiting.NOT_LIVE
        to = recipient(row)
        if to is None:
            return NO_PHONE
        day = queries.calendar().local_date(now)
        sent = messages.queue(
            event="worker_consent_asked",
            to=to,
            occasion=f"{row.pk} {day}",
            now=now,
            link=agree_url(row),
            leave_link=leave_url(row),
            office=str(row.entered_for or who().office),
        )
        return sent or ASKED_TODAY


def agree(*, waiting_id, shown: str, code_id, typed: str, now: datetime) -> WorkerConsent | Finding:
    """The worker typed the code that went to their own phone under the text with the hash `shown`.

    A wrong code is counted also when nothing else changes. Agreeing twice is agreeing once.
    """
    with transaction.atomic():
        row = lock(waiting_id, *ASKABLE)
        if row is None:
            return waiting.NOT_LIVE
        if shown != text_hash(text_now()):
            return TEXT_CHANGED
        code = contacts.check_code(code_id=code_id, typed=typed, now=now)
        if isinstance(code, Finding):
            return code
        if code.contact != row.phone:
            return contacts.USED_UP
        return consent_of(row) or record(row=row, method="code", by=None, now=now)


def keep_form(*, waiting_id, upload: BinaryIO, by: User, now: datetime) -> WorkerConsent | Finding:
    """Keeps the photographed form with the worker's thumb print. Decoding takes seconds, so it goes before the lock."""
    if not WaitingWorker.objects.filter(pk=waiting_id, state__in=ASKABLE).exists():
        return waiting.NOT_LIVE
    looked_at = intake.inspect(upload, OfficePaper.WORKER_CONSENT)
    if isinstance(looked_at, intake.Refused):
        return looked_at.finding
    try:
        with transaction.atomic():
            row = lock(waiting_id, *ASKABLE)
            if row is None:
                return waiting.NOT_LIVE
            document = documents.store(
                kind=OfficePaper.WORKER_CONSENT,
                data=looked_at.data,
                content_type=looked_at.content_type,
                pages=list(looked_at.pages),
                by=by,
                now=now,
            )
            return record(row=row, method="thumb_print", by=by, now=now, document=document)
    except OSError:  # the disk is full or gone: nothing was kept
        logger.exception("a worker's form could not be kept")
        return NOT_KEPT


def record(
    *, row: WaitingWorker, method: str, by: User | None, now: datetime, document=None
) -> WorkerConsent:
    """Writes down a yes under the present text. Call it with the row locked or just made."""
    given = WorkerConsent.objects.create(
        nik_index=row.nik_index,
        waiting=row,
        method=method,
        text_version=waiting.CONSENT_VERSION,
        text_sha256=text_hash(text_now()),
        document=document,
        recorded_by=by,
        given_at=now,
    )
    audit.record(
        event=Event.WORKER_AGREED,
        about=row,
        by=by or audit.SYSTEM,
        now=now,
        opd_id=row.entered_for_id,
        method=method,
        text_version=given.text_version,
    )
    return given


def lock(waiting_id, *states: str) -> WaitingWorker | None:
    """This worker's row, locked, when it is in one of the states; else None."""
    rows = WaitingWorker.objects.select_for_update(of=("self",)).select_related("entered_for")
    return rows.filter(pk=waiting_id, state__in=states).first()
