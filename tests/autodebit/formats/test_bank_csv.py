import copy
import csv
import io
from dataclasses import replace
from datetime import date
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodebit.formats import FORMATS, bank_csv
from autodebit.formats.lines import DebitLine, LineUnfit, Tally, WriterMismatch, starts_formula


@pytest.fixture(scope="session")
def layout(profile):
    return profile["formats"]["bank_csv"]


def changed(layout, **fields):
    return {**copy.deepcopy(layout), **fields}


def with_column(layout, source, **fields):
    """The layout with one column of its table changed."""
    other = copy.deepcopy(layout)
    for column in other["columns"]:
        if column.get("source") == source:
            column.update(fields)
    return other


def bytes_of(head, lines, layout):
    out = io.BytesIO()
    bank_csv.write(head, lines, layout, out)
    return out.getvalue()


def test_the_file_is_the_golden_file_byte_for_byte(head, three_lines, layout, golden):
    assert bytes_of(head, three_lines, layout) == golden("BANKJATENG/three_lines.csv")


def test_the_same_input_gives_the_same_bytes_and_their_hash(head, three_lines, layout):
    out = io.BytesIO()
    result = FORMATS["bank_csv"].write(head, iter(three_lines), layout, out)
    assert out.getvalue() == bytes_of(head, three_lines, layout)
    assert result.sha256 == sha256(out.getvalue()).hexdigest()
    assert (result.count, result.total, result.digest) == (3, 1_284_967, Tally.of(three_lines).digest)


def test_the_written_file_reads_back_equal(head, three_lines, layout, golden):
    data = io.BytesIO(golden("BANKJATENG/three_lines.csv"))
    back = bank_csv.read_back(data, layout)
    assert back.references == ("7K2MQ4XA0126011C", "9B3NR5YB0126012D", "4C6PT8VC0226011E")
    assert (back.count, back.total, back.findings) == (3, 1_284_967, ())
    assert back.digest == Tally.of(three_lines).digest
    assert not data.closed


def test_a_second_bank_with_quite_another_layout_is_data_only(head, three_lines, layout, golden):
    other = changed(
        layout,
        delimiter="|",
        line_end="\n",
        quoting="none",
        date_format="%d/%m/%y",
        amount={"decimals": 2, "decimal_mark": ",", "group_mark": "."},
        text={"punctuation": ".", "upper": False},
        titles=False,
        opening=[
            {"constant": "H"},
            {"source": "bank_code", "width": 3},
            {"source": "created_at", "width": 14},
            {"source": "creditor_name", "width": 20, "pad": "right"},
            {"source": "part", "width": 3, "pad": "left", "fill": "0"},
        ],
        columns=[
            {"title": "1", "constant": "D"},
            {"title": "2", "source": "account", "width": 12, "pad": "left"},
            {"title": "3", "source": "amount", "width": 16, "pad": "left"},
            {"title": "4", "source": "holder", "width": 10, "pad": "right"},
            {"title": "5", "source": "reference", "width": 16},
            {"title": "6", "source": "number", "width": 4, "pad": "left", "fill": "0"},
            {"title": "7", "source": "signed_on", "width": 8},
        ],
        trailer=[
            {"constant": "T"},
            {"source": "count", "width": 6, "pad": "left", "fill": "0"},
            {"source": "total", "width": 18},
        ],
    )
    assert bank_csv.layout_findings(other) == ()
    data = bytes_of(head, three_lines, other)
    assert data == golden("three_lines_other_layout.txt")
    back = bank_csv.read_back(io.BytesIO(data), other)
    assert (back.digest, back.findings) == (Tally.of(three_lines).digest, ())


def test_decimals_that_contain_the_delimiter_are_quoted_and_read_back(head, three_lines, layout):
    other = changed(layout, amount={"decimals": 2, "decimal_mark": ",", "group_mark": "."})
    data = bytes_of(head, three_lines, other)
    assert b',"1.234.567,00",' in data
    assert bank_csv.read_back(io.BytesIO(data), other).total == 1_284_967


def test_amounts_filled_with_zeros_read_back_as_themselves(head, three_lines, layout):
    other = with_column(layout, "amount", pad="left", fill="0")
    data = bytes_of(head, three_lines, other)
    assert b",000000000016800," in data
    assert bank_csv.read_back(io.BytesIO(data), other).digest == Tally.of(three_lines).digest


def test_quoting_all_quotes_every_field(head, three_lines, layout):
    row = bytes_of(head, three_lines, changed(layout, quoting="all")).split(b"\r\n")[1]
    assert row.startswith(b'"1","7K2MQ4XA0126011C","7K2M-Q4XA-01C","20251120","0000009001","CONTOH SITI')


@pytest.mark.parametrize("change", [{"count": 2}, {"count": 4}, {"total": 1_284_968}])
def test_lines_unlike_the_head_are_refused_before_the_trailer(head, three_lines, layout, change):
    out = io.BytesIO()
    with pytest.raises(WriterMismatch):
        bank_csv.write(replace(head, **change), three_lines, layout, out)
    assert b"TOTAL" not in out.getvalue()


@pytest.mark.parametrize(("source", "field"), [("account", "account"), ("reference", "reference"),
                                               ("amount", "amount"), ("signed_on", "signed_on")])  # fmt: skip
def test_what_may_not_be_shortened_is_a_finding_and_never_written(head, three_lines, layout, source, field):
    narrow = with_column(layout, source, width=4)
    (finding,) = bank_csv.line_findings(three_lines[0], narrow)
    assert (finding.code, finding.field) == ("too_wide", field)
    with pytest.raises(LineUnfit):
        bytes_of(head, three_lines, narrow)


def test_a_name_the_bank_cannot_write_at_all_is_a_finding(three_lines, layout):
    (finding,) = bank_csv.line_findings(replace(three_lines[0], holder="陳大文"), layout)
    assert (finding.code, finding.field) == ("empty", "holder")


def test_a_broken_field_is_reported_before_widths_are_looked_at(three_lines, layout):
    (finding,) = bank_csv.line_findings(replace(three_lines[0], account="12 34567890123456789"), layout)
    assert finding.code == "account"


def test_sound_lines_have_no_findings(three_lines, layout):
    assert [bank_csv.line_findings(line, layout) for line in three_lines] == [(), (), ()]


LINES = st.builds(
    DebitLine,
    reference=st.from_regex(r"[0-9A-Z][0-9A-Z-]{0,34}", fullmatch=True),
    mandate_id=st.from_regex(r"[0-9A-Z][0-9A-Z-]{0,34}", fullmatch=True),
    signed_on=st.dates(date(1990, 1, 1), date(2099, 12, 31)),
    account=st.from_regex(r"[0-9]{5,16}", fullmatch=True),
    holder=st.text(max_size=90)
    | st.sampled_from(["O'Contoh", "A & B <c>", "=1+1", "Contoh\nDua", "😀" * 50]),
    amount=st.integers(1, 10**10),
    opd=st.sampled_from(["DINKES", "SETDA.UMUM"]),
    description=st.text(max_size=60),
)


@given(lines=st.lists(LINES, min_size=1, max_size=8), delimiter=st.sampled_from([",", ";", "|", "\t"]),
       quoting=st.sampled_from(["minimal", "all", "none"]))  # fmt: skip
def test_any_lines_read_back_equal_and_no_cell_can_run(head, layout, lines, delimiter, quoting):
    other = changed(layout, delimiter=delimiter, quoting=quoting)
    fitting = replace(head, count=len(lines), total=sum(line.amount for line in lines))
    data = bytes_of(fitting, lines, other)
    back = bank_csv.read_back(io.BytesIO(data), other)
    assert (back.digest, back.findings) == (Tally.of(lines).digest, ())
    assert back.references == tuple(line.reference for line in lines)
    for any_delimiter in (",", ";", "|", "\t"):
        # A reader that guesses another delimiter must not find a formula either.
        for row in csv.reader(io.StringIO(data.decode("ascii"), newline=""), delimiter=any_delimiter):
            assert not any(starts_formula(cell) for cell in row)


def test_every_cut_of_the_file_is_noticed(layout, golden):
    data = golden("BANKJATENG/three_lines.csv")
    unnoticed = [
        cut
        for cut in range(len(data) - len(b"\r\n"))
        if not bank_csv.read_back(io.BytesIO(data[:cut]), layout).findings
    ]
    assert unnoticed == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"NAMA", b"NAME", "Baris 1: judul"),
        (b",16800,", b",16.800,", "Baris 2: jumlah rupiah tidak terbaca"),
        (b",16800,", b",16801,", "Baris 5: jumlah rupiah di baris penutup"),
        (b",3,1284967", b",4,1284967", "Baris 5: banyaknya"),
        (b",16800,", b",," + b"9" * 5000 + b",", "Baris 2: jumlah kolom"),
        (b",16800,", b"," + b"9" * 5000 + b",", "Baris 2: jumlah rupiah tidak terbaca"),
        (b"CONTOHSLAMET", b"CONTOH\xe9", "Baris 1: tidak terbaca"),
        (b"CONTOHSLAMET", b'"CONTOH', "tidak terbaca"),
    ],
)
def test_a_changed_file_is_noticed_with_its_row(layout, golden, old, new, words):
    data = golden("BANKJATENG/three_lines.csv").replace(old, new, 1)
    findings = bank_csv.read_back(io.BytesIO(data), layout).findings
    assert any(words in finding.message for finding in findings)


def test_leading_zeros_of_the_account_stay(head, three_lines, layout):
    line = replace(three_lines[0], account="0000000001")
    data = bytes_of(replace(head, count=1, total=line.amount), [line], layout)
    assert b",0000000001," in data
    assert bank_csv.read_back(io.BytesIO(data), layout).digest == Tally.of([line]).digest
