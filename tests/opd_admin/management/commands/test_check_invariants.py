import io
import json

import pytest
from django.core.management import call_command

from opd_admin.management.commands.check_invariants import all_checks
from registry.models import User
from registry.rules.roles import Role
from tests.at_state import staff

pytestmark = pytest.mark.django_db


def test_a_sound_database_ends_well_and_lists_every_check():
    out = io.StringIO()
    call_command("check_invariants", stdout=out)
    assert f"{len(all_checks())} pemeriksaan, 0 pelanggaran." in out.getvalue()


def test_a_violation_is_named_and_ends_with_exit_code_one():
    staff("dewi", Role.OPD_VERIFIER, "DINKES")
    User.objects.update(nip_index="0" * 64)
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("check_invariants", "--json", stdout=out)
    assert ended.value.code == 1
    broken = [row for row in json.loads(out.getvalue()) if row["violations"]]
    assert broken == [
        {"code": "I21", "what": "Sidik NIP dan NIK sesuai dengan nomor yang tersegel", "violations": 1}
    ]


def test_every_check_names_an_invariant_and_says_what_it_means():
    for check in all_checks():
        assert check.code in {f"I{number}" for number in range(1, 24)} and len(check.what) > 20
