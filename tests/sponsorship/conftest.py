import hashlib

import pytest

from registry import intake


@pytest.fixture
def quick_intake(monkeypatch):
    """Uploads are taken as they are: decoding them is the business of tests/registry/test_intake.py."""

    def accept(source, kind, limits=None) -> intake.Accepted:
        source.seek(0)
        data = source.read()
        return intake.Accepted(data, "image/jpeg", (data,), hashlib.sha256(data).hexdigest())

    monkeypatch.setattr(intake, "inspect", accept)


@pytest.fixture
def quick_papers(quick_intake, monkeypatch):
    """And the mandate is a line instead of a PDF, for tests that are about something else or need many donors."""
    monkeypatch.setattr(
        "sponsorship.actions.mandates.render_mandate", lambda sheet: f"%PDF-1.7 {sheet.reference}".encode()
    )
