"""Proving a contact by a one-time code: how a donor without a password comes in, and comes back."""

import secrets
import unicodedata
from datetime import datetime, timedelta
from hmac import compare_digest

from django.db import IntegrityError, transaction
from django.db.models import F

from registry.actions import audit, messages
from registry.actions.locks import hold
from registry.models import ContactCode, Donor
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.vault import blind_index, code_digest

VALID_FOR = timedelta(minutes=15)
WAIT = timedelta(seconds=60)
MOST_TRIES = 5
AT_MOST_AN_HOUR = 5

WRONG = Finding(
    "wrong_code", "Kode tidak cocok. Periksa lagi 6 angka di pesan terakhir yang kami kirim.", "code"
)
USED_UP = Finding(
    "used_up", "Kode ini tidak berlaku lagi. Tekan “Kirim ulang kode” untuk mendapat kode baru.", "code"
)


def send_code(*, channel: str, contact: str, now: datetime) -> ContactCode | Finding:
    """Sends six digits to an e-mail address (lower case) or mobile number (E.164). Older codes of this contact end.

    Refused within 60 seconds of the last one, and after five within an hour.
    """
    index = contact_index(channel, contact)
    with transaction.atomic():
        hold(
            f"codes of {index}"
        )  # a first code has no row to lock: ten posts at once would send ten messages
        recent = list(
            ContactCode.objects.filter(contact_index=index, sent_at__gt=now - timedelta(hours=1)).order_by(
                "-sent_at"
            )
        )
        if recent and recent[0].sent_at > now - WAIT:
            left = int((recent[0].sent_at + WAIT - now).total_seconds()) + 1
            return Finding(
                "wait",
                f"Kode baru saja dikirim. Tunggu {left} detik lagi sebelum meminta kode baru.",
                "contact",
            )
        if len(recent) >= AT_MOST_AN_HOUR:
            return Finding(
                "too_often", "Sudah terlalu banyak kode dikirim. Coba lagi satu jam lagi.", "contact"
            )
        ContactCode.objects.filter(contact_index=index, used_at=None).update(expires_at=now)
        digits = f"{secrets.randbelow(1_000_000):06d}"
        code = ContactCode(
            channel=channel, contact=contact, contact_index=index, sent_at=now, expires_at=now + VALID_FOR
        )
        code.digest = code_digest(f"{code.pk}:{digits}")
        code.save(force_insert=True)
        audit.record(event=Event.CODE_SENT, about=code, by=audit.SYSTEM, now=now, channel=channel)
        messages.queue(
            event="one_time_code",
            to=messages.Recipient(index, "email" if channel == "email" else "sms", contact),
            occasion=str(code.pk),
            now=now,
            digits=digits,
            minutes=int(VALID_FOR.total_seconds() // 60),
        )
    return code


def prove(*, code_id, typed: str, now: datetime) -> Donor | Finding:
    """Checks the digits and answers the donor behind the contact, new or known."""
    with transaction.atomic():
        code = check_code(code_id=code_id, typed=typed, now=now)
        return code if isinstance(code, Finding) else _donor(code, now)


def check_code(*, code_id, typed: str, now: datetime) -> ContactCode | Finding:
    """Checks the digits (any spacing) and uses the code up. Five tries, 15 minutes.

    Makes nobody: whose contact it is, and what they may do now, is the business of the caller.
    """
    digits = "".join(str(unicodedata.decimal(character)) for character in typed if character.isdecimal())
    with transaction.atomic():
        code = ContactCode.objects.select_for_update().filter(pk=code_id).first()
        if code is None or code.used_at or code.expires_at <= now or code.tries >= MOST_TRIES:
            return USED_UP
        ContactCode.objects.filter(pk=code.pk).update(tries=F("tries") + 1)
        if not compare_digest(code.digest, code_digest(f"{code.pk}:{digits}")):
            return USED_UP if code.tries + 1 >= MOST_TRIES else WRONG
        ContactCode.objects.filter(pk=code.pk).update(used_at=now)
        return code


def contact_index(channel: str, contact: str) -> str:
    return blind_index(f"contact-{channel}", contact)


def _donor(code: ContactCode, now: datetime) -> Donor:
    known = Donor.objects.filter(contact_index=code.contact_index).first()
    if known:
        return known
    donor = Donor(
        channel=code.channel, contact=code.contact, contact_index=code.contact_index, created_at=now
    )
    try:
        with transaction.atomic():
            donor.save(force_insert=True)
            audit.record(event=Event.CONTACT_PROVEN, about=donor, by=donor, now=now, channel=code.channel)
        return donor
    except IntegrityError:
        return Donor.objects.get(contact_index=code.contact_index)
