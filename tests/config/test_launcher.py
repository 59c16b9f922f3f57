"""The launcher with real PostgreSQL and Valkey, and stand-ins for web, worker and beat (standin.py)."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import pytest

from config import embedded, launcher, postgres, processes

STANDIN = Path(__file__).with_name("standin.py")


class Launched:
    """A launcher in a process of its own on its own data folder."""

    def __init__(self, var_dir: Path) -> None:
        self.var_dir = var_dir
        self.process: subprocess.Popen[str] | None = None

    def start(self, *command: str, **env_more: str) -> "Launched":
        argv = [
            sys.executable,
            str(STANDIN),
            "launch",
            str(self.var_dir),
            str(postgres.free_port()),
            *command,
        ]
        env = {
            key: value
            for key, value in os.environ.items()
            if key not in ("DATABASE_URL", "REDIS_URL", "VAR_DIR")
        }
        env |= {"PYTHONPATH": str(embedded.REPOSITORY), **env_more}
        self.process = subprocess.Popen(
            argv,
            env=env,
            cwd=embedded.REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return self

    def until_ready(self, seconds: float = 30) -> dict:
        announced = self.var_dir / "run" / "engines.json"
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.process.stdout.read()
            if (
                announced.exists()
                and (found := json.loads(announced.read_text())).get("pid") == self.process.pid
            ):
                return found
            time.sleep(0.02)
        raise AssertionError("the launcher did not become ready")

    def end(self, number: signal.Signals, seconds: float = 5.0) -> float:
        """Seconds from the signal to the end of the launcher."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(seconds)
        self.process.stdout.close()
        return time.monotonic() - began

    def everything_running(self) -> list[int]:
        data = postgres.load_cluster(self.var_dir).folder
        return [
            *processes.leftovers(mark=str(self.var_dir), folder=self.var_dir / "valkey"),
            *processes.leftovers(folder=data),
        ]


@pytest.fixture(scope="module")
def data_folder(tmp_path_factory):
    """One laid-out database for all tests here: what they ask is that it survives."""
    folder = (tmp_path_factory.mktemp("launcher") / "var").resolve()
    yield folder
    postgres.discard(folder)


@pytest.fixture
def launched(data_folder):
    running = Launched(data_folder)
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.wait()
    processes.signal_all(running.everything_running(), signal.SIGKILL)


def visits(database_url: str) -> int:
    with psycopg2.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM visit")
        return cursor.fetchone()[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_asked_to_stop_it_ends_within_five_seconds_and_leaves_no_process(launched, number):
    launched.start().until_ready()
    assert (
        len(launched.everything_running()) > 6
    )  # web, worker and its child, beat, Valkey, PostgreSQL and its own
    assert launched.end(number) < 5
    assert launched.process.returncode == 0
    assert launched.everything_running() == []


def test_the_second_start_keeps_the_data_and_prepares_nothing_again_within_five_seconds(launched):
    launched.start().until_ready()
    launched.end(signal.SIGTERM)
    began = time.monotonic()
    found = launched.start().until_ready()
    assert time.monotonic() - began < 5
    assert visits(found["database_url"]) == 1


def test_killed_without_warning_the_next_start_works_and_keeps_the_data(launched):
    launched.start(STANDIN_WORKER="stubborn").until_ready()
    launched.end(signal.SIGKILL)
    found = launched.start().until_ready()
    assert visits(found["database_url"]) == 1
    launched.end(signal.SIGTERM)
    assert launched.everything_running() == []


def test_killed_without_warning_the_kernel_ends_every_obedient_child(launched):
    found = launched.start().until_ready()
    launched.end(signal.SIGKILL)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and processes.leftovers(folder=launched.var_dir / "valkey"):
        time.sleep(0.05)
    assert processes.leftovers(folder=launched.var_dir / "valkey") == []
    with pytest.raises(psycopg2.OperationalError):
        for _ in range(50):
            psycopg2.connect(found["database_url"]).close()
            time.sleep(0.05)


def test_a_second_launcher_on_the_same_folder_is_refused_and_the_first_goes_on(launched):
    found = launched.start().until_ready()
    second = Launched(launched.var_dir).start()
    said, _ = second.process.communicate(timeout=10)
    assert second.process.returncode == 1
    assert "Already running" in said
    assert visits(found["database_url"]) == 1


def test_a_service_and_both_engines_come_back_at_the_same_address_when_killed(launched):
    found = launched.start().until_ready()
    for victim in launched.everything_running():
        with_parent = Path(f"/proc/{victim}/stat")
        if (
            with_parent.exists()
            and int(with_parent.read_text().rpartition(")")[2].split()[1]) == found["pid"]
        ):
            os.kill(victim, signal.SIGKILL)
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        try:
            assert visits(found["database_url"]) == 1
            break
        except psycopg2.OperationalError:
            time.sleep(0.1)
    while time.monotonic() < deadline and not launcher._answers(f"{found['base_url']}/healthz"):
        time.sleep(0.1)
    assert launcher._answers(f"{found['base_url']}/healthz")
    assert launched.process.poll() is None


def test_once_runs_the_command_against_the_product_and_returns_its_exit_code(launched):
    check = "import os, sys, urllib.request as u; sys.exit(u.urlopen(os.environ['BASE_URL'] + '/healthz').status - 193)"
    launched.start(sys.executable, "-c", check)
    assert launched.process.wait(30) == 7
    assert launched.everything_running() == []


def test_once_uses_the_product_that_already_runs(launched, monkeypatch, capfd):
    found = launched.start().until_ready()
    monkeypatch.setenv("VAR_DIR", str(launched.var_dir))
    say = "import os; print(os.environ['BASE_URL'], os.environ['DATABASE_URL'])"
    assert launcher.main(["--once", "--", sys.executable, "-c", say]) == 0
    assert capfd.readouterr().out.split() == [found["base_url"], found["database_url"]]


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user starts PostgreSQL directly")
def test_root_can_start_below_a_folder_that_others_may_not_enter(launched):
    launched.var_dir.parent.chmod(0o700)
    found = launched.start().until_ready()
    assert visits(found["database_url"]) == 1
    server = processes.leftovers(folder=postgres.load_cluster(launched.var_dir).folder)
    assert server and {Path(f"/proc/{pid}").stat().st_uid for pid in server}.isdisjoint({0})


def test_a_port_in_use_is_named_with_a_way_out(tmp_path, monkeypatch, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        monkeypatch.setenv("VAR_DIR", str(tmp_path))
        assert launcher.main([]) == 1
    assert f"PORT={port + 1} make run" in capsys.readouterr().err


def test_the_fingerprint_changes_with_sources_and_database_and_with_nothing_else(tmp_path):
    for name in ("requirements.lock", "registry/data/opd.csv", "static/site.css", "var/x.log", "docs/a.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    everything = launcher.fingerprint_of_sources(tmp_path, "database 1")
    static = launcher.fingerprint_of_sources(tmp_path, only=("static",))
    (tmp_path / "var/x.log").write_text("2")
    (tmp_path / "docs/a.md").write_text("2")
    assert launcher.fingerprint_of_sources(tmp_path, "database 1") == everything
    assert launcher.fingerprint_of_sources(tmp_path, "database 2") != everything
    (tmp_path / "registry/data/opd.csv").write_text("2")
    assert launcher.fingerprint_of_sources(tmp_path, "database 1") != everything
    assert launcher.fingerprint_of_sources(tmp_path, only=("static",)) == static
    (tmp_path / "static/site.css").write_text("2")
    assert launcher.fingerprint_of_sources(tmp_path, only=("static",)) != static
