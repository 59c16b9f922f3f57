"""The product's own gunicorn command line on a free port, with a data folder of its own."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from config import plan, processes
from config.embedded import REPOSITORY
from config.postgres import free_port

READY_SECONDS = 60.0
STOP_SECONDS = 5.0
APPLICATION = "opd_admin.bench.wsgi:application"


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """The base URL of the product as long as the block lasts: static files collected and compressed as for a city.

    Papers, static files and the demo clock are in `<VAR_DIR>/bench`. Raises RuntimeError with the end of the log.
    """
    folder = Path(settings.VAR_DIR) / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / "papers", ignore_errors=True)  # of earlier runs: nobody opens them again
    port = free_port()
    base_url = f"http://127.0.0.1:{port}"
    env = _environment(folder, base_url)
    for command in ("build_fonts", "collectstatic"):
        _prepare(command, env)
    web = (*plan.WEB[:-1], APPLICATION, "--bind", f"127.0.0.1:{port}", "--graceful-timeout", "2")
    log = folder / "web.log"
    log.unlink(missing_ok=True)
    child = processes.spawn("web", web, env=env, cwd=REPOSITORY, log=log)
    try:
        _wait_until_ready(child, f"{base_url}/healthz")
        yield base_url
    finally:
        child.ask_to_stop()
        child.wait(time.monotonic() + STOP_SECONDS)
        child.kill()


def _environment(folder: Path, base_url: str) -> dict[str, str]:
    """This process's environment; the database is the one in use here, which a test has given another name."""
    at = connection.settings_dict
    who = f"{quote(at['USER'], safe='')}:{quote(at['PASSWORD'], safe='')}"
    database = f"postgres://{who}@{at['HOST']}:{at['PORT']}/{at['NAME']}"
    env = {name: value for name, value in os.environ.items() if name not in ("STATIC_ROOT", "PAPERS_DIR")}
    return {**env, "VAR_DIR": str(folder), "BASE_URL": base_url, "DATABASE_URL": database}


def _prepare(command: str, env: dict[str, str]) -> None:
    arguments = [
        sys.executable,
        "manage.py",
        command,
        *(["--no-input"] if command == "collectstatic" else []),
    ]
    done = subprocess.run(arguments, env=env, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command}: {done.stderr[-2000:]}")


def _wait_until_ready(child: processes.Child, health: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while child.running and time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(health, timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError(f"gunicorn does not answer. The end of its log:\n{child.log_tail()}")
