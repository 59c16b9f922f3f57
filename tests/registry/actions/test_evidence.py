"""Papers of the office go the same hard way as the donors'."""

import pytest

from registry.actions import documents, evidence
from registry.models import AuditEvent, Document
from registry.rules.documents import OfficePaper, limits_for
from tests.at_state import photo_of, staff
from tests.cast import MORNING

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(db):
    return staff("operator", "labour_operator")


def test_a_photo_is_cleaned_kept_and_journalled(operator):
    kept = evidence.keep(upload=photo_of("Surat bank contoh"), by=operator, now=MORNING)
    assert (kept.kind, kept.content_type, kept.pages.count()) == ("evidence", "image/jpeg", 1)
    assert documents.read(kept.sha256).startswith(b"\xff\xd8\xff")
    assert AuditEvent.objects.get(event="paper.stored").detail["kind"] == "evidence"


@pytest.mark.parametrize("data", [b"", b"<html>", b"PK\x03\x04", b"%PDF-1.7 rusak", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_or_pdf_is_refused_with_a_sentence_of_the_office(operator, data):
    finding = evidence.keep(upload=data, by=operator, now=MORNING)
    assert (finding.field, bool(finding.message)) == ("evidence", True)
    assert not Document.objects.exists()


def test_a_full_disk_is_a_finding(operator, monkeypatch):
    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(documents, "store", full)
    assert evidence.keep(upload=photo_of("Surat"), by=operator, now=MORNING).code == "not_kept"


def test_an_evidence_may_have_ten_pages():
    assert limits_for(OfficePaper.EVIDENCE).max_pages == 10
