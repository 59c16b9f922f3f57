"""The SQL of a wave and the readable rule say the same of every debit of a month."""

import random
from datetime import timedelta

import pytest

from autodebit import queries_gate
from autodebit.actions import waves
from autodebit.actions.build import build
from autodebit.models import Attempt, Batch, Exclusion, FollowUp, Obligation, ReasonCode, SalaryConfirmation
from autodebit.queries_waves import NO_WORD, next_wave
from autodebit.rules.due import MOST_ATTEMPTS
from autodebit.rules.retry import Tried, why_no_retry
from registry.models import Opd
from sponsorship.models import Mandate, MandateLineage
from tests.autodebit import payday
from tests.autodebit.payday import NEXT_DAY, NOON, PAYDAY
from tests.autodebit.population import AFTER, PERIOD, MandateSpec, make_mandates

pytestmark = pytest.mark.django_db

SIZE = 300
OFFICES = ("DISDIK", "DINKES", "SETDA", "SETWAN")
CODES = ("AM04", "AC04", "XX99")
# The last state of a history, with the states that its obligation may then be in.
ENDS = {
    "failed": ("unmet", "unmet", "unmet", "written_off"),
    "returned": ("reopened", "reopened", "written_off"),
    "released": ("planned", "planned", "skipped"),
    "unknown": ("open",),
    "sent": ("open",),
    "succeeded": ("met",),
}


def some_history(dice: random.Random) -> tuple[list[tuple[str, str]], str]:
    """(state, code) of each attempt, oldest first, and the state of the obligation."""
    last = dice.choices(list(ENDS), weights=(10, 4, 5, 2, 1, 2))[0]
    before = [
        dice.choice((("failed", "AM04"), ("released", "")))
        for _ in range(dice.choice((0, 0, 0, 1, 1, 2, 3, 8)))
    ]
    if last == "released" and any(state == "failed" for state, _ in before):
        return [*before, (last, "")], "unmet"
    code = dice.choice(CODES) if last in ("failed", "returned") else ""
    return [*before, (last, code)], dice.choice(ENDS[last])


def write_history(mandate: Mandate, history: list[tuple[str, str]], state: str, batch: Batch) -> Obligation:
    obligation = Obligation.objects.create(
        lineage=mandate.lineage, mandate=mandate, period=PERIOD, amount=8_400, planned_at=AFTER, state=state,
        reason="salary_not_landed" if state == "skipped" else "",
    )  # fmt: skip
    Attempt.objects.bulk_create(
        Attempt(
            obligation=obligation, batch=batch, revision=1, number=number, amount=8_400, mandate=mandate,
            reference=f"{mandate.lineage.code}{number:04d}".rjust(16, "0")[-16:], state=attempt_state, code=code,
            mandate_number=mandate.number, signed_on=mandate.signed_on, account=mandate.account,
            account_holder=mandate.account_holder, opd_id=mandate.registration.opd_id,
        )
        for number, (attempt_state, code) in enumerate(history, start=1)
    )  # fmt: skip
    return obligation


def some_mandate(dice: random.Random) -> MandateSpec:
    state = dice.choices(
        ("active", "suspended", "cancelled", "expired", "replaced"), weights=(20, 2, 1, 1, 4)
    )[0]
    return MandateSpec(
        state=state,
        opd=dice.choice(OFFICES),
        end_period=dice.choice(("2026-11", PERIOD))
        if state == "replaced"
        else dice.choice(("", "", "", "", "2026-11")),
        ended_at=None if state in ("active", "suspended") else AFTER,
    )


def expected_reason(
    obligation: Obligation, decided: bool, disputed: bool, open_offices: set[int] | None
) -> str | None:
    retryable = dict(ReasonCode.objects.filter(profile_id="113").values_list("code", "retryable"))
    attempts = list(obligation.attempts.order_by("number"))
    mandate, lineage = obligation.mandate, obligation.lineage
    reason = why_no_retry(
        [Tried(line.state, retryable.get(line.code, False)) for line in attempts if line.state != "released"],
        mandate_state=mandate.state,
        mandate_ended=("" < mandate.end_period < PERIOD)
        or (mandate.state == "replaced" and lineage.ended_at is not None),
        obligation_state=obligation.state,
        decided=decided,
        disputed=disputed,
    )
    if reason is None and attempts[-1].number >= MOST_ATTEMPTS:
        return "attempts_used_up"
    if reason is None and open_offices is not None and attempts[-1].opd_id not in open_offices:
        return "salary_waiting"
    return reason


@pytest.mark.parametrize("seed", range(4))
def test_rule_and_wave_agree_on_every_debit(profile, operator, seed):
    dice = random.Random(seed)
    gate_on = seed % 2 == 0
    if gate_on:
        payday.gate_on()
    for code in OFFICES[:2]:
        SalaryConfirmation.objects.create(
            opd=Opd.objects.get(code=code), period=PERIOD, landed_on=PAYDAY, by=operator, at=NOON
        )
    mandates = make_mandates([some_mandate(dice) for _ in range(SIZE)])
    first = Batch.objects.create(
        profile=profile, period=PERIOD, collection_date=PAYDAY, state="delivered", count=1, total=1
    )
    ended = dice.sample(mandates, SIZE // 6)
    MandateLineage.objects.filter(pk__in=[mandate.lineage_id for mandate in ended]).update(ended_at=NOON)
    decided, disputed = set(), set()
    for mandate in Mandate.objects.select_related("lineage", "registration").order_by("number"):
        obligation = write_history(mandate, *some_history(dice), first)
        tried = obligation.attempts.exclude(state="released").order_by("number").last()
        if tried is not None and tried.state == "returned" and dice.random() < 0.5:
            decided.add(obligation.pk)
            FollowUp.objects.create(
                kind="late_return", profile=profile, period=PERIOD, attempt=tried, amount=1, opened_at=NOON,
                state="done", outcome="collect_again", reason="Disepakati", done_by=operator, done_at=NOON,
            )  # fmt: skip

        kind, state = (
            dice.choice(("contradiction", "wrong_amount", "hard_code")),
            dice.choice(("open", "done")),
        )
        if tried is not None and dice.random() < 0.1:
            settled = {
                "state": "done",
                "outcome": "noted",
                "reason": "Jelas",
                "done_by": operator,
                "done_at": NOON,
            }
            FollowUp.objects.create(
                kind=kind, profile=profile, period=PERIOD, attempt=tried, amount=1, opened_at=NOON,
                **(settled if state == "done" else {}),
            )  # fmt: skip
            disputed |= {obligation.pk} if kind != "hard_code" and state == "open" else set()

    offices = set(queries_gate.open_offices(PERIOD)) if gate_on else None
    expected = {
        obligation.mandate_id: expected_reason(
            obligation, obligation.pk in decided, obligation.pk in disputed, offices
        )
        for obligation in Obligation.objects.select_related("mandate", "lineage")
    }
    told = {mandate: reason for mandate, reason in expected.items() if reason not in NO_WORD}
    foretold = next_wave(profile, PERIOD)
    wave = waves.open_next(profile=profile, period=PERIOD, by=operator, now=NEXT_DAY)
    wave = build(batch_id=wave.pk, now=NEXT_DAY + timedelta(minutes=1))

    found = {row.mandate_id: row.reason for row in Exclusion.objects.filter(batch=wave)}
    found |= dict.fromkeys(Attempt.objects.filter(batch=wave).values_list("mandate_id", flat=True))
    assert found == told
    counts = {reason: list(told.values()).count(reason) for reason in set(told.values())}
    assert foretold == counts
    assert len(counts) >= 7 + gate_on and counts[None] >= 10
    assert all(
        line.number == line.obligation.attempts.count() for line in wave.attempts.select_related("obligation")
    )
