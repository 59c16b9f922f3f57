import pytest
from django.core.checks import Tags, run_checks
from django.core.management import call_command

from registry.models import User
from registry.system_checks import no_demo_accounts, signature_roots_are_there

pytestmark = pytest.mark.django_db


def test_production_with_demo_accounts_is_an_error_that_names_them(settings):
    User.objects.create(username="auditor", is_demo=True, is_active=False)
    settings.PRODUCTION = True
    found = [fault for fault in run_checks(tags=[Tags.security]) if fault.id == "registry.E001"]
    assert len(found) == 1 and "auditor" in found[0].msg


def test_production_without_demo_accounts_and_demo_mode_with_them_are_fine(settings):
    settings.PRODUCTION = True
    assert no_demo_accounts() == []
    settings.PRODUCTION = False
    call_command("demo_state", verbosity=0)
    assert no_demo_accounts() == []


def test_production_with_signature_roots_that_are_not_there_is_an_error(settings, tmp_path):
    settings.SIGNATURE_ROOTS = str(tmp_path / "missing.pem")
    assert signature_roots_are_there() == []
    settings.PRODUCTION = True
    assert [fault.id for fault in signature_roots_are_there()] == ["registry.E002"]
    settings.SIGNATURE_ROOTS = ""
    assert signature_roots_are_there() == []
