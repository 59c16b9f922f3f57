import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodebit.formats import pain002
from autodebit.formats.results import Answer, ResultHead

LAYOUT = {"settled": ["ACSC", "ACCC"], "pending": ["ACCP", "ACSP", "PDNG"]}


def line(reference="A000000000000001", status="ACSC", more=""):
    return f"<TxInfAndSts><OrgnlEndToEndId>{reference}</OrgnlEndToEndId><TxSts>{status}</TxSts>{more}</TxInfAndSts>"


def report(*lines, group="", payment="", version="pain.002.001.12"):
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:{version}">'
        "<CstmrPmtStsRpt><GrpHdr><MsgId>B-1</MsgId><CreDtTm>2026-01-02T10:00:00+07:00</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>ASN-1</OrgnlMsgId>{group}</OrgnlGrpInfAndSts>"
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>ASN-1</OrgnlPmtInfId>{payment}{''.join(lines)}</OrgnlPmtInfAndSts>"
        "</CstmrPmtStsRpt></Document>"
    ).encode()


def reason(code, words=""):
    return f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn><AddtlInf>{words}</AddtlInf></StsRsnInf>"


def read(data, layout=LAYOUT):
    reading = pain002.read(io.BytesIO(data), layout)
    return list(reading), reading


def test_a_partly_accepted_file_of_an_independent_bank(golden):
    answers, reading = read(golden("mock/pain002_part.xml"))
    assert answers == [
        Answer(1, "7K2MQ4XA0126011C", "pending", "", None, None, ""),
        Answer(2, "9B3NR5YB0126012D", "pending", "", None, None, ""),
        Answer(3, "4C6PT8VC0226011E", "failed", "AM04", None, None,
               "33600.00 is more than the debtor account **** has available, 0.00"),
    ]  # fmt: skip
    assert reading.head == ResultHead("MB-P002-000001", ("PPR-202601-G01-01",))
    assert (reading.findings, reading.fatal) == ([], False)


def test_a_file_refused_as_a_whole_has_no_lines_and_a_code(golden):
    answers, reading = read(golden("mock/pain002_refused.xml"))
    assert (answers, reading.fatal) == ([], False)
    assert (reading.head.whole_file, reading.head.whole_file_code) == ("rejected", "DUPL")
    assert reading.head.answers_to == ("PPR-202601-G01-01",)


@pytest.mark.parametrize(
    ("group", "payment", "whole"),
    [("<GrpSts>ACCP</GrpSts>", "", ("accepted", "")),
     ("", "<PmtInfSts>RJCT</PmtInfSts>" + reason("FF01"), ("rejected", "FF01")),
     ("<GrpSts>RJCT</GrpSts>", "<PmtInfSts>RJCT</PmtInfSts>" + reason("DT01"), ("rejected", "DT01")),
     ("<GrpSts>PART</GrpSts>", "", ("", "")), ("", "", ("", "")), ("<GrpSts>XXXX</GrpSts>", "", ("", ""))],
)  # fmt: skip
def test_what_is_said_of_the_whole_file(group, payment, whole):
    _, reading = read(report(group=group, payment=payment))
    assert (reading.head.whole_file, reading.head.whole_file_code) == whole


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("ACSC", "succeeded"), ("ACCC", "succeeded"), ("ACCP", "pending"), ("ACSP", "pending"), ("PDNG", "pending"),
     ("RJCT", "failed"), ("ACTC", ""), ("acsc", ""), ("", "")],
)  # fmt: skip
def test_the_layout_says_which_status_is_final(status, outcome):
    (answer,), reading = read(report(line(status=status)))
    assert answer.outcome == outcome
    assert bool(reading.findings) == (outcome == "")


def test_a_bank_whose_accepted_means_settled_needs_other_data_only():
    layout = {"settled": ["ACCP"], "pending": []}
    assert pain002.layout_findings(layout) == ()
    assert read(report(line(status="ACCP")), layout)[0][0].outcome == "succeeded"


@pytest.mark.parametrize(
    "layout", [{"settled": ["RJCT"]}, {"settled": ["ACSC"], "pending": ["ACSC"]},
               {"settled": "ACSC"}, {"pending": [1]}, []]
)  # fmt: skip
def test_a_status_with_two_meanings_is_a_finding(layout):
    assert pain002.layout_findings(layout) != ()


def test_reason_amount_and_moment_are_read_and_success_has_no_code():
    more = "<AccptncDtTm>2026-01-01T18:30:00Z</AccptncDtTm>"
    more += '<OrgnlTxRef><Amt><InstdAmt Ccy="IDR">16800.00</InstdAmt></Amt></OrgnlTxRef>'
    answers, _ = read(
        report(line(more=reason("NARR") + more), line("A2", "RJCT", reason("ac04", "Rek. 3000009002")))
    )
    assert answers[0] == Answer(1, "A000000000000001", "succeeded", "", 16_800, date(2026, 1, 2), "")
    assert answers[1] == Answer(2, "A2", "failed", "AC04", None, None, "Rek. ****")


@pytest.mark.parametrize(
    "amount", ['Ccy="USD">16800.00', 'Ccy="IDR">16800.50', 'Ccy="IDR">-1.00', 'Ccy="IDR">1e3']
)
def test_an_amount_that_is_not_whole_rupiah_is_a_fault(amount):
    more = f"<OrgnlTxRef><Amt><InstdAmt {amount}</InstdAmt></Amt></OrgnlTxRef>"
    (answer,), reading = read(report(line(more=more)))
    assert (answer.outcome, answer.amount, reading.faults) == ("", None, 1)


@pytest.mark.parametrize("reference", ["", "NOTPROVIDED", "A" * 36])
def test_a_line_without_a_usable_reference_is_a_fault(reference):
    (answer,), reading = read(report(line(reference)))
    assert (answer.outcome, answer.reference) == ("", "")
    assert reading.findings[0].message.startswith("Entri 1: ")


def test_doubled_references_are_both_handed_on():
    answers, reading = read(report(line(), line(status="RJCT")))
    assert [answer.outcome for answer in answers] == ["succeeded", "failed"]
    assert reading.findings == []


def test_a_refused_file_with_a_settled_debit_contradicts_itself():
    assert read(report(line(), group="<GrpSts>RJCT</GrpSts>"))[1].fatal


def test_a_refused_group_of_debits_without_lines_beside_lines_is_fatal():
    data = report(line()).replace(
        b"</CstmrPmtStsRpt>",
        b"<OrgnlPmtInfAndSts><PmtInfSts>RJCT</PmtInfSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt>",
    )
    assert read(data)[1].fatal


@pytest.mark.parametrize(
    "version", ["pain.002.001.03", "pain.002.001.10", "pain.002.001.12", "pain.002.001.15"]
)
def test_any_version_is_read(version):
    assert len(read(report(line(), version=version))[0]) == 1


@pytest.mark.parametrize("version", ["camt.054.001.08", "pain.008.001.08", "pain.002", "x"])
def test_another_message_is_fatal_and_gives_no_line(version):
    answers, reading = read(report(line(), version=version))
    assert (answers, reading.fatal) == ([], True)


def test_every_cut_is_fatal(golden):
    data = golden("mock/pain002_part.xml").rstrip()
    assert [cut for cut in range(len(data)) if not read(data[:cut])[1].fatal] == []


@given(data=st.binary(max_size=300), place=st.integers(0, 1_100))
def test_no_bytes_at_all_raise_anything(golden, data, place):
    whole = golden("mock/pain002_part.xml")
    for hostile in (data, whole[:place] + data + whole[place:]):
        answers, reading = read(hostile)
        assert len(answers) == reading.count
        pain002.hand_back(io.BytesIO(hostile), LAYOUT, {1})


def test_hand_back_gives_exactly_these_lines_and_can_be_read_again(golden):
    data = pain002.hand_back(io.BytesIO(golden("mock/pain002_part.xml")), LAYOUT, {3, 9})
    answers, reading = read(data)
    assert [(answer.reference, answer.code) for answer in answers] == [("4C6PT8VC0226011E", "AM04")]
    assert (reading.head.answers_to, reading.fatal) == (("PPR-202601-G01-01",), False)


def test_hand_back_of_a_file_that_cannot_be_read_is_empty():
    assert pain002.hand_back(io.BytesIO(b"REF,STATUS\r\n"), LAYOUT, {1}) == b""
