import io
import tracemalloc

import pytest

from autodebit.formats import camt053, camt054, pacs004, pain002
from autodebit.formats.reading import Unreadable
from autodebit.formats.xml_stream import Message, XmlStream, xml_day

FORMATS = (pain002, camt054, pacs004, camt053)
HEAD = '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
LINE = "<TxInfAndSts><OrgnlEndToEndId>A1</OrgnlEndToEndId><TxSts>ACSC</TxSts></TxInfAndSts>"
TAIL = "</CstmrPmtStsRpt></Document>"


def fatal(data):
    """What each format says of these bytes: all must refuse the whole file, and quote nothing of it."""
    found = []
    for module in FORMATS:
        reading = module.read(io.BytesIO(data), {})
        assert list(reading) == []
        assert reading.fatal
        found += [finding.message for finding in reading.findings]
    return found


def bomb(value, declaration):
    return f'<?xml version="1.0"?><!DOCTYPE Document [{declaration}]>{HEAD}{LINE.replace("A1", value)}{TAIL}'.encode()


@pytest.mark.parametrize(
    ("value", "declaration"),
    [
        ("&b;", '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'),
        ("&x;", '<!ENTITY x SYSTEM "file:///etc/hostname">'),
        ("&x;", '<!ENTITY x SYSTEM "http://contoh.invalid/x">'),
        ("A1", '<!ENTITY % x SYSTEM "http://contoh.invalid/x.dtd"> %x;'),
        ("A1", ""),
    ],
)
def test_a_document_type_is_refused_whatever_it_declares(value, declaration):
    assert all("DOCTYPE" in message for message in fatal(bomb(value, declaration)))


def test_a_document_type_behind_a_long_comment_is_refused_too():
    data = bomb("&b;", '<!ENTITY b "RAHASIA">').replace(
        b"<!DOCTYPE", b"<!--" + b"x" * 200_000 + b"--><!DOCTYPE"
    )
    assert not any("RAHASIA" in message for message in fatal(data))


def test_an_unknown_entity_is_refused():
    fatal((HEAD + LINE.replace("A1", "&rahasia;") + TAIL).encode())


def test_deep_nesting_is_refused():
    fatal((HEAD + "<a>" * 100_000 + "</a>" * 100_000 + TAIL).encode())


def test_ten_megabytes_without_a_record_are_refused_with_flat_memory():
    data = (HEAD + LINE.replace("A1", "A" * 12_000_000) + TAIL).encode()
    tracemalloc.start()
    try:
        fatal(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20_000_000


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" \r\n",
        b"REFERENSI,STATUS\r\nA1,00\r\n",
        b"PK\x03\x04" + b"\x00" * 50,
        b"\x00\x01\x02",
        (HEAD + LINE + TAIL).encode("utf-16"),
        (HEAD + LINE + TAIL).encode("utf-16-le"),
        b'<?xml version="1.0" encoding="UTF-7"?>' + (HEAD + LINE + TAIL).encode(),
        b'<?xml version="1.0" encoding="tidak-ada"?>' + (HEAD + LINE + TAIL).encode(),
        (HEAD.replace("pain.002.001.10", "contoh") + LINE + TAIL).encode(),
        (HEAD.replace(' xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"', "") + LINE + TAIL).encode(),
        (HEAD + LINE + TAIL.replace("</Document>", "</Dokumen>")).encode(),
        b"<html><body>502 Bad Gateway</body></html>",
    ],
)
def test_what_is_not_the_message_is_refused(data):
    fatal(data)


def read(data):
    reading = pain002.read(io.BytesIO(data), {})
    return list(reading), reading


@pytest.mark.parametrize("end", ["<a/>", "x", "\x00", "<!DOCTYPE x>"])
def test_anything_behind_the_document_is_fatal(end):
    assert read((HEAD + LINE + TAIL + end).encode())[1].fatal


@pytest.mark.parametrize("broken", [b"A\x00", b"A\xff", b"A&#0;", b"A&#xD800;", b"A<"])
def test_letters_that_xml_forbids_are_fatal(broken):
    assert read((HEAD + LINE + TAIL).encode().replace(b"A1", broken))[1].fatal


def test_honest_variants_are_read():
    plain = HEAD + LINE + TAIL
    for data in (
        b"\xef\xbb\xbf" + plain.encode(),
        b'<?xml version="1.0" encoding="ISO-8859-1"?>' + plain.encode(),
        ("<!-- catatan -->\n" + plain).encode(),
        plain.replace("<TxInf", "\n  <TxInf").replace("A1", "<![CDATA[A1]]>").encode(),
        plain.replace("<", "<p:").replace("<p:/", "</p:").replace("xmlns=", "xmlns:p=").encode(),
    ):
        answers, reading = read(data)
        assert ([answer.reference for answer in answers], reading.findings) == (["A1"], [])


def test_records_of_a_foreign_namespace_are_no_records():
    foreign = LINE.replace("<TxInfAndSts>", '<TxInfAndSts xmlns="urn:contoh">')
    assert read((HEAD + foreign + LINE + TAIL).encode())[0][0].number == 1


def test_finished_records_leave_the_tree():
    stream = XmlStream(io.BytesIO((HEAD + LINE * 5_000 + TAIL).encode()), ("TxInfAndSts",))
    assert sum(1 for _ in stream) == 5_000
    assert len(stream.root[0]) == 0


def test_another_message_is_named():
    message = Message(io.BytesIO((HEAD + LINE + TAIL).encode()), ("camt.054",), ("Ntry",))
    with pytest.raises(Unreadable, match=r"bukan camt\.054 tetapi pain\.002"):
        list(message)


@pytest.mark.parametrize(
    ("text", "day"),
    [("2026-01-02", "2026-01-02"), ("2026-01-01T18:00:00Z", "2026-01-02"), ("2026-01-02T23:00:00+07:00", "2026-01-02"),
     ("2026-01-02T23:00:00", "2026-01-02"), ("", "None"), ("2026-13-01", "None"), ("kemarin", "None")],
)  # fmt: skip
def test_moments_are_days_in_western_indonesian_time(text, day):
    assert str(xml_day(text)) == day
