import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import pytest
import redis

from config import embedded, postgres, processes


@pytest.fixture
def nothing_given(monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)


@pytest.fixture(scope="module")
def engines(tmp_path_factory):
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("DATABASE_URL", raising=False)
        environment.delenv("REDIS_URL", raising=False)
        running = embedded.Engines(tmp_path_factory.mktemp("engines") / "var", durable=False)
    with running:
        yield running


def ask(database_url: str, question: str):
    with psycopg2.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def test_the_database_is_postgresql_18_in_utc_with_c_utf8_order(engines):
    assert ask(engines.database_url, "SHOW server_version").startswith("18.")
    assert ask(engines.database_url, "SHOW timezone") == "UTC"
    assert (
        ask(engines.database_url, "SELECT datlocale FROM pg_database WHERE datname = current_database()")
        == "C.UTF-8"
    )


def test_the_product_connects_without_the_rights_of_a_superuser(engines):
    assert ask(engines.database_url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False


@pytest.mark.parametrize("name", ["btree_gist", "pg_trgm", "citext", "unaccent"])
def test_the_usual_extensions_can_be_created_by_the_product(engines, name):
    with psycopg2.connect(engines.database_url) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")


def test_neither_engine_lets_anybody_in_without_the_password(engines):
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(
            engines.database_url.replace(":" + engines.database_url.split(":")[2].split("@")[0], ":x")
        )
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url("redis://" + engines.redis_url.split("@")[1]).ping()


def test_both_engines_listen_on_loopback_only(engines):
    ports = {int(url.rsplit(":", 1)[1].split("/")[0]) for url in (engines.database_url, engines.redis_url)}
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    bound = {tuple(row[1].split(":")) for row in listening if row[3] == "0A"}
    assert {address for address, port in bound if int(port, 16) in ports} == {"0100007F"}


def test_passwords_are_readable_by_the_owner_only(engines):
    for name in ("postgres/cluster.json", "valkey/valkey.conf"):
        assert (engines.var_dir / name).stat().st_mode & 0o077 == 0


def test_valkey_has_a_database_number_for_every_test_worker(engines):
    assert redis.Redis.from_url(embedded.with_database(engines.redis_url, "40")).ping()


def test_a_statement_that_fails_leaves_none_of_its_values_in_the_log(engines):
    with pytest.raises(psycopg2.Error):
        ask(engines.database_url, "SELECT 'canary-3374'::int")
    log = (engines.var_dir / "log" / "postgres.log").read_text()
    assert "starting PostgreSQL" in log
    assert "canary-3374'::int" not in log


def test_throw_away_engines_leave_neither_files_nor_processes(tmp_path, nothing_given):
    engines = embedded.Engines(tmp_path / "var", durable=False)
    engines.start()
    data = postgres.load_cluster(engines.var_dir).folder
    assert (data / "PG_VERSION").exists()
    engines.stop()
    assert not data.exists()
    assert not engines.var_dir.exists()
    assert processes.leftovers(folder=data) == []


def test_given_addresses_win_and_nothing_is_started(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://somewhere/else")
    monkeypatch.setenv("REDIS_URL", "redis://somewhere/1")
    with embedded.Engines(tmp_path / "var", durable=True) as engines:
        assert (engines.database_url, engines.redis_url) == (
            "postgres://somewhere/else",
            "redis://somewhere/1",
        )
        assert processes.leftovers(folder=tmp_path / "var" / "valkey") == []
    assert not (tmp_path / "var" / "postgres").exists()


def test_a_folder_in_use_is_refused_and_free_again_afterwards(tmp_path):
    lock = embedded.FolderLock(tmp_path)
    lock.take()
    with pytest.raises(embedded.AlreadyRunning):
        embedded.FolderLock(tmp_path).take()
    lock.release()
    again = embedded.FolderLock(tmp_path)
    again.take()
    again.release()


def test_run_gives_the_command_its_addresses_and_returns_its_exit_code(engines, monkeypatch, capfd):
    monkeypatch.setenv("DATABASE_URL", engines.database_url)
    monkeypatch.setenv("REDIS_URL", engines.redis_url)
    monkeypatch.setenv("VAR_DIR", str(engines.var_dir / "nested"))
    say = "import os, sys; print(os.environ['DATABASE_URL'], os.environ['REDIS_URL']); sys.exit(3)"
    assert embedded.main(["run", "--database", "beside", "--", sys.executable, "-c", say]) == 3
    database_url, redis_url = capfd.readouterr().out.split()
    assert ask(database_url, "SELECT current_database()") == "beside"
    assert redis_url.endswith("/9")


def test_run_stops_what_it_started_and_the_next_run_finds_the_same_data(tmp_path, monkeypatch, nothing_given):
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    sql = "import os, psycopg2; c = psycopg2.connect(os.environ['DATABASE_URL']); c.cursor().execute({!r}); c.commit()"
    try:
        for statement in ("CREATE TABLE kept ()", "DROP TABLE kept"):
            assert embedded.main(["run", "--", sys.executable, "-c", sql.format(statement)]) == 0
            assert processes.leftovers(folder=postgres.load_cluster(tmp_path / "var").folder) == []
    finally:
        postgres.discard(tmp_path / "var")


def test_run_that_is_killed_takes_command_and_engines_with_it(tmp_path, nothing_given):
    var_dir = tmp_path / "var"
    env = {**os.environ, "VAR_DIR": str(var_dir)}
    argv = [sys.executable, "-m", "config.embedded", "run", "--", "sleep", "600"]
    runner = subprocess.Popen(argv, cwd=embedded.REPOSITORY, env=env)
    try:
        _wait(lambda: len(processes.leftovers(mark=str(var_dir))) == 1)
        runner.kill()
        runner.wait()
        data = postgres.load_cluster(var_dir).folder
        _wait(lambda: not processes.leftovers(mark=str(var_dir), folder=var_dir / "valkey"))
        _wait(lambda: not processes.leftovers(folder=data))
    finally:
        runner.kill()
        postgres.discard(var_dir)


def test_what_a_killed_test_run_left_is_removed_by_the_next(tmp_path, nothing_given):
    run = tmp_path / "run-1"
    script = f"""
import os, signal
from pathlib import Path
from config.embedded import Engines
Engines(Path({str(run)!r}), durable=False).start()
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", script], cwd=embedded.REPOSITORY, check=False)
    assert killed.returncode == -signal.SIGKILL
    data = postgres.load_cluster(run).folder
    embedded.remove_dead_runs(tmp_path)
    assert not run.exists()
    assert not data.exists()
    assert processes.leftovers(folder=data) == []


def _wait(condition, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
