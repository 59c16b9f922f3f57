"""Made-up people for one tour: numbers that follow the rules, belong to nobody, and are fresh each time."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

FIRST = ("Contoh Sari", "Contoh Bagas", "Contoh Ningsih", "Contoh Wahyu", "Contoh Endah", "Contoh Rizal")
LAST = ("Utami", "Prakoso", "Lestari", "Nugroho", "Wulandari", "Saputra")


@dataclass(frozen=True)
class TourDonor:
    name: str
    nip: str
    email: str
    account: str
    worker_name: str
    worker_nik: str


def fresh_donor(chance: random.Random) -> TourDonor:
    """One civil servant and the worker they will sponsor."""
    name = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
    born = date(1975, 1, 1) + timedelta(days=chance.randrange(7000))
    nip = f"{born:%Y%m%d}{born.year + 25}{chance.randrange(1, 13):02d}{chance.choice('12')}{chance.randrange(900, 999)}"
    worker_born = date(1970, 1, 1) + timedelta(days=chance.randrange(10_000))
    nik = f"3374{chance.randrange(1, 17):02d}{worker_born:%d%m%y}{chance.randrange(9000, 9999)}"
    return TourDonor(
        name=name,
        nip=nip,
        email=f"peragaan.{chance.getrandbits(40):010x}@contoh.example",
        account=f"000{chance.randrange(10**7):07d}",
        worker_name=f"Contoh Slamet {chance.choice(LAST)}",
        worker_nik=nik,
    )
