"""Handing over, refusal and voiding at the screen: who is offered what, and what a wrong click changes."""

import time

import pgtrigger
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autodebit import tasks
from autodebit.actions import progress
from autodebit.actions.delivery import request_void
from autodebit.labels import SEND_STEPS
from autodebit.models import Attempt, BankRefusal, Batch, Delivery, FollowUp
from config import clock
from registry.models import AuditEvent
from tests.at_state import photo_of
from tests.autodebit.ceremony import NOTED_AT, approved_batch, delivered_batch, sealed_batch
from tests.autodebit.population import make_staff
from tests.opd_admin.ceremony_page import TOKEN, post, text_of, url
from tests.staff_client import client_of

pytestmark = pytest.mark.django_db

SAID = {
    "channel": "branch",
    "receiver": "Contoh Petugas Bank",
    "receipt": "TT-7",
    "handed_on": "2026-11-26",
    "handed_time": "17.30",
    "note": "dua amplop",
}
REASON = {"reason": "Nama berkas salah"}


@pytest.fixture(autouse=True)
def at_noon(monkeypatch, settings):
    monkeypatch.setattr(clock, "_from_file", lambda: None)
    # The clock runs on from the start of the process, which may be minutes ago.
    monkeypatch.setattr(clock, "_started", time.time())
    settings.APP_NOW = NOTED_AT
    settings.SFTP = None


@pytest.fixture
def operator(db):
    return make_staff("operator", "labour_operator")


@pytest.fixture
def approvers(db):
    return make_staff("penyetuju1", "labour_approver"), make_staff("penyetuju2", "labour_approver")


@pytest.fixture
def sealed(operator, approvers) -> Batch:
    return sealed_batch(approvers, operator)


@pytest.fixture
def delivered(operator, approvers) -> Batch:
    return delivered_batch(approvers, operator)


def letter() -> SimpleUploadedFile:
    return SimpleUploadedFile("surat.jpg", photo_of("Surat penolakan contoh"), "image/jpeg")


def test_an_operator_records_the_hand_over_in_the_citys_time(sealed, operator):
    client = client_of(operator)
    answer = post(client, url("hand-over", sealed.pk), **SAID)
    assert (answer.status_code, answer["Location"]) == (302, url("detail", sealed.pk))
    kept = Delivery.objects.get()
    assert (kept.channel, kept.receipt, kept.note) == ("branch", "TT-7", "dua amplop")
    assert kept.handed_at.isoformat() == "2026-11-26T10:30:00+00:00"
    page = text_of(client.get(url("detail", sealed.pk)))
    assert "26 November 2026, 17.30 WIB" in page and "Diserahkan di cabang" in page
    assert "Diserahkan di cabang, diterima Contoh Petugas Bank." in page


def test_the_form_opens_with_this_minute_and_offers_no_machine_channel(sealed, operator):
    page = client_of(operator).get(url("hand-over", sealed.pk)).content.decode()
    assert 'value="26-11-2026"' in page and 'value="19.01"' in page
    assert 'value="branch"' in page and 'value="sftp"' not in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"handed_on": "2026-11-27"}, "tidak boleh setelah saat ini"),
        ({"handed_time": "16.00"}, "baru disegel"),
        ({"handed_on": "31-02-2026"}, "kalender"),
        ({"handed_time": "25.99"}, "09.30"),
        ({"receiver": ""}, "siapa yang menerima"),
        ({"channel": "sftp"}, "bukan salah satu"),
        ({"channel": ""}, "Pilih cara"),
    ],
)
def test_what_was_typed_wrongly_is_said_beside_its_field(sealed, operator, changes, words):
    answer = post(client_of(operator), url("hand-over", sealed.pk), **{**SAID, **changes})
    assert answer.status_code == 200 and words in text_of(answer)
    assert Batch.objects.get().state == "sealed"


def test_the_same_form_sent_twice_records_one_hand_over_and_a_changed_one_is_a_conflict(sealed, operator):
    client = client_of(operator)
    token = TOKEN.search(client.get(url("hand-over", sealed.pk)).content.decode())[1]
    first = client.post(url("hand-over", sealed.pk), {"form_token": token, **SAID})
    again = client.post(url("hand-over", sealed.pk), {"form_token": token, **SAID})
    other = client.post(url("hand-over", sealed.pk), {"form_token": token, **SAID, "receiver": "Lain"})
    assert (first.status_code, again.status_code, other.status_code) == (302, 302, 409)
    assert Delivery.objects.count() == 1


def test_an_unsealed_batch_sends_the_reader_back_with_the_reason(approvers, operator):
    batch = approved_batch(approvers)
    client = client_of(operator)
    for name in ("hand-over", "refuse", "void", "void-confirm"):
        answer = client.get(url(name, batch.pk))
        assert (answer.status_code, answer["Location"]) == (302, url("detail", batch.pk)), name
    assert "Ini tidak dapat dilakukan" in text_of(client.get(url("detail", batch.pk)))


def test_a_refusal_takes_reason_and_evidence_and_frees_the_lines(delivered, operator):
    client = client_of(operator)
    answer = post(client, url("refuse", delivered.pk), reason="Kepala berkas tidak sesuai", evidence=letter())
    assert answer.status_code == 302
    assert BankRefusal.objects.get().reason == "Kepala berkas tidak sesuai"
    assert set(Attempt.objects.values_list("state", flat=True)) == {"released"}
    page = text_of(client.get(url("detail", delivered.pk)))
    assert "Kepala berkas tidak sesuai" in page and "Unduh buktinya" in page
    paper = client.get(url("evidence", delivered.pk))
    assert paper.content.startswith(b"\xff\xd8\xff") and "attachment" in paper["Content-Disposition"]
    assert AuditEvent.objects.filter(event="paper.opened", actor_user=operator).count() == 1


@pytest.mark.parametrize(
    "evidence",
    [
        None,
        SimpleUploadedFile("surat.pdf", b"", "application/pdf"),
        SimpleUploadedFile("surat.pdf", b"<script>alert(1)</script>", "application/pdf"),
        SimpleUploadedFile("surat.jpg", b"\xff\xd8\xff" + b"x" * 11_000_000, "image/jpeg"),
    ],
    ids=["none", "empty", "html", "too_large"],
)
def test_a_refusal_without_readable_evidence_is_not_recorded(delivered, operator, evidence):
    fields = {"reason": "Kepala berkas tidak sesuai", **({"evidence": evidence} if evidence else {})}
    answer = post(client_of(operator), url("refuse", delivered.pk), **fields)
    assert answer.status_code == 200 and answer.context["form"].errors["evidence"]
    assert Batch.objects.get().state == "delivered"


def test_two_persons_void_and_the_first_is_not_offered_the_second_step(sealed, operator, approvers):
    first, second = client_of(operator), client_of(approvers[0])
    assert post(first, url("void", sealed.pk), **REASON).status_code == 302
    page = text_of(first.get(url("detail", sealed.pk)))
    assert "Pembatalan sedang diminta" in page and "Periksa permintaan pembatalan" not in page
    own = first.get(url("void-confirm", sealed.pk))
    assert own.status_code == 302 and Batch.objects.get().state == "sealed"
    assert "Periksa permintaan pembatalan" in text_of(second.get(url("detail", sealed.pk)))
    asked = text_of(second.get(url("void-confirm", sealed.pk)))
    assert "Nama berkas salah" in asked and "Contoh Operator" in asked
    assert post(second, url("void-confirm", sealed.pk)).status_code == 302
    assert Batch.objects.get().state == "voided"
    assert "Contoh Penyetuju1" in text_of(second.get(url("detail", sealed.pk)))


def test_who_confirms_sees_that_somebody_took_the_files_out(sealed, operator, approvers):
    client = client_of(operator)
    client.get(url("file", sealed.pk, sealed.files.first().pk))
    request_void(batch_id=sealed.pk, reason="Nama berkas salah", by=operator, now=NOTED_AT)
    page = text_of(client_of(approvers[0]).get(url("void-confirm", sealed.pk)))
    assert "Berkasnya sudah pernah diunduh" in page and sealed.files.first().name in page


def test_who_hands_over_a_wave_that_may_be_paid_already_is_warned(sealed, operator):
    client = client_of(operator)
    assert "Jangan serahkan" not in text_of(client.get(url("hand-over", sealed.pk)))
    line = sealed.attempts.first()
    with pgtrigger.ignore("autodebit.Batch:batch_identity"):
        Batch.objects.filter(pk=sealed.pk).update(wave=2)
    FollowUp.objects.create(
        kind="contradiction", profile=sealed.profile, period=sealed.period, attempt=line, amount=line.amount,
        opened_at=NOTED_AT,
    )  # fmt: skip
    said = text_of(client.get(url("hand-over", sealed.pk)))
    assert "Jangan serahkan berkas ini dulu" in said and "1 potongan mungkin sudah terpotong" in said


def test_a_hand_over_while_voiding_is_asked_warns_and_then_wins(sealed, operator, approvers):
    request_void(batch_id=sealed.pk, reason="Nama berkas salah", by=approvers[0], now=NOTED_AT)
    client = client_of(operator)
    assert "Permintaan pembatalannya gugur" in text_of(client.get(url("hand-over", sealed.pk)))
    post(client, url("hand-over", sealed.pk), **SAID)
    assert Batch.objects.get().state == "delivered"


ROLES = ["labour_viewer", "labour_approver", "auditor", "administrator", "labour_operator"]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("hand-over", {"labour_operator"}),
        ("refuse", {"labour_operator"}),
        ("void", {"labour_operator", "labour_approver"}),
        ("void-confirm", {"labour_operator", "labour_approver"}),
        ("letter", {"labour_operator", "auditor"}),
        ("evidence", {"labour_operator", "auditor"}),
        ("difference", {"labour_operator", "labour_approver", "labour_viewer", "auditor"}),
        ("difference-sheet", {"labour_operator", "labour_approver", "labour_viewer", "auditor"}),
    ],
)
def test_each_door_opens_for_its_roles_only(sealed, role, name, allowed):
    status = client_of(make_staff(f"orang-{role}", role)).get(url(name, sealed.pk)).status_code
    assert (status != 403) == (role in allowed)


@pytest.mark.parametrize("name", ["hand-over", "refuse", "void", "void-confirm", "letter", "difference"])
def test_an_unknown_batch_is_404_and_a_visitor_signs_in(client, operator, name):
    address = url(name, "00000000-0000-4000-8000-000000000000")
    assert client_of(operator).get(address).status_code == 404
    assert client.get(address).status_code == 302


@pytest.fixture
def queue(monkeypatch) -> list:
    asked = []
    monkeypatch.setattr(tasks.send_batch, "delay", lambda *arguments: asked.append(arguments))
    return asked


def test_without_a_server_there_is_no_button_and_no_door(sealed, operator, queue):
    client = client_of(operator)
    assert "Kirim ke server bank" not in text_of(client.get(url("detail", sealed.pk)))
    client.post(url("send", sealed.pk), {"form_token": "x"})
    assert queue == []


def test_with_a_server_the_worker_is_asked_and_the_page_reads_on_by_itself(
    sealed, operator, queue, settings, django_capture_on_commit_callbacks
):
    settings.SFTP = {"bank": "113", "format": "pain008"}
    client = client_of(operator)
    assert "Kirim ke server bank" in text_of(client.get(url("detail", sealed.pk)))
    with django_capture_on_commit_callbacks(execute=True):
        post(client, url("send", sealed.pk), url("detail", sealed.pk))
    assert queue == [(str(sealed.pk), str(operator.pk))]
    page = client.get(url("detail", sealed.pk))
    assert page["Refresh"] == "3" and SEND_STEPS[0] in text_of(page)
    assert "Kirim ke server bank" not in text_of(page)
    progress.done(sealed.pk)
    assert "Refresh" not in client.get(url("detail", sealed.pk))


def test_nothing_is_sent_while_voiding_is_asked(sealed, operator, queue, settings):
    settings.SFTP = {"bank": "113", "format": "pain008"}
    request_void(batch_id=sealed.pk, reason="Nama berkas salah", by=operator, now=NOTED_AT)
    client = client_of(operator)
    assert "Kirim ke server bank" not in text_of(client.get(url("detail", sealed.pk)))
    client.post(url("send", sealed.pk), {"form_token": "x"})
    assert queue == []


def test_the_page_of_a_delivered_batch_asks_little_of_the_database(approvers, operator):
    batch = delivered_batch(approvers, operator)
    client = client_of(approvers[0])
    client.get(url("detail", batch.pk))
    with CaptureQueriesContext(connection) as queries:
        client.get(url("detail", batch.pk))
    assert len(queries) <= 22
