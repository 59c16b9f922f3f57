"""A second registration: what was verified once is filled in, and only that."""

from datetime import date, timedelta

import pytest

from registry.models import Bank, City, Opd
from registry.rules.roles import Role
from sponsorship.actions import drafts
from sponsorship.actions.registration import withdraw
from sponsorship.models import InvitationLink, Registration
from tests import at_state
from tests.cast import MORNING, RARA

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_papers")]
LATER = MORNING + timedelta(hours=1)
NOTES = [{"step": "rekening", "field": "account_holder", "message": "Nama berbeda."}]


@pytest.fixture
def first() -> Registration:
    """The donor's verified registration, with one note about the account and one about its worker."""
    made = at_state.verified(RARA, at_state.staff("rekan", Role.OPD_VERIFIER, RARA.opd))
    made.notes = [*NOTES, {"step": "pekerja:1", "field": "nik", "message": "Kode wilayah tidak dikenal."}]
    made.save(update_fields=["notes"])
    return made


def again(first: Registration, link: InvitationLink | None = None) -> Registration:
    first.donor.refresh_from_db()
    started = drafts.start(donor=first.donor, link=link, now=LATER)
    return Registration.objects.get(pk=started.pk)


def test_person_and_account_are_filled_in_with_their_notes(first):
    second = again(first)
    for column in (
        "name",
        "nip",
        "nip_index",
        "employment",
        "position",
        "opd",
        "bank",
        "account",
        "account_index",
    ):
        assert getattr(second, column) == getattr(first, column) != "", column
    assert second.account_holder == RARA.name
    assert second.notes == NOTES
    assert (second.state, second.ceiling, second.wished_start) == ("draft", 0, "")
    assert not second.sponsorships.exists()


def test_an_account_at_another_bank_than_the_citys_is_asked_for_again(first):
    other = Bank.objects.create(code="999", name="Bank Contoh", account_hint="10 angka")
    City.objects.update(bank=other)
    second = again(first)
    assert (second.bank, second.account, second.account_holder, second.notes) == (None, "", "", [])
    assert second.employment == "pns"


def test_an_account_that_no_longer_fits_the_banks_pattern_is_asked_for_again(first):
    Bank.objects.update(account_pattern=r"^\d{12}$")
    assert (again(first).account, again(first).account_index) == ("", "")


def test_an_office_that_closed_is_asked_for_again_or_taken_from_the_link(first):
    Opd.objects.filter(code=RARA.opd).update(valid_to=date(2026, 11, 19))
    link = InvitationLink.objects.create(
        token="TautanContoh2", opd=Opd.objects.get(code="DISDIK"), expires_at=LATER + timedelta(days=1)
    )
    second = again(first, link)
    assert second.opd == link.opd
    withdraw(registration_id=second.pk, by=first.donor, now=LATER)
    assert again(first).opd is None


def test_the_newest_verified_registration_counts_and_a_given_up_one_does_not(first):
    given_up = again(first)
    Registration.objects.filter(pk=given_up.pk).update(employment="pppk", account_holder="Bukan Rara")
    withdraw(registration_id=given_up.pk, by=first.donor, now=LATER)
    third = again(first)
    assert (third.employment, third.account_holder) == ("pns", RARA.name)


def test_a_first_registration_has_nothing_filled_in():
    started = drafts.start(donor=at_state.proven_donor(RARA), link=None, now=MORNING)
    assert (started.name, started.employment, started.account, started.bank, started.notes) == (
        "",
        "",
        "",
        None,
        [],
    )
