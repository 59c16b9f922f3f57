from sponsorship.models.calendar import FrozenMonth, Holiday
from sponsorship.models.mandate import Mandate, MandateLineage
from sponsorship.models.registration import (
    Consent,
    InvitationLink,
    NikTry,
    Registration,
    RegistrationPaper,
    ReturnNote,
)
from sponsorship.models.sponsorship import Sponsorship
from sponsorship.models.tariff import DiscountLine, TariffLine

__all__ = [
    "Consent",
    "DiscountLine",
    "FrozenMonth",
    "Holiday",
    "InvitationLink",
    "Mandate",
    "MandateLineage",
    "NikTry",
    "Registration",
    "RegistrationPaper",
    "ReturnNote",
    "Sponsorship",
    "TariffLine",
]
