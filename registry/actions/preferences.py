"""What a donor decides about messages: the channel, the kinds they can do without, and a second proven contact."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction

from registry.actions import audit, messages
from registry.actions.contacts import check_code, contact_index
from registry.models import ContactCode, Donor
from registry.queries import contacts_of, has_whatsapp
from registry.rules import preferences
from registry.rules.events import Event
from registry.rules.finding import Finding

NOT_OFFERED = Finding("not_offered", "Pilih salah satu saluran yang tersedia.", "preferred")
SAME_CONTACT = Finding(
    "same_contact", "Kontak ini sudah Anda pakai untuk masuk. Tulis kontak yang lain.", "channel"
)
NO_SECOND = Finding("no_second", "Belum ada kontak kedua.")
TAKEN = Finding(
    "taken",
    "Kontak itu sudah dipakai untuk masuk pada pendaftaran lain, jadi tidak dapat menjadi kontak masuk Anda.",
)


def choose(*, by: Donor, preferred: str, wanted: Iterable[str], now: datetime) -> Donor | Finding:
    """Saves the channel and the kinds of messages that are `wanted` (codes of preferences.KINDS); the others are
    muted."""
    with transaction.atomic():
        held = _lock(by)
        if preferred not in preferences.offered(contacts_of(held), has_whatsapp()):
            return NOT_OFFERED
        held.preferred = preferred
        held.muted = [code for code in preferences.CODES if code not in set(wanted)]
        return _save(held, now, "preferred", "muted")


def second_contact_fault(donor: Donor, channel: str, contact: str) -> Finding | None:
    """Why this cannot be the donor's second contact; asked before a code is sent to it, and again when it is proven."""
    return SAME_CONTACT if contact_index(channel, contact) == donor.contact_index else None


def prove_second_contact(*, by: Donor, code_id, typed: str, now: datetime) -> Donor | Finding:
    """Checks the code that was sent to another contact and keeps that for messages only: nobody comes in by it."""
    with transaction.atomic():
        code = check_code(code_id=code_id, typed=typed, now=now)
        if not isinstance(code, ContactCode):
            return code
        held = _lock(by)
        fault = second_contact_fault(held, code.channel, code.contact)
        if fault:
            return fault
        held.second_channel, held.second_contact = code.channel, code.contact
        audit.record(event=Event.CONTACT_PROVEN, about=held, by=by, now=now, channel=code.channel)
        return _save(held, now, "second_channel", "second_contact")


def remove_second_contact(*, by: Donor, now: datetime) -> Donor:
    """Forgets the second contact; messages go to the one the donor comes in by. Nothing there: nothing happens."""
    with transaction.atomic():
        held = _lock(by)
        if not held.second_channel:
            return held
        held.second_channel = held.second_contact = held.preferred = ""
        return _save(held, now, "second_channel", "second_contact", "preferred")


def swap_contacts(*, by: Donor, now: datetime) -> Donor | Finding:
    """From now on the donor comes in by the second contact, and the first one is for messages only.

    Both are told, so that nobody loses a registration to somebody who sat at their desk for a minute. Refused when the
    second contact opens another donor's pages.
    """
    with transaction.atomic():
        held = _lock(by)
        if not held.second_channel:
            return NO_SECOND
        earlier = held.channel, held.contact
        held.channel, held.contact = held.second_channel, held.second_contact
        held.second_channel, held.second_contact = earlier
        held.contact_index = contact_index(held.channel, held.contact)
        try:
            with transaction.atomic():
                _save(held, now, "channel", "contact", "contact_index", "second_channel", "second_contact")
        except IntegrityError:
            return TAKEN
        for channel, address in (earlier, (held.channel, held.contact)):
            to = messages.Recipient(str(held.pk), "email" if channel == "email" else "sms", address)
            messages.queue(event="contact_changed", to=to, occasion=f"{channel}/{now:%Y%m%d%H%M%S}", now=now)
        return held


def _lock(donor: Donor) -> Donor:
    return Donor.objects.select_for_update().get(pk=donor.pk, erased_at=None)


def _save(donor: Donor, now: datetime, *columns: str) -> Donor:
    donor.save(update_fields=columns)
    # That a contact changed is told by its channel; the sealed columns have no words of their own.
    changed = [column for column in columns if not column.removesuffix("_index").endswith("contact")]
    audit.record(event=Event.DONOR_PREFERENCES, about=donor, by=donor, now=now, changed=changed)
    return donor
