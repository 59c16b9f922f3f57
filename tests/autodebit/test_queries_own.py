"""A donor's months as the books say them: the same answer as the check over the whole city, in a fixed number of
queries."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from autodebit.actions import refunds
from autodebit.models import Attempt, Obligation
from autodebit.queries_cover import CONFIRMED
from autodebit.queries_own import collected_debits, covers_of, kept_by_worker, own_months
from autodebit.rules.cover import Standing as Covered
from autodebit.rules.own_month import Standing
from registry.models import Donor
from sponsorship.queries import calendar
from sponsorship.rules.months import Month
from tests.autodebit.bookkeeping import PAID_AT, a_paper, confirmed, remitted
from tests.autodebit.own_history import collected_month, confirmed_month, months_of, old_donor
from tests.autodebit.population import MandateSpec, WorkerSpec
from tests.month import (
    ANSWERED_AT,
    RETURNED_AT,
    an_operator,
    answered_batch,
    applied,
    delivered_batch,
    done,
    frozen_batch,
    references,
    two_approvers,
)

pytestmark = pytest.mark.django_db
LATER = PAID_AT + timedelta(hours=1)


def of(donor: Donor, now: datetime = LATER):
    return own_months(donor, calendar(), now)


def only(place: int = 1, now: datetime = LATER):
    """The one month of the donor at this place."""
    (month,) = of(Donor.objects.get(registrations__reference=f"D{place:08d}"), now)
    return month


def test_a_donor_without_months_has_none(profile):
    assert of(old_donor().lineage.donor) == []


def test_the_month_follows_its_money_from_frozen_to_confirmed(profile):
    batch = delivered_batch(1)
    assert only(now=ANSWERED_AT).standing == Standing.WAITING
    applied(batch)
    month = only()
    assert (month.standing, month.protected, month.kept) == (Standing.COLLECTED, False, 8_400)
    paid = remitted()
    assert only().standing == Standing.REMITTED
    confirmed(paid)
    month = only()
    assert (month.standing, month.protected, month.confirmed_on) == (Standing.PROTECTED, True, PAID_AT.date())
    assert [(share.programme, share.amount) for share in month.shares] == [("JKK dan JKM", 8_400)]


def test_a_frozen_month_is_planned(profile):
    frozen_batch(1)
    assert only().standing == Standing.PLANNED


@pytest.mark.parametrize(
    ("said", "now", "standing"),
    [
        ("failed AM04", ANSWERED_AT, Standing.TRY_AGAIN),
        ("failed AM04", LATER, Standing.FAILED),
        ("failed AC04", ANSWERED_AT, Standing.FAILED),
    ],
)
def test_a_failure_says_why_and_whether_it_is_tried_again(profile, said, now, standing):
    answered_batch(1, [said])
    month = only(now=now)
    assert (month.standing, month.debited, month.kept) == (standing, 0, 0)
    reason = profile.reasons.get(code=said.split()[1])
    assert (month.last.why, month.last.what_to_do) == (reason.meaning, reason.donor_text)
    assert collected_debits([month]) == {}


def test_a_return_before_the_payment_leaves_nothing_and_one_after_it_leaves_the_month(profile):
    batch = answered_batch(2)
    first, second = references(batch)
    applied(batch, {first: "returned MD06"}, now=RETURNED_AT, name="R1.csv")
    confirmed(remitted())
    applied(batch, {second: "returned MD06"}, now=LATER, name="R2.csv")
    months = [only(1), only(2)]
    before, after = sorted(months, key=lambda month: month.protected)
    assert (before.standing, before.protected) == (Standing.RETURNED, False)
    assert (after.standing, after.protected) == (Standing.RETURNED, True)
    assert [month.kept for month in months] == [0, 0] and [month.debited for month in months] == [
        8_400,
        8_400,
    ]
    assert len(collected_debits(months)) == 2  # their receipts stay, marked


def test_a_refund_is_given_back_on_its_own_day(profile):
    batch = answered_batch(1)
    line = batch.attempts.get()
    refund = done(
        refunds.request(attempt_id=line.pk, reason="Salah orang", by=an_operator(), now=ANSWERED_AT)
    )
    done(refunds.approve(refund_id=refund.pk, by=two_approvers()[0], now=ANSWERED_AT))
    paid = {"payment_reference": "BYR-1", "evidence_file": a_paper(), "by": an_operator(), "now": RETURNED_AT}
    done(refunds.pay(refund_id=refund.pk, paid_on=RETURNED_AT.date(), **paid))
    month = only()
    assert (month.standing, month.last.gone, month.last.gone_on) == (
        Standing.REFUNDED, "refunded", RETURNED_AT.date(),
    )  # fmt: skip


def test_a_skipped_month_says_why(profile):
    answered_batch([MandateSpec(ceiling=100), MandateSpec()])
    month = only(1)
    assert (month.standing, month.skipped_for, month.debits) == (Standing.SKIPPED, "ceiling", ())


def test_what_one_donor_reads_is_what_the_check_over_the_city_says(profile):
    batch = answered_batch(5, ["succeeded", "succeeded", "succeeded", "failed AM04", "succeeded"])
    first, second, *_ = references(batch)
    applied(batch, {first: "returned MD06"}, now=RETURNED_AT, name="R1.csv")
    confirmed(remitted())
    applied(batch, {second: "returned MD06"}, now=LATER, name="R2.csv")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT o.lineage_id FROM autodebit_obligation o WHERE {CONFIRMED}")
        by_statement = {row[0] for row in cursor.fetchall()}
    by_donor = {
        obligation.lineage_id
        for obligation in Obligation.objects.select_related("lineage__donor")
        if any(month.protected for month in of(obligation.lineage.donor))
    }
    assert by_statement == by_donor and len(by_donor) == 3


def test_two_donors_read_their_own_months_only(profile):
    answered_batch(2)
    seen = [set(collected_debits([only(place)])) for place in (1, 2)]
    assert seen[0].isdisjoint(seen[1])
    assert seen[0] | seen[1] == set(Attempt.objects.values_list("reference", flat=True))


def test_months_in_a_row_are_counted_for_each_worker(profile):
    mandate = old_donor("2026-09", workers=2)
    months_of(mandate, "2026-09", 3)
    collected_month(mandate, "2026-12")
    months = of(mandate.lineage.donor)
    covers = list(covers_of(months, calendar(), LATER).values())
    assert [(cover.standing, cover.in_a_row, cover.missed) for cover in covers] == [(Covered.FULL, 3, ())] * 2
    assert sum(amount for _, amount in kept_by_worker(months)) == 4 * 2 * 8_400


def test_a_month_without_a_debit_breaks_the_row(profile):
    mandate = old_donor("2026-10")
    months_of(mandate, "2026-10", 2)
    after = datetime(2026, 12, 11, 3, tzinfo=UTC)  # the day after December is paid to BPJS
    (cover,) = covers_of(of(mandate.lineage.donor, after), calendar(), after).values()
    assert (cover.standing, cover.to_full, cover.missed) == (Covered.COUNTING, 3, (Month(2026, 12),))
    (cover,) = covers_of(of(mandate.lineage.donor), calendar(), PAID_AT).values()
    assert (cover.to_full, cover.missed) == (1, ())


def test_two_years_take_as_many_queries_as_one_month(profile, django_assert_num_queries):
    young, old = old_donor("2025-01"), old_donor("2025-01", workers=2)
    confirmed_month(young, "2026-11")
    months_of(old, "2024-11", 24)
    office = calendar()
    with django_assert_num_queries(9):
        assert len(own_months(young.lineage.donor, office, LATER)) == 1
    with django_assert_num_queries(9):
        assert len(own_months(old.lineage.donor, office, LATER)) == 24


def test_workers_are_those_of_the_month_also_when_they_differ(profile):
    answered_batch([MandateSpec(ceiling=50_000, workers=[WorkerSpec(), WorkerSpec(born=None)])])
    assert len(only().shares) == 2 and only().amount == 16_800
