"""The clock of the tariff against the tables that ship: when is it told, how much, and does the ceiling still hold."""

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from registry.rules.finding import Finding
from sponsorship.rules.months import Month
from sponsorship.rules.tariff import Discount, FundingSource, Programme, Sector, Tariff, TariffLine
from sponsorship.rules.tariff_clock import (
    Cover,
    Kind,
    change_in,
    changes_ahead,
    changing_kinds,
    turning_months,
)

DATA = Path(__file__).parents[3] / "sponsorship" / "data"
ASN = FundingSource.ASN_PRIBADI
BASIC, WITH_JHT = Programme.JKK_JKM, Programme.JKK_JKM_JHT
MARKET = Cover(Kind(1_000_000, BASIC, Sector.OTHER, ASN), "2026-06")
OJEK = Cover(Kind(1_000_000, WITH_JHT, Sector.TRANSPORT, ASN), "2026-06")
JANUARY, APRIL = Month(2027, 1), Month(2027, 4)
NOTICE = 45


def rows(name: str) -> list[dict[str, str]]:
    with open(DATA / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def month(text: str) -> Month | None:
    return Month.parse(text) if text else None


PRICES = Tariff(
    lines=tuple(
        TariffLine(
            Month.parse(row["valid_from"]), month(row["valid_to"]), int(row["income_min"]),
            int(row["income_max"]) if row["income_max"] else None, int(row["base_income"]), int(row["jkk"]),
            int(row["jkm"]), int(row["jht"]),
        )
        for row in rows("bpu_tariff.csv")
    ),
    discounts=tuple(
        Discount(
            Sector(row["sector"]), Month.parse(row["valid_from"]), Month.parse(row["valid_to"]),
            int(row["jkk_percent"]), int(row["jkm_percent"]),
            frozenset(FundingSource(source) for source in row["excluded_sources"].split(",")), row["source"],
        )
        for row in rows("discounts.csv")
    ),
)  # fmt: skip


def ahead(covers, today: date, ceiling: int = 100_000, prices: Tariff = PRICES):
    return changes_ahead(covers, prices, ceiling=ceiling, today=today, notice_days=NOTICE, age_limit=65)


@pytest.mark.parametrize(
    ("today", "months"),
    [
        (date(2026, 11, 16), []),  # 46 days before
        (date(2026, 11, 17), [JANUARY]),  # 45 days before
        (date(2026, 12, 31), [JANUARY]),
        (date(2027, 1, 1), []),
        (date(2027, 2, 14), []),
        (date(2027, 2, 15), [APRIL]),
        (date(2026, 3, 2), [Month(2026, 4)]),  # the discount of the others begins
    ],
)
def test_months_with_another_price_are_those_within_the_notice(today, months):
    assert list(turning_months(PRICES, today, NOTICE)) == months


def test_discount_of_the_others_ends_with_december_2026_and_doubles_what_is_discounted():
    (change,) = ahead([MARKET], date(2026, 11, 20), ceiling=16_800)
    assert (change.month, change.before, change.after, change.full) == (JANUARY, 8_400, 16_800, 16_800)
    assert (change.rises, change.ceiling_holds, change.more) == (True, True, 0)


def test_discount_of_transport_ends_three_months_later_and_leaves_jht_alone():
    assert ahead([OJEK], date(2026, 12, 1)) == ()
    (change,) = ahead([OJEK], date(2027, 2, 20))
    assert (change.month, change.before, change.after) == (APRIL, 28_400, 36_800)


def test_sum_names_each_worker_in_the_order_given():
    (change,) = ahead([OJEK, MARKET], date(2026, 12, 1))
    assert change.workers == ((28_400, 28_400), (8_400, 16_800))
    assert (change.before, change.after, change.full) == (36_800, 45_200, 53_600)


def test_ceiling_one_rupiah_too_low_says_that_the_month_will_be_skipped():
    (change,) = ahead([MARKET], date(2026, 12, 1), ceiling=16_799)
    assert (change.ceiling_holds, change.more) == (False, 0)


@pytest.mark.parametrize(("ceiling", "more"), [(33_599, 0), (33_600, 1), (50_399, 1), (50_400, 2)])
def test_room_is_counted_at_the_normal_tariff_even_while_a_discount_holds(ceiling, more):
    (change,) = ahead([replace(MARKET, start_period="2026-01")], date(2026, 3, 1), ceiling=ceiling)
    assert (change.before, change.after, change.rises, change.more) == (16_800, 8_400, False, more)


@pytest.mark.parametrize(
    "cover",
    [
        replace(MARKET, end_period="2026-12"),
        replace(MARKET, start_period="2027-02"),
        replace(MARKET, pause_from="2026-12"),
        replace(MARKET, pause_from="2026-12", pause_until="2027-02"),
        replace(MARKET, born=date(1962, 1, 1)),
        replace(MARKET, kind=replace(MARKET.kind, funding=FundingSource.APBD)),
    ],
)
def test_worker_who_is_not_due_then_or_never_had_the_discount_changes_nothing(cover):
    assert ahead([cover], date(2026, 12, 1)) == ()


@pytest.mark.parametrize(
    "cover",
    [
        replace(MARKET, end_period="2027-01"),
        replace(MARKET, pause_from="2026-11", pause_until="2027-01"),
        replace(MARKET, born=date(1962, 1, 2)),
    ],
)
def test_worker_who_is_still_due_in_that_month_is_told(cover):
    assert len(ahead([cover], date(2026, 12, 1))) == 1


def test_dated_tariff_line_begins_and_is_told_like_the_end_of_a_discount():
    lowest = next(line for line in PRICES.lines if line.base_income == 1_000_000)
    dearer = replace(lowest, valid_from=Month(2028, 7), jkk=12_000)
    (change,) = ahead([MARKET], date(2028, 6, 1), prices=replace(PRICES, lines=(*PRICES.lines, dearer)))
    assert (str(change.month), change.before, change.after) == ("2028-07", 16_800, 18_800)


def test_discount_prolonged_by_the_office_takes_the_change_away():
    longer = tuple(replace(discount, valid_to=Month(2027, 6)) for discount in PRICES.discounts)
    assert ahead([MARKET, OJEK], date(2026, 12, 1), prices=replace(PRICES, discounts=longer)) == ()


def test_gap_in_the_table_is_no_change_but_a_finding():
    ends = tuple(replace(line, valid_to=Month(2026, 12)) for line in PRICES.lines)
    gapped = replace(PRICES, lines=ends)
    assert change_in(JANUARY, [MARKET], gapped, ceiling=100_000, age_limit=65) is None
    assert isinstance(changing_kinds([MARKET.kind], gapped, JANUARY), Finding)


def test_only_kinds_of_the_sector_whose_discount_ends_are_changing():
    assert changing_kinds([MARKET.kind, OJEK.kind], PRICES, JANUARY) == [MARKET.kind]
    assert changing_kinds([MARKET.kind, OJEK.kind], PRICES, APRIL) == [OJEK.kind]
