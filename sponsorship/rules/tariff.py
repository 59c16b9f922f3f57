"""What one month of cover costs: the dated tiers for informal workers (BPU) and the dated discounts.

Sources: tiers, JKK (1 % of the tier's base) and JKM (Rp6.800 flat) PP 44/2015, Lampiran II, last amended by
PP 49/2023; JHT (2 % of the base) PP 46/2015 jo. PP 60/2015; discounts PP 50/2025. All in rupiah a month.
The tables are given, never built in: the office edits them when a rule changes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from registry.rules.finding import Finding
from registry.rules.work import Sector
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month


class Programme(StrEnum):
    JKK_JKM = "jkk_jkm"
    JKK_JKM_JHT = "jkk_jkm_jht"


class FundingSource(StrEnum):
    ASN_PRIBADI = "asn_pribadi"
    APBD = "apbd"
    DBHCHT = "dbhcht"
    CSR = "csr"


@dataclass(frozen=True, slots=True)
class TariffLine:
    """One tier in its months of validity, both ends included; `valid_to` None means until further notice."""

    valid_from: Month
    valid_to: Month | None
    income_min: int
    income_max: int | None
    base_income: int
    jkk: int
    jkm: int
    jht: int

    def in_force(self, month: Month) -> bool:
        return self.valid_from <= month and (self.valid_to is None or month <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Discount:
    """Percent taken off JKK and JKM for one sector, from `valid_from` to `valid_to`, both months included."""

    sector: Sector
    valid_from: Month
    valid_to: Month
    jkk_percent: int
    jkm_percent: int
    excluded_sources: frozenset[FundingSource]
    source: str

    def applies(self, sector: Sector, funding: FundingSource, month: Month) -> bool:
        in_force = self.valid_from <= month <= self.valid_to
        return in_force and sector == self.sector and funding not in self.excluded_sources


@dataclass(frozen=True, slots=True)
class Price:
    """Rupiah for one worker and one month; `discount_until` is the last month in which its discount holds."""

    jkk: int
    jkm: int
    jht: int
    discount_until: Month | None = None

    @property
    def total(self) -> int:
        return self.jkk + self.jkm + self.jht


@dataclass(frozen=True, slots=True)
class Tariff:
    """All tiers and discounts, of all times; where two lines of one tier overlap, the newer one counts."""

    lines: tuple[TariffLine, ...]
    discounts: tuple[Discount, ...] = ()

    def bases(self, month: Month) -> tuple[int, ...]:
        """The incomes one may declare in that month, lowest first."""
        return tuple(sorted({line.base_income for line in self._in_force(month)}))

    def base_for(self, income: int, month: Month) -> int | None:
        """The base of the last tier whose lower bound is not above `income`; None without a tier.

        The printed table leaves gaps (1.099.000 to 1.100.000), so only the lower bounds decide.
        """
        lines = [line for line in self._in_force(month) if line.income_min <= income]
        newest = max(lines, key=lambda line: (line.income_min, line.valid_from), default=None)
        return newest.base_income if newest else None

    def full_price(self, base_income: int, programme: Programme, month: Month) -> Price | Finding:
        """The price without any discount: what the ceiling of a mandate must cover."""
        lines = [line for line in self._in_force(month) if line.base_income == base_income]
        if not lines:
            return _no_tariff(base_income, month)
        line = max(lines, key=lambda line: line.valid_from)
        return Price(line.jkk, line.jkm, line.jht if programme == Programme.JKK_JKM_JHT else 0)

    def price(
        self, base_income: int, programme: Programme, sector: Sector, funding: FundingSource, month: Month
    ) -> Price | Finding:
        """The price of that month with the discount that holds in it; JHT is never discounted."""
        full = self.full_price(base_income, programme, month)
        discount = self.discount_for(sector, funding, month)
        if isinstance(full, Finding) or discount is None:
            return full
        jkk = _less(full.jkk, discount.jkk_percent)
        jkm = _less(full.jkm, discount.jkm_percent)
        return Price(jkk, jkm, full.jht, discount.valid_to)

    def discount_for(self, sector: Sector, funding: FundingSource, month: Month) -> Discount | None:
        found = [discount for discount in self.discounts if discount.applies(sector, funding, month)]
        return max(found, key=lambda discount: discount.valid_from, default=None)

    def _in_force(self, month: Month) -> Iterator[TariffLine]:
        return (line for line in self.lines if line.in_force(month))


def _less(amount: int, percent: int) -> int:
    """`amount` less `percent`, a half rupiah rounded up."""
    return (amount * (100 - percent) + 50) // 100


def _no_tariff(base_income: int, month: Month) -> Finding:
    return Finding(
        code="tariff_missing",
        message=(
            f"Tidak ada tarif untuk dasar penghasilan {rupiah(base_income)} pada {month.label()}. "
            "Pilih dasar penghasilan lain dari daftar."
        ),
        field="base_income",
    )
