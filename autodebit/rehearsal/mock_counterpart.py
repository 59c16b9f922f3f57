"""A bank that talks ISO 20022: mock-bank, which knows nothing of this project, decides about our pain.008.

Every answer comes from a fresh bank that is told beforehand which debtors have no money and which accounts are closed;
so the same file always gets the same answer, and no bank has to be kept running.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from lxml import etree
from mockbank import direct_debit, outbox
from mockbank.server import Config
from mockbank.state import State

from autodebit.formats.lines import WIB
from autodebit.rehearsal.scenarios import Fate

ZONE = "Asia/Jakarta"
MOST_LINES = 5_000
RETURN_REASON = "MD06"
_OPENS = time(9)
_BEHAVIOUR = {Fate.NO_FUNDS: "insufficient-funds", Fate.CLOSED: "closed-account"}
_SEEDED = "ACME"  # one of the accounts a fresh bank begins with; it becomes the collecting account


@dataclass(frozen=True)
class Said:
    """One message of the bank: its kind without the version ("pain002", "camt054", "pacs004") and its bytes."""

    kind: str
    data: bytes


def references(pain008: bytes) -> tuple[str, ...]:
    """The lines of our file, in its order."""
    return tuple(_parties(pain008)[1])


def status_and_credit(
    pain008: bytes, met: Mapping[str, Fate], *, collected_on: date, holidays: Sequence[date] = ()
) -> list[Said]:
    """pain.002 when the file arrives, camt.054 when the money has come, which is none when no line is taken.

    With every line DOUBLED the file arrives twice, and only what the bank says to the second one is returned.
    """
    doubled = bool(met) and set(met.values()) == {Fate.DOUBLED}
    with _bank(pain008, met, collected_on, holidays) as bank:
        bank.receive(pain008)
        if doubled:
            outbox.collect(bank.conn, bank.now())
            bank.receive(pain008)
            return _collected(bank, "pain.002")
        _move_to(bank, collected_on)
        return _collected(bank)


def late_return(
    pain008: bytes,
    met: Mapping[str, Fate],
    *,
    collected_on: date,
    returned_on: date,
    holidays: Sequence[date] = (),
) -> list[Said]:
    """pacs.004 and camt.054 for the lines RETURNED, which were taken on `collected_on`; a working day after it."""
    with _bank(pain008, {}, collected_on, holidays) as bank:
        bank.receive(pain008)
        _move_to(bank, collected_on)
        _move_to(bank, returned_on)
        outbox.collect(bank.conn, bank.now())
        for reference, fate in met.items():
            if fate == Fate.RETURNED:
                direct_debit.refuse(bank.conn, bank.clock, bank.now(), reference, {"reason": RETURN_REASON})
        bank.release()
        return [said for said in _collected(bank) if said.kind in ("pacs004", "camt054")]


@contextmanager
def _bank(
    pain008: bytes, met: Mapping[str, Fate], collected_on: date, holidays: Sequence[date]
) -> Iterator[State]:
    """A bank that got our file on the working day before the debit, at nine. Its clock stands still."""
    day = collected_on - timedelta(days=1)
    while day.weekday() > 4 or day in holidays:
        day -= timedelta(days=1)
    opens = datetime.combine(day, _OPENS, WIB)
    bank = State(Config(timezone=ZONE, quiet=True))
    try:
        bank.clock.real = lambda: opens
        bank.clock.offset = timedelta(0)
        bank.statements_to = bank.clock.now()
        bank.conn.executemany("INSERT INTO holiday (day) VALUES (?)", [(d.isoformat(),) for d in holidays])
        collecting, debtors = _parties(pain008)
        # Indonesia has no IBAN: the bank knows the collecting account by its domestic number. Debtors it knows by IBAN
        # alone, so theirs is their number, put in behind its door.
        bank.conn.execute("UPDATE account SET account_number = ''")
        bank.conn.execute(
            "UPDATE account SET account_number = ?, name = 'LATIHAN', currency = 'IDR', balance = 0 WHERE id = ?",
            (collecting, _SEEDED),
        )
        known = {
            debtors[reference]: _BEHAVIOUR[fate] for reference, fate in met.items() if fate in _BEHAVIOUR
        }
        bank.conn.executemany(
            "INSERT INTO account (id, name, iban, currency, balance, behaviour) VALUES (?, 'LATIHAN', ?, 'IDR', 0, ?)",
            [(f"D{number}", account, behaviour) for number, (account, behaviour) in enumerate(known.items())],
        )
        yield bank
    finally:
        bank.close()


def _parties(pain008: bytes) -> tuple[str, dict[str, str]]:
    """The collecting account, and reference -> debited account. Raises etree.XMLSyntaxError for anything but XML."""
    root = etree.fromstring(pain008, etree.XMLParser(resolve_entities=False, no_network=True))
    collecting = root.findtext(".//{*}CdtrAcct/{*}Id/{*}Othr/{*}Id") or ""
    debtors = {
        line.findtext("{*}PmtId/{*}EndToEndId") or "": line.findtext("{*}DbtrAcct/{*}Id/{*}Othr/{*}Id") or ""
        for line in root.iter("{*}DrctDbtTxInf")
    }
    return collecting, debtors


def _move_to(bank: State, day: date) -> None:
    if day > bank.clock.today():
        bank.clock.advance(to=day)
    bank.clock.offset = datetime.combine(day, _OPENS, WIB) - bank.clock.real()


def _collected(bank: State, kind: str = "") -> list[Said]:
    """What lies in the mailbox, oldest first; the daily statements are not asked for here."""
    rows = outbox.collect(bank.conn, bank.now(), kind=kind)
    kinds = [("".join(row["type"].split(".")[:2]), row["body"]) for row in rows]
    return [Said(name, body.encode()) for name, body in kinds if name in ("pain002", "camt054", "pacs004")]
