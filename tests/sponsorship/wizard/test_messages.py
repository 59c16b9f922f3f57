"""What the donor reads by e-mail or SMS: who writes, what changed, the reference, help; never an identity number."""

import pytest

from registry.models import Message
from registry.rules.documents import DocumentKind, ReturnReason
from registry.rules.roles import Role
from sponsorship.actions import registration, verification
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
