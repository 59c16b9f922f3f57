"""NIP, NI PPPK, NIK, account and phone: the odd inputs people really type. Labelled corpora: test_corpus.py."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.rules.identity import (
    age_on,
    birth_dates_agree,
    parse_account,
    parse_nik,
    parse_nip,
    parse_phone,
    under_age_limit,
)

TODAY = date(2026, 11, 2)
TEN_DIGITS = {"pattern": r"\d{10}", "hint": "10 angka"}


def codes(parsed):
    return [finding.code for finding in parsed.findings]


@pytest.mark.parametrize(
    "text",
    [
        "19860926 201505 1 001",
        "19860926.201505.1.001",
        "19860926-201505-1-001",
        "\u200b19860926\u00a0201505\u202f1\u2009001\ufeff\n",
        "\uff11\uff19\uff18\uff16\uff10\uff19\uff12\uff16201505\uff0d1\uff0e001",
        "'198609262015051001",
        "1986\u20130926\u20112015\u2212051001",
    ],
)
def test_a_nip_is_read_however_it_is_grouped(text):
    assert parse_nip(text, today=TODAY).value.digits == "198609262015051001"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "nip_empty"),
        (" \u200b ", "nip_empty"),
        ("1986o9262015051001", "nip_letters"),
        ("1986092620150510,1", "nip_decimal"),
        ("1.98609262015051E+17", "nip_decimal"),
        ("198609262015051001.0", "nip_decimal"),
        ("198609262015051001.00", "nip_decimal"),
        ("\u0661\u0669860926201505100\u0661", "nip_letters"),
        ("19860926201505100", "nip_length"),
        ("198609312015051001", "nip_birth_date"),
        ("198609262015151001", "nip_appointment"),
        ("198609261985051001", "nip_appointment_before_birth"),
        ("198609262015053001", "nip_sex"),
        ("198609262015051000", "nip_serial"),
    ],
)
def test_each_fault_of_a_nip_has_its_own_sentence(text, code):
    parsed = parse_nip(text, today=TODAY)
    assert (parsed.value, codes(parsed)) == (None, [code])
    assert parsed.findings[0].message.endswith(".")
    assert parsed.findings[0].field == "nip"


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("198609262026111001", []),
        ("198609262026121001", ["nip_appointed_in_future"]),
        ("198609262026211001", []),
        ("198609262027211001", ["nip_appointed_in_future"]),
        ("200009262017091001", []),
        ("200009262017081001", ["nip_appointed_young"]),
        ("195611021980011001", []),
        ("195511021980011001", ["nip_old"]),
    ],
)
def test_an_odd_nip_passes_with_a_note(text, notes):
    parsed = parse_nip(text, today=TODAY)
    assert parsed.ok
    assert [finding.code for finding in parsed.notes] == notes
    assert parsed.refusals == ()


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("3374010111859001", []),
        ("9999990111859001", ["nik_unknown_region"]),
        ("0074010111859001", ["nik_unknown_region"]),
        ("3374010211099001", []),
        ("3374010311099001", ["nik_young"]),
        ("3374010311269001", ["nik_old"]),
        ("3374010211119001", ["nik_young"]),
    ],
)
def test_an_odd_nik_passes_with_a_note(text, notes):
    parsed = parse_nik(text, today=TODAY, known_regions={"337401"})
    assert parsed.ok
    assert codes(parsed) == notes


def test_an_unknown_region_is_no_note_when_no_regions_are_given():
    assert parse_nik("9999990111859001", today=TODAY).findings == ()


def test_a_nik_of_tomorrow_is_read_as_a_hundred_years_older():
    assert parse_nik("3374010311269001", today=TODAY).value.birth_date == date(1926, 11, 3)


def test_a_worker_is_refused_until_the_15th_birthday():
    (finding,) = parse_nik("3374010311119001", today=TODAY).findings
    assert (finding.code, finding.field, finding.level) == ("nik_under_age", "nik", "refuse")
    assert finding.message == (
        "Pekerja harus berusia sedikitnya 15 tahun; menurut NIK ini usianya 14 tahun. Periksa lagi NIK-nya dengan KTP."
    )
    assert codes(parse_nik("3374010211269001", today=TODAY)) == ["nik_under_age"]
    assert parse_nik("3374010311119001", today=date(2026, 11, 3)).ok


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0012345678", "0012345678"),
        ("3-113-05468-8", "3113054688"),
        ("3.113.05468.8", "3113054688"),
        ("0 012 345 678", "0012345678"),
        ("0000000000", "0000000000"),
        ("\uff10\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18", "0012345678"),
    ],
)
def test_an_account_keeps_its_leading_zeros(typed, kept):
    assert parse_account(typed, **TEN_DIGITS).value == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("910567421.0", "account_decimal"),
        ("9105674210,00", "account_decimal"),
        ("910.567.421.0", "account_decimal"),
        ("910567421.5", "account_decimal"),
        ("1234567.000", "account_decimal"),
        ("9.1056742E+09", "account_decimal"),
        ("O012345678", "account_letters"),
        ("00123456/78", "account_letters"),
        ("012345678", "account_pattern"),
        ("", "account_empty"),
    ],
)
def test_an_account_that_may_be_another_one_is_refused(typed, code):
    parsed = parse_account(typed, **TEN_DIGITS)
    assert (parsed.value, codes(parsed)) == (None, [code])


def test_the_account_sentence_says_what_the_bank_expects():
    (finding,) = parse_account("012345678", **TEN_DIGITS).findings
    assert finding.message == (
        "Nomor rekening harus 10 angka; yang Anda isi 9 angka. Salin dari buku tabungan, termasuk angka nol di depan."
    )


@pytest.mark.parametrize(
    "typed",
    [
        "081234567890", "0812-3456-7890", "+62 812 3456 7890", "6281234567890", "81234567890", "0062 812 34567890",
        "(0812) 3456.7890", "+62 0812 3456 7890", "\u200e+62\u00a0812\u20113456\u20117890",
    ],
)  # fmt: skip
def test_a_mobile_number_is_kept_in_one_form(typed):
    parsed = parse_phone(typed)
    assert (parsed.value.e164, parsed.findings) == ("+6281234567890", ())
    assert parsed.value.display == "0812-3456-7890"


def test_a_number_of_62811_without_plus_is_not_read_as_another_number():
    assert parse_phone("628111234567").value.e164 == "+628111234567"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("O81234567890", "phone_letters"),
        ("0812CONTOH", "phone_letters"),
        ("0812/0813", "phone_letters"),
        ("81234567890.0", "phone_decimal"),
        ("8.1234567E+10", "phone_decimal"),
        ("024 3584001", "phone_not_mobile"),
        ("0800 1234567", "phone_not_mobile"),
        ("+65 9123 4567", "phone_not_mobile"),
        ("+1 812 345 6789", "phone_not_mobile"),
        ("08123456", "phone_length"),
        ("08123456789012", "phone_length"),
        ("", "phone_empty"),
    ],
)
def test_what_is_no_indonesian_mobile_number_is_refused(typed, code):
    parsed = parse_phone(typed)
    assert (parsed.value, codes(parsed)) == (None, [code])


def test_an_unknown_prefix_passes_with_a_note():
    parsed = parse_phone("0840-1234-5678")
    assert parsed.value.e164 == "+6284012345678"
    assert [finding.code for finding in parsed.notes] == ["phone_unknown_prefix"]


def test_the_age_limit_ends_on_the_65th_birthday():
    assert under_age_limit(date(1961, 12, 2), date(2026, 12, 1))
    assert not under_age_limit(date(1961, 12, 1), date(2026, 12, 1))
    assert age_on(date(2004, 2, 29), date(2025, 2, 28)) == 20
    assert age_on(date(2004, 2, 29), date(2025, 3, 1)) == 21


def test_birth_dates_agree_whatever_the_century():
    assert birth_dates_agree(date(1926, 5, 17), date(2026, 5, 17))
    assert not birth_dates_agree(date(1986, 5, 17), date(1987, 5, 17))
    assert not birth_dates_agree(date(1986, 5, 6), date(1986, 6, 5))


@settings(max_examples=400, deadline=None)
@given(st.text() | st.text(alphabet="0123456789 .-,+Ee\u00a0\u200b\uff11O/()'", max_size=30))
def test_no_text_at_all_raises(text):
    for parsed in (
        parse_nip(text, today=TODAY),
        parse_nik(text, today=TODAY),
        parse_account(text, **TEN_DIGITS),
        parse_phone(text),
    ):
        assert parsed.ok != bool(parsed.refusals)


@settings(max_examples=200, deadline=None)
@given(
    st.from_regex(r"\A[0-9]{10}\Z"), st.lists(st.sampled_from(" \u00a0-\u2013\u200b"), min_size=9, max_size=9)
)
def test_blanks_and_dashes_between_digits_never_change_an_account(digits, gaps):
    typed = "".join(digit + gap for digit, gap in zip(digits, [*gaps, ""], strict=True))
    assert parse_account(typed, **TEN_DIGITS).value == digits


@settings(max_examples=200, deadline=None)
@given(st.from_regex(r"\A[0-9]{8,18}\Z"), st.sampled_from([".0", ".00", ",0", ",00", ".5", ".25"]))
def test_a_decimal_tail_is_refused_in_every_identity_column(digits, tail):
    assert codes(parse_account(digits + tail, **TEN_DIGITS)) == ["account_decimal"]
    assert codes(parse_nip(digits + tail, today=TODAY)) == ["nip_decimal"]
    assert codes(parse_nik(digits + tail, today=TODAY)) == ["nik_decimal"]
    assert codes(parse_phone(digits + tail)) == ["phone_decimal"]
