import pytest

from autodebit.formats.reading import (
    MOST_FINDINGS,
    Reading,
    Unreadable,
    clean_code,
    clean_text,
    looks_like,
    reference_fault,
)


@pytest.mark.parametrize(
    ("text", "clean"),
    [("Rek 3000009002 tutup", "Rek **** tutup"), ("3-000-009002", "****"), ("3000 0090 02", "****"),
     ("1234567", "1234567"),
     ("KTP3374019009000001X", "KTP****X"), ("Jln. Contoh 12, RT 3", "Jln. Contoh 12, RT 3"),
     ("a\x00b\tc\u2028d", "a b c d"),
     ("\u202eabc", "abc"), ("x" * 200, "x" * 140), ("9" * 50_000, "****"), ("", "")],
)  # fmt: skip
def test_the_bank_s_words_lose_accounts_control_characters_and_length(text, clean):
    assert clean_text(text) == clean


@pytest.mark.parametrize(
    ("text", "code"),
    [(" am04 ", "AM04"), ("R 1", "R1"), ("<b>", "B"), ("TERLALU_PANJANG", "TERLALU_PA"), ("\x00", ""), ("é", "")]
)  # fmt: skip
def test_a_code_is_capitals_without_blanks_and_short(text, code):
    assert clean_code(text) == code


@pytest.mark.parametrize(
    ("reference", "good"),
    [("K7M2P4TX01261216", True), ("A" * 35, True), ("", False), ("A" * 36, False), ("A\n1", False)]
)  # fmt: skip
def test_a_reference_must_be_there_printable_and_short(reference, good):
    assert (reference_fault(reference) == "") == good


@pytest.mark.parametrize(
    ("head", "kind"),
    [(b"PK\x03\x04", "XLSX"), (b"%PDF-1.7", "PDF"), (b"\xef\xbb\xbf\r\n <a/>", "XML"), (b"A,B", "teks"), (b"", "teks"),
     ("A,B".encode("utf-16"), "UTF-16 atau biner"), ("ABCD".encode("utf-16-be"), "UTF-16 atau biner")],
)  # fmt: skip
def test_a_file_is_told_by_its_first_bytes(head, kind):
    assert looks_like(head) == kind


def test_what_cannot_be_read_any_further_is_fatal_and_not_raised():
    def records(reading):
        yield 1
        raise Unreadable("Berkas terpotong.", 2)

    reading = Reading(records, unit="Entri")
    assert list(reading) == [1]
    assert [(finding.message, finding.field) for finding in reading.findings] == [
        ("Entri 2: Berkas terpotong.", "2")
    ]
    assert (reading.fatal, reading.faults) == (True, 1)


def test_the_reason_why_a_file_is_refused_is_kept_behind_any_number_of_faults():
    reading = Reading(lambda reading: iter(()))
    for number in range(MOST_FINDINGS + 500):
        reading.fault("line", "status tidak dikenal", number)
    reading.fail("Berkas terpotong.")
    for _ in range(MOST_FINDINGS):
        reading.fail("Jumlah tidak sama.")
    assert len(reading.findings) == MOST_FINDINGS
    assert reading.faults == 2 * MOST_FINDINGS + 501
    assert reading.findings[-1].message == "Berkas terpotong."
