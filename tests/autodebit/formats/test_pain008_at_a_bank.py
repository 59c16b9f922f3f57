"""The file at an independent bank: mock-bank knows nothing of this project and decides by ISO 20022 alone."""

import io
from dataclasses import replace

import pytest
from mockbank.server import Config
from mockbank.state import State

from autodebit.formats import pain008

FUNDED, UNFUNDED = "3000009002", "3000009003"


@pytest.fixture
def bank(head):
    """A bank in Jakarta that holds the collecting account and one debtor account without money, in rupiah."""
    state = State(Config(timezone="Asia/Jakarta", clock="2025-12-29T10:00", quiet=True))
    # The bank's own door takes IBANs only; Indonesia has none, so the accounts are renumbered behind it.
    for identifier, account, behaviour in (
        ("ACME", head.creditor.account, "accept"),
        ("GLOBEX", UNFUNDED, "insufficient-funds"),
    ):
        changed = state.conn.execute(
            "UPDATE account SET iban = ?, currency = 'IDR', balance = 0, behaviour = ? WHERE id = ?",
            (account, behaviour, identifier),
        )
        assert changed.rowcount == 1
    yield state
    state.close()


def send(bank, head, lines, layout):
    out = io.BytesIO()
    pain008.write(
        replace(head, count=len(lines), total=sum(line.amount for line in lines)), lines, layout, out
    )
    answer, _, _ = bank.receive(out.getvalue(), "application/xml")
    return answer


@pytest.fixture
def layout(profile):
    return profile["formats"]["pain008"]


def test_the_bank_accepts_the_file_and_every_debit(bank, head, three_lines, layout):
    answer = send(bank, head, three_lines[:2], layout)
    assert (answer["status"], answer["accepted"], answer["rejected"], answer["findings"]) == (
        "ACCP",
        2,
        0,
        [],
    )
    assert [item["end_to_end_id"] for item in answer["collections"]] == [
        "7K2MQ4XA0126011C",
        "9B3NR5YB0126012D",
    ]
    assert [item["amount"] for item in answer["collections"]] == [1_680_000, 123_456_700]


def test_the_bank_refuses_only_the_debit_of_an_account_without_money(bank, head, three_lines, layout):
    answer = send(bank, head, three_lines, layout)
    assert (answer["status"], answer["accepted"], answer["rejected"]) == ("PART", 2, 1)
    refused = [item for item in answer["collections"] if item["reason"]]
    assert [(item["end_to_end_id"], item["reason"]) for item in refused] == [("4C6PT8VC0226011E", "AM04")]


def test_the_bank_refuses_the_same_message_twice(bank, head, three_lines, layout):
    assert send(bank, head, three_lines[:1], layout)["status"] == "ACCP"
    again = send(bank, head, three_lines[:1], layout)
    assert (again["status"], again["reason"]) == ("RJCT", "DUPL")


def test_the_bank_collects_on_the_requested_day(bank, head, three_lines, layout):
    answer = send(bank, head, three_lines[:1], layout)
    assert [item["settlement_date"] for item in answer["collections"]] == ["2026-01-02"]
