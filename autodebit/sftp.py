"""Delivering files to a bank's SFTP server. The only module that knows paramiko, which is an optional extra.

A file appears under its name only when it is whole: it is written under a temporary name, compared in size and
content, renamed, and read back. What is there under that name already is never overwritten.
"""

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

SECONDS = 30
_CHUNK = 32 * 1024


class SendingFailed(Exception):
    """The message says in Indonesian what went wrong and what to do; it names no key and no path of this machine."""


@dataclass(frozen=True)
class Server:
    """Where to. `host_key` is the one key that is accepted, as in known_hosts ("ssh-ed25519 AAAA...")."""

    host: str
    port: int
    user: str
    folder: str
    host_key: str
    key_file: str
    seconds: int = SECONDS


@dataclass(frozen=True)
class Parcel:
    name: str
    data: bytes


def deliver(server: Server, parcels: Iterable[Parcel]) -> list[str]:
    """Puts every parcel into the server's folder, in their order, and answers their names.

    A parcel that is there already with the same content counts as delivered: what was cut off is simply sent again.
    Raises SendingFailed; the parcels before the one that failed are then at the bank.
    """
    with _connected(server) as sftp:
        done = []
        for parcel in parcels:
            try:
                _put(sftp, server.folder.rstrip("/"), parcel)
            except (OSError, EOFError) as problem:
                raise SendingFailed(
                    f"Pengiriman {parcel.name} terputus atau ditolak server bank. Coba lagi; yang sudah sampai "
                    "tidak dikirim dua kali."
                ) from problem
            done.append(parcel.name)
        return done


@contextmanager
def _connected(server: Server) -> Iterator:
    import paramiko

    entry = paramiko.hostkeys.HostKeyEntry.from_line(f"bank {server.host_key}")
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    if entry is not None:
        name = server.host if server.port == 22 else f"[{server.host}]:{server.port}"
        client.get_host_keys().add(name, entry.key.get_name(), entry.key)
    try:
        client.connect(
            server.host,
            server.port,
            server.user,
            pkey=paramiko.PKey.from_path(server.key_file),
            look_for_keys=False,
            allow_agent=False,
            timeout=server.seconds,
            banner_timeout=server.seconds,
            auth_timeout=server.seconds,
        )
        sftp = client.open_sftp()
        sftp.get_channel().settimeout(server.seconds)
        yield sftp
    except paramiko.BadHostKeyException as problem:
        raise SendingFailed(
            "Kunci server bank bukan yang dikenal. Jangan kirim; pastikan kepada bank lebih dahulu."
        ) from problem
    except paramiko.AuthenticationException as problem:
        raise SendingFailed("Server bank menolak kunci kami. Hubungi administrator, lalu bank.") from problem
    except (paramiko.SSHException, OSError, EOFError, ValueError) as problem:
        raise SendingFailed(
            "Server bank tidak dapat dihubungi atau sambungannya terputus. Coba lagi nanti."
        ) from problem
    finally:
        client.close()


def _put(sftp, folder: str, parcel: Parcel) -> None:
    final = f"{folder}/{parcel.name}"
    sha256 = hashlib.sha256(parcel.data).hexdigest()
    if _size(sftp, final) is not None:
        if _hash(sftp, final) == sha256:
            return
        raise SendingFailed(
            f"Di server bank sudah ada berkas {parcel.name} dengan isi lain. Tidak ditimpa; hubungi bank."
        )
    temporary = f"{folder}/.{parcel.name}.{secrets.token_hex(4)}.part"
    try:
        with sftp.open(temporary, "wx") as file:
            file.set_pipelined(True)
            for start in range(0, len(parcel.data), _CHUNK):
                file.write(parcel.data[start : start + _CHUNK])
        if _size(sftp, temporary) != len(parcel.data) or _hash(sftp, temporary) != sha256:
            raise SendingFailed(
                f"{parcel.name} tidak sampai utuh; mungkin server bank penuh. Tidak ada yang diserahkan; coba lagi."
            )
        sftp.rename(temporary, final)
    except BaseException:
        with suppress(Exception):
            sftp.remove(temporary)
        raise
    if _hash(sftp, final) != sha256:
        raise SendingFailed(
            f"{parcel.name} berubah setelah sampai di server bank. Segera hubungi bank agar tidak diproses."
        )


def _size(sftp, path: str) -> int | None:
    try:
        return sftp.stat(path).st_size
    except FileNotFoundError:
        return None


def _hash(sftp, path: str) -> str:
    digest = hashlib.sha256()
    with sftp.open(path, "rb") as file:
        file.prefetch()
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
