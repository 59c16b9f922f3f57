"""Child processes that never outlive their parent, and the search for those that did all the same (Linux only).

Two nets catch orphans. The kernel sends every child its stop signal the moment the parent dies, also by kill -9
(PR_SET_PDEATHSIG). Whatever still slips through is found at the next start: it carries the name of its data folder in
the environment, or works inside that folder.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MARK = "ASN_PEDULI_VAR"
"""Environment variable that names the data folder a process was started for."""

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Account:
    """The unprivileged operating system user a server runs as."""

    uid: int
    gid: int


@dataclass
class Child:
    """A running child, the signal that ends it in good order, and its log file."""

    name: str
    process: subprocess.Popen[bytes]
    stop_signal: signal.Signals
    log: Path | None = None

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def ask_to_stop(self) -> None:
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(self.stop_signal)

    def wait(self, deadline: float) -> bool:
        """True when the child ended before `deadline` (time.monotonic() seconds)."""
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """End the child and everything it started, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def log_tail(self, lines: int = 15) -> str:
        if self.log is None or not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def spawn(
    name: str,
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path,
    stop_signal: signal.Signals = signal.SIGTERM,
    log: Path | None = None,
    account: Account | None = None,
) -> Child:
    """Start `argv` as the leader of its own process group; the kernel sends it `stop_signal` when we die.

    Its own group keeps a Ctrl-C in the terminal from reaching it: the order of stopping is ours. Output goes to the
    end of `log`, or to our own output. Call from the main thread: the death signal belongs to the thread.
    """
    output = None if log is None else os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        process = subprocess.Popen(
            [str(part) for part in argv],
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=die_with_parent(os.getpid(), stop_signal),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    finally:
        if output is not None:
            os.close(output)
    return Child(name, process, stop_signal, log)


def die_with_parent(parent: int, stop_signal: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: the kernel sends the child `stop_signal` when the thread that started it ends."""

    def arrange() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return arrange


def leftovers(*, mark: str = "", folder: Path | None = None) -> list[int]:
    """Ids of processes started for the data folder `mark`, or working in `folder`; never this one or an ancestor."""
    own = set(_ancestors())
    return [pid for pid in _process_ids() if pid not in own and _belongs(pid, mark, folder)]


def stop_leftovers(
    pids: Sequence[int], find: Callable[[], list[int]], stop_signal: signal.Signals, patience: float = 2.5
) -> int:
    """Ask `pids` to stop, wait until `find` finds none, kill the rest after `patience` seconds. Returns how many."""
    signal_all(pids, stop_signal)
    deadline = time.monotonic() + patience
    while remaining := find():
        if time.monotonic() > deadline + 5:
            raise TimeoutError(f"processes {remaining} of an earlier start do not end, not even by SIGKILL")
        if time.monotonic() > deadline:
            signal_all(remaining, signal.SIGKILL)
        time.sleep(0.05)
    return len(pids)


def signal_all(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _process_ids() -> Iterator[int]:
    return (int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit())


def _ancestors() -> Iterator[int]:
    pid = os.getpid()
    while pid > 0:
        yield pid
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return


def _belongs(pid: int, mark: str, folder: Path | None) -> bool:
    """Processes of other users and zombies show neither environment nor folder: not ours."""
    try:
        if mark and f"{MARK}={mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
            return True
        return folder is not None and os.readlink(f"/proc/{pid}/cwd") == str(folder)
    except OSError:
        return False
