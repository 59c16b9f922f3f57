import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from config import processes


def test_a_process_is_found_by_its_mark_and_by_its_folder_and_by_nothing_else(tmp_path):
    env = {processes.MARK: str(tmp_path / "a"), "PATH": os.environ["PATH"]}
    child = processes.spawn("sleep", ["sleep", "60"], env=env, cwd=tmp_path)
    try:
        assert processes.leftovers(mark=str(tmp_path / "a")) == [child.process.pid]
        assert processes.leftovers(folder=tmp_path) == [child.process.pid]
        assert processes.leftovers(mark=str(tmp_path / "b"), folder=tmp_path / "b") == []
    finally:
        child.kill()


def test_the_searching_process_and_its_ancestors_are_never_found(tmp_path):
    script = f"from config import processes; print(processes.leftovers(mark={str(tmp_path)!r}))"
    env = {**os.environ, processes.MARK: str(tmp_path)}
    argv = ["sh", "-c", '"$0" -c "$1"; true', sys.executable, script]
    assert subprocess.check_output(argv, env=env, text=True).strip() == "[]"


def test_a_deaf_leftover_is_killed_after_the_patience(tmp_path):
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); open('ready', 'w'); time.sleep(60)"
    child = processes.spawn("deaf", [sys.executable, "-c", deaf], env=dict(os.environ), cwd=tmp_path)
    while not (tmp_path / "ready").exists():
        time.sleep(0.01)

    def find() -> list[int]:
        return [] if child.process.poll() is not None else [child.process.pid]

    assert processes.stop_leftovers(find(), find, signal.SIGTERM, patience=0.2) == 1
    assert child.process.returncode == -signal.SIGKILL


def test_killing_a_child_also_ends_what_it_started(tmp_path):
    child = processes.spawn("sh", ["sh", "-c", "sleep 60 & wait"], env=dict(os.environ), cwd=tmp_path)
    while len(processes.leftovers(folder=tmp_path)) < 2:
        time.sleep(0.01)
    child.kill()
    deadline = time.monotonic() + 5
    while processes.leftovers(folder=tmp_path):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_log_tail_shows_the_last_lines(tmp_path):
    log = Path(tmp_path / "x.log")
    child = processes.spawn("seq", ["seq", "1", "40"], env=dict(os.environ), cwd=tmp_path, log=log)
    child.process.wait()
    assert child.log_tail(2) == "39\n40"
