"""The twin shares no code with the formats: what it writes must be read by them, and the other way round."""

import io

import pytest

from autodebit.formats import RESULTS
from autodebit.rehearsal import csv_twin
from autodebit.rehearsal.scenarios import Scenario, fates
from tests.autodebit.rehearsal.conftest import PAYDAY, REFERENCES, bank_of, sealed_file

WRITES = {"result_csv": "jateng", "result_fixed": "contoh", "result_xlsx": "contoh"}


@pytest.fixture
def profiles(jateng, contoh):
    return {"jateng": jateng, "contoh": contoh}


@pytest.fixture
def received(jateng):
    file = sealed_file(jateng, "bank_csv", "BANKJATENG/three_lines.csv")
    return csv_twin.receive(file.data, "bank_csv", file.layout)


def answered(received, profile, format, scenario, **how):
    met = fates(REFERENCES, scenario, taken=REFERENCES)
    layout = profile["results"][format]
    about = {"format": format, "layout": layout, "codes": bank_of(profile).codes}
    data = csv_twin.answer(received, met, **about, booked_on=PAYDAY, message_id="LATIHAN-1", **how)
    reading = RESULTS[format].read(io.BytesIO(data), layout)
    return list(reading), reading


def test_the_delimited_file_is_read_like_it_was_written(received):
    assert received.message_id == "PPR-202601-G01-01"
    assert [(d.reference, d.account, d.amount) for d in received.debits] == [
        (REFERENCES[0], "0000009001", 16_800),
        (REFERENCES[1], "3000009002", 1_234_567),
        (REFERENCES[2], "3000009003", 33_600),
    ]


def test_the_fixed_width_file_says_the_same(contoh, received):
    file = sealed_file(contoh, "fixed_width", "BANKCONTOH/three_lines.txt")
    fixed = csv_twin.receive(file.data, "fixed_width", file.layout)
    assert [(d.reference, d.amount) for d in fixed.debits] == [
        (d.reference, d.amount) for d in received.debits
    ]
    assert {len(d.account) for d in fixed.debits} == {12}


def test_a_file_that_is_cut_is_not_taken_for_a_whole_one(jateng):
    file = sealed_file(jateng, "bank_csv", "BANKJATENG/three_lines.csv")
    with pytest.raises(ValueError, match="another shape"):
        csv_twin.receive(file.data[:-60], "bank_csv", file.layout)


@pytest.mark.parametrize("format", WRITES)
@pytest.mark.parametrize(
    ("scenario", "outcomes"),
    [
        (Scenario.SUCCESS, ["succeeded"] * 3),
        (Scenario.NO_FUNDS, ["failed", "succeeded", "succeeded"]),
        (Scenario.CLOSED_ACCOUNT, ["succeeded", "succeeded", "failed"]),
        (Scenario.LATE_RETURN, ["returned"]),
        (Scenario.DUPLICATE, ["failed"] * 3),
    ],
)
def test_the_answer_is_read_as_it_was_meant(received, profiles, format, scenario, outcomes):
    answers, reading = answered(received, profiles[WRITES[format]], format, scenario)
    assert ([a.outcome for a in answers], reading.fatal, reading.faults) == (outcomes, False, 0)
    assert reading.head.answers_to == ("PPR-202601-G01-01",)
    assert {a.booked_on for a in answers} == {PAYDAY}
    assert all("LATIHAN" in a.text for a in answers)
    assert sum(a.amount for a in answers) == reading.total


@pytest.mark.parametrize(
    ("format", "codes"),
    [("result_csv", {"AM04", "AC04", "MD06"}), ("result_fixed", {"51", "78", "R1"})],
)
def test_the_bank_says_its_own_reason_codes(received, profiles, format, codes):
    said = set()
    for scenario in (Scenario.NO_FUNDS, Scenario.CLOSED_ACCOUNT, Scenario.LATE_RETURN):
        answers, _ = answered(received, profiles[WRITES[format]], format, scenario)
        said |= {answer.code for answer in answers} - {""}
    assert said == codes


@pytest.mark.parametrize("format", WRITES)
def test_sums_that_are_not_those_of_the_lines_make_the_file_worthless(received, profiles, format):
    _, reading = answered(received, profiles[WRITES[format]], format, Scenario.SUCCESS, misstated=True)
    assert reading.fatal


def test_parts_of_a_rupiah_are_no_amount_of_ours(jateng):
    file = sealed_file(jateng, "bank_csv", "BANKJATENG/three_lines.csv")
    two_decimals = {**file.layout, "amount": {"decimals": 2, "decimal_mark": ".", "group_mark": ""}}
    with pytest.raises(ValueError, match="amount"):
        csv_twin.receive(file.data.replace(b"16800", b"168.05"), "bank_csv", two_decimals)
