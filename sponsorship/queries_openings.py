"""Who looked at a donor's papers and full numbers: from the journal, by office and role, never by name."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from registry.models import AuditEvent, Document, Donor, User
from registry.models.document import KINDS
from registry.queries import city
from registry.rules.events import Event
from registry.rules.roles import LABELS, Right, Role, roles_with
from sponsorship.models import Mandate, Registration, RegistrationPaper

MOST = 200
OPENED = (Event.PAPER_OPENED, Event.NUMBER_SHOWN)


@dataclass(frozen=True)
class Opening:
    """One look: when, at what, by which office and role. `own`: by the donor."""

    at: datetime
    what: str
    who: str
    own: bool


def openings(donor: Donor) -> list[Opening]:
    """The newest looks at this donor's papers, printed mandates and full numbers; one line per look."""
    registrations = Registration.objects.filter(donor=donor)
    papers = RegistrationPaper.objects.filter(registration__in=registrations)
    documents = Document.objects.filter(
        Q(pk__in=papers.values("document"))
        | Q(pk__in=papers.values("original"))
        | Q(pk__in=Mandate.objects.filter(lineage__donor=donor).values("pdf"))
    )
    about = (
        Q(object_type="registry.document", object_id__in=_ids(documents))
        | Q(object_type="sponsorship.registration", object_id__in=_ids(registrations))
        | Q(object_type="registry.donor", object_id=str(donor.pk))
    )
    lines = AuditEvent.objects.filter(about, event__in=[str(event) for event in OPENED])
    known = lines.select_related("actor_user", "opd").prefetch_related("actor_user__assignments__opd")
    return [_opening(line, donor) for line in known[:MOST]]


def _ids(rows) -> list[str]:
    return [str(pk) for pk in rows.values_list("pk", flat=True)]


def _opening(line: AuditEvent, donor: Donor) -> Opening:
    own = line.actor_donor_id == donor.pk
    if line.event == Event.NUMBER_SHOWN:
        what = "Nomor lengkap ditampilkan"
    else:
        page = f", halaman {line.detail['page']}" if line.detail.get("page") else ""
        what = f"{dict(KINDS).get(line.detail.get('kind'), 'Berkas')}{page}"
    return Opening(line.at, what, "Anda" if own else _office_and_role(line.actor_user), own)


def _office_and_role(user: User | None) -> str:
    """As what somebody looked: as a verifier when they are one, else in the first of their roles."""
    if user is None:
        return "Sistem"
    roles = list(user.assignments.all())
    checking = [held for held in roles if Role(held.role) in roles_with(Right.CHECK_DOCUMENTS)]
    held = next(iter(checking or roles), None)
    if held is None:
        return "Petugas yang tidak bertugas lagi"
    return f"{LABELS[Role(held.role)]}, {held.opd.name if held.opd else city().office}"
