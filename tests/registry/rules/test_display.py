from hypothesis import given, settings
from hypothesis import strategies as st

from registry.rules.display import mask, nik_display, nip_display, phone_display


def test_numbers_are_shown_in_their_groups():
    assert nip_display("198609262015051001") == "19860926 201505 1 001"
    assert nik_display("3374010101909001") == "3374 0101 0190 9001"
    assert phone_display("+628123456789") == "0812-3456-789"


def test_a_mask_leaves_the_last_four_digits():
    assert mask("3374010101901234", "nik") == "•••• •••• •••• 1234"
    assert mask("198609262015051001", "nip") == "•••••••• •••••• 1 001"
    assert mask("0001234567", "account") == "•••••• 4567"
    assert mask("+6281234567890", "phone") == "••••-••••-7890"


def test_a_mask_of_something_short_leaves_nothing():
    assert mask("1234567", "account") == "•••••••"
    assert mask("", "nik") == ""


@settings(max_examples=400, deadline=None)
@given(st.text() | st.text(alphabet="0123456789 .-,+Ee\u00a0\u200b\uff11O/()'", max_size=30))
def test_whatever_the_text_a_mask_shows_four_signs_at_most(text):
    for kind in ("nik", "nip", "account", "phone"):
        assert sum(shown not in "•- " for shown in mask(text, kind)) <= 4
