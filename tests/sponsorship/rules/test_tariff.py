import csv
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.rules.finding import Finding
from sponsorship.rules.months import Month
from sponsorship.rules.tariff import Discount, FundingSource, Price, Programme, Sector, Tariff, TariffLine

DATA = Path(__file__).parents[3] / "sponsorship" / "data"
BASIC, WITH_JHT = Programme.JKK_JKM, Programme.JKK_JKM_JHT
ASN = FundingSource.ASN_PRIBADI
TRANSPORT, OTHER = Sector.TRANSPORT, Sector.OTHER
DECEMBER = Month(2026, 12)
HIGHEST = 10**11

# income from, income to, base, JKK, JHT; JKM is Rp6.800 in all of them
TIERS = [
    (0, 1_099_000, 1_000_000, 10_000, 20_000),
    (1_100_000, 1_299_000, 1_200_000, 12_000, 24_000),
    (1_300_000, 1_499_000, 1_400_000, 14_000, 28_000),
    (1_500_000, 1_699_000, 1_600_000, 16_000, 32_000),
    (1_700_000, 1_899_000, 1_800_000, 18_000, 36_000),
    (1_900_000, 2_099_000, 2_000_000, 20_000, 40_000),
    (2_100_000, 2_299_000, 2_200_000, 22_000, 44_000),
    (2_300_000, 2_499_000, 2_400_000, 24_000, 48_000),
    (2_500_000, 2_699_000, 2_600_000, 26_000, 52_000),
    (2_700_000, 3_199_000, 2_950_000, 29_500, 59_000),
    (3_200_000, 3_699_000, 3_450_000, 34_500, 69_000),
    (3_700_000, 4_199_000, 3_950_000, 39_500, 79_000),
    (4_200_000, 4_699_000, 4_450_000, 44_500, 89_000),
    (4_700_000, 5_199_000, 4_950_000, 49_500, 99_000),
    (5_200_000, 5_699_000, 5_450_000, 54_500, 109_000),
    (5_700_000, 6_199_000, 5_950_000, 59_500, 119_000),
    (6_200_000, 6_699_000, 6_450_000, 64_500, 129_000),
    (6_700_000, 7_199_000, 6_950_000, 69_500, 139_000),
    (7_200_000, 7_699_000, 7_450_000, 74_500, 149_000),
    (7_700_000, 8_199_000, 7_950_000, 79_500, 159_000),
    (8_200_000, 9_199_000, 8_700_000, 87_000, 174_000),
    (9_200_000, 10_199_000, 9_700_000, 97_000, 194_000),
    (10_200_000, 11_199_000, 10_700_000, 107_000, 214_000),
    (11_200_000, 12_199_000, 11_700_000, 117_000, 234_000),
    (12_200_000, 13_199_000, 12_700_000, 127_000, 254_000),
    (13_200_000, 14_199_000, 13_700_000, 137_000, 274_000),
    (14_200_000, 15_199_000, 14_700_000, 147_000, 294_000),
    (15_200_000, 16_199_000, 15_700_000, 157_000, 314_000),
    (16_200_000, 17_199_000, 16_700_000, 167_000, 334_000),
    (17_200_000, 18_199_000, 17_700_000, 177_000, 354_000),
    (18_200_000, 19_199_000, 18_700_000, 187_000, 374_000),
    (19_200_000, 20_199_000, 19_700_000, 197_000, 394_000),
    (20_200_000, None, 20_700_000, 207_000, 414_000),
]


def rows(name: str) -> list[dict[str, str]]:
    with open(DATA / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def the_tariff() -> Tariff:
    amounts = ("income_min", "base_income", "jkk", "jkm", "jht")
    lines = tuple(
        TariffLine(
            valid_from=Month.parse(row["valid_from"]),
            valid_to=Month.parse(row["valid_to"]) if row["valid_to"] else None,
            income_max=int(row["income_max"]) if row["income_max"] else None,
            **{name: int(row[name]) for name in amounts},
        )
        for row in rows("bpu_tariff.csv")
    )
    discounts = tuple(
        Discount(
            sector=Sector(row["sector"]),
            valid_from=Month.parse(row["valid_from"]),
            valid_to=Month.parse(row["valid_to"]),
            jkk_percent=int(row["jkk_percent"]),
            jkm_percent=int(row["jkm_percent"]),
            excluded_sources=frozenset(map(FundingSource, row["excluded_sources"].split(","))),
            source=row["source"],
        )
        for row in rows("discounts.csv")
    )
    return Tariff(lines, discounts)


TARIFF = the_tariff()
bases = st.sampled_from([base for _, _, base, _, _ in TIERS])
months = st.builds(Month, st.integers(2024, 2030), st.integers(1, 12))


# Tiers


def test_the_data_file_holds_the_33_tiers_of_the_regulation():
    lines = [
        (line.income_min, line.income_max, line.base_income, line.jkk, line.jht) for line in TARIFF.lines
    ]
    assert lines == TIERS
    assert {(line.valid_from, line.valid_to, line.jkm) for line in TARIFF.lines} == {
        (Month(2024, 1), None, 6_800)
    }
    assert len(TIERS) == 33


@pytest.mark.parametrize("tier", TIERS, ids=[str(tier[2]) for tier in TIERS])
def test_both_ends_of_a_tier_and_its_base_lead_to_its_full_price(tier):
    low, high, base, jkk, jht = tier
    incomes = {low, base, high if high is not None else HIGHEST}
    assert {TARIFF.base_for(income, DECEMBER) for income in incomes} == {base}
    assert TARIFF.full_price(base, BASIC, DECEMBER) == Price(jkk, 6_800, 0, None)
    assert TARIFF.full_price(base, WITH_JHT, DECEMBER) == Price(jkk, 6_800, jht, None)


@pytest.mark.parametrize("tier", TIERS[1:], ids=[str(tier[2]) for tier in TIERS[1:]])
def test_an_income_in_the_gap_below_a_tier_belongs_to_the_tier_before(tier):
    before = TIERS[TIERS.index(tier) - 1]
    assert TARIFF.base_for(tier[0] - 1, DECEMBER) == before[2]
    assert TARIFF.base_for(before[1] + 500, DECEMBER) == before[2]


def test_an_income_below_zero_or_a_month_before_the_tariff_has_no_base():
    assert TARIFF.base_for(-1, DECEMBER) is None
    assert TARIFF.base_for(1_000_000, Month(2023, 12)) is None
    assert TARIFF.bases(Month(2023, 12)) == ()


def test_the_bases_to_choose_from_are_all_and_lowest_first():
    assert TARIFF.bases(DECEMBER) == tuple(tier[2] for tier in TIERS)


@given(st.integers(0, HIGHEST), st.integers(0, HIGHEST))
def test_a_higher_income_never_has_a_lower_base(one, other):
    low, high = sorted([one, other])
    assert TARIFF.base_for(low, DECEMBER) <= TARIFF.base_for(high, DECEMBER)


def test_a_base_that_is_no_tier_gives_a_finding_that_says_what_to_do():
    finding = TARIFF.price(1_050_000, BASIC, OTHER, ASN, DECEMBER)
    assert finding == TARIFF.full_price(1_050_000, BASIC, DECEMBER)
    assert finding == Finding(
        code="tariff_missing",
        message=(
            "Tidak ada tarif untuk dasar penghasilan Rp1.050.000 pada Desember 2026. "
            "Pilih dasar penghasilan lain dari daftar."
        ),
        field="base_income",
        level="refuse",
    )


def test_a_dated_change_of_the_tariff_counts_from_its_first_month_on():
    old = replace(TARIFF.lines[0], valid_to=Month(2027, 6))
    new = replace(old, valid_from=Month(2027, 7), valid_to=None, jkm=7_000)
    tariff = Tariff((old, new))
    totals = [tariff.full_price(1_000_000, BASIC, Month(2027, number)).total for number in (6, 7)]
    assert totals == [16_800, 17_000]


@pytest.mark.parametrize("newest_first", [True, False])
def test_the_newer_line_counts_when_the_older_was_never_closed(newest_first):
    old = TARIFF.lines[0]
    dearer = replace(old, valid_from=Month(2027, 7), jkm=7_000)
    higher = replace(old, valid_from=Month(2027, 8), base_income=1_050_000)
    lines = (old, dearer, higher)
    tariff = Tariff(lines[::-1] if newest_first else lines)
    assert tariff.full_price(1_000_000, BASIC, Month(2027, 7)).jkm == 7_000
    assert [tariff.base_for(0, Month(2027, number)) for number in (7, 8)] == [1_000_000, 1_050_000]


# Packages and discounts


@pytest.mark.parametrize(
    ("programme", "month", "sector", "total"),
    [
        (BASIC, "2025-12", TRANSPORT, 16_800),
        (BASIC, "2026-01", TRANSPORT, 8_400),
        (BASIC, "2026-01", OTHER, 16_800),
        (BASIC, "2026-03", OTHER, 16_800),
        (BASIC, "2026-04", OTHER, 8_400),
        (BASIC, "2026-12", OTHER, 8_400),
        (BASIC, "2027-01", OTHER, 16_800),
        (BASIC, "2027-01", TRANSPORT, 8_400),
        (BASIC, "2027-03", TRANSPORT, 8_400),
        (BASIC, "2027-04", TRANSPORT, 16_800),
        (WITH_JHT, "2025-12", TRANSPORT, 36_800),
        (WITH_JHT, "2026-12", OTHER, 28_400),
        (WITH_JHT, "2026-12", TRANSPORT, 28_400),
        (WITH_JHT, "2027-01", OTHER, 36_800),
        (WITH_JHT, "2027-03", TRANSPORT, 28_400),
        (WITH_JHT, "2027-04", TRANSPORT, 36_800),
    ],
)
def test_the_smallest_package_costs_what_its_month_and_sector_say(programme, month, sector, total):
    assert TARIFF.price(1_000_000, programme, sector, ASN, Month.parse(month)).total == total


def test_a_discounted_price_names_its_parts_and_its_last_month():
    assert TARIFF.price(1_000_000, WITH_JHT, OTHER, ASN, DECEMBER) == Price(
        5_000, 3_400, 20_000, Month(2026, 12)
    )
    assert TARIFF.price(1_000_000, WITH_JHT, TRANSPORT, ASN, DECEMBER) == Price(
        5_000, 3_400, 20_000, Month(2027, 3)
    )
    assert TARIFF.price(1_000_000, WITH_JHT, OTHER, ASN, Month(2027, 1)) == Price(10_000, 6_800, 20_000, None)


@pytest.mark.parametrize(
    ("funding", "total"),
    [
        (FundingSource.ASN_PRIBADI, 8_400),
        (FundingSource.CSR, 8_400),
        (FundingSource.APBD, 16_800),
        (FundingSource.DBHCHT, 16_800),
    ],
)
def test_public_money_gets_no_discount(funding, total):
    assert TARIFF.price(1_000_000, BASIC, OTHER, funding, DECEMBER).total == total
    assert (TARIFF.discount_for(OTHER, funding, DECEMBER) is None) == (total == 16_800)


@given(bases, st.sampled_from(Programme), st.sampled_from(Sector), st.sampled_from(FundingSource), months)
def test_a_price_is_the_full_price_or_half_of_jkk_and_jkm_with_jht_untouched(
    base, programme, sector, funding, month
):
    full = TARIFF.full_price(base, programme, month)
    price = TARIFF.price(base, programme, sector, funding, month)
    assert price.jht == full.jht == (base // 50 if programme == WITH_JHT else 0)
    if price.discount_until is None:
        assert price == full
    else:
        assert (price.jkk * 2, price.jkm * 2) == (full.jkk, full.jkm)
        assert month <= price.discount_until
        assert funding in (FundingSource.ASN_PRIBADI, FundingSource.CSR)


@pytest.mark.parametrize(("percent", "amount"), [(50, 4), (33, 5), (0, 7), (100, 0), (90, 1), (95, 0)])
def test_half_a_rupiah_is_rounded_up_and_less_is_dropped(percent, amount):
    tariff = Tariff(
        (replace(TARIFF.lines[0], jkk=7, jkm=7),),
        (replace(TARIFF.discounts[0], jkk_percent=percent, jkm_percent=percent),),
    )
    price = tariff.price(1_000_000, BASIC, TRANSPORT, ASN, DECEMBER)
    assert (price.jkk, price.jkm) == (amount, amount)


def test_jkk_and_jkm_take_each_their_own_percentage():
    tariff = replace(TARIFF, discounts=(replace(TARIFF.discounts[0], jkk_percent=20, jkm_percent=50),))
    assert tariff.price(1_000_000, BASIC, TRANSPORT, ASN, DECEMBER) == Price(8_000, 3_400, 0, Month(2027, 3))


@pytest.mark.parametrize("newest_first", [True, False])
def test_the_newer_discount_counts_where_two_overlap(newest_first):
    old = TARIFF.discounts[0]
    new = replace(old, valid_from=Month(2026, 12), jkk_percent=60, jkm_percent=60)
    tariff = replace(TARIFF, discounts=(new, old) if newest_first else (old, new))
    assert tariff.discount_for(TRANSPORT, ASN, Month(2026, 11)) == old
    assert tariff.discount_for(TRANSPORT, ASN, DECEMBER) == new


# The data files beside the tariff


def test_every_occupation_has_its_own_code_and_name_and_a_known_sector():
    occupations = rows("occupations.csv")
    assert (
        len({row["code"] for row in occupations})
        == len({row["name"] for row in occupations})
        == len(occupations)
    )
    assert {Sector(row["sector"]) for row in occupations} == set(Sector)
    assert all(row["code"].replace("_", "").isalpha() and row["name"] for row in occupations)


@pytest.mark.parametrize(
    ("code", "sector"),
    [("tukang_becak", TRANSPORT), ("ojek_online", TRANSPORT), ("kurir", TRANSPORT),
     ("sopir_angkot", TRANSPORT), ("nelayan", OTHER), ("marbot", OTHER),
     ("guru_ngaji", OTHER), ("pemulung", OTHER), ("art_lepas", OTHER)],
)  # fmt: skip
def test_the_usual_occupations_are_in_the_sector_whose_discount_they_get(code, sector):
    assert {row["code"]: row["sector"] for row in rows("occupations.csv")}[code] == sector
