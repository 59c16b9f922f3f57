import errno
import io
import os

import pytest

from registry.actions import documents
from registry.models import AuditEvent, Document
from registry.rules.documents import DocumentKind
from registry.rules.finding import Finding
from sponsorship import queries
from sponsorship.actions import papers
from sponsorship.actions.drafts import CLOSED
from sponsorship.models import Registration, RegistrationPaper
from tests import at_state
from tests.cast import BIMA, MORNING, RARA
from tests.threads import at_once

pytestmark = pytest.mark.real_papers

KTP, PASSBOOK, SIGNED = DocumentKind.KTP, DocumentKind.PASSBOOK, DocumentKind.SIGNED_MANDATE


def attach(made: Registration, data: bytes, kind=KTP, by=None) -> RegistrationPaper | Finding:
    return papers.attach(
        registration_id=made.pk, kind=kind, upload=io.BytesIO(data), by=by or made.donor, now=MORNING
    )


def shown(made: Registration) -> list[tuple[str, bytes]]:
    """The papers that count, as kind and bytes."""
    return [(paper.kind, documents.read(paper.document.sha256)) for paper in queries.papers_of(made)]


@pytest.mark.django_db
class TestRealFiles:
    def test_a_photo_is_kept_cleaned_and_with_a_picture_for_the_screen(self):
        made = at_state.draft(RARA)
        paper = attach(made, at_state.photo_of("KTP"))
        assert (paper.kind, paper.document.content_type, paper.document.pages.count()) == (
            "ktp",
            "image/jpeg",
            1,
        )
        assert documents.read(paper.document.sha256)[:3] == b"\xff\xd8\xff"

    @pytest.mark.parametrize("data", [b"", b"just text", b"%PDF-1.4 broken", b"PK\x03\x04 a spreadsheet"])
    def test_another_file_is_refused_with_a_sentence_and_nothing_is_kept(self, data, settings):
        refused = attach(at_state.draft(RARA), data)
        assert isinstance(refused, Finding) and refused.message.endswith(".")
        assert not RegistrationPaper.objects.exists() and not settings.PAPERS_DIR.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("quick_papers")
class TestAttaching:
    @pytest.mark.parametrize("kind", [KTP, PASSBOOK])
    def test_the_last_one_handed_in_counts(self, kind):
        made = at_state.draft(RARA)
        attach(made, b"first", kind)
        attach(made, b"second", kind)
        assert shown(made) == [(kind, b"second")]
        assert made.papers.exclude(set_aside_at=None).count() == 1

    def test_pages_of_the_mandate_add_up_in_order(self):
        made = at_state.draft(RARA)
        for page in (b"one", b"two", b"three"):
            attach(made, page, SIGNED)
        assert shown(made) == [(SIGNED, b"one"), (SIGNED, b"two"), (SIGNED, b"three")]

    def test_the_eleventh_page_is_refused(self):
        made = at_state.draft(RARA)
        for number in range(10):
            attach(made, b"page %d" % number, SIGNED)
        assert attach(made, b"one more", SIGNED).code == "too_many_pages"
        assert len(shown(made)) == 10

    @pytest.mark.parametrize("kind", list(DocumentKind))
    def test_the_same_file_again_is_the_same_paper(self, kind):
        made = at_state.draft(RARA)
        assert attach(made, b"same", kind) == attach(made, b"same", kind)
        assert Document.objects.filter(kind=kind).count() == 1

    def test_nobody_else_hands_in_or_takes_back(self):
        made, stranger = at_state.draft(RARA), at_state.proven_donor(BIMA)
        paper = attach(made, b"mine")
        assert attach(made, b"theirs", by=stranger) == CLOSED
        taken = papers.set_aside(registration_id=made.pk, paper_id=paper.pk, by=stranger, now=MORNING)
        assert taken == CLOSED
        assert shown(made) == [(KTP, b"mine")]

    def test_after_it_was_sent_nothing_is_handed_in_or_taken_back(self):
        made = at_state.submitted(RARA)
        before = shown(made)
        assert attach(made, b"late") == CLOSED
        for paper in queries.papers_of(made):
            refused = papers.set_aside(registration_id=made.pk, paper_id=paper.pk, by=made.donor, now=MORNING)
            assert refused == CLOSED
        assert shown(made) == before

    def test_a_paper_taken_back_counts_no_more_and_leaves_a_line(self):
        made = at_state.draft(RARA)
        paper = attach(made, b"wrong one")
        for _ in range(2):
            assert (
                papers.set_aside(registration_id=made.pk, paper_id=paper.pk, by=made.donor, now=MORNING)
                is None
            )
        assert shown(made) == []
        assert AuditEvent.objects.filter(event="paper.removed").count() == 1

    def test_a_paper_of_another_registration_is_not_taken_back_through_ones_own(self):
        made, other = at_state.draft(RARA), at_state.draft(BIMA)
        foreign = attach(other, b"theirs")
        papers.set_aside(registration_id=made.pk, paper_id=foreign.pk, by=made.donor, now=MORNING)
        assert shown(other) == [(KTP, b"theirs")]

    def test_a_full_disk_is_said_and_the_paper_before_stays(self, monkeypatch):
        made = at_state.draft(RARA)
        attach(made, b"before")

        def full(handle):
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            refused = attach(made, b"after")
        assert (refused.code, refused.field) == ("not_kept", "ktp")
        assert shown(made) == [(KTP, b"before")]
        attach(made, b"after")
        assert shown(made) == [(KTP, b"after")]


def test_of_twenty_ktps_handed_in_at_once_one_counts(committed_db, quick_papers):
    made = at_state.draft(RARA)
    answers = at_once([lambda n=number: attach(made, b"scan %d" % n) for number in range(20)])
    assert all(isinstance(answer, RegistrationPaper) for answer in answers), answers
    assert queries.papers_of(made).count() == 1
    assert made.papers.count() == 20


def test_pages_handed_in_at_once_never_pass_the_limit(committed_db, quick_papers):
    made = at_state.draft(RARA)
    at_once([lambda n=number: attach(made, b"page %d" % n, SIGNED) for number in range(20)])
    assert queries.papers_of(made).count() == 10
