import hashlib
import os

import pytest

from registry import vault
from registry.vault import CannotOpen, blind_index, seal, unseal

PLACE = "registry_worker.nik:1"
PLAIN = b"3374015508809001"


@pytest.mark.parametrize(
    "plain",
    [PLAIN, b"", "Sutini Çontoh".encode(), os.urandom(100_000)],
    ids=["plain", "nothing", "text", "large"],
)
def test_what_was_sealed_opens_in_its_place(plain):
    assert unseal(seal(plain, PLACE), PLACE) == plain


def test_the_same_value_is_sealed_differently_each_time_and_never_shows():
    first, second = seal(PLAIN, PLACE), seal(PLAIN, PLACE)
    assert first != second
    assert PLAIN not in first
    assert hashlib.sha256(PLAIN).digest() not in first


@pytest.mark.parametrize("elsewhere", [
    "registry_worker.nik:2", "registry_worker.phone:1", "registry_donor.nik:1", "registry_worker.nik:", "",
])  # fmt: skip
def test_a_value_moved_elsewhere_does_not_open(elsewhere):
    with pytest.raises(CannotOpen):
        unseal(seal(PLAIN, PLACE), elsewhere)


def test_every_flipped_bit_is_noticed():
    sealed = seal(PLAIN, PLACE)
    for position in range(len(sealed)):
        broken = bytearray(sealed)
        broken[position] ^= 1
        with pytest.raises(CannotOpen):
            unseal(bytes(broken), PLACE)


def test_every_cut_is_noticed():
    sealed = seal(PLAIN, PLACE)
    for length in range(len(sealed)):
        with pytest.raises(CannotOpen):
            unseal(sealed[:length], PLACE)


def test_the_first_key_writes_and_the_others_still_read(settings):
    old, new = os.urandom(32), os.urandom(32)
    settings.FIELD_KEYS = {"k1": old}
    before = seal(PLAIN, PLACE)

    settings.FIELD_KEYS = {"k2": new, "k1": old}

    after = seal(PLAIN, PLACE)
    assert (vault.key_id_of(before), vault.key_id_of(after)) == ("k1", "k2")
    assert unseal(before, PLACE) == unseal(after, PLACE) == PLAIN


def test_without_its_key_a_value_stays_closed(settings):
    sealed = seal(PLAIN, PLACE)
    settings.FIELD_KEYS = {"k9": os.urandom(32)}
    with pytest.raises(CannotOpen, match="FIELD_KEYS"):
        unseal(sealed, PLACE)


def test_another_key_under_the_same_name_does_not_open(settings):
    sealed = seal(PLAIN, PLACE)
    settings.FIELD_KEYS = {name: os.urandom(32) for name in settings.FIELD_KEYS}
    with pytest.raises(CannotOpen) as refused:
        unseal(sealed, PLACE)
    assert str(refused.value) == "a sealed value of registry_worker.nik does not open in this place"


def test_an_index_is_equal_for_equal_values_of_one_kind_only():
    assert blind_index("nik", "3374015508809001") == blind_index("nik", "3374015508809001")
    assert blind_index("nik", "3374015508809001") != blind_index("account", "3374015508809001")
    assert blind_index("nik", "3374015508809001") != blind_index("nik", "3374015508809002")


def test_an_index_is_no_plain_hash_and_hangs_on_its_key(settings):
    index = blind_index("nik", "3374015508809001")
    plain = {
        hashlib.new(name, text).hexdigest() for name in ("sha256", "md5") for text in (PLAIN, b"nik:" + PLAIN)
    }
    assert len(index) == 64 and index not in plain
    settings.INDEX_KEY = os.urandom(32)
    assert blind_index("nik", "3374015508809001") != index
