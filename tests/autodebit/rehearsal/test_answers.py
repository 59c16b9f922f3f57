import io
from dataclasses import replace

import pytest

from autodebit.formats import RESULTS
from autodebit.rehearsal import mock_counterpart
from autodebit.rehearsal.answers import TooLarge, answer_files
from autodebit.rehearsal.scenarios import Scenario
from tests.autodebit.rehearsal.conftest import REFERENCES, bank_of, sealed_file


def files_of(sealed, jateng, asked, scenario):
    return answer_files(sealed, scenario, bank=bank_of(jateng), asked=asked)


def test_every_format_of_the_bank_is_answered_and_every_name_says_that_it_is_practice(sealed, jateng, asked):
    files = files_of(sealed, jateng, asked, Scenario.EVERYDAY)
    assert [file.format for file in files] == ["result_csv", "pain002", "camt054"]
    assert [file.name for file in files] == [
        "LATIHAN_BANKJATENG_HASIL_2026-01_G01_01_biasa.csv",
        "LATIHAN_BANKJATENG_PAIN002_2026-01_G01_01_biasa.xml",
        "LATIHAN_BANKJATENG_CAMT054_2026-01_G01_01_biasa.xml",
    ]
    assert len({file.name for file in files}) == len(files)


def test_a_partial_answer_comes_in_two_files_that_are_all_lines_together(sealed, jateng, asked):
    files = files_of(sealed, jateng, asked, Scenario.PARTIAL)
    for format in ("result_csv", "camt054"):
        layout, spoken = jateng["results"][format], []
        for file in [file for file in files if file.format == format]:
            reading = RESULTS[format].read(io.BytesIO(file.data), layout)
            spoken.append([answer.reference for answer in reading])
            assert not reading.fatal
        assert spoken == [list(REFERENCES[:2]), [REFERENCES[2]]]


@pytest.mark.parametrize("scenario", [Scenario.TRUNCATED, Scenario.WRONG_TOTALS])
def test_a_broken_answer_is_refused_in_every_format(sealed, jateng, asked, scenario):
    files = files_of(sealed, jateng, asked, scenario)
    assert files
    for file in files:
        reading = RESULTS[file.format].read(io.BytesIO(file.data), jateng["results"][file.format])
        list(reading)
        assert reading.fatal, file.name


def test_a_silent_bank_sends_nothing(sealed, jateng, asked):
    assert files_of(sealed, jateng, asked, Scenario.SILENCE) == []


def test_nothing_that_succeeded_nothing_that_can_go_back(sealed, jateng, asked):
    assert files_of(sealed, jateng, replace(asked, taken=()), Scenario.LATE_RETURN) == []


def test_only_one_debit_goes_back_although_the_batch_has_two_parts(sealed, jateng, asked):
    both = [*sealed, *(replace(file, part=2) for file in sealed)]
    files = files_of(both, jateng, asked, Scenario.LATE_RETURN)
    assert sorted(file.format for file in files) == ["camt054", "pacs004", "result_csv"]


def test_a_second_bank_answers_in_its_own_tables(contoh, asked):
    file = sealed_file(contoh, "fixed_width", "BANKCONTOH/three_lines.txt")
    files = answer_files([file], Scenario.NO_FUNDS, bank=bank_of(contoh), asked=asked)
    assert [found.format for found in files] == ["result_fixed", "result_xlsx"]


def test_a_batch_too_large_for_a_practice_is_refused(sealed, jateng, asked, monkeypatch):
    monkeypatch.setattr(mock_counterpart, "MOST_LINES", 2)
    with pytest.raises(TooLarge):
        files_of(sealed, jateng, asked, Scenario.SUCCESS)
