"""Made-up workers on the waiting list, and one poster, for trying the product. Production refuses them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from registry.actions.demo_accounts import OnlyInDemo
from registry.models import AuditEvent, Kelurahan, Opd, User
from registry.rules.events import Event
from registry.vault import blind_index
from sponsorship.actions.worker_consent import text_now
from sponsorship.models import Poster, WaitingWorker, WorkerConsent
from sponsorship.rules.consent import text_hash
from sponsorship.rules.waiting import CONSENT_VERSION

POSTER_TOKEN = "contoh-pasar"
MARKET = ("pasar", "Pasar Johar (contoh)")
FIELD_OFFICE = "KEC-10"


@dataclass(frozen=True)
class _Person:
    """One worker: `ward` counts in the order of the codes, `days` since when they wait."""

    name: str
    born: date
    sex: str
    occupation: str
    workplace: str
    ward: int
    days: int
    group: tuple[str, str] = ("", "")


_PEOPLE = (
    _Person("Contoh Mbah Sarmi", date(1968, 3, 4), "P", "penjual_jamu", "Jalan Contoh Timur", 3, 41),
    _Person(
        "Contoh Pak Wagiman", date(1971, 8, 19), "L", "tukang_becak", "Pangkalan Pasar Johar", 9, 36, MARKET
    ),
    _Person("Contoh Bu Ngatinah", date(1976, 1, 27), "P", "buruh_gendong", "Pasar Johar", 9, 33, MARKET),
    _Person("Contoh Mas Yudi", date(1992, 11, 2), "L", "ojek_pangkalan", "Pangkalan Contoh", 30, 29),
    _Person("Contoh Pak Darto", date(1966, 6, 14), "L", "nelayan", "Dermaga Contoh", 20, 27),
    _Person("Contoh Bu Lasmi", date(1983, 9, 8), "P", "tukang_cuci", "Perumahan Contoh", 110, 24),
    _Person("Contoh Pak Suroto", date(1974, 4, 30), "L", "buruh_bangunan", "Proyek Contoh", 101, 20),
    _Person("Contoh Mbak Rini", date(1995, 12, 12), "P", "penjahit", "Rumah sendiri", 60, 17),
    _Person("Contoh Pak Maryono", date(1969, 2, 21), "L", "pemulung", "Jalan Contoh Barat", 140, 13),
    _Person("Contoh Bu Partinah", date(1979, 7, 5), "P", "pedagang_pasar", "Pasar Johar", 9, 9, MARKET),
    _Person("Contoh Mas Andri", date(1990, 5, 23), "L", "kurir", "Sekitar Tugu Muda", 45, 6),
    _Person("Contoh Pak Slamet", date(1972, 10, 10), "L", "marbot", "Masjid Contoh", 108, 3),
)


def make_waiting(*, now: datetime) -> int:
    """Makes the workers and the poster once; answers how many workers are new. Raises OnlyInDemo in production.

    Rows as verification leaves them; the demo accounts must be there, one of them checked everybody.
    """
    if settings.PRODUCTION:
        raise OnlyInDemo("Demo workers are made up; production has none.")
    if Poster.objects.filter(token=POSTER_TOKEN).exists():
        return 0
    operator = User.objects.get(username="operator.disnaker")
    with transaction.atomic():
        wards = list(Kelurahan.objects.order_by("code"))
        kind, name = MARKET
        poster = Poster.objects.create(
            token=POSTER_TOKEN, group_kind=kind, group_name=name, kelurahan=wards[9], created_by=operator,
            created_at=now,
        )  # fmt: skip
        rows = [
            _worker(number, person, wards, operator, poster, now) for number, person in enumerate(_PEOPLE)
        ]
        WaitingWorker.objects.bulk_create(rows)
        WorkerConsent.objects.bulk_create(_consent(row) for row in rows)
        lines = [_line(row, Event.WAITING_ENTERED, row.created_at) for row in rows]
        lines += [
            _line(row, Event.WAITING_VERIFIED, row.verified_at, source="entered", target="waiting")
            for row in rows
        ]
        AuditEvent.objects.bulk_create(sorted(lines, key=lambda line: line.at))
    return len(rows)


def _worker(
    number: int, person: _Person, wards: list[Kelurahan], operator: User, poster: Poster, now: datetime
) -> WaitingWorker:
    since = now - timedelta(days=person.days)
    kind, name = person.group
    by_poster = person.group == MARKET
    ward = wards[person.ward]
    row = WaitingWorker(
        created_at=since - timedelta(days=1),
        source="self" if by_poster else "officer",
        poster=poster if by_poster else None,
        entered_by=None if by_poster else User.objects.get(username="petugas.tembalang"),
        entered_for=None if by_poster else Opd.objects.get(code=FIELD_OFFICE),
        group_kind=kind,
        group_name=name,
        name=person.name,
        birth_date=person.born,
        sex=person.sex,
        occupation_id=person.occupation,
        workplace=person.workplace,
        kelurahan=ward,
        state="waiting",
        waiting_since=since,
        verified_by=operator,
        verified_at=since,
    )
    day = person.born.day + (40 if person.sex == "P" else 0)
    row.nik = f"3374{1 + number:02d}{day:02d}{person.born:%m%y}{9_801 + number}"
    row.phone = f"+6281299977{number:03d}"
    row.nik_index, row.phone_index = blind_index("nik", row.nik), blind_index("phone", row.phone)
    return row


def _consent(row: WaitingWorker) -> WorkerConsent:
    return WorkerConsent(
        nik_index=row.nik_index,
        waiting=row,
        method="code",
        text_version=CONSENT_VERSION,
        text_sha256=text_hash(text_now()),
        given_at=row.created_at,
    )


def _line(row: WaitingWorker, event: Event, at: datetime, **facts: str) -> AuditEvent:
    return AuditEvent(
        at=at, event=event, actor_kind="system", object_type=row._meta.label_lower, object_id=str(row.pk),
        opd_id=row.entered_for_id, detail={"practice": True, **facts},
    )  # fmt: skip
