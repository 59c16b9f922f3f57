"""The pictures of the papers: private, journalled each time, and not shown when the journal cannot be written."""

import pytest
from django.db import connection

from registry.actions import documents
from registry.models import AuditEvent, DocumentPage
from registry.rules.documents import DocumentKind, ReturnReason
from registry.rules.roles import Role
from sponsorship.actions import verification
from sponsorship.models import Registration
from tests import at_state
from tests.cast import BIMA, MORNING, RARA, another
from tests.opd_admin.desk_page import address, page_of
from tests.staff_client import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.real_papers]


def picture_of(made: Registration, kind: DocumentKind = DocumentKind.KTP) -> tuple[str, DocumentPage]:
    page = DocumentPage.objects.get(
        document__in=made.papers.filter(kind=kind, set_aside_at=None).values("document")
    )
    return address(made, f"halaman/{page.pk}/"), page


def opened() -> int:
    return AuditEvent.objects.filter(event="paper.opened").count()


def test_picture_is_private_and_named_by_us(desk):
    url, page = picture_of(at_state.submitted(RARA))

    answer = desk.get(url)

    assert answer.content == documents.read(page.sha256)
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store, private"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"
    assert answer["Content-Disposition"] == 'inline; filename="ktp-1.jpg"'


def test_each_opening_has_its_line_in_the_journal(desk, verifier):
    url, page = picture_of(at_state.submitted(RARA))

    desk.get(url)
    desk.get(url)

    lines = AuditEvent.objects.filter(event="paper.opened", actor_user=verifier, opd__code="DINKES")
    told = (str(page.document_id), {"kind": "ktp", "page": 1})
    assert [(line.object_id, line.detail) for line in lines] == [told, told]


def test_picture_of_a_foreign_case_answers_as_a_missing_one(desk):
    own, foreign = at_state.submitted(RARA), at_state.submitted(another(1, opd="DISDIK"))
    url, page = picture_of(foreign)

    answers = [
        desk.get(path) for path in (url, address(own, f"halaman/{page.pk}/"), address(own, "halaman/999999/"))
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({answer.content for answer in answers}) == 1
    assert opened() == 0


def test_picture_of_another_case_of_the_office_is_not_served_under_this_one(desk):
    own, other = at_state.submitted(RARA), at_state.submitted(BIMA)
    _, page = picture_of(other)

    assert desk.get(address(own, f"halaman/{page.pk}/")).status_code == 404


def test_paper_that_was_set_aside_is_not_shown_any_more(desk, verifier):
    made = at_state.in_check(RARA, verifier)
    url, _ = picture_of(made)
    verification.return_to_donor(
        registration_id=made.pk, revision=made.revision, reasons={DocumentKind.KTP: [ReturnReason.BLURRED]}, note="",
        by=verifier, now=MORNING,
    )  # fmt: skip

    assert desk.get(url).status_code == 404
    tabs = page_of(desk.get(address(made))).xpath("//*[@class='desk-tools']/a/text()")
    assert tabs[:2] == ["Surat kuasa", "Tabungan"]


@pytest.mark.parametrize("damage", ["flip", "lose"])
def test_damaged_file_is_a_calm_404_and_the_attempt_is_in_the_journal(desk, damage):
    url, page = picture_of(at_state.submitted(RARA))
    path = documents.path_of(page.sha256)
    sealed = bytearray(path.read_bytes())
    sealed[len(sealed) // 2] ^= 1
    path.write_bytes(sealed) if damage == "flip" else path.unlink()

    answer = desk.get(url)

    assert answer.status_code == 404
    assert "text/html" in answer["Content-Type"]
    assert opened() == 1


def test_picture_is_not_shown_when_the_journal_cannot_be_written(committed_db, morning):
    desk = client_of(at_state.staff("dewi", Role.OPD_VERIFIER, "DINKES"))
    url, _ = picture_of(at_state.submitted(RARA))
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE registry_auditevent ADD CONSTRAINT full_disk CHECK (event <> 'paper.opened')"
            )
        answer = desk.get(url)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE registry_auditevent DROP CONSTRAINT IF EXISTS full_disk")

    assert answer.status_code == 503
    assert "text/html" in answer["Content-Type"]
    assert b"JFIF" not in answer.content


def test_paper_and_page_in_the_address_choose_the_picture(desk):
    made = at_state.submitted(RARA)

    wanted = {"": "Surat kuasa", "?berkas=passbook&hal=1": "Tabungan", "?berkas=lain&hal=x": "Surat kuasa"}
    for query, alt in wanted.items():
        page = page_of(desk.get(address(made) + query))
        assert page.xpath("//*[@data-view]/img/@alt") == [f"{alt}, halaman 1 dari 1"]
