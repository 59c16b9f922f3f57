import io

import pytest
from django.core.management import CommandError, call_command

from registry.models import AuditEvent, User
from registry.rules.roles import Role
from registry.staff import roles_of

pytestmark = pytest.mark.django_db


def add(monkeypatch, password: str) -> str:
    monkeypatch.setattr("getpass.getpass", lambda prompt: password)
    out = io.StringIO()
    call_command("add_administrator", "kepala.data", "Contoh Kepala Data", stdout=out)
    return out.getvalue()


def test_the_first_administrator_signs_in_and_has_to_enrol(monkeypatch, client):
    assert "kepala.data" in add(monkeypatch, "sandi-panjang-sekali-9")
    assert roles_of(User.objects.get()) == {Role.ADMINISTRATOR}
    client.post("/akun/login/", {"login": "kepala.data", "password": "sandi-panjang-sekali-9"})
    assert client.get("/admin/")["Location"].startswith("/akun/2fa/totp/activate/")
    events = AuditEvent.objects.filter(object_type="registry.user", actor_kind="system").values_list(
        "event", flat=True
    )
    assert set(events) == {"staff.changed", "role.granted"}


def test_a_weak_password_makes_no_account(monkeypatch):
    with pytest.raises(CommandError, match="12"):
        add(monkeypatch, "pendek")
    assert not User.objects.exists()


def test_a_taken_name_is_refused(monkeypatch):
    User.objects.create(username="kepala.data")
    with pytest.raises(CommandError, match="sudah dipakai"):
        add(monkeypatch, "sandi-panjang-sekali-9")
