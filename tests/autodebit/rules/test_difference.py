"""Every kind of change has its reason, and every reason its words."""

import pytest

from autodebit.labels import DIFFERENCE
from autodebit.rules.difference import Facts, why


@pytest.mark.parametrize(
    ("facts", "reasons"),
    [
        (Facts("joined"), ("new_mandate",)),
        (Facts("joined", known_before=True), ("joined_other",)),
        (Facts("joined", excluded_before="suspended", known_before=True), ("resumed",)),
        (Facts("joined", excluded_before="starts_later"), ("starts_now",)),
        (Facts("joined", excluded_before="salary_waiting"), ("salary_then",)),
        (Facts("joined", excluded_before="ended"), ("new_mandate",)),
        (Facts("left", excluded_now="revoked"), ("revoked",)),
        (Facts("left", excluded_now="revoked", same_bank=False), ("other_bank",)),
        (Facts("left", excluded_now="ceiling", same_bank=False), ("ceiling",)),
        (Facts("left", excluded_now="salary_waiting"), ("salary",)),
        (Facts("left", last_state="cancelled"), ("revoked",)),
        (Facts("left", last_state="expired"), ("ended",)),
        (Facts("left", last_state="active"), ("left_other",)),
        (Facts("left"), ("left_other",)),
        (Facts("changed", workers=1), ("more_workers",)),
        (Facts("changed", workers=-2, tariff=True), ("fewer_workers", "other_tariff")),
        (Facts("changed", swapped=True, cover=True), ("other_workers", "other_cover")),
        (Facts("changed"), ("changed_other",)),
    ],
)
def test_the_facts_give_the_reason(facts, reasons):
    assert why(facts) == reasons


def test_every_reason_has_words():
    kinds = ("joined", "left", "changed")
    excluded = ("", "revoked", "suspended", "not_lodged", "not_active", "incomplete", "verified_late", "starts_later",
                "ended", "no_lines", "ceiling", "salary_waiting", "salary_not_landed", "not_collected",
                "unknown_answer")  # fmt: skip
    found = {
        reason
        for kind in kinds
        for before in excluded
        for state in ("", "cancelled", "expired", "replaced", "rejected", "suspended", "active")
        for same in (True, False)
        for known in (True, False)
        for reason in why(Facts(kind, before, before, known, state, same))
    }
    found |= set(why(Facts("changed", workers=1, swapped=True, cover=True, tariff=True)))
    found |= set(why(Facts("changed", workers=-1)))
    assert found == set(DIFFERENCE)
