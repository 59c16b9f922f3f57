import io
from datetime import date

import pytest

from autodebit.formats import pacs004
from autodebit.formats.results import Answer, ResultHead


def returned(reference="A1", amount='Ccy="IDR">16800.00', code="AC04", more=""):
    return (
        f"<TxInf><OrgnlEndToEndId>{reference}</OrgnlEndToEndId>{more}<RtrdIntrBkSttlmAmt {amount}</RtrdIntrBkSttlmAmt>"
        f"<RtrRsnInf><Rsn><Cd>{code}</Cd></Rsn><AddtlInf>Rek 3000009002</AddtlInf></RtrRsnInf></TxInf>"
    )


def message(*lines, count=1, sums="<CtrlSum>16800.00</CtrlSum>", version="pacs.004.001.09"):
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{version}"><PmtRtr><GrpHdr><MsgId>B-1</MsgId>'
        f"<NbOfTxs>{count}</NbOfTxs>{sums}<IntrBkSttlmDt>2026-01-05</IntrBkSttlmDt></GrpHdr>"
        f"<OrgnlGrpInf><OrgnlMsgId>ASN-1</OrgnlMsgId></OrgnlGrpInf>{''.join(lines)}</PmtRtr></Document>"
    ).encode()


def read(data):
    reading = pacs004.read(io.BytesIO(data), {})
    return list(reading), reading


def test_a_return_of_an_independent_bank(golden):
    answers, reading = read(golden("mock/pacs004_returned.xml"))
    assert answers == [Answer(1, "9B3NR5YB0126012D", "returned", "MS02", 1_234_567, date(2026, 1, 5), "")]
    assert reading.head == ResultHead("MB-P004-ACME-1", ("PPR-202601-G01-01",), "", "", 1, 1_234_567)
    assert (reading.findings, reading.fatal) == ([], False)


def test_the_day_of_the_whole_message_counts_where_a_line_has_none():
    (answer,), _ = read(message(returned()))
    assert answer == Answer(1, "A1", "returned", "AC04", 16_800, date(2026, 1, 5), "Rek ****")


def test_files_of_ours_are_named_once_each_wherever_they_stand():
    other = "<OrgnlGrpInf><OrgnlMsgId>ASN-0</OrgnlMsgId></OrgnlGrpInf>"
    data = message(returned(more=other), returned("A2", more=other), count=2, sums="")
    assert read(data)[1].head.answers_to == ("ASN-0", "ASN-1")


@pytest.mark.parametrize(
    ("count", "sums"),
    [(2, ""), (0, ""), ("x", ""), (1, "<CtrlSum>16801.00</CtrlSum>"), (1, "<CtrlSum>seribu</CtrlSum>"),
     (1, '<TtlRtrdIntrBkSttlmAmt Ccy="IDR">16799.00</TtlRtrdIntrBkSttlmAmt>'),
     (1, '<CtrlSum>16800.00</CtrlSum><TtlRtrdIntrBkSttlmAmt Ccy="USD">16800.00</TtlRtrdIntrBkSttlmAmt>')],
)  # fmt: skip
def test_sums_that_disagree_with_the_lines_are_fatal(count, sums):
    assert read(message(returned(), count=count, sums=sums))[1].fatal


def test_a_return_without_lines_is_fatal():
    assert read(message(count=0, sums=""))[1].fatal


@pytest.mark.parametrize(
    ("reference", "amount"),
    [("", 'Ccy="IDR">16800.00'), ("NOTPROVIDED", 'Ccy="IDR">16800.00'), ("A1", 'Ccy="IDR">0.50')]
)  # fmt: skip
def test_a_faulty_line_is_handed_on_without_an_outcome(reference, amount):
    (answer,), reading = read(message(returned(reference, amount), sums=""))
    assert (answer.outcome, reading.faults, reading.fatal) == ("", 1, False)


def test_every_cut_is_fatal(golden):
    data = golden("mock/pacs004_returned.xml").rstrip()
    assert [cut for cut in range(len(data)) if not read(data[:cut])[1].fatal] == []


def test_another_message_is_fatal(golden):
    answers, reading = read(golden("mock/pain002_part.xml"))
    assert (answers, reading.fatal) == ([], True)


def test_hand_back_gives_exactly_these_lines_with_their_sums():
    sums = '<CtrlSum>50400.00</CtrlSum><TtlRtrdIntrBkSttlmAmt Ccy="IDR">50400.00</TtlRtrdIntrBkSttlmAmt>'
    data = message(returned(), returned("A2", 'Ccy="IDR">33600.00'), count=2, sums=sums)
    answers, reading = read(pacs004.hand_back(io.BytesIO(data), {}, {2}))
    assert ([answer.reference for answer in answers], reading.findings) == (["A2"], [])
    assert (reading.head.stated_count, reading.head.stated_total) == (1, 33_600)
