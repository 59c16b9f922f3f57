import hashlib
import hmac
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.rules.finding import Finding
from sponsorship.rules.mandate import (
    ALPHABET,
    MandateReference,
    QrContent,
    Reference,
    ceiling_bounds,
    check_symbol,
    checksum,
    line_reference,
    mandate_reference,
    new_code,
    parse_mandate_reference,
    parse_qr,
    parse_reference,
    qr_text,
)
from sponsorship.rules.months import Month

LINE_LENGTH, MANDATE_LENGTH = 16, 11
KEY = b"contoh-kunci-untuk-uji"
codes = st.text(ALPHABET, min_size=8, max_size=8)
versions = st.integers(1, 99)
months = st.builds(Month, st.integers(2000, 2099), st.integers(1, 12))
attempts = st.integers(1, 30)
references = st.builds(Reference, codes, versions, months, attempts)


def written(reference: Reference) -> str:
    return line_reference(reference.code, reference.version, reference.month, reference.attempt)


def with_symbols(symbols: str, changes: dict[int, str]) -> str:
    return "".join(changes.get(position, symbol) for position, symbol in enumerate(symbols))


def swapped_neighbours(symbols: str) -> list[str]:
    return [
        with_symbols(symbols, {position: right, position + 1: left})
        for position, (left, right) in enumerate(pairwise(symbols))
        if left != right
    ]


# Codes


def test_a_code_is_the_same_for_the_same_bytes():
    assert new_code(bytes(range(16))) == new_code(bytes(range(16)))


def test_too_few_random_bytes_are_refused():
    with pytest.raises(ValueError):
        new_code(bytes(15))


@given(st.binary(min_size=16, max_size=32))
def test_a_code_has_eight_symbols_and_starts_with_a_letter_so_that_no_spreadsheet_reads_a_number(
    random_bytes,
):
    code = new_code(random_bytes)
    assert len(code) == 8
    assert set(code) <= set(ALPHABET)
    assert code[0].isalpha()


def test_every_symbol_appears_in_codes_about_equally_often():
    drawn = [new_code(hashlib.sha256(str(number).encode()).digest()) for number in range(6_200)]
    behind = "".join(code[1:] for code in drawn)
    assert all(1_200 < behind.count(symbol) < 1_600 for symbol in ALPHABET)  # 1,400 expected
    assert all(
        220 < sum(code[0] == letter for code in drawn) < 380 for letter in ALPHABET[10:]
    )  # 295 expected
    assert len(set(drawn)) == len(drawn)


# Check symbol


def test_the_alphabet_has_31_different_symbols_none_of_which_looks_like_another():
    assert len(ALPHABET) == len(set(ALPHABET)) == 31
    assert not set(ALPHABET) & set("ILOUZ")


def test_the_check_symbol_is_the_weighted_sum_spelled_out():
    # A=10, 1=1, 0=0, H=17: 10*1 + 1*3 + 0*9 + 17*27 = 472 = 15*31 + 7
    assert check_symbol("A10H") == "7"


@pytest.mark.parametrize("length", [LINE_LENGTH, MANDATE_LENGTH])
def test_every_wrong_symbol_at_every_place_changes_the_check_symbol(length):
    # The check is linear: what one symbol adds does not depend on the others, so zeros stand for them.
    zeros = "0" * (length - 1)
    for position in range(length - 1):
        seen = {check_symbol(with_symbols(zeros, {position: symbol})) for symbol in ALPHABET}
        assert len(seen) == 31


@pytest.mark.parametrize("length", [LINE_LENGTH, MANDATE_LENGTH])
def test_every_swap_of_every_two_different_neighbours_changes_the_check_symbol(length):
    zeros = "0" * (length - 1)
    for position in range(length - 2):
        for left in ALPHABET:
            for right in ALPHABET.replace(left, ""):
                body = with_symbols(zeros, {position: left, position + 1: right})
                swapped = with_symbols(zeros, {position: right, position + 1: left})
                assert check_symbol(body) != check_symbol(swapped)


@pytest.mark.parametrize("length", [LINE_LENGTH, MANDATE_LENGTH])
def test_a_swap_of_the_check_symbol_with_its_neighbour_never_passes(length):
    # The first symbol brings the rest of the body to every possible sum; all 31 x 31 cases are here.
    for first in ALPHABET:
        for last in ALPHABET:
            body = first + "0" * (length - 3) + last
            check = check_symbol(body)
            assert check == last or check_symbol(body[:-1] + check) != last


@given(references)
def test_no_single_mistake_in_a_line_reference_is_read_as_a_reference(reference):
    text = written(reference)
    wrong = [
        with_symbols(text, {position: symbol})
        for position in range(LINE_LENGTH)
        for symbol in ALPHABET
        if symbol != text[position]
    ]
    assert len(wrong) == LINE_LENGTH * 30
    assert all(isinstance(parse_reference(mistake), Finding) for mistake in wrong + swapped_neighbours(text))


@given(codes, versions)
def test_no_single_mistake_in_a_mandate_reference_is_read_as_a_reference(code, version):
    text = mandate_reference(code, version).replace("-", "")
    wrong = [
        with_symbols(text, {place: symbol})
        for place in range(11)
        for symbol in ALPHABET
        if symbol != text[place]
    ]
    assert all(
        isinstance(parse_mandate_reference(mistake), Finding) for mistake in wrong + swapped_neighbours(text)
    )


# Line references


def test_a_line_reference_spells_code_version_period_attempt_and_check():
    assert line_reference("K7M2P4TX", 1, Month(2026, 12), 1) == "K7M2P4TX01261216"
    assert line_reference("K7M2P4TX", 12, Month(2027, 1), 30)[:-1] == "K7M2P4TX122701Y"


@given(references)
def test_a_line_reference_is_read_back(reference):
    assert len(written(reference)) == LINE_LENGTH
    assert parse_reference(written(reference)) == reference


@given(references, references)
def test_different_lines_never_have_the_same_reference(one, other):
    assert (written(one) == written(other)) == (one == other)


@given(references)
def test_a_reference_typed_with_blanks_dashes_small_letters_and_lookalikes_is_read(reference):
    text = written(reference)
    typed = f" {text[:4]}-{text[4:8]} {text[8:10]} \u2013 {text[10:]}\t".lower()
    assert parse_reference(typed) == reference
    assert parse_reference(text.replace("0", "O").replace("1", "l")) == reference
    assert parse_reference(text.replace("0", "o").replace("1", "I")) == reference


@pytest.mark.parametrize(
    "values",
    [
        ("K7M2P4T", 1, Month(2026, 12), 1),
        ("K7M2P4TXX", 1, Month(2026, 12), 1),
        ("K7M2P4TU", 1, Month(2026, 12), 1),
        ("k7m2p4tx", 1, Month(2026, 12), 1),
        ("K7M2P4TX", 0, Month(2026, 12), 1),
        ("K7M2P4TX", 100, Month(2026, 12), 1),
        ("K7M2P4TX", 1, Month(2100, 1), 1),
        ("K7M2P4TX", 1, Month(1999, 12), 1),
        ("K7M2P4TX", 1, Month(2026, 12), 0),
        ("K7M2P4TX", 1, Month(2026, 12), 31),
    ],
)
def test_a_value_without_room_in_the_reference_is_refused(values):
    with pytest.raises(ValueError):
        line_reference(*values)


@pytest.mark.parametrize(
    "text", ["", "K7M2P4TX0126121", "K7M2P4TX012612166", "K7M2P4TU01261216", "0" * 5_000, "ÄÖÜ"]
)
def test_what_has_not_the_shape_of_a_reference_is_unknown(text):
    assert parse_reference(text).code == "reference_unknown"
    assert parse_mandate_reference(text).code == "reference_unknown"


@pytest.mark.parametrize(
    "body", ["K7M2P4TX0126131", "K7M2P4TX0126001", "K7M2P4TX0026121", "K7M2P4TX0126120", "K7M2P4TXA126121"]
)
def test_a_right_check_symbol_does_not_excuse_impossible_parts(body):
    assert parse_reference(body + check_symbol(body)).code == "reference_unknown"


def test_a_typing_mistake_is_told_as_one():
    finding = parse_reference("K7M2P4TX01261217")
    assert (finding.code, finding.field, finding.level) == ("reference_check", "reference", "refuse")
    assert finding.message == (
        "Nomor rujukan ini tidak cocok; mungkin ada huruf atau angka yang salah ketik atau tertukar. "
        "Periksa kembali, lalu ketik ulang."
    )


@given(st.text(max_size=40))
def test_any_text_at_all_gets_an_answer(text):
    assert isinstance(parse_reference(text), Finding | Reference)
    assert isinstance(parse_mandate_reference(text), Finding | MandateReference)
    assert isinstance(parse_qr(text), Finding | QrContent)


# Mandate references and the QR


def test_a_mandate_reference_is_grouped_for_people():
    assert mandate_reference("K7M2P4TX", 1) == "K7M2-P4TX-01X"


@given(codes, versions)
def test_a_mandate_reference_is_read_back_however_it_is_typed(code, version):
    text = mandate_reference(code, version)
    expected = MandateReference(code, version)
    assert parse_mandate_reference(text) == expected
    assert parse_mandate_reference(f" {text.replace('-', ' ').lower()} ") == expected


def test_version_zero_is_no_version():
    assert parse_mandate_reference("K7M2P4TX00" + check_symbol("K7M2P4TX00")).code == "reference_unknown"


@given(codes, versions, st.text("0123456789ABCDEF", min_size=16, max_size=16))
def test_the_qr_is_read_back_and_stays_in_the_alphanumeric_mode(code, version, printed):
    reference = mandate_reference(code, version)
    text = qr_text(reference, version, printed)
    assert text == f"SK1:{reference}:{version}:{printed}"
    assert parse_qr(text) == parse_qr(f" {text.lower()}\n") == QrContent(reference, version, printed)
    assert set(text) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


@pytest.mark.parametrize(
    ("reference", "version", "printed"),
    [
        ("K7M2-P4TX-01X", 2, "0123456789ABCDEF"),
        ("K7M2-P4TX-01Y", 1, "0123456789ABCDEF"),
        ("K7M2P4TX01X", 1, "0123456789ABCDEF"),
        ("K7M2-P4TX-01X", 1, "0123456789ABCDE"),
        ("K7M2-P4TX-01X", 1, "0123456789abcdef"),
    ],
)
def test_a_qr_that_could_not_be_read_back_is_never_made(reference, version, printed):
    with pytest.raises(ValueError):
        qr_text(reference, version, printed)


@pytest.mark.parametrize(
    "text",
    ["", "https://contoh.example/", "SK2:K7M2-P4TX-01X:1:0123456789ABCDEF",
     "SK1:K7M2-P4TX-01X:1:0123456789ABCDEG", "SK1:K7M2-P4TX-01X:2:0123456789ABCDEF",
     "SK1:K7M2-P4TX-01Y:1:0123456789ABCDEF", "SK1:K7M2-P4TX-01X:1"],
)  # fmt: skip
def test_a_qr_that_is_not_ours_gets_one_calm_answer(text):
    assert parse_qr(text).code == "qr_unreadable"


# Checksum of the printed data

PRINTED = {
    "nama": "Contoh Siti",
    "plafon": 73_600,
    "pekerja": [{"nama": "Contoh Budi", "jht": True}],
    "catatan": None,
}
CANONICAL = (
    '{"catatan":null,"nama":"Contoh Siti","pekerja":[{"jht":true,"nama":"Contoh Budi"}],"plafon":73600}'
)


def test_the_checksum_is_sixteen_digits_of_a_keyed_sha256_over_canonical_json():
    expected = hmac.new(KEY, CANONICAL.encode(), hashlib.sha256).hexdigest()
    assert checksum(PRINTED, KEY) == expected[:16].upper()


def test_order_of_the_fields_and_the_spelling_of_an_accent_do_not_matter():
    assert checksum(dict(reversed(PRINTED.items())), KEY) == checksum(PRINTED, KEY)
    assert checksum({"nama": "Andr\u00e9"}, KEY) == checksum({"nama": "Andre\u0301"}, KEY)
    assert checksum({"pekerja": ("a", "b")}, KEY) == checksum({"pekerja": ["a", "b"]}, KEY)


@pytest.mark.parametrize(
    "change", [{"nama": "Contoh Sity"}, {"plafon": 73_601}, {"plafon": "73600"}, {"pekerja": []}]
)
def test_any_change_of_the_printed_data_changes_the_checksum(change):
    assert checksum(PRINTED | change, KEY) != checksum(PRINTED, KEY)


def test_another_key_gives_another_checksum_and_no_key_is_refused():
    assert checksum(PRINTED, b"lain") != checksum(PRINTED, KEY)
    with pytest.raises(ValueError):
        checksum(PRINTED, b"")


@pytest.mark.parametrize(
    "printed", [{"nilai": 1.5}, {"bulan": Month(2026, 12)}, {1: "satu"}, {"a": {"b": {1, 2}}}]
)
def test_a_value_without_a_stable_spelling_is_refused(printed):
    with pytest.raises(TypeError):
        checksum(printed, KEY)


# Ceiling


def test_the_ceiling_lies_between_the_full_tariff_and_its_multiple():
    assert ceiling_bounds(16_800) == (16_800, 33_600)
    assert ceiling_bounds(36_800, factor=1) == (36_800, 36_800)


@pytest.mark.parametrize(("total", "factor"), [(0, 2), (-16_800, 2), (16_800, 0)])
def test_a_ceiling_without_a_positive_total_or_factor_is_refused(total, factor):
    with pytest.raises(ValueError):
        ceiling_bounds(total, factor)
