import hashlib
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodebit.formats.lines import (
    Tally,
    WriterMismatch,
    bank_text,
    field_findings,
    file_name,
    file_name_findings,
    head_findings,
    is_written,
    starts_formula,
    text_findings,
    texts,
)

PUNCTUATION = ".'-/()"


def fit(text, width=40, **options):
    return bank_text(text, punctuation=options.pop("punctuation", PUNCTUATION), width=width, **options)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Contohslamet", "Contohslamet"),
        ("Contoh Nur’aini", "Contoh Nur'aini"),
        ("Contoh Ma`ruf – Abdullāh", "Contoh Ma'ruf - Abdullah"),
        ("Contoh Éliße Đặng Łukasz Øre", "Contoh Elisse Dang Lukasz Ore"),
        ("Contoh\r\nDua\tBaris", "Contoh Dua Baris"),
        ("Contoh & Anak <b>", "Contoh Anak b"),
        ("Contoh 😀 Siti", "Contoh Siti"),
        ("Con\u200dtoh Siti", "Contoh Siti"),
        ("Siti Aminah, S.Pd.", "Siti Aminah S.Pd."),
        ("１２３ Ｃｏｎｔｏｈ", "123 Contoh"),
        ("陳大文", ""),
        ("  Contoh   Siti  ", "Contoh Siti"),
    ],
)
def test_a_name_is_written_in_the_characters_of_the_bank(name, written):
    assert fit(name) == written


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "﹣", "＠", "'=", " =", "–"])
def test_a_text_that_starts_like_a_formula_loses_its_start(start):
    assert fit(start + "Contoh") == "Contoh"


def test_a_long_name_is_cut_at_the_width_without_a_blank_at_the_end():
    assert fit("Contoh Bambang Sutejo", width=15) == "Contoh Bambang"


def test_upper_writes_capitals_only_when_asked():
    assert fit("Contoh é", upper=True) == "CONTOH E"
    assert fit("Contoh é", upper=False) == "Contoh e"


@given(st.text(), st.integers(1, 60), st.booleans())
def test_any_text_comes_out_short_safe_and_in_the_set_of_the_bank(text, width, upper):
    written = fit(text, width, upper=upper)
    assert len(written) <= width
    assert all(char.isascii() and (char.isalnum() or char in PUNCTUATION + " ") for char in written)
    assert not starts_formula(written)
    assert written == written.strip()
    assert fit(written, width, upper=upper) == written


def test_the_digest_sees_two_swapped_amounts_that_count_and_total_do_not(three_lines):
    first, second, third = three_lines
    swapped = [replace(first, amount=second.amount), replace(second, amount=first.amount), third]
    tally, other = Tally.of(three_lines), Tally.of(swapped)
    assert (tally.count, tally.total) == (other.count, other.total) == (3, 1_284_967)
    assert tally.digest != other.digest


def test_the_digest_is_over_reference_account_and_amount_of_each_line(three_lines):
    text = "7K2MQ4XA0126011C 0000009001 16800\n9B3NR5YB0126012D 3000009002 1234567\n"
    assert Tally.of(three_lines[:2]).digest == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("change", [{"count": 2}, {"count": 4}, {"total": 1_284_966}, {"total": 0}])
def test_a_tally_unlike_the_head_is_refused(head, three_lines, change):
    with pytest.raises(WriterMismatch):
        Tally.of(three_lines).check(replace(head, **change))


def test_sound_lines_and_head_have_no_findings(head, three_lines):
    assert [field_findings(line) for line in three_lines] == [[], [], []]
    assert head_findings(head) == ()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reference", ""), ("reference", "A" * 36), ("reference", "abc"), ("reference", "-A1"), ("reference", "A\n"),
        ("reference", "=A1"), ("mandate_id", "@SUM"), ("mandate_id", "A" * 36), ("mandate_id", "A,B"),
        ("account", "12 34"), ("account", ""), ("account", "1234567.0"), ("account", "١٢٣"), ("account", "1" * 35),
        ("opd", "DINKES;X"), ("opd", ""), ("amount", 0), ("amount", -16_800), ("amount", 16_800.0),
        ("amount", True), ("amount", 10**15),
    ],
)  # fmt: skip
def test_a_value_that_may_not_be_repaired_is_a_finding_of_its_field(three_lines, field, value):
    (finding,) = field_findings(replace(three_lines[0], **{field: value}))
    assert (finding.field, finding.level) == (field, "refuse")


def test_a_finding_never_repeats_the_account(three_lines):
    (finding,) = field_findings(replace(three_lines[0], account="0000009001X"))
    assert "9001" not in finding.message


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"message_id": "ppr 1"}, "message_id"), ({"message_id": "A" * 36}, "message_id"),
        ({"created_at": datetime(2025, 12, 29)}, "created_at"), ({"count": 0}, "count"), ({"total": 1.5}, "total"),
        ({"part": 3, "parts": 2}, "part"), ({"part": 0}, "part"),
    ],
)  # fmt: skip
def test_a_faulty_head_is_a_finding_of_its_field(head, change, field):
    assert [finding.field for finding in head_findings(replace(head, **change))] == [field]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"name": " "}, "creditor.name"), ({"account": "12-3"}, "creditor.account"),
     ({"scheme_id": ""}, "creditor.scheme_id"), ({"bic": "PDJG"}, "creditor.bic")],
)  # fmt: skip
def test_an_incomplete_creditor_is_a_finding(head, change, field):
    faulty = replace(head, creditor=replace(head.creditor, **change))
    assert [finding.field for finding in head_findings(faulty)] == [field]


def test_an_incomplete_bank_is_two_findings(head):
    faulty = replace(head, bank=replace(head.bank, bic="pdjgidj1", code="0113"))
    assert [finding.field for finding in head_findings(faulty)] == ["bank.bic", "bank.code"]


def test_the_file_name_follows_the_pattern():
    layout = {"file_name": "{bank}_{period}_G{wave:02d}_{part:03d}.csv"}
    assert file_name_findings(layout) == []
    assert file_name(layout, bank="BANK", period="2026-01", wave=2, part=1) == "BANK_2026-01_G02_001.csv"


@pytest.mark.parametrize("bank", ["../etc", "a/b", "", "Bank Contoh"])
def test_a_file_name_that_is_not_plain_is_refused(bank):
    with pytest.raises(ValueError, match="plain"):
        file_name({"file_name": "{bank}{period}{wave}{part}".replace("{period}", " ")},
                  bank=bank, period="2026-01", wave=1)  # fmt: skip


@pytest.mark.parametrize(
    "pattern",
    [None, 7, "", "{period}{wave}{part}/x.csv", "{period}_{wave}.csv", "{period}{wave}{part}{bank.__class__}",
     "{period}{wave:9999999999d}{part}", "{period}{wave}{part", "{period:02d}{wave}{part}", "=..{period}{wave}{part}"],
)  # fmt: skip
def test_a_pattern_that_is_unsafe_or_gives_equal_names_is_a_finding(pattern):
    assert [finding.field for finding in file_name_findings({"file_name": pattern})] == ["file_name"]


@pytest.mark.parametrize("rules", [None, [], {}, {"punctuation": ".", "upper": 1}, {"punctuation": 3, "upper": True},
                                   *({"punctuation": sign, "upper": True} for sign in "=@,;|\"\\\t\né")])  # fmt: skip
def test_a_text_table_that_lets_formulas_or_delimiters_through_is_a_finding(rules):
    assert len(text_findings({"text": rules})) == 1


@given(text=st.text(max_size=30), punctuation=st.sampled_from(["", ".'-/()", "&<>+"]))
def test_a_text_counts_as_written_exactly_when_something_of_it_is_left(text, punctuation):
    layout = {"text": {"punctuation": punctuation, "upper": True}}
    assert is_written(text, layout) == bool(texts(layout)(text, 40))
