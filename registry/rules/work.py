"""What kind of work a worker does, as far as the contribution depends on it."""

from enum import StrEnum


class Sector(StrEnum):
    """The sectors that PP 50/2025 tells apart when it grants a discount on JKK and JKM."""

    TRANSPORT = "transport"
    OTHER = "other"


SECTOR_LABELS = {Sector.TRANSPORT: "Transportasi", Sector.OTHER: "Bukan transportasi"}
EMPLOYMENT_LABELS = {"pns": "PNS", "pppk": "PPPK"}
