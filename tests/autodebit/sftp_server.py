"""A bank's SFTP server inside the test: real SSH on a loopback port over a folder, with faults to order."""

import os
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import paramiko
from paramiko import SFTPAttributes, SFTPHandle, SFTPServer, SFTPServerInterface


@dataclass
class Bank:
    """`cut_after`: bytes after which the line goes dead; `full_after`: after which the disk is full; `spoil`: what is
    kept differs from what was sent."""

    folder: Path
    key: paramiko.PKey
    client_key: paramiko.PKey
    cut_after: int | None = None
    full_after: int | None = None
    spoil: bool = False
    written: int = 0
    renamed: list = field(default_factory=list)
    transports: list = field(default_factory=list)
    port: int = 0

    @property
    def host_key(self) -> str:
        return f"{self.key.get_name()} {self.key.get_base64()}"

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}


class _Door(paramiko.ServerInterface):
    def __init__(self, bank: Bank) -> None:
        self.bank = bank

    def check_auth_publickey(self, username, key):
        known = username == "peduli" and key == self.bank.client_key
        return paramiko.AUTH_SUCCESSFUL if known else paramiko.AUTH_FAILED

    def get_allowed_auths(self, username):
        return "publickey"

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED


class _Handle(SFTPHandle):
    def __init__(self, flags, path: Path, bank: Bank) -> None:
        super().__init__(flags)
        self.path, self.bank = path, bank
        self.readfile = self.writefile = os.fdopen(
            os.open(path, flags, 0o600), "r+b" if flags & (os.O_WRONLY | os.O_RDWR) else "rb"
        )

    def write(self, offset, data):
        bank = self.bank
        bank.written += len(data)
        if bank.cut_after is not None and bank.written > bank.cut_after:
            for transport in bank.transports:
                transport.close()
            return paramiko.SFTP_CONNECTION_LOST
        if bank.full_after is not None and bank.written > bank.full_after:
            return paramiko.SFTP_FAILURE
        if bank.spoil:
            data = bytes([data[0] ^ 1]) + data[1:]
        return super().write(offset, data)

    def stat(self):
        return SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))


class _Folder(SFTPServerInterface):
    def __init__(self, server, bank: Bank) -> None:
        super().__init__(server)
        self.bank = bank

    def _path(self, path: str) -> Path:
        return self.bank.folder / Path(path).name

    def stat(self, path):
        try:
            return SFTPAttributes.from_stat(os.stat(self._path(path)))
        except OSError as problem:
            return SFTPServer.convert_errno(problem.errno)

    lstat = stat

    def open(self, path, flags, attr):
        if flags & os.O_WRONLY:
            flags = (flags & ~os.O_WRONLY) | os.O_RDWR
        try:
            return _Handle(flags, self._path(path), self.bank)
        except OSError as problem:
            return SFTPServer.convert_errno(problem.errno)

    def remove(self, path):
        try:
            os.remove(self._path(path))
        except OSError as problem:
            return SFTPServer.convert_errno(problem.errno)
        return paramiko.SFTP_OK

    def rename(self, oldpath, newpath):
        if self._path(newpath).exists():
            return paramiko.SFTP_FAILURE
        self.bank.renamed.append((Path(oldpath).name, Path(newpath).name))
        os.rename(self._path(oldpath), self._path(newpath))
        return paramiko.SFTP_OK


@contextmanager
def bank_server(folder: Path):
    """A running server; yields the Bank with its port and faults to set."""
    folder.mkdir(exist_ok=True)
    bank = Bank(folder, paramiko.RSAKey.generate(2048), paramiko.ECDSAKey.generate())
    listening = socket.create_server(("127.0.0.1", 0))
    bank.port = listening.getsockname()[1]

    def serve() -> None:
        while True:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            transport = paramiko.Transport(line)
            transport.add_server_key(bank.key)
            transport.set_subsystem_handler("sftp", SFTPServer, _Folder, bank)
            bank.transports.append(transport)
            try:
                transport.start_server(server=_Door(bank))
            except (paramiko.SSHException, EOFError):
                transport.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield bank
    finally:
        listening.shutdown(socket.SHUT_RDWR)  # closing alone does not wake the thread that accepts
        listening.close()
        for transport in bank.transports:
            transport.close()
        thread.join(timeout=5)
