import io
import tracemalloc
from collections.abc import Iterator
from datetime import date
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodebit.formats import result_csv
from autodebit.formats.results import Answer, ResultHead

LAYOUT = {
    "encoding": "utf-8",
    "line_end": "\r\n",
    "delimiter": ",",
    "quoting": "minimal",
    "titles": True,
    "date_format": "%Y%m%d",
    "amount": {"decimals": 0, "decimal_mark": "", "group_mark": ""},
    "columns": [
        {"title": "REF", "source": "reference"},
        {"title": "REK", "source": "ignore"},
        {"title": "JUMLAH", "source": "amount"},
        {"title": "STATUS", "source": "outcome"},
        {"title": "KODE", "source": "code"},
        {"title": "TGL", "source": "booked_on"},
        {"title": "KET", "source": "text"},
    ],
    "trailer": [{"constant": "TOTAL"}, {"source": "answers_to"}, {"source": "count"}, {"source": "total"}],
    "outcomes": {"00": "succeeded", "51": "failed", "90": "pending", "R": "returned"},
}
PLAIN = {name: value for name, value in LAYOUT.items() if name not in ("trailer",)}
FILE = (
    b"REF,REK,JUMLAH,STATUS,KODE,TGL,KET\r\n"
    b"A000000000000001,0000009001,16800,00,,20260102,BERHASIL\r\n"
    b'A000000000000002,3000009002,33600,51,am04,20260102,"SALDO 3000009002 KURANG, COBA LAGI"\r\n'
    b"A000000000000003,3000009003,16800,R,MS02,20260105,\r\n"
    b"TOTAL,ASN-2026-01-G01-R1-1A2B3C4D,3,67200\r\n"
)
ANSWERS = [
    Answer(2, "A000000000000001", "succeeded", "", 16_800, date(2026, 1, 2), "BERHASIL"),
    Answer(3, "A000000000000002", "failed", "AM04", 33_600, date(2026, 1, 2), "SALDO **** KURANG, COBA LAGI"),
    Answer(4, "A000000000000003", "returned", "MS02", 16_800, date(2026, 1, 5), ""),
]


def read(data, layout=LAYOUT):
    reading = result_csv.read(io.BytesIO(data), layout)
    return list(reading), reading


def messages(reading):
    return [finding.message for finding in reading.findings]


def with_line(line, layout=PLAIN):
    """A file with the titles and this one line."""
    return read(FILE.splitlines(keepends=True)[0] + line + b"\r\n", layout)


def test_the_layout_of_these_tests_is_sound():
    assert result_csv.layout_findings(LAYOUT) == ()


def test_every_line_is_an_answer_with_its_line_number():
    answers, reading = read(FILE)
    assert answers == ANSWERS
    assert (reading.count, reading.total, reading.findings, reading.fatal) == (3, 67_200, [], False)
    assert reading.head == ResultHead(
        answers_to=("ASN-2026-01-G01-R1-1A2B3C4D",), stated_count=3, stated_total=67_200
    )


def test_a_reading_can_be_iterated_only_once():
    _, reading = read(FILE)
    with pytest.raises(RuntimeError):
        next(iter(reading))


def test_every_cut_of_a_file_with_a_trailer_is_fatal():
    end = len(FILE.rstrip())
    assert [cut for cut in range(end) if not read(FILE[:cut])[1].fatal] == []


def test_a_cut_inside_a_line_is_fatal_without_a_trailer_too():
    whole = FILE[: FILE.index(b"TOTAL")]
    ends = {number + 1 for number, byte in enumerate(whole) if byte == 10}
    unnoticed = [cut for cut in range(1, len(whole)) if not read(whole[:cut], PLAIN)[1].fatal]
    assert set(unnoticed) <= ends


def test_lines_in_another_order_say_the_same():
    lines = FILE.splitlines(keepends=True)
    answers, reading = read(b"".join([lines[0], lines[3], lines[1], lines[2], lines[4]]))
    assert {answer.reference for answer in answers} == {answer.reference for answer in ANSWERS}
    assert not reading.fatal


@pytest.mark.parametrize(
    "trailer", [b"TOTAL,X,2,67200", b"TOTAL,X,4,67200", b"TOTAL,X,3,67199", b"TOTAL,X,3,67201", b"TOTAL,X,3,",
                b"TOTAL,X,tiga,67200", b"JUMLAH,X,3,67200", b"TOTAL,X,3", b"TOTAL,X,3,67.200"]
)  # fmt: skip
def test_sums_that_disagree_with_the_lines_are_fatal(trailer):
    _, reading = read(FILE[: FILE.index(b"TOTAL")] + trailer + b"\r\n")
    assert reading.fatal


def test_the_count_of_an_opening_is_checked_too():
    layout = {**PLAIN, "opening": [{"constant": "HASIL"}, {"source": "message_id"}, {"source": "count"}]}
    lines = FILE[: FILE.index(b"TOTAL")]
    assert not read(b"HASIL,B-1,3\r\n" + lines, layout)[1].fatal
    assert read(b"HASIL,B-1,3\r\n" + lines, layout)[1].head.message_id == "B-1"
    assert read(b"HASIL,B-1,2\r\n" + lines, layout)[1].fatal
    assert read(b"LAIN,B-1,3\r\n" + lines, layout)[0] == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"A1,,16800,00,,20260102", "jumlah kolom"),
        (b"A1,,16800,00,,20260102,,", "jumlah kolom"),
        (b"A1,,1.68,00,,20260102,", "jumlah rupiah"),
        (b"A1,,-16800,00,,20260102,", "jumlah rupiah"),
        (b"A1,,1e4,00,,20260102,", "jumlah rupiah"),
        (b"A1,,,00,,20260102,", "jumlah rupiah"),
        ("A1,,١٦٨٠٠,00,,20260102,".encode(), "jumlah rupiah"),
        (b"A1,,16800,77,,20260102,", "status"),
        (b"A1,,16800,,,20260102,", "status"),
        (b"A1,,16800,00,,20261302,", "tanggal"),
        (b"A1,,16800,00,,2026012,", "tanggal"),
        (b",,16800,00,,20260102,", "rujukan"),
        (b"A" * 36 + b",,16800,00,,20260102,", "rujukan"),
        (b"A\x071,,16800,00,,20260102,", "rujukan"),
        (b'A1,,16800,00,,20260102,"buka', "kutip"),
        (b"A\x001,,16800,00,,20260102,", "NUL"),
    ],
)
def test_a_faulty_line_is_handed_on_without_an_outcome(line, fault):
    answers, reading = with_line(line)
    assert [(answer.number, answer.outcome) for answer in answers] == [(2, "")]
    assert (reading.faults, reading.fatal) == (1, False)
    assert reading.findings[0].field == "2"
    assert messages(reading)[0].startswith("Baris 2: ") and fault in messages(reading)[0]


def test_a_quote_that_is_never_closed_spoils_only_its_own_line():
    answers, reading = read(FILE.replace(b",00,,20260102,BERHASIL", b',00,,20260102,"BERHASIL'))
    assert [answer.outcome for answer in answers] == ["", "failed", "returned"]
    assert reading.faults >= 1


def test_a_failure_without_a_code_has_the_status_word_as_its_code():
    (answer,), _ = with_line(b"A1,,16800,51,,20260102,")
    assert (answer.outcome, answer.code) == ("failed", "51")


def test_a_pending_line_needs_neither_amount_nor_date():
    (answer,), reading = with_line(b"A1,,,90,,,")
    assert (answer.outcome, answer.amount, answer.booked_on, reading.faults) == ("pending", None, None, 0)


def test_doubled_references_are_both_handed_on():
    lines = FILE.splitlines(keepends=True)
    answers, reading = read(b"".join([lines[0], lines[1], lines[1]]), PLAIN)
    assert [answer.reference for answer in answers] == ["A000000000000001"] * 2
    assert reading.findings == []


@pytest.mark.parametrize(
    "titles", [b"REF,REK,JUMLAH,STATUS,KODE,TGL", b"REF,REK,JUMLAH,STATUS,KODE,TGL,KET,BARU",
               b"REK,REF,JUMLAH,STATUS,KODE,TGL,KET"]
)  # fmt: skip
def test_unknown_missing_or_moved_columns_are_fatal_and_nothing_is_read(titles):
    answers, reading = read(titles + FILE[FILE.index(b"\r\n") :])
    assert (answers, reading.fatal) == ([], True)


def test_an_utf_8_mark_is_taken_and_an_honest_accent_too():
    answers, reading = read(b"\xef\xbb\xbf" + FILE.replace(b"BERHASIL", "BERHASIL – É".encode()))
    assert (answers[0].text, reading.findings) == ("BERHASIL – É", [])


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (FILE.decode().encode("utf-16"), "utf-8"),
        (FILE.decode().encode("utf-16-le"), "utf-8"),
        (FILE.replace(b"BERHASIL", "BERHASIL É".encode("cp1252")), "utf-8"),
        (FILE.replace(b"BERHASIL", "BERHASIL É".encode()), "ascii"),
        (b"\xef\xbb\xbf" + FILE, "latin-1"),
        (FILE.replace(b"BERHASIL", b"BERHASIL \x81"), "cp1252"),
    ],
)
def test_another_encoding_is_fatal(data, encoding):
    assert read(data, {**LAYOUT, "encoding": encoding})[1].fatal


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_the_agreed_one_byte_encodings_are_read(encoding):
    data = FILE.replace(b"BERHASIL", "BERHASIL É".encode(encoding))
    answers, reading = read(data, {**LAYOUT, "encoding": encoding})
    assert (answers[0].text, reading.fatal) == ("BERHASIL É", False)


@pytest.mark.parametrize(
    "data", [b"", b"\r\n\r\n", b"\xef\xbb\xbf", b"PK\x03\x04" + b"x" * 100, b"%PDF-1.7\n", b"\x00" * 100,
             b'<?xml version="1.0"?><Document/>', b"A" * (10 * 1024 * 1024)]
)  # fmt: skip
def test_another_kind_of_file_is_fatal_and_gives_no_line(data):
    answers, reading = read(data)
    assert (answers, reading.fatal, len(reading.findings)) == ([], True, 1)


def test_a_line_of_ten_megabytes_stops_the_reading_with_its_number():
    answers, reading = read(FILE.replace(b"BERHASIL", b"B" * (10 * 1024 * 1024)))
    assert answers == []
    assert reading.findings[0].field == "2"


def test_lines_of_line_feeds_alone_are_read_and_empty_lines_only_counted():
    answers, reading = read(
        FILE.replace(b"\r\n", b"\n").replace(b"\nA000000000000003", b"\n\nA000000000000003")
    )
    assert [answer.number for answer in answers] == [2, 3, 5]
    assert not reading.fatal


def test_at_most_a_thousand_findings_are_kept_and_all_are_counted():
    _, reading = read(FILE[: FILE.index(b"A0")] + b"x\r\n" * 2_500 + b"TOTAL,X,1,1\r\n")
    assert len(reading.findings) == 1_000
    assert reading.faults == 2_502
    assert "disebut berkas" in messages(reading)[-1]
    assert reading.fatal


def test_account_numbers_in_the_bank_s_words_are_masked_in_any_writing():
    for shown in (b"3000009002", b"3000-0090-02", b"3000 009 002", "３０００００９００２".encode()):
        (answer,), _ = with_line(b"A1,,16800,00,,20260102,REK " + shown + b" TUTUP")
        assert answer.text == "REK **** TUTUP"


def test_hand_back_gives_exactly_these_lines_and_can_be_read_again():
    data = result_csv.hand_back(io.BytesIO(FILE), LAYOUT, {3, 4, 99})
    lines = FILE.splitlines(keepends=True)
    assert data == lines[0] + lines[2] + lines[3] + b"TOTAL,ASN-2026-01-G01-R1-1A2B3C4D,2,50400\r\n"
    answers, reading = read(data)
    assert [answer.reference for answer in answers] == ["A000000000000002", "A000000000000003"]
    assert (reading.findings, reading.fatal) == ([], False)


def test_hand_back_keeps_faulty_lines_as_they_were():
    data = FILE.replace(b",16800,R,", b",seribu,R,").replace(b",3,67200", b",3,50400")
    back = result_csv.hand_back(io.BytesIO(data), LAYOUT, {4})
    assert b"A000000000000003,3000009003,seribu,R,MS02,20260105,\r\n" in back
    assert b",1,0\r\n" in back


@given(data=st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_no_bytes_at_all_raise_anything(data):
    for layout in (LAYOUT, PLAIN):
        answers, reading = read(FILE[: FILE.index(b"A0")] + data, layout)
        assert len(answers) == reading.count
        assert all(answer.outcome == "" or answer.reference for answer in answers)
        result_csv.hand_back(io.BytesIO(data), layout, {1, 2})


class Endless(io.RawIOBase):
    """A file of many lines that is never in memory."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines, self._rest = lines, b""

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size and (more := b"".join(islice(self._lines, 1_000))):
            self._rest += more
        block, self._rest = self._rest[:size], self._rest[size:]
        return block


def test_two_hundred_thousand_lines_are_read_with_flat_memory():
    def lines():
        yield FILE.splitlines(keepends=True)[0]
        for number in range(200_000):
            yield b"A%015d,0000009001,16800,51,AM04,20260102,SALDO %d\r\n" % (number, number)
        yield b"TOTAL,X,200000,3360000000\r\n"

    tracemalloc.start()
    try:
        reading = result_csv.read(Endless(lines()), LAYOUT)
        count = sum(1 for _ in reading)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (count, reading.total, reading.findings) == (200_000, 3_360_000_000, [])
    assert peak < 20_000_000
