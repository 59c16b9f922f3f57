import pytest

from autodebit.rules.reason import reason_of
from registry.rules.finding import Finding


@pytest.mark.parametrize("typed", ["salah", "x" * 300])
def test_five_to_three_hundred_letters_are_a_reason(typed):
    assert reason_of(typed, "Tulis alasannya") == typed


def test_blanks_are_single_and_do_not_count():
    assert reason_of("  nama\n berkas  salah ", "Tulis alasannya") == "nama berkas salah"
    assert isinstance(reason_of("a   b", "Tulis alasannya"), Finding)


@pytest.mark.parametrize("typed", ["", "    ", "abcd", "x" * 301])
def test_less_or_more_is_asked_for_again(typed):
    assert reason_of(typed, "Tulis alasannya") == Finding(
        "reason_missing", "Tulis alasannya, 5 sampai 300 huruf.", "reason"
    )
