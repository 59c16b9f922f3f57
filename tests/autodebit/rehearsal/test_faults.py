import io

import pytest

from autodebit.formats import RESULTS
from autodebit.rehearsal import faults
from autodebit.rehearsal.answers import answer_files
from autodebit.rehearsal.scenarios import Scenario
from tests.autodebit.rehearsal.conftest import bank_of


@pytest.fixture
def whole(sealed, jateng, asked):
    files = answer_files(sealed, Scenario.SUCCESS, bank=bank_of(jateng), asked=asked)
    return {file.format: file.data for file in files}


@pytest.mark.parametrize("format", ["result_csv", "pain002", "camt054"])
def test_a_cut_answer_is_refused_as_a_whole(whole, jateng, format):
    layout = jateng["results"][format]
    reading = RESULTS[format].read(io.BytesIO(faults.truncated(whole[format])), layout)
    list(reading)
    assert reading.fatal


def test_a_wrong_sum_in_a_notification_is_seen(whole, jateng):
    wrong = faults.wrong_sums_in_xml(whole["camt054"])
    assert len(wrong) == len(whole["camt054"])
    reading = RESULTS["camt054"].read(io.BytesIO(wrong), {})
    list(reading)
    assert reading.fatal


def test_a_message_without_sums_cannot_state_them_wrongly(whole):
    plain = b"<Document><TxSts>ACCP</TxSts></Document>"
    assert faults.wrong_sums_in_xml(plain) == plain
