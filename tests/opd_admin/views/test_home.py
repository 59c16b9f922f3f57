import pytest

from registry.rules.roles import OPD_ROLES, Role
from tests.at_state import in_check, staff, submitted
from tests.cast import BIMA, RARA
from tests.staff_client import client_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.DONOR}))
def test_every_role_has_a_start_page(role):
    client = client_of(staff("someone", role, "DINKES" if role in OPD_ROLES else ""))
    page = client.get("/kantor/")
    assert page.status_code == 200 and "Selamat bekerja, Contoh someone" in page.content.decode()


def test_a_verifier_sees_how_many_wait_in_the_own_office_and_nobody_elses():
    submitted(RARA)
    in_check(BIMA, dewi := staff("dewi", Role.OPD_VERIFIER, "DINKES"))
    mine = client_of(dewi).get("/kantor/")
    assert [(line.count, line.label) for line in mine.context["urgent"]] == [
        (1, "pendaftaran menunggu diperiksa"),
        (1, "sedang Anda periksa"),
    ]
    other = client_of(staff("bayu", Role.OPD_VERIFIER, "DISDIK")).get("/kantor/")
    assert other.context["urgent"] == [] and "Tidak ada yang menunggu Anda" in other.content.decode()


def test_an_administrator_sees_accounts_without_a_second_factor():
    admin = staff("admin", Role.ADMINISTRATOR)
    staff("baru", Role.LABOUR_VIEWER)
    urgent = client_of(admin).get("/kantor/").context["urgent"]
    assert [(line.count, line.url) for line in urgent] == [(1, "/admin/registry/user/")]
