"""docker-compose.yml without a Docker engine: its shape, and its very commands on the embedded engines."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import redis
import yaml
from celery import Celery
from django.conf import settings

from config import embedded, plan, postgres
from registry.rules.documents import MEGABYTE, Limits

ROOT = embedded.REPOSITORY
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
PRODUCT = ("migrate", "web", "worker", "beat")


def command_of(service: str) -> list[str]:
    """The command as it stands, run by this environment's Python."""
    program, *arguments = SERVICES[service]["command"]
    return [str(Path(sys.executable).with_name(program)), *arguments]


def start(service: str, tmp_path: Path, **env: str) -> subprocess.Popen:
    output = (tmp_path / f"{service}.log").open("wb")
    return subprocess.Popen(
        command_of(service),
        cwd=ROOT,
        env={**os.environ, **env},
        stdout=output,
        stderr=output,
        start_new_session=True,
    )


def end(process: subprocess.Popen, seconds: float) -> int:
    try:
        process.send_signal(signal.SIGTERM)
        return process.wait(seconds)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def test_there_is_a_service_for_each_part_and_exactly_one_beat():
    assert set(SERVICES) == {"migrate", "web", "worker", "beat", "postgres", "valkey", "nginx"}
    assert "deploy" not in SERVICES["beat"]


def test_nothing_but_nginx_is_reachable_from_outside():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]


def test_web_worker_and_beat_wait_for_the_migration_which_runs_once():
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert SERVICES["migrate"]["restart"] == "no"


def test_no_secret_is_written_down_and_a_missing_one_stops_the_start():
    text = (ROOT / "docker-compose.yml").read_text()
    assert set(re.findall(r"\$\{(\w+)", text)) == {"POSTGRES_PASSWORD", "VALKEY_PASSWORD"}
    assert re.findall(r"\$\{\w+(?!\w|:\?)", text) == []


def test_every_variable_compose_and_settings_ask_for_is_explained_in_the_example():
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    settings = (ROOT / "config" / "settings.py").read_text()
    asked |= set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", settings))
    asked |= set(re.findall(r"environ\.get\(\"([A-Z_]+)\"", settings))
    only_for_developers = {"DEBUG", "TEST_COLLECTED_STATIC"}
    explained = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert asked - only_for_developers - explained == set()


def test_the_image_holds_every_app_and_no_private_file():
    ignored = (ROOT / ".dockerignore").read_text().split()
    apps = {path.parent.name for path in ROOT.glob("*/apps.py")}
    assert ignored[0] == "*"
    assert {f"!{name}" for name in apps | {"config", "templates", "static", "manage.py"}} <= set(ignored)
    assert not {"!.env", "!var", "!certs"} & set(ignored)


def test_nginx_serves_static_files_and_cannot_reach_the_papers():
    nginx = (ROOT / "config" / "nginx.conf").read_text()
    environment = SERVICES["web"]["environment"]
    assert f"alias {environment['STATIC_ROOT']}/;" in nginx
    assert environment["VAR_DIR"] not in nginx
    assert f"server web:{environment['PORT']};" in nginx
    mounted = {volume.split(":")[1]: volume.split(":")[2] for volume in SERVICES["nginx"]["volumes"]}
    assert mounted[environment["STATIC_ROOT"]] == "ro"
    assert environment["VAR_DIR"] not in mounted


def test_nginx_lets_through_and_waits_for_the_largest_upload_that_the_product_takes():
    nginx = (ROOT / "config" / "nginx.conf").read_text()
    megabytes = int(re.search(r"client_max_body_size (\d+)m;", nginx)[1])
    seconds = int(re.search(r"proxy_read_timeout (\d+)s;", nginx)[1])
    files, each = settings.DATA_UPLOAD_MAX_NUMBER_FILES, Limits()
    assert megabytes * MEGABYTE > files * each.max_bytes
    assert seconds > files * each.seconds


@pytest.mark.parametrize("word", ["$request ", "$request_uri", "$uri", "$args", "$http_referer"])
def test_no_personal_link_reaches_the_log_of_nginx(word):
    formats = re.findall(r"log_format .*?;", (ROOT / "config" / "nginx.conf").read_text(), re.DOTALL)
    assert len(formats) == 1
    assert word not in formats[0]


def test_make_run_uses_the_same_commands():
    def after_program(command):
        return list(command[command.index("-m") + 1 :])

    assert after_program(plan.WEB) == SERVICES["web"]["command"]
    assert after_program(plan.WORKER) == SERVICES["worker"]["command"]
    assert after_program(plan.BEAT) == SERVICES["beat"]["command"]


def test_the_web_command_serves_pages_and_ends_within_its_grace_period(tmp_path):
    port = postgres.free_port()
    web = start("web", tmp_path, BIND="127.0.0.1", PORT=str(port))
    try:
        status = first_answer(f"http://127.0.0.1:{port}/healthz", web)
    finally:
        code = end(web, 25)
    assert (status, code) == (200, 0), (tmp_path / "web.log").read_text()


def test_a_script_name_header_does_not_break_the_web(tmp_path):
    port = postgres.free_port()
    web = start("web", tmp_path, BIND="127.0.0.1", PORT=str(port))
    try:
        first_answer(f"http://127.0.0.1:{port}/healthz", web)
        request = urllib.request.Request(f"http://127.0.0.1:{port}/healthz", headers={"Script_Name": "/x"})
        assert urllib.request.urlopen(request).status == 200
    finally:
        end(web, 25)


def test_the_worker_command_takes_work_from_the_queue_and_ends_within_its_grace_period(tmp_path):
    queue = embedded.with_database(os.environ["REDIS_URL"], "60")
    worker = start("worker", tmp_path, REDIS_URL=queue)
    try:
        asker = Celery(broker=queue)
        deadline = time.monotonic() + 30
        while not (alive := asker.control.ping(timeout=0.5)):
            assert worker.poll() is None and time.monotonic() < deadline, (
                tmp_path / "worker.log"
            ).read_text()
    finally:
        code = end(worker, 60)
    assert [list(answer.values()) for answer in alive] == [[{"ok": "pong"}]]
    assert code == 0


def test_the_beat_command_sends_the_first_due_task(tmp_path):
    queue = embedded.with_database(os.environ["REDIS_URL"], "61")
    beat = start("beat", tmp_path, REDIS_URL=queue)
    try:
        deadline = time.monotonic() + 40
        client = redis.Redis.from_url(queue)
        while client.llen("celery") == 0:
            assert beat.poll() is None and time.monotonic() < deadline, (tmp_path / "beat.log").read_text()
            time.sleep(0.1)
        assert b"registry.tasks.send_messages" in client.lindex("celery", -1)
    finally:
        end(beat, 10)


def first_answer(url: str, process: subprocess.Popen, seconds: float = 30) -> int:
    """The status of the first answer of a web process that is still starting."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None
        try:
            with urllib.request.urlopen(url) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            return refused.code
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")
