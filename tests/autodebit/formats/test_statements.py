import pytest

from autodebit.formats.statements import kind_of, last4, ours_in

MESSAGE = "ASN-2026-01-G01-R1-1A2B3C4D"


@pytest.mark.parametrize(
    ("text", "found"),
    [(MESSAGE, MESSAGE), (f"kredit {MESSAGE.lower()}, autodebet", MESSAGE), (f"{MESSAGE} {MESSAGE}", MESSAGE),
     (f"{MESSAGE}-02", f"{MESSAGE}-02"), ("RETUR K7M2P4TX01261216", "K7M2P4TX01261216"),
     (f"{MESSAGE} K7M2P4TX01261216", ""),
     ("3000009002", ""), ("TRANSFERANTARBANK", ""), ("XK7M2P4TX01261216", ""), ("K7M2P4TX01261316", ""), ("", ""),
     ("9" * 100_000, "")],
)  # fmt: skip
def test_the_only_reference_of_ours_in_a_narrative(text, found):
    assert ours_in(text) == found


def test_without_a_word_of_the_bank_the_sign_tells_the_kind():
    assert [kind_of(amount) for amount in (1, 0, -1)] == ["credit", "credit", "debit"]


@pytest.mark.parametrize(
    ("account", "shown"), [("0000000777", "0777"), ("3-113-05468-8", "4688"), ("0777", ""), ("", "")]
)
def test_no_more_than_four_digits_of_an_account_are_kept(account, shown):
    assert last4(account) == shown
