"""A mandate signed electronically instead of with ink: handed in, judged, kept byte for byte, and what it counts as."""

import io
from datetime import date

import pikepdf
import pytest

from registry.actions import documents
from registry.rehearsal_signing import make_authority, sign
from registry.rules.documents import DocumentKind
from sponsorship.actions import papers, registration
from sponsorship.actions.e_signature import certificate_of
from sponsorship.models import Mandate, RegistrationPaper
from sponsorship.rules.e_signature import ALTERED
from tests.at_state import hand_in_papers, printed
from tests.cast import MORNING, RARA

pytestmark = [pytest.mark.django_db, pytest.mark.real_papers]
THE_REST = (DocumentKind.KTP, DocumentKind.PASSBOOK)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    make_authority(tmp_path / "signing")
    settings.SIGNATURE_ROOTS = str(tmp_path / "signing" / "root.pem")
    return tmp_path / "signing"


@pytest.fixture
def mandate() -> Mandate:
    return printed(RARA)


def hand_in(mandate: Mandate, pdf: bytes):
    made = mandate.registration
    return papers.attach(
        registration_id=made.pk,
        kind=DocumentKind.SIGNED_MANDATE,
        upload=io.BytesIO(pdf),
        by=made.donor,
        now=MORNING,
    )


def print_of(mandate: Mandate) -> bytes:
    return documents.read(mandate.pdf_sha256)


def sent(mandate: Mandate) -> Mandate:
    made = mandate.registration
    hand_in_papers(made, kinds=THE_REST)
    outcome = registration.submit(registration_id=made.pk, by=made.donor, now=MORNING)
    assert getattr(outcome, "state", outcome) == "submitted"
    mandate.refresh_from_db()
    return mandate


def test_a_certified_signature_takes_the_place_of_ink_and_its_bytes_are_kept(mandate, folder):
    pdf = sign(print_of(mandate), signer=RARA.name, folder=folder)
    paper = hand_in(mandate, pdf)
    assert documents.read(paper.original.sha256) == pdf
    certified = certificate_of(mandate.registration)
    assert (certified.signer, certified.same_print) == (RARA.name, True)
    assert [note["code"] for note in paper.notes] == ["signature_certified"]
    signed = sent(mandate)
    assert (signed.signing_method, signed.signed_on) == ("pades", date(2026, 11, 20))


def test_a_file_that_was_changed_after_signing_is_refused_and_nothing_is_kept(mandate, folder):
    pdf = bytearray(sign(print_of(mandate), signer=RARA.name, folder=folder))
    pdf[len(print_of(mandate)) // 2] ^= 1
    outcome = hand_in(mandate, bytes(pdf))
    assert outcome == ALTERED or outcome.code == "document_broken"
    assert not RegistrationPaper.objects.exists()


def test_an_unknown_authority_leaves_it_to_the_ink(mandate, tmp_path):
    paper = hand_in(mandate, sign(print_of(mandate), signer=RARA.name, folder=tmp_path / "foreign"))
    assert paper.original is None and [note["code"] for note in paper.notes] == ["signature_unknown"]
    assert sent(mandate).signing_method == "wet_scan"


def test_without_configured_roots_a_signed_pdf_is_read_as_a_scan(mandate, folder, settings):
    settings.SIGNATURE_ROOTS = ""
    paper = hand_in(mandate, sign(print_of(mandate), signer=RARA.name, folder=folder))
    assert paper.original is None and [note["code"] for note in paper.notes] == ["signed_pdf"]


def test_the_signed_file_takes_the_place_of_the_unsigned_print_handed_in_before(mandate, folder):
    """Both look the same once cleaned; only the untouched bytes carry the signature."""
    first = hand_in(mandate, print_of(mandate))
    second = hand_in(mandate, sign(print_of(mandate), signer=RARA.name, folder=folder))
    assert second.pk != first.pk and certificate_of(mandate.registration) is not None
    assert hand_in(mandate, documents.read(second.original.sha256)).pk == second.pk


def test_a_signature_on_another_pdf_says_that_it_is_not_our_print(mandate, folder):
    with pikepdf.open(io.BytesIO(print_of(mandate))) as pdf:
        rewritten = io.BytesIO()
        pdf.save(rewritten)
    hand_in(mandate, sign(rewritten.getvalue(), signer=RARA.name, folder=folder))
    assert certificate_of(mandate.registration).same_print is False


def test_a_signature_time_before_the_print_is_nobodys_evidence(mandate, folder):
    """The rehearsal signs by the machine's clock, which lies after the day of this test."""
    hand_in(mandate, sign(print_of(mandate), signer=RARA.name, folder=folder))
    assert sent(mandate).signed_on == date(2026, 11, 20)
