"""What a registration has so far, and whether its mandate was printed from exactly that."""

import json

from sponsorship import queries
from sponsorship.models import Mandate, Registration, Sponsorship
from sponsorship.rules.completeness import Facts


def facts_of(registration: Registration) -> Facts:
    """What a registration has so far, for the rule that says what it lacks."""
    own = queries.own_sponsorships(registration)
    change = registration.kind == "change"
    workers = queries.promised_sponsorships(registration, own) if change else own
    mandate = queries.current_mandate(registration)
    has_person = bool(
        registration.name and registration.nip_index and registration.employment and registration.position
    )
    complete = bool(has_person and registration.opd_id and registration.bank_id and workers)
    return Facts(
        has_person=has_person and registration.opd_id is not None,
        has_account=bool(registration.bank_id and registration.account_index and registration.account_holder),
        workers=len(workers),
        uncovered=tuple(s.worker.name for s in own if not s.programme),
        mandate_fits=bool(complete and mandate and fits(registration, mandate, own)),
        papers=frozenset(queries.papers_of(registration).values_list("kind", flat=True)),
        change=change,
    )


def fits(registration: Registration, current: Mandate, own: list[Sponsorship] | None = None) -> bool:
    """Whether a mandate was printed from exactly the present data of the registration (`own`: as read already), and
    its lineage was not revoked since."""
    if current.lineage.ended_at is not None:
        return False
    return json.loads(current.printed)["basis"] == basis_of(registration, own)


def basis_of(registration: Registration, own: list[Sponsorship] | None = None) -> dict:
    """The data that the paper was signed for; amounts of a month and dates are not among them."""
    return {
        "name": registration.name,
        "nip": registration.nip,
        "position": registration.position,
        "opd": registration.opd.code,
        "bank": registration.bank_id,
        "account": registration.account,
        "holder": registration.account_holder,
        "ceiling": registration.ceiling,
        "wished_start": registration.wished_start,
        "workers": [
            _worker_basis(sponsorship) for sponsorship in queries.promised_sponsorships(registration, own)
        ],
    }


def _worker_basis(sponsorship: Sponsorship) -> dict:
    worker = sponsorship.worker
    return {
        "name": worker.name,
        "nik": worker.nik,
        "occupation": worker.occupation.code,
        "workplace": worker.workplace,
        "kelurahan": worker.kelurahan_id,
        "programme": sponsorship.programme,
        "base_income": sponsorship.base_income,
    }
