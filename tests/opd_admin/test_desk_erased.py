"""A case that was approved, revoked before any debit and erased: the desk says so and shows nothing else."""

import pytest

from registry.models import AuditEvent
from registry.rules.roles import Role
from sponsorship.actions import ending, erasure
from tests import at_state
from tests.cast import MORNING, RARA, SUTINI
from tests.opd_admin.desk_page import QUEUE, address
from tests.staff_client import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def erased(verifier, morning):
    made = at_state.verified(RARA, verifier)
    ending.revoke(by=made.donor, now=MORNING)
    made.refresh_from_db()
    assert erasure.erase_registration(registration=made, by=made.donor, now=MORNING) is None
    return made


def test_the_queue_and_the_case_say_that_the_data_are_gone(erased, desk):
    queue = desk.get(f"{QUEUE}?status=disetujui").content.decode()
    assert "Data sudah dihapus" in queue and erased.reference in queue

    page = desk.get(address(erased))

    assert page.status_code == 200 and "Data sudah dihapus" in page.content.decode()
    for gone in (RARA.name, SUTINI.name, RARA.account[-4:], RARA.position):
        assert gone not in page.content.decode()


def test_full_numbers_are_not_offered_and_asking_writes_no_line(erased, desk):
    assert desk.post(address(erased, "tampilkan/")).status_code == 302
    assert AuditEvent.objects.filter(event="number.shown").count() == 0


def test_the_records_show_no_broken_mask(erased):
    auditor = client_of(at_state.staff("auditor", Role.AUDITOR))
    for path in (
        f"/admin/sponsorship/registration/{erased.pk}/change/",
        f"/admin/sponsorship/mandate/{erased.mandates.get().pk}/change/",
        "/admin/sponsorship/sponsorship/",
    ):
        answer = auditor.get(path)
        assert answer.status_code == 200, path
        assert "•" not in answer.content.decode() and RARA.name not in answer.content.decode()
