"""The SFTP server of a bank: named whole and known by its key, or not at all."""

import pytest

from config import env

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"


@pytest.fixture
def given(monkeypatch, tmp_path):
    key_file = tmp_path / "key"
    key_file.write_text("secret")
    values = {
        "SFTP_URL": "sftp://peduli@sftp.contoh.example:2222/masuk",
        "SFTP_HOST_KEY": KEY + " komentar",
        "SFTP_KEY_FILE": str(key_file),
        "SFTP_BANK": "113",
        "SFTP_FORMAT": "pain008",
    }

    def give(**changes):
        for name, value in {**values, **changes}.items():
            monkeypatch.setenv(name, value)
        return str(key_file)

    return give


def test_without_an_address_there_is_no_server(monkeypatch):
    monkeypatch.delenv("SFTP_URL", raising=False)
    assert env.sftp() is None


def test_a_whole_description_is_read(given):
    key_file = given()
    assert env.sftp() == {
        "host": "sftp.contoh.example",
        "port": 2222,
        "user": "peduli",
        "folder": "/masuk",
        "host_key": KEY,
        "key_file": key_file,
        "bank": "113",
        "format": "pain008",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SFTP_URL", "ftp://peduli@sftp.contoh.example/masuk"),
        ("SFTP_URL", "sftp://sftp.contoh.example/masuk"),
        ("SFTP_URL", "sftp://peduli@/masuk"),
        ("SFTP_URL", "sftp://peduli:rahasia@sftp.contoh.example/masuk"),
        ("SFTP_URL", "sftp://peduli@sftp.contoh.example:99999/masuk"),
        ("SFTP_HOST_KEY", ""),
        ("SFTP_HOST_KEY", "ssh-ed25519"),
        ("SFTP_HOST_KEY", "ssh-ed25519 bukan-base64"),
        ("SFTP_HOST_KEY", "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"),
        ("SFTP_KEY_FILE", "/tidak/ada"),
        ("SFTP_BANK", ""),
        ("SFTP_FORMAT", ""),
    ],
)
def test_what_is_missing_or_unsafe_is_refused_by_name_and_no_secret_is_shown(given, name, value):
    given(**{name: value})
    with pytest.raises(env.EnvironmentProblem, match=name) as refused:
        env.sftp()
    assert "rahasia" not in str(refused.value)


def test_without_the_extra_the_address_is_refused(given, monkeypatch):
    given()
    monkeypatch.setattr(env.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(env.EnvironmentProblem, match="paramiko"):
        env.sftp()
