"""Made-up donors for a practice month: verified, with an active mandate and a worker each, spread over four OPDs.

A registration with its papers takes seconds to print and to read; a practice server has to start in few. So the rows
are written as verification leaves them, set by set, with the same journal lines. Production refuses them.
"""

import io
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from PIL import Image, ImageDraw, ImageFont

from registry.actions import audit, documents
from registry.actions.contacts import contact_index
from registry.actions.demo_accounts import OnlyInDemo
from registry.models import AuditEvent, Document, Donor, Kelurahan, Occupation, Opd, Worker
from registry.queries import city
from registry.rules.events import Event
from registry.vault import blind_index
from sponsorship import queries
from sponsorship.actions.mandates import printed_checksum
from sponsorship.models import Mandate, MandateLineage, Registration, Sponsorship
from sponsorship.rules import consent, mandate
from sponsorship.rules.checks import REQUIRED_CHECKS

OFFICES = ("DINKES", "DISDIK", "DISHUB", "DLH")
DONORS = 24
INCOME = 1_000_000
_SEED = 20261201  # the same people on every practice server
_FIRST = ("Contoh Ayu", "Contoh Budi", "Contoh Citra", "Contoh Dimas", "Contoh Eka", "Contoh Fajar")
_LAST = ("Lestari", "Nugraha", "Puspita", "Santosa")
_WORKER = ("Contoh Pak Karto", "Contoh Bu Tuminah", "Contoh Mas Jarwo", "Contoh Bu Sumini")


@dataclass(frozen=True)
class _Person:
    """One donor with account and worker, as they would have typed it."""

    number: int
    name: str
    nip: str
    email: str
    account: str
    office: Opd
    workers: tuple[tuple[str, str, date], ...]  # name, NIK, born


def make_donors(*, now: datetime) -> int:
    """Makes the donors once; answers how many are new. Raises OnlyInDemo in production."""
    if settings.PRODUCTION:
        raise OnlyInDemo("Demo donors are made up; production has none.")
    people = list(_people())
    with transaction.atomic():
        if Donor.objects.filter(contact_index=contact_index("email", people[0].email)).exists():
            return 0
        _write(people, now)
        return len(people)


def _people() -> Iterator[_Person]:
    """Numbers that follow the rules, belong to nobody, and are the same each time."""
    chance, offices = random.Random(_SEED), {opd.code: opd for opd in Opd.objects.filter(code__in=OFFICES)}
    for number in range(DONORS):
        born = date(1975, 1, 1) + timedelta(days=chance.randrange(7_000))
        sex = chance.choice("12")
        nip = f"{born:%Y%m%d}{born.year + 25}{chance.randrange(1, 13):02d}{sex}{900 + number:03d}"
        yield _Person(
            number=number,
            name=f"{_FIRST[number % len(_FIRST)]} {_LAST[number // len(_FIRST)]}",
            nip=nip,
            email=f"latihan.{number + 1:02d}@contoh.example",
            account=f"00077{number + 1:05d}",
            office=offices[OFFICES[number % len(OFFICES)]],
            workers=tuple(_worker(number, place, chance) for place in range(1 + (number % 6 == 0))),
        )


def _worker(number: int, place: int, chance: random.Random) -> tuple[str, str, date]:
    born = date(1970, 1, 1) + timedelta(days=chance.randrange(10_000))
    nik = f"3374{1 + number % 16:02d}{born:%d%m%y}{9_500 + 10 * number + place}"
    return f"{_WORKER[(number + place) % len(_WORKER)]} {number + 1}", nik, born


def _write(people: list[_Person], now: datetime) -> None:
    paper = documents.store(
        kind="mandate_print", data=_paper(), content_type="application/pdf", by=audit.SYSTEM, now=now
    )
    journal: list[AuditEvent] = []
    rows: dict[type, list] = {
        model: [] for model in (Donor, Registration, MandateLineage, Mandate, Worker, Sponsorship)
    }
    for person in people:
        _add(person, paper, rows, journal, now)
    for model, made in rows.items():
        model.objects.bulk_create(made)
    AuditEvent.objects.bulk_create(journal)


def _add(person: _Person, paper: Document, rows: dict, journal: list[AuditEvent], now: datetime) -> None:
    donor = Donor(
        created_at=now,
        channel="email",
        contact=person.email,
        contact_index=contact_index("email", person.email),
        name=person.name,
        nip=person.nip,
        nip_index=blind_index("nip", person.nip),
        position="Pengelola Data",
        opd=person.office,
    )
    registration = _registration(person, donor, now)
    code = mandate.new_code(_code_bytes(person.number))
    lineage = MandateLineage(donor=donor, code=code, created_at=now)
    workers = [_worker_row(*worker, person) for worker in person.workers]
    sponsorships = [
        _sponsorship(worker, place, donor, registration, lineage, now)
        for place, worker in enumerate(workers, start=1)
    ]
    printed = _printed(registration, lineage, sponsorships, now)
    signed = _mandate(registration, lineage, printed, paper, now)
    for row in (donor, registration, lineage, signed, *workers, *sponsorships):
        rows[type(row)].append(row)
    journal.append(_line(Event.REGISTRATION_VERIFIED, registration, person, now, "verified"))
    journal.append(_line(Event.MANDATE_ACTIVATED, signed, person, now, "active"))
    journal += [_line(Event.SPONSORSHIP_READY, made, person, now, "ready") for made in sponsorships]


def _registration(person: _Person, donor: Donor, now: datetime) -> Registration:
    return Registration(
        reference=f"PR-LATI-{person.number + 1:04d}",
        donor=donor,
        state="verified",
        revision=4,
        started_at=now,
        touched_at=now,
        name=person.name,
        nip=person.nip,
        nip_index=blind_index("nip", person.nip),
        employment="pns",
        position="Pengelola Data",
        opd=person.office,
        bank=city().bank,
        account=person.account,
        account_index=blind_index("account", f"{city().bank_id}:{person.account}"),
        account_holder=person.name,
        submitted_at=now,
        verified_at=now,
        checks=list(REQUIRED_CHECKS),
    )


def _worker_row(name: str, nik: str, born: date, person: _Person) -> Worker:
    work = Occupation.objects.order_by("code")[person.number % 3]
    return Worker(
        name=name,
        nik=nik,
        nik_index=blind_index("nik", nik),
        birth_date=born,
        sex="L",
        occupation=work,
        workplace="Pasar Contoh",
        kelurahan=Kelurahan.objects.order_by("code")[person.number],
    )


def _sponsorship(
    worker: Worker,
    place: int,
    donor: Donor,
    registration: Registration,
    lineage: MandateLineage,
    now: datetime,
) -> Sponsorship:
    return Sponsorship(
        registration=registration,
        donor=donor,
        lineage=lineage,
        worker=worker,
        position=place,
        state="ready",
        programme="jkk_jkm",
        declared_income=INCOME,
        base_income=INCOME,
        holds_nik=worker.nik_index,
        start_period=str(queries.calendar().first_open_month(now)),
        created_at=now,
    )


def _printed(
    registration: Registration, lineage: MandateLineage, sponsorships: list[Sponsorship], now: datetime
) -> dict:
    """What would stand on the paper (see mandates.issue)."""
    office = queries.calendar()
    start, today = office.first_open_month(now), office.local_date(now)
    amounts = queries.amounts_of(sponsorships, start, queries.tariff())
    low, _ = mandate.ceiling_bounds(amounts.full, city().ceiling_factor)
    return {
        "reference": mandate.mandate_reference(lineage.code, 1),
        "version": 1,
        "number": f"SK/{today:%Y/%m}/{lineage.code}-01",
        "printed_on": today.isoformat(),
        "amount_now": amounts.now,
        "ceiling": low,
        "start": str(start),
        "text_version": consent.MANDATE_TEXT_VERSION,
        "basis": {"name": registration.name, "practice": True},
    }


def _mandate(
    registration: Registration, lineage: MandateLineage, printed: dict, paper: Document, now: datetime
) -> Mandate:
    return Mandate(
        lineage=lineage,
        version=1,
        number=printed["number"],
        registration=registration,
        state="active",
        bank=registration.bank,
        account=registration.account,
        account_index=registration.account_index,
        account_holder=registration.account_holder,
        ceiling=printed["ceiling"],
        amount_at_issue=printed["amount_now"],
        text_version=printed["text_version"],
        printed=json.dumps(printed, ensure_ascii=False),
        checksum=printed_checksum(printed),
        pdf=paper,
        pdf_sha256=paper.sha256,
        issued_at=now,
        start_period=printed["start"],
        signing_method="wet_scan",
        signed_on=queries.calendar().local_date(now),
        verified_at=now,
    )


def _line(event: Event, about, person: _Person, now: datetime, target: str) -> AuditEvent:
    return AuditEvent(
        at=now,
        event=event,
        actor_kind="system",
        object_type=about._meta.label_lower,
        object_id=str(about.pk),
        opd=person.office,
        detail={"target": target, "practice": True},
    )


def _code_bytes(number: int) -> bytes:
    return random.Random(f"{_SEED} {number}").randbytes(mandate.RANDOM_BYTES)


def _paper() -> bytes:
    """One page for all of them, which nobody takes for a signed mandate."""
    page = Image.new("RGB", (1240, 1754), "white")
    draw = ImageDraw.Draw(page)
    draw.rectangle((60, 60, 1180, 1694), outline=(60, 70, 80), width=4)
    for place, words in enumerate(("CONTOH UNTUK LATIHAN", "Bukan surat kuasa", "Semua data rekaan")):
        draw.text((140, 200 + 120 * place), words, fill=(30, 40, 60), font=ImageFont.load_default(60))
    out = io.BytesIO()
    page.save(out, "PDF", resolution=150, creationDate=None, modDate=None)
    return out.getvalue()
