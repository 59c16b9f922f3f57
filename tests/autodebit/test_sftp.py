"""The adapter against a real SFTP server: nothing half, nothing overwritten, nobody unknown."""

import os

import paramiko
import pytest

from autodebit.sftp import Parcel, SendingFailed, Server, deliver
from tests.autodebit.sftp_server import Bank, bank_server

LARGE = os.urandom(300_000)


@pytest.fixture
def bank(tmp_path):
    with bank_server(tmp_path / "bank") as running:
        yield running


@pytest.fixture
def server(bank: Bank, tmp_path) -> Server:
    key_file = tmp_path / "our_key"
    bank.client_key.write_private_key_file(str(key_file))
    return Server("127.0.0.1", bank.port, "peduli", "/masuk", bank.host_key, str(key_file), seconds=5)


def changed(server: Server, **values) -> Server:
    return Server(**{**{name: getattr(server, name) for name in server.__dataclass_fields__}, **values})


def test_files_arrive_whole_in_their_order_under_a_temporary_name_first(bank, server):
    names = deliver(server, [Parcel("a.csv", LARGE), Parcel("b.csv", b"kecil")])
    assert names == ["a.csv", "b.csv"]
    assert bank.files() == {"a.csv": LARGE, "b.csv": b"kecil"}
    assert [new for _, new in bank.renamed] == ["a.csv", "b.csv"]
    assert all(old.startswith(".") and old.endswith(".part") for old, _ in bank.renamed)


def test_a_file_that_is_there_with_the_same_content_is_not_sent_again(bank, server):
    deliver(server, [Parcel("a.csv", LARGE)])
    before = bank.written
    assert deliver(server, [Parcel("a.csv", LARGE)]) == ["a.csv"]
    assert bank.written == before and len(bank.renamed) == 1


def test_a_file_that_is_there_with_other_content_is_never_overwritten(bank, server):
    (bank.folder / "a.csv").write_bytes(b"punya orang lain")
    with pytest.raises(SendingFailed, match="isi lain"):
        deliver(server, [Parcel("a.csv", LARGE)])
    assert bank.files() == {"a.csv": b"punya orang lain"}


def test_a_server_with_another_key_gets_nothing(bank, server):
    stranger = paramiko.RSAKey.generate(2048)
    key = f"{stranger.get_name()} {stranger.get_base64()}"
    with pytest.raises(SendingFailed, match="bukan yang dikenal"):
        deliver(changed(server, host_key=key), [Parcel("a.csv", LARGE)])
    assert bank.files() == {}


def test_a_server_known_by_another_kind_of_key_gets_nothing(bank, server):
    stranger = paramiko.ECDSAKey.generate()
    key = f"{stranger.get_name()} {stranger.get_base64()}"
    with pytest.raises(SendingFailed):
        deliver(changed(server, host_key=key), [Parcel("a.csv", LARGE)])
    assert bank.files() == {}


def test_a_client_the_bank_does_not_know_is_told_so(bank, server, tmp_path):
    other = tmp_path / "other_key"
    paramiko.ECDSAKey.generate().write_private_key_file(str(other))
    with pytest.raises(SendingFailed, match="menolak kunci kami"):
        deliver(changed(server, key_file=str(other)), [Parcel("a.csv", LARGE)])


def test_a_line_cut_in_the_middle_leaves_no_file_under_its_name_and_the_next_try_succeeds(bank, server):
    bank.cut_after = 100_000
    with pytest.raises(SendingFailed):
        deliver(server, [Parcel("a.csv", b"lengkap"), Parcel("b.csv", LARGE)])
    assert bank.files()["a.csv"] == b"lengkap" and "b.csv" not in bank.files()
    bank.cut_after = None
    deliver(server, [Parcel("a.csv", b"lengkap"), Parcel("b.csv", LARGE)])
    assert bank.files()["b.csv"] == LARGE


def test_a_full_disk_at_the_bank_leaves_nothing_behind(bank, server):
    bank.full_after = 100_000
    with pytest.raises(SendingFailed):
        deliver(server, [Parcel("a.csv", LARGE)])
    assert bank.files() == {}


def test_content_that_changes_on_the_way_is_noticed_before_the_bank_sees_the_file(bank, server):
    bank.spoil = True
    with pytest.raises(SendingFailed, match="tidak sampai utuh"):
        deliver(server, [Parcel("a.csv", LARGE)])
    assert bank.files() == {} and bank.renamed == []


def test_a_server_that_is_not_there_is_told_as_that(bank, server):
    with pytest.raises(SendingFailed, match="tidak dapat dihubungi"):
        deliver(changed(server, port=1), [Parcel("a.csv", LARGE)])
