import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsorship.rules.money import in_words, parse_rupiah, rupiah, rupiah_long

amounts = st.one_of(st.integers(0, 10**15 - 1), st.integers(0, 10**7))

WORDS = {
    0: "nol rupiah",
    1: "satu rupiah",
    10: "sepuluh rupiah",
    11: "sebelas rupiah",
    100: "seratus rupiah",
    1_000: "seribu rupiah",
    8_400: "delapan ribu empat ratus rupiah",
    16_800: "enam belas ribu delapan ratus rupiah",
    28_400: "dua puluh delapan ribu empat ratus rupiah",
    36_800: "tiga puluh enam ribu delapan ratus rupiah",
    101_000: "seratus satu ribu rupiah",
    111_111: "seratus sebelas ribu seratus sebelas rupiah",
    1_000_000: "satu juta rupiah",
    1_001_000: "satu juta seribu rupiah",
    1_021_000: "satu juta dua puluh satu ribu rupiah",
    1_234_567: "satu juta dua ratus tiga puluh empat ribu lima ratus enam puluh tujuh rupiah",
    170_000 * 16_800: "dua miliar delapan ratus lima puluh enam juta rupiah",
    1_000_000_001_001: "satu triliun seribu satu rupiah",
}

SMALL = ["nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"]
SCALES = {"ribu": 10**3, "juta": 10**6, "miliar": 10**9, "triliun": 10**12}
ONES = {
    "sepuluh": ["satu", "puluh"],
    "sebelas": ["satu", "belas"],
    "seratus": ["satu", "ratus"],
    "seribu": ["satu", "ribu"],
}


def read_back(words: str) -> int:
    """An Indonesian reader of numbers that shares nothing with the writer."""
    *number, unit = words.split(" ")
    assert unit == "rupiah"
    total = group = digit = 0
    for word in (part for token in number for part in ONES.get(token, [token])):
        if word in SCALES:
            total += (group + digit) * SCALES[word]
            group = digit = 0
        elif word in ("puluh", "ratus"):
            group, digit = group + digit * {"puluh": 10, "ratus": 100}[word], 0
        elif word == "belas":
            group, digit = group + digit + 10, 0
        else:
            digit = SMALL.index(word)
    return total + group + digit


@pytest.mark.parametrize(("amount", "words"), WORDS.items(), ids=[str(amount) for amount in WORDS])
def test_an_amount_in_words_is_spelled_as_on_a_receipt_and_reads_back(amount, words):
    assert in_words(amount) == words
    assert read_back(words) == amount


@given(amounts)
def test_an_amount_in_words_reads_back_as_itself(amount):
    assert read_back(in_words(amount)) == amount


@given(st.integers(0, 999), st.integers(0, 999), st.integers(0, 999))
def test_one_thousand_is_never_called_satu_ribu(millions, thousands, ones):
    words = in_words(millions * 10**6 + thousands * 1_000 + ones)
    assert ("seribu" in words) == (thousands == 1)
    assert ("satu ribu" in words) == (
        thousands % 10 == 1 and thousands not in (1, 11) and thousands % 100 != 11
    )


def test_an_amount_below_zero_has_no_words():
    with pytest.raises(ValueError):
        in_words(-1)


@pytest.mark.parametrize(
    ("amount", "short", "long"),
    [
        (0, "Rp0", "Rp0,00"),
        (999, "Rp999", "Rp999,00"),
        (16_800, "Rp16.800", "Rp16.800,00"),
        (1_234_567, "Rp1.234.567", "Rp1.234.567,00"),
        (-8_400, "-Rp8.400", "-Rp8.400,00"),
    ],
)
def test_an_amount_is_written_with_points_and_without_a_blank(amount, short, long):
    assert (rupiah(amount), rupiah_long(amount)) == (short, long)


@pytest.mark.parametrize("amount", [16_800.0, "16800", True, None])
@pytest.mark.parametrize("write", [rupiah, rupiah_long, in_words])
def test_money_that_is_no_whole_number_is_refused(write, amount):
    with pytest.raises(TypeError):
        write(amount)


@given(amounts)
def test_what_is_written_is_read_back(amount):
    assert parse_rupiah(rupiah(amount)) == amount
    assert parse_rupiah(rupiah_long(amount)) == amount
    assert parse_rupiah(str(amount)) == amount
    assert parse_rupiah(f"{amount:,}") == amount
    assert parse_rupiah(f" rp {amount:,}.00 ".replace(",", "_").replace(".", ",").replace("_", ".")) == amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("100.000", 100_000),
        ("100,000", 100_000),
        ("100 000", 100_000),
        ("100\u00a0000", 100_000),
        ("100000", 100_000),
        ("Rp 100.000", 100_000),
        ("Rp. 100.000,-", 100_000),
        ("Rp100.000,00", 100_000),
        ("RP100.000.-", 100_000),
        ("IDR 100,000.00", 100_000),
        (" 1.000.000 ", 1_000_000),
        ("0", 0),
    ],
)
def test_usual_ways_to_write_an_amount_are_understood(text, amount):
    assert parse_rupiah(text) == amount


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "Rp", "Rp.", "-", "-16800", "16,8", "16.8", "100.00", "100.0", "1.0000", "10.00.000", ".100",
        "100.", "1.000,000", "1,000.000", "1.000 000", "1  000", "16.800,50", "16.800,5", "1e5", "16rb",
        "16800rupiah", "0x10", "007", "0.500", "\uff11\uff10\uff10", "\u0661\u0660\u0660", "100.000.00",
        "Rp Rp 100", "100 Rp", "9" * 16, "9" * 5_000, "1.6800", "NaN",
    ],
)  # fmt: skip
def test_what_would_need_guessing_is_not_understood(text):
    assert parse_rupiah(text) is None


@given(st.text(alphabet="0123456789.,- Rp", max_size=14))
def test_separators_never_change_the_digits(text):
    amount = parse_rupiah(text)
    digits = "".join(character for character in text if character.isdigit())
    assert amount is None or str(amount) in (digits, digits.removesuffix("00"))


@given(st.text(max_size=30))
def test_any_text_at_all_gets_an_answer(text):
    amount = parse_rupiah(text)
    assert amount is None or 0 <= amount < 10**15
