import io
import zipfile

import pytest
from django.urls import reverse

from autodebit.verify_pack import verify
from registry.models import AuditEvent
from tests.month import answered_batch, frozen_batch, person
from tests.opd_admin.office_pages import text_of
from tests.staff_client import client_of

pytestmark = pytest.mark.django_db


def test_an_auditor_downloads_a_pack_that_verifies(db):
    batch = answered_batch()
    client = client_of(person("auditor", "auditor"))
    assert "Unduh paket audit" in text_of(client.get(reverse("office-batch-detail", args=[batch.pk])))
    answer = client.post(reverse("office-audit-pack", args=[batch.pk]))
    data = b"".join(answer.streaming_content)
    assert answer["Content-Disposition"].startswith('attachment; filename="PAKET_AUDIT_2026-12_G01_')
    assert (answer["Cache-Control"], int(answer["Content-Length"])) == ("no-store", len(data))
    sha256 = AuditEvent.objects.get(event="audit_pack.made").detail["sha256"]
    assert verify(io.BytesIO(data), sha256) == []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.read("selisih.xlsx").startswith(b"PK")
    assert "Paket audit dibuat" in text_of(client.get(reverse("office-batch-detail", args=[batch.pk])))


def test_a_batch_that_is_not_sealed_has_no_pack(db):
    batch = frozen_batch()
    client = client_of(person("auditor", "auditor"))
    assert "Unduh paket audit" not in text_of(client.get(reverse("office-batch-detail", args=[batch.pk])))
    page = client.post(reverse("office-audit-pack", args=[batch.pk]), follow=True)
    assert "Paket audit baru dapat dibuat setelah berkas bank disegel." in text_of(page)


@pytest.mark.parametrize("role", ["labour_operator", "labour_viewer"])
def test_who_may_not_make_a_pack_has_no_button(db, role):
    batch = answered_batch()
    client = client_of(person("lain", role))
    assert "Unduh paket audit" not in text_of(client.get(reverse("office-batch-detail", args=[batch.pk])))
    assert client.post(reverse("office-audit-pack", args=[batch.pk])).status_code == 403
