"""What a donor may choose about messages: which kinds they can do without, and by which channel the others come.

Money and rights are never muted: what will be debited, what was not, what came back, what was ended or erased.
"""

from collections.abc import Collection
from dataclasses import dataclass

EMAIL, SMS, WHATSAPP = "email", "sms", "whatsapp"


@dataclass(frozen=True)
class Kind:
    """Messages that a donor switches off together; `instead` says what they can still count on."""

    code: str
    label: str
    instead: str
    events: tuple[str, ...]


KINDS = (
    Kind(
        "reminders",
        "Pengingat pendaftaran yang belum selesai",
        "Pendaftaran yang tidak dilanjutkan tetap berakhir sendiri sesudah batas waktunya.",
        ("draft_reminder", "signature_reminder"),
    ),
    Kind(
        "receipts",
        "Tanda terima setiap potongan",
        "Tanda terima tetap dapat diunduh di halaman Potongan. Potongan yang gagal selalu diberitahukan.",
        ("debit_receipt",),
    ),
    Kind(
        "tariff",
        "Kabar iuran akan berubah",
        "Sebelum potongan dengan jumlah baru, pemberitahuan tetap dikirim.",
        ("tariff_change",),
    ),
    Kind(
        "retirement",
        "Pengingat menjelang pensiun",
        "Tanggal pensiun tetap dapat Anda isi di halaman Perubahan.",
        ("retirement_near",),
    ),
    Kind(
        "protected",
        "Kabar pekerja sudah terlindungi",
        "Status setiap pekerja tetap terlihat di halaman Ringkasan.",
        ("worker_protected",),
    ),
)
_KIND_OF = {event: kind.code for kind in KINDS for event in kind.events}
CODES = tuple(kind.code for kind in KINDS)


def kind_of(event: str) -> str:
    """The kind under which this event can be muted; empty when it never can."""
    return _KIND_OF.get(event, "")


def is_muted(event: str, muted: Collection[str]) -> bool:
    """Whether somebody who muted these kinds does not want to hear of this event."""
    return bool(kind := kind_of(event)) and kind in muted


@dataclass(frozen=True)
class Contacts:
    """The proven contacts of a donor by channel (`email` or `phone`): the one they come in by, and perhaps a second."""

    channel: str
    contact: str
    second_channel: str = ""
    second_contact: str = ""

    def at(self, channel: str) -> str:
        """The address for a channel of messages, or nothing."""
        wanted = "email" if channel == EMAIL else "phone"
        known = ((self.channel, self.contact), (self.second_channel, self.second_contact))
        return next((address for kind, address in known if kind == wanted), "")


def offered(contacts: Contacts, whatsapp: bool) -> tuple[str, ...]:
    """The channels this donor can choose from; WhatsApp only where the city has a provider (`whatsapp`)."""
    possible = (EMAIL, WHATSAPP, SMS) if whatsapp else (EMAIL, SMS)
    return tuple(channel for channel in possible if contacts.at(channel))


def login_route(contacts: Contacts) -> tuple[str, str]:
    """Channel and address of the contact the donor comes in by: it was proven first and is the last resort."""
    return (EMAIL if contacts.channel == "email" else SMS), contacts.contact


def route(contacts: Contacts, preferred: str, whatsapp: bool) -> tuple[str, str]:
    """Channel and address of a donor's messages: as they prefer, else by the contact they come in by."""
    if preferred in offered(contacts, whatsapp):
        return preferred, contacts.at(preferred)
    return login_route(contacts)
