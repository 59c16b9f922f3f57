"""Reference data of the promise: kinds of work, the dated tariff and its discounts, the holidays that move a payday."""

from datetime import datetime
from pathlib import Path
from typing import Any

import holidays
from django.db import transaction

from registry.actions.audit import Actor
from registry.actions.reference import Loaded, load_rows, read_csv
from registry.models import Occupation
from sponsorship.models import DiscountLine, Holiday, TariffLine
from sponsorship.rules.months import JAKARTA

DATA = Path(__file__).resolve().parent.parent / "data"
PACKAGE = "paket"


def load(*, overwrite: bool, by: Actor, now: datetime) -> list[Loaded]:
    """Occupations, tariff and discounts from `sponsorship/data`; national holidays and cuti bersama of last year to two
    years ahead from the `holidays` package. A day that the office wrote or changed itself is never touched."""
    with transaction.atomic():
        return [
            load_rows(
                Occupation, "code", read_csv(DATA / "occupations.csv"), overwrite=overwrite, by=by, now=now
            ),
            load_rows(
                TariffLine, ("valid_from", "base_income"), _tariff(), overwrite=overwrite, by=by, now=now
            ),
            load_rows(
                DiscountLine, ("sector", "valid_from"), _discounts(), overwrite=overwrite, by=by, now=now
            ),
            load_rows(
                Holiday,
                "day",
                _holidays(now.astimezone(JAKARTA).year),
                overwrite=overwrite,
                by=by,
                now=now,
                ours={"source": PACKAGE, "works": False},
            ),
        ]


def _tariff() -> list[dict[str, Any]]:
    return [
        {
            "valid_from": row["valid_from"],
            "valid_to": row["valid_to"],
            "income_max": int(row["income_max"]) if row["income_max"] else None,
            **{name: int(row[name]) for name in ("income_min", "base_income", "jkk", "jkm", "jht")},
            "source": row["source"],
        }
        for row in read_csv(DATA / "bpu_tariff.csv")
    ]


def _discounts() -> list[dict[str, Any]]:
    return [
        {
            "sector": row["sector"],
            "valid_from": row["valid_from"],
            "valid_to": row["valid_to"],
            "jkk_percent": int(row["jkk_percent"]),
            "jkm_percent": int(row["jkm_percent"]),
            "excluded_sources": [name for name in row["excluded_sources"].split(",") if name],
            "source": row["source"],
        }
        for row in read_csv(DATA / "discounts.csv")
    ]


def _holidays(year: int) -> list[dict[str, Any]]:
    days = holidays.country_holidays(
        "ID", years=range(year - 1, year + 3), categories=("public", "government"), language="id"
    )
    return [{"day": day, "name": name[:160], "source": PACKAGE} for day, name in sorted(days.items())]
