"""The difference from last month, donor by donor: built twice by the real builder, then asked why."""

from datetime import date, timedelta

import pytest

from autodebit.actions.batches import open_due
from autodebit.actions.build import build
from autodebit.models import Attempt, Batch
from autodebit.queries_difference import all_lines, groups_of, lines_between
from registry.models import Bank
from sponsorship.models import Mandate, Sponsorship, TariffLine
from tests.autodebit.population import (
    AFTER,
    BEFORE,
    CUTOFF,
    DISCOUNTED,
    FULL_PRICE,
    MandateSpec,
    WorkerSpec,
    make_mandates,
)

pytestmark = pytest.mark.django_db

NOVEMBER_CUTOFF = CUTOFF - timedelta(days=30)
IN_NOVEMBER = NOVEMBER_CUTOFF + timedelta(days=1)
LONG_AGO = {
    "start_period": "2026-11",
    "verified_at": NOVEMBER_CUTOFF - timedelta(days=9),
    "signed_on": date(2026, 10, 1),
}
OLD_WORKER = WorkerSpec(start_period="2026-11")


def old(**changes) -> MandateSpec:
    """A mandate that November already debits."""
    return MandateSpec(**{**LONG_AGO, "workers": [OLD_WORKER], **changes})


def two_months(*specs: MandateSpec, between=lambda mandates: None) -> tuple[Batch, Batch, list[Mandate]]:
    """November and December, built by the real builder; `between` happens in the meantime."""
    mandates = make_mandates([old(), *specs])[1:]
    first = build(batch_id=open_due(now=IN_NOVEMBER).pk, now=IN_NOVEMBER)
    assert (first.period, first.state) == ("2026-11", "frozen")
    between(mandates)
    second = build(batch_id=open_due(now=AFTER).pk, now=AFTER)
    assert (second.period, second.state) == ("2026-12", "frozen")
    return first, second, mandates


def reasons(batch: Batch) -> list[tuple]:
    return [(line.kind, line.reasons) for line in all_lines(batch)]


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        (MandateSpec(), "verified_late"),
        (MandateSpec(verified_at=BEFORE, signed_on=date(2026, 11, 18)), "verified_late"),
        (
            MandateSpec(**{**LONG_AGO, "start_period": "2026-12"}, workers=[WorkerSpec()]),
            "starts_now",
        ),
        (old(workers=[WorkerSpec()]), "workers_again"),
    ],
)
def test_who_joins_does_so_for_a_reason(profile, spec, why):
    first, second, _ = two_months(spec)
    assert (first.count, second.count) == (1, 2)
    assert reasons(second) == [("joined", (why,))]


def test_a_mandate_that_did_not_exist_last_month_is_new(profile):
    _, second, _ = two_months(between=lambda _: make_mandates([MandateSpec()]))
    assert reasons(second) == [("joined", ("new_mandate",))]


def move(**values):
    return lambda mandates: Mandate.objects.filter(pk=mandates[0].pk).update(**values)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"state": "suspended"}, "suspended"),
        ({"state": "cancelled", "ended_at": AFTER - timedelta(days=9), "end_period": "2026-11"}, "revoked"),
        (
            {"state": "cancelled", "ended_at": CUTOFF + timedelta(seconds=5), "end_period": "2026-11"},
            "revoked",
        ),
        ({"state": "expired", "ended_at": AFTER - timedelta(days=9), "end_period": "2026-11"}, "ended"),
        ({"end_period": "2026-11"}, "ended"),
    ],
)
def test_who_leaves_does_so_for_a_reason(profile, change, why):
    first, second, _ = two_months(old(), between=move(**change))
    assert (first.count, second.count) == (2, 1)
    assert reasons(second) == [("left", (why,))]


def test_who_has_no_worker_left_has_left_for_that(profile):
    def end(mandates):
        Sponsorship.objects.filter(lineage=mandates[0].lineage).update(end_period="2026-11")

    _, second, _ = two_months(old(), between=end)
    assert reasons(second) == [("left", ("no_lines",))]


def test_who_resumes_after_a_suspension_is_not_called_new(profile):
    _, second, _ = two_months(old(state="suspended"), between=move(state="active"))
    assert reasons(second) == [("joined", ("resumed",))]


def test_another_bank_is_told_apart_from_a_revocation(profile):
    other = Bank.objects.create(
        code="998", name="Bank Lain", legal_name="PT Lain", bic="LAINIDJ1", active=False
    )

    def replace(mandates):
        mine = mandates[0]
        Mandate.objects.filter(pk=mine.pk).update(
            state="replaced", ended_at=AFTER - timedelta(days=9), end_period="2026-11"
        )
        Mandate.objects.create(
            lineage=mine.lineage, version=2, number="SK/2026/11/900002", registration=mine.registration,
            state="active", bank=other, account="000000000001", account_index="x", account_holder="Contoh Sari",
            ceiling=FULL_PRICE, amount_at_issue=FULL_PRICE, text_version="1", checksum="0", pdf=mine.pdf,
            pdf_sha256=mine.pdf_sha256, issued_at=BEFORE, start_period="2026-12", verified_at=BEFORE,
            signed_on=date(2026, 11, 18),
        )  # fmt: skip

    _, second, _ = two_months(old(), between=replace)
    assert reasons(second) == [("left", ("other_bank",))]


def test_more_workers_fewer_workers_and_other_workers_are_told_apart(profile):
    leaving = WorkerSpec(start_period="2026-11", end_period="2026-11")
    dear = WorkerSpec(start_period="2026-12", programme="jkk_jkm_jht", base_income=2_000_000)
    _, second, _ = two_months(
        old(workers=[OLD_WORKER, WorkerSpec()], ceiling=90_000),
        old(workers=[OLD_WORKER, leaving], ceiling=90_000),
        old(workers=[leaving, dear], ceiling=900_000),
    )
    assert sorted(reasons(second)) == [
        ("changed", ("fewer_workers",)),
        ("changed", ("more_workers",)),
        ("changed", ("other_workers",)),
    ]
    by_reason = {line.reasons[0]: (line.before, line.after) for line in all_lines(second)}
    assert by_reason["more_workers"] == (DISCOUNTED, 2 * DISCOUNTED)
    assert by_reason["fewer_workers"] == (2 * DISCOUNTED, DISCOUNTED)


def test_another_base_income_is_the_donors_change_and_another_tariff_is_not(profile):
    def both(mandates):
        Sponsorship.objects.filter(lineage=mandates[0].lineage).update(
            base_income=2_000_000, declared_income=2_000_000
        )

    _, second, _ = two_months(old(ceiling=90_000), between=both)
    assert reasons(second) == [("changed", ("other_cover",))]


def test_a_new_tariff_explains_every_line_it_changes(profile):
    def dearer(_):
        line = TariffLine.objects.filter(base_income=1_000_000).latest("valid_from")
        line.pk, line.valid_from, line.jkm = None, "2026-12", line.jkm + 2_000
        line.save(force_insert=True)

    _, second, _ = two_months(old(ceiling=90_000), between=dearer)
    assert reasons(second) == [("changed", ("other_tariff",))] * 2


def test_the_groups_add_up_to_the_difference_of_the_two_totals(profile):
    first, second, _ = two_months(
        old(end_period="2026-11"), old(workers=[OLD_WORKER, WorkerSpec()], ceiling=90_000), MandateSpec()
    )
    groups = groups_of(second)
    assert [(group.kind, group.reason, group.count) for group in groups] == [
        ("left", "ended", 1),
        ("joined", "verified_late", 1),
        ("changed", "more_workers", 1),
    ]
    assert first.total + sum(group.after - group.before for group in groups) == second.total


def test_a_part_of_the_list_is_that_part_of_the_whole_in_the_same_order(profile):
    _, second, _ = two_months(*[MandateSpec() for _ in range(7)], old(end_period="2026-11"))
    whole = list(all_lines(second))
    assert len(whole) == 8 and whole[0].kind == "left"
    assert lines_between(second, 0, 3) + lines_between(second, 3, 3) + lines_between(second, 6, 3) == whole


def test_the_same_amount_from_the_same_donor_is_no_difference(profile):
    _, second, _ = two_months(old(), old())
    assert list(all_lines(second)) == [] and groups_of(second) == []


def test_what_last_month_released_counts_as_not_collected(profile, approvers):
    first, second, _ = two_months()
    Attempt.objects.filter(batch=first).update(state="released")
    assert [line.kind for line in all_lines(second)] == ["joined"]


def test_in_a_later_wave_nobody_has_left(profile):
    _, second, _ = two_months(old(), old())
    wave = Batch.objects.create(
        profile=profile, period="2026-12", wave=2, collection_date=date(2026, 12, 3), opened_at=AFTER
    )
    assert list(all_lines(wave)) == []
    assert second.count == 3


@pytest.mark.parametrize("joined", [1, 3])
def test_the_lists_cost_one_query_each_however_many_lines(profile, joined, django_assert_num_queries):
    _, second, _ = two_months(*[MandateSpec() for _ in range(joined)])
    with django_assert_num_queries(2):
        groups_of(second)
        assert len(lines_between(second, 0, 50)) == joined
