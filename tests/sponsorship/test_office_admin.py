"""Tariff and discount in the admin: what a month was reckoned with is not rewritten."""

import pytest
from django.test import Client

from registry.rules.roles import Role
from sponsorship.models import DiscountLine, TariffLine
from sponsorship.office_admin import HOW_TO_CHANGE
from tests.at_state import staff
from tests.cast import MORNING, TODAY
from tests.staff_client import client_of

pytestmark = pytest.mark.django_db
TARIFF, DISCOUNT = "/admin/sponsorship/tariffline/", "/admin/sponsorship/discountline/"
PRESENT = "2026-11"
FILLED = {
    "valid_from": "2026-12", "valid_to": "", "income_min": "0", "income_max": "1099000", "base_income": "1000000",
    "jkk": "11000", "jkm": "7000", "jht": "21000", "source": "Contoh peraturan",
}  # fmt: skip


@pytest.fixture
def admin(monkeypatch) -> Client:
    monkeypatch.setattr("sponsorship.office_admin.today", lambda: TODAY)
    return client_of(staff("admin", Role.ADMINISTRATOR))


def begun(**more) -> TariffLine:
    line = TariffLine.objects.filter(valid_from="2024-01").first()
    TariffLine.objects.filter(pk=line.pk).update(**more or {"source": line.source})
    return TariffLine.objects.get(pk=line.pk)


def errors(answer) -> dict:
    assert answer.status_code == 200
    return answer.context["adminform"].form.errors


def test_the_present_month_of_these_tests_is_in_the_middle_of_the_tariff():
    assert PRESENT == f"{TODAY:%Y-%m}" == f"{MORNING:%Y-%m}"


def test_a_line_in_force_keeps_its_amounts_and_its_start_whatever_is_sent(admin):
    line = begun()
    page = admin.get(f"{TARIFF}{line.pk}/change/")
    assert set(page.context["adminform"].form.fields) == {"valid_to"}
    assert admin.post(f"{TARIFF}{line.pk}/change/", FILLED | {"valid_to": "2026-12"}).status_code == 302
    kept = TariffLine.objects.get(pk=line.pk)
    assert (kept.valid_to, kept.valid_from, kept.jkk, kept.jkm, kept.base_income, kept.source) == (
        "2026-12", "2024-01", line.jkk, line.jkm, line.base_income, line.source,
    )  # fmt: skip


@pytest.mark.parametrize(("last", "kept"), [("2026-10", ""), (PRESENT, PRESENT), ("2027-03", "2027-03")])
def test_the_end_of_a_line_in_force_is_the_present_month_or_later(admin, last, kept):
    line = begun()
    answer = admin.post(f"{TARIFF}{line.pk}/change/", {"valid_to": last})
    assert (answer.status_code == 302) == bool(kept)
    assert TariffLine.objects.get(pk=line.pk).valid_to == kept


def test_the_end_that_lies_behind_is_refused_with_the_earliest_month(admin):
    answer = admin.post(f"{TARIFF}{begun().pk}/change/", {"valid_to": "2026-10"})
    assert errors(answer)["valid_to"] == ["Bulan ini sudah lewat. Isi November 2026 atau sesudahnya."]


def test_a_line_that_has_ended_is_not_opened_again(admin):
    line = begun(valid_to="2026-10")
    admin.post(f"{TARIFF}{line.pk}/change/", {"valid_to": "2027-12"})
    assert TariffLine.objects.get(pk=line.pk).valid_to == "2026-10"


def test_a_line_in_force_is_not_deleted(admin):
    line = begun()
    assert admin.post(f"{TARIFF}{line.pk}/delete/", {"post": "yes"}).status_code == 403
    assert TariffLine.objects.filter(pk=line.pk).exists()


def test_a_change_comes_as_a_new_dated_line_which_can_be_corrected_until_it_begins(admin):
    assert admin.post(f"{TARIFF}add/", FILLED).status_code == 302
    line = TariffLine.objects.get(valid_from="2026-12")
    assert admin.post(f"{TARIFF}{line.pk}/change/", FILLED | {"jkk": "12000"}).status_code == 302
    assert TariffLine.objects.get(pk=line.pk).jkk == 12_000


@pytest.mark.parametrize("more", [{"valid_from": "2026-10"}, {"valid_to": "2026-10"}])
def test_a_new_line_reaches_no_month_that_lies_behind(admin, more):
    assert set(errors(admin.post(f"{TARIFF}add/", FILLED | more))) == set(more)
    assert not TariffLine.objects.filter(jkk=11_000, source="Contoh peraturan").exists()


def test_a_line_does_not_end_before_it_begins(admin):
    answer = admin.post(f"{TARIFF}add/", FILLED | {"valid_from": "2027-02", "valid_to": "2027-01"})
    assert set(errors(answer)) == {"valid_to"}


def test_a_discount_in_force_is_kept_as_well(admin):
    line = DiscountLine.objects.get(sector="transport")
    page = f"{DISCOUNT}{line.pk}/change/"
    assert (
        admin.post(page, {"valid_to": "2026-12", "jkk_percent": "90", "jkm_percent": "90"}).status_code == 302
    )
    kept = DiscountLine.objects.get(pk=line.pk)
    assert (kept.valid_to, kept.jkk_percent, kept.jkm_percent) == ("2026-12", 50, 50)


@pytest.mark.parametrize("page", [f"{TARIFF}add/", f"{DISCOUNT}add/"])
def test_the_page_says_how_a_change_is_made(admin, page):
    for address in (page, page.replace("add/", "{}/change/")):
        row = (TariffLine if "tariff" in page else DiscountLine).objects.first().pk
        assert HOW_TO_CHANGE in admin.get(address.format(row)).content.decode().replace("&quot;", '"')


def test_amounts_are_listed_in_rupiah_with_thousands_points(admin):
    page = admin.get(TARIFF).content.decode()
    assert "Rp1.000.000" in page and "Rp6.800" in page and ">1000000<" not in page
    assert "Rp1.000.000" in admin.get(f"{TARIFF}{begun().pk}/change/").content.decode()
