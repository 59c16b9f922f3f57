"""`make run`: the whole product on one machine, from nothing to a page in the browser, and down again.

1. Takes the data folder (a second launcher is refused) and starts the engines that the environment does not give.
2. Prepares the database and the static files, unless nothing has changed since the last time.
3. Starts web, worker and beat, waits for the web to answer, prints where everything is.
4. Restarts what ends by itself, with growing pauses.
5. On Ctrl-C, SIGTERM or a closed terminal: web, worker and beat first, then Valkey, then PostgreSQL, within 5 s.

    python -m config.launcher [--once -- COMMAND...]

With `--once` the product runs on a free port only as long as COMMAND, which finds it by BASE_URL; a product that is
already running is used instead.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from config import env, processes
from config.embedded import REPOSITORY, AlreadyRunning, Engines, FolderLock, default_var_dir, running_engines
from config.plan import Plan, Service, product_plan
from config.postgres import EngineProblem, free_port, write_private

STOP_SECONDS = 2.5
READY_SECONDS = 60.0
PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STABLE_SECONDS = 60.0
NOT_SOURCE = {"var", "docs", "tests", "node_modules"}


class LaunchProblem(Exception):
    """The product cannot start; the message says what to do."""


class Stopped(Exception):
    """Somebody asked us to stop while we were still starting."""


class Launcher:
    """Runs one plan on one data folder."""

    def __init__(self, plan: Plan, var_dir: Path, command: Sequence[str] = ()) -> None:
        self.plan = plan
        self.var_dir = var_dir.resolve()
        self.command = command
        self.engines = Engines(self.var_dir, durable=True)
        self.stopping = False
        self._env: dict[str, str] = {}

    def run(self) -> int:
        """Returns the exit code. Raises LaunchProblem or EngineProblem when the product cannot start."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        began = time.monotonic()
        try:
            with _phase("PostgreSQL, Valkey"):
                self.engines.start()
            self._env = self._environment()
            self._prepare()
            with _phase("Web, worker, beat"):
                # The web first: on a small machine all at once would make the reader wait longest for a page.
                web, *others = self.plan.services
                self._start(web)
                last_word = self._last_word()
                self._wait_until_ready()
                for service in others:
                    self._start(service)
            self.engines.announce(base_url=self.plan.base_url, pid=os.getpid())
            print(
                f"{self.plan.greeting}{last_word}\nSiap dalam {time.monotonic() - began:.1f} s.", flush=True
            )
            return self._run_command() if self.command else self._keep_alive()
        except Stopped:
            return 0
        finally:
            self._stop()

    def _ask_to_stop(self, *_: object) -> None:
        self.stopping = True

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_URL": self.engines.database_url,
            "REDIS_URL": self.engines.redis_url,
            "VAR_DIR": str(self.var_dir),
            "BASE_URL": os.environ.get("BASE_URL") or self.plan.base_url,
            "PYTHONUNBUFFERED": "1",
            processes.MARK: str(self.var_dir),
        }

    def _prepare(self) -> None:
        stamp = self.var_dir / "run" / "prepared.json"
        done = json.loads(stamp.read_text()) if stamp.exists() else {}
        for step in self.plan.steps:
            depends_on = () if step.only else (self.engines.identity, env.mode())
            fingerprint = fingerprint_of_sources(REPOSITORY, *depends_on, only=step.only)
            if done.get(step.title) == fingerprint and (self.var_dir / step.leaves).is_dir():
                continue
            with _phase(step.title):
                for command in step.commands:
                    self._run_step(command)
            done[step.title] = fingerprint
            write_private(stamp, json.dumps(done))

    def _run_step(self, command: Sequence[str]) -> None:
        log = self.engines.log("prepare")
        step = processes.spawn("prepare", command, env=self._env, cwd=REPOSITORY, log=log)
        while step.running:
            if self.stopping:
                step.kill()
                raise Stopped
            time.sleep(0.02)
        if step.process.returncode != 0:
            raise LaunchProblem(f"Gagal: {' '.join(command)}\n{step.log_tail(25)}\n(lengkap: {log})")

    def _start(self, service: Service) -> None:
        service.started = time.monotonic()
        service.child = processes.spawn(
            service.name,
            service.command,
            env={**self._env, **service.env},
            cwd=REPOSITORY,
            log=self.engines.log(service.name),
        )

    def _last_word(self) -> str:
        """What a last command has to say (the demo accounts), while the web is still starting."""
        if not self.plan.last_word:
            return ""
        said = subprocess.run(
            self.plan.last_word, env=self._env, cwd=REPOSITORY, capture_output=True, text=True, check=False
        )
        if said.returncode != 0:
            raise LaunchProblem(f"Gagal: {' '.join(self.plan.last_word)}\n{said.stderr[-2000:]}")
        return said.stdout

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(self.plan.health):
            if self.stopping:
                raise Stopped
            if time.monotonic() > deadline:
                tails = (f"--- {s.name}\n{s.child.log_tail()}" for s in self.plan.services if s.child)
                raise LaunchProblem("\n".join([f"{self.plan.health} tidak menjawab.", *tails]))
            self._restart_ended()
            time.sleep(0.05)

    def _keep_alive(self) -> int:
        while not self.stopping:
            self._restart_ended()
            time.sleep(0.1)
        return 0

    def _run_command(self) -> int:
        obey = processes.die_with_parent(os.getpid(), signal.SIGTERM)
        command = subprocess.Popen(self.command, env=self._env, preexec_fn=obey)
        while command.poll() is None:
            if self.stopping:
                command.terminate()
                return 130
            self._restart_ended()
            time.sleep(0.05)
        return command.returncode

    def _restart_ended(self) -> None:
        if name := self.engines.revive():
            _say(f"{name} berhenti sendiri dan sudah dijalankan lagi.")
        for service in self.plan.services:
            if service.child is None or service.child.running:
                continue
            moment = time.monotonic()
            if not service.again_at:
                service.child.kill()  # what it started may still be there
                service.failures = 0 if moment - service.started > STABLE_SECONDS else service.failures
                pause = PAUSES[min(service.failures, len(PAUSES) - 1)]
                service.failures += 1
                service.again_at = moment + pause
                _say(
                    f"{service.name} berhenti sendiri; dijalankan lagi dalam {pause:g} s (log/{service.name}.log)."
                )
            elif moment >= service.again_at:
                service.again_at = 0.0
                self._start(service)

    def _stop(self) -> None:
        children = [service.child for service in self.plan.services if service.child]
        for child in children:
            child.ask_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        for child in children:
            child.wait(deadline)
            child.kill()
        self.engines.stop()


def fingerprint_of_sources(root: Path, *more: str, only: tuple[str, ...] = ()) -> str:
    """Changes when any file that preparation reads changes: code, migrations, reference data, static files, lock.

    With `only`, when a file does that has one of these names in its path.
    """
    digest = hashlib.sha256("\0".join(more).encode())
    for path in sorted(_source_files(root)):
        if only and not set(path.relative_to(root).parts) & set(only):
            continue
        digest.update(f"{path.relative_to(root)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _source_files(root: Path) -> Iterator[Path]:
    yield root / "requirements.lock"
    for folder, names, files in os.walk(root):
        names[:] = [n for n in names if not n.startswith((".", "__")) and n not in NOT_SOURCE]
        if Path(folder) != root:
            yield from (Path(folder) / name for name in files if not name.endswith(".pyc"))


@contextlib.contextmanager
def _phase(title: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    _say(f"  {title:<22} {time.monotonic() - began:5.1f} s")


def _say(text: str) -> None:
    print(text, flush=True)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.HTTPError):
        return False


def _check_port(bind: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as problem:
            raise LaunchProblem(
                f"Port {port} pada {bind} tidak dapat dipakai ({problem.strerror}). Pilih yang lain, misalnya: "
                f"PORT={port + 1} make run"
            ) from problem


def launch(command: Sequence[str]) -> int:
    var_dir = default_var_dir()
    found = running_engines(var_dir) if command else {}
    if base_url := found.get("base_url"):
        addresses = {
            "DATABASE_URL": found["database_url"],
            "REDIS_URL": found["redis_url"],
            "BASE_URL": base_url,
        }
        return subprocess.run(command, env={**os.environ, **addresses}, check=False).returncode
    bind = os.environ.get("BIND") or "127.0.0.1"
    port = free_port() if command else env.number("PORT", 8000, at_least=1)
    if not command:
        running_check = FolderLock(var_dir)
        running_check.take()
        running_check.release()
        _check_port(bind, port)
    return Launcher(product_plan(bind, port, var_dir), var_dir, command).run()


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m config.launcher")
    parser.add_argument("--once", action="store_true", help="only as long as COMMAND runs")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    options = parser.parse_args(arguments)
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if options.once != bool(command):
        parser.error("--once and a command after -- belong together")
    try:
        return launch(command)
    except AlreadyRunning:
        print(
            f"Sudah berjalan: peluncur lain memakai {default_var_dir()}. Hentikan dulu (Ctrl-C di sana).",
            file=sys.stderr,
        )
    except (LaunchProblem, EngineProblem, env.EnvironmentProblem) as problem:
        print(problem, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
