import pytest

from registry.models import AuditEvent, Message
from registry.rules.roles import Role
from sponsorship.models import Mandate, Sponsorship
from tests import at_state
from tests.cast import RARA

pytestmark = [pytest.mark.django_db, pytest.mark.real_papers]


def test_registration_walks_from_first_code_to_active_mandate():
    verifier = at_state.staff("verifikator", Role.OPD_VERIFIER, "DINKES")

    made = at_state.verified(RARA, verifier)

    assert made.state == "verified"
    mandate = Mandate.objects.get()
    assert (mandate.state, mandate.start_period, mandate.ceiling) == ("active", "2026-12", 16_800)
    sponsorship = Sponsorship.objects.get()
    assert (sponsorship.state, sponsorship.start_period, sponsorship.base_income) == (
        "ready",
        "2026-12",
        1_000_000,
    )
    assert sponsorship.holds_nik == sponsorship.worker.nik_index
    assert made.donor.name == "Rara Contoh Lestari"
    assert [m.event for m in Message.objects.order_by("created_at", "event")] != []
    assert AuditEvent.objects.filter(event="mandate.verified").count() == 1
