"""Years of one donor's months, written as rows as a finished collection leaves them; single months are walked by the
real actions where the walk itself is tested."""

from datetime import UTC, date, datetime

from autodebit.models import Attempt, BankProfile, Batch, Entry, Obligation, ObligationLine, Remittance
from registry.models import User
from sponsorship.models import Mandate, Sponsorship
from sponsorship.rules.months import Month
from tests.autodebit.population import MandateSpec, WorkerSpec, make_mandates
from tests.month import an_operator

SHARE = 8_400


def old_donor(first: str = "2025-01", workers: int = 1, **changes) -> Mandate:
    """A donor whose mandate has been in force since `first`."""
    start = Month.parse(first).first_day()
    people = [WorkerSpec(state="ready", start_period=first) for _ in range(workers)]
    verified = datetime(start.year, start.month, 1, tzinfo=UTC).replace(year=start.year - 1)
    spec = MandateSpec(
        verified_at=verified, start_period=first, ceiling=16_800 * workers, workers=people, **changes
    )
    return make_mandates([spec])[0]


def months_of(mandate: Mandate, first: str, number: int, *, skip: tuple[str, ...] = ()) -> None:
    """So many confirmed months in a row from `first` on, without those in `skip`."""
    for place in range(number):
        month = Month.parse(first).plus(place)
        if str(month) not in skip:
            confirmed_month(mandate, str(month))


def confirmed_month(mandate: Mandate, period: str) -> Attempt:
    """One month that was debited, paid to BPJS and confirmed."""
    line = collected_month(mandate, period)
    paid_to_bpjs(mandate, period)
    Sponsorship.objects.filter(lineage=mandate.lineage, active_since="").update(
        state="active", active_since=period
    )
    return line


def collected_month(mandate: Mandate, period: str) -> Attempt:
    month, staff = Month.parse(period), an_operator()
    profile = BankProfile.objects.get(bank_id=mandate.bank_id)
    workers = list(Sponsorship.objects.filter(lineage=mandate.lineage))
    amount = SHARE * len(workers)
    payday = _at(month, 1)
    known = {"state": "closed", "collection_date": payday.date(), "opened_at": payday, "frozen_at": payday}
    batch, _ = Batch.objects.get_or_create(
        profile=profile, period=period, wave=1, defaults={**known, "count": 1, "total": amount}
    )
    obligation = Obligation.objects.create(
        lineage=mandate.lineage, mandate=mandate, period=period, amount=amount, state="met", planned_at=payday
    )
    for worker in workers:
        ObligationLine.objects.create(
            obligation=obligation, sponsorship=worker, base_income=1_000_000, jkk=5_000, jkm=3_400, jht=0,
            amount=SHARE,
        )  # fmt: skip
    line = Attempt.objects.create(
        obligation=obligation, batch=batch, revision=1, number=1, state="succeeded", amount=amount, mandate=mandate,
        reference=f"{mandate.lineage.code}01{period[2:4]}{period[5:]}1X", mandate_number=mandate.number,
        signed_on=mandate.signed_on, account="0000004567", account_holder=mandate.account_holder,
        opd_id=mandate.registration.opd_id,
    )  # fmt: skip
    Entry.objects.create(
        profile=profile, period=period, kind="collected", amount=amount, batch=batch, attempt=line, by=staff,
        at=_at(month, 2),
    )  # fmt: skip
    return line


def paid_to_bpjs(mandate: Mandate, period: str, confirmed: bool = True) -> Remittance:
    paid: date = _at(Month.parse(period), 10).date()
    staff: User = an_operator()
    return Remittance.objects.create(
        profile_id=mandate.bank_id, period=period, amount=SHARE, paid_on=paid,
        payment_reference=f"NTB-{mandate.lineage.code}-{period}",
        recorded_by=staff, recorded_at=_at(Month.parse(period), 10), confirmed_on=paid if confirmed else None,
        confirmation="BPJS-1" if confirmed else "", confirmed_by=staff if confirmed else None,
    )  # fmt: skip


def _at(month: Month, day: int) -> datetime:
    return datetime(month.year, month.month, day, 3, tzinfo=UTC)
