import io
from datetime import date

import pytest
from django.core.management import call_command

from autodebit.models import BankProfile
from config.clock import today
from registry.models import AuditEvent, Bank, City, Kelurahan, Occupation, Opd
from sponsorship.models import DiscountLine, Holiday, TariffLine
from sponsorship.queries import calendar
from sponsorship.rules.months import Month

pytestmark = pytest.mark.django_db


def load(*arguments: str) -> dict[str, tuple[int, int, int]]:
    """What the command printed: kind -> (new, changed, kept)."""
    out = io.StringIO()
    call_command("load_reference", *arguments, stdout=out)
    rows = [line.rsplit(maxsplit=3) for line in out.getvalue().splitlines()[1:]]
    return {kind.strip(): (int(new), int(changed), int(kept)) for kind, new, changed, kept in rows}


def test_the_first_run_makes_what_the_data_files_say():
    assert Opd.objects.get(code="DINKES").name == "Dinas Kesehatan"
    assert Opd.objects.get(code="BAG-HUKUM").parent.code == "SETDA"
    assert Kelurahan.objects.get(code="33.74.01.1001").kecamatan.name == "Semarang Tengah"
    assert (Kelurahan.objects.count(), Bank.objects.get().bic) == (177, "PDJGIDJ1")
    city = City.objects.get()
    assert (city.name, city.bank.code, str(city.coverage_target)) == ("Kota Semarang", "113", "71.59")
    assert TariffLine.objects.get(base_income=1_000_000).jkk == 10_000
    assert DiscountLine.objects.get(sector="transport").excluded_sources == ["apbd", "dbhcht"]
    assert BankProfile.objects.get().bank_id == "113"


def test_the_second_run_changes_nothing_and_writes_no_journal():
    lines = AuditEvent.objects.count()
    for counted in (load(), load("--overwrite")):
        assert all(new == changed == 0 and kept > 0 for new, changed, kept in counted.values())
    assert AuditEvent.objects.count() == lines


def test_what_an_administrator_changed_stays_until_overwriting_is_asked_for():
    Opd.objects.filter(code="DINKES").update(name="Dinas Kesehatan Kota")
    assert load()["OPD"] == (0, 0, 64)
    assert Opd.objects.get(code="DINKES").name == "Dinas Kesehatan Kota"
    assert load("--overwrite")["OPD"] == (0, 1, 63)
    assert Opd.objects.get(code="DINKES").name == "Dinas Kesehatan"
    assert AuditEvent.objects.filter(event="reference.loaded").latest("id").detail == {"new": 0, "changed": 1}


def test_a_row_that_is_missing_comes_back():
    Occupation.objects.filter(code="tukang_becak").delete()
    assert load()["jenis pekerjaan"][0] == 1


def test_holidays_reach_from_last_year_to_two_years_ahead():
    years = set(Holiday.objects.dates("day", "year"))
    assert {day.year for day in years} == set(range(today().year - 1, today().year + 3))


@pytest.mark.parametrize("arguments", [(), ("--overwrite",)])
def test_the_offices_own_days_are_never_overwritten(arguments):
    new_year = date(today().year + 1, 1, 1)
    Holiday.objects.filter(day=new_year).update(works=True, source="kantor", name="Piket")
    Holiday.objects.create(day=date(today().year + 1, 5, 2), name="Hari jadi kota")
    load(*arguments)
    assert Holiday.objects.get(day=new_year).name == "Piket" and Holiday.objects.get(day=new_year).works
    assert Holiday.objects.get(name="Hari jadi kota").source == "kantor"


def test_a_holiday_on_the_first_moves_payday():
    assert calendar().payday(Month(2027, 1)) == date(2027, 1, 4)
