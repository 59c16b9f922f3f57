from datetime import date, timedelta

import pytest

from registry.models import City
from registry.queries import city
from registry.rules.roles import Role
from sponsorship import queries
from sponsorship.actions import drafts
from sponsorship.actions.months import freeze_month
from sponsorship.models import DiscountLine, FrozenMonth, Holiday, Registration, TariffLine
from sponsorship.rules.months import Month
from tests import at_state
from tests.cast import AFTER_CUTOFF, BIMA, MORNING, PARJO, RARA, SUTINI

pytestmark = pytest.mark.django_db

DECEMBER = Month(2026, 12)


def test_a_change_before_the_cutoff_reaches_december_and_after_it_january():
    cutoff = queries.calendar().cutoff(DECEMBER)
    assert queries.first_open_month(MORNING) == DECEMBER
    assert queries.first_open_month(cutoff - timedelta(microseconds=1)) == DECEMBER
    assert queries.first_open_month(cutoff) == queries.first_open_month(AFTER_CUTOFF) == Month(2027, 1)


def test_a_frozen_month_is_closed_for_everybody_however_early():
    freeze_month(month=DECEMBER, now=MORNING)
    freeze_month(month=DECEMBER, now=AFTER_CUTOFF)
    assert queries.first_open_month(MORNING) == Month(2027, 1)
    assert FrozenMonth.objects.get().frozen_at == MORNING


def test_the_office_may_work_on_a_holiday_of_the_package():
    new_year = date(2027, 1, 1)
    assert queries.calendar().payday(Month(2027, 1)) == date(2027, 1, 4)
    Holiday.objects.filter(day=new_year).update(works=True)
    assert queries.calendar().payday(Month(2027, 1)) == new_year


def test_the_start_is_the_first_open_month_or_the_later_one_the_donor_wished():
    made = at_state.draft(RARA)
    assert queries.start_month(made, MORNING) == DECEMBER
    for wished, start in (("2027-03", Month(2027, 3)), ("2026-01", DECEMBER)):
        made.wished_start = wished
        assert queries.start_month(made, MORNING) == start


def test_the_sum_is_that_of_the_workers_with_the_discount_that_ends_first():
    made = at_state.draft(RARA)
    prices = queries.tariff()
    workers = queries.own_sponsorships(made)
    alone = queries.amounts_of(workers, DECEMBER, prices)
    assert alone.full == queries.full_price_of(workers[0], DECEMBER, prices).total == 16_800
    assert alone.now == queries.price_of(workers[0], DECEMBER, prices).total
    both = queries.amounts_of([*workers, *queries.own_sponsorships(at_state.draft(BIMA))], DECEMBER, prices)
    assert both.full == 16_800 + 36_800
    assert (both.discount_until is None) == (both.now == both.full)
    # The trader's discount ends with December, the motorcycle taxi's with March (PP 50/2025).
    assert both.now == 8_400 + 28_400
    assert both.later == ((Month(2027, 1), 16_800 + 28_400), (Month(2027, 4), 16_800 + 36_800))
    assert alone.later == ((Month(2027, 1), 16_800),)
    assert queries.amounts_of([], DECEMBER, prices) == queries.Amounts(0, 0, None)


def test_a_discount_is_named_until_its_last_month():
    DiscountLine.objects.all().delete()
    sector = at_state.draft(RARA).sponsorships.get().worker.occupation.sector
    DiscountLine.objects.create(
        sector=sector,
        valid_from="2026-12",
        valid_to="2027-02",
        jkk_percent=50,
        jkm_percent=50,
        excluded_sources=[],
    )
    workers = queries.own_sponsorships(Registration.objects.get())
    amounts = queries.amounts_of(workers, DECEMBER, queries.tariff())
    assert (amounts.now, amounts.full, amounts.discount_until) == (8_400, 16_800, Month(2027, 2))
    assert queries.amounts_of(workers, Month(2027, 3), queries.tariff()).now == 16_800


def test_a_month_without_a_tariff_is_a_broken_contract_not_a_free_month():
    made = at_state.draft(RARA)
    TariffLine.objects.all().delete()
    with pytest.raises(queries.NoTariff):
        queries.amounts_of(queries.own_sponsorships(made), DECEMBER, queries.tariff())


def test_a_second_registration_promises_the_running_workers_and_its_own():
    at_state.verified(RARA, at_state.staff("verifikator", Role.OPD_VERIFIER, "DINKES"))
    donor = Registration.objects.get().donor
    second = drafts.start(donor=donor, link=None, now=MORNING)
    added = at_state.worker_values(PARJO)
    drafts.save_worker(
        registration_id=second.pk, sponsorship_id=None, values=added, notes=[], by=donor, now=MORNING
    )
    assert [s.worker.name for s in queries.own_sponsorships(second)] == [PARJO.name]
    assert [s.worker.name for s in queries.promised_sponsorships(second)] == [SUTINI.name, PARJO.name]


def test_a_nik_is_held_from_submission_on_and_not_before():
    made = at_state.with_papers(RARA)
    sponsorship = made.sponsorships.get()
    index = sponsorship.worker.nik_index
    assert queries.held_by(index) is None
    at_state.registration.submit(registration_id=made.pk, by=made.donor, now=MORNING)
    assert queries.held_by(index) == sponsorship
    assert queries.held_by(index, besides=sponsorship) is None


def test_before_the_reference_data_is_loaded_the_city_is_empty_and_nothing_breaks():
    City.objects.all().delete()
    assert (city().name, city().cutoff_working_days) == ("", 3)
    assert queries.calendar().cutoff_hour == 16
