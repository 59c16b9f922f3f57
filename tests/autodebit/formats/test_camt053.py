import io
from datetime import date

import pytest

from autodebit.formats import camt053
from autodebit.formats.statements import Booking, StatementHead

OURS = "ASN-2026-01-G01-R1-1A2B3C4D"


def balance(code, amount, side="CRDT"):
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="IDR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd></Bal>'
    )


def entry(amount="16800.00", side="CRDT", inside="", status="BOOK", more="", ccy="IDR", before=""):
    return (
        f'<Ntry><Amt Ccy="{ccy}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{before}<Sts><Cd>{status}</Cd></Sts>'
        f"<BookgDt><Dt>2026-01-02</Dt></BookgDt><AcctSvcrRef>REF-1</AcctSvcrRef>{more}"
        f"{inside and f'<NtryDtls>{inside}</NtryDtls>'}</Ntry>"
    )


def details(end="NOTPROVIDED", file=OURS):
    return f"<TxDtls><Refs><PmtInfId>{file}</PmtInfId><EndToEndId>{end}</EndToEndId></Refs></TxDtls>"


def code(family):
    return f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>MDOP</Cd><SubFmlyCd>{family}</SubFmlyCd></Fmly></Domn></BkTxCd>"


def statement(*entries, opening="0.00", closing="16800.00", account="0000000777"):
    return (
        f"<Stmt><Id>S</Id><Acct><Id><Othr><Id>{account}</Id></Othr></Id></Acct>"
        f"{balance('OPBD', opening)}{balance('CLBD', closing)}{''.join(entries)}</Stmt>"
    )


def document(*statements):
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>B-1</MsgId></GrpHdr>{''.join(statements)}</BkToCstmrStmt></Document>"
    ).encode()


def read(data):
    reading = camt053.read(io.BytesIO(data), {})
    return list(reading), reading


def test_the_payday_statement_of_an_independent_bank(golden):
    bookings, reading = read(golden("mock/camt053_collected.xml"))
    day, about = date(2026, 1, 2), "PEDULI PEKERJA RENTAN JANUARI 2026"
    assert bookings == [
        Booking(1, day, day, 16_800, "MB-COL-1", "7K2MQ4XA0126011C", about, "credit"),
        Booking(2, day, day, 1_234_567, "MB-COL-2", "9B3NR5YB0126012D", about, "credit"),
    ]
    assert reading.head == StatementHead("0001", "MB-C053-ACME-5", 0, 1_251_367, day, day)
    assert (reading.findings, reading.fatal, reading.total) == ([], False, 1_251_367)


@pytest.mark.parametrize("name", ["mock/camt053_returned.xml", "mock/camt052_returned.xml"])
def test_a_return_is_a_reversal_in_statement_and_report(golden, name):
    (booking,), reading = read(golden(name))
    assert (booking.amount, booking.kind, booking.our_reference) == (
        -1_234_567,
        "reversal",
        "9B3NR5YB0126012D",
    )
    assert (reading.head.opening, reading.head.closing, reading.fatal) == (1_251_367, 16_800, False)


def test_a_sum_for_one_file_of_ours_names_that_file():
    data = document(statement(entry(inside=details() + details())))
    assert read(data)[0][0].our_reference == OURS


def test_a_sum_for_two_files_names_none():
    assert (
        read(document(statement(entry(inside=details() + details(file="ASN-2")))))[0][0].our_reference == ""
    )


@pytest.mark.parametrize(
    ("words", "reference"),
    [(f"KREDIT {OURS} AUTODEBET", OURS), (f"{OURS} DAN ASN-2026-01-G02-R1-1A2B3C4D", ""), ("SETORAN TUNAI", ""),
     ("RETUR R9B3NR5Y01260112", "R9B3NR5Y01260112")],
)  # fmt: skip
def test_our_reference_is_found_in_the_words_of_the_bank(words, reference):
    more = f"<AddtlNtryInf>{words}</AddtlNtryInf>"
    data = document(statement(entry().replace("</Ntry>", more + "</Ntry>")))
    assert read(data)[0][0].our_reference == reference


@pytest.mark.parametrize(
    ("side", "before", "more", "kind"),
    [("CRDT", "", "", "credit"), ("DBIT", "", "", "debit"), ("DBIT", "", code("CHRG"), "fee"),
     ("DBIT", "", code("UPDD"), "reversal"),
     ("DBIT", "<RvslInd>true</RvslInd>", "", "reversal"), ("CRDT", "", code("XXXX"), "credit")],
)  # fmt: skip
def test_the_kind_is_what_the_bank_says_or_else_the_sign(side, before, more, kind):
    closing = "16800.00" if side == "CRDT" else "0.00"
    opening = "0.00" if side == "CRDT" else "16800.00"
    data = document(statement(entry(side=side, before=before, more=more), opening=opening, closing=closing))
    bookings, reading = read(data)
    assert ([booking.kind for booking in bookings], reading.fatal) == ([kind], False)


@pytest.mark.parametrize(
    "data",
    [document(statement(entry(), closing="16801.00")), document(statement(entry(), opening="-1.00")),
     document(statement(entry(amount="16800.50"))), document(statement(entry(ccy="USD"))),
     document(statement(entry(side="PLUS"))), document(statement(entry(), closing="banyak")),
     document(statement()), document(statement(entry(), entry()))],
)  # fmt: skip
def test_balances_that_do_not_follow_from_the_entries_are_fatal(data):
    assert read(data)[1].fatal


def test_an_entry_that_is_not_booked_yet_is_no_part_of_the_balance():
    bookings, reading = read(document(statement(entry(), entry(status="PDNG"))))
    assert (len(bookings), reading.fatal) == (1, False)


def test_a_negative_balance_is_signed_by_its_side():
    overdrawn = statement(entry(), closing="6800.00").replace(
        balance("OPBD", "0.00"), balance("OPBD", "10000.00", "DBIT")
    )
    _, reading = read(document(overdrawn))
    assert (reading.head.opening, reading.head.closing, reading.fatal) == (-10_000, 6_800, False)


def test_days_that_follow_each_other_are_one_statement():
    _, reading = read(
        document(statement(entry()), statement(entry(), opening="16800.00", closing="33600.00"))
    )
    assert (reading.head.opening, reading.head.closing, reading.fatal) == (0, 33_600, False)


@pytest.mark.parametrize(("account", "opening"), [("0000000778", "16800.00"), ("0000000777", "0.00")])
def test_another_account_or_a_missing_day_is_fatal(account, opening):
    closing = "33600.00" if opening != "0.00" else "16800.00"
    second = statement(entry(), opening=opening, closing=closing, account=account)
    assert read(document(statement(entry()), second))[1].fatal


def test_every_cut_is_fatal(golden):
    data = golden("mock/camt053_returned.xml").rstrip()
    assert [cut for cut in range(len(data)) if not read(data[:cut])[1].fatal] == []


def test_a_notification_is_no_statement(golden):
    bookings, reading = read(golden("mock/camt054_collected.xml"))
    assert (bookings, reading.fatal) == ([], True)
