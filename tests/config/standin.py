"""Stands in for the product under a real launcher: its web answers health checks, its other services only wait.

python standin.py launch VAR_DIR PORT     the launcher of config.launcher with light commands
python standin.py web PORT                one of those commands
"""

import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psycopg2

from config import launcher, plan


class Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


def web(port: int) -> None:
    HTTPServer(("127.0.0.1", port), Health).serve_forever()


def prepare() -> None:
    with psycopg2.connect(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS visit (made timestamptz DEFAULT now())")
        cursor.execute("INSERT INTO visit DEFAULT VALUES")


def stubborn() -> None:
    """Deaf to SIGTERM, with a child of its own: what a hanging worker looks like."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    subprocess.Popen(
        [sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"]
    )
    time.sleep(600)


def launch(var_dir: Path, port: int, command: list[str]) -> int:
    def standin(*arguments: str) -> tuple[str, ...]:
        return (sys.executable, __file__, *arguments)

    standins = plan.Plan(
        base_url=f"http://127.0.0.1:{port}",
        health=f"http://127.0.0.1:{port}/healthz",
        steps=(plan.Step("Prepare", (standin("prepare"),)),),
        services=(
            plan.Service("web", standin("web", str(port))),
            plan.Service("worker", standin(os.environ.get("STANDIN_WORKER", "sleep"))),
            plan.Service("beat", standin("sleep")),
        ),
    )
    return launcher.Launcher(standins, var_dir, command).run()


if __name__ == "__main__":
    verb, *rest = sys.argv[1:]
    if verb == "launch":
        try:
            sys.exit(launch(Path(rest[0]), int(rest[1]), rest[2:]))
        except launcher.AlreadyRunning as refused:
            sys.exit(str(refused))
    {
        "web": lambda: web(int(rest[0])),
        "prepare": prepare,
        "stubborn": stubborn,
        "sleep": lambda: time.sleep(600),
    }[verb]()
