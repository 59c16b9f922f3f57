import io
from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection

from autodebit.actions.batches import open_due
from autodebit.actions.profiles import revise
from autodebit.actions.reference import DATA
from autodebit.models import BankProfile, ReasonCode
from autodebit.queries_profile import content_of_profile
from config.clock import today
from registry.actions.audit import SYSTEM
from registry.actions.reference import read_json
from registry.models import AuditEvent, Bank, City, Kelurahan, Occupation, Opd
from sponsorship.models import DiscountLine, Holiday, TariffLine
from sponsorship.queries import calendar
from sponsorship.rules.months import Month
from tests.autodebit.population import AFTER

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


def test_a_city_is_not_given_the_practice_bank_unless_asked_and_then_not_active():
    assert not Bank.objects.filter(code="999").exists()
    assert load("--practice-bank")["profil bank"] == (1, 0, 1)
    practice = BankProfile.objects.select_related("bank").get(pk="999")
    assert (practice.bank.active, practice.max_lines, set(practice.layouts)) == (
        False,
        5000,
        {"fixed_width", "xlsx"},
    )
    assert practice.reasons.get(code="51").retryable
    assert load("--practice-bank")["profil bank"] == (0, 0, 2)
    assert City.objects.get().bank.code == "113"


def test_the_inactive_practice_bank_is_never_collected_by_itself():
    load("--practice-bank")
    assert [batch.profile_id for batch in iter(lambda: open_due(now=AFTER), None)] == ["113"]


def test_a_profile_an_administrator_changed_stays_until_overwriting_is_asked_for():
    content = {**content_of_profile(BankProfile.objects.get()), "creditor_name": "PENAMPUNG KOTA"}
    revise(bank_id="113", content=content, by=SYSTEM, now=AFTER)
    load()
    assert BankProfile.objects.get().creditor_name == "PENAMPUNG KOTA"
    assert load("--overwrite")["profil bank"] == (0, 1, 0)
    profile = BankProfile.objects.get()
    assert (profile.creditor_name, profile.revision) == ("GERAKAN ASN PEDULI CONTOH", 3)


def test_a_profile_from_before_there_was_a_history_keeps_its_layouts_and_gets_what_it_lacks():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE autodebit_profilerevision DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM autodebit_profilerevision")
    ReasonCode.objects.all().delete()
    BankProfile.objects.filter(pk="113").delete()
    file = read_json(DATA / "bank_jateng_profile.json")
    old = {"bank_csv": {**file["formats"]["bank_csv"], "file_name": "{bank}_LAMA_{period}_{wave}_{part}.csv"}}
    BankProfile.objects.create(
        bank_id="113",
        layouts=old,
        creditor_name="PENAMPUNG KOTA",
        creditor_account="0009998887",
        creditor_id="KOTA",
    )
    load()
    profile = BankProfile.objects.get()
    assert (profile.layouts, profile.creditor_account, profile.revision) == (old, "0009998887", 1)
    assert "pain002" in profile.results and profile.reasons.filter(code="AM04").exists()
