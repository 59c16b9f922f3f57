"""Made-up people for the tests of the collection: staff, and mandates as a test needs them, over the reference data.

Rows are written as they are after verification; how they get there is tested where it happens (sponsorship).
"""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from registry.models import Document, Donor, Opd, RoleAssignment, User, Worker
from registry.vault import blind_index
from sponsorship.models import Mandate, MandateLineage, Registration, Sponsorship
from sponsorship.rules.mandate import RANDOM_BYTES, new_code

PERIOD = "2026-12"
# Payday of December 2026 is Tuesday the 1st; three working days before it is Thursday the 26th of November, 16.00 WIB.
CUTOFF = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
BEFORE = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
AFTER = datetime(2026, 11, 26, 9, 1, tzinfo=UTC)
FULL_PRICE = 16_800
DISCOUNTED = 8_400


@dataclass
class WorkerSpec:
    state: str = "ready"
    start_period: str = PERIOD
    end_period: str = ""
    born: date | None = date(1980, 5, 17)
    occupation: str = "pedagang_pasar"
    programme: str = "jkk_jkm"
    base_income: int = 1_000_000
    funding: str = "asn_pribadi"
    pause_from: str = ""
    pause_until: str = ""


@dataclass
class MandateSpec:
    state: str = "active"
    verified_at: datetime | None = BEFORE
    signed_on: date | None = date(2026, 11, 18)
    start_period: str = PERIOD
    end_period: str = ""
    ended_at: datetime | None = None
    ceiling: int = FULL_PRICE
    account: str | None = None
    opd: str | None = "DISDIK"
    holder: str = "Contoh Sari"
    workers: Sequence[WorkerSpec] = field(default_factory=lambda: [WorkerSpec()])


def make_staff(name: str, *roles: str) -> User:
    user = User.objects.create(username=name, full_name=f"Contoh {name.title()}")
    for role in roles:
        RoleAssignment.objects.create(user=user, role=role)
    return user


def make_mandates(specs: Sequence[MandateSpec]) -> list[Mandate]:
    """One donor, lineage, mandate and its sponsorships for each spec, in their order."""
    offices = dict(Opd.objects.values_list("code", "pk"))
    paper = Document.objects.create(
        kind="mandate_print", sha256="0" * 64, size=1, content_type="application/pdf"
    )
    start = Mandate.objects.count()
    donors, registrations, lineages, mandates, workers, sponsorships = [], [], [], [], [], []
    for number, spec in enumerate(specs, start=start + 1):
        account = f"{number:010d}" if spec.account is None else spec.account
        donor = Donor(channel="email", contact_index=f"donor-{number}", name=spec.holder)
        registration = Registration(
            reference=f"D{number:08d}",
            donor=donor,
            state="verified",
            opd_id=offices.get(spec.opd),
            bank_id="113",
        )
        lineage = MandateLineage(donor=donor, code=_code(number))
        donors.append(donor)
        registrations.append(registration)
        lineages.append(lineage)
        mandates.append(_mandate(number, spec, account, registration, lineage, paper))
        for position, worker_spec in enumerate(spec.workers, start=1):
            worker = _worker(f"{number}-{position}", worker_spec)
            workers.append(worker)
            sponsorships.append(_sponsorship(worker, worker_spec, position, donor, registration, lineage))
    for rows in (donors, registrations, lineages, mandates, workers, sponsorships):
        if rows:
            type(rows[0]).objects.bulk_create(rows)
    return mandates


def _code(number: int) -> str:
    return new_code(hashlib.sha256(f"lineage {number}".encode()).digest()[:RANDOM_BYTES])


def _mandate(number, spec: MandateSpec, account: str, registration, lineage, paper) -> Mandate:
    return Mandate(
        lineage=lineage,
        version=1,
        number=f"SK/2026/11/{number:06d}",
        registration=registration,
        state=spec.state,
        bank_id="113",
        account=account,
        account_index=blind_index("account", f"113:{account}"),
        account_holder=spec.holder,
        ceiling=spec.ceiling,
        amount_at_issue=FULL_PRICE,
        text_version="1",
        checksum="0",
        pdf=paper,
        pdf_sha256=paper.sha256,
        issued_at=BEFORE,
        start_period=spec.start_period,
        end_period=spec.end_period,
        signing_method="wet_scan",
        signed_on=spec.signed_on,
        verified_at=spec.verified_at,
        ended_at=spec.ended_at,
    )


def _worker(mark: str, spec: WorkerSpec) -> Worker:
    return Worker(
        id=uuid.uuid4(), name=f"Contoh Pekerja {mark}", nik_index=f"nik-{mark}", birth_date=spec.born,
        occupation_id=spec.occupation, workplace="Pasar Contoh", kelurahan_id="33.74.01.1001",
    )  # fmt: skip


def _sponsorship(
    worker: Worker, spec: WorkerSpec, position: int, donor, registration, lineage
) -> Sponsorship:
    holds = worker.nik_index if spec.state in ("ready", "active", "paused", "ending") else None
    return Sponsorship(
        registration=registration, donor=donor, lineage=lineage, worker=worker, position=position, state=spec.state,
        programme=spec.programme, declared_income=spec.base_income, base_income=spec.base_income, funding=spec.funding,
        holds_nik=holds, start_period=spec.start_period, end_period=spec.end_period,
        pause_from=spec.pause_from, pause_until=spec.pause_until,
    )  # fmt: skip
