import pytest

from registry.models import Opd
from registry.rules.roles import Role
from sponsorship.models import InvitationLink
from tests.at_state import staff
from tests.staff_client import client_of

pytestmark = pytest.mark.django_db
LIST, NEW = "/kantor/tautan/", "/kantor/tautan/baru/"


@pytest.fixture
def office():
    return client_of(staff("rina", Role.LABOUR_OPERATOR))


def typed(**more) -> dict:
    return {
        "opd": Opd.objects.get(code="DINKES").pk,
        "label": "Apel",
        "days": "30",
        "max_uses": "500",
        **more,
    }


def test_an_empty_list_says_what_to_do(office):
    assert "Belum ada tautan" in office.get(LIST).content.decode()


def test_a_made_link_is_listed_with_its_address(office):
    assert office.post(NEW, typed())["Location"] == LIST
    page = office.get(LIST).content.decode()
    assert (
        f"/daftar/{InvitationLink.objects.get().token}/" in page
        and "0 dari 500" in page
        and "Terbuka" in page
    )


@pytest.mark.parametrize(
    "wrong", [{"days": "0"}, {"days": "tiga"}, {"max_uses": "-1"}, {"opd": ""}, {"opd": "999999"}]
)
def test_a_wrong_answer_is_told_and_nothing_typed_is_lost(office, wrong):
    answer = office.post(NEW, typed(label="Rapat koordinasi", **wrong))
    page = answer.content.decode()
    assert answer.status_code == 200 and "Ada yang perlu diperbaiki" in page and "Rapat koordinasi" in page
    assert not InvitationLink.objects.exists()


def test_the_same_form_sent_twice_makes_one_link(office):
    token = office.get(NEW).context["form_token"]
    for _ in range(2):
        assert office.post(NEW, typed(form_token=token))["Location"] == LIST
    assert InvitationLink.objects.count() == 1
    assert office.post(NEW, typed(form_token=token, days="9")).status_code == 409


def test_revoking_asks_first_and_then_closes_the_link(office):
    office.post(NEW, typed())
    link = InvitationLink.objects.get()
    page = f"{LIST}{link.pk}/cabut/"
    assert "Cabut tautan ini?" in office.get(page).content.decode()
    assert InvitationLink.objects.get().revoked_at is None
    assert office.post(page)["Location"] == LIST
    assert InvitationLink.objects.get().revoked_at and "Dicabut" in office.get(LIST).content.decode()
    assert office.post(page)["Location"] == LIST


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_database_as_often_for_three_links_as_for_one(
    office, rows, django_assert_num_queries
):
    office.get(LIST)
    for _ in range(rows):
        office.post(NEW, typed())
    office.get(LIST)
    with django_assert_num_queries(7):
        office.get(LIST)
