"""A labelled corpus of NIP, NI PPPK and NIK: how often a bad number passes and a good one is refused, per kind.

The labels come from how each number is made here, from the published layout of the numbers alone, never from the rules:
a number is put together out of parts that must fit, or exactly one part is spoilt. What no structure can decide (there
is no check digit) is named, counted and expected to pass, so that nobody takes the check for more than it is.
"""

import calendar
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import pytest

from registry.rules.identity import parse_nik, parse_nip

TODAY = date(2026, 11, 2)
PER_KIND = 60
# Where NIKs were and are issued: Java, Aceh, the former East Timor, North Kalimantan, and the provinces of 2022.
REGIONS = ("337401", "337416", "332205", "110101", "540101", "650101", "920301", "950102", "970101")


@dataclass(frozen=True)
class Case:
    """`reads` is (birth, sex) of a good number, None of a bad one; `pppk` only for civil servants."""

    kind: str
    text: str
    reads: tuple[date, str] | None = None
    pppk: bool = False


def some(seed: str) -> random.Random:
    return random.Random(f"corpus {seed}")


def birthday(chance: random.Random, first: int, last: int) -> date:
    year, month = chance.randint(first, last), chance.randint(1, 12)
    return date(year, month, chance.randint(1, calendar.monthrange(year, month)[1]))


def nip(birth: date, year: int, marker: int, sex: str, serial: int) -> str:
    return f"{birth:%Y%m%d}{year}{marker:02d}{'1' if sex == 'L' else '2'}{serial:03d}"


def nik(region: str, birth: date, sex: str, serial: int) -> str:
    return f"{region}{birth.day + (40 if sex == 'P' else 0):02d}{birth:%m%y}{serial:04d}"


def servant(chance: random.Random, birth: date, pppk: bool, kind: str) -> Case:
    """A good number of somebody appointed between 19 years of age and today."""
    year = chance.randint(birth.year + 19, min(birth.year + 38, 2025))
    sex, marker = chance.choice("LP"), chance.randint(21, 29) if pppk else chance.randint(1, 12)
    return Case(kind, nip(birth, year, marker, sex, chance.randint(1, 999)), (birth, sex), pppk)


def resident(chance: random.Random, birth: date, sex: str, kind: str, region: str = "") -> Case:
    text = nik(region or chance.choice(REGIONS), birth, sex, chance.randint(1, 9999))
    return Case(kind, text, (birth, sex))


LEAP_DAYS = [date(year, 2, 29) for year in range(1960, 2006, 4)]
CENTURY = [date(1999, 12, 31), date(2000, 1, 1), date(2000, 2, 29), date(2001, 1, 31), date(1999, 1, 1)]


def good_nips() -> Iterator[Case]:
    chance = some("good nip")
    for pppk, name in ((False, "PNS"), (True, "PPPK")):
        for _ in range(3 * PER_KIND):
            yield servant(chance, birthday(chance, 1960, 2004), pppk, f"{name}, plain")
        for birth in LEAP_DAYS * 3:
            yield servant(chance, birth, pppk, f"{name}, born on a leap day")
        for birth in CENTURY * 6:
            yield servant(chance, birth, pppk, f"{name}, turn of the century")
        for write, words in WRITINGS.items():
            for _ in range(PER_KIND // 3):
                case = servant(chance, birthday(chance, 1960, 2004), pppk, f"{name}, {write}")
                yield Case(case.kind, words(case.text, (8, 14, 15)), case.reads, pppk)


def good_niks() -> Iterator[Case]:
    chance = some("good nik")
    for sex, name in (("L", "man"), ("P", "woman")):
        for _ in range(3 * PER_KIND):
            yield resident(chance, birthday(chance, 1930, 2010), sex, f"{name}, plain")
        for birth in LEAP_DAYS * 3:
            yield resident(chance, birth, sex, f"{name}, born on a leap day")
        for birth in CENTURY * 6:
            yield resident(chance, birth, sex, f"{name}, turn of the century")
        for region in REGIONS * 6:
            yield resident(chance, birthday(chance, 1955, 2005), sex, f"{name}, region {region[:2]}", region)
        for serial in (1, 9, 999, 9001, 9999):
            birth = birthday(chance, 1955, 2005)
            yield Case(f"{name}, first and last serials", nik("337401", birth, sex, serial), (birth, sex))
        for write, words in WRITINGS.items():
            for _ in range(PER_KIND // 3):
                case = resident(chance, birthday(chance, 1955, 2005), sex, f"{name}, {write}")
                yield Case(case.kind, words(case.text, (4, 8, 12)), case.reads)


def cut(digits: str, places: tuple[int, ...], between: str) -> str:
    edges = (0, *places, len(digits))
    return between.join(digits[start:end] for start, end in pairwise(edges))


WRITINGS: dict[str, Callable[[str, tuple[int, ...]], str]] = {
    "in groups": lambda digits, places: cut(digits, places, " "),
    "with dots": lambda digits, places: cut(digits, places, "."),
    "with dashes": lambda digits, places: cut(digits, places, "\u2013"),
    "with invisible blanks": lambda digits, places: f"\u200b{cut(digits, places, chr(0xA0))}\ufeff ",
    "full-width": lambda digits, _: "".join(chr(0xFF10 + int(digit)) for digit in digits),
    "as text of a spreadsheet": lambda digits, _: f"'{digits}",
}


def spoilt_anyhow(name: str, digits: str, chance: random.Random) -> Iterator[Case]:
    """Faults that every number of a fixed length shares."""
    place = chance.randrange(1, len(digits) - 1)
    look_alikes = {"0": "O", "1": "l", "5": "S", "8": "B"}
    letter = look_alikes.get(digits[place], "x")
    yield Case(f"{name}, one digit short", digits[:place] + digits[place + 1 :])
    yield Case(f"{name}, one digit more", digits[:place] + "0" + digits[place:])
    yield Case(f"{name}, a letter in it", digits[:place] + letter + digits[place + 1 :])
    yield Case(f"{name}, scientific", f"{digits[0]}.{digits[1:15]}E+{len(digits) - 1}")
    yield Case(f"{name}, decimal tail", digits + chance.choice((".0", ".00", ",0", ",00")))
    yield Case(f"{name}, digits of another script", "".join(chr(0x660 + int(digit)) for digit in digits))


def impossible_day(chance: random.Random) -> str:
    """Month and day, MMDD, of a date that no year has."""
    return chance.choice(("0230", "0231", "0431", "0631", "0931", "1131", "0100", "0732", "1200", "0345"))


def bad_nips() -> Iterator[Case]:
    chance = some("bad nip")
    for _ in range(PER_KIND):
        good = servant(chance, birthday(chance, 1961, 2004), chance.random() < 0.4, "").text
        year, rest = good[:4], good[8:]
        yield from spoilt_anyhow("NIP", good, chance)
        yield Case("NIP, impossible date", year + impossible_day(chance) + rest)
        yield Case("NIP, born in month 13 or 00", year + chance.choice(("1301", "0012", "1915")) + rest)
        yield Case("NIP, leap day in a common year", f"{chance.choice((1970, 1987, 2001, 1990))}0229{rest}")
        yield Case(
            "NIP, born in no possible year", chance.choice(("1850", "2030", "0196", "9999")) + good[4:]
        )
        marker = chance.choice([0, *range(13, 21), *range(30, 100)])
        yield Case("NIP, no month of appointment", f"{good[:12]}{marker:02d}{good[14:]}")
        yield Case("NIP, appointed before birth", f"{good[:8]}{int(year) - chance.randint(1, 40)}{good[12:]}")
        yield Case("NIP, no sex", good[:14] + chance.choice("03456789") + good[15:])
        yield Case("NIP, serial 000", good[:15] + "000")
        yield Case("NIP, the nine digits of before 2008", f"13{chance.randint(0, 9_999_999):07d}")
        yield Case("NIP, a NIK instead", resident(chance, birthday(chance, 1961, 2004), "L", "").text)
        # Neighbours swapped where the layout cannot bear it: the 19 of the year, months 03 to 09, a sex of 1 or 2.
        yield Case("NIP, swapped in the year", f"{'91' if year[0] == '1' else '02'}{good[2:]}")
        month = chance.randint(3, 9)
        yield Case("NIP, swapped in the month", f"{year}{month}012{rest}")
        odd = chance.choice("3456789")
        yield Case("NIP, sex and serial swapped", f"{good[:14]}{odd}1{chance.randint(10, 99)}")


def bad_niks() -> Iterator[Case]:
    chance = some("bad nik")
    for _ in range(PER_KIND):
        good = resident(chance, birthday(chance, 1961, 2004), chance.choice("LP"), "").text
        region, year, serial = good[:6], good[10:12], good[12:]
        woman = chance.choice((0, 40))
        yield from spoilt_anyhow("NIK", good, chance)
        date_of = impossible_day(chance)
        if int(date_of[2:]) <= 40 - 1:  # 41 to 71 would be a woman's day
            day = int(date_of[2:]) + (woman if int(date_of[2:]) <= 31 else 0)
            yield Case("NIK, impossible date", f"{region}{day:02d}{date_of[:2]}{year}{serial}")
        yield Case(
            "NIK, no day", f"{region}{chance.choice(('00', '32', '39', '40', '72', '81', '99'))}{good[8:]}"
        )
        yield Case("NIK, month 13 or 00", f"{good[:8]}{chance.choice(('00', '13', '19', '90'))}{good[10:]}")
        common = chance.choice(("61", "70", "90", "01", "03", "05"))
        yield Case("NIK, leap day in a common year", f"{region}{29 + woman}02{common}{serial}")
        yield Case("NIK, serial 0000", good[:12] + "0000")
        child = birthday(chance, 2012, 2025)
        yield Case("NIK, of a child", nik(region, child, chance.choice("LP"), int(serial)))
        yield Case("NIK, a NIP instead", servant(chance, birthday(chance, 1961, 2004), False, "").text)
        # Neighbours swapped where the layout cannot bear it: months 03 to 09, and days 04, 27, 28, 29.
        yield Case("NIK, swapped in the month", f"{region}12{chance.randint(3, 9)}0{year}{serial}")
        yield Case(
            "NIK, swapped in the day", f"{region}{chance.choice(('40', '72', '82', '92'))}05{year}{serial}"
        )


def undecidable_nips() -> Iterator[Case]:
    chance = some("undecidable nip")
    for _ in range(PER_KIND):
        case = servant(chance, date(chance.randint(1961, 2004), 3, 8), False, "")
        good = case.text
        yield Case("NIP, a colleague's", servant(chance, birthday(chance, 1961, 2004), False, "").text)
        yield Case("NIP, day and month exchanged", f"{good[:4]}{good[6:8]}{good[4:6]}{good[8:]}")
        yield Case("NIP, swapped in the serial", f"{good[:15]}{chance.choice(('021', '210', '102'))}")
        yield Case("NIP, December read as a PPPK's 21", f"{good[:12]}21{good[14:]}")


def undecidable_niks() -> Iterator[Case]:
    chance = some("undecidable nik")
    for _ in range(PER_KIND):
        good = resident(chance, date(chance.randint(1961, 2004), 3, 14), "L", "", "337401").text
        yield Case("NIK, somebody else's", resident(chance, birthday(chance, 1961, 2004), "L", "").text)
        yield Case("NIK, a man's day for a woman", good)
        yield Case("NIK, day 14 swapped to a woman's 1st", f"{good[:6]}41{good[8:]}")
        yield Case("NIK, swapped in the region", f"734301{good[6:]}")
        yield Case("NIK, swapped in the serial", f"{good[:12]}0210")


def judged(cases: list[Case], parse: Callable) -> dict[str, Counter]:
    """By kind: how many cases, and how many of them the rule took."""
    table: dict[str, Counter] = {}
    for case in cases:
        row = table.setdefault(case.kind, Counter())
        row["cases"] += 1
        row["taken"] += parse(case.text, today=TODAY).ok
    return table


def report(title: str, table: dict[str, Counter], wrong: Callable[[Counter], int]) -> int:
    faults = sum(wrong(row) for row in table.values())
    print(
        f"\n{title}: {sum(row['cases'] for row in table.values())} cases of {len(table)} kinds, {faults} wrong"
    )
    for kind, row in table.items():
        print(f"  {kind}: {row['cases']} cases, {wrong(row)} wrong")
    return faults


NUMBERS = {
    "NIP": (parse_nip, good_nips, bad_nips, undecidable_nips),
    "NIK": (parse_nik, good_niks, bad_niks, undecidable_niks),
}


@pytest.mark.parametrize("number", NUMBERS)
def test_no_good_number_is_refused_and_no_bad_one_taken(number, capsys):
    parse, good, bad, _ = NUMBERS[number]
    refused, taken = judged([*good()], parse), judged([*bad()], parse)
    rejects = report(f"{number}, false reject", refused, lambda row: row["cases"] - row["taken"])
    accepts = report(f"{number}, false accept", taken, lambda row: row["taken"])
    said = capsys.readouterr().out
    with capsys.disabled():
        print("\n".join(line for line in said.splitlines() if line and not line.startswith("  ")))
    assert (rejects, accepts) == (0, 0), said


@pytest.mark.parametrize("number", NUMBERS)
def test_what_structure_cannot_decide_is_named_and_passes(number, capsys):
    parse, _, _, undecidable = NUMBERS[number]
    table = judged([*undecidable()], parse)
    with capsys.disabled():
        counts = [f"{kind.split(', ')[1]} {row['taken']} of {row['cases']}" for kind, row in table.items()]
        print(f"\n{number}, not decided by structure, taken: {'; '.join(counts)}")
    assert all(row["taken"] == row["cases"] for row in table.values()), table


def test_the_corpus_is_large_and_holds_every_kind_of_number():
    cases = [
        case
        for _, good, bad, undecidable in NUMBERS.values()
        for each in (good, bad, undecidable)
        for case in each()
    ]
    assert len(cases) >= 2_000
    assert len({case.text for case in cases}) > 0.9 * len(cases)
    pppk = sum(case.pppk for case in cases)
    women = sum(case.reads is not None and case.reads[1] == "P" for case in cases)
    assert pppk >= 300 and women >= 500


def test_every_good_number_is_read_as_it_was_made():
    for case in good_nips():
        read = parse_nip(case.text, today=TODAY).value
        assert ((read.birth_date, read.sex), read.kind) == (case.reads, "pppk" if case.pppk else "pns"), case
    for case in good_niks():
        read = parse_nik(case.text, today=TODAY).value
        assert (read.birth_date, read.sex) == case.reads, case
