"""The statement of the collecting account as the rehearsal bank keeps it: camt.053 or the profile's delimited table."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
OPENING_BALANCE = 10_000_000
FEE_PER_BATCH = 2_500

Layout = Mapping[str, Any]


@dataclass(frozen=True)
class Movement:
    """One booking; `amount` is signed whole rupiah, a credit is positive. `kind`: credit, debit, fee or reversal.

    `our_reference` is the number of our file or line, where the bank repeats it; `reference` the bank's own number.
    """

    booked_on: date
    amount: int
    text: str
    reference: str
    kind: str = "credit"
    our_reference: str = ""


def as_camt053(
    movements: Sequence[Movement], *, account: str, number: str, until: date, made_at: datetime
) -> bytes:
    """One statement from the first movement to `until`, oldest first. Balances begin at OPENING_BALANCE."""
    ordered = in_order(movements)
    since = ordered[0].booked_on if ordered else until
    closing = OPENING_BALANCE + sum(movement.amount for movement in ordered)
    entries = "".join(map(_entry, ordered))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!-- LATIHAN: bukan mutasi rekening sungguhan -->\n'
        f'<Document xmlns="{NAMESPACE}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>{number}</MsgId><CreDtTm>{made_at.replace(microsecond=0).isoformat()}</CreDtTm></GrpHdr>\n"
        f"<Stmt><Id>{number}</Id><CreDtTm>{made_at.replace(microsecond=0).isoformat()}</CreDtTm>"
        f"<FrToDt><FrDtTm>{since}T00:00:00+07:00</FrDtTm><ToDtTm>{until}T23:59:59+07:00</ToDtTm></FrToDt>"
        f"<Acct><Id><Othr><Id>{escape(account)}</Id></Othr></Id><Ccy>IDR</Ccy></Acct>\n"
        f"{_balance('OPBD', OPENING_BALANCE, since)}{_balance('CLBD', closing, until)}{entries}"
        "</Stmt></BkToCstmrStmt></Document>\n"
    ).encode()


def _balance(code: str, amount: int, day: date) -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="IDR">{abs(amount)}.00</Amt>'
        f"<CdtDbtInd>{'CRDT' if amount >= 0 else 'DBIT'}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>\n"
    )


def _entry(movement: Movement) -> str:
    family = {"fee": "CHRG", "reversal": "UPDD"}.get(movement.kind, "ESDD")
    batch = f"<NtryDtls><Btch><MsgId>{escape(movement.our_reference)}</MsgId></Btch></NtryDtls>"
    return (
        f'<Ntry><Amt Ccy="IDR">{abs(movement.amount)}.00</Amt>'
        f"<CdtDbtInd>{'CRDT' if movement.amount >= 0 else 'DBIT'}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{movement.booked_on}</Dt></BookgDt><ValDt><Dt>{movement.booked_on}</Dt></ValDt>"
        f"<AcctSvcrRef>{escape(movement.reference)}</AcctSvcrRef>"
        f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>IDDT</Cd><SubFmlyCd>{family}</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"{batch if movement.our_reference else ''}"
        f"<AddtlNtryInf>{escape(movement.text)}</AddtlNtryInf></Ntry>\n"
    )


def as_table(
    movements: Sequence[Movement], *, layout: Layout, account: str, number: str, until: date
) -> bytes:
    """The same statement in a layout of statement_csv, oldest first."""
    ordered = in_order(movements)
    balance, rows = OPENING_BALANCE, []
    for movement in ordered:
        balance += movement.amount
        cells = _cells(movement, balance, layout)
        rows.append([_cell(column, cells) for column in layout["columns"]])
    ends = {
        "account": account,
        "message_id": number,
        "from": _day(ordered[0].booked_on if ordered else until, layout),
        "until": _day(until, layout),
        "opening": _money(OPENING_BALANCE, layout),
        "closing": _money(balance, layout),
        "count": str(len(ordered)),
    }
    opening = [[_cell(column, ends) for column in layout.get("opening") or []]]
    titles = [[column["title"] for column in layout["columns"]]] if layout.get("titles") else [[]]
    trailer = [[_cell(column, ends) for column in layout.get("trailer") or []]]
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=layout["delimiter"], lineterminator=layout["line_end"])
    writer.writerows(row for row in (*opening, *titles, *rows, *trailer) if row)
    return out.getvalue().encode(layout["encoding"])


def in_order(movements: Sequence[Movement]) -> list[Movement]:
    """Oldest first; those of one day in the order given."""
    return sorted(movements, key=lambda movement: movement.booked_on)


def _cells(movement: Movement, balance: int, layout: Layout) -> dict[str, str]:
    side = "credit" if movement.amount >= 0 else "debit"
    shown = _money(abs(movement.amount), layout)
    signed = any(column.get("source") == "sign" for column in layout["columns"])
    words = {meaning: word for word, meaning in (layout.get("kinds") or {}).items()}
    signs = {meaning: word for word, meaning in (layout.get("signs") or {}).items()}
    return {
        "booked_on": _day(movement.booked_on, layout),
        "valued_on": _day(movement.booked_on, layout),
        "amount": shown if signed or movement.amount >= 0 else f"-{shown}",
        "sign": signs.get(side, ""),
        side: shown,
        "balance": _money(balance, layout),
        "bank_reference": movement.reference,
        "our_reference": movement.our_reference,
        "kind": words.get(movement.kind, ""),
        "text": movement.text,
    }


def _cell(column: Mapping[str, Any], cells: Mapping[str, str]) -> str:
    return str(column["constant"]) if "constant" in column else cells.get(column["source"], "")


def _day(day: date, layout: Layout) -> str:
    return day.strftime(layout["date_format"])


def _money(rupiah: int, layout: Layout) -> str:
    amount = layout["amount"]
    whole = f"{abs(rupiah):,}".replace(",", amount.get("group_mark", ""))
    shown = whole + amount["decimal_mark"] + "0" * amount["decimals"] if amount["decimals"] else whole
    return shown if rupiah >= 0 else f"-{shown}"
