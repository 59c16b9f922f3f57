"""The people of the tests, all made up: their numbers follow the rules and belong to nobody."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

TODAY = date(2026, 11, 20)
MORNING = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # 09.00 WIB, the cut-off of December is days ahead
AFTER_CUTOFF = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)  # 16.30 WIB on the day of December's cut-off


@dataclass(frozen=True)
class MadeUpWorker:
    name: str
    nik: str
    phone: str = ""
    occupation: str = "pedagang_pasar"
    workplace: str = "Pasar Contoh, los 7"
    kelurahan: str = "33.74.01.1001"
    programme: str = "jkk_jkm"
    income: int = 1_000_000


@dataclass(frozen=True)
class MadeUpDonor:
    name: str
    nip: str
    email: str
    account: str
    opd: str = "DINKES"
    position: str = "Pengelola Data"
    workers: tuple[MadeUpWorker, ...] = field(default=())


SUTINI = MadeUpWorker("Sutini Contoh", "3374015508809001", "+6281299990001")
PARJO = MadeUpWorker("Parjo Contoh", "3374021203759002", occupation="ojek_pangkalan", programme="jkk_jkm_jht")
RARA = MadeUpDonor(
    "Rara Contoh Lestari", "199003152015032901", "rara@contoh.example", "0001234567", workers=(SUTINI,)
)
BIMA = MadeUpDonor("Bima Contoh", "198512122024211902", "bima@contoh.example", "0007654321", workers=(PARJO,))


def another(number: int, **changes) -> MadeUpDonor:
    """One more donor with a worker of their own; `number` from 1 to 99 tells them apart."""
    worker = replace(SUTINI, name=f"Contoh Pekerja {number}", nik=f"33740155088091{number:02d}")
    person = MadeUpDonor(
        name="Contoh Donatur " + chr(64 + number),
        nip=f"199104122015032{900 + number}",
        email=f"donatur{number}@contoh.example",
        account=f"00099900{number:02d}",
        workers=(worker,),
    )
    return replace(person, **changes)


def one_of_many(number: int, worker: MadeUpWorker = SUTINI) -> MadeUpDonor:
    """One of up to 999 donors who differ in everything but their worker."""
    return MadeUpDonor(
        f"Contoh Donatur {number}",
        f"199003152015031{number:03d}",
        f"donatur{number}@contoh.example",
        f"00000{number:05d}",
        workers=(worker,),
    )
