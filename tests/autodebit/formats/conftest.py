"""Three made-up lines and the head that fits them: an apostrophe, a one-word name, a hostile name."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from autodebit.formats.lines import BankParty, Creditor, DebitLine, FileHead

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def golden():
    """Reads an expected file, byte by byte."""
    return lambda name: (REPOSITORY / "tests" / "files" / "bank" / name).read_bytes()


@pytest.fixture(scope="session")
def profile():
    return json.loads((REPOSITORY / "autodebit" / "data" / "bank_jateng_profile.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def contoh_profile():
    """The second, fictional bank."""
    return json.loads((REPOSITORY / "autodebit" / "data" / "bank_contoh_profile.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def three_lines():
    about = "Peduli Pekerja Rentan Januari 2026"
    return [
        DebitLine("7K2MQ4XA0126011C", "7K2M-Q4XA-01C", date(2025, 11, 20), "0000009001", "Contoh Siti Nur’aini",
                  16_800, "DISDIK", about),
        DebitLine("9B3NR5YB0126012D", "9B3N-R5YB-01D", date(2025, 12, 3), "3000009002", "Contohslamet",
                  1_234_567, "SETDA.UMUM", about),
        DebitLine("4C6PT8VC0226011E", "4C6P-T8VC-02E", date(2025, 12, 19), "3000009003",
                  '=HYPERLINK("https://contoh.invalid","klik") & <b>Contoh\nÉlise 😀</b>', 33_600, "DINKES", ""),
    ]  # fmt: skip


@pytest.fixture(scope="session")
def head():
    return FileHead(
        message_id="PPR-202601-G01-01",
        created_at=datetime(2025, 12, 29, 2, 30, 15, 999, tzinfo=UTC),
        collection_date=date(2026, 1, 2),
        creditor=Creditor("Contoh Rekening Penampung Iuran", "0000000777", "CONTOH-PPR-01", "PDJGIDJ1"),
        bank=BankParty("PDJGIDJ1", "113"),
        count=3,
        total=1_284_967,
    )


@pytest.fixture(scope="session")
def contoh_lines(three_lines):
    """The same lines with accounts of the second bank: twelve digits, zeros in front."""
    return [replace(line, account=f"00{line.account}") for line in three_lines]


@pytest.fixture(scope="session")
def contoh_head(head):
    creditor = Creditor("Contoh Rekening Penampung Iuran", "000000000777", "CONTOH-PPR-99", "CONTIDJ1")
    return replace(head, creditor=creditor, bank=BankParty("CONTIDJ1", "999"))
