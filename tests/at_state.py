"""Objects walked to a state by the real actions: no test starts from a row that the product could not have made."""

import io
from datetime import datetime

from PIL import Image, ImageDraw

from registry.actions import contacts
from registry.models import Bank, Donor, Kelurahan, Message, Occupation, Opd, User
from registry.models.people import RoleAssignment
from registry.rules.documents import DocumentKind
from registry.rules.identity import parse_nik, parse_nip
from registry.rules.roles import Role
from sponsorship.actions import drafts, mandates, papers, registration, verification
from sponsorship.models import Mandate, Registration
from sponsorship.rules.checks import REQUIRED_CHECKS
from sponsorship.rules.consent import consent_text
from tests.cast import MORNING, TODAY, MadeUpDonor, MadeUpWorker


def proven_donor(person: MadeUpDonor, now: datetime = MORNING) -> Donor:
    """A donor who has typed the code that was sent to them."""
    code = contacts.send_code(channel="email", contact=person.email, now=now)
    sent = Message.objects.get(event="one_time_code", occasion=str(code.pk))
    digits = "".join(c for c in sent.body if c.isdigit())[:6]
    return contacts.prove(code_id=code.pk, typed=digits, now=now)


def draft(person: MadeUpDonor, now: datetime = MORNING) -> Registration:
    """A registration with everything typed in and nothing printed."""
    donor = proven_donor(person, now)
    started = drafts.start(donor=donor, link=None, now=now)
    mine = {"registration_id": started.pk, "by": donor, "now": now}
    drafts.save_person(
        **mine,
        name=person.name,
        nip=parse_nip(person.nip, today=TODAY).value,
        position=person.position,
        opd=Opd.objects.get(code=person.opd),
        notes=[],
    )
    drafts.save_account(**mine, bank=Bank.objects.get(), account=person.account, holder=person.name, notes=[])
    for worker in person.workers:
        saved = drafts.save_worker(**mine, sponsorship_id=None, values=worker_values(worker), notes=[])
        drafts.save_cover(
            **mine, sponsorship_id=saved.pk, programme=worker.programme, declared_income=worker.income
        )
    return Registration.objects.get(pk=started.pk)


def worker_values(worker: MadeUpWorker) -> drafts.WorkerValues:
    return drafts.WorkerValues(
        name=worker.name,
        nik=parse_nik(worker.nik, today=TODAY).value,
        phone=worker.phone,
        occupation=Occupation.objects.get(code=worker.occupation),
        workplace=worker.workplace,
        kelurahan=Kelurahan.objects.get(code=worker.kelurahan),
    )


def printed(person: MadeUpDonor, now: datetime = MORNING) -> Mandate:
    """A draft whose mandate is printed and not signed yet."""
    made = draft(person, now)
    text = consent_text(mandates.figures_of(made, now))
    return mandates.issue(registration_id=made.pk, agreed_text=text, by=made.donor, now=now)


def with_papers(person: MadeUpDonor, now: datetime = MORNING) -> Registration:
    """A draft that lacks nothing but being sent."""
    mandate = printed(person, now)
    hand_in_papers(mandate.registration, now)
    return Registration.objects.get(pk=mandate.registration_id)


def hand_in_papers(made: Registration, now: datetime = MORNING, kinds=tuple(DocumentKind)) -> None:
    for kind in kinds:
        photo = io.BytesIO(photo_of(f"{kind.label} {made.reference}"))
        attached = papers.attach(registration_id=made.pk, kind=kind, upload=photo, by=made.donor, now=now)
        assert attached.pk, attached


def submitted(person: MadeUpDonor, now: datetime = MORNING) -> Registration:
    made = with_papers(person, now)
    return registration.submit(registration_id=made.pk, by=made.donor, now=now)


def in_check(person: MadeUpDonor, verifier: User, now: datetime = MORNING) -> Registration:
    made = submitted(person, now)
    return verification.take(registration_id=made.pk, by=verifier, now=now)


def verified(person: MadeUpDonor, verifier: User, now: datetime = MORNING) -> Registration:
    made = in_check(person, verifier, now)
    return verification.verify(
        registration_id=made.pk, revision=made.revision, checks=list(REQUIRED_CHECKS), by=verifier, now=now
    )


def staff(username: str, role: Role, opd: str = "") -> User:
    """A member of staff with one role; without a password, for actions that take the person."""
    user = User.objects.create(username=username, full_name=f"Contoh {username}")
    RoleAssignment.objects.create(user=user, role=role, opd=Opd.objects.get(code=opd) if opd else None)
    return user


def photo_of(words: str, size: tuple[int, int] = (900, 640)) -> bytes:
    """A JPEG with the words drawn on it: a synthetic scan."""
    image = Image.new("RGB", size, (236, 232, 224))
    ImageDraw.Draw(image).text((60, 80), words, fill=(20, 20, 20))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()
