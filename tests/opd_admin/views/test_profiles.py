"""Bank profiles for reading: every layout in words, every code, every revision with what it changed."""

import pytest
from django.urls import reverse

from autodebit.actions.profiles import revise
from autodebit.actions.reference import load
from autodebit.models import BankProfile
from autodebit.queries_profile import content_of_profile
from registry.actions import reference
from registry.actions.audit import SYSTEM
from registry.rules.roles import Role
from tests.at_state import staff
from tests.autodebit.population import AFTER, make_staff
from tests.opd_admin.ceremony_page import text_of
from tests.staff_client import client_of

pytestmark = pytest.mark.django_db


def address(bank: str) -> str:
    return reverse("bank-profile", args=[bank])


@pytest.fixture
def reader():
    return client_of(make_staff("pengamat", "labour_viewer"))


def test_the_list_names_banks_forms_and_whether_they_are_used(reader):
    reference.load(overwrite=False, by=SYSTEM, now=AFTER, practice_bank=True)
    load(overwrite=False, by=SYSTEM, now=AFTER, practice_bank=True)
    page = text_of(reader.get(reverse("bank-profiles")))
    assert "Bank Jateng ISO 20022 pain.008.001.08, CSV untuk bank Dipakai" in page
    assert "Bank Contoh Nusantara XLSX untuk bank, Teks lebar tetap untuk bank Tidak dipakai" in page


@pytest.mark.parametrize("bank", ["113", "999"])
def test_a_profile_reads_as_tables_without_json_or_full_account(reader, bank):
    reference.load(overwrite=False, by=SYSTEM, now=AFTER, practice_bank=True)
    load(overwrite=False, by=SYSTEM, now=AFTER, practice_bank=True)
    profile = BankProfile.objects.get(pk=bank)
    page = text_of(reader.get(address(bank)))
    for layout in profile.layouts.values():
        for column in layout.get("columns", ()):
            assert column["title"] in page
    for reason in profile.reasons.all():
        assert f"{reason.code} {reason.meaning}" in page
    assert profile.creditor_account not in page and "{" not in page.replace("{bank}", "").replace(
        "{period}", ""
    ).replace("{wave:02d}", "").replace("{part:02d}", "").replace("{part:03d}", "")
    assert "Revisi 1" in page and "Data bawaan" in page


def test_a_revision_shows_what_it_changed_and_who_did_it(reader):
    profile = BankProfile.objects.get()
    content = {**content_of_profile(profile), "creditor_account": "0009998887", "max_lines": 1000}
    revise(bank_id="113", content=content, by=make_staff("admin", "administrator"), now=AFTER)
    page = text_of(reader.get(address("113")))
    assert "Contoh Admin" in page and "baris terbanyak per berkas 50000 1000" in page
    assert "nomor rekening penampung •••••• 0001 •••••• 8887" in page
    assert "0009998887" not in page


def test_who_maintains_profiles_sees_them_and_a_treasurer_does_not():
    assert client_of(make_staff("admin", "administrator")).get(address("113")).status_code == 200
    client = client_of(staff("bendahara", Role.OPD_TREASURER, "DINKES"))
    assert client.get(address("113")).status_code == client.get(reverse("bank-profiles")).status_code == 403


def test_an_unknown_bank_is_404(reader):
    assert reader.get(address("000")).status_code == 404
