import base64
import os
import subprocess
import sys

import pytest

from config import env
from config.embedded import REPOSITORY


def key(number: int) -> str:
    return base64.b64encode(bytes([number]) * 32).decode()


GOOD = {
    "APP_MODE": "production",
    "SECRET_KEY": "a-long-secret-of-this-test-that-nobody-else-uses-000000",
    "FIELD_KEYS": f"k2:{key(2)},k1:{key(1)}",
    "INDEX_KEY": key(3),
    "MANDATE_KEY": key(4),
    "BASE_URL": "https://peduli.contoh.example",
    "ALLOWED_HOSTS": "peduli.contoh.example",
    "DATABASE_URL": "postgres://user:password@127.0.0.1:1/peduli",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "EMAIL_URL": "smtp://user:password@mail.contoh.example:587",
}


def start(tmp_path, changes: dict[str, str | None]) -> subprocess.CompletedProcess:
    """Reads the settings in a fresh process, in production mode with `changes` (None: not set at all)."""
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), **GOOD, **changes}
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from config import settings; print('DEBUG', settings.DEBUG, settings.SECURE_SSL_REDIRECT)",
        ],
        cwd=REPOSITORY,
        env={name: value for name, value in environment.items() if value is not None},
        capture_output=True,
        text=True,
    )


def test_production_starts_when_everything_is_given(tmp_path):
    started = start(tmp_path, {})
    assert (started.returncode, started.stdout) == (0, "DEBUG False True\n"), started.stderr


REFUSED = {
    "no mode of ours": ({"APP_MODE": "staging"}, "APP_MODE"),
    "no SECRET_KEY": ({"SECRET_KEY": None}, "SECRET_KEY"),
    "an empty SECRET_KEY": ({"SECRET_KEY": ""}, "SECRET_KEY"),
    "the demo SECRET_KEY": ({"SECRET_KEY": env.DEMO_SECRET_KEY}, "SECRET_KEY"),
    "a short SECRET_KEY": ({"SECRET_KEY": "short"}, "SECRET_KEY"),
    "no FIELD_KEYS": ({"FIELD_KEYS": None}, "FIELD_KEYS"),
    "the demo FIELD_KEYS": ({"FIELD_KEYS": env.DEMO_FIELD_KEYS}, "FIELD_KEYS"),
    "the demo field key under another name": (
        {"FIELD_KEYS": f"k1:{key(1)},old:{env.DEMO_FIELD_KEYS.split(':')[1]}"},
        "FIELD_KEYS",
    ),
    "no INDEX_KEY": ({"INDEX_KEY": None}, "INDEX_KEY"),
    "the demo INDEX_KEY": ({"INDEX_KEY": env.DEMO_INDEX_KEY}, "INDEX_KEY"),
    "the demo mandate key as INDEX_KEY": ({"INDEX_KEY": env.DEMO_MANDATE_KEY}, "INDEX_KEY"),
    "no MANDATE_KEY": ({"MANDATE_KEY": None}, "MANDATE_KEY"),
    "the demo index key as MANDATE_KEY": ({"MANDATE_KEY": env.DEMO_INDEX_KEY}, "MANDATE_KEY"),
    "one key for two purposes": ({"MANDATE_KEY": key(3)}, "MANDATE_KEY"),
    "a short key": ({"INDEX_KEY": base64.b64encode(b"short").decode()}, "INDEX_KEY"),
    "a moved clock": ({"APP_NOW": "2026-11-24T09:00:00+07:00"}, "APP_NOW"),
    "DEBUG": ({"DEBUG": "1"}, "DEBUG"),
    "no BASE_URL": ({"BASE_URL": None}, "BASE_URL"),
    "http": ({"BASE_URL": "http://peduli.contoh.example"}, "BASE_URL"),
    "no hosts": ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
    "hosts of blanks": ({"ALLOWED_HOSTS": " , "}, "ALLOWED_HOSTS"),
    "no limit of tries": ({"RATELIMIT_ENABLE": "0"}, "RATELIMIT_ENABLE"),
    "every host": ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
    "no database": ({"DATABASE_URL": None}, "DATABASE_URL"),
    "no queue": ({"REDIS_URL": None}, "REDIS_URL"),
    "no mail server": ({"EMAIL_URL": None}, "EMAIL_URL"),
    "mail into the log": ({"EMAIL_URL": "consolemail://"}, "EMAIL_URL"),
    "mail into files": ({"EMAIL_URL": "filemail:///tmp/mail"}, "EMAIL_URL"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_production_refuses_and_names_the_variable(case, tmp_path):
    changes, variable = REFUSED[case]
    started = start(tmp_path, changes)
    last_line = started.stderr.strip().splitlines()[-1]
    assert started.returncode == 1
    assert last_line.startswith("config.env.EnvironmentProblem: ")
    assert variable in last_line
    for secret in (value for value in changes.values() if value and len(value) > 20 and "://" not in value):
        assert secret not in last_line


def test_demo_mode_needs_nothing_at_all(tmp_path):
    started = start(tmp_path, {**dict.fromkeys(GOOD), "PORT": "8000"})
    assert (started.returncode, started.stdout) == (0, "DEBUG False False\n"), started.stderr


@pytest.mark.parametrize("typed", ["1", "true", "YES", " on "])
def test_a_flag_is_on(typed, monkeypatch):
    monkeypatch.setenv("A_FLAG", typed)
    assert env.flag("A_FLAG") is True


@pytest.mark.parametrize("typed", ["0", "false", "No", "off"])
def test_a_flag_is_off_although_its_default_is_on(typed, monkeypatch):
    monkeypatch.setenv("A_FLAG", typed)
    assert env.flag("A_FLAG", default=True) is False


def test_an_empty_variable_counts_as_not_given(monkeypatch):
    for name in ("A_FLAG", "A_NUMBER", "A_TEXT", "SOME_NAMES"):
        monkeypatch.setenv(name, "")
    assert env.flag("A_FLAG", default=True) is True
    assert env.number("A_NUMBER", 7) == 7
    assert env.text("A_TEXT", "else") == "else"
    assert env.names("SOME_NAMES", "one, two,") == ["one", "two"]


@pytest.mark.parametrize(("read", "typed"), [
    (lambda: env.flag("ODD"), "maybe"),
    (lambda: env.number("ODD", 1), "-3"),
    (lambda: env.number("ODD", 1), "٣"),
    (lambda: env.number("ODD", 1, at_least=60), "59"),
    (lambda: env.moment("ODD", "demo"), "tomorrow"),
    (lambda: env.moment("ODD", "demo"), "2026-11-24T09:00:00"),
])  # fmt: skip
def test_what_is_not_understood_is_refused_by_name(read, typed, monkeypatch):
    monkeypatch.setenv("ODD", typed)
    with pytest.raises(env.EnvironmentProblem, match="ODD"):
        read()


@pytest.mark.parametrize("typed", ["not base64!", "ключ", "", base64.b64encode(b"31 bytes").decode()])
def test_a_key_that_is_no_key_is_refused_without_being_shown(typed):
    with pytest.raises(env.EnvironmentProblem) as refused:
        env.key_bytes("SOME_KEY", typed)
    assert "SOME_KEY" in str(refused.value)
    assert not typed or typed not in str(refused.value)


def test_the_first_key_of_a_ring_comes_first():
    assert list(env.key_ring("RING", f"k2:{key(2)}, k1:{key(1)}")) == ["k2", "k1"]


@pytest.mark.parametrize("ring", [
    key(1),
    f":{key(1)}",
    f"a-b:{key(1)}",
    f"ключ:{key(1)}",
    f"averylongname:{key(1)}",
    f"k1:{key(1)},",
    f"k1:{key(1)},k1:{key(2)}",
])  # fmt: skip
def test_a_ring_of_another_shape_is_refused(ring):
    with pytest.raises(env.EnvironmentProblem, match="RING"):
        env.key_ring("RING", ring)
