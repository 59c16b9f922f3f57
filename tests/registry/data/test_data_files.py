import csv
import json
import re
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

DATA = Path(__file__).parents[3] / "registry" / "data"


def rows(name: str) -> list[dict[str, str]]:
    with open(DATA / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def profile(name: str) -> dict:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def test_semarang_has_16_kecamatan_and_177_kelurahan_each_with_its_own_code():
    kelurahan = rows("semarang_kelurahan.csv")
    per_kecamatan = Counter(row["kode_kecamatan"] for row in kelurahan)
    assert list(per_kecamatan.values()) == [15, 9, 10, 7, 13, 12, 10, 7, 8, 12, 11, 16, 16, 14, 10, 7]
    assert len({row["kode_kelurahan"] for row in kelurahan}) == 177
    assert all(row["kode_kelurahan"].startswith(row["kode_kecamatan"] + ".") for row in kelurahan)
    assert len({row["kecamatan"] for row in kelurahan}) == 16


def test_the_offices_are_36_with_12_bagian_below_setda_and_16_kecamatan():
    offices = rows("semarang_opd.csv")
    assert Counter(row["jenis"] for row in offices) == {"perangkat_daerah": 36, "bagian": 12, "kecamatan": 16}
    assert len({row["kode"] for row in offices}) == len({row["nama"] for row in offices}) == 64
    assert {row["induk"] for row in offices if row["jenis"] == "bagian"} == {"SETDA"}
    assert {row["induk"] for row in offices if row["jenis"] != "bagian"} == {""}


def test_every_parent_office_stands_before_its_units():
    seen: set[str] = set()
    for row in rows("semarang_opd.csv"):
        assert row["induk"] in seen | {""}
        seen.add(row["kode"])


def test_the_city_profile_points_at_an_office_a_zone_and_a_region_that_exist():
    city = profile("city_semarang.json")
    assert city["office_opd_code"] in {row["kode"] for row in rows("semarang_opd.csv")}
    assert ZoneInfo(city["time_zone"]).key == "Asia/Jakarta"
    regions = {row["kode_kecamatan"].replace(".", "")[:4] for row in rows("semarang_kelurahan.csv")}
    assert regions == {city["region_prefix"]}


def test_the_help_contacts_are_plainly_made_up():
    contact = profile("city_semarang.json")["help"]
    assert contact["email"].endswith(".example")
    assert all(set(re.sub(r"[^0-9]", "", contact[kind])[4:]) == {"0"} for kind in ("phone", "whatsapp"))


def test_the_figures_of_coverage_are_those_of_their_source():
    coverage = profile("city_semarang.json")["coverage"]
    assert round(coverage["covered"] / coverage["workers"] * 100, 2) == 51.59
    assert coverage["target_percent"] == 71.59
    assert "30 November 2025" in coverage["source"]


def test_bank_jateng_is_not_bank_jatim_and_takes_ten_digits():
    bank = profile("bank_jateng.json")
    assert (bank["code"], bank["bic"], bank["clearing_code"]) == ("113", "PDJGIDJ1", "1130348")
    assert re.fullmatch(bank["account_pattern"], "0000000001")
    assert not re.fullmatch(bank["account_pattern"], "00000000001")
