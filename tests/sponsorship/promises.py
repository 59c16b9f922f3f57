"""A donor whose mandate leaves room, walked there by the real actions, and workers to put under it."""

from dataclasses import replace

from registry.models import City
from registry.rules.roles import Role
from sponsorship.actions import changes, drafts, mandates
from sponsorship.models import Registration, Sponsorship
from sponsorship.rules.consent import consent_text
from tests import at_state
from tests.cast import MORNING, RARA, SUTINI, MadeUpDonor, MadeUpWorker

SITI = replace(SUTINI, name="Contoh Siti", nik="3374015508809201")
WATI = replace(SUTINI, name="Contoh Wati", nik="3374015508809202")
FULL, DISCOUNTED = 16_800, 8_400


def promising(person: MadeUpDonor = RARA, ceiling: int = 0, now=MORNING) -> Registration:
    """A verified registration whose donor signed this ceiling (0: exactly the normal tariff)."""
    made = at_state.draft(person, now)
    if ceiling:
        saved = drafts.save_terms(
            registration_id=made.pk, ceiling=ceiling, wished_start=None, by=made.donor, now=now
        )
        assert saved.pk, saved
    return verify(at_state.Registration.objects.get(pk=made.pk), now)


def verify(made: Registration, now=MORNING) -> Registration:
    """From a filled draft to a running mandate."""
    text = consent_text(mandates.figures_of(made, now))
    mandates.issue(registration_id=made.pk, agreed_text=text, by=made.donor, now=now)
    at_state.hand_in_papers(made, now)
    sent = at_state.registration.submit(registration_id=made.pk, by=made.donor, now=now)
    number = at_state.User.objects.count()
    verifier = at_state.staff(f"pemeriksa-{number}", Role.OPD_VERIFIER, made.opd.code)
    taken = at_state.verification.take(registration_id=sent.pk, by=verifier, now=now)
    return at_state.verification.verify(
        registration_id=taken.pk,
        revision=taken.revision,
        checks=list(at_state.REQUIRED_CHECKS),
        by=verifier,
        now=now,
    )


def add(donor, worker: MadeUpWorker = SITI, *, replaces=None, waiting=None, now=MORNING, **other):
    """Adds this worker by the real action; `waiting`: the row of the list instead of typed values."""
    cover = {"programme": worker.programme, "declared_income": worker.income} | other
    return changes.add_worker(
        by=donor,
        values=None if waiting else at_state.worker_values(worker),
        waiting_id=waiting.pk if waiting else None,
        replaces=replaces,
        notes=[],
        now=now,
        **cover,
    )


def only(**which) -> Sponsorship:
    return Sponsorship.objects.get(**which)


def roomy_city(factor: int = 5) -> None:
    """A city that lets its donors sign a higher multiple of what they pay."""
    City.objects.update(ceiling_factor=factor)
