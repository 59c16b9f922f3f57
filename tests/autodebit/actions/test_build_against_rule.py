"""The SQL of a build and the readable rule say the same of every mandate: reason and amount."""

import random
from datetime import date, timedelta

import pytest

from autodebit.actions.batches import open_due
from autodebit.actions.build import build
from autodebit.models import Attempt, Exclusion, Obligation
from autodebit.rules.due import SKIPS, Cut, MandateFacts, WorkerFacts, amount_due, is_concerned, why_excluded
from registry.models import Occupation
from sponsorship.models import Mandate
from sponsorship.queries import tariff
from sponsorship.rules.months import Month
from sponsorship.rules.tariff import FundingSource, Programme, Sector
from tests.autodebit.population import AFTER, CUTOFF, PERIOD, MandateSpec, WorkerSpec, make_mandates

pytestmark = pytest.mark.django_db

SIZE = 400
SECOND = timedelta(seconds=1)


def mostly(dice: random.Random, good, *others):
    """The good value nine times out of ten, so that enough mandates keep their line."""
    return good if dice.random() < 0.9 else dice.choice(others)


def random_worker(dice: random.Random) -> WorkerSpec:
    state = mostly(dice, "ready", "pending", "active", "ending", "paused", "ended")
    # A pause that is over stays written down; a paused state always names its span.
    spans = (("2026-11", PERIOD), ("2026-11", "2027-01"), (PERIOD, ""), (PERIOD, "2027-01"), ("2027-01", ""))
    span = dice.choice(spans) if state == "paused" else mostly(dice, ("", ""), *spans)
    birthdays = (date(1961, 11, 30), date(1961, 12, 1), date(1961, 12, 2), date(1960, 2, 29), None)
    return WorkerSpec(
        state=state,
        pause_from=span[0],
        pause_until=span[1],
        start_period=mostly(dice, PERIOD, "2026-11", "2027-01", ""),
        end_period=mostly(dice, "", "2026-11", PERIOD, "2027-01"),
        born=mostly(dice, date(1990, 1, 1), *birthdays),
        occupation=dice.choice(("pedagang_pasar", "ojek_pangkalan")),
        programme=dice.choice(("jkk_jkm", "jkk_jkm_jht")),
        base_income=dice.choice((1_000_000, 2_200_000)),
        funding=mostly(dice, "asn_pribadi", "csr", "apbd"),
    )


def random_mandate(dice: random.Random) -> MandateSpec:
    state = mostly(dice, "active", "signed", "verified", "lodged", "suspended", "cancelled", "cancelled")
    before = CUTOFF - timedelta(days=2)
    return MandateSpec(
        state=state,
        verified_at=None if state == "signed" else mostly(dice, before, CUTOFF - SECOND, CUTOFF, None),
        signed_on=mostly(dice, date(2026, 11, 1), date(2026, 11, 26), date(2026, 11, 27), None),
        start_period=mostly(dice, PERIOD, "2026-11", "2027-01", ""),
        end_period=mostly(dice, "", "2026-11", PERIOD, "2027-01"),
        ended_at=dice.choice((CUTOFF, AFTER, CUTOFF - SECOND)) if state == "cancelled" else None,
        ceiling=mostly(dice, 200_000, 8_400, 16_800, 40_000),
        account=mostly(dice, None, ""),
        opd=mostly(dice, "DINKES", None),
        workers=[random_worker(dice) for _ in range(mostly(dice, 1, 0, 2, 3))],
    )


def price(spec: WorkerSpec, sectors: dict[str, str]) -> int:
    return (
        tariff()
        .price(
            spec.base_income,
            Programme(spec.programme),
            Sector(sectors[spec.occupation]),
            FundingSource(spec.funding),
            Month.parse(PERIOD),
        )
        .total
    )


def facts_of(
    spec: MandateSpec, requires_lodging: bool, sectors: dict[str, str], before: Obligation | None
) -> MandateFacts:
    workers = tuple(
        WorkerFacts(
            w.state, w.start_period, w.end_period, w.born, price(w, sectors), w.pause_from, w.pause_until
        )
        for w in spec.workers
    )
    return MandateFacts(
        state=spec.state,
        requires_lodging=requires_lodging,
        verified_at=spec.verified_at,
        signed_on=spec.signed_on,
        start_period=spec.start_period,
        end_period=spec.end_period,
        ended_at=spec.ended_at,
        ceiling=spec.ceiling,
        workers=workers,
        complete=spec.opd is not None and spec.account != "",
        obligation=before.state if before else "",
        obligation_reason=before.reason if before else "",
    )


def some_obligations(mandates: list[Mandate], dice: random.Random) -> dict:
    """What earlier batches of the month may have left: planned, skipped or met."""
    found = {}
    for mandate in dice.sample(mandates, 60):
        state = dice.choice(("planned", "skipped", "met"))
        found[mandate.pk] = Obligation.objects.create(
            lineage=mandate.lineage, mandate=mandate, period=PERIOD, amount=1, state=state, planned_at=CUTOFF,
            reason="ceiling" if state == "skipped" else "",
        )  # fmt: skip
    return found


@pytest.mark.parametrize("seed", range(6))
def test_rule_and_build_agree_on_every_mandate(profile, seed):
    dice = random.Random(seed)
    profile.bank.requires_lodging = seed % 2 == 0
    profile.bank.save()
    specs = [random_mandate(dice) for _ in range(SIZE)]
    mandates = make_mandates(specs)
    before = some_obligations(mandates, dice)
    sectors = dict(Occupation.objects.values_list("code", "sector"))
    cut = Cut(Month.parse(PERIOD), CUTOFF, date(2026, 11, 26))

    expected = {}
    for mandate, spec in zip(mandates, specs, strict=True):
        facts = facts_of(spec, profile.bank.requires_lodging, sectors, before.get(mandate.pk))
        if is_concerned(facts, cut):
            reason = why_excluded(facts, cut)
            expected[mandate.pk] = (reason, amount_due(facts, cut) if reason is None else None)

    batch = build(batch_id=open_due(now=AFTER).pk, now=AFTER)
    found = {row.mandate_id: (row.reason, None) for row in Exclusion.objects.filter(batch=batch)}
    found |= {line.mandate_id: (None, line.amount) for line in Attempt.objects.filter(batch=batch)}
    assert found == expected
    assert (
        len({reason for reason, _ in expected.values()}) >= 11
    )  # the population has something to tell apart
    assert batch.count >= 50
    assert batch.total == sum(amount or 0 for _, amount in expected.values())
    new = Obligation.objects.filter(state="skipped").exclude(pk__in=[o.pk for o in before.values()])
    assert {(o.mandate_id, o.reason) for o in new} == {
        (key, reason) for key, (reason, _) in expected.items() if reason in SKIPS and key not in before
    }
