import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodebit.formats import camt054
from autodebit.formats.results import Answer

RETURN = "<RtrInf><Rsn><Cd>ms02</Cd></Rsn><AddtlInf>Ditolak 3000009002</AddtlInf></RtrInf>"


def details(reference="A000000000000001", amount="16800.00", more=""):
    money = f'<Amt Ccy="IDR">{amount}</Amt>' if amount else ""
    return (
        f"<TxDtls><Refs><MsgId>ASN-1</MsgId><EndToEndId>{reference}</EndToEndId></Refs>{money}{more}</TxDtls>"
    )


def entry(*transactions, amount="16800.00", side="CRDT", status="<Cd>BOOK</Cd>", more="", ccy="IDR"):
    inside = f"<NtryDtls>{''.join(transactions)}</NtryDtls>" if transactions else ""
    return (
        f'<Ntry><Amt Ccy="{ccy}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{more}<Sts>{status}</Sts>'
        f"<BookgDt><Dt>2026-01-02</Dt></BookgDt>{inside}</Ntry>"
    )


def notification(*entries, summary="", version="camt.054.001.08"):
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{version}"><BkToCstmrDbtCdtNtfctn>'
        f"<GrpHdr><MsgId>B-1</MsgId></GrpHdr><Ntfctn><Id>N</Id>{summary}{''.join(entries)}</Ntfctn>"
        "</BkToCstmrDbtCdtNtfctn></Document>"
    ).encode()


def read(data):
    reading = camt054.read(io.BytesIO(data), {})
    return list(reading), reading


def test_booked_credits_of_an_independent_bank_are_successes(golden):
    answers, reading = read(golden("mock/camt054_collected.xml"))
    assert answers == [
        Answer(1, "7K2MQ4XA0126011C", "succeeded", "", 16_800, date(2026, 1, 2), ""),
        Answer(2, "9B3NR5YB0126012D", "succeeded", "", 1_234_567, date(2026, 1, 2), ""),
    ]
    assert (reading.head.message_id, reading.head.answers_to) == ("MB-C054-ACME-1", ("PPR-202601-G01-01",))
    assert (reading.findings, reading.fatal, reading.total) == ([], False, 1_251_367)


def test_a_booked_debit_with_its_reason_is_a_return(golden):
    answers, _ = read(golden("mock/camt054_returned.xml"))
    assert answers == [Answer(1, "9B3NR5YB0126012D", "returned", "MS02", 1_234_567, date(2026, 1, 5), "")]


@pytest.mark.parametrize(
    ("side", "more", "inside", "status", "outcome"),
    [("CRDT", "", "", "<Cd>BOOK</Cd>", "succeeded"), ("CRDT", "", "", "BOOK", "succeeded"),
     ("CRDT", "", "", "<Cd>PDNG</Cd>", "pending"), ("CRDT", "", "", "<Cd>INFO</Cd>", "pending"),
     ("DBIT", "", RETURN, "<Cd>BOOK</Cd>", "returned"),
     ("DBIT", "<RvslInd>true</RvslInd>", "", "<Cd>BOOK</Cd>", "returned"),
     ("DBIT", "", "", "<Cd>BOOK</Cd>", ""), ("CRDT", "", RETURN, "<Cd>BOOK</Cd>", ""),
     ("CRDT", "<RvslInd>true</RvslInd>", "", "<Cd>BOOK</Cd>", ""), ("", "", "", "<Cd>BOOK</Cd>", "")],
)  # fmt: skip
def test_direction_status_and_return_information_give_the_outcome(side, more, inside, status, outcome):
    data = notification(entry(details(more=inside), side=side, more=more, status=status))
    (answer,), reading = read(data)
    assert answer.outcome == outcome
    assert reading.faults == (outcome == "")


def test_words_and_code_of_a_return_are_clean():
    (answer,), _ = read(notification(entry(details(more=RETURN), side="DBIT")))
    assert (answer.code, answer.text) == ("MS02", "Ditolak ****")


def test_one_entry_may_hold_many_transactions():
    data = notification(entry(details("A1"), details("A2", "33600.00"), amount="50400.00"))
    answers, reading = read(data)
    assert [(answer.number, answer.reference, answer.amount) for answer in answers] == [
        (1, "A1", 16_800),
        (2, "A2", 33_600),
    ]
    assert reading.findings == []


def test_an_only_transaction_may_leave_its_amount_to_the_entry():
    (answer,), reading = read(notification(entry(details(amount=""))))
    assert (answer.amount, answer.outcome, reading.fatal) == (16_800, "succeeded", False)


def test_version_02_states_the_amount_one_level_deeper():
    older = details(amount="", more='<AmtDtls><TxAmt><Amt Ccy="IDR">16800.00</Amt></TxAmt></AmtDtls>')
    (answer,), _ = read(notification(entry(older, status="BOOK"), version="camt.054.001.02"))
    assert (answer.amount, answer.outcome) == (16_800, "succeeded")


def test_an_entry_without_transactions_is_left_to_a_person():
    (answer,), reading = read(notification(entry()))
    assert (answer.reference, answer.outcome, answer.amount) == ("", "", 16_800)
    assert reading.faults == 1


@pytest.mark.parametrize(
    "data",
    [notification(entry(details(), amount="16801.00")), notification(entry(details(), amount="16800.50")),
     notification(entry(details(), ccy="USD")), notification(entry(details("A1"), details("A2"))),
     notification(entry(details(), details("A2", ""), amount="16800.00").replace("A2", "A3") + "<Ntry/>")],
)  # fmt: skip
def test_an_entry_unlike_its_transactions_is_fatal(data):
    assert read(data)[1].fatal


@pytest.mark.parametrize(
    ("count", "total", "fatal"), [(1, "16800.00", False), (2, "16800.00", True), (1, "16801", True)]
)
def test_the_summary_must_be_that_of_the_entries(count, total, fatal):
    summary = (
        f"<TxsSummry><TtlNtries><NbOfNtries>{count}</NbOfNtries><Sum>{total}</Sum></TtlNtries></TxsSummry>"
    )
    _, reading = read(notification(entry(details()), summary=summary))
    assert (reading.fatal, reading.head.stated_count) == (fatal, count)


def test_every_cut_is_fatal(golden):
    data = golden("mock/camt054_returned.xml").rstrip()
    assert [cut for cut in range(len(data)) if not read(data[:cut])[1].fatal] == []


def test_another_message_is_fatal(golden):
    for name in ("mock/pain002_part.xml", "mock/camt053_collected.xml", "BANKJATENG/result_mixed.csv"):
        answers, reading = read(golden(name))
        assert (answers, reading.fatal) == ([], True)


@given(data=st.binary(max_size=200), place=st.integers(0, 1_500))
def test_no_bytes_at_all_raise_anything(golden, data, place):
    whole = golden("mock/camt054_returned.xml")
    hostile = whole[:place] + data + whole[place:]
    assert len(read(hostile)[0]) <= 2
    camt054.hand_back(io.BytesIO(hostile), {}, {1})


@pytest.mark.parametrize(
    "body", ["<TxDtls/>", "<Ntry><TxDtls/></Ntry>", "<Ntry><Ntry/></Ntry>", "<NtryDtls><TxDtls/></NtryDtls>"]
)
def test_elements_in_places_where_they_do_not_belong_never_raise(body):
    answers, _ = read(notification(body))
    assert all(answer.outcome == "" for answer in answers)


@pytest.mark.parametrize("numbers", [{1}, {2}, {3}, {1, 3}, {1, 2, 3}])
def test_hand_back_gives_exactly_these_transactions_and_can_be_read_again(numbers):
    summary = "<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries></TxsSummry>"
    data = notification(
        entry(details("A1"), details("A2", "33600.00"), amount="50400.00"),
        entry(details("A3")),
        summary=summary,
    )
    assert not read(data)[1].fatal
    answers, reading = read(camt054.hand_back(io.BytesIO(data), {}, numbers))
    assert [answer.reference for answer in answers] == [f"A{number}" for number in sorted(numbers)]
    assert (reading.findings, reading.fatal) == ([], False)
