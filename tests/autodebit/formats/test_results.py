"""Every incoming format with the layouts of the two banks that are shipped, on the files in tests/files/bank."""

import io
from datetime import date

import pytest

from autodebit.formats import RESULTS, STATEMENTS
from autodebit.formats.results import OUTCOMES

MIXED = ["failed", "succeeded", "pending", "returned"]
JATENG = [
    ("result_csv", "result_success.csv", ["succeeded"] * 3, 1_284_967),
    ("result_csv", "result_failure.csv", ["failed"] * 3, 1_284_967),
    ("result_csv", "result_mixed.csv", MIXED, 1_301_767),
]
CONTOH = [
    ("result_fixed", "result_success.txt", ["succeeded"] * 3, 1_284_967),
    ("result_fixed", "result_failure.txt", ["failed"] * 3, 1_284_967),
    ("result_fixed", "result_mixed.txt", ["succeeded", "failed", "pending", "returned"], 1_301_767),
    ("result_xlsx", "result_mixed.xlsx", ["succeeded", "failed", "pending", "returned"], 1_301_767),
]


@pytest.fixture(scope="session")
def profiles(profile, contoh_profile):
    return {found["short_name"]: found for found in (profile, contoh_profile)}


def test_the_shipped_layouts_have_no_findings(profiles):
    for shipped in profiles.values():
        for field, registry in (("results", RESULTS), ("statements", STATEMENTS)):
            for name, layout in shipped[field].items():
                assert registry[name].layout_findings(layout) == (), (shipped["short_name"], name)


@pytest.mark.parametrize("registry", [RESULTS, STATEMENTS])
def test_every_format_has_the_agreed_functions(registry):
    for module in registry.values():
        assert callable(module.layout_findings) and callable(module.read)
        assert module.CONTENT_TYPE and module.EXTENSION
        assert registry is STATEMENTS or callable(module.hand_back)


@pytest.mark.parametrize(
    ("bank", "name", "file", "outcomes", "total"),
    [("BANKJATENG", *case) for case in JATENG] + [("BANKCONTOH", *case) for case in CONTOH],
)
def test_the_golden_results_are_read_without_a_finding(profiles, golden, bank, name, file, outcomes, total):
    reading = RESULTS[name].read(io.BytesIO(golden(f"{bank}/{file}")), profiles[bank]["results"][name])
    answers = list(reading)
    assert [answer.outcome for answer in answers] == outcomes
    assert all(outcome in OUTCOMES for outcome in outcomes)
    assert (reading.findings, reading.fatal, reading.total, reading.head.stated_total) == (
        [],
        False,
        total,
        total,
    )
    assert reading.head.answers_to == ("PPR-202601-G01-01",)
    assert all(bool(answer.code) == (answer.outcome in ("failed", "returned")) for answer in answers)
    assert not any("900" in answer.text for answer in answers)


@pytest.mark.parametrize(
    ("bank", "name", "file", "lines"),
    [
        ("BANKJATENG", "result_csv", "result_broken.csv", ["3", "4", "5", "6", "7", ""]),
        ("BANKCONTOH", "result_fixed", "result_broken.txt", ["3", "4", ""]),
    ],
)
def test_the_golden_broken_results_name_each_faulty_line(profiles, golden, bank, name, file, lines):
    reading = RESULTS[name].read(io.BytesIO(golden(f"{bank}/{file}")), profiles[bank]["results"][name])
    good = [answer.number for answer in reading if answer.outcome]
    assert (good, reading.fatal) == ([2], True)
    assert [finding.field for finding in reading.findings] == lines


def test_a_sheet_saved_again_by_a_person_is_refused_where_texts_became_numbers(profiles, golden):
    layout = profiles["BANKCONTOH"]["results"]["result_xlsx"]
    reading = RESULTS["result_xlsx"].read(io.BytesIO(golden("BANKCONTOH/result_numbers.xlsx")), layout)
    assert [(answer.outcome, answer.amount) for answer in reading] == [
        ("succeeded", 16_800),
        ("", 1_234_567),
        ("", 33_600),
    ]
    assert ([finding.field for finding in reading.findings], reading.fatal) == (["3", "4"], False)


@pytest.mark.parametrize("bank", ["BANKJATENG", "BANKCONTOH"])
def test_the_golden_statements_explain_the_month(profiles, golden, bank):
    layout = profiles[bank]["statements"]["statement_csv"]
    reading = STATEMENTS["statement_csv"].read(io.BytesIO(golden(f"{bank}/statement.csv")), layout)
    bookings = list(reading)
    assert [booking.amount for booking in bookings] == [1_251_367, -5_000, -1_234_567]
    assert [booking.our_reference for booking in bookings] == [
        "ASN-2026-01-G01-R1-1A2B3C4D",
        "",
        "R9B3NR5Y01260112",
    ]
    assert bookings[2].booked_on == date(2026, 1, 5)
    assert (reading.findings, reading.fatal) == ([], False)
    assert (reading.head.account_last4, reading.head.opening, reading.head.closing) == ("0777", 0, 11_800)


def test_a_file_of_one_bank_is_no_file_of_another_or_of_another_kind(profiles, golden):
    files = {
        "result_csv": "BANKJATENG/result_mixed.csv", "result_fixed": "BANKCONTOH/result_mixed.txt",
        "result_xlsx": "BANKCONTOH/result_mixed.xlsx", "pain002": "mock/pain002_part.xml",
        "camt054": "mock/camt054_collected.xml", "pacs004": "mock/pacs004_returned.xml",
    }  # fmt: skip
    layouts = profiles["BANKCONTOH"]["results"] | profiles["BANKJATENG"]["results"]
    assert set(files) == set(RESULTS)
    for name, module in RESULTS.items():
        for other, file in files.items():
            reading = module.read(io.BytesIO(golden(file)), layouts[name])
            usable = [answer for answer in reading if answer.outcome]
            assert reading.fatal == (name != other), (name, other)
            assert bool(usable) == (name == other), (name, other)
