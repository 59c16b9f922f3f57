from django.conf import settings

from registry.models import City, Donor
from registry.rules.preferences import Contacts


def city() -> City:
    """The one city profile; an empty one before the reference data is loaded."""
    return City.objects.select_related("bank").first() or City(name="", programme="ASN Peduli Pekerja Rentan")


def contacts_of(donor: Donor) -> Contacts:
    return Contacts(donor.channel, donor.contact, donor.second_channel, donor.second_contact)


def has_whatsapp() -> bool:
    """Whether a WhatsApp message can leave, or is shown on the demo's own page instead."""
    return bool(settings.WHATSAPP_URL or settings.MESSAGES_SHOWN)
