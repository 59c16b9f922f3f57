"""One piece of the queue's work in a process of its own, measured: `python -m autodebit.bench.worker build <id> <at>`.

Prints {"seconds", "peak_mb"} as JSON. The seconds are of the work with its commit; the peak is of the whole process,
with everything a worker of the queue has loaded.
"""

import importlib
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import django
from django.conf import settings
from django.db import connection

_ROOT = Path(__file__).resolve().parent.parent.parent
# Kind of work -> module and function; all are called with the row's id and the moment.
_WORK = {
    "build": ("autodebit.actions.build", "build", "batch_id"),
    "seal": ("autodebit.actions.sealing", "seal", "batch_id"),
    "read": ("autodebit.actions.result_reading", "read_file", "file_id"),
    "apply": ("autodebit.actions.results", "apply", "file_id"),
}


@dataclass(frozen=True)
class Measured:
    seconds: float
    peak_mb: float


def in_a_worker(kind: str, row_id: UUID, at: datetime) -> Measured:
    """Raises RuntimeError with the end of what the process said when the work was not done."""
    command = [sys.executable, "-m", "autodebit.bench.worker", kind, str(row_id), at.isoformat()]
    done = subprocess.run(command, env=_environment(), cwd=_ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{kind}: {done.stderr[-2000:]}")
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def _environment() -> dict[str, str]:
    """For a child process that works on the same database and papers as this one."""
    at = connection.settings_dict
    who = f"{quote(at['USER'], safe='')}:{quote(at['PASSWORD'], safe='')}"
    database = f"postgres://{who}@{at['HOST']}:{at['PORT']}/{at['NAME']}"
    return {**os.environ, "DATABASE_URL": database, "PAPERS_DIR": str(settings.PAPERS_DIR)}


def main(kind: str, row_id: str, at: str) -> None:
    module, function, parameter = _WORK[kind]
    work = getattr(importlib.import_module(module), function)
    started = time.perf_counter()
    answer = work(**{parameter: UUID(row_id)}, now=datetime.fromisoformat(at))
    seconds = time.perf_counter() - started
    if hasattr(answer, "message"):
        raise SystemExit(answer.message)
    print(json.dumps({"seconds": seconds, "peak_mb": _peak_mb()}))


def _peak_mb() -> float:
    """Of this program alone: the kernel's ru_maxrss of a child starts with what its parent had."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("This kernel does not tell the peak of a process.")


if __name__ == "__main__":
    from config.celery import app

    django.setup()
    app.loader.import_default_modules()
    main(*sys.argv[1:])
