import json
import os
import shutil
import socket
from pathlib import Path

import pytest

from config import postgres

root_only = pytest.mark.skipif(
    os.geteuid() != 0, reason="an ordinary user keeps the data inside the var folder"
)


@pytest.fixture(autouse=True)
def own_root_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "ROOT_FOLDERS", (tmp_path / "lib",))


def test_the_identity_of_a_folder_stays_until_the_folder_goes(tmp_path):
    first = postgres.load_cluster(tmp_path / "var")
    first.folder.mkdir(parents=True)
    assert postgres.load_cluster(tmp_path / "var") == first


@root_only
def test_a_moved_checkout_keeps_its_data_and_a_copied_one_gets_its_own(tmp_path):
    first = postgres.load_cluster(tmp_path / "a")
    first.folder.mkdir(parents=True)
    shutil.copytree(tmp_path / "a", tmp_path / "copy")
    assert postgres.load_cluster(tmp_path / "copy").folder != first.folder
    (tmp_path / "a").rename(tmp_path / "moved")
    assert postgres.load_cluster(tmp_path / "moved").folder == first.folder


@root_only
def test_data_of_a_var_folder_that_was_deleted_is_removed_and_that_of_others_is_kept(tmp_path):
    old, other = postgres.load_cluster(tmp_path / "var"), postgres.load_cluster(tmp_path / "other")
    for cluster in (old, other):
        postgres._mark_and_forget_orphans(cluster)
    shutil.rmtree(tmp_path / "var")
    new = postgres.load_cluster(tmp_path / "var")
    postgres._mark_and_forget_orphans(new)
    assert sorted((tmp_path / "lib").glob("data-*")) == sorted([new.folder.parent, other.folder.parent])


@root_only
def test_a_root_folder_that_belongs_to_somebody_else_is_not_used(tmp_path, monkeypatch):
    (tmp_path / "taken").mkdir()
    os.chown(tmp_path / "taken", 65534, 65534)
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "open").mkdir(mode=0o700)
    (tmp_path / "open").chmod(0o777)
    monkeypatch.setattr(
        postgres, "ROOT_FOLDERS", tuple(tmp_path / name for name in ("taken", "link", "open"))
    )
    with pytest.raises(postgres.EngineProblem, match="root alone"):
        postgres.load_cluster(tmp_path / "var")


def test_data_without_its_record_is_never_overwritten(tmp_path):
    (tmp_path / "postgres" / "data").mkdir(parents=True)
    with pytest.raises(postgres.EngineProblem, match=r"cluster\.json"):
        postgres.load_cluster(tmp_path)


def test_data_of_another_major_version_is_refused_with_the_way_out(tmp_path):
    data = tmp_path / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("17\n")
    os.chown(data, 65534 if os.geteuid() == 0 else os.geteuid(), -1)
    record = {"id": "1", "password": "x", "owner": str(tmp_path)}
    Path(tmp_path / "postgres" / "cluster.json").write_text(json.dumps(record))
    with pytest.raises(postgres.EngineProblem, match="PostgreSQL 17"):
        postgres.prepare(postgres.load_cluster(tmp_path), durable=False)


def test_a_free_port_is_free_and_below_those_of_outgoing_connections():
    found = {postgres.free_port() for _ in range(20)}
    assert found < set(postgres.PORTS)
    assert len(found) > 1
    with socket.socket() as server:
        server.bind(("127.0.0.1", found.pop()))


def test_without_a_free_port_the_engine_says_so(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", postgres.free_port()))
        number = taken.getsockname()[1]
        monkeypatch.setattr(postgres, "PORTS", range(number, number + 1))
        with pytest.raises(postgres.EngineProblem, match=str(number)):
            postgres.free_port()
