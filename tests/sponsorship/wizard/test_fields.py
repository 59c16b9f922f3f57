"""Form fields: lenient in, one form out, and what was typed stays."""

import pytest
from django import forms
from hypothesis import given
from hypothesis import strategies as st

from sponsorship.rules.months import Month
from sponsorship.wizard import fields

SEPARATORS = st.sampled_from(["", " ", ".", "-", "\u2013", "\u00a0"])


class Everything(forms.Form):
    name = fields.name_field("Nama")
    phone = fields.phone_field("Ponsel", required=False)
    account = fields.account_field("Rekening", pattern=r"^\d{10}$", hint="10 angka")
    amount = fields.rupiah_field("Jumlah")
    place = fields.line_field("Tempat", longest=20, empty="Isi tempat.")


def filled(**answers: str) -> Everything:
    honest = {"name": "Siti", "phone": "", "account": "0001234567", "amount": "1000", "place": "Pasar"}
    return Everything({**honest, **answers})


@given(st.from_regex(r"[0-9]{10}", fullmatch=True), st.lists(SEPARATORS, min_size=10, max_size=10))
def test_an_account_in_any_grouping_is_the_same_account(digits, separators):
    typed = "".join(digit + separator for digit, separator in zip(digits, separators, strict=True)).rstrip(
        "."
    )
    form = filled(account=typed)
    if form.is_valid():
        assert form.cleaned_data["account"] == digits
    else:  # only what looks like a spreadsheet's decimal tail is refused
        assert "lembar kerja" in form.errors["account"][0]
    assert form["account"].value() == typed


@given(st.text(max_size=500))
def test_any_text_is_either_understood_or_refused_with_a_sentence(text):
    form = filled(**dict.fromkeys(("name", "phone", "account", "amount", "place"), text))
    form.is_valid()
    for name in form.errors:
        assert form.errors[name][0].endswith((".", "?")), form.errors[name]
    assert form["name"].value() == text


@given(st.integers(min_value=0, max_value=10**12))
def test_an_amount_is_read_back_as_it_is_shown(amount):
    shown = f"Rp{amount:,}".replace(",", ".")
    form = filled(amount=shown)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["amount"] == amount


@pytest.mark.parametrize("typed", ["100.00", "16,8", "seribu", "-5", "1.000.00"])
def test_an_amount_that_needs_guessing_is_refused(typed):
    assert list(filled(amount=typed).errors) == ["amount"]


def test_an_optional_phone_may_be_blank_and_a_given_one_is_e164():
    assert filled(phone="  ").is_valid()
    form = filled(phone="0812 9999 0001")
    assert form.is_valid() and form.cleaned_data["phone"] == "+6281299990001"


def test_odd_input_leaves_notes_and_plain_input_none():
    odd = filled(phone="0840 1234 5678")
    assert odd.is_valid(), odd.errors
    assert [note.level for note in fields.notes_of(odd)] == ["note"]
    plain = filled()
    assert plain.is_valid() and fields.notes_of(plain) == []


def test_letters_that_cannot_be_printed_are_named():
    assert "漢" in filled(place="Pasar 漢").errors["place"][0]


@pytest.mark.parametrize("typed", ["x" * 21, "x" * 5000])
def test_a_line_that_is_too_long_is_refused(typed):
    assert "terlalu panjang" in filled(place=typed).errors["place"][0]


def test_a_month_is_one_of_those_offered():
    field = fields.MonthField(label="Bulan")
    field.offer(Month(2026, 12))
    assert field.clean("") is None
    assert field.clean("2027-11") == Month(2027, 11)
    for wrong in ("2026-12", "2027-12", "kapan", "2027-1"):
        with pytest.raises(forms.ValidationError):
            field.clean(wrong)


def test_no_field_is_a_number_input():
    assert 'type="number"' not in filled().as_p()
