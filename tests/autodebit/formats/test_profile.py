"""Both shipped profiles are sound, and every way to spoil one is named."""

import copy
import json
from pathlib import Path

import pytest

from autodebit.formats.profile import REASON_KEYS, canonical, differences, profile_findings

DATA = Path(__file__).resolve().parents[3] / "autodebit" / "data"


def content(name: str = "bank_jateng_profile.json") -> dict:
    data = json.loads((DATA / name).read_text("utf-8"))
    return {
        "layouts": data["formats"],
        "results": data["results"],
        "statements": data["statements"],
        "max_lines": data["max_lines"],
        "creditor_name": "PENAMPUNG CONTOH",
        "creditor_account": "0000000001",
        "creditor_id": "CONTOH-1",
        "note": data["note"],
        "reasons": [{key: reason[key] for key in REASON_KEYS} for reason in data["reasons"]],
    }


@pytest.mark.parametrize("name", sorted(path.name for path in DATA.glob("bank_*_profile.json")))
def test_the_shipped_profiles_are_sound(name):
    assert profile_findings(content(name)) == []


def spoiled(path: tuple, value) -> dict:
    made = copy.deepcopy(content())
    place = made
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return made


@pytest.mark.parametrize(
    ("path", "value", "field", "words"),
    [
        (("layouts",), [], "layouts", "objek JSON"),
        (("layouts",), {}, "layouts", "objek JSON"),
        (("layouts", "pain008"), 3, "layouts", "pain008"),
        (("layouts", "bank_csv", "columns"), [], "layouts", "bank_csv"),
        (("layouts", "camt053"), {}, "layouts", "camt053"),
        (("results", "result_csv", "columns"), [], "results", "result_csv"),
        (("statements", "statement_csv", "columns"), [], "statements", "statement_csv"),
        (("max_lines",), 0, "max_lines", "1 sampai"),
        (("max_lines",), True, "max_lines", "1 sampai"),
        (("max_lines",), "5", "max_lines", "1 sampai"),
        (("creditor_name",), "x" * 71, "creditor_name", "70"),
        (("creditor_account",), "", "creditor_account", "34"),
        (("note",), None, "note", "tulisan"),
        (("reasons",), {}, "reasons", "daftar"),
        (("reasons", 0), "AM04", "reasons", "memuat"),
        (("reasons", 0, "code"), "am04", "reasons", "huruf besar"),
        (("reasons", 0, "code"), "AM04", "reasons", "dua kali"),
        (("reasons", 0, "owner"), "nobody", "reasons", "giliran"),
        (("reasons", 0, "hard"), "ya", "reasons", "true atau false"),
        (("reasons", 0, "retryable"), True, "reasons", "pilih salah satu"),
        (("reasons", 0, "donor_text"), " ", "reasons", "donor_text"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(path, value, field, words):
    found = profile_findings(spoiled(path, value))
    assert found and {fault.field for fault in found} == {field}
    assert any(words in fault.message for fault in found)


@pytest.mark.parametrize("change", ["less", "more"])
def test_a_profile_with_other_parts_is_refused(change):
    made = content()
    if change == "less":
        del made["note"]
    else:
        made["extra"] = 1
    assert "memuat" in profile_findings(made)[0].message


def test_two_kinds_of_file_never_share_a_name():
    name = content()["layouts"]["bank_csv"]["file_name"]
    found = profile_findings(spoiled(("layouts", "pain008", "file_name"), name))
    assert [fault.field for fault in found] == ["layouts"] and name in found[0].message


def test_a_status_word_that_serves_as_code_needs_its_meaning():
    made = content("bank_contoh_profile.json")
    made["reasons"] = [reason for reason in made["reasons"] if reason["code"] != "51"]
    assert "status 51" in profile_findings(made)[0].message


def test_the_canonical_form_does_not_depend_on_the_order_of_codes_or_keys():
    made = content()
    turned = {key: made[key] for key in reversed(made)} | {"reasons": made["reasons"][::-1]}
    assert canonical(turned) == canonical(made)


def test_differences_name_columns_by_place_and_reasons_by_code():
    before, after = content(), copy.deepcopy(content())
    after["layouts"]["bank_csv"]["columns"][9]["width"] = 18
    after["layouts"]["bank_csv"]["columns"][1]["width"] = 30
    after["reasons"] = [reason for reason in after["reasons"] if reason["code"] != "AM02"]
    found = differences(before, after)
    assert [change.path for change in found][:2] == [
        ("layouts", "bank_csv", "columns", "2", "width"),
        ("layouts", "bank_csv", "columns", "10", "width"),
    ]
    assert (found[0].before, found[0].after) == ("35", "30")
    gone = [change for change in found if change.path[:2] == ("reasons", "AM02")]
    assert len(gone) == 6 and all(change.after is None for change in gone)
    assert differences(before, content()) == []
