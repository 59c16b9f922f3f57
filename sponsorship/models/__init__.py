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
from sponsorship.models.tariff import DiscountLine, TariffLine, TariffQuestion
from sponsorship.models.waiting_list import Poster, WaitingWorker, WorkerConsent

__all__ = [
    "Consent",
    "DiscountLine",
    "FrozenMonth",
    "Holiday",
    "InvitationLink",
    "Mandate",
    "MandateLineage",
    "NikTry",
    "Poster",
    "Registration",
    "RegistrationPaper",
    "ReturnNote",
    "Sponsorship",
    "TariffLine",
    "TariffQuestion",
    "WaitingWorker",
    "WorkerConsent",
]
