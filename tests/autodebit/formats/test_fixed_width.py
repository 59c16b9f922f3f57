import copy
import io
from dataclasses import replace
from datetime import date
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodebit.formats import FORMATS, fixed_width
from autodebit.formats.lines import DebitLine, LineUnfit, Tally, WriterMismatch

GOLDEN = "BANKCONTOH/three_lines.txt"
RECORD = 220
HOSTILE = ["=1+1", "+62", "-1", "@SUM(A1)", "\tContoh", "Contoh\rDua\nTiga", "Contoh\x00", "ＣＯＮＴＯＨ",
           "\u202eContoh", "سامي Contoh", "😀" * 50, "Contohslamet", "Nur’aini O'Contoh",
           "A;B,C|D\"E", "", " " * 90]  # fmt: skip


@pytest.fixture(scope="session")
def layout(contoh_profile):
    return contoh_profile["formats"]["fixed_width"]


def bytes_of(head, lines, layout):
    out = io.BytesIO()
    fixed_width.write(head, lines, layout, out)
    return out.getvalue()


def read(data, layout):
    return fixed_width.read_back(io.BytesIO(data), layout)


def with_column(layout, source, part="columns", **fields):
    other = copy.deepcopy(layout)
    for column in other[part]:
        if column.get("source") == source:
            column.update(fields)
    return other


def test_the_file_is_the_golden_file_byte_for_byte(contoh_head, contoh_lines, layout, golden):
    assert bytes_of(contoh_head, contoh_lines, layout) == golden(GOLDEN)


def test_the_same_input_gives_the_same_bytes_and_their_hash(contoh_head, contoh_lines, layout):
    out = io.BytesIO()
    result = FORMATS["fixed_width"].write(contoh_head, iter(contoh_lines), layout, out)
    assert result.sha256 == sha256(out.getvalue()).hexdigest()
    assert (result.count, result.total, result.digest) == (3, 1_284_967, Tally.of(contoh_lines).digest)


def test_the_written_file_reads_back_equal(layout, contoh_lines, golden):
    data = io.BytesIO(golden(GOLDEN))
    back = fixed_width.read_back(data, layout)
    assert back.references == ("7K2MQ4XA0126011C", "9B3NR5YB0126012D", "4C6PT8VC0226011E")
    assert (back.count, back.total, back.digest) == (3, 1_284_967, Tally.of(contoh_lines).digest)
    assert (back.findings, data.closed) == ((), False)


def test_texts_are_filled_on_the_right_numbers_on_the_left_unless_the_layout_says_otherwise(
    contoh_head, contoh_lines, layout
):
    plain = with_column(with_column(layout, "amount", pad="", fill=" "), "account", pad="left")
    line = bytes_of(contoh_head, contoh_lines, plain).split(b"\n")[1]
    assert line[70:86] == b"    000000009001"
    assert line[86:121] == b"CONTOH SITI NUR'AINI".ljust(35)
    assert line[121:138] == b"          1680000"
    assert read(bytes_of(contoh_head, contoh_lines, plain), plain).digest == Tally.of(contoh_lines).digest


def test_leading_zeros_of_the_account_survive(contoh_head, contoh_lines, layout):
    lines = [replace(contoh_lines[0], account=account) for account in ("0000000001", "000000000010", "0")]
    head = replace(contoh_head, total=3 * 16_800)
    assert read(bytes_of(head, lines, layout), layout).digest == Tally.of(lines).digest


@pytest.mark.parametrize("part", ["opening", "trailer"])
def test_a_file_without_opening_or_trailer_reads_back_too(contoh_head, contoh_lines, layout, part):
    other = {name: value for name, value in layout.items() if name != part}
    assert fixed_width.layout_findings(other) == ()
    back = read(bytes_of(contoh_head, contoh_lines, other), other)
    assert (back.digest, back.findings) == (Tally.of(contoh_lines).digest, ())


@pytest.mark.parametrize("change", [{"count": 2}, {"count": 4}, {"total": 1_284_966}, {"total": 1_284_968}])
def test_lines_unlike_the_head_are_refused_before_the_trailer(contoh_head, contoh_lines, layout, change):
    out = io.BytesIO()
    with pytest.raises(WriterMismatch):
        fixed_width.write(replace(contoh_head, **change), contoh_lines, layout, out)
    assert b"\nT" not in out.getvalue()


@pytest.mark.parametrize("source", ["account", "reference", "amount", "mandate_id", "opd"])
def test_what_may_not_be_shortened_is_a_finding_and_never_written(contoh_head, contoh_lines, layout, source):
    narrow = with_column(layout, source, width=4)
    (finding,) = fixed_width.line_findings(contoh_lines[0], narrow)
    assert (finding.code, finding.field) == ("too_wide", source)
    with pytest.raises(LineUnfit):
        bytes_of(contoh_head, contoh_lines, narrow)


def test_a_finding_of_a_column_without_title_names_its_source(contoh_lines, layout):
    other = with_column(layout, "account", width=4, title="")
    (finding,) = fixed_width.line_findings(contoh_lines[0], other)
    assert "Isi kolom account lebih panjang" in finding.message
    assert contoh_lines[0].account not in finding.message


def test_every_cut_of_the_file_is_noticed_even_that_of_the_last_line_end(layout, golden):
    data = golden(GOLDEN)
    assert [cut for cut in range(len(data)) if not read(data[:cut], layout).findings] == []


@pytest.mark.parametrize("number", range(5))
def test_a_record_that_is_missing_twice_or_swapped_is_noticed(layout, golden, number):
    records = golden(GOLDEN).splitlines(keepends=True)
    without = records[:number] + records[number + 1 :]
    twice = [*records[:number], records[number], *records[number:]]
    assert read(b"".join(without), layout).findings
    assert read(b"".join(twice), layout).findings


def test_two_swapped_lines_have_another_digest(layout, golden, contoh_lines):
    opening, first, second, third, trailer = golden(GOLDEN).splitlines(keepends=True)
    assert read(opening + second + first + third + trailer, layout).digest != Tally.of(contoh_lines).digest


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"00000000001680000", b"00000000001680001", "Baris 2: jumlah rupiah tidak terbaca"),
        (b"00000000001680000", b"00000000001680100", "Baris 5: jumlah rupiah di baris penutup"),
        (b"00000000001680000", b"00000000001680100", "Baris 1: jumlah rupiah di baris pembuka"),
        (b"00000000001680000", b"      -1680000.00", "Baris 2: jumlah rupiah tidak terbaca"),
        (b"000003000000000128496700   ", b"000004000000000128496700   ", "Baris 1: banyaknya"),
        (b"\nD000002", b"\nE000002", "Baris 3: isi tetap"),
        (b"\nT", b"\nD", "Baris 5: isi tetap di baris penutup"),
        (b"H999", b"X999", "Baris 1: isi tetap di baris pembuka"),
        (b"CONTOHSLAMET ", b"CONTOHSLAMET", "Baris 3: terpotong"),
        (b"CONTOHSLAMET ", b"CONTOHSLAMET  ", "Baris 3: terpotong"),
        (b"CONTOHSLAMET ", b"CONTOHSLAMET\n", "Baris 3: terpotong"),
        (b"CONTOHSLAMET ", b"CONTOHSLAM\xc3\x89T", "Baris 3: terpotong"),
        (b"CONTOHSLAMET ", b"CONTOHSLAMET" + b"X" * 1_000_000, "Baris 3: baris penutup"),
    ],
)
def test_a_changed_file_is_noticed_with_its_row(layout, golden, old, new, words):
    data = golden(GOLDEN)
    assert old in data
    findings = read(data.replace(old, new, 1), layout).findings
    assert any(words in finding.message for finding in findings), findings


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"\n" * 9, b"H" * RECORD, b"PK\x03\x04" + b"\x00" * 999, b"\x00" * 10**6]
)
def test_another_file_is_noticed(layout, data):
    assert read(data, layout).findings


LINES = st.builds(
    DebitLine,
    reference=st.from_regex(r"[0-9A-Z][0-9A-Z-]{0,19}", fullmatch=True),
    mandate_id=st.from_regex(r"[0-9A-Z][0-9A-Z-]{0,34}", fullmatch=True),
    signed_on=st.dates(date(1990, 1, 1), date(2099, 12, 31)),
    account=st.from_regex(r"[0-9]{5,16}", fullmatch=True),
    holder=st.text(max_size=90) | st.sampled_from(HOSTILE),
    amount=st.integers(1, 10**10),
    opd=st.sampled_from(["DINKES", "SETDA.UMUM"]),
    description=st.text(max_size=60) | st.sampled_from(HOSTILE),
)


@given(lines=st.lists(LINES, min_size=1, max_size=8), line_end=st.sampled_from(["\r\n", "\n"]))
def test_any_lines_read_back_equal_and_no_text_moves_a_column(contoh_head, layout, lines, line_end):
    other = {**layout, "line_end": line_end}
    head = replace(contoh_head, count=len(lines), total=sum(line.amount for line in lines))
    data = bytes_of(head, lines, other)
    back = read(data, other)
    assert (back.digest, back.findings) == (Tally.of(lines).digest, ())
    assert back.references == tuple(line.reference for line in lines)
    records = data.decode("ascii").split(line_end)
    assert {len(record) for record in records[:-1]} == {RECORD}
    assert all(record.isprintable() for record in records)
    for record, line in zip(records[1:-2], lines, strict=True):
        assert record[70:86].rstrip() == line.account
        assert record[86:87] not in tuple("=+-@'")


SUMMED = [(0, 1), (7, 27), (70, 86), (121, 138)]  # of a line: type, reference, account, amount


@given(number=st.integers(1, 3), offset=st.sampled_from([place for span in SUMMED for place in range(*span)]),
       byte=st.integers(0, 255).filter(lambda value: value != ord(" ")))  # fmt: skip
def test_one_changed_character_of_reference_account_or_amount_is_noticed(
    layout, golden, contoh_lines, number, offset, byte
):
    data = bytearray(golden(GOLDEN))
    place = number * (RECORD + 1) + offset
    changed = data[place] != byte
    data[place] = byte
    back = read(bytes(data), layout)
    assert changed == bool(back.findings or back.digest != Tally.of(contoh_lines).digest)
