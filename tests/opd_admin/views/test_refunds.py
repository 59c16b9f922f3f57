import pytest
from django.urls import reverse

from autodebit.models import Refund
from config import clock
from tests.autodebit.bookkeeping import PAID_AT, a_paper
from tests.month import an_operator, answered_batch, person, two_approvers
from tests.opd_admin.office_pages import post, text_of, upload
from tests.staff_client import client_of

pytestmark = pytest.mark.django_db
LIST = "/kantor/pengembalian/"


@pytest.fixture(autouse=True)
def on_remittance_day(monkeypatch, settings):
    monkeypatch.setattr(clock, "_from_file", lambda: None)
    settings.APP_NOW = PAID_AT


@pytest.fixture
def attempt(db):
    return answered_batch().attempts.order_by("reference").first()


def test_a_refund_goes_from_the_trace_through_two_persons_to_its_payment(attempt):
    operator, approver = client_of(an_operator()), client_of(two_approvers()[0])
    trace = operator.get(reverse("office-trace", args=[attempt.obligation_id]))
    propose = reverse("office-refund-propose", args=[attempt.pk])
    assert propose in trace.content.decode()
    post(operator, propose, reason="Salah orang terpotong")
    refund = Refund.objects.get()
    page = reverse("office-refund", args=[refund.pk])
    assert "Setujui pengembalian" not in text_of(operator.get(page))
    assert "Setujui pengembalian" in text_of(approver.get(page))
    decide = reverse("office-refund-decide", args=[refund.pk])
    assert post(approver, decide, page, keputusan="setuju")["Location"] == page
    post(
        operator, reverse("office-refund-pay", args=[refund.pk]), paid_on="10-12-2026", payment_reference="TRF-1",
        evidence=upload("bukti.jpg", a_paper()),
    )  # fmt: skip
    shown = text_of(operator.get(page))
    assert "Sudah dikembalikan" in shown and "TRF-1" in shown
    trace = text_of(operator.get(reverse("office-trace", args=[attempt.obligation_id])))
    assert "Dikembalikan kepada donatur" in trace and "Usulkan pengembalian dana" not in trace
    assert attempt.reference in text_of(operator.get(LIST))


def test_an_approver_may_say_no(attempt):
    operator, approver = client_of(an_operator()), client_of(two_approvers()[0])
    post(operator, reverse("office-refund-propose", args=[attempt.pk]), reason="Salah orang terpotong")
    refund = Refund.objects.get()
    page = reverse("office-refund", args=[refund.pk])
    post(approver, reverse("office-refund-decide", args=[refund.pk]), page, keputusan="tolak")
    assert "Tidak disetujui" in text_of(operator.get(page))


def test_an_empty_list_says_where_refunds_begin(db):
    assert "Belum ada pengembalian dana" in text_of(client_of(an_operator()).get(LIST))


def test_doors_are_apart(attempt):
    viewer = client_of(person("pengamat", "labour_viewer"))
    assert viewer.get(LIST).status_code == 200
    assert viewer.get(reverse("office-refund-propose", args=[attempt.pk])).status_code == 403
    operator = client_of(an_operator())
    post(operator, reverse("office-refund-propose", args=[attempt.pk]), reason="Salah orang terpotong")
    refund = Refund.objects.get()
    assert operator.post(reverse("office-refund-decide", args=[refund.pk])).status_code == 403
    assert viewer.get(reverse("office-refund-pay", args=[refund.pk])).status_code == 403
