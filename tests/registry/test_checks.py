import pgtrigger
import pytest
from django.db import connection

from registry.actions import audit, documents
from registry.actions.staff import set_nip
from registry.checks import CHECKS, count_of
from registry.models import AuditEvent, Message, User
from registry.rules.events import Event
from registry.rules.roles import Role
from tests.at_state import proven_donor, staff
from tests.cast import BIMA, MORNING, RARA

pytestmark = pytest.mark.django_db


def violations() -> dict[str, int]:
    counted = {check.what: count_of(check.count) for check in CHECKS}
    return {what: count for what, count in counted.items() if count}


@pytest.fixture
def dewi() -> User:
    user = staff("dewi", Role.OPD_VERIFIER, "DINKES")
    set_nip(user, "198203142006042901")
    user.save()
    return user


def raw(sql: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_a_sound_database_has_no_violation(dewi):
    proven_donor(RARA)
    documents.store(kind="ktp", data=b"paper", content_type="image/jpeg", by=dewi, now=MORNING)
    assert violations() == {}


def test_a_sealed_value_moved_to_another_row_is_counted(dewi):
    other = User.objects.create(username="other")
    raw(
        "UPDATE registry_user SET nip = (SELECT nip FROM registry_user WHERE username = 'dewi') WHERE id = %s",
        other.pk,
    )
    assert violations() == {"Setiap nilai tersegel terbuka di tempatnya dengan kunci yang dikenal": 1}


def test_a_flipped_bit_in_a_sealed_value_is_counted(dewi):
    raw("UPDATE registry_user SET nip = set_byte(nip, 40, get_byte(nip, 40) # 1) WHERE username = 'dewi'")
    assert violations() == {"Setiap nilai tersegel terbuka di tempatnya dengan kunci yang dikenal": 1}


def test_values_sealed_with_a_key_that_is_gone_are_counted(dewi, settings):
    settings.FIELD_KEYS = {"k9": b"9" * 32}
    assert violations() == {"Setiap nilai tersegel terbuka di tempatnya dengan kunci yang dikenal": 1}


def test_a_fingerprint_of_another_number_is_counted(dewi):
    User.objects.filter(pk=dewi.pk).update(nip_index="0" * 64)
    assert violations() == {"Sidik NIP dan NIK sesuai dengan nomor yang tersegel": 1}


def test_a_paper_that_is_gone_or_altered_is_counted(dewi):
    gone = documents.store(kind="ktp", data=b"one", content_type="image/jpeg", by=dewi, now=MORNING)
    altered = documents.store(kind="ktp", data=b"two", content_type="image/jpeg", by=dewi, now=MORNING)
    documents.path_of(gone.sha256).unlink()
    path = documents.path_of(altered.sha256)
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    assert violations() == {"Berkas tersimpan utuh dan sesuai sidik hash-nya": 2}


def test_a_nik_in_the_clear_is_counted_in_journal_and_subject(dewi):
    audit.record(event=Event.CONSENT_GIVEN, about=dewi, by=dewi, now=MORNING, note="NIK 3374015508809001")
    proven_donor(RARA)
    Message.objects.update(subject="Tentang 3374015508809001")
    assert violations() == {"Tidak ada NIK atau NIP terbuka di jurnal dan judul pesan": 2}


def test_hashes_and_ids_are_not_mistaken_for_a_nik(dewi):
    audit.record(
        event=Event.PAPER_STORED, about=dewi, by=dewi, now=MORNING, sha256="3374015508809001" * 4,
        id="33740155-0880-4001-8001-123456789012",
    )  # fmt: skip
    assert violations() == {}


def test_a_journal_line_of_nobody_or_of_an_unknown_kind_is_counted(dewi):
    audit.record(event=Event.CONSENT_GIVEN, about=dewi, by=dewi, now=MORNING)
    with pgtrigger.ignore("registry.AuditEvent:journal_is_append_only"):
        AuditEvent.objects.filter(event=Event.CONSENT_GIVEN).update(actor_user=None, event="made.up")
    assert violations() == {
        "Setiap baris jurnal menyebut pelakunya": 1,
        "Setiap baris jurnal memakai nama kejadian yang dikenal": 1,
    }


def test_a_journal_whose_guard_is_switched_off_is_counted():
    raw("ALTER TABLE registry_auditevent DISABLE TRIGGER USER")
    assert violations() == {"Jurnal dijaga basis data: hanya dapat ditambah": 1}


def test_the_same_message_said_twice_is_counted():
    raw("ALTER TABLE registry_message DROP CONSTRAINT said_once")
    proven_donor(RARA)
    proven_donor(BIMA)
    Message.objects.update(recipient="same", occasion="")
    assert violations() == {"Satu pesan per kejadian, penerima, dan bulan": 1}


def test_a_message_marked_sent_without_a_time_is_counted():
    proven_donor(RARA)
    Message.objects.update(state=Message.SENT)
    assert violations() == {"Pesan terkirim punya waktu kirim, dan hanya itu": 1}
