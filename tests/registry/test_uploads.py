import tempfile
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from registry.rules.documents import Limits


def received(data: bytes):
    request = RequestFactory().post("/", {"ktp": SimpleUploadedFile("../../ktp.jpg", data, "image/jpeg")})
    return request.FILES["ktp"]


def test_an_upload_never_touches_the_disk(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    data = b"scan" * 1_000_000

    upload = received(data)

    assert upload.read() == data
    assert (upload.size, upload.name) == (4_000_000, "ktp.jpg")
    assert list(Path(tmp_path).iterdir()) == []


def test_more_than_a_paper_may_weigh_is_dropped_while_it_streams_in():
    most = Limits().max_bytes
    upload = received(b"x" * (most + 300_000))
    assert upload.size == most + 300_000
    assert len(upload.read()) == most + 1


def test_an_empty_file_is_received_as_empty():
    assert received(b"").read() == b""
