"""The list of an OPD's civil servants: who may hand it in, what is refused, and that donors see nothing of it."""

import io
from dataclasses import replace

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from registry.models import AuditEvent, Opd, Roster, RosterLine
from registry.queries_roster import listed
from registry.rules.roles import Role
from registry.vault import blind_index
from tests.at_state import in_check, staff
from tests.cast import BIMA, RARA
from tests.staff_client import client_of

pytestmark = pytest.mark.django_db
URL = "/kantor/daftar-pegawai/"


@pytest.fixture
def verifier():
    return staff("verifier", Role.OPD_VERIFIER, "DINKES")


def upload(user, data: bytes, opd: str = "DINKES", name: str = "pegawai.csv", **extra):
    file = SimpleUploadedFile(name, data)
    return client_of(user).post(URL, {"opd": Opd.objects.get(code=opd).pk, "file": file, **extra})


def csv_of(*people, delimiter: str = ";") -> bytes:
    rows = [("NIP", "Nama"), *((person.nip, person.name) for person in people)]
    return "\r\n".join(delimiter.join(row) for row in rows).encode("utf-8-sig")


@pytest.mark.parametrize("delimiter", [";", ","])
def test_a_csv_list_is_kept_as_fingerprints_and_sealed_names(verifier, delimiter):
    assert upload(verifier, csv_of(RARA, BIMA, delimiter=delimiter)).status_code == 302
    assert Roster.objects.get().lines_count == 2
    assert AuditEvent.objects.filter(event="roster.uploaded").count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(l)::text FROM registry_rosterline l")
        kept = " ".join(row[0] for row in cursor.fetchall())
    assert RARA.nip not in kept and RARA.name not in kept and BIMA.name.encode().hex() not in kept


def test_a_workbook_of_texts_is_read_and_one_with_numbers_is_refused_by_line(verifier):
    def book(number: bool) -> bytes:
        out = io.BytesIO()
        with xlsxwriter.Workbook(out) as workbook:
            sheet = workbook.add_worksheet()
            sheet.write_row(0, 0, ["NIP", "Nama"])
            (sheet.write_number if number else sheet.write_string)(
                1, 0, int(RARA.nip) if number else RARA.nip
            )
            sheet.write_string(1, 1, RARA.name)
        return out.getvalue()

    answer = upload(verifier, book(number=True), name="pegawai.xlsx")
    assert answer.status_code == 400 and "Baris 2" in answer.content.decode() and not Roster.objects.exists()
    assert upload(verifier, book(number=False), name="pegawai.xlsx").status_code == 302
    assert RosterLine.objects.get().name == RARA.name


@pytest.mark.parametrize(
    "data",
    [b"%PDF-1.7 bukan tabel", b"\xff\xfe\x00N\x00I", b"PK\x03\x04 rusak", b'NIP;Nama\r\n"tak tutup'],
)
def test_what_is_no_table_is_refused_with_words_and_the_old_list_stays(verifier, data):
    upload(verifier, csv_of(RARA))
    answer = upload(verifier, data)
    assert answer.status_code == 400 and "Daftar belum diterima" in answer.content.decode()
    assert Roster.objects.get().lines_count == 1


def test_a_newer_list_replaces_the_lines_of_the_one_before(verifier):
    upload(verifier, csv_of(RARA, BIMA))
    upload(verifier, csv_of(BIMA))
    office = Opd.objects.get(code="DINKES")
    assert RosterLine.objects.count() == 1 and Roster.objects.count() == 2
    assert not listed(blind_index("nip", RARA.nip), office).found
    assert listed(blind_index("nip", BIMA.nip), office).name == BIMA.name


def test_a_list_of_another_office_cannot_be_handed_in(verifier):
    answer = upload(
        verifier,
        csv_of(RARA),
        opd="BAPPEDA"
        if Opd.objects.filter(code="BAPPEDA").exists()
        else Opd.objects.exclude(code="DINKES").first().code,
    )
    assert answer.status_code == 400 and not Roster.objects.exists()


def test_the_same_form_twice_keeps_one_list(verifier):
    upload(verifier, csv_of(RARA), form_token="a" * 32)
    upload(verifier, csv_of(RARA), form_token="a" * 32)
    assert Roster.objects.count() == 1


def test_the_desk_doubts_a_nip_or_name_that_is_not_on_the_list_and_says_nothing_without_one(verifier):
    case = in_check(RARA, verifier)
    page = f"/kantor/verifikasi/{case.pk}/"
    assert "daftar pegawai OPD" not in client_of(verifier).get(page).content.decode()
    upload(verifier, csv_of(BIMA))
    assert "tidak ada di daftar pegawai OPD" in client_of(verifier).get(page).content.decode()
    upload(verifier, csv_of(RARA))
    assert "daftar pegawai OPD" not in client_of(verifier).get(page).content.decode()
    upload(verifier, csv_of(replace(RARA, name="Orang Contoh Lain")))
    assert "Nama di daftar pegawai OPD berbeda" in client_of(verifier).get(page).content.decode()
