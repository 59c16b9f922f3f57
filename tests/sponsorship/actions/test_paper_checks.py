"""Looking at papers: once is enough, twice does no harm, and a wrong mandate is not sent."""

import io
import logging

import pytest

from registry import looking
from registry.actions import documents
from registry.rules.documents import DocumentKind
from sponsorship import queries
from sponsorship.actions import drafts, mandates, paper_checks, papers, registration
from sponsorship.models import Mandate, Registration, RegistrationPaper
from sponsorship.rules.consent import consent_text
from sponsorship.rules.mandate import mandate_reference, qr_text
from sponsorship.rules.paper_checks import Hint, Qr
from tests import at_state, photos
from tests.cast import BIMA, MORNING, RARA
from tests.threads import at_once

pytestmark = pytest.mark.real_papers

KTP, SIGNED = DocumentKind.KTP, DocumentKind.SIGNED_MANDATE
LATER = MORNING + 2 * paper_checks.GRACE


def attach(made: Registration, data: bytes, kind: DocumentKind = SIGNED) -> RegistrationPaper:
    paper = papers.attach(
        registration_id=made.pk, kind=kind, upload=io.BytesIO(data), by=made.donor, now=MORNING
    )
    assert isinstance(paper, RegistrationPaper), paper
    return paper


def pdf_of(mandate: Mandate) -> bytes:
    return documents.read(mandate.pdf_sha256)


def look(paper: RegistrationPaper, now=LATER) -> RegistrationPaper | None:
    return paper_checks.look(paper_id=paper.pk, now=now)


def code_on(paper: RegistrationPaper) -> list:
    paper.refresh_from_db()
    return [(page.qr, page.version) for page in paper_checks.seen_of(paper).pages]


def printed_anew(made: Registration) -> Mandate:
    """The next version of this registration's mandate, for a higher ceiling."""
    drafts.save_terms(registration_id=made.pk, ceiling=30_000, wished_start=None, by=made.donor, now=MORNING)
    made.refresh_from_db()
    text = consent_text(mandates.figures_of(made, MORNING))
    return mandates.issue(registration_id=made.pk, agreed_text=text, by=made.donor, now=MORNING)


@pytest.mark.django_db
class TestLooking:
    def test_the_right_mandate_is_known_by_the_code_on_its_last_page(self):
        mandate = at_state.printed(RARA)
        paper = attach(mandate.registration, pdf_of(mandate))
        assert look(paper).looked_at == LATER
        assert code_on(paper) == [(None, 0), (Qr.RIGHT, 0)]
        assert paper_checks.wrong_papers(mandate.registration) == []

    def test_a_blurred_photo_leaves_a_hint_and_nothing_of_what_it_shows(self):
        made = at_state.draft(RARA)
        paper = attach(made, photos.jpeg(photos.blurred(photos.on_table(photos.card()), 5)), KTP)
        look(paper)
        paper.refresh_from_db()
        assert paper.seen == {"pages": [{"hints": [str(Hint.BLURRED)]}]}

    def test_a_paper_is_looked_at_once(self):
        made = at_state.draft(RARA)
        paper = attach(made, at_state.photo_of("KTP"), KTP)
        assert look(paper) is not None
        paper.refresh_from_db()
        before = paper.seen
        assert look(paper, MORNING + 9 * paper_checks.GRACE) is None
        paper.refresh_from_db()
        assert (paper.looked_at, paper.seen) == (LATER, before)

    def test_nothing_of_the_code_is_logged_or_kept(self, caplog):
        mandate = at_state.printed(RARA)
        paper = attach(mandate.registration, pdf_of(mandate))
        with caplog.at_level(logging.DEBUG):
            look(paper)
        paper.refresh_from_db()
        for text in (caplog.text, str(paper.seen)):
            assert mandate.lineage.code[:4] not in text and mandate.checksum not in text

    def test_a_damaged_file_counts_as_looked_at_and_says_nothing_about_the_photo(self):
        paper = attach(at_state.draft(RARA), at_state.photo_of("KTP"), KTP)
        documents.path_of(paper.document.sha256).write_bytes(b"rot")
        look(paper)
        paper.refresh_from_db()
        assert (paper.seen, paper.looked_at) == ({"unread": True}, LATER)
        assert paper_checks.look_at_waiting(now=LATER) == 0

    def test_a_destroyed_or_replaced_paper_is_left_alone(self):
        made = at_state.draft(RARA)
        gone = attach(made, at_state.photo_of("KTP"), KTP)
        documents.purge(document=gone.document, now=MORNING)
        replaced = attach(made, at_state.photo_of("Buku"), DocumentKind.PASSBOOK)
        papers.set_aside(registration_id=made.pk, paper_id=replaced.pk, by=made.donor, now=MORNING)
        assert look(gone) is None and look(replaced) is None
        assert paper_checks.look_at_waiting(now=LATER) == 0
        assert look(RegistrationPaper(pk=0)) is None


@pytest.mark.django_db
@pytest.mark.usefixtures("quick_papers")
class TestSweep:
    def test_what_a_killed_worker_left_is_made_up_for(self, monkeypatch):
        paper = attach(at_state.draft(RARA), b"KTP", KTP)
        with monkeypatch.context() as patched:
            patched.setattr(looking, "look", killed)
            for _ in range(2):
                with pytest.raises(SystemExit):
                    look(paper)
        assert paper_checks.look_at_waiting(now=LATER) == 1
        paper.refresh_from_db()
        assert paper.looked_at == LATER

    def test_a_fresh_paper_is_left_to_its_own_task(self):
        attach(at_state.draft(RARA), b"KTP", KTP)
        assert paper_checks.look_at_waiting(now=MORNING) == 0

    def test_one_that_fails_does_not_stop_the_others_and_is_tried_again(self, monkeypatch):
        made = at_state.draft(RARA)
        first, second = attach(made, b"KTP", KTP), attach(made, b"Buku", DocumentKind.PASSBOOK)

        def no_process(data, content_type, **rest):
            if data == b"KTP":
                raise OSError("no process")
            return []

        with monkeypatch.context() as patched:
            patched.setattr(looking, "look", no_process)
            assert paper_checks.look_at_waiting(now=LATER) == 1
        first.refresh_from_db(), second.refresh_from_db()
        assert (first.looked_at, second.looked_at) == (None, LATER)
        assert paper_checks.look_at_waiting(now=LATER) == 1


def killed(*args, **kwargs):
    raise SystemExit


def test_of_many_workers_at_once_one_writes(committed_db, quick_papers, monkeypatch):
    paper = attach(at_state.draft(RARA), b"KTP", KTP)
    monkeypatch.setattr(looking, "look", lambda *args, **kwargs: [])
    answers = at_once([lambda: look(paper)] * 20)
    assert sum(answer is not None for answer in answers) == 1, answers


@pytest.mark.django_db
class TestSending:
    def refused(self, made: Registration) -> list[str]:
        answer = registration.submit(registration_id=made.pk, by=made.donor, now=LATER)
        return [] if isinstance(answer, Registration) else [finding.message for finding in answer]

    def complete(self, mandate: Mandate, signed: bytes) -> Registration:
        made = mandate.registration
        at_state.hand_in_papers(made, kinds=(KTP, DocumentKind.PASSBOOK))
        look(attach(made, signed))
        return made

    def test_the_right_mandate_is_sent(self):
        mandate = at_state.printed(RARA)
        assert self.refused(self.complete(mandate, pdf_of(mandate))) == []

    def test_an_older_version_is_not_sent_until_it_is_replaced(self):
        old = at_state.printed(RARA)
        new = printed_anew(old.registration)
        assert new.version == 2
        made = self.complete(new, pdf_of(old))
        [told] = self.refused(made)
        assert told.startswith("Ini surat kuasa versi 01; yang berlaku versi 02.")
        wrong = queries.papers_of(made).get(kind=SIGNED)
        papers.set_aside(registration_id=made.pk, paper_id=wrong.pk, by=made.donor, now=LATER)
        look(attach(made, pdf_of(new)))
        assert self.refused(made) == []

    def test_the_mandate_of_somebody_else_is_not_sent_and_not_named(self):
        theirs = at_state.printed(BIMA)
        made = self.complete(at_state.printed(RARA), pdf_of(theirs))
        [told] = self.refused(made)
        assert told.startswith("Ini bukan surat kuasa dari pendaftaran Anda ini.")
        assert theirs.lineage.code[:4] not in told and "Bima" not in told

    def test_a_reference_that_nobody_has_is_told_in_the_same_words(self):
        theirs = at_state.printed(BIMA)
        invented = photos.mandate_pdf(qr_text(mandate_reference("Q7M2P4TX", 1), 1, "0F1E2D3C4B5A6978"))
        made = self.complete(at_state.printed(RARA), invented)
        nobody = self.refused(made)
        wrong = queries.papers_of(made).get(kind=SIGNED)
        papers.set_aside(registration_id=made.pk, paper_id=wrong.pk, by=made.donor, now=LATER)
        look(attach(made, pdf_of(theirs)))
        assert self.refused(made) == nobody != []

    def test_a_code_with_another_checksum_is_not_sent(self):
        mandate = at_state.printed(RARA)
        forged = qr_text(mandate_reference(mandate.lineage.code, mandate.version), mandate.version, "0" * 16)
        made = self.complete(mandate, photos.mandate_pdf(forged))
        assert code_on(queries.papers_of(made).get(kind=SIGNED))[-1] == (Qr.ALTERED, 0)
        assert "tidak sama dengan surat kuasa yang kami buat" in self.refused(made)[0]

    def test_no_code_bad_photos_and_papers_nobody_looked_at_are_sent(self):
        made = at_state.with_papers(RARA)
        for paper in list(queries.papers_of(made))[:2]:
            look(paper)
        assert paper_checks.wrong_papers(made) == []
        assert self.refused(made) == []
