"""Names as people write them, e-mail addresses, and when two names deserve a second look."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.rules.names import names_differ, parse_email, parse_name


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Contoh", "Contoh"),
        ("Nu'man Contoh", "Nu'man Contoh"),
        ("Nu\u2019man", "Nu'man"),
        ("CONTOH SITI", "CONTOH SITI"),
        ("  Contoh \u00a0 Siti\n", "Contoh Siti"),
        ("Dr. H. Contoh Siti, S.Kom., M.M.", "Dr. H. Contoh Siti, S.Kom., M.M."),
        ("Contoh Abdur-Rahman", "Contoh Abdur-Rahman"),
        ("Rene\u0301 Contoh", "Ren\u00e9 Contoh"),
        ("Con\u200btoh", "Contoh"),
        ("'Aisyah", "'Aisyah"),
        ("Xu", "Xu"),
    ],
)
def test_a_name_is_kept_as_on_the_ktp(typed, kept):
    assert parse_name(typed).value == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "name_empty"),
        (" \u200b ", "name_empty"),
        ("X", "name_letters"),
        ("-- ..", "name_letters"),
        ("-Siti", "name_letters"),
        ("Siti 2", "name_digits"),
        ("Siti \u0662", "name_digits"),
        ("=HYPERLINK", "name_characters"),
        ("<b>Siti", "name_characters"),
        ("siti@contoh", "name_characters"),
        ("A" * 151, "name_long"),
    ],
)
def test_what_is_no_name_is_refused_with_its_own_sentence(typed, code):
    parsed = parse_name(typed)
    assert (parsed.value, [finding.code for finding in parsed.findings]) == (None, [code])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Contoh Siti", "CONTOH SITI"),
        ("H. Contoh Siti, S.Kom., M.M.", "CONTOH SITI"),
        ("Dr.Ir.Contoh Siti", "Contoh Siti, S. Kom"),
        ("Hj Contoh Siti SE", "Contoh Siti"),
        ("Nu'man", "NUMAN"),
        ("Abdur-Rahman", "Abdur Rahman"),
        ("M.Contoh", "M. Contoh"),
        ("Ren\u00e9 Contoh", "RENE CONTOH"),
        ("Contoh, S.Pd.I", "Contoh"),
    ],
)
def test_case_punctuation_and_titles_make_no_difference(first, second):
    assert not names_differ(first, second)
    assert not names_differ(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Contoh Siti", "Contoh Budi"),
        ("Contoh, Siti", "Contoh, Budi"),
        ("Contoh Siti", "Contoh Siti Aminah"),
        ("Moh. Contoh", "Mohammad Contoh"),
        ("Contoh Siti", "Siti Contoh"),
        ("Siti", "Ir"),
    ],
)
def test_other_words_are_worth_a_look(first, second):
    assert names_differ(first, second)
    assert names_differ(second, first)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("siti@contoh.go.id", "siti@contoh.go.id"),
        (" Siti.Contoh+asn@Contoh.GO.ID ", "siti.contoh+asn@contoh.go.id"),
        ("siti\u200b@contoh.id", "siti@contoh.id"),
    ],
)
def test_an_email_address_is_kept_in_lower_case(typed, kept):
    assert parse_email(typed).value == kept


@pytest.mark.parametrize(
    "typed",
    [
        "", "siti", "siti@", "@contoh.id", "siti@contoh", "siti @contoh.id", "si..ti@contoh.id", ".siti@contoh.id",
        "siti@-contoh.id", "siti@contoh..id", "a@b.id, c@d.id", "siti@contoh.id\nBcc: x@y.id", "<siti@contoh.id>",
        "siti@[127.0.0.1]", "s" * 65 + "@contoh.id", "siti@" + "contoh." * 40 + "id", "siti@cont\u00f6h.id",
    ],
)  # fmt: skip
def test_what_no_mail_server_would_take_is_refused(typed):
    assert not parse_email(typed).ok


@settings(max_examples=400, deadline=None)
@given(st.text(), st.text())
def test_no_text_at_all_raises(first, second):
    for parsed in (parse_name(first), parse_email(first)):
        assert parsed.ok != bool(parsed.refusals)
    assert names_differ(first, second) == names_differ(second, first)
    assert not names_differ(first, first)
