"""There and back at an independent bank: our pain.008 goes to mock-bank, and what it answers is read by our formats."""

import io
from dataclasses import replace
from datetime import date

import pytest
from mockbank import direct_debit, outbox
from mockbank.server import Config
from mockbank.state import State

from autodebit.formats import camt053, camt054, pacs004, pain002, pain008

UNFUNDED = "3000009003"
READERS = {"pain.002": pain002, "camt.054": camt054, "pacs.004": pacs004, "camt.053": camt053}


@pytest.fixture
def bank(head):
    """A bank in Jakarta with the collecting account in rupiah, and one debtor of its own without money."""
    state = State(Config(timezone="Asia/Jakarta", clock="2025-12-29T10:00", quiet=True))
    (iban,) = state.conn.execute("SELECT iban FROM account WHERE id = 'ACME'").fetchone()
    change = "UPDATE account SET iban = ?, currency = 'IDR', balance = 0, behaviour = ? WHERE id = ?"
    state.conn.execute(change, (head.creditor.account, "accept", "ACME"))
    state.conn.execute(change, (UNFUNDED, "insufficient-funds", "GLOBEX"))
    state.iban = iban
    yield state
    state.close()


def send(bank, head, lines, layout):
    out = io.BytesIO()
    total = sum(line.amount for line in lines)
    pain008.write(replace(head, count=len(lines), total=total), lines, layout, out)
    bank.receive(out.getvalue(), "application/xml")
    # It takes our accounts, but writes statements for accounts with an IBAN only.
    bank.conn.execute("UPDATE account SET iban = ? WHERE id = 'ACME'", (bank.iban,))


def answers(bank, until):
    """What the bank sent until that day, read: kind of message -> records."""
    bank.clock.advance(to=until)
    bank.release()
    found = {}
    for message in outbox.collect(bank.conn, bank.now()):
        if message["account"] == "ACME":
            kind = message["type"][:8]
            reading = READERS[kind].read(io.BytesIO(message["body"].encode()), {})
            found.setdefault(kind, []).extend(reading)
            assert (reading.findings, reading.fatal) == ([], False)
    return found


def test_a_debit_is_collected_refused_or_returned_and_the_statement_explains_it(
    bank, head, three_lines, profile
):
    send(bank, head, three_lines, profile["formats"]["pain008"])
    first = answers(bank, date(2026, 1, 5))
    assert [(answer.outcome, answer.code) for answer in first["pain.002"]] == [
        ("pending", ""), ("pending", ""), ("failed", "AM04"),
    ]  # fmt: skip
    assert [(answer.reference, answer.outcome, answer.amount) for answer in first["camt.054"]] == [
        (line.reference, "succeeded", line.amount) for line in three_lines[:2]
    ]
    assert [booking.amount for booking in first["camt.053"]] == [line.amount for line in three_lines[:2]]

    taken_back = three_lines[1]
    direct_debit.refuse(bank.conn, bank.clock, bank.now(), taken_back.reference, {"reason": "MS02"})
    later = answers(bank, date(2026, 1, 7))
    for kind in ("pacs.004", "camt.054"):
        assert [(answer.reference, answer.outcome, answer.code, answer.amount) for answer in later[kind]] == [
            (taken_back.reference, "returned", "MS02", taken_back.amount)
        ]
    assert [(booking.amount, booking.kind) for booking in later["camt.053"]] == [
        (-taken_back.amount, "reversal")
    ]
