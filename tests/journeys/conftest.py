"""The whole product, as `make run` starts it, for the journeys: its own engines, web, worker and beat, in demo mode."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings

from config.postgres import free_port

READY_SECONDS = 180
# Six days before December's cut-off: the journey moves the clock itself.
STARTS_AT = "2026-11-20T09:00:00+07:00"
NOT_FOR_THE_PRODUCT = ("DATABASE_URL", "REDIS_URL", "DJANGO_ALLOW_ASYNC_UNSAFE")


@dataclass(frozen=True)
class Product:
    """A running product: its address, its data folder, and the environment of its processes."""

    base_url: str
    var_dir: Path
    env: dict

    def manage(self, *arguments: str) -> subprocess.CompletedProcess:
        """Runs a management command beside the running processes, on the same engines."""
        engines = json.loads((self.var_dir / "run" / "engines.json").read_text())
        addresses = {"DATABASE_URL": engines["database_url"], "REDIS_URL": engines["redis_url"]}
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command,
            env={**self.env, **addresses},
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="session")
def product():
    var_dir = Path(tempfile.mkdtemp(prefix="journey-", dir=settings.VAR_DIR))
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if name not in NOT_FOR_THE_PRODUCT}
    env = {
        **kept,
        "APP_MODE": "demo",
        "APP_NOW": STARTS_AT,
        "VAR_DIR": str(var_dir),
        "PORT": str(port),
        "RATELIMIT_ENABLE": "1",
        "BASE_URL": f"http://127.0.0.1:{port}",
    }
    log = (var_dir / "launcher.log").open("wb")
    launcher = subprocess.Popen(
        [sys.executable, "-m", "config.launcher"], env=env, cwd=settings.BASE_DIR, stdout=log, stderr=log
    )
    try:
        _wait_until_ready(launcher, var_dir)
        yield Product(f"http://127.0.0.1:{port}", var_dir, env)
    finally:
        launcher.send_signal(signal.SIGTERM)
        launcher.wait(20)
        log.close()
        shutil.rmtree(var_dir, ignore_errors=True)


def _wait_until_ready(launcher: subprocess.Popen, var_dir: Path) -> None:
    said = var_dir / "launcher.log"
    deadline = time.monotonic() + READY_SECONDS
    while "Siap dalam" not in said.read_text():
        if launcher.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"The product did not start:\n{said.read_text()[-3000:]}")
        time.sleep(0.2)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """The system's Chromium; as root it needs to run without its sandbox."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "The browser tests need Chromium; `make test` installs it as root, or says how."
    quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    calm = ["--disable-component-update", "--disable-sync", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    return {**browser_type_launch_args, "executable_path": found, "args": [*quiet, *calm]}
