"""What `make run` prepares, keeps running and tells. The launcher (config.launcher) knows how."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config import env
from config.embedded import REPOSITORY
from config.processes import Child

WEB = (sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.conf.py", "config.wsgi:application")
_CELERY = (sys.executable, "-m", "celery", "--app", "config.celery:app")
WORKER = (*_CELERY, "worker", "--pool=prefork", "--concurrency=2", "--without-gossip", "--without-mingle")
BEAT = (*_CELERY, "beat", "--pidfile", "")
STATIC_SOURCES = ("static", "requirements.lock", "settings.py", "build_fonts.py")


@dataclass(frozen=True)
class Step:
    """One thing to prepare: what the reader sees, and the commands to run one after the other.

    It is done again when a source file or the database is another one; with `only`, when a file with one of these
    names in its path is. `leaves` is a folder in the data folder that must be there for the step to count as done.
    """

    title: str
    commands: tuple[tuple[str, ...], ...]
    only: tuple[str, ...] = ()
    leaves: str = "run"


@dataclass
class Service:
    """A process to keep alive."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    child: Child | None = None
    started: float = 0.0
    failures: int = 0
    again_at: float = 0.0


@dataclass(frozen=True)
class Plan:
    """What to prepare, what to keep running (the web first), what to tell. `health` answers 200 when all is ready."""

    base_url: str
    health: str
    steps: tuple[Step, ...]
    services: tuple[Service, ...]
    greeting: str = ""
    last_word: tuple[str, ...] = ()


def product_plan(bind: str, port: int, var_dir: Path) -> Plan:
    """The product itself. Demo state and demo accounts exist in demo mode only."""
    demo = env.mode() == "demo"
    shown = "127.0.0.1" if bind in ("0.0.0.0", "::", "") else bind
    base_url = f"http://{shown}:{port}"
    services = (
        Service("web", (*WEB, "--bind", f"{bind}:{port}", "--graceful-timeout", "2")),
        Service("worker", WORKER, {"REMAP_SIGTERM": "SIGQUIT"}),
        Service("beat", BEAT),
    )
    steps = (
        Step("Basis data", (_manage("migrate", "--no-input"),)),
        Step("Data rujukan", (_manage("load_reference", *(("--practice-bank",) if demo else ())),)),
        *((Step("Data contoh", (_manage("demo_state", "--donors"),)),) if demo else ()),
        Step(
            "Berkas statis",
            (_manage("build_fonts"), _manage("collectstatic", "--no-input")),
            STATIC_SOURCES,
            "static",
        ),
    )
    greeting = f"""
  ASN Peduli Pekerja Rentan
    Pendaftaran ASN    {base_url}/daftar/
    Kantor (staf)      {base_url}/kantor/
{f"    Pesan terkirim     {base_url}/demo/pesan/" if demo else ""}
{f"    Latihan sebulan    {base_url}/demo/bank/" if demo else ""}
    Catatan (log)      {var_dir / "log"}
    Berhenti           Ctrl-C
"""
    return Plan(
        base_url, f"{base_url}/healthz", steps, services, greeting, _manage("demo_accounts") if demo else ()
    )


def _manage(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, str(REPOSITORY / "manage.py"), *arguments)
