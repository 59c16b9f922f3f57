"""What an independent bank says about our pain.008, read by our own readers."""

import io
from datetime import date

import pytest

from autodebit.formats import RESULTS
from autodebit.rehearsal import mock_counterpart
from autodebit.rehearsal.scenarios import Scenario, fates
from tests.autodebit.rehearsal.conftest import PAYDAY, REFERENCES, RETURN_DAY

NEW_YEAR = date(2026, 1, 1)


@pytest.fixture
def pain008(sealed):
    return sealed[1].data


def read(said, jateng):
    reading = RESULTS[said.kind].read(io.BytesIO(said.data), jateng["results"][said.kind])
    answers = [(a.reference, a.outcome, a.code) for a in reading]
    assert not reading.fatal
    return answers, reading


def answers_to(pain008, scenario):
    met = fates(REFERENCES, scenario)
    return mock_counterpart.status_and_credit(pain008, met, collected_on=PAYDAY, holidays=[NEW_YEAR])


def test_the_bank_first_refuses_and_then_credits_what_it_took(pain008, jateng):
    status, credit = answers_to(pain008, Scenario.NO_FUNDS)
    assert (status.kind, credit.kind) == ("pain002", "camt054")
    assert read(status, jateng)[0] == [
        (REFERENCES[0], "failed", "AM04"),
        (REFERENCES[1], "pending", ""),
        (REFERENCES[2], "pending", ""),
    ]
    answers, reading = read(credit, jateng)
    assert answers == [(REFERENCES[1], "succeeded", ""), (REFERENCES[2], "succeeded", "")]
    assert reading.total == 1_234_567 + 33_600


def test_the_money_comes_on_the_day_that_was_asked_for(pain008, jateng):
    reading = RESULTS["camt054"].read(io.BytesIO(answers_to(pain008, Scenario.SUCCESS)[1].data), {})
    assert {answer.booked_on for answer in reading} == {PAYDAY}


def test_a_closed_account_is_said_by_its_code(pain008, jateng):
    assert (REFERENCES[2], "failed", "AC04") in read(answers_to(pain008, Scenario.CLOSED_ACCOUNT)[0], jateng)[
        0
    ]


def test_a_file_sent_twice_is_refused_as_a_whole(pain008, jateng):
    [said] = answers_to(pain008, Scenario.DUPLICATE)
    answers, reading = read(said, jateng)
    assert answers == []
    assert (reading.head.whole_file, reading.head.whole_file_code) == ("rejected", "DUPL")


def test_money_taken_back_comes_as_return_and_as_notification(pain008, jateng):
    met = fates(REFERENCES, Scenario.LATE_RETURN, taken=REFERENCES[1:])
    said = mock_counterpart.late_return(
        pain008, met, collected_on=PAYDAY, returned_on=RETURN_DAY, holidays=[NEW_YEAR]
    )
    assert [message.kind for message in said] == ["pacs004", "camt054"]
    for message in said:
        answers, _ = read(message, jateng)
        assert answers == [(REFERENCES[1], "returned", mock_counterpart.RETURN_REASON)]


def test_the_same_question_gets_the_same_bytes(pain008):
    assert answers_to(pain008, Scenario.EVERYDAY) == answers_to(pain008, Scenario.EVERYDAY)
