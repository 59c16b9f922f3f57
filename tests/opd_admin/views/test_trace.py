import pytest
from django.urls import reverse

from autodebit.models import Obligation
from registry.rules.roles import Role
from tests import at_state
from tests.autodebit.bookkeeping import credited, paid_and_booked
from tests.month import answered_batch, person, references
from tests.opd_admin.office_pages import text_of
from tests.staff_client import client_of

pytestmark = pytest.mark.django_db
SEARCH = "/kantor/telusur/"


@pytest.fixture
def viewer():
    return client_of(person("pengamat", "labour_viewer"))


def test_a_reference_leads_straight_to_its_page(viewer):
    batch = answered_batch()
    attempt = batch.attempts.get(reference=references(batch)[1])
    answer = viewer.get(SEARCH, {"rujukan": f" {attempt.reference[:8].lower()} {attempt.reference[8:]} "})
    assert answer["Location"] == reverse("office-trace", args=[attempt.obligation_id])


def test_the_number_of_a_mandate_finds_its_months(viewer):
    batch = answered_batch()
    attempt = batch.attempts.first()
    answer = viewer.get(SEARCH, {"rujukan": attempt.mandate_number})
    assert answer["Location"] == reverse("office-trace", args=[attempt.obligation_id])


@pytest.mark.parametrize("asked", ["TIDAKADA", "x" * 400, "\x00", "0000001234"])
def test_what_is_not_found_says_so(viewer, asked):
    page = viewer.get(SEARCH, {"rujukan": asked})
    assert page.status_code == 200 and "Rp" not in text_of(page)


def test_the_page_tells_every_step_with_file_and_line_and_no_account(viewer):
    batch = answered_batch()
    credited(batch, 25_200)
    paid_and_booked()
    attempt = batch.attempts.get(reference=references(batch)[1])
    page = viewer.get(reverse("office-trace", args=[attempt.obligation_id]))
    text = text_of(page)
    for word in (
        "Direncanakan", "Dibekukan, gelombang 1", "Disetujui", "Ditulis ke berkas bank", "Diserahkan ke bank",
        "Jawaban bank: berhasil", "Terpotong", "Disetor ke BPJS Ketenagakerjaan", "Nomor konfirmasi BPJS-0001",
    ):  # fmt: skip
        assert word in text
    file = batch.files.get(format="bank_csv")
    assert f"{file.name} , bagian 1 dari 1 , potongan ke-2" in text.replace(",", " ,").replace("  ", " ")
    assert file.sha256 in text
    assert attempt.account not in page.content.decode()


def test_an_unknown_obligation_is_not_found(viewer):
    assert viewer.get(reverse("office-trace", args=[4711])).status_code == 404


def test_a_verifier_of_an_opd_does_not_trace(db):
    answered_batch(1)
    verifier = client_of(at_state.staff("dewi", Role.OPD_VERIFIER, "DINKES"))
    assert verifier.get(SEARCH).status_code == 403
    assert verifier.get(reverse("office-trace", args=[Obligation.objects.get().pk])).status_code == 403
