"""What the donor reads by e-mail or SMS: who writes, what changed, the reference, help; never an identity number."""

from datetime import timedelta

import pytest

from registry.actions import messages
from registry.models import Message
from registry.rules.documents import DocumentKind, ReturnReason
from registry.rules.roles import Role
from sponsorship.actions import amendments, mandates, registration, reminders, verification
from sponsorship.rules.consent import consent_text
from tests import at_state
from tests.cast import MORNING, RARA
from tests.sponsorship.wizard.walk import Walk

pytestmark = pytest.mark.django_db
SECRETS = (RARA.nip, RARA.account, RARA.account[-4:], RARA.workers[0].nik, RARA.workers[0].phone, RARA.email)


def all_messages() -> dict[str, Message]:
    """Every message of a donor's way, by event."""
    Walk().to("diri")
    started = Message.objects.get(event="registration_started")
    Message.objects.all().delete()
    verifier = at_state.staff("pemeriksa", Role.OPD_VERIFIER, RARA.opd)
    case = at_state.in_check(RARA, verifier, MORNING)
    sent_back = verification.return_to_donor(
        registration_id=case.pk,
        revision=case.revision,
        reasons={DocumentKind.KTP: [ReturnReason.GLARE]},
        note="",
        by=verifier,
        now=MORNING,
    )
    registration.withdraw(registration_id=sent_back.pk, by=sent_back.donor, now=MORNING)
    return {"registration_started": started, **{message.event: message for message in Message.objects.all()}}


def test_every_message_says_who_writes_what_changed_and_where_to_ask(clock):
    clock.shift(-120)
    told = all_messages()
    assert sorted(told) == [
        "one_time_code",
        "registration_returned",
        "registration_started",
        "registration_submitted",
        "registration_withdrawn",
    ]
    for event, message in told.items():
        assert 0 < len(message.subject) <= 160, event
        assert "Gerakan ASN Peduli Pekerja Rentan" in message.body, event
        assert "Perlu bantuan? Telepon 024-000-0000." in message.body, event
        assert "{{" not in message.body and "{%" not in message.body and "&#" not in message.body, event
        if event != "one_time_code":
            assert "PR-" in message.subject, event
            assert "/lanjut/" in message.body or "/daftar/" in message.body, event


def test_no_message_carries_an_identity_number_or_a_contact(clock):
    clock.shift(-120)
    for event, message in all_messages().items():
        for secret in SECRETS:
            assert secret not in message.subject + message.body.split("Perlu bantuan?")[0], (event, secret)


def test_the_subject_never_carries_the_code():
    Walk().to("kode")
    message = Message.objects.get()
    assert not any(character.isdigit() for character in message.subject)


def test_messages_about_a_change_never_say_that_the_running_debit_stops_or_has_not_begun():
    """Who has a change checked or gives it up goes on paying under the mandate that runs."""
    verifier = at_state.staff("pemeriksa", Role.OPD_VERIFIER, RARA.opd)
    donor = at_state.verified(RARA, verifier).donor
    Message.objects.all().delete()
    change = amendments.start_change(by=donor, now=MORNING)
    next_day = MORNING + timedelta(days=1)
    reminders.remind(now=next_day)
    messages.send_waiting(now=next_day)
    text = consent_text(mandates.figures_of(change, next_day))
    mandates.issue(registration_id=change.pk, agreed_text=text, by=donor, now=next_day)
    reminders.remind(now=MORNING + timedelta(days=2))
    messages.send_waiting(now=MORNING + timedelta(days=2))
    at_state.hand_in_papers(change, next_day)
    registration.submit(registration_id=change.pk, by=donor, now=next_day)
    registration.withdraw(registration_id=change.pk, by=donor, now=next_day)

    told = {message.event: message for message in Message.objects.all()}

    assert sorted(told) == [
        "draft_reminder",
        "registration_submitted",
        "registration_withdrawn",
        "signature_reminder",
    ]
    for event, message in told.items():
        assert "tetap seperti semula" in message.body, event
        for wrong in ("Tidak ada debet", "Belum ada debet", "Tidak ada potongan", "Pendaftaran Anda"):
            assert wrong not in message.body, event
        assert "erubahan" in message.subject, event
