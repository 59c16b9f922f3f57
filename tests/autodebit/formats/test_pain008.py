import copy
import io
from dataclasses import replace
from datetime import date
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from autodebit.formats import pain008
from autodebit.formats.lines import DebitLine, Tally, WriterMismatch


@pytest.fixture(scope="session")
def layout(profile):
    return profile["formats"]["pain008"]


def bytes_of(head, lines, layout):
    out = io.BytesIO()
    pain008.write(head, lines, layout, out)
    return out.getvalue()


def sized(head, lines):
    return replace(head, count=len(lines), total=sum(line.amount for line in lines))


def read(data, layout):
    return pain008.read_back(io.BytesIO(data), layout)


def texts(data, path):
    tags = "/".join(f"{{{pain008.NAMESPACE}}}{name}" for name in path.split("/"))
    return [element.text for element in etree.fromstring(data).iterfind(f".//{tags}")]


def test_the_file_is_the_golden_file_byte_for_byte(head, three_lines, layout, golden):
    assert bytes_of(head, three_lines, layout) == golden("BANKJATENG/three_lines.pain.008.001.08.xml")


def test_the_golden_file_is_valid_against_the_published_schema(golden):
    assert pain008.schema_findings(io.BytesIO(golden("BANKJATENG/three_lines.pain.008.001.08.xml"))) == ()


def test_the_same_input_gives_the_same_bytes_and_their_hash(head, three_lines, layout):
    out = io.BytesIO()
    result = pain008.write(head, iter(three_lines), layout, out)
    assert out.getvalue() == bytes_of(head, three_lines, layout)
    assert result.sha256 == sha256(out.getvalue()).hexdigest()
    assert (result.count, result.total, result.digest) == (3, 1_284_967, Tally.of(three_lines).digest)


def test_the_written_file_reads_back_equal(layout, three_lines, golden):
    back = read(golden("BANKJATENG/three_lines.pain.008.001.08.xml"), layout)
    assert back.references == ("7K2MQ4XA0126011C", "9B3NR5YB0126012D", "4C6PT8VC0226011E")
    assert (back.count, back.total, back.findings) == (3, 1_284_967, ())
    assert back.digest == Tally.of(three_lines).digest


@pytest.mark.parametrize("change", [{"count": 2}, {"count": 4}, {"total": 1_284_968}])
def test_lines_unlike_the_head_are_refused_and_the_file_stays_unfinished(head, three_lines, layout, change):
    out = io.BytesIO()
    with pytest.raises(WriterMismatch):
        pain008.write(replace(head, **change), three_lines, layout, out)
    assert b"</Document>" not in out.getvalue()


@pytest.mark.parametrize("amount", [1, 16_800, 999_999_999_999_999])
def test_an_amount_is_written_exactly_from_the_integer(head, three_lines, layout, amount):
    lines = [replace(three_lines[0], amount=amount)]
    data = bytes_of(sized(head, lines), lines, layout)
    assert texts(data, "InstdAmt") == [f"{amount}.00"]
    assert texts(data, "CtrlSum") == [f"{amount}.00"] * 2
    assert read(data, layout).total == amount


def test_leading_zeros_of_the_account_stay(golden):
    data = golden("BANKJATENG/three_lines.pain.008.001.08.xml")
    assert texts(data, "DbtrAcct/Id/Othr/Id") == ["0000009001", "3000009002", "3000009003"]


def test_the_creation_time_is_written_in_western_indonesian_time(golden):
    assert texts(golden("BANKJATENG/three_lines.pain.008.001.08.xml"), "CreDtTm") == [
        "2025-12-29T09:30:15+07:00"
    ]


def test_what_the_bank_accepts_of_markup_is_escaped(head, three_lines, layout):
    other = {**layout, "text": {"punctuation": "&<>'", "upper": False}}
    lines = [replace(three_lines[0], holder="O'Contoh & <Anak>", description="A&B ]]> <!--")]
    data = bytes_of(sized(head, lines), lines, other)
    assert texts(data, "Dbtr/Nm") == ["O'Contoh & <Anak>"]
    assert texts(data, "RmtInf/Ustrd") == ["A&B > <"]
    assert read(data, other).findings == ()


def test_a_very_long_name_and_description_fit_the_standard(head, three_lines, layout):
    lines = [replace(three_lines[0], holder="Contoh " * 50, description="Iuran " * 90)]
    data = bytes_of(sized(head, lines), lines, layout)
    assert len(texts(data, "Dbtr/Nm")[0]) == 69
    assert len(texts(data, "RmtInf/Ustrd")[0]) == 140
    assert read(data, layout).findings == ()


LINES = st.builds(
    DebitLine,
    reference=st.from_regex(r"[0-9A-Z][0-9A-Z-]{0,34}", fullmatch=True),
    mandate_id=st.from_regex(r"[0-9A-Za-z][0-9A-Za-z./-]{0,34}", fullmatch=True),
    signed_on=st.dates(date(1990, 1, 1), date(2099, 12, 31)),
    account=st.from_regex(r"[0-9]{1,34}", fullmatch=True),
    holder=st.text(max_size=200).map(lambda text: "A" + text)
    | st.sampled_from(["O'Contoh", "A & B <c> ]]>", "=1+1"]),
    amount=st.integers(1, 10**12),
    opd=st.just("DINKES"),
    description=st.text(max_size=200),
)


@given(lines=st.lists(LINES, min_size=1, max_size=6))
def test_any_lines_give_a_valid_file_that_reads_back_equal(head, layout, lines):
    data = bytes_of(
        sized(head, lines), lines, {**layout, "text": {"punctuation": "&<>.'-/()", "upper": False}}
    )
    back = read(data, layout)
    assert (back.digest, back.findings) == (Tally.of(lines).digest, ())
    assert back.references == tuple(line.reference for line in lines)


def test_a_name_the_bank_cannot_write_at_all_is_a_finding(three_lines, layout):
    (finding,) = pain008.line_findings(replace(three_lines[0], holder="😀"), layout)
    assert (finding.code, finding.field) == ("empty", "holder")


def test_sound_lines_have_no_findings(three_lines, layout):
    assert [pain008.line_findings(line, layout) for line in three_lines] == [(), (), ()]


def test_an_account_that_is_no_number_is_a_finding(three_lines, layout):
    (finding,) = pain008.line_findings(replace(three_lines[0], account="1.234"), layout)
    assert finding.field == "account"


@pytest.mark.parametrize(
    ("field", "value"),
    [("charge_bearer", "BANK"), ("sequence_type", None), ("service_level", ""), ("service_level", None),
     ("service_level", "NURGE"), ("service_level", "<a>"), ("local_instrument", "A&B"), ("local_instrument", "A" * 36),
     ("file_name", "x.xml"), ("text", None)],
)  # fmt: skip
def test_a_choice_that_cannot_be_written_is_a_finding_of_its_field(layout, field, value):
    faulty = {**copy.deepcopy(layout), field: value}
    assert [finding.field for finding in pain008.layout_findings(faulty)] == [field]


def test_a_bank_without_an_own_product_name_gets_a_valid_file(head, three_lines, layout):
    other = {**layout, "local_instrument": ""}
    assert pain008.layout_findings(other) == ()
    assert read(bytes_of(head, three_lines, other), other).findings == ()


def test_every_cut_of_the_file_is_noticed(layout, golden):
    data = golden("BANKJATENG/three_lines.pain.008.001.08.xml").rstrip()
    cuts = [*range(0, len(data), 29), *range(len(data) - 60, len(data))]
    assert [cut for cut in cuts if not read(data[:cut], layout).findings] == []
    assert [cut for cut in cuts if not pain008.schema_findings(io.BytesIO(data[:cut]))] == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b">16800.00<", b">16801.00<", "Jumlah rupiah di kepala"),
        (b">16800.00<", b">16800.50<", "Debit ke-1"),
        (b">16800.00<", b">1.68e4<", "skema"),
        (b'"IDR">16800', b'"USD">16800', "Debit ke-1"),
        (b"<NbOfTxs>3<", b"<NbOfTxs>4<", "Banyaknya debit"),
        (b"<CtrlSum>1284967.00</CtrlSum>", b"", "dua kali"),
        (b"<BICFI>PDJGIDJ1", b"<BICFI>pdjgidj1", "skema"),
        (b"<MndtId>7K2M-Q4XA-01C</MndtId>", b"<MndtId></MndtId>", "skema"),
        (b"pain.008.001.08", b"pain.008.001.02", "skema"),
        (b"</Document>", b"</Document><a/>", "skema"),
        (b"CONTOHSLAMET", b"CONTOH\xff", "skema"),
        (b"CONTOHSLAMET", b"CONTOH\x00", "skema"),
    ],
)
def test_a_changed_file_is_noticed(layout, golden, old, new, words):
    data = golden("BANKJATENG/three_lines.pain.008.001.08.xml")
    assert old in data
    findings = read(data.replace(old, new, 1), layout).findings
    assert any(words in finding.message for finding in findings)


def test_two_swapped_accounts_change_the_digest(layout, three_lines, golden):
    data = golden("BANKJATENG/three_lines.pain.008.001.08.xml")
    swapped = (
        data.replace(b"3000009002", b"X").replace(b"3000009003", b"3000009002").replace(b"X", b"3000009003")
    )
    back = read(swapped, layout)
    assert (back.count, back.total, back.findings) == (3, 1_284_967, ())
    assert back.digest != Tally.of(three_lines).digest


def test_a_document_type_is_noticed_and_its_entities_are_not_opened(layout, golden, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("RAHASIA")
    doctype = f'<!DOCTYPE Document [<!ENTITY x SYSTEM "{secret.as_uri()}">]>\n<Document '.encode()
    data = golden("BANKJATENG/three_lines.pain.008.001.08.xml").replace(b"<Document ", doctype, 1)
    back = read(data.replace(b">7K2MQ4XA0126011C<", b">&x;<"), layout)
    assert back.findings
    assert not any(
        "RAHASIA" in text for text in [*back.references, *(finding.message for finding in back.findings)]
    )
    assert any("DOCTYPE" in finding.message for finding in read(data, layout).findings)
