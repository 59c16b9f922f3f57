import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from kombu.exceptions import OperationalError

from autodebit import tasks
from autodebit.actions.approval import approve
from autodebit.actions.batches import open_due
from autodebit.actions.build import build
from autodebit.actions.progress import say
from autodebit.actions.sealing import request_seal, seal
from autodebit.labels import BUILD_STEPS
from autodebit.models import Approval, Attempt, BankFile, BankProfile, Batch
from config import clock
from registry.actions import documents
from registry.models import AuditEvent, Opd, RoleAssignment
from sponsorship.rules.money import in_words
from tests.autodebit.population import AFTER, CUTOFF, MandateSpec, make_mandates, make_staff
from tests.staff_client import client_of

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r'name="form_token" value="(\w+)"')


@pytest.fixture(autouse=True)
def at_noon(monkeypatch, settings):
    """The clock stands after the cut-off of December 2026."""
    monkeypatch.setattr(clock, "_from_file", lambda: None)
    settings.APP_NOW = AFTER


@pytest.fixture
def queue(monkeypatch) -> list:
    """What the pages asked the queue for, instead of a broker."""
    asked = []
    for task in (tasks.build_batch, tasks.seal_batch):
        monkeypatch.setattr(task, "delay", lambda batch_id, name=task.name: asked.append((name, batch_id)))
    return asked


@pytest.fixture
def operator():
    return make_staff("operator", "labour_operator")


@pytest.fixture
def approvers():
    return make_staff("penyetuju1", "labour_approver"), make_staff("penyetuju2", "labour_approver")


def frozen(lines: int = 2, left_out: int = 1) -> Batch:
    make_mandates(
        [MandateSpec() for _ in range(lines)] + [MandateSpec(state="suspended") for _ in range(left_out)]
    )
    return build(batch_id=open_due(now=AFTER).pk, now=AFTER)


def approved(approvers) -> Batch:
    batch = frozen()
    for person in approvers:
        batch = approve(batch_id=batch.pk, revision=1, content_hash=batch.content_hash, by=person, now=AFTER)
    return batch


def sealed(approvers, operator) -> Batch:
    batch = approved(approvers)
    request_seal(batch_id=batch.pk, by=operator, now=AFTER)
    return seal(batch_id=batch.pk, now=AFTER)


def url(name: str, *args) -> str:
    return reverse(f"office-batch-{name}", args=args)


def text_of(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_without_batches_the_list_says_how_they_come_about(operator):
    page = text_of(client_of(operator).get(url("list")))
    assert "Belum ada kumpulan potongan" in page
    assert "Bulan yang disusun Desember 2026 Januari 2027 Susun sekarang" in page


def test_the_list_shows_month_state_count_and_total(approvers):
    frozen()
    page = text_of(client_of(approvers[0]).get(url("list")))
    assert "Desember 2026 Bank Jateng 1 Desember 2026 Dibekukan, menunggu dua persetujuan 2 Rp16.800" in page
    assert "Susun sekarang" not in page


def post(client, address: str, form_page: str | None = None, **fields):
    """Posts what the form of `form_page` (or of the address itself) would send, its token included."""
    token = TOKEN.search(client.get(form_page or address).content.decode())[1]
    return client.post(address, {"form_token": token, **fields})


def test_an_operator_opens_a_month_and_the_queue_is_told(operator, queue, django_capture_on_commit_callbacks):
    make_mandates([MandateSpec()])
    with django_capture_on_commit_callbacks(execute=True):
        answer = post(client_of(operator), url("open"), url("list"), month="113:2026-12")
    batch = Batch.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, url("detail", batch.pk))
    assert (batch.maker, batch.state) == (operator, "open")
    assert queue == [("autodebit.tasks.build_batch", str(batch.pk))]


def test_before_the_cutoff_the_operator_reads_from_when(operator, queue, settings):
    settings.APP_NOW = CUTOFF - timedelta(days=2)
    client = client_of(operator)
    page = post(client, url("open"), url("list"), month="113:2026-12").url
    assert "baru dapat disusun setelah batas waktunya" in text_of(client.get(page))
    assert not Batch.objects.exists() and queue == []


@pytest.mark.parametrize("month", ["", "113:2030-01", "999:2026-12", "x"])
def test_a_month_that_is_not_on_the_list_is_refused_calmly(operator, queue, month):
    client = client_of(operator)
    answer = post(client, url("open"), url("list"), month=month)
    assert answer.status_code == 302 and "Pilih bulan" in text_of(client.get(answer.url))


def test_the_same_form_sent_again_gets_the_same_answer_and_another_body_a_conflict(operator, queue):
    make_mandates([MandateSpec()])
    client = client_of(operator)
    token = TOKEN.search(client.get(url("list")).content.decode())[1]
    body = {"form_token": token, "month": "113:2026-12"}
    first, again = client.post(url("open"), body), client.post(url("open"), body)
    assert (first.status_code, again.url) == (302, first.url)
    assert client.post(url("open"), {**body, "month": "113:2027-01"}).status_code == 409
    assert Batch.objects.count() == 1


def test_a_broker_out_of_reach_leaves_the_work_to_the_sweep(
    operator, monkeypatch, django_capture_on_commit_callbacks
):
    def unreachable(_):
        raise OperationalError("no broker")

    monkeypatch.setattr(tasks.build_batch, "delay", unreachable)
    with django_capture_on_commit_callbacks(execute=True):
        answer = post(client_of(operator), url("open"), url("list"), month="113:2026-12")
    assert answer.status_code == 302 and Batch.objects.get().state == "open"


def test_while_it_is_built_the_page_tells_the_step_and_looks_again(operator):
    make_mandates([MandateSpec()])
    batch = open_due(now=AFTER)
    say(batch.pk, 3, BUILD_STEPS)
    response = client_of(operator).get(url("detail", batch.pk))
    assert response["Refresh"] == "3"
    assert "Menghitung iuran setiap pekerja Langkah 3 dari 6" in text_of(response)


def test_a_batch_that_cannot_be_built_says_why_stops_looking_and_can_be_tried_again(
    operator, queue, django_capture_on_commit_callbacks
):
    batch = open_due(now=AFTER)
    build(batch_id=batch.pk, now=AFTER)
    client = client_of(operator)
    response = client.get(url("detail", batch.pk))
    assert "Refresh" not in response
    assert "Belum ada surat kuasa yang dapat ditagih untuk Desember 2026." in text_of(response)
    with django_capture_on_commit_callbacks(execute=True):
        post(client, url("build", batch.pk), url("detail", batch.pk))
    assert queue == [("autodebit.tasks.build_batch", str(batch.pk))]


def test_the_page_of_a_frozen_batch_shows_figures_words_hash_offices_and_exclusions(approvers):
    batch = frozen()
    page = text_of(client_of(approvers[0]).get(url("detail", batch.pk)))
    assert "Baris potongan 2" in page
    assert f"Rp16.800 {in_words(16_800)}" in page
    assert "Selasa, 1 Desember 2026" in page
    assert batch.content_hash in page
    assert "Dinas Pendidikan 2 Rp16.800" in page
    assert "Surat kuasa sedang ditangguhkan 1" in page
    assert "Disusun dan dibekukan" in page and "2 baris, Rp16.800, revisi 1." in page
    assert "Periksa dan setujui" in page and "Buka kembali" not in page


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        ("labour_operator", {"Buka kembali"}),
        ("labour_approver", {"Periksa dan setujui"}),
        ("labour_viewer", set()),
        ("auditor", set()),
    ],
)
def test_the_buttons_are_those_of_the_role(role, shown):
    batch = frozen()
    page = text_of(client_of(make_staff(role, role)).get(url("detail", batch.pk)))
    assert {
        name for name in ("Buka kembali", "Periksa dan setujui", "Segel berkas bank") if name in page
    } == shown


def test_two_persons_approve_by_typing_the_total(approvers):
    batch = frozen()
    for person in approvers:
        client = client_of(person)
        page = client.get(url("approve", batch.pk))
        assert "Rp16.800" in text_of(page) and batch.content_hash in page.content.decode()
        assert "Donatur baru 2 +Rp16.800" in text_of(page)
        answer = post(
            client,
            url("approve", batch.pk),
            revision=1,
            content_hash=batch.content_hash,
            typed_total="Rp 16.800",
        )
        assert answer.url == url("detail", batch.pk)
    assert Batch.objects.get().state == "approved" and Approval.objects.count() == 2


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Ketik jumlah rupiah"),
        ("dua", "Tulis jumlah rupiahnya dengan angka"),
        ("16.801", "tidak sama dengan jumlah"),
    ],
)
def test_a_total_that_was_not_typed_right_is_said_at_the_field_and_nothing_is_lost(approvers, typed, words):
    batch = frozen()
    answer = post(
        client_of(approvers[0]),
        url("approve", batch.pk),
        revision=1,
        content_hash=batch.content_hash,
        typed_total=typed,
    )
    page = answer.content.decode()
    assert answer.status_code == 200 and words in page
    assert not typed or f'name="typed_total" id="id_typed_total" value="{typed}"' in page
    assert not Approval.objects.exists()


def test_a_stale_approval_gets_a_conflict_with_the_fresh_state(approvers):
    batch = frozen()
    answer = post(
        client_of(approvers[0]),
        url("approve", batch.pk),
        revision=1,
        content_hash="0" * 64,
        typed_total="16.800",
    )
    assert answer.status_code == 409 and "sudah berubah" in text_of(answer)
    assert f'value="{batch.content_hash}"' in answer.content.decode()
    assert not Approval.objects.exists()


def test_an_approval_sent_twice_is_counted_once(approvers):
    batch = frozen()
    client = client_of(approvers[0])
    token = TOKEN.search(client.get(url("approve", batch.pk)).content.decode())[1]
    body = {"form_token": token, "revision": 1, "content_hash": batch.content_hash, "typed_total": "16800"}
    first, again = (client.post(url("approve", batch.pk), body) for _ in range(2))
    assert first.url == again.url and Approval.objects.count() == 1


def test_who_approved_sees_that_another_person_is_needed(approvers):
    batch = frozen()
    approve(batch_id=batch.pk, revision=1, content_hash=batch.content_hash, by=approvers[0], now=AFTER)
    page = text_of(client_of(approvers[0]).get(url("approve", batch.pk)))
    assert "Persetujuan kedua harus dari orang lain" in page and "Contoh Penyetuju1" in page


def test_reopening_asks_for_a_reason_and_builds_anew(operator, queue, django_capture_on_commit_callbacks):
    batch = frozen()
    client = client_of(operator)
    assert "Tulis alasan membuka kembali." in text_of(post(client, url("reopen", batch.pk), reason=""))
    with django_capture_on_commit_callbacks(execute=True):
        answer = post(client, url("reopen", batch.pk), reason="Ada donatur yang mencabut")
    assert answer.url == url("detail", batch.pk)
    assert (Batch.objects.get().state, Batch.objects.get().revision) == ("open", 2)
    assert queue == [("autodebit.tasks.build_batch", str(batch.pk))]
    assert "Alasan: Ada donatur yang mencabut" in text_of(client.get(answer.url))


def test_a_sealed_batch_is_not_opened_again_neither_by_its_page_nor_by_a_post(operator, approvers, queue):
    batch = sealed(approvers, operator)
    client = client_of(operator)
    asked = {"form_token": "x", "reason": "Ada yang mencabut"}
    for send, body in ((client.get, {}), (client.post, asked)):
        answer = send(url("reopen", batch.pk), body)
        assert (answer.status_code, answer["Location"]) == (302, url("detail", batch.pk))
        assert "Kumpulan ini tidak dapat dibuka kembali." in text_of(client.get(answer["Location"]))
    assert (Batch.objects.get().state, Batch.objects.get().revision) == ("sealed", 1)
    assert queue == []


def test_sealing_is_asked_for_and_the_page_waits_for_it(
    operator, approvers, queue, django_capture_on_commit_callbacks
):
    batch = approved(approvers)
    client = client_of(operator)
    with django_capture_on_commit_callbacks(execute=True):
        answer = post(client, url("seal", batch.pk), url("detail", batch.pk))
    assert queue == [("autodebit.tasks.seal_batch", str(batch.pk))]
    page = client.get(answer.url)
    assert "Menunggu giliran dikerjakan" in text_of(page) and page["Refresh"] == "3"


def test_a_sealing_that_is_not_possible_is_said_on_the_page(operator):
    batch = frozen()
    client = client_of(operator)
    client.post(url("seal", batch.pk), {"form_token": "x"})
    assert "baru dapat disegel setelah disetujui dua orang" in text_of(client.get(url("detail", batch.pk)))


def test_both_files_are_shown_with_their_hash_and_download_the_same_each_time(operator, approvers):
    batch = sealed(approvers, operator)
    client = client_of(operator)
    page = client.get(url("detail", batch.pk)).content.decode()
    for file in batch.files.all():
        assert file.sha256 in page and file.name in page
        first, again = (client.get(url("file", batch.pk, file.pk)) for _ in range(2))
        assert first.content == again.content == documents.read(file.sha256)
        assert first["Content-Disposition"] == f'attachment; filename="{file.name}"'
        assert (first["X-Content-Type-Options"], first["Cache-Control"]) == ("nosniff", "no-store")
    assert AuditEvent.objects.filter(event="bank_file.downloaded").count() == 4


def test_a_damaged_file_is_not_served(operator, approvers):
    file = sealed(approvers, operator).files.first()
    documents.path_of(file.sha256).unlink()
    client = client_of(operator)
    answer = client.get(url("file", file.batch_id, file.pk))
    assert answer.status_code == 302 and "rusak atau hilang" in text_of(client.get(answer.url))


def test_a_file_of_another_batch_and_an_unknown_batch_are_404(operator, approvers, profile_batch):
    file = sealed(approvers, operator).files.first()
    client = client_of(operator)
    assert client.get(url("file", profile_batch.pk, file.pk)).status_code == 404
    assert client.get(url("detail", "00000000-0000-4000-8000-000000000000")).status_code == 404


@pytest.fixture
def profile_batch():
    return Batch.objects.create(
        profile=BankProfile.objects.get(), period="2026-10", collection_date="2026-10-01"
    )


def test_the_lines_show_the_last_four_digits_of_the_account_only(approvers):
    batch = frozen(lines=1, left_out=0)
    page = client_of(approvers[0]).get(url("lines", batch.pk)).content.decode()
    account = Attempt.objects.get().account
    assert account not in page and f"•••••• {account[-4:]}" in page


def test_the_exclusions_are_listed_with_their_reason(approvers):
    batch = frozen(lines=1, left_out=2)
    page = text_of(client_of(approvers[0]).get(url("exclusions", batch.pk)))
    assert page.count("Surat kuasa sedang ditangguhkan") == 2


@pytest.mark.parametrize("name", ["lines", "exclusions", "detail"])
def test_a_page_costs_the_same_queries_for_one_row_and_for_thirty(approvers, name):
    counts = []
    batch = frozen(lines=1, left_out=1)
    client = client_of(approvers[0])
    for more in (0, 29):
        if more:
            make_mandates(
                [MandateSpec() for _ in range(more)] + [MandateSpec(state="suspended") for _ in range(more)]
            )
            Batch.objects.filter(pk=batch.pk).update(state="open")
            builder_again(batch)
        client.get(url(name, batch.pk))
        with CaptureQueriesContext(connection) as queries:
            client.get(url(name, batch.pk))
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 22


def builder_again(batch: Batch) -> None:
    """More lines in the same batch, as a new revision."""
    Attempt.objects.filter(batch=batch).update(state="released")
    Batch.objects.filter(pk=batch.pk).update(revision=2)
    assert build(batch_id=batch.pk, now=AFTER).count == 30


def test_the_lists_have_pages(approvers):
    batch = frozen(lines=60, left_out=0)
    client = client_of(approvers[0])
    assert "Halaman 1 dari 2" in text_of(client.get(url("lines", batch.pk)))
    assert "Halaman 2 dari 2" in text_of(client.get(url("lines", batch.pk) + "?halaman=99"))


OUTSIDERS = ["opd_verifier", "opd_head", "opd_treasurer", "administrator"]


@pytest.mark.parametrize("role", OUTSIDERS)
def test_nobody_outside_the_labour_office_sees_a_batch(role):
    batch = frozen()
    person = make_staff(role)
    opd = Opd.objects.first() if role.startswith("opd") else None
    RoleAssignment.objects.create(user=person, role=role, opd=opd)
    client = client_of(person)
    for name in ("list", "detail", "lines", "exclusions"):
        assert client.get(url(name, *([batch.pk] if name != "list" else []))).status_code == 403


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("open", "labour_approver"), ("build", "labour_viewer"), ("approve", "labour_operator"), ("approve", "auditor"),
        ("reopen", "labour_approver"), ("seal", "labour_approver"), ("seal", "auditor"),
    ],
)  # fmt: skip
def test_what_is_another_roles_is_refused(name, role):
    batch = frozen()
    address = url(name, *([] if name == "open" else [batch.pk]))
    assert client_of(make_staff(role, role)).post(address, {"form_token": "x"}).status_code == 403
    assert Batch.objects.get().state == "frozen" and not BankFile.objects.exists()


def test_a_visitor_is_sent_to_the_sign_in(client):
    assert client.get(url("list")).status_code == 302
