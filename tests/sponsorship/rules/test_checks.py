from datetime import date

import pytest

from registry.rules.documents import DocumentKind
from sponsorship.rules.checks import (
    CHECKS_FOR,
    REQUIRED_CHECKS,
    Compared,
    compared,
    compared_pages,
    compared_worker,
    note_fault,
)

BORN = date(1980, 8, 15)
FIRST = date(2026, 12, 1)


def words_of(results: list[Compared], field: str) -> list[tuple[bool, str]]:
    return [(result.fits, result.words) for result in results if result.field == field]


def test_every_paper_has_checks_and_together_they_are_the_required_ones():
    assert set(CHECKS_FOR) == set(DocumentKind)
    assert all(CHECKS_FOR.values())
    assert sum(len(checks) for checks in CHECKS_FOR.values()) == len(REQUIRED_CHECKS)


def test_same_name_with_a_title_fits_the_account_holder():
    results = compared(
        name="Rara Contoh, S.Kom.", holder="RARA CONTOH", nip_birth=BORN, nip_taken=False, notes=[]
    )

    assert words_of(results, "account_holder") == [(True, "Nama pemilik rekening cocok dengan nama ASN.")]
    assert words_of(results, "nip") == [(True, "Susunan NIP benar.")]


def test_another_holder_wants_a_look():
    results = compared(name="Rara Contoh", holder="Bima Contoh", nip_birth=BORN, nip_taken=False, notes=[])

    assert words_of(results, "account_holder") == [(False, "Nama pemilik rekening berbeda dari nama ASN.")]


def test_another_holder_that_the_donors_form_noted_too_is_said_once():
    words = "Nama pemilik rekening berbeda dari nama ASN."
    note = {"field": "account_holder", "message": words}

    results = compared(name="Rara Contoh", holder="Bima", nip_birth=BORN, nip_taken=False, notes=[note])

    assert words_of(results, "account_holder") == [(False, words)]


def test_unreadable_and_taken_nip_are_two_remarks():
    results = compared(name="A B", holder="A B", nip_birth=None, nip_taken=True, notes=[])

    assert words_of(results, "nip") == [
        (False, "Susunan NIP perlu diperiksa."),
        (False, "NIP ini sudah dipakai donatur lain dengan kontak berbeda."),
    ]


def test_odd_input_is_handed_on_beside_its_field():
    note = {"field": "nip", "message": "Menurut NIP, usia sekarang lebih dari 70 tahun."}

    results = compared(name="A B", holder="A B", nip_birth=BORN, nip_taken=False, notes=[note])

    assert (False, note["message"]) in words_of(results, "nip")


def test_ordinary_worker_fits_in_nik_and_age():
    results = compared_worker(birth=BORN, first_day=FIRST, age_limit=65, notes=[])

    assert [(r.field, r.fits) for r in results] == [("nik", True), ("age", True)]


@pytest.mark.parametrize(("birth", "fits"), [(date(1961, 12, 2), True), (date(1961, 12, 1), False)])
def test_age_is_counted_on_the_first_day_of_the_first_month(birth, fits):
    results = compared_worker(birth=birth, first_day=FIRST, age_limit=65, notes=[])

    assert [found for found, _ in words_of(results, "age")] == [fits]


def test_odd_nik_never_also_reads_as_fitting():
    note = {"field": "nik", "message": "Menurut NIK, usianya 12 tahun."}

    results = compared_worker(birth=BORN, first_day=FIRST, age_limit=65, notes=[note])

    assert words_of(results, "nik") == [(False, note["message"])]


def test_unknown_birth_date_wants_a_look_and_says_nothing_of_age():
    results = compared_worker(birth=None, first_day=FIRST, age_limit=65, notes=[])

    assert [(r.field, r.fits) for r in results] == [("nik", False)]


@pytest.mark.parametrize(
    ("printed", "handed_in", "fits"), [(2, 2, True), (2, 1, False), (2, 3, False), (None, 2, False)]
)
def test_pages_fit_only_when_as_many_came_back_as_were_printed(printed, handed_in, fits):
    result = compared_pages(printed=printed, handed_in=handed_in)

    assert result.fits == fits
    assert bool(result.words) == (not fits)


SECRETS = ["199003152015032901", "0001234567", "81299990001", ""]


@pytest.mark.parametrize(
    "note",
    [
        "Rekening 0001234567 salah",
        "Rekening 000 123 4567 salah",
        "Rekening 0001.234-567 salah",
        "NIK 3374 0155 0880 9001 tidak sama",
        "NIP 19900315 201503 2 901",
        "Hubungi 0812-9999-0001",
        "Nomor asing 1234567890123456",
    ],
)
def test_note_with_an_identity_number_is_refused(note):
    fault = note_fault(note, SECRETS)

    assert fault is not None
    assert (fault.code, fault.field) == ("note_number", "note")


@pytest.mark.parametrize(
    "note",
    [
        "",
        "Mohon difoto ulang di tempat terang.",
        "Hubungi kantor di 024-000-0000 sebelum 25-11-2026.",
        "Nomor surat SK/2026/11/7K2M9QXA-01, halaman 2 dari 2.",
        "Batas Rp70.400, 3 pekerja",
    ],
)
def test_note_with_harmless_numbers_passes(note):
    assert note_fault(note, SECRETS) is None


def test_an_account_of_another_donor_wants_a_look():
    results = compared(
        name="A B", holder="A B", nip_birth=BORN, nip_taken=False, notes=[], account_taken=True
    )
    assert Compared("account", False, "Rekening ini sudah dipakai surat kuasa donatur lain.") in results
