import pytest

from registry.models import Message
from registry.rules.preferences import (
    CODES,
    KINDS,
    Contacts,
    is_muted,
    kind_of,
    login_route,
    offered,
    route,
)

NEVER = {
    "one_time_code", "registration_started", "registration_submitted", "registration_returned",
    "registration_verified", "registration_withdrawn", "mandate_revoked", "debit_notice", "debit_failed",
    "debit_failed_finally", "debit_returned", "debit_refunded", "salary_skipped", "salary_reminder", "step_late",
    "promise_changed", "donor_moved", "donor_retires", "cooling_off", "data_erased", "reservation_over",
    "waiting_verified", "waiting_refused", "worker_consent_asked", "contact_changed",
}  # fmt: skip
BY_EMAIL = Contacts("email", "rara@contoh.example")
BY_PHONE = Contacts("phone", "+6281299990001")
BOTH = Contacts("email", "rara@contoh.example", "phone", "+6281299990001")


def test_every_event_is_either_muted_by_one_kind_or_never():
    mutable = [event for kind in KINDS for event in kind.events]
    assert len(mutable) == len(set(mutable))
    assert set(mutable) | NEVER == {event for event, _ in Message.EVENTS}
    assert not set(mutable) & NEVER


@pytest.mark.parametrize("event", sorted(NEVER))
def test_what_money_and_rights_need_is_said_whatever_is_muted(event):
    assert not is_muted(event, CODES) and kind_of(event) == ""
    assert not is_muted(event, ["", event])


@pytest.mark.parametrize("kind, event", [(kind.code, event) for kind in KINDS for event in kind.events])
def test_a_kind_mutes_its_own_events_and_no_others(kind, event):
    assert is_muted(event, [kind])
    assert not is_muted(event, [code for code in CODES if code != kind])
    assert not is_muted(event, [])


@pytest.mark.parametrize(
    "contacts, preferred, whatsapp, expected",
    [
        (BY_EMAIL, "", True, ("email", "rara@contoh.example")),
        (BY_PHONE, "", True, ("sms", "+6281299990001")),
        (BY_PHONE, "whatsapp", True, ("whatsapp", "+6281299990001")),
        (BY_PHONE, "whatsapp", False, ("sms", "+6281299990001")),
        (BY_PHONE, "email", True, ("sms", "+6281299990001")),
        (BY_EMAIL, "whatsapp", True, ("email", "rara@contoh.example")),
        (BOTH, "sms", False, ("sms", "+6281299990001")),
        (BOTH, "whatsapp", True, ("whatsapp", "+6281299990001")),
        (BOTH, "whatsapp", False, ("email", "rara@contoh.example")),
        (BOTH, "email", True, ("email", "rara@contoh.example")),
        (BOTH, "pigeon", True, ("email", "rara@contoh.example")),
    ],
)
def test_messages_go_as_preferred_or_to_the_contact_somebody_comes_in_by(
    contacts, preferred, whatsapp, expected
):
    assert route(contacts, preferred, whatsapp) == expected


def test_only_channels_with_a_proven_contact_are_offered():
    assert offered(BY_EMAIL, True) == ("email",)
    assert offered(BY_PHONE, True) == ("whatsapp", "sms")
    assert offered(BOTH, False) == ("email", "sms")
    assert login_route(BOTH) == ("email", "rara@contoh.example")
