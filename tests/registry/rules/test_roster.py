from datetime import date

import pytest

from registry.rules.roster import NO_LINES, NO_TITLES, Cell, Line, read_roster

TODAY = date(2026, 11, 20)
RARA = "199003152015032901"
BIMA = "198512122024211902"


def table(*rows: tuple[str, ...]) -> list[tuple[int, list[Cell]]]:
    return [(number, [Cell(text) for text in row]) for number, row in enumerate(rows, start=1)]


def test_other_columns_and_loosely_written_numbers_are_no_hindrance():
    rows = table(
        ("No", "Nama Lengkap", "NIP/NI PPPK", "Gol"),
        ("1", "Rara Contoh", "19900315 201503 2 901", "III/a"),
        ("2", "Bima Contoh", "'198512122024211902", "IX"),
    )
    lines, faults = read_roster(rows, today=TODAY)
    assert (lines, faults) == ((Line(RARA, "Rara Contoh"), Line(BIMA, "Bima Contoh")), ())


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ((RARA[:-1], "Rara"), "18 angka"),
        (("199013152015032901", "Rara"), "18 angka"),
        ((RARA, ""), "nama"),
        ((RARA,), "nama"),
    ],
)
def test_a_fault_names_the_line_and_never_the_number(row, words):
    lines, faults = read_roster(table(("NIP", "Nama"), row), today=TODAY)
    assert lines == () and [fault.field for fault in faults] == ["2"]
    assert words in faults[0].message and row[0] not in faults[0].message


def test_a_number_of_a_spreadsheet_is_refused_because_its_last_digits_are_gone():
    rows = [*table(("NIP", "Nama")), (2, [Cell("199003152015032900", is_number=True), Cell("Rara")])]
    _, faults = read_roster(rows, today=TODAY)
    assert "teks" in faults[0].message


def test_the_same_nip_twice_is_a_fault_of_the_second_line():
    _, faults = read_roster(table(("NIP", "Nama"), (RARA, "Rara"), (RARA, "Rara Lagi")), today=TODAY)
    assert [fault.field for fault in faults] == ["3"]


def test_a_table_without_titles_or_without_lines_says_so():
    assert read_roster(table((RARA, "Rara")), today=TODAY) == ((), (NO_TITLES,))
    assert read_roster([], today=TODAY) == ((), (NO_TITLES,))
    assert read_roster(table(("NIP", "Nama")), today=TODAY) == ((), (NO_LINES,))


def test_after_fifty_faults_nobody_reads_on():
    rows = table(("NIP", "Nama"), *(("x", "Contoh") for _ in range(200)))
    assert len(read_roster(rows, today=TODAY)[1]) == 50
