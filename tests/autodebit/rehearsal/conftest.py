import json
from datetime import date
from pathlib import Path

import pytest

from autodebit.rehearsal.answers import Asked, Bank, SealedFile
from autodebit.rehearsal.csv_twin import Codes

REPOSITORY = Path(__file__).parents[3]
PAYDAY, RETURN_DAY = date(2026, 1, 2), date(2026, 1, 6)
REFERENCES = ("7K2MQ4XA0126011C", "9B3NR5YB0126012D", "4C6PT8VC0226011E")


def profile_of(name: str) -> dict:
    return json.loads((REPOSITORY / "autodebit" / "data" / f"{name}_profile.json").read_text("utf-8"))


def bank_of(profile: dict) -> Bank:
    codes = Codes(tuple((reason["meaning"], reason["code"]) for reason in profile["reasons"]))
    return Bank(profile["short_name"], profile["results"], codes)


def sealed_file(profile: dict, format: str, name: str) -> SealedFile:
    """One of the golden files of three lines."""
    data = (REPOSITORY / "tests" / "files" / "bank" / name).read_bytes()
    return SealedFile(format, profile["formats"][format], 1, data)


@pytest.fixture(scope="session")
def jateng():
    return profile_of("bank_jateng")


@pytest.fixture(scope="session")
def contoh():
    return profile_of("bank_contoh")


@pytest.fixture(scope="session")
def sealed(jateng):
    """Our two files of the same three lines."""
    return [
        sealed_file(jateng, "bank_csv", "BANKJATENG/three_lines.csv"),
        sealed_file(jateng, "pain008", "BANKJATENG/three_lines.pain.008.001.08.xml"),
    ]


@pytest.fixture(scope="session")
def asked():
    return Asked("2026-01", 1, PAYDAY, RETURN_DAY, REFERENCES)
