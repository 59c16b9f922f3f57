"""The rehearsal signing service, and what a verifier sees of a mandate that was signed with it."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from registry.actions import documents
from registry.rules.documents import DocumentKind
from registry.rules.roles import Role
from sponsorship.actions import papers, registration, verification
from sponsorship.models import Mandate
from tests.at_state import hand_in_papers, printed, staff
from tests.cast import MORNING, RARA
from tests.staff_client import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.real_papers]
URL = "/demo/tanda-tangan/"


@pytest.fixture(autouse=True)
def roots(settings, tmp_path):
    settings.SIGNATURE_ROOTS = str(tmp_path / "signing" / "root.pem")


def signed_by(client, mandate: Mandate, name: str) -> bytes:
    pdf = SimpleUploadedFile("surat.pdf", documents.read(mandate.pdf_sha256))
    answer = client.post(URL, {"name": name, "file": pdf})
    assert answer.status_code == 200 and answer["Content-Type"] == "application/pdf"
    return answer.content


@pytest.mark.parametrize(("name", "doubt"), [(RARA.name, False), ("Orang Contoh Lain", True)])
def test_the_desk_names_the_signer_and_doubts_another_name(client, name, doubt):
    mandate = printed(RARA)
    made = mandate.registration
    upload = io.BytesIO(signed_by(client, mandate, name))
    mine = {"registration_id": made.pk, "by": made.donor, "now": MORNING}
    papers.attach(kind=DocumentKind.SIGNED_MANDATE, upload=upload, **mine)
    hand_in_papers(made, kinds=(DocumentKind.KTP, DocumentKind.PASSBOOK))
    registration.submit(**mine)
    verifier = staff("verifier", Role.OPD_VERIFIER, "DINKES")
    verification.take(registration_id=made.pk, by=verifier, now=MORNING)
    page = client_of(verifier).get(f"/kantor/verifikasi/{made.pk}/").content.decode()
    assert "Tanda tangan elektronik" in page and name in page and "Otoritas Latihan" in page
    assert ("Nama penanda tangan elektronik berbeda" in page) is doubt


def test_what_is_no_pdf_is_refused_with_words(client):
    answer = client.post(URL, {"name": "Rara", "file": SimpleUploadedFile("a.pdf", b"bukan pdf")})
    assert answer.status_code == 400 and "bukan PDF" in answer.content.decode()


def test_in_production_there_is_no_such_page(client, settings):
    settings.PRODUCTION = True
    assert client.get(URL).status_code == 404
