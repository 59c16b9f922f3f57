"""Writing pain.008, against python-sepaxml: time of a line, and whether memory grows with the lines."""

import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from sepaxml import SepaDD

from autodebit.actions.reference import DATA
from autodebit.formats import pain008
from autodebit.formats.lines import BankParty, Creditor, DebitLine, FileHead, Layout
from registry.actions.reference import read_json

LINES = 5_000
ROUNDS = 5
FASTER, FLAT = 5.0, 1.1
_AMOUNT = 16_800
_SIGNED, _COLLECTED = date(2026, 12, 1), date(2027, 2, 1)


class _Nowhere:
    def write(self, data: bytes) -> int:
        return len(data)


def measure_writer(lines: int = LINES) -> list[dict[str, Any]]:
    """Both write the same debits; neither validates. They take turns, and the least disturbed of each counts.

    Memory is the peak while writing ten times the lines to nowhere, against that of the lines themselves.
    """
    layout = read_json(DATA / "bank_jateng_profile.json")["formats"]["pain008"]
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(_seconds(lambda: _peer(lines)))
        ours.append(_seconds(lambda: _write(lines, layout)))
    line, peer = (min(seconds) / lines * 1e6 for seconds in (ours, theirs))
    few, many = _peak_kb(lines, layout), _peak_kb(10 * lines, layout)
    return [
        {
            "name": "pain.008 written, per line, against python-sepaxml",
            "value": round(line, 1),
            "unit": "us",
            "against": round(peer, 1),
            "ratio": round(peer / line, 1),
            "goal": f">= {FASTER:g}",
            "met": peer / line >= FASTER,
        },
        {
            "name": f"pain.008 written, memory for {10 * lines:,} lines, against {lines:,}",
            "value": round(many, 1),
            "unit": "kB",
            "against": round(few, 1),
            "ratio": round(many / few, 2),
            "goal": f"<= {FLAT:g}",
            "met": many / few <= FLAT,
        },
    ]


def _write(lines: int, layout: Layout) -> None:
    head = FileHead(
        message_id="CONTOH-2027-02",
        created_at=datetime(2027, 1, 27, 9, tzinfo=UTC),
        collection_date=_COLLECTED,
        creditor=Creditor("Contoh Rekening Penampung", "0000000777", "CONTOH-01", "PDJGIDJ1"),
        bank=BankParty("PDJGIDJ1", "113"),
        count=lines,
        total=lines * _AMOUNT,
    )
    pain008.write(head, _lines(lines), layout, _Nowhere())


def _lines(count: int) -> Iterator[DebitLine]:
    for number in range(count):
        yield DebitLine(
            f"CONTOH{number:09d}", f"SK-{number:09d}", _SIGNED, f"{number:010d}", f"Contoh Nama {number}",
            _AMOUNT, "DINKES", "Iuran pekerja rentan Februari 2027",
        )  # fmt: skip


def _peer(lines: int) -> None:
    """An IBAN of the standard's own example: the package writes no other kind of account."""
    config = {
        "name": "Contoh Rekening Penampung", "IBAN": "NL50BANK1234567890", "BIC": "BANKNL2A", "batch": True,
        "creditor_id": "CONTOH-01", "currency": "IDR",
    }  # fmt: skip
    file = SepaDD(config, schema="pain.008.001.08", clean=True)
    for line in _lines(lines):
        file.add_payment(
            {
                "name": line.holder, "IBAN": "NL50BANK1234567890", "BIC": "BANKNL2A", "amount": line.amount * 100,
                "type": "RCUR", "collection_date": _COLLECTED, "mandate_id": line.mandate_id,
                "mandate_date": line.signed_on, "description": line.description, "endtoend_id": line.reference,
            }
        )  # fmt: skip
    file.export(validate=False)


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _peak_kb(lines: int, layout: Layout) -> float:
    tracemalloc.start()
    try:
        _write(lines, layout)
        return tracemalloc.get_traced_memory()[1] / 1000
    finally:
        tracemalloc.stop()
