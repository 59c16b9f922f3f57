from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from sponsorship.rules.e_signature import ALTERED, UNKNOWN, Certified, judge, signature_remarks


@dataclass(frozen=True)
class Read:
    intact: bool = True
    whole: bool = True
    signed_over: bool = True
    trusted: bool = True
    signer: str = "Rara Contoh Lestari"
    issuer: str = "Otoritas Latihan"
    signed_at: datetime | None = datetime(2026, 11, 20, 3, tzinfo=UTC)
    stamped: bool = False


GOOD = Read()


def test_a_whole_and_trusted_signature_counts_and_names_its_signer():
    found = judge([GOOD], same_print=True)
    assert found == Certified(GOOD.signer, GOOD.issuer, "2026-11-20T03:00:00+00:00", False, True)


@pytest.mark.parametrize(
    "changes", [{"intact": False}, {"whole": False}, {"intact": False, "trusted": False}]
)
def test_what_was_changed_after_signing_is_refused(changes):
    assert judge([replace(GOOD, **changes)], same_print=True) == ALTERED
    assert ALTERED.level == "refuse"


def test_a_signature_of_an_unknown_authority_is_a_note_and_never_counts():
    assert judge([replace(GOOD, trusted=False)], same_print=True) == UNKNOWN
    assert UNKNOWN.level == "note"


def test_the_last_of_several_signatures_decides_and_none_says_nothing():
    assert isinstance(judge([replace(GOOD, trusted=False), GOOD], same_print=False), Certified)
    assert judge([GOOD, replace(GOOD, whole=False)], same_print=False) == ALTERED
    assert judge([], same_print=True) is None


def test_a_duty_stamp_of_another_authority_put_on_later_does_not_undo_the_signature():
    stamp = replace(GOOD, trusted=False, signer="Meterai Elektronik Contoh")
    covered = replace(GOOD, whole=False)
    assert judge([covered, stamp], same_print=True).signer == GOOD.signer
    assert judge([replace(covered, signed_over=False), stamp], same_print=True) == UNKNOWN
    assert judge([replace(covered, intact=False), stamp], same_print=True) == UNKNOWN


def test_the_verifier_reads_another_name_and_another_print():
    fits = judge([GOOD], same_print=True)
    assert [ok for ok, _ in signature_remarks(fits, "RARA CONTOH LESTARI, S.Kom.")] == [True]
    doubts = [
        words for ok, words in signature_remarks(replace(fits, same_print=False), "Bima Contoh") if not ok
    ]
    assert len(doubts) == 2 and "Nama" in doubts[0] and "cetakan" in doubts[1]
