from datetime import date

import pytest

from sponsorship.rules import waiting

WHO = waiting.Who("Gerakan Contoh", "Dinas Contoh", "024-000-0000")
TODAY = date(2026, 11, 20)


def of_field(results, field):
    return next(result for result in results if result.field == field)


def test_the_consent_text_says_what_is_kept_who_sees_it_that_it_is_free_and_how_to_leave():
    text = waiting.consent_text(WHO)
    promised = (
        "nama, NIK", "hanya melihat jenis pekerjaan, jenis kelompok", "sesudah ia memilih", "tidak dipungut",
        "keluar kapan saja", "dihapus", "belum berarti terlindungi", "Dinas Contoh", "024-000-0000",
    )  # fmt: skip
    for words in promised:
        assert words in text


def test_without_a_help_line_the_text_names_no_empty_number():
    text = waiting.consent_text(waiting.Who("Gerakan Contoh", "Dinas Contoh", ""))
    assert "telepon" not in text and "tanpa alasan. Data" in text


@pytest.mark.parametrize(
    "born, code", [(date(1961, 11, 20), "too_old"), (date(1961, 11, 21), None), (None, None)]
)
def test_the_limit_is_the_65th_birthday_itself(born, code):
    fault = waiting.age_fault(born, TODAY, 65)
    assert (fault.code if fault else None) == code


def test_a_reason_outside_the_list_is_refused():
    assert waiting.refusal_fault("because", "", ()).field == "reason"
    assert waiting.refusal_fault("employee", "Bekerja di pabrik", ()) is None


@pytest.mark.parametrize("note", ["NIK 3374015508809001", "hubungi 8129 9990 001"])
def test_a_note_with_a_number_of_the_worker_is_refused(note):
    assert waiting.refusal_fault("held", note, {"3374015508809001", "81299990001"}).code == "note_number"


def test_no_reason_tells_the_worker_that_somebody_else_protects_them():
    told = " ".join(advice for _, advice in waiting.REFUSALS.values())
    assert "dilindungi" not in told and "terdaftar" not in told and "orang tua asuh" not in told


def test_a_worker_with_nothing_odd_fits_everywhere():
    found = waiting.checked(birth=date(1980, 8, 15), today=TODAY, age_limit=65, notes=[], held=False)
    assert [(result.field, result.fits) for result in found] == [("nik", True), ("age", True), ("held", True)]


def test_age_a_second_entry_and_another_sponsorship_want_a_look():
    found = waiting.checked(
        birth=date(1950, 8, 15), today=TODAY, age_limit=65, held=True,
        notes=[{"field": "again", "message": "Mendaftar lagi."}],
    )  # fmt: skip
    assert {result.field for result in found if not result.fits} == {"age", "again", "held"}
    assert of_field(found, "age").words == "Sudah 65 tahun atau lebih hari ini."


def test_who_may_not_know_is_told_nothing_about_another_sponsorship():
    found = waiting.checked(birth=date(1980, 8, 15), today=TODAY, age_limit=65, notes=[], held=None)
    assert "held" not in {result.field for result in found}


def test_the_form_number_is_short_and_tells_two_workers_apart():
    assert waiting.form_number("7f3a9c01" + "0" * 24) == "DT-7F3A-9C01"
