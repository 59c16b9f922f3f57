"""The profiles that are shipped: the proposal for the first bank, and a fictional second one that is data only."""

import json
import re
from pathlib import Path

import pytest

from autodebit.formats import FORMATS, RESULTS, STATEMENTS
from autodebit.formats.lines import BANK_CODE, BIC, file_name
from autodebit.formats.reading import clean_code

REPOSITORY = Path(__file__).parents[3]
DATA = REPOSITORY / "autodebit" / "data"
PROFILES = {
    path.stem.removesuffix("_profile"): json.loads(path.read_text("utf-8"))
    for path in DATA.glob("*_profile.json")
}
REASONS = [pytest.param(reason, id=f"{name}-{reason['code']}")
           for name, profile in PROFILES.items() for reason in profile["reasons"]]  # fmt: skip
LENGTHS = {"code": 10, "meaning": 120, "donor_text": 300, "next_action": 200}


@pytest.fixture(params=sorted(PROFILES))
def profile(request):
    return PROFILES[request.param]


def test_there_are_the_proposal_and_the_fictional_bank():
    assert set(PROFILES) == {"bank_jateng", "bank_contoh"}
    assert {profile["status"] for profile in PROFILES.values()} == {"usulan"}
    assert (PROFILES["bank_jateng"]["code"], PROFILES["bank_jateng"]["bic"]) == ("113", "PDJGIDJ1")
    assert "rekaan" in PROFILES["bank_contoh"]["legal_name"]


@pytest.mark.parametrize(
    ("name", "formats", "results", "statements"),
    [
        ("bank_jateng", {"bank_csv", "pain008"}, {"result_csv", "pain002", "camt054", "pacs004"},
         {"statement_csv", "camt053"}),
        ("bank_contoh", {"fixed_width", "xlsx"}, {"result_fixed", "result_xlsx"}, {"statement_csv"}),
    ],
)  # fmt: skip
def test_each_bank_has_its_own_kinds_of_files(name, formats, results, statements):
    profile = PROFILES[name]
    kinds = (set(profile["formats"]), set(profile["results"]), set(profile["statements"]))
    assert kinds == (formats, results, statements)


@pytest.mark.parametrize(
    ("kind", "modules"), [("formats", FORMATS), ("results", RESULTS), ("statements", STATEMENTS)]
)
def test_no_layout_has_a_finding(profile, kind, modules):
    found = {name: modules[name].layout_findings(layout) for name, layout in profile[kind].items()}
    assert found == dict.fromkeys(profile[kind], ())


def test_no_two_files_of_a_bank_share_a_name(profile):
    names = [
        file_name(layout, bank=profile["short_name"], period="2026-05", wave=wave, part=part)
        for layout in profile["formats"].values()
        for wave in (1, 2)
        for part in (1, 2)
    ]
    assert len(set(names)) == len(names)
    extensions = {FORMATS[name].EXTENSION for name in profile["formats"]}
    assert {name.rpartition(".")[2] for name in names} == extensions


def test_a_bank_can_be_made_of_the_profile(profile):
    assert BANK_CODE.fullmatch(profile["code"]) and BIC.fullmatch(profile["bic"])
    assert re.compile(profile["account_pattern"]).pattern.startswith("^")
    assert re.match(r"\d+ angka", profile["account_hint"])
    assert profile["max_lines"] >= 1


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_the_profile_and_the_bank_of_the_registry_agree(name):
    bank = json.loads((REPOSITORY / "registry" / "data" / f"{name}.json").read_text("utf-8"))
    for field in ("code", "name", "legal_name", "bic", "clearing_code", "account_hint"):
        assert PROFILES[name][field] == bank[field]


def test_each_reason_stands_once(profile):
    codes = [reason["code"] for reason in profile["reasons"]]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("reason", REASONS)
def test_a_reason_fits_its_table_and_is_found_as_the_reader_writes_its_code(reason):
    assert set(reason) == {*LENGTHS, "owner", "retryable", "hard"}
    assert all(0 < len(reason[field]) <= length for field, length in LENGTHS.items())
    assert clean_code(reason["code"]) == reason["code"]
    assert reason["owner"] in ("donor", "office", "bank", "opd")
    assert not (reason["retryable"] and reason["hard"])


@pytest.mark.parametrize("reason", REASONS)
def test_the_donor_reads_whole_sentences_about_what_to_do_and_no_jargon(reason):
    text = reason["donor_text"]
    assert text[0].isupper() and text.endswith(".")
    assert re.search(r"[Mm]ohon|tidak perlu melakukan apa pun", text)
    assert not re.search(rf"\b{reason['code']}\b|\bkode\b|mandat|reject|error|return", text)
    # What is ours to repair is nothing the donor has to do.
    assert reason["owner"] == "donor" or not re.search(r"daftarkan|tanda tangani", text)


@pytest.mark.parametrize(
    ("codes", "retryable", "hard"),
    [
        (("AM04", "MS02", "MS03"), True, False),
        (("AC01", "AC02", "AC04", "AC06", "AG01", "RC01", "MD01", "MD02", "MD06", "MD07"), False, True),
        (("AM05", "DUPL", "FF01", "DT01"), False, False),
    ],
)
def test_iso_reasons_are_of_the_class_that_decides_what_happens_next(codes, retryable, hard):
    reasons = {reason["code"]: reason for reason in PROFILES["bank_jateng"]["reasons"]}
    assert {(reasons[code]["retryable"], reasons[code]["hard"]) for code in codes} == {(retryable, hard)}


def test_a_refused_collecting_account_is_never_blamed_on_the_donor():
    """AC03 is InvalidCreditorAccountNumber: our own account. Suspending mandates for it would stop them all."""
    (reason,) = [reason for reason in PROFILES["bank_jateng"]["reasons"] if reason["code"] == "AC03"]
    assert (reason["owner"], reason["hard"], reason["retryable"]) == ("office", False, False)


def test_nobody_is_told_by_a_message_that_they_are_dead():
    for profile in PROFILES.values():
        (reason,) = [reason for reason in profile["reasons"] if "meninggal" in reason["meaning"]]
        assert reason["owner"] == "office"
        assert not re.search("meninggal|wafat|duka", reason["donor_text"])


def test_every_status_of_a_bank_without_a_column_of_codes_has_its_reason():
    profile = PROFILES["bank_contoh"]
    outcomes = profile["results"]["result_fixed"]["outcomes"]
    explained = {reason["code"] for reason in profile["reasons"]}
    assert {word for word, outcome in outcomes.items() if outcome in ("failed", "returned")} == explained
